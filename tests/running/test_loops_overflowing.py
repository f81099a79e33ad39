"""Loops whose numbers become NaN or infinite while they are trained at once: a warning says so."""

import ast
import warnings

import pytest
from both_ways import changed, run
from loop_programs import REGRESSION, SPIRAL

from fastnn.running import loops

SHOWN = """import warnings
said = []
warnings.showwarning = lambda message, kind, file, line, *more: said.append((str(message), line))
"""
FOR = "for epoch in range("
AGAIN = "        print("
WEIGHTS = changed(REGRESSION, ("Optimizer_Adam(learning_rate=0.005, decay=1e-3)",
                               "Optimizer_SGD(learning_rate=50.)"))
STATE = changed(SPIRAL, (AGAIN, f"        if epoch == 150:\n            X = X * 1e200\n{AGAIN}"))


@pytest.fixture(autouse=True)
def showwarning_is_put_back(monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


def said_by(source):
    """What was warned of, and at which lines, in the loop's program."""
    whole = SHOWN + source + "\nprint(said)\n"
    return ast.literal_eval(run(whole, True).lines[-1]), whole.splitlines()


@pytest.mark.parametrize("source", [WEIGHTS, STATE], ids=["weights", "the optimizer's state"])
def test_one_warning_says_between_which_turns(source):
    """NumPy's were lost, with no word in their place."""
    said, lines = said_by(source)
    (message, line), = [one for one in said if "became NaN or infinite in turns" in one[0]]
    assert "of the loop over epoch, which were trained at once" in message, loops.report()
    assert lines[line - 1].startswith(FOR)


@pytest.mark.parametrize("source", [
    SPIRAL, changed(SPIRAL, (FOR, f"X[3, 1] = np.nan\n{FOR}")),
    changed(WEIGHTS, (FOR, f"np.seterr(all='ignore')\n{FOR}")) + "np.seterr(all='warn')\n"],
    ids=["numbers", "NaN from the beginning", "np.seterr"])
def test_nothing_is_said_where_numpy_says_nothing(source):
    assert not [one for one, _ in said_by(source)[0] if "became NaN" in one]
