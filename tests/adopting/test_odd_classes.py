"""Classes that do more than compute, and functions that are not what they seem."""

import types

import numpy as np
import pytest
from beside import HEAD, RELU, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt


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
    code = RELU.replace("class ReLU:", f"class ReLU:\n    __slots__ = {slots}")
    assert_same_beside(code, program)


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
    module = load(code)
    capsys.readouterr()
    adopt(module)
    assert not capsys.readouterr().out

    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        relu.backward(numbers(5, 3))
        return relu
    assert_same_beside(code, program)


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


@pytest.mark.parametrize("what", ["NotImplementedError", "np", "len", "self.forward",
                                  "(1, NotImplementedError)", "[self.output, np.dot]"])
def test_methods_that_return_no_number(what):
    """A base class that says so by returning an error, where it should raise it."""
    def program(module):
        relu = module.ReLU()
        relu.forward(numbers(5, 3))
        relu.slope(3)
        return relu.output
    assert_same_beside(f"{RELU}    def slope(self, inputs):\n        return {what}\n", program)


@pytest.mark.parametrize("base", [False, True])
def test_a_class_whose_objects_say_when_they_end_is_left(base):
    """Runs and reports hold objects for longer than the program does."""
    say = "    def __del__(self):\n        print('gone')\n"
    code = f"class Base:\n{say}\n" + RELU.replace("class ReLU:", "class ReLU(Base):") if base else (
        RELU.replace("class ReLU:\n", f"class ReLU:\n{say}"))
    found = adopt(load(code))
    assert "__del__" in found.left["ReLU"] and not found.adopted


def test_the_length_of_an_object_is_not_that_of_its_samples():
    """It raises behind what it has left; asked for before, nothing was left."""
    code = """
class Both:
    def backward(self, dvalues, y_true):
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(self)
"""
    assert not adopt(load("import numpy as np\n" + code)).adopted
