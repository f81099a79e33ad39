"""safetensors files: what they hold, what comes back, and all that may be wrong with one."""

import json
import os
import struct
import sys

import numpy as np
import pytest
from exported import assert_same, held, model_of, moved, network, outputs, samples

import fastnn
from fastnn import Activation, Layer_BatchNorm, Layer_Dense, StorageError
from fastnn.exports import load_safetensors, save_safetensors

safetensors = pytest.importorskip("safetensors.numpy")


def parameters(layers):
    return {(n, name): getattr(layer, name) for n, layer in enumerate(layers)
            for name in ("weights", "biases", "running_mean", "running_variance")
            if hasattr(layer, name)}


def test_what_is_loaded_stands_where_it_stood_when_it_was_saved(tmp_path):
    """load_safetensors(network, path) was refused: the path had to come first there."""
    path, layers = tmp_path / "m.safetensors", network()
    save_safetensors(layers, path)
    for arguments in ((layers, path), (model_of(layers), str(path)), (path, layers)):
        kept = {key: array.copy() for key, array in parameters(layers).items()}
        moved(layers, "f8", seed=3)
        load_safetensors(*arguments)
        assert all(np.array_equal(parameters(layers)[key], kept[key]) for key in kept)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_there_and_back(dtype, tmp_path):
    layers, path = network(fastnn.Activation_LeakyReLU(0.2), dtype), tmp_path / "m.safetensors"
    layers[0].weight_regularizer_l2, layers[0].trainable = 0.01, False
    save_safetensors(layers, path)
    assert os.listdir(tmp_path) == ["m.safetensors"]
    assert_same(held(load_safetensors(path)), held(layers))
    other = network(fastnn.Activation_LeakyReLU(0.2))
    moved(other, "f4", seed=5)
    given = load_safetensors(str(path), other)
    assert all(one is two for one, two in zip(given, other, strict=True))
    for key, array in parameters(layers).items():
        got = parameters(other)[key]
        assert got.dtype == array.dtype and np.array_equal(got, array), key
        assert got.flags.owndata and got.flags.writeable and got.flags.c_contiguous
    X = samples(dtype)
    assert np.array_equal(outputs(other, X), outputs(layers, X))


def test_what_the_file_holds_for_others(tmp_path):
    layers, path = network(), tmp_path / "m.safetensors"
    layers[0].weights = np.asfortranarray(layers[0].weights)
    layers[4].weights = layers[4].weights.astype(">f4")
    save_safetensors(model_of(layers), path)
    found = safetensors.load_file(path)
    assert sorted(found) == sorted([
        "dense1.weights", "dense1.biases", "dense2.weights", "dense2.biases", "dense3.weights",
        "dense3.biases", "batchnorm1.weights", "batchnorm1.biases", "batchnorm1.running_mean",
        "batchnorm1.running_variance"])
    assert np.array_equal(found["dense1.weights"], layers[0].weights)
    assert np.array_equal(found["dense2.weights"], layers[4].weights)
    with safetensors.safe_open(path, "np") as file:
        about = json.loads(file.metadata()["layers"])
    assert about[1] == {"name": "batchnorm1", "class": "Layer_BatchNorm", "fastnn": True,
                        "settings": {"momentum": 0.9, "epsilon": 1e-3}}


def test_a_trained_model_goes_on_with_its_parameters(tmp_path):
    X, y = samples(), np.arange(9) % 3
    model = model_of(network())
    model.train(X, y, epochs=2)
    save_safetensors(model, tmp_path / "f")
    assert {name.rpartition(".")[2] for name in safetensors.load_file(tmp_path / "f")} == {
        "weights", "biases", "running_mean", "running_variance"}
    other = model_of(network())
    assert len(other.predict(X)) == 9  # planned already, with other numbers
    load_safetensors(tmp_path / "f", other)
    assert np.array_equal(other.predict(X), model.predict(X))
    other.train(X, y, epochs=1)


class Own:
    def forward(self, inputs, training=True):
        self.output = inputs


class Named:
    """Somebody's own layer with the book's attributes."""

    def __init__(self):
        self.weights, self.biases = np.ones((5, 2), "f4"), np.zeros((1, 2), "f4")

    def forward(self, inputs, training=True):
        self.output = inputs @ self.weights + self.biases


class Hidden(Own):
    def get_parameters(self):
        return (np.ones(3),)


def test_layers_of_somebody_s_own(tmp_path):
    path, layers = tmp_path / "f", [Own(), Named(), moved([Layer_Dense(2, 3)])[0]]
    save_safetensors(layers, path)
    assert set(safetensors.load_file(path)) == {"named1.weights", "named1.biases",
                                                "dense1.weights", "dense1.biases"}
    other = [Own(), Named(), Layer_Dense(2, 3)]
    other[1].weights *= 7
    load_safetensors(path, other)
    assert np.array_equal(other[1].weights, layers[1].weights)
    with pytest.raises(StorageError, match="own1 is an Own, which is no class of fastnn's: make "
                                           "the layers, and pass them as network"):
        load_safetensors(path)
    with pytest.raises(TypeError, match="the parameters of Hidden cannot be kept"):
        save_safetensors([Hidden()], path)


def test_a_formula_of_somebody_s_own_needs_the_network(tmp_path):
    import own_formulas
    with own_formulas.forgotten():
        OwnSoftsign = own_formulas.activations()[1]
        assert issubclass(OwnSoftsign, Activation)
        layers = moved([Layer_Dense(5, 3), OwnSoftsign()])
        save_safetensors(layers, tmp_path / "f")
        with pytest.raises(StorageError, match="ownsoftsign1 is an OwnSoftsign"):
            load_safetensors(tmp_path / "f")
        other = [Layer_Dense(5, 3), OwnSoftsign()]
        load_safetensors(tmp_path / "f", other)
        assert np.array_equal(other[0].weights, layers[0].weights)


@pytest.mark.parametrize("other, message", [
    (lambda: [Layer_Dense(5, 4), fastnn.Activation_ReLU(), Layer_Dense(4, 2)],
     r"dense2.weights must be \(4, 2\) as in the network, got \(4, 3\)"),
    (lambda: [Layer_Dense(5, 4), fastnn.Activation_Tanh(), Layer_Dense(4, 3)],
     "the file is of the layers dense1, relu1, dense2, the network has dense1, tanh1, dense2"),
    (lambda: [Layer_Dense(5, 3)], "of the layers dense1, relu1, dense2, the network has dense1$"),
    (lambda: [Layer_Dense(5, 4), Layer_BatchNorm(4), fastnn.Activation_ReLU(), Layer_Dense(4, 3)],
     "the network has dense1, batchnorm1, relu1, dense2")])
def test_another_network_is_refused_and_stays(other, message, tmp_path):
    save_safetensors(moved([Layer_Dense(5, 4), fastnn.Activation_ReLU(), Layer_Dense(4, 3)]),
                     tmp_path / "f")
    layers = moved(other())
    before = held(layers)
    with pytest.raises(ValueError, match=f"load_safetensors: .*{message}"):
        load_safetensors(tmp_path / "f", layers)
    assert_same(before, held(layers))


def test_dropout_and_softmax_may_come_and_go(tmp_path):
    save_safetensors(network(), tmp_path / "f")
    layers = [one for one in network() if not isinstance(one, fastnn.Layer_Dropout
                                                         | fastnn.Activation_Softmax)]
    moved(layers, seed=9)
    load_safetensors(tmp_path / "f", layers)
    assert np.array_equal(layers[0].weights, network()[0].weights)


def test_shared_arrays_and_other_types_are_not_saved(tmp_path):
    layers = moved([Layer_Dense(3, 3), Layer_Dense(3, 3)])
    layers[1].weights = layers[0].weights[:]
    with pytest.raises(ValueError, match="dense1.weights and dense2.weights share memory"):
        save_safetensors(layers, tmp_path / "f")
    layers[1].weights = layers[0].weights.astype("f2")
    with pytest.raises(TypeError, match="dense2: weights must be float32 or float64, got float16"):
        save_safetensors(layers, tmp_path / "f")
    layers[1].weights = np.ma.masked_array(layers[0].weights)
    with pytest.raises(TypeError, match="only plain NumPy arrays"):
        save_safetensors(layers, tmp_path / "f")
    assert not os.listdir(tmp_path)


# ---------------------------------------------------------------------------- files that lie


def test_every_cut_and_every_flip_of_the_header_is_told(tmp_path):
    layers, path = moved([Layer_Dense(2, 2)]), tmp_path / "f"
    save_safetensors(layers, path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match="f'"):
            load_safetensors(path)
    length = int.from_bytes(whole[:8], "little")
    for place in range(0, 8 + length):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1:])
        try:
            found = load_safetensors(path)
        except StorageError as error:
            assert "\n" not in str(error) and str(path) in str(error)
        else:  # a digit of a setting, or a blank
            assert found[0].weights.shape == (2, 2)


def written(path, arrays, layers):
    safetensors.save_file(arrays, path, {"format": "fastnn", "layers": json.dumps(layers)})
    return path


def dense(name="dense1", **more):
    settings = dict.fromkeys(("weight_regularizer_l1", "weight_regularizer_l2",
                              "bias_regularizer_l1", "bias_regularizer_l2"), 0) | more
    return {"name": name, "class": "Layer_Dense", "fastnn": True, "settings": settings}


W, B = np.ones((2, 3), "f4"), np.zeros((1, 3), "f4")
GOOD = {"dense1.weights": W, "dense1.biases": B}
LIES = {
    "no layers": (GOOD, [], "metadata that do not describe layers"),
    "more arrays": (GOOD | {"dense2.weights": W}, [dense()], "are not those of the arrays"),
    "less arrays": ({"dense1.weights": W}, [dense()], "dense1: biases must be an array of floats"),
    "one name twice": (GOOD, [dense(), dense()], "cannot follow|are not those"),
    "another name": ({"x.weights": W, "x.biases": B}, [dense("x")], "are not those of the arrays"),
    "a method": (GOOD, [dense(forward=1)], "forward is a method"),
    "what a step leaves": (GOOD, [dense(output=1)], "output is what a step leaves"),
    "a hidden attribute": (GOOD | {"dense1._x": W}, [dense()], "are not those of the arrays"),
    "text for a number": (GOOD, [dense(weight_regularizer_l1="x")], "must be a number"),
    "a loss": (GOOD, [{**dense(), "class": "Loss_CategoricalCrossentropy"}], "is no layer"),
    "no class of ours": (GOOD, [{**dense(), "class": "os.system"}], "is not one of fastnn's"),
    "a foreign one": (GOOD, [{**dense(), "foreign": "Own"}], "Own"),
    "a subclass": (GOOD, [{**dense(), "subclass": "Own"}], "Own"),
    "no settings": (GOOD, [{"name": "dense1", "class": "Layer_Dense", "fastnn": True}], "dense1"),
    "no name": (GOOD, [{"class": "Layer_Dense"}], "metadata that do not describe layers"),
    "whole numbers": ({"dense1.weights": W.astype("i4"), "dense1.biases": B}, [dense()],
                      "dense1.weights of type I32, where parameters are F32 or F64"),
    "flat weights": ({"dense1.weights": W.ravel(), "dense1.biases": B}, [dense()],
                     r"weights must be \(I, O\)"),
}


@pytest.mark.parametrize("lie", LIES)
def test_metadata_that_lie(lie, tmp_path):
    arrays, layers, message = LIES[lie]
    with pytest.raises(StorageError, match=message) as error:
        load_safetensors(written(tmp_path / "a file", arrays, layers))
    assert "a file" in str(error.value) and "\n" not in str(error.value)


def test_files_of_others(tmp_path):
    path = tmp_path / "f"
    safetensors.save_file(GOOD, path)
    with pytest.raises(StorageError, match="load_arrays.network, safetensors.numpy.load_file"):
        load_safetensors(path)
    safetensors.save_file(GOOD, path, {"format": "fastnn", "layers": "no json"})
    with pytest.raises(StorageError, match="damaged or foreign"):
        load_safetensors(path)
    path.write_bytes(struct.pack("<Q", 2**60) + b"{}")
    with pytest.raises(StorageError):
        load_safetensors(path)
    with pytest.raises(FileNotFoundError):
        load_safetensors(tmp_path / "missing")
    with pytest.raises(StorageError, match="found a directory"):
        load_safetensors(tmp_path)
    for wrong in None, 3.5:
        with pytest.raises(TypeError, match="load_safetensors: the path must be text"):
            load_safetensors(wrong)
        with pytest.raises(TypeError, match="save_safetensors: the path must be text"):
            save_safetensors(network(), wrong)


def test_without_safetensors_there_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    for call in (lambda: save_safetensors(network(), tmp_path / "f"),
                 lambda: load_safetensors(tmp_path / "f")):
        with pytest.raises(ImportError, match="^(save|load)_safetensors needs safetensors, which "
                                              "is not installed: pip install safetensors$"):
            call()


def test_arguments_in_the_wrong_order_are_named_by_their_types(tmp_path):
    """A Model's table of its layers came with the message, on as many lines."""
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    for call, words in (
            (lambda: load_safetensors(model), "must be text or a .*, got a Model$"),
            (lambda: save_safetensors(tmp_path, model), "must be a Model or a list of layers"),
            (lambda: fastnn.Layer_Dense(model, 2), "must be a whole number, got a Model$"),
            (lambda: fastnn.Layer_Dense(np.ones((30, 30)), 2), "got an array of shape .*float64$")):
        with pytest.raises(TypeError, match=words):
            call()
