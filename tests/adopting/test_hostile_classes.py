"""Classes and objects that do more than compute: what is changed later, looked at, derived, kept."""

import copy
import pickle
import sys
import threading
import types

import numpy as np
import pytest
from beside import (ADAGRAD, DENSE, HEAD, LOSS, RELU, SGD, SOFTMAX, Layer, assert_same_beside,
                    numbers)
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt

COMBINED = SOFTMAX + LOSS.replace(HEAD, "") + '''
class Both:
    def __init__(self):
        self.activation = Softmax()
        self.loss = CCE()
    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples
'''
LABELS = np.array([0, 2, 1, 1, 0])


def dense_used(module, thing=None, name="Dense"):
    """Forward and backward of a dense layer."""
    thing = thing or getattr(module, name)(3, 4)
    results = thing.forward(numbers(5, 3)), thing.backward(numbers(5, 4, seed=4))
    return thing, results


def trebled(self, x, *more):
    """What somebody puts in the place of a forward."""
    self.output = 3 * x
    return self.output[:, 0]


# ------------------------------------------------------------- changed after adopt


def test_a_forward_put_into_a_class_later():
    def program(module):
        module.CCE.forward = trebled
        loss = module.CCE()
        return loss.calculate(numbers(5, 3), LABELS), loss
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_put_into_the_base_later():
    def program(module):
        module.Loss.calculate = lambda self, output, y: 42
        return module.CCE().calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_put_into_an_object():
    def program(module):
        loss = module.CCE()
        loss.forward = types.MethodType(trebled, loss)
        return loss.calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


def test_a_method_deleted_later():
    def program(module):
        del module.CCE.forward
        return module.CCE().calculate(np.abs(numbers(5, 3)), LABELS)
    assert_same_beside(LOSS, program, adopted=["CCE"])


@pytest.mark.parametrize("where", ["the class", "the object", "the base", "another object"])
def test_parts_that_are_changed_later(where):
    def program(module):
        both = module.Both()
        if where == "the class":
            module.Softmax.forward = trebled
        elif where == "the object":
            both.activation.forward = types.MethodType(trebled, both.activation)
        elif where == "the base":
            module.Loss.calculate = lambda self, output, y: 42
        else:
            both.activation = types.SimpleNamespace(
                forward=lambda x: None, output=np.full((5, 3), 0.25))
        return both.forward(numbers(5, 3), LABELS), both.backward(both.output, LABELS), both
    assert_same_beside(COMBINED, program, adopted=["Softmax", "CCE", "Both"])


@pytest.mark.parametrize("gone", ["activation", "loss"])
@pytest.mark.parametrize("instead", [None, 3, "nothing"])
def test_parts_that_are_no_objects(gone, instead):
    def program(module):
        both = module.Both()
        both.forward(numbers(5, 3), LABELS)
        if instead == "nothing":
            delattr(both, gone)
        else:
            setattr(both, gone, instead)
        return both.backward(both.output, LABELS), both
    assert_same_beside(COMBINED, program, adopted=["Both"])


@pytest.mark.parametrize("name", ["maximum", "exp", "sum", "dot", "max"])
def test_numpy_with_another_function(name, monkeypatch):
    right = getattr(np, name)

    def other(*args, **named):
        return right(*args, **named) + 1

    def program(module):
        with monkeypatch.context() as patch:
            patch.setattr(np, name, other)
            relu, dense, softmax = module.ReLU(), module.Dense(3, 3), module.Softmax()
            for thing in relu, dense, softmax:
                thing.forward(numbers(5, 3))
            return relu, dense, softmax
    assert_same_beside(RELU + DENSE + SOFTMAX, program, adopted=["ReLU", "Dense", "Softmax"])


def test_another_numpy():
    def program(module):
        module.np = types.SimpleNamespace(maximum=lambda a, b: b + 1)
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        return relu
    assert_same_beside(RELU, program, adopted=["ReLU"])


@pytest.mark.parametrize("later", [0.5, 0, -0.0, np.float64(0.1), "a", None])
def test_globals_that_change(later):
    code = "EPS, ZERO = 1e-7, 0\n" + RELU.replace("maximum(0,", "maximum(ZERO,").replace(
        "= 0\n", "= ZERO\n")

    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        module.ZERO = later
        try:
            relu.forward(numbers(5, 3))
            relu.backward(numbers(5, 3))
        except Exception as error:
            return error, relu
        return relu
    assert_same_beside(code, program)


def test_a_helper_that_changes():
    code = RELU.replace("np.maximum(0, inputs)", "positive(inputs)") + '''
def positive(x, least=0):
    return np.maximum(least, x)
'''
    def program(module):
        relu, found = module.ReLU(), []
        for change in ("positive.__defaults__ = (2,)", "positive.__code__ = (lambda x: x).__code__",
                       "positive = abs", "del positive"):
            try:
                exec(change, module.__dict__)
                relu.forward(numbers(5, 3))
            except Exception as error:
                found.append(error)
            else:
                found.append(relu.output)
        return found
    assert_same_beside(code, program)


def test_builtins_that_change():
    code = SOFTMAX

    def program(module):
        module.zip = lambda *of: [(a, b) for a, b in zip(*of)][:2]
        softmax = module.Softmax()
        softmax.forward(numbers(5, 3))
        softmax.backward(numbers(5, 3))
        return softmax.dinputs[:2]
    assert_same_beside(code, program, adopted=["Softmax"])


@pytest.mark.parametrize("what", ["__setattr__", "__getattribute__", "__getattr__", "output"])
def test_a_class_that_looks_on_from_now_on(what):
    def program(module):
        seen = []
        relu = module.ReLU()
        relu.forward(numbers(5, 3))

        def looking_on(self, name, *value):
            seen.append(name)
            return getattr(object, what)(self, name, *value)
        if what == "output":
            module.ReLU.output = property(lambda self: 3, lambda self, value: seen.append("set"))
        elif what == "__getattr__":
            module.ReLU.__getattr__ = lambda self, name: seen.append(name)
        else:
            setattr(module.ReLU, what, looking_on)
        relu.forward(numbers(5, 3))
        return seen
    assert_same_beside(RELU, program, adopted=["ReLU"])


def test_a_layer_that_looks_on_from_now_on():
    def program(module):
        seen = []
        kind = type("Watched", (Layer,), {})
        layer, optimizer = kind(), module.SGD()
        optimizer.update_params(layer)
        kind.__setattr__ = lambda self, name, value: seen.append(name)
        optimizer.update_params(layer)
        return seen, layer.weights
    assert_same_beside(SGD, program, adopted=["SGD"])


# ------------------------------------------------------------- odd classes and attributes


@pytest.mark.parametrize("line", [
    "last = property(lambda self: 3, lambda self, value: print('set'))",
    "last = type('D', (), {'__get__': lambda *a: 3, '__set__': lambda *a: print('set')})()",
    "last = None"])
@pytest.mark.parametrize("what", ["inputs", "self.output", "3", "y"])
def test_attributes_that_are_more(line, what):
    code = RELU.replace("class ReLU:", f"class ReLU:\n    {line}").replace(
        "forward(self, inputs)", "forward(self, inputs, y=None)").replace(
        "    def backward", f"        self.last = {what}\n    def backward")

    def program(module):
        relu = module.ReLU()
        return relu.forward(numbers(5, 3)), relu.last, sorted(vars(relu))
    assert_same_beside(code, program)


@pytest.mark.parametrize("slots", ['("inputs", "output", "dinputs")', '("output", "__dict__")',
                                   '("__dict__",)'])
def test_slots(slots):
    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        relu.backward(numbers(5, 3))
        return relu.output, relu.dinputs
    assert_same_beside(RELU.replace("class ReLU:", f"class ReLU:\n    __slots__ = {slots}"), program)


@pytest.mark.parametrize("meta", ["import abc\nMeta = abc.ABCMeta", '''
class Meta(type):
    def __setattr__(cls, name, value):
        print("set", name)
        super().__setattr__(name, value)
    def __call__(cls, *args):
        print("made")
        return super().__call__(*args)
''', '''
class Meta(type):
    def __setattr__(cls, name, value):
        raise AttributeError("closed")
''', '''
class Meta(type):
    def __getattribute__(cls, name):
        print("looked", name)
        return super().__getattribute__(name)
''', '''
class Meta(type):
    def __eq__(cls, other):
        raise ValueError
    def __hash__(cls):
        raise ValueError
'''])
def test_metaclasses(meta, capsys):
    code = meta + "\n" + RELU.replace("class ReLU:", "class ReLU(metaclass=Meta):")
    load(code)
    before = capsys.readouterr().out

    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        relu.backward(numbers(5, 3))
        return relu
    assert_same_beside(code, program)
    assert capsys.readouterr().out == 2 * before  # adopt has nothing said


BODIES = {
    "yields": "        if False:\n            yield\n",
    "returns and yields": "        return\n        yield\n",
    "global": "        if False:\n            np = None\n",
    "unbound": "        if False:\n            len = inputs = None\n",
    "imports": "        import numpy as np\n",
    "deletes": "        del self.output\n",
    "asserts": "        assert len(inputs) > 9\n",
    "raises": "        raise KeyError\n",
    "raises in a case": "        if inputs.size > 3:\n            raise KeyError\n",
    "in a thousand": "        self.n = getattr(self, 'n', 0) + 1\n        if self.n == 3:\n"
                     "            self.output = None\n",
    "prints": "        print(inputs.shape)\n",
    "counts": "        ReLU.calls = getattr(ReLU, 'calls', 0) + 1\n",
    "draws": "        np.random.rand()\n",
    "changes its input": "        inputs[0] = 0\n",
    "adds to its input": "        inputs += 1\n",
    "keeps a list": "        self.all = [inputs]\n",
    "keeps it in a default": "        seen.append(inputs)\n",
    "loops for ever": "        while True:\n            pass\n",
    "recurses": "        self.forward(inputs)\n",
    "walrus": "        if (n := len(inputs)) > 2:\n            self.output = n\n",
    "lambda": "        self.output = (lambda: 3)()\n",
    "nested": "        def inner():\n            self.output = 3\n        inner()\n",
    "with": "        with np.errstate(all='raise'):\n            self.output = 1 / (0 * inputs)\n",
    "tries": "        try:\n            self.output = None\n        finally:\n            pass\n",
    "star": "        *_, self.output = inputs\n",
    "comprehends": "        self.output = [np for np in inputs]\n",
    "formats": "        self.output = f'{inputs}'\n",
    "vars": "        vars(self)['output'] = 3\n",
    "locals": "        locals()['inputs'] = 3\n",
    "dict": "        self.__dict__ = {'output': 3}\n",
    "class": "        self.__class__ = type('C', (), {})\n",
    "chained": "        self.output = 0 < len(inputs) < 3\n",
    "view": "        self.output = self.output.T\n",
    "view twice": "        self.output = self.output.T.T\n",
    "changed view": "        self.inputs = inputs.T\n        self.inputs[0] = 7\n",
    "reshaped": "        self.output = self.output.reshape(-1)\n",
    "same": "        self.output = self.inputs = inputs\n",
    "shape": "        inputs.shape = inputs.shape[::-1]\n",
    "out": "        np.maximum(0, inputs, out=inputs)\n",
    "out by place": "        np.maximum(0, inputs, inputs)\n",
    "where": "        self.output = np.maximum(0, inputs, where=inputs > 1)\n",
    "dtype": "        self.output = np.maximum(0, inputs, dtype=np.float32)\n",
}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("body", BODIES)
def test_bodies(body, where):
    place = ("        self.inputs = inputs\n" if where == "before"
             else "        self.output = np.maximum(0, inputs)\n")
    text = BODIES[body]
    code = RELU.replace(place, text + place if where == "before" else place + text)
    code = code.replace("forward(self, inputs)", "forward(self, inputs, seen=[])")
    if body == "loops for ever":
        adopt(load(code))  # which ends
        return

    def program(module):
        relu, found = module.ReLU(), []
        for _ in range(4):
            x = numbers(5, 3)
            try:
                found.append(relu.forward(x))
            except (Exception, RecursionError) as error:
                found.append(error)
            found.append(x)
        return relu, [one for one in found if not isinstance(one, types.GeneratorType)], len(
            getattr(module.ReLU.forward, "__defaults__", None)[0])
    assert_same_beside(code, program)


@pytest.mark.parametrize("decorator", ["functools.lru_cache", "same", "functools.wraps(len)",
                                       "counted", "staticmethod", "classmethod", "property",
                                       "functools.cached_property", "contextlib.contextmanager"])
def test_decorators(decorator):
    code = "import functools, contextlib\n" + '''
def same(function):
    return function
def counted(function):
    def inner(self, inputs):
        self.calls = getattr(self, "calls", 0) + 1
        return function(self, inputs)
    return inner
''' + RELU.replace("    def forward", f"    @{decorator}\n    def forward")

    def program(module):
        relu = module.ReLU()
        try:
            return str(relu.forward(numbers(5, 3)))[:9], relu
        except Exception as error:
            return error, relu
    assert_same_beside(code, program)


def test_closures_and_classes_of_a_loop():
    code = HEAD + '''
def make(least):
    class ReLU:
        def forward(self, inputs):
            self.inputs = inputs
            self.output = np.maximum(least, inputs)
    return ReLU
kinds = []
for number in range(3):
    class ReLU:
        number = number
        def forward(self, inputs):
            self.inputs = inputs
            self.output = np.maximum(self.number, inputs)
    kinds.append(ReLU)
kinds += [make(0), make(1)]
'''
    def program(module):
        things = [kind() for kind in module.kinds]
        for thing in things:
            thing.forward(numbers(5, 3))
        return things
    assert_same_beside(code, program, adopting=lambda module: adopt(module, *module.kinds))


def test_no_source():
    def program(kind):
        relu = kind()
        relu.forward(numbers(5, 3))
        return relu.output
    names = {}
    exec(RELU, names)
    report = adopt(names)
    assert not report.adopted
    assert np.array_equal(program(names["ReLU"]), np.maximum(0, numbers(5, 3)))


@pytest.mark.parametrize("hack", [
    "ReLU.forward.__signature__ = 3",
    "import inspect\nReLU.forward.__signature__ = inspect.signature(lambda a, b, c=3: 0)",
    "ReLU.forward.__wrapped__ = ReLU.backward", "ReLU.forward.__name__ = 'backward'",
    "ReLU.forward.__defaults__ = (np.ones((2, 2)),)", "ReLU.forward.__module__ = None",
    "ReLU.__module__ = 'builtins'", "ReLU.__name__ = 'Other'", "ReLU.__doc__ = 3",
    "ReLU.forward.__qualname__ = 'x'", "ReLU.forward.__adopted__ = ReLU.backward",
    "ReLU.forward.__code__ = ReLU.backward.__code__", "ReLU.forward = len",
    "ReLU.forward = ReLU.backward", "del ReLU.forward"])
def test_functions_that_say_something_else(hack):
    def program(module):
        relu, found = module.ReLU(), []
        for _ in range(2):
            for name in "forward", "backward":
                try:
                    found.append(getattr(relu, name)(numbers(5, 3)))
                except Exception as error:
                    found.append(error)
        return relu, found
    assert_same_beside(RELU + hack + "\n", program, adopting=lambda module: adopt(
        *[kind for kind in vars(module).values() if isinstance(kind, type)]))


# ------------------------------------------------------------- derived, copied, kept


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
    assert first.adopted and not second.adopted
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
    assert_same_beside(DENSE, program, adopting=lambda module: adopt(module).undo() or adopt(module))


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
    for line in range(40):
        layer = Layer()
        optimizer.update_params(layer)
        lines = iter(range(1000))

        def trace(frame, event, argument, line=line, lines=lines):
            if event == "line" and frame.f_code.co_filename.startswith("<fastnn"):
                if next(lines) == line:
                    raise KeyboardInterrupt
            return trace
        sys.settrace(trace)
        try:
            optimizer.update_params(layer)
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(None)
        assert isinstance(layer.weight_momentums, np.ndarray), line
        assert isinstance(layer.bias_momentums, np.ndarray), line


# ------------------------------------------------------------- layers of all kinds


class Slotted:
    __slots__ = ("weights", "biases", "dweights", "dbiases", "weight_momentums", "bias_momentums",
                 "weight_cache", "bias_cache")


class Held(Layer):
    @property
    def weights(self):
        return self.held

    @weights.setter
    def weights(self, value):
        self.held = value


class OfTheClass:
    weights = numbers(3, 4)
    biases = numbers(1, 4)

    def __init__(self):
        self.dweights, self.dbiases = numbers(3, 4), numbers(1, 4)


def _filled(thing):
    for name, value in vars(Layer()).items():
        setattr(thing, name, value)
    return thing


class Dict(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


LAYERS = {
    "namespace": lambda: _filled(types.SimpleNamespace()), "slots": lambda: _filled(Slotted()),
    "property": Held, "of the class": OfTheClass, "module": lambda: _filled(types.ModuleType("m")),
    "class": lambda: _filled(type("C", (), {})), "dict": lambda: _filled(Dict()),
    "no gradients": lambda: types.SimpleNamespace(weights=numbers(3, 4), biases=numbers(1, 4)),
    "None": lambda: None, "ours": lambda: _filled(fastnn.Layer_Dense(3, 4)),
    "same arrays": lambda: _filled_with(dweights="weights", dbiases="biases"),
    "views": lambda: _filled_with(biases=lambda x: x.weights[:1], dbiases=lambda x: x.weights[1:2]),
    "transposed": lambda: _square(), "overlapping": lambda: _overlapping(),
}


def _filled_with(**names):
    layer = Layer()
    for name, other in names.items():
        setattr(layer, name, getattr(layer, other) if isinstance(other, str) else other(layer))
    return layer


def _square():
    layer = Layer((4, 4))
    layer.dweights = layer.weights.T
    return layer


def _overlapping():
    layer, whole = Layer(), numbers(14)
    layer.weights, layer.dweights = whole[:12].reshape(3, 4), whole[2:].reshape(3, 4)
    return layer


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("code, name", [(SGD, "SGD"), (ADAGRAD, "Adagrad")])
@pytest.mark.parametrize("momentum", [0, 0.5])
def test_layers_of_any_kind(kind, code, name, momentum):
    def program(module):
        OfTheClass.weights, OfTheClass.biases = numbers(3, 4), numbers(1, 4)
        layer, found = LAYERS[kind](), []
        optimizers = [getattr(module, name)(0.5) for _ in range(2)]
        for optimizer in optimizers:
            optimizer.momentum = momentum
        for optimizer in optimizers * 2:
            try:
                found.append(optimizer.update_params(layer))
            except Exception as error:
                found.append(error)
        return found, layer if not isinstance(layer, (Slotted, types.ModuleType, type)) else [
            getattr(layer, one, None) for one in Slotted.__slots__]
    assert_same_beside(code, program, adopted=[name])


@pytest.mark.parametrize("error", ["bias shape", "read-only biases", "biases gone", "bias text",
                                   "weights shape", "bias lists", "gradient None"])
@pytest.mark.parametrize("code, name", [(SGD, "SGD"), (ADAGRAD, "Adagrad")])
@pytest.mark.parametrize("momentum", [0, 0.5])
def test_an_error_half_way(error, code, name, momentum):
    """What was done to the weights before is done once."""
    def program(module):
        layer, optimizer, found = Layer(), getattr(module, name)(0.5), []
        optimizer.momentum = momentum
        optimizer.update_params(layer)
        if error == "bias shape":
            layer.dbiases = numbers(1, 5)
        elif error == "weights shape":
            layer.dweights = numbers(2, 2)
        elif error == "read-only biases":
            layer.biases.flags.writeable = False
        elif error == "biases gone":
            del layer.biases
        elif error == "bias text":
            layer.dbiases = "text"
        elif error == "bias lists":
            layer.dbiases = layer.dbiases.tolist()
        else:
            layer.dbiases = None
        for _ in range(2):
            try:
                found.append(optimizer.update_params(layer))
            except Exception as one:
                found.append(one)
        return found, layer
    assert_same_beside(code, program, adopted=[name])


@pytest.mark.parametrize("how", ["divide", "invalid", "over", "under"])
def test_errors_that_numpy_was_told_to_raise(how):
    def program(module):
        found = []
        with np.errstate(**{how: "raise"}):
            for thing, x in ((module.Softmax(), np.array([[1e308, -1e308], [np.inf, 1.0]])),
                             (module.Dense(2, 2), np.array([[1e308, 1e308]])),
                             (module.Softmax(), np.array([[800.0, 0.0]]))):
                try:
                    found.append((thing.forward(x), thing))
                except FloatingPointError as error:
                    found.append((error, sorted(vars(thing))))
            loss = module.CCE()
            for call in loss.forward, loss.calculate, loss.backward:
                try:
                    found.append(call(np.array([[0.0, np.nan], [1e-320, 1.0]]), np.eye(2)))
                except FloatingPointError as error:
                    found.append(error)
        return found
    assert_same_beside(SOFTMAX + DENSE + LOSS, program, adopted=["Softmax", "Dense", "CCE"])


def test_attributes_come_in_their_order():
    def program(module):
        layer, optimizer = dense_used(module)[0], module.SGD(momentum=0.5)
        optimizer.update_params(layer)
        return layer, optimizer
    assert_same_beside(DENSE + SGD, program, adopted=["Dense", "SGD"], order=True)
