"""Losses that the book does not have, whose backward is not their slope: what is 0 where
predictions are the targets, and above 0 where they are not, is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing
from fastnn.checking.cases import Case
from fastnn.checking.central import gradient, near
from fastnn.checking.each_sample import are_of_each
from fastnn.checking.findings import Finding
from fastnn.checking.loss_methods import first
from fastnn.checking.order import PAIRS, UNTOLD, order_of
from fastnn.checking.own_slopes import LOSS, any_right, finding, gradients, is_backward
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastnn.checking.probing import Place

_FORMULA = "dinputs = slope of the mean loss at y_pred"
_GRADIENTS = (("y_pred", "y_true"), ("y_true",), ("y_pred",), (), ("y_true", "y_pred"))


def loss(kind: Any) -> Finding | None:
    """What a class is whose gradient is another, or of another mean, than that of its value."""
    case = cases.regression(False)[0]
    wrong: Finding | None = None
    for name, form in calls(kind, PAIRS):
        use = first(kind).then(name, form)
        function = probing.methods(kind)[name]
        if order_of(function) not in (None, form) or is_backward(name):
            continue
        found = _values(use, case)
        for place in found:
            right = gradient(lambda at, use=use, place=place: _mean(  # type: ignore[misc]
                use, case, place, at), case.y_pred)
            if not np.isfinite(right).all() or not right.any() or _is_clipped(right, case):
                continue
            rows = [(method, where, got, right) for method, where, got in gradients(
                use, case, _GRADIENTS, case.y_pred.shape)]
            if any_right(rows):
                if form == PAIRS[1] and wrong and _is_turned(wrong) and not order_of(function):
                    wrong.remarks.append(UNTOLD.format(name))
                    return wrong
                return None if form == PAIRS[0] else _of_targets_first(kind, name)
            if are_of_each(use, found[place]) and any(near(got, right * found[place].size)
                                                      for _, _, got, _ in rows):
                return _of_their_sum(kind, name)

            made = finding(kind, LOSS, name, rows, _known(right, case), case, _FORMULA)
            if made and wrong is None:
                made.vocabulary["loss"] = probing.words(place)
                wrong = made
    return wrong or _not_0_at_targets(kind)


def _not_0_at_targets(kind: Any) -> Finding | None:
    """What a loss is that is not 0 at its targets (hinge, Poisson), or of probabilities alone (KL),
    and whose gradient is its slope but for a mistake that is known: any other may be of something
    else, as of what a softmax within was given.
    """
    case = next(one for one in cases.classification() if one.name == "one-hot targets")
    for name, form in calls(kind, PAIRS):
        if order_of(probing.methods(kind)[name]) != form or is_backward(name):
            continue
        use = first(kind).then(name, form)
        for place, values in _smaller_at_targets(use, case).items():
            right = gradient(lambda at, use=use, place=place: _mean(  # type: ignore[misc]
                use, case, place, at), case.y_pred)
            if not np.isfinite(right).all() or not right.any():
                continue
            rows = [(*row, right) for row in gradients(use, case, _GRADIENTS, case.y_pred.shape)]
            if any_right(rows):
                return None
            if are_of_each(use, values) and any(near(row[2], right * values.size) for row in rows):
                return _of_their_sum(kind, name)
            made = finding(kind, LOSS, name, rows, _known(right, case), case, _FORMULA)
            if made and made.differences[0]["mistake"]:
                made.vocabulary["loss"] = probing.words(place)
                return made
    return None


def _known(right: Any, case: Case) -> Callable[[str, Place], Iterator[tuple[str, str, Any]]]:
    """The mistakes that are known of a gradient, each with what it makes of the right one."""
    def known(_: str, __: Place) -> Iterator[tuple[str, str, Any]]:
        N, O = case.y_pred.shape
        yield "wrong sign", "its sign is the wrong way round", -right
        yield ("missing mean over samples", "it is not divided by the number of samples",
               right * N)
        yield ("missing mean over outputs", "it is not divided by the number of outputs",
               right * O)
        yield "missing mean over outputs and samples", ("it is divided neither by the number of "
                                                        "outputs nor by that of samples"), (
            right * N * O)
        yield "factor of 2 missing", "a factor of 2 is missing", right / 2
        yield "factor of 2 too much", "there is a factor of 2 too much", right * 2
        yield "absolute value", "it is its absolute value: the sign is lost", abs(right)

    return known


def _is_turned(finding: Finding) -> bool:
    """Whether a gradient is right but for its sign: its two arguments may be exchanged as well."""
    return finding.differences[0]["mistake"] == "wrong sign"


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


def _is_clipped(slope: Any, case: Case) -> bool:
    """Whether the value is flat wherever predictions are no probabilities: those it clips."""
    outside = (case.y_pred < 0) | (case.y_pred > 1)
    return bool(outside.any() and not slope[outside].any())


def _smaller_at_targets(use: Use, case: Case) -> dict[Place, Any]:
    """What a method leaves that is nowhere below 0, and smaller where predictions are targets: a
    likelihood, which is to be large, has a gradient of the other sign.
    """
    look = trace(use, case).looks[0]
    same = trace(use, Case(case.name, {**case.arrays, "y_pred": case.y_true.astype(
        float)})).looks[0].after
    if isinstance(look.after, Raised) or isinstance(same, Raised):
        return {}
    return {place: value for place, value in look.fresh().items()
            if value.shape in ((), case.y_pred.shape[:1]) and place in same
            and np.isfinite(value).all() and np.all(value >= 0)
            and np.mean(same[place]) < np.mean(value) - 1e-9}


def _mean(use: Use, case: Case, place: Place, at: Any) -> float:
    after = trace(use, Case(case.name, {**case.arrays, "y_pred": at})).looks[0].after
    return float("nan") if isinstance(after, Raised) or place not in after else float(
        np.mean(after[place]))
