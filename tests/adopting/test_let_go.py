"""Classes that are made anew, as by a cell that is run again: those before may end."""

import gc
import sys
from weakref import ref

import numpy as np
from beside import DENSE, RELU, numbers
from programs_of_classes import load

import fastnn
from fastnn.adopting.adoption import _OF_ONE_NAME
from fastnn.adopting.found import adopted
from fastnn.adopting.sources import original

BASE = '''
import numpy as np
class Base:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
'''
DERIVED = '''
class ReLU(Base):
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
'''
TIMES = 3 * _OF_ONE_NAME


def again(code, space):
    """Classes of this source in this namespace, as a cell defines them; they are adopted."""
    module = load(code)
    sys.modules.pop(module.__name__)
    space.update({name: value for name, value in vars(module).items() if isinstance(value, type)})
    for kind in (one for one in vars(module).values() if isinstance(one, type)):
        kind.__module__ = "__main__"
    return fastnn.adopt(*(one for one in vars(module).values() if isinstance(one, type)))


def test_classes_of_a_cell_that_is_run_again_end():
    space, seen, made = {}, [], []
    for _ in range(TIMES):
        made.append(again(DENSE + RELU, space))
        layer, activation = space["Dense"](3, 4), space["ReLU"]()
        layer.forward(numbers(5, 3))
        activation.forward(layer.output)
        seen += [ref(space["Dense"]), ref(space["ReLU"])]
    assert set(made[-1].adopted) == {"Dense", "ReLU"}
    del layer, activation
    gc.collect()
    live = [one() for one in seen if one() is not None]
    assert len(live) == 2 * _OF_ONE_NAME and set(live) <= set(adopted)
    for one in made:
        one.undo()
    space.clear()
    del live
    gc.collect()
    assert not any(one() for one in seen)


def test_a_base_that_stays_does_not_keep_what_is_derived_from_it():
    module, seen, sizes = load(BASE), [], []
    for _ in range(TIMES):
        derived = load(DERIVED.replace("(Base)", ""))
        code = vars(derived)["ReLU"].backward
        kind = type("ReLU", (module.Base,), {"backward": code, "__module__": module.__name__})
        fastnn.adopt(kind)
        assert kind in adopted
        seen.append(ref(kind))
        sizes.append(len(module.Base.forward.__code__.co_code))
        sys.modules.pop(derived.__name__)
        del derived, code, kind
    gc.collect()
    assert sum(one() is not None for one in seen) <= _OF_ONE_NAME
    assert sizes[-1] == sizes[_OF_ONE_NAME]
    for one in seen:
        if one() is not None:
            fastnn.adopting.adoption._give_back(one())
    assert original(module.Base.forward) is module.Base.forward


def test_objects_of_a_class_from_before_do_what_they_did():
    space, x, d = {}, numbers(7, 3), numbers(7, 4)
    made = [again(DENSE, space)]
    layer = space["Dense"](3, 4)
    forward, backward = layer.forward, layer.backward  # as they are now: with our lines
    forward(x)
    backward(d)
    wanted = [layer.output, layer.dweights, layer.dbiases, layer.dinputs]
    for _ in range(_OF_ONE_NAME):
        made.append(again(DENSE, space))
    assert type(layer) not in adopted
    assert original(type(layer).forward) is type(layer).forward
    for forth, back in ((forward, backward), (layer.forward, layer.backward)):
        layer.output = layer.dweights = None
        forth(x)
        back(d)
        found = [layer.output, layer.dweights, layer.dbiases, layer.dinputs]
        assert all(np.array_equal(one, other) for one, other in zip(found, wanted))
    for one in made:
        one.undo()
