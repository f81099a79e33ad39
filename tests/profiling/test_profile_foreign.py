"""Programs that know nothing of fastnn are profiled too: their classes adopted, or as they are."""

import importlib
import json
import sys

import numpy as np
import pytest
from programs_of_readers import SPIRAL
from running_programs import ended

import fastnn

CLASSES = SPIRAL.partition("nnfs.init()")[0].replace("import nnfs\n", "").replace(
    "from nnfs.datasets import spiral_data\n", "")
STRANGE = """
class Squared:
    def forward(self, inputs):
        self.output = inputs ** 3 / inputs

    def backward(self, dvalues):
        self.dinputs = dvalues * 2

class StrangeLoss:
    def calculate(self, output, y):
        return float(abs(output - y).max())
"""


@pytest.fixture
def classes(tmp_path, monkeypatch):
    """A module with a reader's classes, as anybody's is imported."""
    (tmp_path / "classes_of_a_reader.py").write_text(CLASSES + STRANGE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("classes_of_a_reader")
    del sys.modules["classes_of_a_reader"]


def test_a_program_of_its_own_classes_has_its_rows(tmp_path):
    (tmp_path / "program.py").write_text(SPIRAL + STRANGE + "squared = Squared()\n"
                                         "squared.forward(X + 3)\nsquared.backward(X)\n")
    command = [sys.executable, "-m", "fastnn", "profile", "--json", "t.json", "program.py"]
    status, out, error = ended(command, tmp_path)
    assert (status, error) == (0, "") and "epoch: 40," in out
    rows = {(row["name"], row["phase"]): row
            for row in json.loads((tmp_path / "t.json").read_text())["rows"]}
    calls = {key: row["calls"] for key, row in rows.items() if key[1] not in ("python", "profile")}
    assert calls == {
        ("dense1 (2, 16)", "forward"): 41, ("dense1 (2, 16)", "backward"): 41,
        ("dense2 (16, 3)", "forward"): 41, ("dense2 (16, 3)", "backward"): 41,
        ("relu", "forward"): 41, ("relu", "backward"): 41, ("softmax", "forward"): 41,
        ("cross", "loss"): 41, ("cross", "backward"): 41, ("optimizer", "optimizer"): 82,
        ("adopting the classes", "adopting"): 2, ("squared", "forward"): 1,
        ("squared", "backward"): 1}
    assert rows["dense1 (2, 16)", "forward"]["gflops"] > 0


def train(classes) -> tuple:
    X = np.random.default_rng(1).normal(size=(40, 2))
    np.random.seed(1)
    dense, relu, step = classes.Dense(2, 3), classes.ReLU(), classes.SGD(0.1)
    for _ in range(20):
        dense.forward(X)
        relu.forward(dense.forward_pass)
        relu.backprop(relu.output)
        dense.backprop(relu.dinputs)
        step.update_params(dense)
    return dense.weights, dense.biases, dense, relu, step


def test_what_was_adopted_before_has_rows_and_the_same_digits(classes):
    plain = train(classes)
    adoption = fastnn.adopt(classes)
    ours = {name: vars(classes.Dense)[name] for name in ("forward", "backprop")}
    dense = classes.Dense(2, 3)
    with fastnn.profile() as p:
        dense.forward(np.ones((4, 2)))
        timed = train(classes)
    assert {name: vars(classes.Dense)[name] for name in ours} == ours
    adoption.undo()
    for a, b in zip(plain[:2], timed[:2]):
        assert np.array_equal(a, b)
    rows = {(row["name"], row["phase"]): row["calls"] for row in p.to_dict()["rows"]
            if row["phase"] not in ("python", "profile", "loading", "compiling")}
    assert rows == {
        ("Dense 1 (2, 3)", "forward"): 1, ("Dense 2 (2, 3)", "forward"): 20,
        ("Dense 2 (2, 3)", "backward"): 20, ("ReLU", "forward"): 20, ("ReLU", "backward"): 20,
        ("SGD", "optimizer"): 20}


def test_classes_are_read_alike_within_a_profile(classes):
    outside = fastnn.adopt(classes)
    outside.undo()
    before = dict(vars(classes.Dense))
    with fastnn.profile():
        within = fastnn.adopt(classes)
        assert within.adopted == outside.adopted and within.left == outside.left
        within.undo()
    assert dict(vars(classes.Dense)) == before
    assert "Dense" in outside.adopted and "Squared" in outside.left


def test_a_loss_of_anybodys_is_one_by_its_name():
    from fastnn.profiling.instruments import _ACCURACY, _LAYER, _LOSS, _phases

    def kind(name, **methods):
        return type(name, (), methods)

    for name, expected in (("MyLoss", _LOSS), ("CrossEntropy", _LOSS), ("MSE", _LOSS),
                           ("Layer", _LAYER), ("Adam", _LAYER)):
        assert _phases(kind(name)) is expected
    assert _phases(kind("Score", calculate=len)) is _ACCURACY
