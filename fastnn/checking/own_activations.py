"""Activations that the book does not have, whose backward is not their slope: a function of each
element is one, if it is not linear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing
from fastnn.checking.cases import Case
from fastnn.checking.central import near
from fastnn.checking.layer_slopes import FORWARD
from fastnn.checking.own_slopes import ACTIVATION, any_right, finding, gradients
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, trace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.findings import Finding
    from fastnn.checking.probing import Place

_STEP = 1e-5
_SLOPES = (("slopes",), ("slopes", "X"), ("X", "slopes"))


def activation(kind: Any) -> Finding | None:
    """What a class is that goes backward by another slope than its own; None of all others."""
    case = cases.layers()[0]
    start = Use(kind, (0.1,) * len(probing.required(kind)))
    for name, form in calls(kind, FORWARD):
        if probing.alike(name, "forward") < 0.6 and name != "__call__":
            continue
        use = start.then(name, form)
        place, value = _output(use, case)
        if len(form) > 1 and _is_of_both(start.then(name, ("X", "slopes")), case, place, value):
            continue
        if place is None or not _is_of_elements(use, case, place, value):
            continue
        slope = _slope(use, case, place, case.X)
        if slope is None or not slope.any() or np.isin(np.round(slope, 7), (0, 1)).all():
            continue  # a step, or a clipping: what goes straight through those is meant to

        def known(method: str, _: Place, use: Use = use, place: Place = place, value: Any = value,
                  slope: Any = slope) -> Iterator[tuple[str, str, Any]]:
            d = case.slopes
            yield "wrong sign", "its sign is the wrong way round", -d * slope
            yield ("chain rule forgotten", "it is the slope alone: dvalues are not multiplied in",
                   slope)
            yield "mask forgotten", "dvalues are handed on as they came", d
            yield ("value for slope", "dvalues are multiplied by the output, and should be by its "
                   "slope", d * value)
            yield ("inputs for slope", "dvalues are multiplied by the inputs, and should be by the "
                   "slope", d * case.X)
            there = _slope(use, case, place, value)
            if there is not None:
                yield ("output for inputs", "the slope is taken at the output, and should be at "
                       "the inputs", d * there)
            there = _slope(use, case, place, d)
            if there is not None:
                yield ("dvalues for inputs", "the slope is taken at dvalues, and should be at the "
                       "inputs", there)
            for factor in (2.0, 0.5):
                yield (f"factor of 2 {'too much' if factor > 1 else 'missing'}",
                       "there is a factor of 2 too much" if factor > 1 else
                       "a factor of 2 is missing", factor * d * slope)

        rows = [(method, where, got, case.slopes * slope)
                for method, where, got in gradients(use, case, _SLOPES, case.X.shape)
                if not _gives(use, case, method, where, slope)]
        if any_right(rows):
            return None
        found = finding(kind, ACTIVATION, name, rows, known, case,
                         "dinputs = dvalues * slope of output at inputs")
        if found:
            found.vocabulary["output"] = probing.words(place)
            return found
    return None


def _output(use: Use, case: Case) -> tuple[Place | None, Any]:
    """Where a method leaves its one result: what it returns, or else what it sets."""
    look = trace(use, case).looks[0]
    if isinstance(look.after, Raised):
        return None, None
    found = {place: value for place, value in look.fresh().items()
             if value.shape == case.X.shape and value.dtype.kind == "f"
             and not np.array_equal(value, case.X)}
    best = max(found, key=lambda place: (place == (probing.RETURNED,), probing.alike(
        probing.words(place), "output")), default=None)
    return best, found.get(best)  # type: ignore[arg-type]


def _is_of_both(use: Use, case: Case, place: Place | None, value: Any) -> bool:
    """Whether what stood for `training` goes into the value: it is a target, then."""
    after = trace(use, case).looks[0].after
    return place is not None and not isinstance(after, Raised) and not np.array_equal(
        after.get(place, value), value)


def _at(use: Use, case: Case, place: Place, X: Any) -> Any:
    """The output for other inputs; None where there is none."""
    after = trace(use, Case(case.name, {**case.arrays, "X": X})).looks[0].after
    value = None if isinstance(after, Raised) else after.get(place)
    return value if value is not None and value.shape == X.shape else None


def _is_of_elements(use: Use, case: Case, place: Place, value: Any) -> bool:
    """Whether each element is a function of its own input, the same for all, and not linear."""
    X = case.X
    other = X[::-1, ::-1].copy()
    other[0] *= 1.7  # the others stay what they were
    turned = _at(use, case, place, other)
    if turned is None or not np.allclose(turned[1:], value[::-1, ::-1][1:], rtol=1e-12, atol=0):
        return False
    line = np.polynomial.polynomial.polyfit(X.ravel(), value.ravel(), 1)
    straight = np.polynomial.polynomial.polyval(X, line)
    return bool(np.isfinite(value).all() and not np.allclose(straight, value, atol=1e-6))


def _slope(use: Use, case: Case, place: Place, at: Any) -> Any:
    """The central differences of all elements at once, which do not depend on each other."""
    ends = [_at(use, case, place, at + step) for step in (_STEP, -_STEP)]
    if any(one is None or not np.isfinite(one).all() for one in ends):
        return None
    return (ends[0] - ends[1]) / (2 * _STEP)


def _gives(use: Use, case: Case, method: str, place: Place, slope: Any) -> bool:
    """Whether a method gives the slope at what it is given: of inputs or of the output."""
    for array in (case.X, _output(use, case)[1]):
        after = trace(use.then(method, ("X",)), Case(case.name, {**case.arrays, "X": array}))
        end = after.looks[1].after
        if not isinstance(end, Raised) and place in end and near(end[place], slope):
            return array is not case.X or _alone(use, case, method, place, slope)
    return False


def _alone(use: Use, case: Case, method: str, place: Place, slope: Any) -> bool:
    """Whether it looks at what it is given alone, and at nothing that forward has kept."""
    end = trace(use.then(method, ("slopes",)), case).looks[1].after
    return isinstance(end, Raised) or place not in end or not near(end[place], slope)
