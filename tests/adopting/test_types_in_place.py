"""`a += b` keeps the type of a, and `a = a + b` takes the wider: of mixed types these are two."""

import itertools

import numpy as np
import pytest
from beside import HEAD, LABELS, Layer, assert_same_beside, numbers
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt

DENSE = HEAD + '''
class Dense:
    def __init__(self, n_inputs, n_neurons, l2=0.0):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.l2 = l2
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights)
        self.output FORWARD
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.l2 > 0:
            self.dweights BACKWARD
        self.dinputs = np.dot(dvalues, self.weights.T)
'''
WAYS = {"+= self.biases": "+= 2 * self.l2 * self.weights",
        "= self.output + self.biases": "= self.dweights + 2 * self.l2 * self.weights"}
TWO_WAYS = list(itertools.product(WAYS, WAYS.values()))
SGD = HEAD + '''
class SGD:
    def __init__(self, learning_rate=0.1):
        self.learning_rate = learning_rate
    def update_params(self, layer):
        step = -self.learning_rate * layer.dweights
        other = -self.learning_rate * layer.dbiases
        layer.weights += step
        layer.biases += other
'''
COMBINED = HEAD + '''
class Both:
    def forward(self, inputs, y_true):
        exps = inputs - np.max(inputs, axis=1, keepdims=True)
        exps = np.exp(exps)
        exps /= np.sum(exps, axis=1, keepdims=True)
        self.output = exps
        return exps
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs /= samples
'''
TYPES = list(itertools.product("fd", repeat=4))


@pytest.fixture(params=["nnfs", "without"])
def numpy_of_both_kinds(request):
    """With `nnfs.init()`, whose products are float32, and without."""
    if request.param == "nnfs":
        request.getfixturevalue("book_numpy")


def layer_of(module, weights, biases):
    layer = module.Dense(3, 4, 0.01)
    layer.weights = numbers(3, 4).astype(weights)
    layer.biases = numbers(1, 4, seed=2).astype(biases)
    return layer


@pytest.mark.usefixtures("numpy_of_both_kinds")
@pytest.mark.parametrize(("forward", "backward"), TWO_WAYS)
def test_a_dense_layer(forward, backward):
    def program(module):
        found = []
        for x, w, b, d in TYPES:
            layer = layer_of(module, w, b)
            layer.forward(numbers(5, 3, seed=3).astype(x))
            layer.backward(numbers(5, 4, seed=4).astype(d))
            found.append(layer)
        return found
    code = DENSE.replace("FORWARD", forward).replace("BACKWARD", backward)
    assert_same_beside(code, program, adopted=["Dense"])


@pytest.mark.usefixtures("numpy_of_both_kinds")
@pytest.mark.parametrize("forward", WAYS)
def test_a_dense_layer_without_penalties(forward):
    """Ours would add penalties in place, of which this one has none."""
    def program(module):
        found = []
        for x, w, b, d in TYPES:
            layer = layer_of(module, w, b)
            layer.forward(numbers(5, 3, seed=3).astype(x))
            layer.backward(numbers(5, 4, seed=4).astype(d))
            found.append(layer)
        return found
    code = DENSE.replace("FORWARD", forward).replace(
        "        if self.l2 > 0:\n            self.dweights BACKWARD\n", "").replace(
        "        self.l2 = l2\n", "")
    assert_same_beside(code, program, adopted=["Dense"])


@pytest.mark.usefixtures("numpy_of_both_kinds")
def test_an_optimizer():
    def program(module):
        found = []
        for types in TYPES:
            layer = Layer()
            for name, kind in zip(("weights", "biases", "dweights", "dbiases"), types):
                setattr(layer, name, getattr(layer, name).astype(kind))
            module.SGD().update_params(layer)
            found.append(layer)
        return found
    assert_same_beside(SGD, program, adopted=["SGD"])


@pytest.mark.usefixtures("numpy_of_both_kinds")
def test_softmax_and_loss_in_one():
    def program(module):
        found = []
        for x, d, y in itertools.product("fd", "fd", "fdl"):
            both = module.Both()
            targets = LABELS if y == "l" else np.eye(3)[LABELS].astype(y)
            outputs = both.forward(numbers(5, 3).astype(x), targets)
            both.backward(numbers(5, 3, seed=2).astype(d), targets)
            found.append((outputs, both))
        return found
    assert_same_beside(COMBINED, program)


@pytest.mark.usefixtures("numpy_of_both_kinds")
@pytest.mark.parametrize(("forward", "backward"), TWO_WAYS)
@pytest.mark.parametrize("types", ["ff", "fd", "df", "dd"])
def test_a_whole_training(types, forward, backward):
    """`fit` of adopted objects is their own loop."""
    code = DENSE.replace("FORWARD", forward).replace("BACKWARD", backward)
    X, y = numbers(5, 3, seed=3).astype("f"), numbers(5, 4, seed=4).astype("f")
    loss, trained = fastnn.Loss_MeanSquaredError(), []
    for adopted in False, True:
        module, optimizer = load(code), fastnn.Optimizer_SGD(0.1)
        layer = layer_of(module, *types)
        if adopted:
            assert "Dense" in adopt(module).adopted
            fastnn.fit([layer], loss, optimizer, X, y, epochs=3)
        for _ in range(0 if adopted else 3):
            layer.forward(X)
            loss.backward(layer.output, y)
            layer.backward(loss.dinputs)
            optimizer.pre_update_params()
            optimizer.update_params(layer)
            optimizer.post_update_params()
        trained.append((layer.weights, layer.biases, layer.output, layer.dweights))
    for ours, theirs in zip(*trained, strict=True):
        assert ours.dtype == theirs.dtype and np.array_equal(ours, theirs)


@pytest.mark.parametrize("forward", ["y = x.copy()\ny[y < 0] = 0", "y = np.maximum(0, x)",
                                     "y = np.zeros_like(x)\ny[x > 0] = x[x > 0]"])
def test_copies_keep_the_order_of_bytes(forward):
    """Of arrays of the other order, as files have them, ours made some of this machine's."""
    code = HEAD + ("class Act:\n    def forward(self, x):\n        self.x = x\n"
                   + "".join(f"        {line}\n" for line in [*forward.splitlines(), "self.y = y"])
                   + "    def backward(self, d):\n        self.d = d.copy()\n"
                     "        self.d[self.x <= 0] = 0\n")

    def program(module):
        found = []
        for kind in (">f8", "<f8", ">f4", "<f4"):
            act = module.Act()
            act.forward(numbers(5, 3).astype(kind))
            act.backward(numbers(5, 3, seed=2).astype(kind))
            found += [act, act.y.dtype.str, act.d.dtype.str]
        return found
    assert_same_beside(code, program, adopted=["Act"])


MIXED = HEAD + '''
class Dense:
    def __init__(self, n_inputs, n_neurons, w1=0.1, w2=0.01, b1=0.1, b2=0.01):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.w1, self.w2, self.b1, self.b2 = w1, w2, b1, b2
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dweights += self.w1 * np.where(self.weights < 0, -1, 1)
        self.dweights += 2 * self.w2 * self.weights
        self.dbiases += self.b1 * np.where(self.biases < 0, -1, 1)
        self.dbiases += 2 * self.b2 * self.biases
        self.dinputs = np.dot(dvalues, self.weights.T)
'''
BOOK = MIXED.replace("self.dweights += self.w1 * np.where(self.weights < 0, -1, 1)", """\
if self.w1 > 0:
            dL1 = np.ones_like(self.weights)
            dL1[self.weights < 0] = -1
            self.dweights += self.w1 * dL1""").replace("self.dbiases += self.b1 * np.where("
                                                       "self.biases < 0, -1, 1)", """\
if self.b1 > 0:
            dL1 = np.ones_like(self.biases)
            dL1[self.biases < 0] = -1
            self.dbiases += self.b1 * dL1""").replace("        self.dweights += 2", """\
        if self.w2 > 0:
            self.dweights += 2""").replace("        self.dbiases += 2", """\
        if self.b2 > 0:
            self.dbiases += 2""")


@pytest.mark.parametrize("code", [MIXED, BOOK], ids=["where", "ones"])
@pytest.mark.parametrize("anew", [*itertools.product([False, True], repeat=4)])
def test_some_of_the_sums_in_place_and_some_not(code, anew):
    """Of a method that has both, and of numbers that np.where makes, which are of float64."""
    lines = [line for line in code.splitlines() if "+= " in line]
    for line, is_anew in zip(lines, anew):
        target, added = line.split(" += ")
        if is_anew:
            code = code.replace(line, f"{target} = {target.strip()} + {added}")

    def program(module):
        found = []
        for own, other, given, slope in TYPES:
            dense = module.Dense(3, 4)
            dense.weights, dense.biases = numbers(3, 4).astype(own), numbers(1, 4).astype(other)
            dense.forward(numbers(5, 3).astype(given))
            dense.backward(numbers(5, 4).astype(slope))
            found.append(dense)
        return found
    assert_same_beside(code, program, adopted=["Dense"])


def test_what_is_made_of_a_penalty_in_place():
    """`penalty += product` keeps the penalty's type, not that of the product."""
    code = MIXED.replace("""\
        self.dweights += self.w1 * np.where(self.weights < 0, -1, 1)
""", """\
        penalty = self.w1 * np.where(self.weights < 0, -1, 1)
        penalty += self.dweights
        self.dweights = penalty
""")

    def program(module):
        dense = module.Dense(3, 4)
        dense.weights, dense.biases = dense.weights.astype("f"), dense.biases.astype("f")
        dense.forward(numbers(5, 3).astype("f"))
        dense.backward(numbers(5, 4).astype("f"))
        return dense
    assert_same_beside(code, program)
