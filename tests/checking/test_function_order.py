"""Functions whose slope has one sign at one argument and the other at the other: what tells which
is the prediction, and what is said where nothing does.
"""

import json

import pytest

from fastnn.checking import command

MSE = "def mse({0}, {1}):\n    return np.mean(({0} - {1}) ** 2)\n"
UP = "def mse_prime({0}, {1}):\n    return 2 * ({1} - {0}) / {0}.size\n"
DOWN = "def mse_prime({0}, {1}):\n    return 2 * ({0} - {1}) / {0}.size\n"
ENTROPY = "def bce({0}, {1}):\n    return -np.mean({0} * np.log({1}) + (1 - {0}) * " \
          "np.log(1 - {1}))\n"
ITS_SLOPE = "def bce_prime({0}, {1}):\n" \
            "    return ((1 - {0}) / (1 - {1}) - {0} / {1}) / {0}.size\n"


def checked(tmp_path, capsys, *parts):
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\n" + "".join(parts))
    command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    return {one["name"]: one for one in report["classes"]}


@pytest.mark.parametrize("names", [("y", "y_hat"), ("y", "yhat"), ("t", "pred"), ("y", "probs"),
                                   ("y_true", "y_pred"), ("targets", "output"), ("y", "a"),
                                   ("t", "o"), ("t", "y")])
def test_names_that_say_it(tmp_path, capsys, names):
    one = checked(tmp_path, capsys, MSE.format(*names), UP.format(*names))["mse_prime"]
    assert (one["verdict"], one["remarks"]) == ("right", [])
    one = checked(tmp_path, capsys, MSE.format(*names), DOWN.format(*names))["mse_prime"]
    (row,) = one["differences"]
    assert row["mistake"] == "wrong sign"
    turned = names[::-1]
    one = checked(tmp_path, capsys, MSE.format(*turned), DOWN.format(*turned))["mse_prime"]
    assert (one["verdict"], one["remarks"]) == ("right", [])


@pytest.mark.parametrize("names", [("u", "v"), ("a", "b"), ("what", "those")])
def test_where_nothing_tells_it_is_said_of_which_it_is_the_slope(tmp_path, capsys, names):
    for slope, own, which in (UP, names[1], "second"), (DOWN, names[0], "first"):
        one = checked(tmp_path, capsys, MSE.format(*names), slope.format(*names))["mse_prime"]
        assert one["verdict"] == "right"
        (remark,) = one["remarks"]
        assert remark.startswith(f"it is the slope at {own}, its {which} argument")


@pytest.mark.parametrize("beside", [ENTROPY, ITS_SLOPE])
def test_another_function_of_the_file_may_tell(tmp_path, capsys, beside):
    names = "d", "o"
    found = checked(tmp_path, capsys, UP.format(*names), beside.format(*names))
    assert (found["mse_prime"]["verdict"], found["mse_prime"]["remarks"]) == ("right", [])
    found = checked(tmp_path, capsys, beside.format(*names), DOWN.format(*names))
    (row,) = found["mse_prime"]["differences"]
    assert row["mistake"] == "wrong sign"


def test_functions_that_call_them_otherwise_tell_nothing(tmp_path, capsys):
    for beside in (ENTROPY.format("u", "v"),  # other names
                   ENTROPY.format("d", "o") + ITS_SLOPE.format("o", "d")):  # both ways
        for slope in UP, DOWN:
            one = checked(tmp_path, capsys, slope.format("d", "o"), beside)["mse_prime"]
            assert one["verdict"] == "right" and "nothing tells which" in one["remarks"][0]


def test_a_halved_loss_has_a_halved_slope(tmp_path, capsys):
    half = MSE.replace("** 2)", "** 2) / 2").format("y", "y_hat")
    slope = UP.replace("2 * ", "").format("y", "y_hat")
    found = checked(tmp_path, capsys, half, slope)
    for one in found.values():
        assert one["verdict"] == "right" and "half the rate" in one["remarks"][-1]
    assert checked(tmp_path, capsys, MSE.format("y", "y_hat"), slope)[
        "mse_prime"]["differences"][0]["mistake"] == "factor of 2 missing"
    found = checked(tmp_path, capsys, half, UP.format("y", "y_hat"))
    assert [one["verdict"] for one in found.values()] == ["differs", "right"]
