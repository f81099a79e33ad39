"""The penalty of a layer that a loss adds (`regularization_loss`): which method, and is it right?

    penalty = l1 * sum of |p| + l2 * sum of p^2, of weights and of biases

Each strength is tried alone, on a layer of the module or on one with the book's names.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.checking import cases, layers, penalties, probing
from fastnn.checking.findings import Finding
from fastnn.checking.raised import Raised
from fastnn.checking.stubs import Bare
from fastnn.checking.using import calls, made_of
from fastnn.checking.values import agree, as_array, first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_STRENGTH = 0.3
_FORMULA = "penalty = l1 * sum of |p| + l2 * sum of p^2, of weights and of biases"
_TERMS: dict[str, list[tuple[str, str, Callable[[Any], Any]]]] = {
    "l1": [("", "", lambda p: np.sum(np.abs(p))),
           ("absolute value forgotten", "the sum is of p, and should be of |p|", np.sum),
           ("mean for sum", "it is the mean of |p|, not the sum", lambda p: np.mean(np.abs(p))),
           ("square for absolute value", "the sum is of p^2, and should be of |p|",
            lambda p: np.sum(p * p))],
    "l2": [("", "", lambda p: np.sum(p * p)),
           ("square forgotten", "the sum is of p, and should be of p^2", np.sum),
           ("halved", "it is halved: then the gradient has no 2 either",
            lambda p: np.sum(p * p) / 2),
           ("mean for sum", "it is the mean of p^2, not the sum", lambda p: np.mean(p * p)),
           ("absolute value for square", "the sum is of |p|, and should be of p^2",
            lambda p: np.sum(np.abs(p))),
           ("root too much", "it is the root of the sum of squares",
            lambda p: np.sqrt(np.sum(p * p))),
           ("square of the sum", "it is the square of the sum, not the sum of squares",
            lambda p: np.sum(p) ** 2)]}


def has_one(kind: Any) -> bool:
    """Whether a class has, itself, a method of one layer, or one without arguments."""
    own = set(vars(kind)) if isinstance(kind, type) else set()
    return any(name in own for name, _ in calls(kind, (("layer",), ()))
               if not name.startswith("__"))


def penalty(kind: Any, dense: dict[str, Any]) -> dict[str, Any]:
    """What is to be added to a class's finding: vocabulary, differences; empty if it has none."""
    finding = Finding("")
    for made in _makers(dense):
        for remember, method in _methods(kind):
            if _judged(finding, kind, made, remember, method):
                return {"vocabulary": finding.vocabulary, "differences": finding.differences}
    return {}


def _methods(kind: Any) -> Iterator[tuple[str, str]]:
    one = [name for name, _ in calls(kind, (("layer",),))]
    for name in one:
        yield "", name
    for method, _ in calls(kind, ((),)):
        for name in one:
            if name != method:
                yield name, method


def _makers(dense: dict[str, Any]) -> Iterator[Callable[[dict[str, float]], Any]]:
    """Functions that make a layer of these strengths."""
    case = cases.layers()[0]
    for kind in dense.values():
        found = layers.dense_use(kind)
        if found is None or len(found[0].calls) < 2:
            continue
        use = found[0]
        finding = Finding("")
        penalties.check(finding, use, {one.quantity.name: one for one in found[1]})
        names = {key: value for key, value in finding.vocabulary.items() if "regularizer" in key}
        if names:
            yield lambda strengths, use=use, names=names: made_of(replace(  # type: ignore[misc]
                use, options=tuple((names[key], value) for key, value in strengths.items()
                                   if key in names)), case)

    def bare(strengths: dict[str, float]) -> Any:
        layer: Any = Bare()
        layer.weights, layer.biases = case.W.copy(), case.b.copy()
        for name in reference.STRENGTHS:
            setattr(layer, name, strengths.get(name, 0))
        return layer

    yield bare


def _value(kind: Any, layer: Any, remember: str, method: str) -> float | None:
    thing = probing.make(kind, *[0.1] * len(probing.required(kind)))
    if isinstance(thing, Raised) or isinstance(layer, Raised):
        return None
    if remember and isinstance(probing.attempt(getattr(thing, remember), [layer]), Raised):
        return None
    got = as_array(probing.attempt(getattr(thing, method), *([] if remember else [layer])))
    return float(got) if got is not None and not got.ndim else None


def _judged(finding: Finding, kind: Any, made: Callable[[dict[str, float]], Any], remember: str,
            method: str) -> bool:
    """Write down what a method computes; False when it is no penalty."""
    nothing = _value(kind, made({}), remember, method)
    if nothing is None or nothing != 0:
        return False
    case, found = cases.layers()[0], False
    for name in reference.STRENGTHS:
        got = _value(kind, made({name: _STRENGTH}), remember, method)
        if not got:
            continue
        p = case.W if name.startswith("weight") else case.b
        terms = _TERMS[name[-2:]]
        for mistake, sentence, term in terms:
            if agree(np.asarray(got), np.asarray(_STRENGTH * term(p))):
                found = True
                if mistake:
                    right = np.asarray(_STRENGTH * terms[0][2](p))
                    finding.differ(method, name, _FORMULA, "chapter 14", mistake,
                                   f"{name}: {sentence}", case.name,
                                   first_difference(np.asarray(got), right))
                break
    if found:
        finding.vocabulary["regularization_loss"] = method
        if remember:
            finding.vocabulary["remember_trainable_layers"] = remember
    return found
