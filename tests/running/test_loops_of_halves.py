"""Loops that keep the share of outputs which are above one half where the targets are 1, as the
book's binary classification has it.
"""

import pytest
from adopted_ways import same_adopted, with_own_classes
from both_ways import changed, same_both_ways
from loop_programs import BINARY

_FOUND = ("    predictions = (activation2.output > 0.5) * 1\n"
          "    accuracy = np.mean(predictions == y)\n")
_KEEPS = "    kept.append(accuracy)\n    if accuracy > best:\n        best = accuracy\n"


def of(found: str = "", keeps: str = _KEEPS, before: str = "") -> str:
    """With another way to find the share, and to keep it."""
    lines = "".join(f"    {line}\n" for line in found.splitlines()) or _FOUND
    return changed(BINARY, (_FOUND, lines + keeps), (
        "for epoch", f"kept, best = [], 0.0\n{before}for epoch"))


TRAINED = {
    "the book's": of(),
    "the best alone": of(keeps="    if accuracy > best:\n        best, at = accuracy, epoch\n",
                         before="at = 0\n"),
    "true or false": of("accuracy = np.mean((activation2.output > 0.5) == y)"),
    "whole numbers": of("accuracy = np.mean((activation2.output > 0.5).astype(int) == y)"),
    "of a type of NumPy's": of("accuracy = ((activation2.output > 0.5).astype(np.int32) == y).mean("
                               ")\n"),
    "where": of("accuracy = np.mean(np.where(activation2.output > 0.5, 1, 0) == y)"),
    "the other way round": of("accuracy = np.mean(y == (activation2.output > 0.5) * 1.0)"),
    "a number of Python's": of("accuracy = float(np.mean((activation2.output > 0.5) * 1 == y))"),
    "how many": of("accuracy = ((activation2.output > 0.5) * 1 == y).sum()"),
    "stops by it": of(keeps="    if accuracy > 0.56:\n        print(epoch)\n        break\n"),
    "targets of another type": of(before="y = y.astype('f')\n"),
}

LEFT = {
    "from one half on": of("accuracy = np.mean((activation2.output >= 0.5) * 1 == y)"),
    "another half": of("accuracy = np.mean((activation2.output > 0.4) * 1 == y)"),
    "below it": of("accuracy = np.mean((activation2.output < 0.5) * 1 == y)"),
    "twice": of("accuracy = np.mean((activation2.output > 0.5) * 2 == y)"),
    "text": of("accuracy = np.mean((activation2.output > 0.5).astype('U5') == y)"),
    "others": of("accuracy = np.mean(np.where(activation2.output > 0.5, 0, 1) == y)"),
    "of another layer": of("accuracy = np.mean((dense2.output > 0.5) * 1 == y)"),
    "each with each": of("accuracy = np.mean((activation2.output > 0.5) * 1 == flat)",
                         before="flat = y.reshape(-1)\n"),
    "a copy of the targets": of("accuracy = np.mean((activation2.output > 0.5) * 1 == other)",
                                before="other = 1 - y\n"),
    "a share of each": of("accuracy = np.mean((activation2.output > 0.5) * 1 == y, axis=0)[0]"),
}


@pytest.mark.parametrize("name", TRAINED)
def test_the_share_is_what_the_loop_would_keep(name, tmp_path):
    trained, report = same_both_ways(TRAINED[name])
    assert trained > 90 or "stops" in name, report
    assert same_adopted(with_own_classes(TRAINED[name]), tmp_path) > 90 or "stops" in name


@pytest.mark.parametrize("name", LEFT)
def test_what_looks_like_it_is_left(name, tmp_path):
    trained, report = same_both_ways(LEFT[name])
    assert trained == 0, report
    assert same_adopted(with_own_classes(LEFT[name]), tmp_path) == 0
