"""What a model's file may hold: every entry that would fail later is refused on loading, by name.

The files have right checksums: they are written by `storage.write`, with a header or arrays that
were changed.
"""

import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from processes import path_to_fastnn

import fastnn
from fastnn import pickles, registry, storage
from fastnn.architecture import _PASSING
from fastnn.dialects import chapter17

X, LABELS = np.random.RandomState(0).randn(12, 2), np.arange(12) % 3


def trained(*extra):
    """A model of all kinds of layers, after a step."""
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 5, 0.1, 0.1), fastnn.Activation_ReLU(),
                  fastnn.Layer_Dropout(0.1), *extra, fastnn.Layer_Dense(5, 3),
                  fastnn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    model.train(X, LABELS, print_every=100)
    return model


@pytest.fixture
def file(tmp_path):
    """(header, arrays) of a saved model, and a way to write them back."""
    trained().save(tmp_path / "model")
    header, arrays = storage.read(tmp_path / "model")

    def load(header, arrays, **options):
        storage.write(tmp_path / "changed", header, arrays)
        return fastnn.Model.load(tmp_path / "changed", **options)
    return header, arrays, load


def refused(load, header, arrays, entry, **options):
    with pytest.raises(fastnn.StorageError) as caught:
        load(header, arrays, **options)
    assert entry in str(caught.value), caught.value
    return str(caught.value)


CLASSES = registry.public()
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
    own = {one for one in vars(thing) if one not in _PASSING}
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
        "StorageError", "set_dot_precision"}


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


# ------------------------------------------------------------------------- your own classes


class Scaling:
    """A layer of somebody's own: constructor argument, parameters."""

    def __init__(self, factor, width=5):
        self.factor, self.width = factor, width
        self.gains = np.ones((1, width))

    def forward(self, inputs, training=True):
        self.inputs, self.output = inputs, inputs * self.gains * self.factor

    def backward(self, dvalues):
        self.dinputs = dvalues * self.gains * self.factor

    def get_parameters(self):
        return (self.gains,)

    def set_parameters(self, gains):
        self.gains = gains


class Configured(Scaling):
    def __init__(self, *, hidden):
        super().__init__(2.0)
        self._hidden = hidden

    def get_config(self):
        return {"hidden": [1, self._hidden]}


class Wordy(Scaling):
    def __init__(self, word):
        super().__init__(2.0)


class Doubling(fastnn.Layer_Dense):
    def forward(self, inputs, training=True):
        super().forward(2 * inputs)


def test_layers_of_your_own_come_back(tmp_path):
    layer = Scaling(3.0)
    layer.gains[...] = 7.0
    model = trained(layer, Configured(hidden="x"))
    model.layers[0].__class__ = Doubling
    model.save(tmp_path / "model")
    mine = {"Scaling": Scaling, "Configured": Configured, "Doubling": Doubling}
    loaded = fastnn.Model.load(tmp_path / "model", classes=mine)
    assert type(loaded.layers[0]) is Doubling and loaded.layers[3].factor == 3.0
    assert loaded.layers[3].gains.tolist() == [[7.0] * 5]
    assert loaded.layers[4].get_config() == {"hidden": [1, [1, "x"]]}
    assert np.array_equal(loaded.predict(X), model.predict(X))
    loaded.train(X, LABELS, print_every=100)
    for missing in mine:
        with pytest.raises(fastnn.StorageError, match=f"is a {missing}, which is no class of fast"):
            fastnn.Model.load(tmp_path / "model", classes={
                name: one for name, one in mine.items() if name != missing})


def test_an_argument_that_is_not_kept_is_named(tmp_path):
    with pytest.raises(TypeError, match="without an attribute 'word'.*get_config"):
        trained(Wordy("x")).save(tmp_path / "model")
    with pytest.raises(TypeError, match="argument factor is a function"):
        trained_with = trained(Scaling(1.0))
        trained_with.layers[3].factor = lambda: 1
        trained_with.save(tmp_path / "model")


@pytest.mark.parametrize("classes, error", [
    ({"Layer_Dense": Scaling}, ValueError), ({"Scaling": Scaling(1.0)}, TypeError),
    ([Scaling], TypeError), ({"Scaling": "os.system"}, TypeError)])
def test_classes_are_classes_and_not_ours(file, classes, error):
    header, arrays, load = file
    with pytest.raises(error, match=r"Model.load: "):
        load(header, arrays, classes=classes)


def test_a_file_names_no_code_to_run(file):
    header, arrays, load = file
    header["layers"][1] = {"foreign": "os.system", "arguments": {"command": "true"},
                           "parameters": 0}
    refused(load, header, arrays, "os.system")
    header["layers"][1] = {"foreign": "Scaling", "arguments": {"no": 1}, "parameters": 0}
    refused(load, header, arrays, "could not be made", classes={"Scaling": Scaling})

    class TimeUp(Exception):
        pass

    def times_out(self, **arguments):
        raise TimeUp
    with pytest.raises(TimeUp):  # not the file's fault
        load(header, arrays, classes={"Scaling": type("Scaling", (Scaling,),
                                                      {"__init__": times_out})})
    header["layers"][1] = {"foreign": "Scaling", "arguments": {"factor": 1}, "parameters": 1}
    refused(load, header, arrays, "parameters of Scaling", classes={"Scaling": Scaling})
    arrays["layers.1.parameters.0"] = np.ones((9, 9))
    refused(load, header, arrays, "(9, 9)", classes={"Scaling": Scaling})
    header["layers"][1] = {"class": "Layer_Dense", "settings": {}, "subclass": "Scaling"}
    refused(load, header, arrays, "not derived", classes={"Scaling": Scaling})



def changed_class(name, base=fastnn.Layer_Dense, **namespace):
    return type(name, (base,), namespace)


class Trait:
    trainable = False


OWN = {
    "a class attribute": changed_class("Frozen", trainable=False),
    "a property": changed_class("Frozen", output=property(
        lambda self: vars(self)["output"] * 2,
        lambda self, value: vars(self).__setitem__("output", value))),
    "a class method": changed_class("Frozen", made=classmethod(lambda cls: cls(2, 5))),
    "a method": changed_class("Frozen", extra=lambda self: 1),
    "a second base": type("Frozen", (fastnn.Layer_Dense, Trait), {}),
    "the same name": changed_class("Layer_Dense", trainable=False),
}


@pytest.mark.parametrize("kind", OWN.values(), ids=OWN)
def test_a_class_that_adds_anything_is_your_own(tmp_path, kind):
    model = trained()
    model.layers[0].__class__ = kind
    model.save(tmp_path / "model")
    with pytest.raises(fastnn.StorageError, match=f"layers.0 is a {kind.__name__}, which is no"):
        fastnn.Model.load(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model", classes={kind.__name__: kind})
    assert [type(one) for one in loaded.layers] == [type(one) for one in model.layers]
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_a_class_that_has_only_another_name_is_ours(tmp_path):
    class Dense(fastnn.Layer_Dense):
        """Shorter."""

        weights: np.ndarray

    model = trained()
    model.layers[0].__class__ = Dense
    model.save(tmp_path / "model")
    assert type(fastnn.Model.load(tmp_path / "model").layers[0]) is fastnn.Layer_Dense


def test_an_optimizer_with_a_property_is_your_own(tmp_path):
    Fixed = changed_class("Fixed", fastnn.Optimizer_Adam, learning_rate=property(
        lambda self: 0.5, lambda self, value: vars(self).__setitem__("learning_rate", value)))
    model = trained()
    model.set(optimizer=Fixed())
    model.save(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model", classes={"Fixed": Fixed})
    assert type(loaded.optimizer) is Fixed


def not_saved(tmp_path, model, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        model.save(tmp_path / "model")
    assert str(caught.value).startswith("Model.save: "), caught.value
    assert message in str(caught.value), caught.value
    assert os.listdir(tmp_path) == []


def test_names_that_say_no_one_class_are_not_saved(tmp_path):
    not_saved(tmp_path, trained(changed_class("Activation_ReLU", Scaling)(1.0)),
              "layers.3: Activation_ReLU is the name of a class of fastnn's")
    ReLU = changed_class("Layer_Dense", fastnn.Activation_ReLU, extra=1)
    not_saved(tmp_path, trained(ReLU()), "layers.3: Layer_Dense is the name of a class of")
    both = [changed_class("Scale", Scaling, extra=n)(1.0) for n in range(2)]
    not_saved(tmp_path, trained(*both), "layers.3 and layers.4 are of two classes named Scale")
    trained(Scaling(1.0), Scaling(2.0)).save(tmp_path / "model")


def test_a_dialect_comes_back(tmp_path):
    model = trained(chapter17.Layer_Dense(5, 5))
    model.save(tmp_path / "model")
    mine = {"Layer_Dense": chapter17.Layer_Dense}
    loaded = fastnn.Model.load(tmp_path / "model", classes=mine)
    assert [type(one) for one in loaded.layers] == [type(one) for one in model.layers]
    assert np.array_equal(loaded.predict(X), model.predict(X))


class Several(Scaling):
    def __init__(self, *sizes):
        super().__init__(2.0)
        self.sizes = sizes


class Options(Scaling):
    def __init__(self, **options):
        super().__init__(2.0)
        self.options = options


class First(Scaling):
    def __init__(self, factor, /):
        super().__init__(factor)


class Other(Scaling):
    def get_config(self):
        return {"strength": 1}


class Listed(Scaling):
    def get_config(self):
        return ["factor"]


@pytest.mark.parametrize("layer, message", [
    (Several(1, 2), "layers.3 is a Several, whose constructor takes *sizes"),
    (Options(a=1), "layers.3 is a Options, whose constructor takes **options"),
    (First(1.0), "layers.3: First cannot be made with"),
    (Other(1.0), "layers.3: Other cannot be made with"),
    (Listed(1.0), "layers.3: get_config of Listed must return a dict")],
    ids=["*", "**", "/", "config", "list"])
def test_constructors_that_could_not_be_called_again(tmp_path, layer, message):
    not_saved(tmp_path, trained(layer), message)


def test_a_constructor_of_any_arguments_with_get_config_is_saved(tmp_path):
    class Told(Options):
        def get_config(self):
            return self.options

    trained(Told(a=1, b=np.ones(2))).save(tmp_path / "model")
    loaded = fastnn.Model.load(tmp_path / "model", classes={"Told": Told})
    assert loaded.layers[3].options["a"] == 1 and loaded.layers[3].options["b"].tolist() == [1, 1]


@pytest.mark.parametrize("tie", [lambda a: a, lambda a: a.T, lambda a: a[:]],
                         ids=["itself", "transposed", "view"])
def test_tied_weights_are_not_saved(tmp_path, tie):
    model = trained(fastnn.Layer_Dense(5, 5), fastnn.Layer_Dense(5, 5))
    model.layers[4].weights = tie(model.layers[3].weights)
    not_saved(tmp_path, model, "layers.3.weights and layers.4.weights share memory")


def test_neighbours_in_one_memory_are_saved(tmp_path):
    model = trained(fastnn.Layer_Dense(5, 5), fastnn.Layer_Dense(5, 5))
    both = np.ones((5, 10))
    model.layers[3].weights, model.layers[4].weights = both[:, :5], both[:, 5:]
    model.save(tmp_path / "model")


class Given(Scaling):
    def __init__(self, gains):
        self.gains, self.factor = gains, 1.0


def test_an_argument_that_is_a_parameter_too_is_saved(tmp_path):
    gains = np.full((1, 5), 2.0)
    trained(Given(gains)).save(tmp_path / "model")
    assert fastnn.Model.load(tmp_path / "model", classes={
        "Given": Given}).layers[3].gains.tolist() == gains.tolist()
    layers = Given(gains), Given(gains)
    (tmp_path / "model").unlink()
    not_saved(tmp_path, trained(*layers), "and layers.4.parameters.0 share memory")


class Masked(np.ndarray):
    """Like one of NumPy's own kind."""


@pytest.mark.parametrize("value, found", [
    (np.ma.array([1, 2], mask=[0, 1]), "MaskedArray"), (np.ones(2).view(Masked), "Masked"),
    (np.array(5), "array without axes")], ids=["masked", "subclass", "no axes"])
def test_arrays_that_are_more_or_less_than_arrays_are_not_saved(tmp_path, value, found):
    model = trained()
    model.layers[0].note = value
    not_saved(tmp_path, model, "layers.0.note is a")
    with pytest.raises(TypeError, match=found):
        model.save(tmp_path / "model")
    model = trained(Given(np.ones((1, 5))))
    model.layers[3].gains = value
    not_saved(tmp_path, model, "layers.3.arguments.gains is a")


@pytest.mark.parametrize("given", [
    {"a": np.ones(2)}, None, 5, np.ones(2), "x", [None], ["x"], [1.0], [[1, [2, 3]]],
    [np.ma.array([1.0, 2], mask=[0, 1])], [np.array([1, "a"], object)]], ids=str)
def test_parameters_that_are_no_arrays_are_not_saved(tmp_path, given):
    model = trained(Scaling(1.0))
    model.layers[3].get_parameters = lambda: given
    with pytest.raises(TypeError, match=r"layers.3.*parameters"):
        model.save(tmp_path / "model")
    assert os.listdir(tmp_path) == []


def test_parameters_that_could_not_be_set_are_not_saved(tmp_path):
    model = trained(changed_class("Silent", Scaling, set_parameters=None)(1.0))
    not_saved(tmp_path, model, "layers.3: Silent has get_parameters, but no set_parameters")


def cyclic():
    one = []
    one.append(one)
    return one


def deep(n):
    one = []
    for _ in range(n):
        one = [one]
    return one


@pytest.mark.parametrize("make", [cyclic, lambda: deep(100_000), lambda: deep(200),
                                  lambda: doubled(60), lambda: 10**5000, lambda: [10**5000]],
                         ids=["cyclic", "very deep", "deep", "doubled", "number", "in a list"])
def test_arguments_without_end_are_not_saved(tmp_path, make):
    model = trained(Scaling(1.0))
    model.layers[3].factor = make()
    not_saved(tmp_path, model, "layers.3: Scaling's argument factor ")


def test_attributes_that_no_file_can_name_or_hold_are_not_saved(tmp_path):
    for name, value, message in (("1" * 70_000, np.ones(2), "65,535"), (5, 1, "named 5"),
                                 ("note", 10**5000, "layers.0.note is a number of more than")):
        model = trained()
        vars(model.layers[0])[name] = value
        with pytest.raises((TypeError, ValueError)) as caught:
            model.save(tmp_path / "model")
        assert message in str(caught.value) and len(str(caught.value)) < 300
        assert "layers.0" in str(caught.value) and os.listdir(tmp_path) == []


def test_slots_are_not_saved(tmp_path):
    class Slotted(fastnn.Layer_Dense):
        __slots__ = ("extra",)

    not_saved(tmp_path, trained(Slotted(5, 5)), "layers.3: Slotted has __slots__")


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


# ---------------------------------------------------------------------- saving, and its traces


def test_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        trained().save(tmp_path / "no" / "model")
    assert "there is no folder" in str(caught.value) and str(tmp_path / "no" / "model") in str(
        caught.value) and ".tmp" not in str(caught.value)


def test_empty_path_is_named():
    with pytest.raises(FileNotFoundError, match="the path to save to is empty"):
        trained().save("")


def test_what_could_not_be_loaded_again_is_not_written(tmp_path):
    model = trained()
    model.lines = "pages"
    with pytest.raises(ValueError, match='Model.save: lines must be "steps" or "epochs"'):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


SAVING = """
    import sys, time
    import numpy as np
    from fastnn import storage
    real = storage._write_npz

    def slow(stream, *arguments):
        real(stream, *arguments)
        print("writing", flush=True)
        time.sleep(float(sys.argv[2]))
    storage._write_npz = slow
    storage.write(sys.argv[1], {}, {"a": np.ones(1000)})
"""


def saver(path, seconds):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SAVING), str(path), str(seconds)],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path_to_fastnn()})


@pytest.mark.skipif(os.name == "nt", reason="there, files are not locked")
def test_killed_saves_leave_nothing_behind_the_next_one_and_living_ones_are_left_alone(tmp_path):
    killed, living = (saver(tmp_path / name, seconds) for name, seconds in (("a", 60), ("b", 6)))
    for one in killed, living:
        assert one.stdout.readline() == b"writing\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    others = [".fastnn-0123456789abcdef.tmpx", ".fastnn-0123.tmp", "fastnn-0123456789abcdef.tmp"]
    for name in others:
        (tmp_path / name).write_text("not ours")
    (tmp_path / ".fastnn-00000000000000ff.tmp").symlink_to(tmp_path / others[0])
    temporary = [name for name in os.listdir(tmp_path)
                 if name.startswith(".fastnn") and len(name) == 28]
    assert len(temporary) == 3
    storage.write(tmp_path / "c", {}, {"a": np.ones(3)})
    left = [name for name in temporary if (tmp_path / name).is_symlink()
            or (tmp_path / name).exists()]
    assert len(left) == 2  # that of the living one, and the link
    assert living.wait(timeout=60) == 0
    for one in killed, living:
        one.stdout.close()
    assert storage.read(tmp_path / "b")[1]["a"].size == 1000
    assert set(os.listdir(tmp_path)) == {"b", "c", *others, ".fastnn-00000000000000ff.tmp"}


@pytest.mark.parametrize("deep", [
    b"]" * 5000 + b"a" * 4999, b"(" * 5000 + b"t" * 5000, b")" + b"\x85" * 5000,
    b"}" + b"}K\x01s" * 3000, b"]\x94" + b"h\x00\x85" * 1 + b"\x85" * 5000,
    b"".join(b"]q" + bytes([n % 250]) for n in range(5000)) + b"a" * 4999])
def test_pickles_nested_deep_are_refused_at_once(tmp_path, deep):
    (tmp_path / "deep").write_bytes(b"\x80\x04" + deep + b".")
    start = time.perf_counter()
    with pytest.raises(fastnn.StorageError):
        pickles.read(tmp_path / "deep")
    assert time.perf_counter() - start < 0.5


def doubled(n, value=()):
    for _ in range(n):
        value = (value, value)
    return value


def same_hash():
    return {n * (2**61 - 1): 0 for n in range(30_000)}


HOSTILE = {
    "a key of shared tuples": lambda: {doubled(60): 1}, "a set of them": lambda: {doubled(60)},
    "many keys of one hash": same_hash,
    "lists for weights": lambda: [(doubled(28, (1.0,)), [1.0])] * 2,
    "a million lists": lambda: [[] for _ in range(1_000_000)],
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_parameters_that_would_take_for_ever_are_refused_at_once(tmp_path, make):
    model, path = trained(), tmp_path / "parameters"
    if make is HOSTILE["a key of shared tuples"]:
        path.write_bytes(b"\x80\x04})" + b"".join(b"2\x86" for _ in range(60)) + b"K\x01s.")
    elif make is HOSTILE["a set of them"]:
        path.write_bytes(b"\x80\x04\x8f()" + b"".join(b"2\x86" for _ in range(60)) + b"\x90.")
    else:
        path.write_bytes(pickle.dumps(make(), 4))
    start = time.perf_counter()
    with pytest.raises((fastnn.StorageError, ValueError)):
        model.load_parameters(path)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("depth, loads", [(150, True), (250, False)])
def test_depth_is_counted(tmp_path, depth, loads):
    for wrap in (lambda x: [x], lambda x: (x,), lambda x: {"a": x}, lambda x: [x, x]):
        value = 1.0
        for _ in range(depth):
            value = wrap(value)
        for protocol in range(6):
            (tmp_path / "a").write_bytes(pickle.dumps(value, protocol))
            if loads:
                assert type(pickles.read(tmp_path / "a")) is type(value)
            else:
                with pytest.raises(fastnn.StorageError, match="deep"):
                    pickles.read(tmp_path / "a")


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
