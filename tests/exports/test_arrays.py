"""Plain arrays by Keras' and PyTorch's names: each against a forward pass written down here."""

import numpy as np
import pytest
from exported import assert_same, held, model_of, moved, outputs, samples

import fastnn
from fastnn import Layer_BatchNorm, Layer_Dense
from fastnn.exports import load_arrays, save_safetensors


def layers_of(dtype="f4"):
    """4-4-3: a square matrix tells nobody which way round it is."""
    return moved([Layer_Dense(4, 4), Layer_BatchNorm(4, epsilon=1e-5), fastnn.Activation_Tanh(),
                  Layer_Dense(4, 3)], dtype)


def values(seed=3):
    rng = np.random.default_rng(seed)
    norm = [rng.uniform(0.5, 1.5, 4).astype("f4") for _ in range(4)]
    return [rng.normal(size=(4, 4)).astype("f4"), rng.normal(size=4).astype("f4"), *norm,
            rng.normal(size=(4, 3)).astype("f4"), rng.normal(size=3).astype("f4")]


def expected(X, kernel, bias, gamma, beta, mean, variance, last, last_bias):
    """The network in plain NumPy, of kernels (I, O)."""
    z = X @ kernel + bias
    z = gamma * (z - mean) / np.sqrt(variance + 1e-5) + beta
    return np.tanh(z) @ last + last_bias


KERAS = ("dense/kernel", "dense/bias", "batch_normalization/gamma", "batch_normalization/beta",
         "batch_normalization/moving_mean", "batch_normalization/moving_variance",
         "dense_1/kernel", "dense_1/bias")
TORCH = ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
         "1.num_batches_tracked", "3.weight", "3.bias")


def torch_values():
    kernel, bias, *norm, last, last_bias = values()
    return [kernel.T, bias, *norm, np.array(17), last.T, last_bias]


GIVEN = {
    "Keras' list": ("keras", values),
    "an iterator": ("keras", lambda: iter(values())),
    "Keras 3 by path": ("keras", lambda: dict(zip(KERAS, values()))),
    "Keras in a group": ("keras", lambda: {f"sequential/{name}": array for name, array in zip(
        KERAS, values())}),
    "Keras 2": ("keras", lambda: {f"{name}:0": array for name, array in zip(KERAS, values())}),
    "a state_dict": ("torch", lambda: dict(zip(TORCH, torch_values()))),
    "of a module in a module": ("torch", lambda: {f"net.layers.{name}": array for name, array in
                                                  zip(TORCH, torch_values())}),
    "PyTorch's values in order": ("torch", lambda: [one for one in torch_values() if one.ndim]),
    "lists of lists": ("keras", lambda: [one.tolist() for one in values()]),
}


@pytest.mark.parametrize("name", GIVEN)
def test_the_network_computes_what_the_other_one_did(name):
    layout, given = GIVEN[name]
    layers, X = layers_of(), samples(I=4)
    load_arrays(layers, given(), layout=layout)
    assert np.allclose(outputs(layers, X), expected(X, *values()), rtol=1e-5, atol=1e-5)
    for layer in layers:
        for attribute in ("weights", "biases"):
            array = getattr(layer, attribute, None)
            assert array is None or array.ndim == 2 and array.dtype == "f4" and (
                array.flags.owndata and array.flags.c_contiguous and array.flags.writeable)


def test_sorted_names_of_a_file_are_taken_by_their_numbers(tmp_path):
    """safetensors and others sort names as text: the tenth layer comes before the second."""
    rng = np.random.default_rng(0)
    there = {f"net.{n}.{word}": rng.normal(size=shape).astype("f4") for n in range(12)
             for word, shape in (("weight", (4, 4)), ("bias", (4,)))}
    layers = [Layer_Dense(4, 4) for _ in range(12)]
    load_arrays(layers, dict(sorted(there.items())), layout="torch")
    for n, layer in enumerate(layers):
        assert np.allclose(layer.weights, there[f"net.{n}.weight"].T)
    load_arrays(layers[:3], {f"dense{end}/{word}": there[f"net.{n}.{other}"]
                             for end, n in (("", 5), ("_1", 6), ("_10", 7))
                             for word, other in (("bias", "bias"), ("kernel", "weight"))},
                layout="keras")
    assert np.allclose(layers[2].weights, there["net.7.weight"])
    renamed = {f"{name}.{word}": there[f"net.0.{word}"] for name in ("inner", "outer")
               for word in ("bias", "weight")}
    with pytest.raises(ValueError, match="names that come sorted do not say the order of the la"):
        load_arrays(layers[:2], renamed, layout="torch")
    load_arrays(layers[:2], dict(reversed(renamed.items())), layout="torch")  # as a module gives it
    load_arrays(layers[:1], {"x.bias": there["net.0.bias"], "x.weight": there["net.0.weight"]},
                layout="torch")


class Own:
    def __init__(self):
        self.weights, self.biases = np.ones((4, 4), "f4"), np.ones((1, 4), "f4")

    def forward(self, inputs, training=True):
        self.output = inputs @ self.weights


def test_layers_of_somebody_s_own_have_our_names_alone():
    own = Own()
    load_arrays([own], {"own1.weights": np.zeros((4, 4)), "own1.biases": np.zeros(4)},
                layout="fastnn")
    assert not own.weights.any() and own.biases.shape == (1, 4)
    for given in [np.ones((4, 4)), np.ones(4)], {"a.kernel": np.ones((4, 4)), "a.bias": np.ones(4)}:
        with pytest.raises(TypeError, match="own1 is an Own, for which other libraries have no na"):
            load_arrays([own], given, layout="keras")


def test_a_layer_that_stands_twice():
    layer = Layer_Dense(4, 4)
    with pytest.raises(ValueError, match="load_arrays: dense1 and dense2 are one layer"):
        load_arrays([layer, layer], [np.ones((4, 4)), np.ones(4)] * 2, layout="keras")


def test_a_square_matrix_lies_as_the_layout_says():
    square = np.arange(16.0).reshape(4, 4)
    for layout, word, wanted in (("keras", "kernel", square), ("torch", "weight", square.T)):
        layer = Layer_Dense(4, 4)
        load_arrays([layer], {f"a.{word}": square}, layout=layout)
        assert np.array_equal(layer.weights, wanted) and not layer.biases.any()
    with pytest.raises(TypeError, match="layout"):
        load_arrays([Layer_Dense(4, 4)], [square, square[0]])


def test_names_without_a_layer_are_of_the_only_one():
    layer = Layer_Dense(2, 3)
    load_arrays([layer], {"kernel": np.ones((2, 3)), "bias": np.ones(3)}, layout="keras")
    assert layer.weights.all() and layer.biases.all()


def test_our_own_names(tmp_path):
    layers = layers_of()
    named = {f"{name}.{attribute}": getattr(layer, attribute)
             for name, layer in zip(("dense1", "batchnorm1", "dense2"), (layers[0], layers[1],
                                                                         layers[3]))
             for attribute in ("weights", "biases", "running_mean", "running_variance")
             if hasattr(layer, attribute)}
    np.savez(tmp_path / "f.npz", **named)
    other = moved(layers_of(), seed=8)
    with np.load(tmp_path / "f.npz") as file:
        load_arrays(other, file, layout="fastnn")
    assert_same(held(other), held(layers))
    safetensors = pytest.importorskip("safetensors.numpy")
    save_safetensors(layers, tmp_path / "f")
    moved(other, seed=9)
    load_arrays(other, safetensors.load_file(tmp_path / "f"), layout="fastnn")
    assert_same(held(other), held(layers))
    assert not np.shares_memory(other[0].weights, layers[0].weights)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_values_come_in_the_type_that_is_there(dtype):
    layers = layers_of(dtype)
    load_arrays(layers, [one.astype("f8") for one in values()], layout="keras")
    assert {layers[0].weights.dtype, layers[1].running_mean.dtype} == {np.dtype(dtype)}
    load_arrays([layers[0]], [np.ones((4, 4), "i4"), np.ones(4, "f2")], layout="keras")
    assert layers[0].weights.dtype == dtype


def test_a_model_predicts_with_them_at_once():
    model = model_of([*layers_of(), fastnn.Activation_Softmax()])
    X = samples(I=4)
    before = model.predict(X)
    load_arrays(model, values(), layout="keras")
    logits = expected(X, *values())
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.allclose(model.predict(X), exps / exps.sum(axis=1, keepdims=True), atol=1e-5)
    assert not np.allclose(before, model.predict(X))
    model.train(X, np.arange(9) % 3, epochs=1)


def without(name):
    found = dict(zip(KERAS, values()))
    del found[name]
    return found


def changed(**more):
    return dict(zip(KERAS, values())) | more


WRONG = {
    "a layer less": ("keras", lambda: {name: one for name, one in zip(KERAS, values())
                                       if not name.startswith("dense_1")},
                     "has 3 layers with parameters, the arrays are of 2"),
    "an array less": ("keras", lambda: without("batch_normalization/moving_mean"),
                      "no 'moving_mean' beside 'batch_normalization/gamma', for "
                      "batchnorm1.running_mean"),
    "no kernel": ("keras", lambda: without("dense/kernel"), "no 'kernel' beside 'dense/bias'"),
    "another name": ("keras", lambda: changed(**{"dense/recurrent_kernel": np.ones(3)}),
                     "'dense/recurrent_kernel' is no keras name of what a Layer_Dense"),
    "PyTorch's names": ("keras", lambda: dict(zip(TORCH, torch_values())), "is no keras name"),
    "transposed": ("keras", lambda: changed(**{"dense_1/kernel": np.ones((3, 4))}),
                   r"dense_1/kernel must be \(4, 3\) for dense2.weights, got \(3, 4\), which is "
                   "that transposed: is the layout right"),
    "another shape": ("torch", lambda: dict(zip(TORCH, torch_values())) | {"3.bias": np.ones(4)},
                      r"3.bias must be \(3,\) for dense2.biases, got \(4,\)"),
    "a list too short": ("keras", lambda: values()[:-1], "takes 8 arrays, dense1.weights, .*got 7"),
    "an array of text": ("keras", lambda: [*values()[:-1], ["a", "b", "c"]],
                         "array 7 must be an array of numbers, got strings"),
    "complex numbers": ("keras", lambda: [*values()[:-1], np.ones(3, "c8")], "complex numbers"),
    "a mask": ("keras", lambda: [*values()[:-1], np.ma.ones(3)], "array 7 must be an array"),
    "no arrays": ("keras", lambda: 3, "must be a list of arrays, or arrays by name, got 3"),
    "names that are none": ("torch", lambda: {3: np.ones(3)}, "names must be text, got 3"),
    "ours, one missing": ("fastnn", lambda: {"dense1.weights": np.ones((4, 4))}, "no array"),
    "ours, in a list": ("fastnn", values, "is for arrays by name"),
    "a layout that there is not": ("tensorflow", values, 'must be "keras", "torch" or "fastnn"'),
    "none": (None, values, "layout must be"), "a list of layouts": (["keras"], values, "must be"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_named_and_nothing_changes(name):
    layout, given, message = WRONG[name]
    layers = layers_of()
    before = held(layers)
    with pytest.raises((TypeError, ValueError), match=f"^load_arrays: .*{message}"):
        load_arrays(layers, given(), layout=layout)
    assert_same(held(layers), before)


def test_more_names_of_ours_than_there_are():
    layer = Layer_Dense(2, 2)
    with pytest.raises(ValueError, match="nothing that 'dense2.weights' is for"):
        load_arrays([layer], {"dense1.weights": layer.weights, "dense1.biases": layer.biases,
                              "dense2.weights": layer.weights}, layout="fastnn")


@pytest.mark.parametrize("network", [None, [], [fastnn.Activation_ReLU()], 3])
def test_networks_that_are_none(network):
    with pytest.raises((TypeError, ValueError), match="load_arrays: "):
        load_arrays(network, [], layout="keras")
