"""Dense layers: their vocabulary, and what they compute."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import accumulating, cases, frame, penalties, probing, roles, within
from fastnn.checking.findings import Finding
from fastnn.checking.layer_slopes import FORWARD, backward, score
from fastnn.checking.layer_writing import write
from fastnn.checking.matching import Match, weigh
from fastnn.checking.raised import Raised
from fastnn.checking.through import IDLE, activations_of, made_in_vain
from fastnn.checking.using import Use, calls, column, made_of, traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.probing import Place
    from fastnn.checking.roles import Role


def _constructions(kind: Any) -> list[tuple[Any, ...]]:
    count = len(probing.required(kind))
    plans: list[tuple[Any, ...]] = [("I", "O"), ("O", "I"), ("W", "b")]
    if count < 2 and len(probing.parameters(kind)) < 2:
        plans = []
    if count == 1:
        plans.append(("O",))
    more = max(count - 2, 0)
    fills = [(value,) * more for value in (0.0, *IDLE)] if more != 2 else [
        *itertools.product((0.0, *IDLE), repeat=2)]
    return [(*plan, *fill) for fill in fills[:1 if not more else None] for plan in plans]


def _parameters(kind: Any, plan: tuple[Any, ...], case: Case,
                options: tuple[tuple[str, Any], ...]) -> Iterator[Use]:
    """Uses with all pairs of places that may hold weights and biases; without biases last."""
    use = Use(kind, plan, options)
    firsts: list[tuple[tuple[str, tuple[str, ...]], ...]] = [()]
    if plan == ("O",):
        firsts = [((name, form),) for name, form in calls(kind, FORWARD)]
    for first in firsts:
        np.random.seed(1)
        thing = made_of(use, case)
        if isinstance(thing, Raised):
            return
        for name, form in first:
            probing.call(thing, name, tuple(case.arrays.get(word, True) for word in form))
        seen = probing.observe(thing)
        I, O = case.W.shape
        weights = [place for place, value in seen.items() if value.shape in ((I, O), (O, I))]
        weights.sort(key=lambda place: -float(np.any(seen[place])))  # what is not all zeros first
        biases: list[Place | None] = [
            place for place, value in seen.items() if value.shape in ((1, O), (O,), (O, 1))]
        for weight in weights[:4]:
            for bias in [*biases[:4], None]:
                yield Use(kind, plan, options, weight, bias, seen[weight].shape == (O, I))


def dense(kind: Any) -> Finding | None:
    """What a class is as a dense layer; None when it has no weights."""
    IDLE[0].guessed = False
    found = dense_use(kind)
    if not found:
        return None
    ends = [look.after for look in column(traces(found[0], cases.layers()), 0)]
    more = probing.required(kind)[2:]
    if more and all(isinstance(one, Raised) for one in ends):
        return Finding(kind.__name__, score=0.5, why=made_in_vain(more, ends[0]))
    findings = [_dense_finding(kind, *found, cases.layers())]
    if findings[0].differences or len(found[0].calls) < 2:
        others = [dense_use(kind, ((name, idle),)) for name in activations_of(kind)
                  for idle in IDLE]
        findings += [_dense_finding(kind, *one, cases.layers()) for one in others if one]
    best = min(findings, key=lambda one: ("backward" not in one.vocabulary, len(one.differences)))
    if best.differences:
        best = _within(kind, best)
    if best.differences and IDLE[0].guessed:
        return Finding(kind.__name__, score=0.5, why="what its activation has to do is not known")
    return best


def dense_places(kind: Any) -> tuple[Use, tuple[Place, ...]] | None:
    """How a dense layer is used, and where weights, biases and their gradients are."""
    found = dense_use(kind)
    if found is None or score(found[1], 4) < 0.5:
        return None
    places = {one.quantity.name: one.place for one in found[1]}
    whole = (found[0].weights, found[0].biases, places.get("dweights"), places.get("dbiases"))
    if any(place is None or place[0] == probing.RETURNED or place[0][0] == probing.STEP
           for place in whole):
        return None
    return found[0], whole  # type: ignore[return-value]


def dense_use(kind: Any, options: tuple[tuple[str, Any], ...] = (),
              role: Role = roles.DENSE) -> tuple[Use, list[Match]] | None:
    """How a class is used as a dense layer, and what it computes; None when it has no weights."""
    tried = cases.layers()
    output, *gradients = role.quantities
    best: tuple[float, Use, Match] | None = None
    for plan in _constructions(kind):
        for use in _parameters(kind, plan, tried[0], options):
            for name, form in calls(kind, FORWARD):
                whole = use.then(name, form)
                looks = column(traces(whole, tried), 0)
                match = weigh(role, output, looks)
                worth = match.worth + (0.01 if use.biases else 0)
                if all(isinstance(look.after, Raised) for look in looks):
                    worth -= 0.2  # with other arguments it may not
                if best is None or worth > best[0]:
                    best = worth, whole, match
                if match.status == "right" and use.biases:
                    break
            if best and best[0] > 1:
                break
        if best and best[0] > 1:
            break
    if best is None:
        return None
    _, use, match = best
    forms = (("dvalues",), ("dvalues", "X"), ("X", "dvalues"), ("dvalues", "rate"), ())
    use, matches = backward(role, use, gradients, forms, tried)
    use, matches = accumulating.prepared(role, use, matches, gradients, forms, tried)
    return use, [match, *matches]


def _within(kind: Any, plain: Finding) -> Finding:
    """The finding; or what the class is with an activation in it, where that fits better."""
    for role in within.ROLES:
        found = dense_use(kind, (), role)
        if found and found[1][0].status == "right" and len(found[0].calls) > 1:
            whole = _dense_finding(kind, *found, cases.layers(), role)
            if within.fits_better(plain, whole):
                return whole
    return plain


def _dense_finding(kind: Any, use: Use, matches: list[Match], tried: list[Case],
                   role: Role = roles.DENSE) -> Finding:
    finding = Finding(kind.__name__)
    finding.of_role(role)
    write(finding, use, matches, tried, role)
    if use.arguments[:2] == ("O", "I"):
        finding.remarks.append("its constructor takes the number of neurons first")
    if any(one in IDLE for one in (*use.arguments[2:], *dict(use.options).values())):
        finding.remarks.append("it was tried without an activation in it")
    if use.transposed != frame.turned():
        finding.remarks.append("its weights are (O, I), the book's transposed")
    finding.vocabulary["weights"] = probing.words(use.weights) if use.weights else ""
    if use.biases:
        finding.vocabulary["biases"] = probing.words(use.biases)
    if use.reset:
        finding.remarks.append(accumulating.PREPARED.format(use.reset))
    if len(use.calls) > 1 and role is roles.DENSE:
        penalties.check(finding, use, {one.quantity.name: one for one in matches})
    finding.score = score(matches, 4)
    return finding.settle()
