"""Models of adopted classes in files: with `classes=` they come back as what they were."""

import numpy as np
import pytest
from beside import HEAD
from own_network import OWN, X, Y, arrays, in_a_model, network
from programs_of_classes import load

import fastnn
from fastnn.adopting import adopt
from fastnn.exports import load_arrays, load_safetensors, save_safetensors


def classes_of(module):
    return {name: one for name, one in vars(module).items() if isinstance(one, type)}


@pytest.fixture
def module():
    found = load(OWN)
    adopt(found)
    return found


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


def test_they_come_back_with_all_that_they_hold(module, path):
    model = in_a_model(module)
    model.train(X, Y, epochs=2, print_every=9)
    model.save(path)
    loaded = fastnn.Model.load(path, classes=classes_of(module))
    assert [type(one) for one in loaded.layers] == [type(one) for one in model.layers]
    assert type(loaded.loss) is module.Squared and type(loaded.optimizer) is module.RMS
    assert loaded.layers[0].sides == [3, 6] and not hasattr(loaded.layers[0], "dx")
    for one in (model, loaded):
        one.train(X, Y, epochs=3, print_every=9)
    found, wanted = (arrays(one.layers, one.optimizer) for one in (loaded, model))
    assert found.keys() == wanted.keys()
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


def test_none_of_their_code_runs(module, path):
    in_a_model(module).save(path)

    def raises(self, *arguments):
        raise AssertionError("it was called")
    other = classes_of(module) | {"Dense": type("Dense", (), {
        "__init__": raises, "forward": raises, "backward": raises})}
    stream = np.random.get_state()[1].copy()
    fastnn.Model.load(path, classes=other)
    assert np.array_equal(stream, np.random.get_state()[1])


def test_a_class_that_is_missing_is_named(module, path):
    in_a_model(module).save(path)
    for classes in (None, {name: one for name, one in classes_of(module).items()
                           if name != "Dense"}):
        with pytest.raises(fastnn.StorageError, match="layers.0 is a Dense, which is no class of "
                                                      "fastnn's: load with Model.load"):
            fastnn.Model.load(path, classes=classes)


def test_classes_that_are_not_adopted_any_more_are_named(module, path):
    in_a_model(module).save(path)
    with pytest.raises(fastnn.StorageError, match="got an? RMS, which has no pre_update_params.*"
                                                  "not now: Dense, RMS, ReLU, Squared"):
        fastnn.Model.load(path, classes=classes_of(load(OWN)))


BOOKS = OWN.replace("class Dense", "class Layer_Dense").replace(
    "class ReLU", "class Activation_ReLU")


def test_classes_with_the_names_of_ours_come_back_too(path):
    module = load(BOOKS)
    adopt(module)
    layers = [module.Layer_Dense(3, 2), module.Activation_ReLU(), fastnn.Layer_Dense(2, 2),
              fastnn.Activation_Linear()]
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    model.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Regression())
    model.finalize()
    model.train(X, Y, print_every=9)
    model.save(path)
    loaded = fastnn.Model.load(path, classes=classes_of(module))
    assert [type(one) for one in loaded.layers] == [type(one) for one in layers]
    assert np.array_equal(loaded.predict(X), model.predict(X))
    with pytest.raises(fastnn.StorageError, match="layers.0 is a Layer_Dense"):
        fastnn.Model.load(path)
    module.Layer_Dense.__name__ = "Dense"
    ours = fastnn.Model()
    ours.add(fastnn.Layer_Dense(3, 2))
    ours.save(path)
    with pytest.raises(ValueError, match="Layer_Dense is fastnn's own class and is not replaced"):
        fastnn.Model.load(path, classes={"Layer_Dense": module.Layer_Dense})


KEYED = HEAD + '''
class Dense:
    def __init__(self, I, O):
        self.params = {"W": 0.1 * np.random.randn(I, O), "b": np.zeros((1, O)), "name": "first"}
    def forward(self, x):
        self.x = x
        self.out = np.dot(x, self.params["W"]) + self.params["b"]
'''


def test_parameters_in_a_dict_come_back_in_one(path):
    module = load(KEYED)
    assert "Dense" in adopt(module).adopted
    layer = module.Dense(3, 2)
    model = fastnn.Model()
    model.add(layer)
    model.save(path)
    loaded = fastnn.Model.load(path, classes={"Dense": module.Dense}).layers[0]
    assert type(loaded) is module.Dense and loaded.params["name"] == "first"
    assert np.array_equal(loaded.params["W"], layer.params["W"])
    assert loaded.params.keys() == {"W", "b", "name"}


@pytest.mark.parametrize("value, message", [
    (len, "layers.0.note is a builtin"), ((1, 2), "layers.0.note is or holds a tuple"),
    ({1: 2}, "layers.0: note of Dense has the key 1"), (np.ma.ones(2), "layers.0.note is a Masked"),
    ({"a": {}}, "layers.0.note.a is a dict")])
def test_what_could_not_come_back_is_not_saved(module, tmp_path, path, value, message):
    model = in_a_model(module)
    model.layers[0].note = value
    with pytest.raises((TypeError, ValueError)) as caught:
        model.save(path)
    assert str(caught.value).startswith(f"Model.save: {message}"), caught.value
    assert not list(tmp_path.iterdir())


def test_arrays_of_others_are_theirs_afterwards(module, tmp_path):
    pytest.importorskip("safetensors")
    layers, other = network(module)[0], in_a_model(module)
    save_safetensors(layers, tmp_path / "layers.safetensors")
    for layer in other.trainable_layers:
        layer.W, layer.b = np.zeros_like(layer.W), np.ones_like(layer.b)
    found = load_safetensors(other, tmp_path / "layers.safetensors")
    assert all(one is layer for one, layer in zip(found, other.layers, strict=True))
    assert all(np.array_equal(other.layers[n].W, layers[n].W) for n in (0, 2))
    x = X
    for layer in layers:
        layer.forward(x)
        x = layer.out
    assert np.array_equal(other.predict(X), x)
    load_arrays(layers, [np.ones((3, 6)), np.ones(6), np.ones((6, 2)), np.ones(2)], layout="keras")
    assert layers[0].W.sum() == 18 and layers[2].b.shape == (1, 2) and layers[2].b.sum() == 2


def test_parameters_alone_are_theirs_too(module, tmp_path):
    model, other = in_a_model(module), in_a_model(module)
    model.train(X, Y, print_every=9)
    model.save_parameters(tmp_path / "parameters")
    other.load_parameters(tmp_path / "parameters")
    assert all(np.array_equal(one.W, same.W) for one, same in zip(
        other.trainable_layers, model.trainable_layers, strict=True))
