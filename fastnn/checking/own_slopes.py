"""Activations and losses that the book does not have, whose backward is not their own slope.

Nothing is expected of their values; their gradients have to be what central differences of those
values are. Said is no more than can be seen: an activation is a function of each element that is
not linear, and a loss is 0 where predictions are the targets, and above 0 where they are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing
from fastnn.checking.cases import Case
from fastnn.checking.central import gradient, near
from fastnn.checking.findings import Finding
from fastnn.checking.layer_slopes import FORWARD
from fastnn.checking.loss_methods import first
from fastnn.checking.order import PAIRS, names_of, order_by, order_of
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, trace
from fastnn.checking.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastnn.checking.probing import Place

ACTIVATION, LOSS = "activation of its own", "loss of its own"
_STEP = 1e-5
_SLOPES = (("slopes",), ("slopes", "X"), ("X", "slopes"))
_GRADIENTS = (("y_pred", "y_true"), ("y_true",), ("y_pred",), (), ("y_true", "y_pred"))
_CALLED = ("backward", "gradient", "derivative")
# What was measured: a value that could be the gradient, in some method, and what it should be.
Rows = "list[tuple[str, Place, Any, Any]]"


def judged(kind: Any) -> Finding | None:
    """What a class is that goes backward by another slope than its own; None of all others."""
    return loss(kind) or _activation(kind)


def _is_backward(name: str) -> bool:
    return max(probing.alike(name, word) for word in _CALLED) > 0.6


def _finding(kind: Any, role: str, forward: str, rows: list[tuple[str, Place, Any, Any]],
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


def _any_right(rows: list[tuple[str, Place, Any, Any]]) -> bool:
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


# -------------------------------------------------------------------------------- activations


def _activation(kind: Any) -> Finding | None:
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
                for method, where, got in _gradients(use, case, _SLOPES, case.X.shape)
                if not _gives(use, case, method, where, slope)]
        if _any_right(rows):
            return None
        found = _finding(kind, ACTIVATION, name, rows, known, case,
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


def _gradients(use: Use, case: Case, forms: tuple[tuple[str, ...], ...],
               shape: tuple[int, ...]) -> Iterator[tuple[str, Place, Any]]:
    """What methods that are called so leave behind forward, of the shape of a gradient."""
    for name, form in calls(use.kind, forms, (use.calls[0][0],)):
        if not _is_backward(name) or (form in PAIRS and _told(use, name) not in (None, form)):
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


# ------------------------------------------------------------------------------------- losses


def loss(kind: Any) -> Finding | None:
    """The same of a loss alone."""
    case = cases.regression(False)[0]
    wrong: Finding | None = None
    for name, form in calls(kind, PAIRS):
        use = first(kind).then(name, form)
        function = probing.methods(kind)[name]
        if order_of(function) not in (None, form) or _is_backward(name):
            continue
        found = _values(use, case)
        for place in found:
            right = gradient(lambda at, use=use, place=place: _mean(  # type: ignore[misc]
                use, case, place, at), case.y_pred)
            if not np.isfinite(right).all() or not right.any():
                continue
            whole = right * case.y_pred.size
            rows = [(method, where, got, right) for method, where, got in _gradients(
                use, case, _GRADIENTS, case.y_pred.shape)]
            if _any_right(rows):
                return None if form == PAIRS[0] else _of_targets_first(kind, name)
            if found[place].ndim > 1 and any(near(got, right * found[place].size)
                                         for _, _, got, _ in rows):
                return _of_their_sum(kind, name)

            def known(_: str, __: Place, right: Any = right,
                      whole: Any = whole) -> Iterator[tuple[str, str, Any]]:
                N, O = case.y_pred.shape
                yield "wrong sign", "its sign is the wrong way round", -right
                yield ("missing mean over samples", "it is not divided by the number of samples",
                       right * N)
                yield ("missing mean over outputs", "it is not divided by the number of outputs",
                       right * O)
                yield ("missing mean over outputs and samples", "it is divided neither by the "
                       "number of outputs nor by that of samples", whole)
                yield "factor of 2 missing", "a factor of 2 is missing", right / 2
                yield "factor of 2 too much", "there is a factor of 2 too much", right * 2
                yield "absolute value", "it is its absolute value: the sign is lost", abs(right)

            made = _finding(kind, LOSS, name, rows, known, case,
                            "dinputs = slope of the mean loss at y_pred")
            if made and wrong is None:
                made.vocabulary["loss"] = probing.words(place)
                wrong = made
    return wrong


def _of_targets_first(kind: Any, name: str) -> Finding | None:
    """A loss whose gradient is right where the targets come first, as no name says they do."""
    if order_of(probing.methods(kind)[name]):
        return None
    return Finding(kind.__name__, "right", LOSS, score=0.9, gradients="agree",
                   vocabulary={"forward": name},
                   remarks=["the book does not have it; its backward agrees with central "
                            "differences of its forward where the targets come first, and is of "
                            "the wrong sign where the predictions do: its arguments' names do not "
                            "say which"])


def _of_their_sum(kind: Any, name: str) -> Finding:
    """A loss that leaves the mean, of its values as of its gradient, to who uses it."""
    return Finding(kind.__name__, "right", LOSS, score=0.9, gradients="agree",
                   vocabulary={"forward": name},
                   remarks=["the book does not have it; its backward agrees with central "
                            "differences of the sum of what its forward gives"])


def _values(use: Use, case: Case) -> dict[Place, Any]:
    """What a method leaves that is 0 where predictions are targets, and else above."""
    N, O = case.y_pred.shape
    after = trace(use, case).looks[0].after
    same = trace(use, Case(case.name, {**case.arrays, "y_true": case.y_pred})).looks[0].after
    if isinstance(after, Raised) or isinstance(same, Raised):
        return {}
    return {place: value for place, value in after.items()
            if value.shape in ((), (N,), (N, O)) and place in same
            and np.allclose(same[place], 0, atol=1e-12) and np.all(value >= 0) and value.any()}


def _mean(use: Use, case: Case, place: Place, at: Any) -> float:
    after = trace(use, Case(case.name, {**case.arrays, "y_pred": at})).looks[0].after
    return float("nan") if isinstance(after, Raised) or place not in after else float(
        np.mean(after[place]))
