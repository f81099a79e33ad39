"""Objects that are derived, copied, pickled, shared by threads, interrupted."""

import copy
import pickle
import sys
import threading

import numpy as np
import pytest
from beside import (
    ADAGRAD,
    COMBINED,
    DENSE,
    LABELS,
    LOSS,
    SGD,
    Layer,
    assert_same_beside,
    numbers,
)
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt
from fastnn.support import watching


def dense_used(module, thing=None, name="Dense"):
    """Forward and backward of a dense layer."""
    thing = thing or getattr(module, name)(3, 4)
    results = thing.forward(numbers(5, 3)), thing.backward(numbers(5, 4, seed=4))
    return thing, results


def test_a_subclass_with_another_helper():
    code = LOSS + '''
class Doubled(CCE):
    def forward(self, y_pred, y_true):
        return 2 * super().forward(y_pred, y_true)
class Plain(CCE):
    pass
'''
    def program(module):
        return [kind().calculate(np.abs(numbers(5, 3)), LABELS)
                for kind in (module.CCE, module.Doubled, module.Plain)]
    assert_same_beside(code, program, adopted=["CCE"])
    assert_same_beside(code, program, adopting=lambda module: adopt(module.CCE))
    assert_same_beside(code, program, adopting=lambda module: adopt(module.Plain))

    def twice(module):
        adopt(module.CCE)
        return adopt(module.Doubled, module.Plain)
    assert_same_beside(code, program, adopting=twice)


def test_copies_and_pickles():
    def program(module):
        used, _ = dense_used(module)
        sgd = module.SGD(momentum=0.9)
        sgd.update_params(used)
        there = [copy.copy(used), copy.deepcopy(used), pickle.loads(pickle.dumps(used)),
                 pickle.loads(pickle.dumps(module.Dense))(3, 4)]
        for one in there:
            dense_used(module, one)
            copy.deepcopy(sgd).update_params(one)
        return used, there
    assert_same_beside(DENSE + SGD, program, adopted=["Dense", "SGD"])


def test_undo_puts_all_back():
    module = load(COMBINED + DENSE + SGD)
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
    before = [dict(vars(kind)) for kind in kinds]
    first, second = adopt(module), adopt(module)
    assert first.adopted and first.adopted.keys() == second.adopted.keys()
    assert all("as before" in said for said in second.adopted.values())
    second.undo()
    first.undo()
    first.undo()
    assert [dict(vars(kind)) for kind in kinds] == before
    assert [list(vars(kind)) for kind in kinds] == [list(names) for names in before]
    assert adopt(module).adopted == first.adopted


def test_adopt_runs_nothing_and_draws_nothing(capsys):
    module = load(DENSE + '''
    made = 0
    def __new__(cls, *args):
        Dense.made += 1
        print("made")
        return object.__new__(cls)
    def __init_subclass__(cls):
        print("derived")
''')
    state = np.random.get_state()[1].copy()
    adopt(module)
    assert np.array_equal(np.random.get_state()[1], state)
    assert module.Dense.made == 0 and capsys.readouterr().out == ""
    assert not hasattr(module.Dense, "made_up")


def test_a_profile_that_is_open():
    def program(module):
        with fastnn.profile():
            adopt(module)
            return dense_used(module)
    assert_same_beside(DENSE, program)
    assert_same_beside(DENSE, program, adopting=lambda module: (
        adopt(module).undo() or adopt(module)))


def test_threads_have_objects_of_their_own():
    def program(module):
        layers = [Layer(seed=number) for number in range(4)]
        optimizer = module.Adagrad()

        def run(layer):
            for _ in range(200):
                optimizer.update_params(layer)
        threads = [threading.Thread(target=run, args=(layer,)) for layer in layers]
        [one.start() for one in threads]
        [one.join() for one in threads]
        return layers
    assert_same_beside(ADAGRAD, program, adopted=["Adagrad"])


def test_states_can_be_looked_at_meanwhile():
    """A thread that draws the momentums finds arrays, never None."""
    module = load(SGD)
    adopt(module)
    layer, optimizer = Layer((300, 300)), module.SGD(1e-9, momentum=0.5)
    optimizer.update_params(layer)
    found, done = [], threading.Event()

    def look():
        while not done.is_set():
            found.append(type(layer.__dict__.get("weight_momentums")))
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread = threading.Thread(target=look)
        thread.start()
        for _ in range(500):
            optimizer.update_params(layer)
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(switch)
    assert set(found) == {np.ndarray}


def test_states_survive_an_interruption():
    """Wherever in a step Ctrl-C comes, the momentums are there."""
    module = load(SGD)
    adopt(module)
    optimizer = module.SGD(momentum=0.5)
    came = []
    for place in range(0, 600, 3):
        layer = Layer()
        optimizer.update_params(layer)
        places = iter(range(1000))

        def trace(frame, event, argument, place=place, places=places):
            if watching.is_adopted(frame.f_code):
                frame.f_trace_opcodes = True
                if event == "opcode" and next(places) == place:
                    raise KeyboardInterrupt
            return trace
        sys.settrace(trace)
        try:
            optimizer.update_params(layer)
        except KeyboardInterrupt:
            came.append(place)
        finally:
            sys.settrace(None)
        assert isinstance(layer.weight_momentums, np.ndarray), place
        assert isinstance(layer.bias_momentums, np.ndarray), place
    assert 20 < len(came) < 200


def test_attributes_come_in_their_order():
    def program(module):
        layer, optimizer = dense_used(module)[0], module.SGD(momentum=0.5)
        optimizer.update_params(layer)
        return layer, optimizer
    assert_same_beside(DENSE + SGD, program, adopted=["Dense", "SGD"], order=True)


class Dense:
    def forward(self, inputs):
        self.output = inputs


def test_an_object_in_the_place_of_its_class_is_told():
    for thing, words in ((Dense(), "got Dense; pass its class"), ("Dense", "got str$")):
        with pytest.raises(TypeError, match=words):
            fastnn.adopt(thing)
