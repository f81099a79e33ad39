"""The regularizers of a dense layer: which argument is which, by what it does to the gradients."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing
from fastnn.checking.raised import Raised
from fastnn.checking.using import trace
from fastnn.checking.values import agree, first_difference

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.findings import Finding
    from fastnn.checking.matching import Match
    from fastnn.checking.using import Use

_STRENGTH = 0.3
Row = "tuple[str, str, str, Callable[[Any], Any]]"

# penalty, mistake, sentence, what is added to the gradient of parameters p for a strength of 1
_EFFECTS: list[tuple[str, str, str, Callable[[Any], Any]]] = [
    ("l1", "", "", lambda p: np.where(p < 0, -1.0, 1.0)),
    ("l2", "", "", lambda p: 2 * p),
    ("l2", "L2 without the 2", "the slope of lambda * p^2 is 2 * lambda * p: the 2 is missing",
     lambda p: p),
    ("l2", "square where it should be the weight",
     "the slope of lambda * p^2 is 2 * lambda * p: p is not squared", lambda p: 2 * p ** 2),
    ("l2", "square where it should be the weight",
     "the slope of lambda * p^2 is 2 * lambda * p: p is not squared", lambda p: p ** 2),
    ("l1", "weight where it should be the sign",
     "the slope of lambda * |p| is lambda * sign(p), not lambda * |p|", np.abs),
    ("l1", "sign forgotten", "the slope of lambda * |p| is lambda * sign(p), not lambda",
     np.ones_like),
    ("l1", "slope at negative weights",
     "the slope of lambda * |p| is -lambda where p < 0, not 0",
     lambda p: np.where(p < 0, 0.0, 1.0)),
    ("l1", "wrong sign", "the slope of lambda * |p| has the sign of p, not the other",
     lambda p: np.where(p < 0, 1.0, -1.0)),
    ("l2", "wrong sign", "the slope of the penalty is added, not subtracted", lambda p: -2 * p),
]
_CALLED = ("l1", "l2", "weight_regularizer_l2", "bias_regularizer_l1", "regularization")
_FORMULAS = {"l1": "d{0} += l1 * sign({0}), +1 at 0", "l2": "d{0} += 2 * l2 * {0}"}


def check(finding: Finding, use: Use, matches: dict[str, Match]) -> None:
    """Try each optional argument of the constructor, and name those that are penalties."""
    case = cases.layers()[0]
    plain = _gradients(use, matches)
    if plain is None:
        return
    known = {one.name for one in probing.parameters(use.kind)[:len(use.arguments)]}
    for one in probing.parameters(use.kind):
        number = isinstance(one.default, (int, float)) and not isinstance(one.default, bool)
        if one.name in known or not (number or one.default is None):
            continue
        stronger = replace(use, options=(*use.options, (one.name, _STRENGTH)))
        strong = _gradients(stronger, matches)
        if strong is None:
            _raises(finding, stronger, one.name, number, case)
            continue
        for parameters, array in (("weights", case.W), ("biases", case.b)):
            name = f"d{parameters}"
            if name not in plain or plain[name].shape != strong[name].shape:
                continue
            before = plain[name]
            if name == "dweights" and use.transposed:
                before, strong[name] = before.T, strong[name].T
            change = (strong[name] - before) / (_STRENGTH - float(one.default or 0))
            if np.any(np.abs(change) > 1e-12):
                _name(finding, use, one.name, parameters, np.reshape(array, change.shape)
                      if array.size == change.size else array, change, case.name,
                      strong[name] / _STRENGTH)


def _raises(finding: Finding, use: Use, argument: str, is_number: bool, case: Any) -> None:
    """Say so, where only what such a strength leads to names something that is not there."""
    first, second = trace(use, case).looks[:2]
    if is_number and not isinstance(first.after, Raised) and isinstance(
            second.after, Raised) and second.after.kind in ("AttributeError", "NameError",
                                                            "UnboundLocalError"):
        finding.differ(use.calls[1][0], argument, "it is a number that may be above 0",
                       "chapter 14", "penalty that cannot be used",
                       f"{argument}: with a strength above 0 it raises {second.after}", case.name,
                       second.after.row())


def _gradients(use: Use, matches: dict[str, Match]) -> dict[str, Any] | None:
    after = trace(use, cases.layers()[0]).looks[1].after
    if isinstance(after, Raised):
        return None
    return {name: after[match.place] for name, match in matches.items()
            if name in ("dweights", "dbiases") and match.place in after}  # type: ignore[index]


def _name(finding: Finding, use: Use, argument: str, parameters: str, array: Any, change: Any,
          case: str, whole: Any) -> None:
    for penalty, mistake, sentence, effect in _EFFECTS:
        if agree(np.round(change, 9), np.round(effect(array), 9)):
            side = "weight" if parameters == "weights" else "bias"
            finding.vocabulary[f"{side}_regularizer_{penalty}"] = argument
            if mistake:
                right = {"l1": _EFFECTS[0][3], "l2": _EFFECTS[1][3]}[penalty](array)
                finding.differ(
                    use.calls[1][0], finding.vocabulary.get(f"d{parameters}", f"d{parameters}"),
                    _FORMULAS[penalty].format(parameters), "chapter 14", mistake,
                    f"{argument}: {sentence}", case, first_difference(change, right))
            return
    d = finding.vocabulary.get(f"d{parameters}", f"d{parameters}")
    for penalty, mistake, _, effect in _EFFECTS:
        if not mistake and agree(np.round(whole, 9), np.round(effect(array), 9)):
            finding.differ(use.calls[1][0], d, _FORMULAS[penalty].format(parameters), "chapter 14",
                           "gradient replaced", f"{argument}: the penalty's slope takes the place "
                           "of the gradient, and should be added to it: = where += should be", case)
            return
    if max(probing.alike(argument, word) for word in _CALLED) > 0.5:
        finding.differ(use.calls[1][0], d, "; ".join(one.format(parameters)
                       for one in _FORMULAS.values()), "chapter 14", "",
                       f"{argument} changes {d} by none of the two", case)
        return
    finding.remarks.append(f"{argument} changes d{parameters} in a way that the book does not have")
