"""What the book does not have: a backward held against its own forward.

Nothing is expected of the values; the gradients have to be what central differences of those values
are. own_activations.py and own_losses.py say what is one, and no more than can be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.central import near
from fastnn.checking.findings import Finding
from fastnn.checking.order import PAIRS, names_of, order_by, order_of
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, trace
from fastnn.checking.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.probing import Place

ACTIVATION, LOSS = "activation of its own", "loss of its own"
_CALLED = ("backward", "gradient", "derivative")


def is_backward(name: str) -> bool:
    """Whether a method is called as one that goes backward."""
    return max(probing.alike(name, word) for word in _CALLED) > 0.6


def finding(kind: Any, role: str, forward: str, rows: list[tuple[str, Place, Any, Any]],
             known: Callable[[str, Place], Iterator[tuple[str, str, Any]]], case: Case,
             formula: str) -> Finding | None:
    """A class of which no row is right: the likeliest of them is shown; None without rows."""
    if not rows:
        return None
    rows.sort(key=lambda row: -probing.alike(probing.words(row[1]), "dinputs"))
    named = ((row, mistake, sentence) for row in rows
             for mistake, sentence, wrong in known(*row[:2]) if near(row[2], wrong))
    row, mistake, sentence = next(named, (rows[0], "", ""))
    method, place, got, right = row
    made = Finding(kind.__name__, role=role, score=0.45, gradients="differ",
                   vocabulary={"forward": forward, "backward": method,
                               "dinputs": probing.words(place)},
                   remarks=["the book does not have it; its backward was held against central "
                            "differences of its forward"])
    difference = first_difference(np.reshape(got, right.shape), _rounded(got, right))
    made.differ(method, probing.words(place), formula, "not in the book", mistake,
                sentence or _where(got, right, case), case.name, difference)
    return made.settle()


def any_right(rows: list[tuple[str, Place, Any, Any]]) -> bool:
    """Whether one of the values that could be the gradient is."""
    return any(near(got, right) for _, _, got, right in rows)


def _rounded(got: Any, right: Any) -> Any:
    """What was measured; where that is the value itself to the measure's error, the value."""
    got = np.reshape(got, right.shape)
    close = np.abs(got - right) <= 1e-5 * max(np.max(np.abs(right)), 1e-3)
    return np.where(close, got, right)


def _where(got: Any, right: Any, case: Case) -> str:
    """On which side of 0 it is right, if on one."""
    at = case.arrays["X"] if "X" in case.arrays else case.arrays["y_pred"] - case.arrays["y_true"]
    of = "inputs are" if "X" in case.arrays else "y_pred - y_true is"
    same = _rounded(got, right) == np.reshape(got, right.shape)
    for one, other, right_there, wrong_there in (("above", "below", at > 0, at < 0),
                                                 ("below", "above", at < 0, at > 0)):
        if same[right_there].all() and not same[wrong_there].all():
            return f"it is the slope of forward where {of} {one} 0, and is not where {other}"
    return "it is not the slope of what forward computes"


def gradients(use: Use, case: Case, forms: tuple[tuple[str, ...], ...],
               shape: tuple[int, ...]) -> Iterator[tuple[str, Place, Any]]:
    """What methods that are called so leave behind forward, of the shape of a gradient."""
    for name, form in calls(use.kind, forms, (use.calls[0][0],)):
        if not is_backward(name) or (form in PAIRS and _told(use, name) not in (None, form)):
            continue
        look = trace(use.then(name, form), case).looks[1]
        if isinstance(look.after, Raised):
            continue
        for place, value in look.fresh().items():
            if value.shape == shape:
                yield name, place, np.asarray(value, float)


def _told(use: Use, name: str) -> tuple[str, str] | None:
    """The order of a method's arguments, by their names, or as forward has those of these names."""
    methods = probing.methods(use.kind)
    forward, form = use.calls[0]
    known = dict(zip(names_of(methods[forward]), form))
    return order_of(methods[name]) or order_by(methods[name], known)
