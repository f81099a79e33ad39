"""What a model's file may hold: every entry that would fail later is refused on loading, by name.

The files have right checksums: they are written by `storage.write`, with a header or arrays that
were changed.
"""

import copy
import os
import pickle

import numpy as np
import pytest
from filed import CLASSES, LABELS, Scaling, X, refused, trained

import fastnn
from fastnn import registry
from fastnn.files import storage
from fastnn.files.architecture import PASSING

WEIGHTS = {
    "one axis": np.ones(10), "strings": np.full((2, 5), "a"), "complex": np.ones((2, 5), complex),
    "nothing": np.ones((0, 5)), "no columns": np.ones((2, 0)), "ints": np.ones((2, 5), int),
    "bools": np.ones((2, 5), bool), "three axes": np.ones((1, 2, 5)), "a number": np.array(1.0),
    "other columns": np.ones((2, 4)), "bytes": np.full((2, 5), b"a"),
}


@pytest.mark.parametrize("weights", WEIGHTS.values(), ids=WEIGHTS)
def test_weights_of_another_shape_or_type(file, weights):
    header, arrays, load = file
    refused(load, header, arrays | {"layers.0.weights": weights}, "layers.0")


@pytest.mark.parametrize("name", ["weight_cache", "bias_momentums", "biases"])
@pytest.mark.parametrize("value", [np.ones(7), np.ones((5, 2)), np.ones((2, 5), int),
                                   np.full((1, 5), "x"), None], ids=str)
def test_biases_and_state_that_do_not_fit(file, name, value):
    header, arrays, load = file
    entry = f"layers.0.{name}"
    arrays = {k: v for k, v in arrays.items() if k != entry} | (
        {} if value is None else {entry: value})
    assert name in refused(load, header, arrays, "layers.0")


def test_layers_that_do_not_fit_each_other(file):
    header, arrays, load = file
    wide = {"layers.3.weights": np.ones((6, 3)), "layers.3.weight_cache": np.ones((6, 3)),
            "layers.3.weight_momentums": np.ones((6, 3))}
    assert "(6, 3) cannot follow (2, 5)" in refused(load, header, arrays | wide, "layers.3")


@pytest.mark.parametrize("place, at", [(0, 0), (2, 1), (2, 3)])
def test_layer_of_columns_that_does_not_fit_its_neighbours(tmp_path, place, at):
    """Where it stands first there is none before it to fit."""
    model, size = fastnn.Model(), 2 if at == 0 else 3
    chain = [fastnn.Layer_Dense(2, 3), fastnn.Activation_ReLU(), fastnn.Layer_Dense(3, 2)]
    chain.insert(place, fastnn.Layer_BatchNorm(size))
    for layer in chain:
        model.add(layer)
    model.set(loss=fastnn.Loss_MeanSquaredError())
    model.finalize()
    model.save(tmp_path / "model")
    assert fastnn.Model.load(tmp_path / "model").predict(X).shape == (12, 2)
    header, arrays = storage.read(tmp_path / "model")
    wide = {name: np.ones((1, 5)) for name in arrays if name.startswith(f"layers.{place}.")}
    storage.write(tmp_path / "model", header, arrays | wide)
    with pytest.raises(fastnn.StorageError, match=r"layers.[123]: weights .* cannot follow \("):
        fastnn.Model.load(tmp_path / "model")


ROLES = {role: name for name, role in (
    ("Layer_Dropout", "layer"), ("Loss_MeanSquaredError", "loss"),
    ("Optimizer_SGD", "optimizer"), ("Accuracy_Categorical", "accuracy"))}


@pytest.mark.parametrize("place", ["loss", "optimizer", "accuracy", "layer"])
@pytest.mark.parametrize("role", ROLES)
def test_things_in_each_others_places(file, place, role):
    header, arrays, load = file
    thing = {"class": ROLES[role], "settings": header["layers"][2]["settings"]}
    if role == place != "layer":
        thing = header[place]
    if place == "layer":
        header["layers"][2] = thing
    else:
        header[place] = thing
    if place == role:
        load(header, arrays)
    else:
        refused(load, header, arrays, "layers.2" if place == "layer" else place)


WRONG = [None, "x", [], {}, [1.0], True, "", "1e-3", -1, 2, 1.5, float("nan"), float("inf"), 10**40,
         {"a": 1}, [[]], "Layer_Dense", 0, -0.5, False]


def fresh(kind):
    arguments = {fastnn.Layer_Dense: (2, 3), fastnn.Layer_Dropout: (0.1,),
                 fastnn.Layer_BatchNorm: (3,)}
    return kind(*arguments.get(kind, ()))


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_says_what_it_is_made_of(name):
    made, thing = registry.entry_of(CLASSES[name]), fresh(CLASSES[name])
    own = {one for one in vars(thing) if one not in PASSING}
    parts = {one.name for one in made.parameters} | set(made.columns)
    if name.endswith("Loss_CategoricalCrossentropy") and name.startswith("Act"):
        parts = {"activation", "loss"}
    assert own == set(made.settings) | parts


def test_all_classes_are_in_the_table():
    public = {getattr(fastnn, name) for name in fastnn.__all__
              if isinstance(getattr(fastnn, name), type)}
    left = public - set(CLASSES.values())
    assert {one.__name__ for one in left} == {
        "Accuracy", "Activation", "Loss", "Model", "History", "Optimizer", "PointwiseLoss",
        "StorageError", "compile_policy", "set_dot_precision"}


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "Layer_Input"])
@pytest.mark.filterwarnings("ignore")
def test_every_setting_with_every_wrong_value(tmp_path, name):
    """Refused by name, or a model that is used without an error but a clear one."""
    made = registry.entry_of(CLASSES[name])
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    model.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Regression())
    if made.role == "layer":
        model.add(fresh(CLASSES[name]) if name != "Layer_Dense" else fastnn.Layer_Dense(3, 3))
    elif not name.startswith("Activation"):
        model.set(**{made.role: fresh(CLASSES[name])})
    model.add(fastnn.Activation_Linear())
    model.finalize()
    model.save(tmp_path / "model")
    header, arrays = storage.read(tmp_path / "model")
    for setting in [*made.settings, *made.options]:
        for value in [*WRONG, "missing"]:
            changed = copy.deepcopy(header)
            part = changed["layers"][1] if made.role == "layer" else changed[made.role]
            beside = {k: v for k, v in arrays.items() if not k.endswith(f".{setting}")}
            part["settings"][setting] = value
            if value == "missing":
                del part["settings"][setting]
            storage.write(tmp_path / "changed", changed, beside)
            try:
                loaded = fastnn.Model.load(tmp_path / "changed")
            except fastnn.StorageError as error:
                assert setting in str(error)
                continue
            assert value != "missing" or setting in made.options
            assert value == "missing" or value is None or isinstance(value, int | float)
            loaded.predict(X)
            if made.role in ("layer", "optimizer") and name != "Activation_Softmax":
                try:
                    loaded.train(X, np.ones((12, 3)), print_every=100)
                except (ValueError, TypeError) as error:
                    assert str(error).startswith("Model.train: ")


@pytest.mark.parametrize("change", [
    {"lines": "x"}, {"lines": None}, {"finalized": "yes"}, {"finalized": 1}, {"layers": {}},
    {"layers": "x"}, {"layers": [1]}, {"layers": [{}]}, {"layers": [{"class": []}]},
    {"loss": []}, {"loss": {"class": "Loss"}}, {"optimizer": {"class": "Model"}},
    {"layers": [{"class": "os", "settings": {}}]}], ids=str)
def test_header_of_another_form(file, change):
    header, arrays, load = file
    refused(load, header | change, arrays, "changed")


@pytest.mark.parametrize("name", ["forward", "backward", "get_parameters", "__init__"])
def test_settings_do_not_replace_methods(file, name):
    header, arrays, load = file
    header["layers"][0]["settings"][name] = "x"
    refused(load, header, arrays, f"{name} is a method")


def test_what_a_user_has_added_comes_back(tmp_path):
    model = trained()
    model.layers[0].name, model.layers[0].seen = "first", np.arange(3)
    model.layers[0].trainable = np.False_
    model.optimizer.learning_rate = np.float32(0.5)
    model.layers[0].weights = np.asfortranarray(model.layers[0].weights)
    model.save(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model")
    first = loaded.layers[0]
    assert first.name == "first" and first.seen.tolist() == [0, 1, 2] and not first.trainable
    assert type(loaded.optimizer.learning_rate) is np.float32
    assert first.weights.flags.f_contiguous


def test_what_is_named_like_an_optimizers_state_comes_back(tmp_path):
    model = trained()
    model.layers[0].weight_mask, model.layers[3].bias_seen = np.ones((2, 5), bool), np.arange(2)
    model.save(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model")
    assert loaded.layers[0].weight_mask.all() and loaded.layers[3].bias_seen.tolist() == [0, 1]


def test_what_could_not_be_loaded_is_not_saved(tmp_path):
    for name, value in (("weights", np.ones((2, 5), int)), ("biases", None),
                        ("weight_regularizer_l2", None), ("trainable", "no")):
        model = trained()
        setattr(model.layers[0], name, value)
        with pytest.raises((TypeError, ValueError), match=rf"Model.save: layers.0: {name}"):
            model.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


# ----------------------------------------------------------------------------- parameters

KINDS = {"int": int, "bool": bool, "complex": complex, "text": "U3"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("form", ["npz", "pickle"])
def test_parameters_are_floats(tmp_path, kind, form):
    model, path = trained(), tmp_path / "parameters"
    before = [one.copy() for pair in model.get_parameters() for one in pair]
    pairs = [tuple(one.astype(kind) for one in pair) for pair in model.get_parameters()]
    if form == "pickle":
        path.write_bytes(pickle.dumps(pairs))
    else:
        storage.write(path, {"content": "parameters", "layers": 2},
                      {f"{n}.{name}": one for n, pair in enumerate(pairs)
                       for name, one in zip(("weights", "biases"), pair)})
    with pytest.raises(fastnn.StorageError, match="layer 0: weights must be an array of floats"):
        model.load_parameters(path)
    after = [one for pair in model.get_parameters() for one in pair]
    assert all(map(np.array_equal, after, before))


@pytest.mark.parametrize("pair", [
    {"a": 1, "b": 2}, "ab", None, 3, (), (np.ones((2, 5)),), np.ones((2, 1, 5), int),
    (np.ones((2, 5)), np.ones((1, 5)), 1)], ids=str)
def test_parameters_are_pairs(tmp_path, pair):
    model, path = trained(), tmp_path / "parameters"
    path.write_bytes(pickle.dumps([pair, model.get_parameters()[1]]))
    with pytest.raises(fastnn.StorageError, match=r"layer 0 must be a pair \(weights, biases\)"):
        model.load_parameters(path)


@pytest.mark.parametrize("place, name, value", [
    ("layers", "n", {"a": 1}), ("layers", "n", [1]), ("layers", "weight_regularizer_l1", 10**400),
    ("optimizer", "learning_rate", 10**400), ("optimizer", "learning_rate", -10**400),
    ("optimizer", "iterations", 1.5), ("optimizer", "iterations", float("nan")),
    ("optimizer", "iterations", float("inf")), ("optimizer", "_in_place", "weights"),
    ("optimizer", "_in_place", ["weights"]), ("layers", "__doc__", "x"), ("layers", "__dict__", 1),
    ("loss", "__module__", "os")], ids=str)
def test_settings_that_saving_would_refuse(file, place, name, value):
    header, arrays, load = file
    part = header["layers"][0] if place == "layers" else header[place]
    part["settings"][name] = value
    message = refused(load, header, arrays, name)
    assert ("layers.0" if place == "layers" else place) in message


def test_arguments_that_saving_would_refuse(file):
    header, arrays, load = file
    header["layers"][1] = {"foreign": "Scaling", "arguments": {"factor": {"a": 1}},
                           "parameters": 0}
    refused(load, header, arrays, "layers.1: argument factor", classes={"Scaling": Scaling})


# ----------------------------------------------------------------------------------- a fuzz


@pytest.mark.filterwarnings("ignore")
def test_random_changes_are_refused_or_make_a_model_that_works(file):
    header, arrays, load = file
    random = np.random.RandomState(5)
    values = [*WRONG, "Layer_Dropout", "Optimizer_SGD", [1, 2], {"class": "Layer_Dense"}]
    shapes = [(), (1,), (2, 5), (5, 2), (1, 5), (0, 3), (2, 5, 1)]

    def places(thing):
        """Every place in the header that can be changed, as (container, key)."""
        for key in (list(thing) if isinstance(thing, dict) else range(len(thing))):
            yield thing, key
            if isinstance(thing[key], dict | list):
                yield from places(thing[key])
    refusals = 0
    for _ in range(1500):
        changed, beside = copy.deepcopy(header), dict(arrays)
        for _ in range(random.randint(1, 3)):
            if random.rand() < 0.5:
                found = list(places(changed))
                container, key = found[random.randint(len(found))]
                container[key] = copy.deepcopy(values[random.randint(len(values))])
            else:
                name = list(beside)[random.randint(len(beside))]
                kind = [float, int, bool, complex, "U2", "f2"][random.randint(6)]
                shape = shapes[random.randint(len(shapes))]
                if random.rand() < 0.3:
                    del beside[name]
                else:
                    beside[name] = np.ones(shape).astype(kind)
        try:
            loaded = load(changed, beside)
        except fastnn.StorageError:
            refusals += 1
            continue
        try:
            if hasattr(loaded, "input_layer"):
                loaded.predict(X)
                loaded.train(X, LABELS, print_every=100)
        except (ValueError, TypeError, RuntimeError) as error:
            assert str(error).startswith(("Model.", "Layer_", "Activation_", "Loss_", "Accuracy"))
    assert 500 < refusals < 1500
