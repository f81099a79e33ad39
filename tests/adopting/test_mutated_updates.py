"""Right optimizers of people's own with one thing changed: none with a mistake in it is adopted."""

import ast
import itertools

import numpy as np
import pytest
from beside import Layer, assert_same_beside
from mutated_sources import mutants
from programs_of_classes import load
from updates_of_their_own import RATES, UPDATES, class_of

from fastnn.adopting import adopt

# Changed, and right all the same: as these are.
RIGHT_TOO = {
    "KEPT = self.n * KEPT + SLOPE\nP -= RATE * KEPT",
    "KEPT *= self.n\nKEPT += SLOPE\nP -= RATE * KEPT",
    "KEPT = self.n * KEPT + SLOPE\nP = P - RATE * KEPT",
    "KEPT = self.n * KEPT + (SLOPE + 0.01 * P)\nP -= RATE * KEPT",
    "KEPT = self.m * KEPT + SLOPE\nP -= RATE * KEPT",
    # More decay.
    "KEPT = self.m * KEPT + (SLOPE + 0.02 * P)\nP -= RATE * KEPT",
    "P -= RATE * (SLOPE + 0.02 * P)",
    UPDATES["Adam and weight decay"].replace("0.01", "0.02"),
    # Momentum: the gradient beside it is what would have come to it.
    "P -= RATE * (SLOPE + self.m * KEPT)\nKEPT = self.m * KEPT + SLOPE",
    "KEPT = self.m * KEPT - RATE * SLOPE\nbefore = KEPT\n"
    "P += -self.m * before + (1 + self.m) * KEPT",
    # Adam: of a mean and itself the mean is the mean.
    UPDATES["Adam looks ahead"].replace("(1 - self.m) * SLOPE) /", "(1 - self.m) * KEPT) /"),
}


def trained(module):
    """The parameters of two layers after each of some steps, with a rate that decays."""
    optimizer, layers, rows = module.Optimizer(decay=0.03), [Layer(), Layer((4, 2), seed=2)], []
    for step in range(5):
        random = np.random.RandomState(step)
        for layer in layers:
            layer.dweights = 3 * random.randn(*layer.weights.shape)
            layer.dbiases = 3 * random.randn(*layer.biases.shape)
        optimizer.before()
        for layer in layers:
            optimizer.update(layer)
        optimizer.after()
        rows += [one.ravel() for layer in layers for one in (layer.weights, layer.biases)]
    return np.concatenate(rows)


def _judged(name, stride):
    """How many mutants of an update there were, and how many were adopted: each of these has the
    digits of its own lines, and is right.
    """
    right, count, taken = trained(load(class_of(UPDATES[name]))), 0, 0
    first = sum(map(ord, name)) % stride
    for update in itertools.islice(mutants(UPDATES[name]), first, None, stride):
        code = class_of(update)
        count += 1
        if not is_own(adopt(load(code))):
            continue
        taken += 1
        assert is_own(assert_same_beside(code, trained))
        assert update in RIGHT_TOO or np.allclose(trained(load(code)), right, 1e-9), update
    return count, taken


def is_own(report):
    return report.adopted.get("Optimizer", "").startswith("an optimizer by its own formula")


@pytest.mark.parametrize("name", UPDATES)
def test_changed_updates(name):
    count, taken = _judged(name, 4)
    assert count > 2 and taken < count / 2


@pytest.mark.slow
@pytest.mark.parametrize("name", UPDATES)
def test_all_changed_updates(name):
    _judged(name, 1)




@pytest.mark.parametrize("rate", RATES)
def test_changed_classes(rate):
    """All of the class's lines: of the rate, of the count, of one side alone."""
    code = class_of(UPDATES["momentum that the rate multiplies"], rate)
    right, count = trained(load(code)), 0
    lines = set(ast.unparse(ast.parse(code)).splitlines())
    for changed in mutants(code):
        try:
            module = load(changed)
        except NameError:
            continue
        count += 1
        if not is_own(adopt(module)):
            continue
        assert is_own(assert_same_beside(changed, trained))
        try:
            same = np.allclose(trained(load(changed)), right, 1e-9)
        except AttributeError:  # before and behind adoption, as was compared
            continue
        others = [line for line in changed.splitlines() if line not in lines]
        assert same or all("def __init__" in line for line in others), changed
    assert count > 80
