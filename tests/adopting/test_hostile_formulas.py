"""Classes that nearly compute what ours do: in a constant, a length, a layout, an order."""

import re

import numpy as np
import pytest
from beside import (
    ADAGRAD,
    DENSE,
    HEAD,
    LOSS,
    RELU,
    SGD,
    SOFTMAX,
    Layer,
    assert_same_beside,
    numbers,
)

ZEROS = np.array([[0.0, -0.0, 1.0], [-1.0, np.nan, -0.0]])


def forward_and_backward(name, *arguments, x=None, d=None):
    """A program: one object, forward and backward."""
    def program(module):
        thing = getattr(module, name)(*arguments)
        a = numbers(5, 3) if x is None else x
        b = numbers(*a.shape, seed=4) if d is None else d
        results = thing.forward(a), thing.backward(b)
        return thing, a, b, results
    return program


@pytest.mark.parametrize("zero", ["-0.0", "-0", "0.0", "-1e-400", "False"])
def test_a_zero_is_not_each_zero(zero):
    code = RELU.replace("np.maximum(0, inputs)", f"np.maximum({zero}, inputs)").replace(
        "= 0\n", f"= {zero}\n")
    assert_same_beside(code, forward_and_backward("ReLU", x=ZEROS, d=numbers(2, 3)))


def test_gradients_of_minus_zero():
    code = RELU.replace("<= 0] = 0", "<= 0] = -0.0")
    assert_same_beside(code, forward_and_backward("ReLU"))


LOOP = SOFTMAX[:SOFTMAX.index("        for index")] + """
        for OVER:
            column = self.output[i].reshape(-1, 1)
            jacobian = np.diagflat(column) - np.dot(column, column.T)
            self.dinputs[i] = np.dot(jacobian, dvalues[i])
"""


@pytest.mark.parametrize("over", [
    "i in range(len(dvalues) - 1)", "i in range(2)", "i in range(len(dvalues[0]))",
    "i in range(len(dvalues) + 1)", "i in range(1, len(dvalues))",
    "i, _ in enumerate(dvalues, 1)", "i, _ in zip(range(2), dvalues)",
    "i, _ in enumerate(zip(dvalues, range(2)))", "i, _ in enumerate(dvalues[0])",
    "i, _ in enumerate(dvalues[:-1])", "i in range(dvalues.shape[1])"])
def test_a_loop_of_another_length(over):
    code = LOOP.replace("OVER", over)
    report = assert_same_beside(code, lambda module: module.Softmax().forward(numbers(3, 3)))
    # What is not set is as the memory was: that can be told of the reading alone.
    assert not report.adopted


@pytest.mark.parametrize("over", [
    "i in range(len(dvalues))", "i in range(dvalues.shape[0])", "i, _ in enumerate(dvalues)",
    "i in range(len(self.output))"])
def test_a_loop_over_all_samples(over):
    assert_same_beside(LOOP.replace("OVER", over), forward_and_backward("Softmax"))
    assert_same_beside(LOOP.replace("OVER", over), lambda module: _fewer(module, 1))
    assert_same_beside(LOOP.replace("OVER", over), lambda module: _fewer(module, -1))


def _fewer(module, more):
    thing, d = module.Softmax(), numbers(5 + more, 3)
    thing.forward(numbers(5, 3))
    try:
        thing.backward(d)
    except IndexError as error:
        return error, sorted(vars(thing))
    return thing.dinputs[:5]


@pytest.mark.parametrize("layout", ["np.array(dvalues)", "np.copy(dvalues)", "dvalues.copy()",
                                    "dvalues.copy('F')", "np.array(dvalues, order='F')",
                                    "1 * dvalues", "dvalues * 1", "dvalues + 0", "+dvalues"])
def test_copies_keep_their_layout(layout):
    code = RELU.replace("dvalues.copy()", layout)
    d = np.asfortranarray(numbers(5, 3, seed=4))
    d[0, 0] = -0.0
    assert_same_beside(code, forward_and_backward("ReLU", d=d))
    assert_same_beside(code, forward_and_backward("ReLU", d=np.hstack([d, d])[::-1, ::2]))


@pytest.mark.parametrize("product", ["inputs @ self.weights", "inputs.dot(self.weights)",
                                     "np.matmul(inputs, self.weights)",
                                     "np.dot(inputs, self.weights)"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 8, 3), (4, 1, 3), (4, 9, 1), (150, 17, 4),
                                   (300, 64, 64)])
@pytest.mark.parametrize("layout", ["plain", "spread", "backwards", "repeated", "by columns",
                                    "offset"])
def test_products_are_those_of_their_words(product, shape, layout):
    code = DENSE.replace("np.dot(inputs, self.weights)", product)
    n, k, m = shape
    x = numbers(n, k)
    x = {"plain": x, "spread": np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
         "backwards": x[::-1, ::-1].copy()[::-1, ::-1], "repeated": np.broadcast_to(x[:1], x.shape),
         "by columns": np.asfortranarray(x),
         "offset": np.frombuffer(b"." + x.tobytes(), offset=1).reshape(x.shape)}[layout]
    assert_same_beside(code, forward_and_backward("Dense", k, m, x=x, d=numbers(n, m)))


@pytest.mark.parametrize("old, new", [
    ("self.output = np.dot", "self.__output = np.dot"),
    ("self.inputs = inputs", "self.__inputs = inputs"),
    ("self.output = np.dot", "self.__init__ = np.dot")])
def test_private_names(old, new):
    code = DENSE.replace(old, new)
    if "inputs" in new:
        code = code.replace("self.inputs.T", "self.__inputs.T")
    assert_same_beside(code, forward_and_backward("Dense", 3, 4, d=numbers(5, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("way", ["w -= r * g", "w = w - r * g", "w += -r * g", "w = w + -r * g",
                                 "w = w - g * r", "w[...] -= r * g", "w[:] = w - r * g",
                                 "w = -r * g + w", "w -= np.multiply(r, g)"])
def test_updates_in_place_and_anew(way, dtype):
    def line(w, g):
        words = {"w": f"layer.{w}", "g": f"layer.{g}", "r": "self.lr"}
        return re.sub(r"\b[wgr]\b", lambda found: words[found[0]], way)
    code = HEAD + f"""
class SGD:
    def __init__(self, lr=1.):
        self.lr = lr
    def update_params(self, layer):
        {line("weights", "dweights")}
        {line("biases", "dbiases")}
"""

    def program(module):
        kept = []
        for layer in (Layer(), Layer(dtype=np.float32), Layer(dtype=dtype), Layer()):
            layer.dweights = layer.dweights.astype(dtype)
            if len(kept) == 3:
                layer.weights = np.asfortranarray(layer.weights)
            kept.append((layer, layer.weights, layer.biases))
            optimizer = module.SGD(0.1)
            for _ in range(3):
                optimizer.update_params(layer)
        return kept
    assert_same_beside(code, program)


@pytest.mark.parametrize("way", ["+= layer.d{0}**2", "= layer.{1}_cache + layer.d{0}**2",
                                 "= layer.d{0}**2 + layer.{1}_cache",
                                 "+= layer.d{0} * layer.d{0}", "+= np.square(layer.d{0})"])
def test_caches_in_place_and_anew(way):
    code = ADAGRAD
    for name, side in (("weights", "weight"), ("biases", "bias")):
        code = code.replace(f"layer.{side}_cache += layer.d{name}**2",
                            f"layer.{side}_cache {way.format(name, side)}")

    def program(module):
        layer, optimizer, kept = Layer(), module.Adagrad(), []
        for _ in range(3):
            optimizer.update_params(layer)
            kept += [layer.weight_cache, layer.bias_cache]
        return layer, kept
    assert_same_beside(code, program)


def test_states_that_the_layer_has_to_bring():
    code = SGD.replace("""            if not hasattr(layer, 'weight_momentums'):
                layer.weight_momentums = np.zeros_like(layer.weights)
                layer.bias_momentums = np.zeros_like(layer.biases)
""", "")

    def program(module):
        layer = Layer()
        return module.SGD(momentum=0.5).update_params(layer), layer
    assert_same_beside(code, program)


def test_one_state_of_two_is_there():
    for gone in "weight_momentums", "bias_momentums":
        def program(module, gone=gone):
            layer, optimizer = Layer(), module.SGD(momentum=0.5)
            optimizer.update_params(layer)
            delattr(layer, gone)
            try:
                optimizer.update_params(layer)
            except AttributeError as error:
                return layer, error
            return layer
        assert_same_beside(SGD, program, adopted=["SGD"])


def test_settings_of_the_class_and_of_each():
    code = SGD.replace("        self.momentum = momentum\n", "").replace(
        "class SGD:", "class SGD:\n    momentum = 0.9")

    def program(module):
        layers = [Layer(), Layer(), Layer()]
        optimizer = module.SGD()
        optimizer.update_params(layers[0])
        module.SGD.momentum = 0
        optimizer.update_params(layers[1])
        optimizer.momentum = 0.5
        optimizer.update_params(layers[2])
        return layers, optimizer
    assert_same_beside(code, program)


@pytest.mark.parametrize("names", ["t", "d", "own", "result", "l", "dl", "their_layer", "h0", "d0",
                                   "own0", "_theirs", "_kind", "_array", "_v3", "wrapper"])
def test_arguments_of_any_name(names):
    for code, old, program in (
            (DENSE, "inputs", forward_and_backward("Dense", 3, 4, d=numbers(5, 4))),
            (DENSE, "dvalues", forward_and_backward("Dense", 3, 4, d=numbers(5, 4))),
            (DENSE, "self", forward_and_backward("Dense", 3, 4, d=numbers(5, 4))),
            (SOFTMAX, "dvalues", forward_and_backward("Softmax")),
            (SGD, "layer", _stepped), (SGD, "self", _stepped)):
        code = code.replace("self.inputs", "self.kept").replace("self.output", "self.made")
        code = code.replace(old + ".", names + ".").replace(old + ",", names + ",").replace(
            old + ")", names + ")").replace(f"- {old}", f"- {names}")
        assert_same_beside(code, program)


def _stepped(module):
    layer, optimizer = Layer(), module.SGD(momentum=0.9)
    for _ in range(3):
        optimizer.update_params(layer)
    layer.dweights = layer.dweights.tolist()  # theirs runs
    try:
        optimizer.update_params(layer)
    except (TypeError, AttributeError) as error:
        return layer, error
    return layer


def test_doubling_ends():
    lines = "        inputs = inputs + inputs\n" * 60
    code = RELU.replace("        self.inputs = inputs\n", lines + "        self.inputs = inputs\n")
    assert_same_beside(code, forward_and_backward("ReLU"))


def test_targets_of_floats_and_too_few():
    for y in (np.array([0.0, 1.0, 2.0]), np.array([True, False, True]), np.array([0, 1, 3]),
              np.array([-1, -2, -3]), np.array([0]), np.array([0, 1]), np.array([], int),
              np.array([[0], [1], [2]]), np.array([0, 1, 2], object), np.array(1)):
        def program(module, y=y):
            loss, x = module.CCE(), np.abs(numbers(3, 3))
            found = []
            for call in (loss.forward, loss.calculate, loss.backward):
                try:
                    found.append(call(x, y))
                except Exception as error:
                    found.append(error)
            return loss, found
        assert_same_beside(LOSS, program, adopted=["CCE"])
