"""Your own classes in files: what comes back, what is called, and what is not saved."""

import os

import numpy as np
import pytest
from filed import LABELS, Scaling, X, deep, doubled, refused, trained

import fastnn
from fastnn.dialects import chapter17


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
    (Options(a=1), "layers.3 is an Options, whose constructor takes **options"),
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


def test_weights_that_would_come_back_as_others_are_not_saved(tmp_path):
    class Mapping(Scaling):
        get_parameters = set_parameters = None

    model = trained(Mapping(1.0))
    model.layers[3].weights = np.eye(5)
    not_saved(tmp_path, model, "layers.3 is a Mapping with weights and without get_parameters")
    Mapping.get_config = lambda self: {"factor": self.weights}
    model.save(tmp_path / "model")
