"""Central differences: a class's backward against its own forward, whatever the formula.

(loss(x + h) - loss(x - h)) / 2h, element by element, with loss = sum of output * dvalues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing
from fastnn.checking.findings import Finding
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, argument, calls, made_of, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.matching import Match
    from fastnn.checking.probing import Place

_STEP = 1e-5
_ALLOWED = 1e-5  # of the largest element: the step's own error, and no formula's


def gradient(function: Callable[[Any], float], at: Any) -> Any:
    """The central differences of a function of an array."""
    slope = np.zeros_like(at, dtype=float)
    for index in np.ndindex(at.shape):
        values = []
        for sign in (1, -1):
            moved = np.array(at, dtype=float)
            moved[index] += sign * _STEP
            values.append(function(moved))
        slope[index] = (values[0] - values[1]) / (2 * _STEP)
    return slope


def near(got: Any, slope: Any) -> bool:
    """Whether a gradient is the slope that was measured."""
    if not np.isfinite(slope).all() or got.size != slope.size:
        return False
    error = np.max(np.abs(np.reshape(got, slope.shape) - slope), initial=0)
    return bool(error <= _ALLOWED * max(np.max(np.abs(slope), initial=0), 1e-3))


def of_layer(use: Use, matches: list[Match], case: Case) -> str:
    """Whether backward agrees with central differences of forward, for inputs and parameters."""
    places = {one.quantity.name: one.place for one in matches}
    found = trace(use, case)
    after = found.looks[1].after
    upstream = case.dvalues if use.weights else case.slopes
    if isinstance(after, Raised) or places["output"] is None:
        return ""
    for name, moved in (("dinputs", "X"), ("dweights", "W"), ("dbiases", "b")):
        place = places.get(name)
        if place is None or place not in after:
            continue
        slope = gradient(lambda array, moved=moved: _loss(  # type: ignore[misc]
            use, case, {moved: array}, places["output"], upstream), case.arrays[moved])
        got = after[place]
        if name == "dweights" and use.transposed:
            got = got.T
        if not near(got, slope):
            return "differ"
    return "agree"


def _loss(use: Use, case: Case, moved: dict[str, Any], place: Place, upstream: Any) -> float:
    at = cases.Case(case.name, {**case.arrays, **moved})
    thing = made_of(use, at)
    if isinstance(thing, Raised):
        return float("nan")
    method, form = use.calls[0]
    got, _ = probing.call(thing, method, tuple(argument(at, word) for word in form))
    if isinstance(got, Raised):
        return float("nan")
    output = probing.observe(thing, got).get(place)
    if output is None or output.shape != upstream.shape:
        return float("nan")
    return float(np.sum(output * upstream))


def _is_slope_far(use: Use, output: Any, place: Any) -> bool:
    """Whether it is the slope of its values where inputs are large, too, as far as they are finite
    there: what ends at 6 is a ReLU up to there.
    """
    case = cases.far()
    first, after = trace(use, case).looks[:2]
    value, values = after.fresh().get(place), first.fresh().get(output)
    if value is None or values is None or not np.isfinite(values).all():
        return True
    slope = gradient(lambda X: _loss(use.to(1), case, {"X": X}, output, case.slopes), case.X)
    return near(value, slope)


def own_activation(kind: Any, forwards: Iterable[tuple[str, tuple[str, ...]]], case: Case,
                   forms: tuple[tuple[str, ...], ...]) -> Finding | None:
    """An activation that the book does not have: right when its slope is that of its values."""
    for name, form in forwards:
        use = Use(kind, (0.1,) * len(probing.required(kind))).then(name, form)
        look = trace(use, case).looks[0]
        outputs = [place for place, value in look.fresh().items()
                   if value.shape == case.X.shape and value.dtype.kind == "f"
                   and not np.array_equal(value, case.X)]
        whole = next((place for place in ((probing.RETURNED,), (("attribute", "output"),))
                      if place in outputs), None)
        if whole:  # what it sets beside that is no output
            outputs = [place for place in outputs if np.array_equal(
                look.fresh()[place], look.fresh()[whole])]
        for backward, slopes in calls(kind, forms, (name,)):
            after = trace(use.then(backward, slopes), case).looks[1]
            gradients = {place: value for place, value in after.fresh().items()
                         if value.shape == case.X.shape}
            for output in outputs:
                slope = gradient(lambda X, use=use, output=output: _loss(  # type: ignore[misc]
                    use, case, {"X": X}, output, case.slopes), case.X)
                for place, value in gradients.items():
                    if near(value, slope) and _is_slope_far(
                            use.then(backward, slopes), output, place):
                        return Finding(
                            kind.__name__, "right", "activation of its own", score=0.9,
                            gradients="agree", vocabulary={
                                "forward": name, "backward": backward,
                                "output": probing.words(output), "dinputs": probing.words(place)},
                            remarks=["the book does not have it; its backward agrees with central "
                                     "differences of its forward"])
    return None
