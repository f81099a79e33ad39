"""A Model's files survive: saved, loaded, cut, flipped, foreign."""

import copy
import io
import os
import pickle
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from both_models import OPTIMIZERS, Swish, build, data, every_kind, left
from processes import path_to_fastnn
from programs import arrays_of, assert_same

import fastnn
from fastnn import StorageError, reference
from fastnn.files import storage

pytestmark = pytest.mark.usefixtures("book_numpy")


@every_kind
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_loaded_model_goes_on_training_alike(capsys, tmp_path, kind, optimizer, lines):
    path = tmp_path / "one.model"
    model, (X, y) = build(fastnn, kind, lines, optimizer), data(kind)
    model.train(X, y, epochs=3)
    before, state = left(model), np.random.get_state()
    model.save(path)
    assert_same(left(model), before)
    assert [file.name for file in tmp_path.iterdir()] == ["one.model"]

    loaded = fastnn.Model.load(str(path))
    assert (loaded.lines, len(loaded.layers)) == (lines, 5)
    passing = ("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask", "input_layer",
               "accumulated", "softmax_classifier_output")
    assert_same(left(loaded), {name: value for name, value in before.items()
                               if not any(word in name for word in passing)})

    capsys.readouterr()
    ends, printed = [], []
    for one in (model, loaded):
        np.random.set_state(state)
        one.train(X, y, epochs=3, batch_size=20, validation_data=(X, y))
        ends.append(left(one))
        printed.append(capsys.readouterr().out)
    # The combined object accumulates nothing, but it may have seen the epochs before.
    assert_same(ends[1], ends[0])
    assert printed[0] == printed[1]


def test_bare_model_is_saved_as_it_is(tmp_path):
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    model.save(tmp_path / "bare")
    loaded = fastnn.Model.load(tmp_path / "bare")
    assert not hasattr(loaded, "loss")
    with pytest.raises(RuntimeError, match=re.escape("Model.predict: there is no loss")):
        loaded.predict(np.ones((1, 2)))
    loaded.set(loss=fastnn.Loss_MeanSquaredError())
    loaded.finalize()
    assert loaded.predict(np.ones((1, 2))).shape == (1, 3)


def test_saved_parameters_are_loaded(capsys, tmp_path):
    model, (X, y) = build(fastnn, "one-hot"), data("one-hot")
    model.train(X, y, epochs=3)
    model.save_parameters(tmp_path / "parameters")
    other = build(fastnn, "one-hot", optimizer="SGD")
    optimizer = copy.copy(vars(other.optimizer))
    other.load_parameters(tmp_path / "parameters")
    assert_same(arrays_of({"p": other.get_parameters()}), arrays_of({"p": model.get_parameters()}))
    assert vars(other.optimizer) == optimizer
    np.testing.assert_array_equal(other.predict(X), model.predict(X))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_the_book_are_loaded(capsys, tmp_path, protocol):
    """What the book's Model.save_parameters writes."""
    model, (X, y) = build(reference, "categorical"), data("categorical")
    model.train(X, y, epochs=2)
    with open(tmp_path / "fashion_mnist.parms", "wb") as file:
        pickle.dump(model.get_parameters(), file, protocol)
    other = build(fastnn, "categorical")
    other.load_parameters(tmp_path / "fashion_mnist.parms")
    assert_same(arrays_of({"p": other.get_parameters()}), arrays_of({"p": model.get_parameters()}))
    np.testing.assert_array_equal(other.predict(X), model.predict(X))


KILLS = {
    "at the first array": "zipfile.ZipFile.writestr = kill",
    "before the disk has it": "os.fsync = kill",
    "before the file is in place": "os.replace = kill",
}


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("save", ["save", "save_parameters"])
def test_killed_save_leaves_the_old_file(tmp_path, moment, save):
    path = tmp_path / "kept"
    model = build(fastnn, "categorical")
    getattr(model, save)(path)
    before = path.read_bytes()
    child = subprocess.run([sys.executable, "-c", textwrap.dedent(f"""
        import os, signal, zipfile
        import fastnn
        model = fastnn.Model()
        model.add(fastnn.Layer_Dense(200, 300))
        model.set(loss=fastnn.Loss_MeanSquaredError())
        model.finalize()
        def kill(*_):
            os.kill(os.getpid(), signal.SIGKILL)
        {KILLS[moment]}
        model.{save}({str(path)!r})
        """)], env={**os.environ, "PYTHONPATH": path_to_fastnn()}, capture_output=True, timeout=60)
    assert child.returncode == -9, child.stderr
    assert path.read_bytes() == before
    if save == "save":
        assert_same(left(fastnn.Model.load(path)), left(model))
    getattr(model, save)(path)
    assert path.read_bytes() == before


def load(model: Any, path: Any, content: str) -> None:
    """Load the file as a model, or as the parameters of `model`."""
    fastnn.Model.load(path) if content == "model" else model.load_parameters(path)


@pytest.fixture
def saved(tmp_path):
    """A model, and its two files by what they hold."""
    model = build(fastnn, "categorical")
    files = {"model": tmp_path / "whole", "parameters": tmp_path / "parameters"}
    model.save(files["model"])
    model.save_parameters(files["parameters"])
    return SimpleNamespace(model=model, files=files)


@pytest.mark.parametrize("content", ["model", "parameters"])
def test_cut_file_is_refused(saved, content):
    path, before = saved.files[content], left(saved.model)
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match=re.escape(f"cannot read {str(path)!r}: ")):
            load(saved.model, path, content)
    assert_same(left(saved.model), before)


@pytest.mark.parametrize("content", ["model", "parameters"])
def test_file_with_a_flipped_bit_is_refused(saved, content):
    """Or read rightly: a bit of a date in the zip says nothing about the arrays."""
    path, before = saved.files[content], left(saved.model)
    whole = path.read_bytes()
    refused = 0
    bits = np.random.default_rng(3).choice(8 * len(whole), 400, replace=False).tolist()
    for bit in bits:
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        path.write_bytes(broken)
        try:
            if content == "model":
                assert_same(left(fastnn.Model.load(path)), before)
            else:
                saved.model.load_parameters(path)
        except StorageError:
            refused += 1
        assert_same(left(saved.model), before)
    assert refused > 300


def numpys(save: Callable[[Any, np.ndarray], None]) -> bytes:
    stream = io.BytesIO()
    save(stream, np.ones(3))
    return stream.getvalue()


FOREIGN: dict[str, Callable[[Any], Any]] = {
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("epoch: 1\nstep: 0, acc: 0.5\n"),
    "npz of NumPy": lambda path: path.write_bytes(numpys(np.savez)),
    "npy": lambda path: path.write_bytes(numpys(np.save)),
    "pickled object": lambda path: path.write_bytes(pickle.dumps(SimpleNamespace(a=1))),
    "other content": lambda path: storage.write(path, {"content": "weather"}, {}),
    "no content": lambda path: storage.write(path, {}, {"a": np.ones(2)}),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


@pytest.mark.parametrize("content", ["model", "parameters"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_foreign_file_is_refused(saved, content, foreign):
    path, before = saved.files[content], left(saved.model)
    FOREIGN[foreign](path)
    with pytest.raises(StorageError, match=re.escape(str(path))):
        load(saved.model, path, content)
    assert_same(left(saved.model), before)


def test_files_are_not_taken_for_one_another(saved):
    model, files = saved.model, saved.files
    reads = "which Model.load_parameters reads$"
    with pytest.raises(StorageError, match=f"of .model., found a file of .parameters., {reads}"):
        fastnn.Model.load(files["parameters"])
    with pytest.raises(StorageError, match="found a file of .model., which Model.load reads$"):
        model.load_parameters(files["model"])
    for content in files:
        files[content].unlink()
        with pytest.raises(FileNotFoundError):
            load(model, files[content], content)


def test_pickled_model_is_not_run(tmp_path):
    path = tmp_path / "pickled"
    path.write_bytes(pickle.dumps(build(reference, "binary")))
    message = "a pickled model would run its own code when loaded"
    with pytest.raises(StorageError, match=message):
        fastnn.Model.load(path)


@pytest.mark.parametrize(("change", "message"), [
    ({"layers": [{"class": "Popen", "settings": {}}]}, "description of layers.0 is not"),
    ({"layers": [{"class": "Layer_Dense"}]}, "description of layers.0 is not one of fastnn's"),
    ({"layers": ["Layer_Dense"]}, "description of layers.0 is not one of fastnn's"),
    ({"layers": 3}, "layers must be a list, got '3'"),
    ({"layers": [{"class": "Layer_Dense", "settings": {"forward": 1}}]}, "l1 is missing"),
    ({"lines": "verses"}, "the header does not describe a model"),
    ({"loss": {"class": "Loss", "settings": {}}}, "description of loss is not one of fastnn's"),
    ({"loss": None, "finalized": True}, "the header does not describe a model"),
], ids=str)
def test_model_from_a_false_header_is_refused(saved, tmp_path, change, message):
    header, arrays = storage.read(saved.files["model"])
    storage.write(tmp_path / "false", header | change, arrays)
    with pytest.raises(StorageError, match=message):
        fastnn.Model.load(tmp_path / "false")


@pytest.mark.parametrize(("layers", "arrays"), [(3, None), ("two", None), (2, {})])
def test_parameters_from_a_false_header_are_refused(saved, tmp_path, layers, arrays):
    header, found = storage.read(saved.files["parameters"])
    storage.write(tmp_path / "false", header | {"layers": layers}, found if arrays is None else {})
    before = left(saved.model)
    with pytest.raises(StorageError, match="does not hold the layers that its header names$"):
        saved.model.load_parameters(tmp_path / "false")
    assert_same(left(saved.model), before)


def test_parameters_of_another_network_are_refused(saved, tmp_path):
    other = build(fastnn, "binary")
    other.save_parameters(tmp_path / "other")
    before = left(saved.model)
    message = "Model.load_parameters: weights of trainable layer 1 must be (12, 2), got (12, 1)"
    with pytest.raises(ValueError, match=re.escape(message)):
        saved.model.load_parameters(tmp_path / "other")
    assert_same(left(saved.model), before)


class Layer_Dense(fastnn.Layer_Dense):
    """A subclass by the same name that does something else."""

    def forward(self, inputs, training=True):
        super().forward(-inputs)


def test_save_refuses_a_foreign_layer_whose_arguments_are_not_kept(saved, tmp_path):
    saved.model.layers.insert(1, reference.Layer_Dense(3, 3))
    saved.model.finalize()
    path, before = saved.files["model"], saved.files["model"].read_bytes()
    message = "Model.save: layers.1 is a Layer_Dense without an attribute 'n_inputs'"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}"):
        saved.model.save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(("make", "name"), [
    (Swish, "Swish"), (lambda: Layer_Dense(3, 3), "Layer_Dense")], ids=["Swish", "subclass"])
def test_foreign_layers_are_loaded_only_from_classes_that_are_handed_over(saved, make, name):
    saved.model.layers.insert(1, make())
    saved.model.finalize()
    saved.model.save(saved.files["model"])
    with pytest.raises(StorageError, match=f"layers.1 is a {name}, which is no class of fastnn's"):
        fastnn.Model.load(saved.files["model"])


def test_save_refuses_an_attribute_it_cannot_keep(saved):
    saved.model.layers[0].history = [1, 2]
    message = "Model.save: layers.0.history is a list; only numbers, text and arrays can be saved"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        saved.model.save(saved.files["model"])
    saved.model.layers[0].history = "ok"
    saved.model.save(saved.files["model"])
    assert fastnn.Model.load(saved.files["model"]).layers[0].history == "ok"
