"""What a checker sees of a user's program: `mypy --strict` with fastnn as it is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fastnn

pytestmark = pytest.mark.slow  # mypy reads all of NumPy's hints

PROGRAM = Path(__file__).parent / "typed_program.py"
# Of an installed package checkers tell no errors.
CONFIG = "[mypy]\nstrict = true\n[mypy-fastnn.*]\nfollow_imports = silent\n"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A function: what mypy says of a program, a line each, without its last."""
    folder = tmp_path_factory.mktemp("types")
    (folder / "mypy.ini").write_text(CONFIG)
    shutil.copytree(Path(fastnn.__file__).parent, folder / "fastnn",
                    ignore=shutil.ignore_patterns("__pycache__"))

    def run(program):
        (folder / "program.py").write_text(program)
        got = subprocess.run(
            [sys.executable, "-m", "mypy", "--no-error-summary", "program.py"], cwd=folder,
            capture_output=True, text=True)
        assert got.returncode in (0, 1) and not got.stderr, got.stdout + got.stderr
        return got.stdout.splitlines()
    return run


def test_program_that_uses_all_that_is_public_has_no_error(said):
    assert said(PROGRAM.read_text()) == []


BEGIN = """\
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

from fastnn import *

Array = npt.NDArray[Any]
Number = np.floating[Any]
X, y = np.zeros((30, 2)), np.zeros(30, np.int64)
dense, both = Layer_Dense(2, 3), Activation_Softmax_Loss_CategoricalCrossentropy()
squared, adam, model = Loss_MeanSquaredError(), Optimizer_Adam(), Model()
history = fit([dense], both, adam, X, y)
"""
TYPES = {
    "dense.weights": "Array",
    "dense.inputs": "Array",
    "dense.output": "Array",
    "dense.get_parameters()": "tuple[Array, Array]",
    "Activation_Sigmoid().predictions(X)": "Array",
    "Activation_ELU(0.5).alpha": "float",
    "squared.forward(X, X)": "Array",
    "squared.calculate(X, X)": "Number",
    "squared.calculate(X, X, include_regularization=True)": "tuple[Number, float | Number]",
    "both.forward(X, y)": "Number",
    "both.loss": "Loss_CategoricalCrossentropy",
    "both.activation.output": "Array",
    "Loss_Huber(delta=2.0).delta": "float",
    "adam.current_learning_rate": "float",
    "adam.beta_1": "float",
    "Accuracy_Categorical().calculate(y, y)": "Number",
    "history": "History",
    "history.interrupted": "bool",
    "history.loss": "npt.NDArray[np.float64]",
    "history[0].loss": "float",
    "history[1:][0].epoch": "int",
    "[row.accuracy for row in history]": "list[float]",
    "why_not([dense], both, adam)": "str | None",
    "model.predict(X)": "Array",
    "model.get_parameters()": "list[tuple[Array, Array]]",
    "Model.load('x.npz')": "Model",
    "profile().to_dict()": "dict[str, Any]",
    "str(profile())": "str",
    "info()": "dict[str, Any]",
    "warmup()": "float",
}


def test_types_are_told(said):
    """Not Any, which would let everything pass."""
    asserted = "".join(f"assert_type({value}, {kind})\n" for value, kind in TYPES.items())
    assert said(BEGIN + asserted) == []
    assert said(BEGIN + "assert_type(dense.weights, Any)")


# A mistake, and what is told of it.
MISTAKES = {
    'fit([dense], both, adam, X, y, epochs="10")':
        'Argument "epochs" to "fit" has incompatible type "str"; expected "int"',
    "fit([dense], both, adam, X, y, epoch=10)": 'Unexpected keyword argument "epoch" for "fit"',
    "fit(dense, both, adam, X, y)": 'Argument 1 to "fit" has incompatible type "Layer_Dense"',
    "fit([dense], adam, adam, X, y)": 'Argument 2 to "fit" has incompatible type "Optimizer_Adam"',
    "fit([dense], both, adam, X)": 'Missing positional argument "y" in call to "fit"',
    "Layer_Dense('2', 3)": 'Argument 1 to "Layer_Dense" has incompatible type "str"',
    "Layer_Dense(2, 3, weight_regulariser_l2=0.1)":
        'Unexpected keyword argument "weight_regulariser_l2" for "Layer_Dense"',
    "dense.weigths": '"Layer_Dense" has no attribute "weigths"',
    "dense.output.shapes": 'has no attribute "shapes"',
    "dense.biases = 3": 'Incompatible types in assignment (expression has type "int"',
    "Activation_ReLU(alpha=0.1)": 'Unexpected keyword argument "alpha" for "Activation_ReLU"',
    "Loss_Huber(dleta=1.0)": 'Unexpected keyword argument "dleta" for "Loss_Huber"',
    "Loss_MeanAbsoluteError(True)": 'Too many positional arguments for "Loss_MeanAbsoluteError"',
    "Optimizer_AdamW(beta1=0.9)": 'Unexpected keyword argument "beta1" for "Optimizer_AdamW"',
    "Optimizer_SGD([0.1])": 'Argument 1 to "Optimizer_SGD" has incompatible type "list[float]"',
    "Model(lines='epoch')": 'Argument "lines" to "Model" has incompatible type',
    "model.set(losses=both)": 'Unexpected keyword argument "losses" for "set" of "Model"',
    "model.train(X, y, epochs=1.5)": 'Argument "epochs" to "train" of "Model" has incompatible',
    "model.save(3)": 'Argument 1 to "save" of "Model" has incompatible type "int"',
    "set_dot_precision('double')": 'Argument 1 to "set_dot_precision" has incompatible type',
    "history.losses": '"History" has no attribute "losses"',
    "history[0].acc": '"Row" has no attribute "acc"',
    "profile(3)": 'Too many arguments for "profile"',
    "profile().to_json()": 'Missing positional argument "path" in call to "to_json" of "Profile"',
    "both.forward(X, y).upper()": 'has no attribute "upper"',
}


def test_mistakes_are_told_and_nothing_else(said):
    first = len(BEGIN.splitlines()) + 1
    lines = [line for line in said(BEGIN + "".join(f"{mistake}\n" for mistake in MISTAKES))
             if ": error: " in line]
    assert [int(line.split(":")[1]) for line in lines] == list(range(first, first + len(MISTAKES)))
    for line, words in zip(lines, MISTAKES.values()):
        assert words in line
