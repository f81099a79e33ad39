"""Optimizers that are right by another formula than their name, or their arguments, say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import known_optimizers, probing, steps

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.findings import Finding
    from fastnn.checking.running import Run

UPHILL = "the first step goes up the gradient, in every weight"
_BOOKS = ("sgd", "stochastic gradient descent", "gradient descent", "momentum", "adagrad",
          "rmsprop", "rms", "adam")
_BESIDE = ("optimizer", "optimiser", "optim", "vanilla", "simple", "custom", "mini batch", "batch",
           "with", "decay", "my")
_RUNNING = ("it is a running mean, as others than the book teach momentum: (1 - {0}) * gradient "
            "goes into it, and a rate that is 1 / (1 - {0}) times larger does what the book's does")


def otherwise(kind: Any, found: Finding) -> Finding:
    """The finding; of one that is called as another than it is, what that lacks."""
    if found.role == "optimizer Adagrad" and _means_rmsprop(kind, found):
        update = found.vocabulary.get("update_params", "")
        found.role, found.book, found.score = "optimizer RMSprop", "Optimizer_RMSprop", 0.85
        found.differences.clear()
        found.differ(update, "weights and biases", steps.FORMULAS["RMSprop"], "chapter 10",
                     "rho forgotten", steps.ADAGRADS_SUM)
        return found.settle()
    if found.verdict == "right" and _means_nesterovs(kind):
        found.score = 0.85
        found.differ(found.vocabulary.get("update_params", ""), "weights and biases",
                     "v = mu * v - lr * g; p = p + mu * v - lr * g", "not in the book",
                     "no look ahead", f"it is called {kind.__name__}, and is the {found.role} "
                     "of the book: Nesterov's goes on by the momentum before the gradient is added")
        return found.settle()
    own = found.vocabulary.get("momentum", "momentum")
    if probing.alike(own, "momentum") < 0.5 and found.differences and all(
            row["sentence"] == steps.RUNNING_MEAN for row in found.differences):
        found.differences.clear()
        found.remarks.append(_RUNNING.format(own))
        return found.settle()
    return found


def is_of_the_book(name: str) -> bool:
    """Whether a name is that of one of the book's optimizers, and of nothing more."""
    low = re.sub("[^a-z]", "", name.lower())
    less = re.sub("|".join(word.replace(" ", "") for word in _BOOKS), "", low)
    rest = re.sub("|".join(word.replace(" ", "") for word in _BESIDE), "", less)
    return less != low and len(rest) < 3


def goes_uphill(run: Run) -> bool:
    """Whether the first step changes each parameter as its gradient says, and not against it."""
    start, slopes = steps.data()
    p, g = (np.concatenate([one.ravel() for pair in pairs for one in pair])
            for pairs in (start, slopes[0]))
    return bool(((run.rows[0] - p) * g > 0).all())


def _means_rmsprop(kind: Any, found: Finding) -> bool:
    """Whether its name says so, or an argument that nothing uses."""
    if any(row["mistake"] != "argument not used" for row in found.differences):
        return False
    return "rmsprop" in kind.__name__.lower().replace("_", "") or any(
        row["attribute"] in ("rho", "decay_rate") for row in found.differences)


def _means_nesterovs(kind: Any) -> bool:
    """Whether its name says so, and no switch does."""
    return known_optimizers.is_called(kind.__name__, "Nesterov") and not any(
        isinstance(one.default, bool) for one in probing.parameters(kind))
