"""Optimizers on layers of any kind, errors half way, errors that NumPy was told to raise."""

import types

import numpy as np
import pytest
from beside import ADAGRAD, DENSE, LOSS, SGD, SOFTMAX, Layer, assert_same_beside, numbers

import fastnn


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


@pytest.mark.parametrize("line", [
    "layer = layer.copy()", "layer = np.asarray(layer)", "layer = layer * 1", "layer += 0",
    "copied = layer.copy()"])
def test_a_layer_is_no_array(line):
    """An optimizer that takes it for one raises where it is not."""
    code = SGD.replace("        layer.weights += weight_updates\n",
                       f"        layer.weights += weight_updates\n        {line}\n")

    def program(module):
        module.SGD().update_params(Layer())
    assert_same_beside(code, program)


@pytest.mark.parametrize("line", ["training = training.reshape(1)", "training += training.T"])
def test_what_is_given_beside_the_arrays_is_none(line):
    code = SOFTMAX.replace("def forward(self, inputs):\n", f"""def forward(self, inputs, training):
        self.inputs = inputs
        {line}
""")

    def program(module):
        return module.Softmax().forward(numbers(5, 3), True)
    assert_same_beside(code, program)
