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
from fastnn import made_of, pickles, storage
from fastnn.architecture import _PASSING, CLASSES

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
    return kind(2, 3) if kind is fastnn.Layer_Dense else kind(
        0.1) if kind is fastnn.Layer_Dropout else kind()


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_says_what_it_is_made_of(name):
    made, thing = made_of.OF[CLASSES[name]], fresh(CLASSES[name])
    own = {one for one in vars(thing) if one not in _PASSING}
    parts = {"weights", "biases"} if made.has_parameters else set()
    if name.endswith("Loss_CategoricalCrossentropy") and name.startswith("Act"):
        parts = {"activation", "loss"}
    assert own == set(made.settings) | parts


def test_all_classes_are_in_the_table():
    public = {getattr(fastnn, name) for name in fastnn.__all__
              if isinstance(getattr(fastnn, name), type)}
    left = public - set(made_of.OF)
    assert {one.__name__ for one in left} == {"Accuracy", "Loss", "Model", "History",
                                              "StorageError", "set_dot_precision"}


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "Layer_Input"])
@pytest.mark.filterwarnings("ignore")
def test_every_setting_with_every_wrong_value(tmp_path, name):
    """Refused by name, or a model that is used without an error but a clear one."""
    made = made_of.OF[CLASSES[name]]
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
