"""Activations: the book's, LeakyReLU with any slope, and others that agree with their own slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, central, order, probing, roles
from fastnn.checking.cases import Case
from fastnn.checking.findings import Finding
from fastnn.checking.layer_slopes import FORWARD, backward, score
from fastnn.checking.layer_writing import write
from fastnn.checking.matching import Look, Match, weigh
from fastnn.checking.probing import RETURNED
from fastnn.checking.raised import Raised
from fastnn.checking.through import holds_many
from fastnn.checking.using import Use, calls, column, made_of, traces
from fastnn.checking.values import agree, as_array

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.roles import Role


def activation(kind: Any) -> Finding | None:
    """What a class is as an activation; None when nothing of it is one."""
    tried = cases.layers()
    count = len(probing.required(kind))
    best: tuple[float, Role, Use, list[Match]] | None = None
    for arguments in [()] if not count else [(0.1,) * count]:
        start = Use(kind, arguments)
        for name, form in calls(kind, FORWARD):
            use = start.then(name, form)
            looks = column(traces(use, tried), 0)
            if _wants_more(start, name, form, looks, tried):
                continue
            for role in _candidates(looks):
                match = weigh(role, role.quantities[0], looks)
                if _gives_another(match, looks):
                    continue
                if match.worth <= 0.1 or (role is roles.LINEAR and (probing.is_called(
                        name, "backward") or all(
                            isinstance(look.after, Raised) for look in looks))):
                    continue  # what is kept before an exception is no output, nor is what goes back
                whole, matches = backward(role, use, role.quantities[1:], _SLOPES, tried)
                matches = [match, *matches]
                worth = sum(one.worth for one in matches) + 0.2 * probing.alike(
                    kind.__name__, role.name) + 0.05 * probing.alike(name, "forward")
                if match.status == "right" and role is not roles.LINEAR:
                    worth += 1  # its slope, a method of the inputs too, is a mistaken value
                if best is None or worth > best[0]:
                    best = worth, role, whole, matches
    if best is None:
        return central.own_activation(kind, calls(kind, FORWARD), tried[0], _SLOPES)
    worth, role, use, matches = best
    if len(matches) > 1 and matches[1].status == "differs" and role is not roles.LINEAR:
        alone = Finding(kind.__name__)
        _slope_alone(alone, role, use.to(1), tried[0])
        if alone.vocabulary.get("slope") == use.calls[1][0]:
            use, matches = use.to(1), matches[:1]
    finding = Finding(kind.__name__, score=score(matches, 2))
    finding.of_role(role)
    write(finding, use, matches, tried, role)
    if len(matches) < 2:
        _slope_alone(finding, role, use, tried[0])
    if role is roles.LINEAR:  # any method that keeps what it is given does as much
        finding.score *= 0.6
        other = central.own_activation(kind, calls(kind, FORWARD), tried[0], _SLOPES)
        if other:
            return other
        if finding.differences and probing.alike(kind.__name__, role.book) < 0.5:
            return None
        if holds_many(kind):
            return None  # a chain of nothing
        if len(matches) < 2 and probing.alike(use.calls[0][0], "forward") < 0.5:
            return None
    named = max(probing.alike(kind.__name__, name) for name in (role.name, role.book))
    found = {one.status for one in matches}
    axis = matches[0].mistake is not None and matches[0].mistake.name == "wrong axis"
    if named < 0.9 and not axis and (len(matches) < 2 or found & {"differs", "raised", "missing"}):
        return _of_its_own(kind, finding, tried)
    return finding.settle()


def _slope_alone(finding: Finding, role: Role, use: Use, case: Case) -> None:
    """Say so, where a method gives the slope of each element, of the inputs or of the output."""
    X, ones = case.X, np.ones_like(case.X)
    output = np.asarray(role.quantities[0].value(case))
    slope = role.quantities[1].value(Case(case.name, {**case.arrays, "slopes": ones}))
    for name, _ in calls(use.kind, (("X",),), (use.calls[0][0],)):
        for given, words in ((X, "inputs"), (output, "output")):
            thing = made_of(use, case)
            if isinstance(thing, Raised):
                return
            probing.call(thing, use.calls[0][0], (X,))
            got, _ = probing.call(thing, name, (given,))
            if role.name != "softmax" and agree(as_array(got) if not isinstance(
                    got, Raised) else None, slope):
                finding.vocabulary["slope"] = name
                finding.remarks[:] = [one for one in finding.remarks if "no backward" not in one]
                finding.remarks.append(f"{name} is its slope at its {words}, without dvalues")
                return


def _gives_another(match: Match, looks: list[Look]) -> bool:
    """Whether it returns something else of that shape, or sets it as `output`: what it sets beside
    that is no output.
    """
    if match.place is None or match.place[0] == RETURNED:
        return False
    for look in looks:
        if isinstance(look.after, Raised):
            continue
        own = look.after.get(match.place)
        for place in ((RETURNED,), (("attribute", "output"),)):
            got = look.after.get(place)
            if got is not None and own is not None and got.shape == own.shape == look.case.X.shape:
                if not agree(got, own, look.case.single):
                    return True
                break
    return False


def _wants_more(start: Use, name: str, form: tuple[str, ...], looks: list[Look],
                tried: list[Case]) -> bool:
    """Whether what stood for `training` is something else, targets say, and no activation's.

    Then it raises because of True, and does not, or for another reason, for an array.
    """
    raised = [str(look.after) for look in looks if isinstance(look.after, Raised)]
    if form != ("X", "True") or not raised or (
            len(raised) < len(looks) and not _takes_targets(start.kind, name)):
        return False
    others = column(traces(start.then(name, ("X", "slopes")), tried), 0)
    return [str(look.after) for look in others if isinstance(look.after, Raised)] != raised


def _takes_targets(kind: Any, name: str) -> bool:
    """Whether a method's second argument is called as targets are."""
    second = order.names_of(probing.methods(kind)[name])[1:]
    return any(probing.alike(one, word) > 0.4 for one in second for word in ("y_true", "targets"))


_SLOPES = (("slopes",), ("slopes", "X"), ("X", "slopes"), ())


def _candidates(looks: list[Look]) -> list[Role]:
    """The activations, with the slope that this one has below 0; linear if it changes nothing."""
    plain, slopes = True, set()
    for look in looks[:2]:  # with enough elements that are below 0
        X = look.case.X
        for value in look.fresh().values():
            if value.shape != X.shape:
                continue
            plain = plain and agree(value, X)
            below = X < 0
            if below.any():
                ratios = np.asarray(value, float)[below] / X[below]
                if np.ptp(ratios) < 1e-5 and 1e-4 < abs(ratios[0]) < 0.999:
                    slopes.add(round(float(ratios[0]), 6))
    found = [one for one in roles.ACTIVATIONS if one is not roles.LINEAR or plain]
    return found + [roles.leaky(alpha) for alpha in sorted(slopes)[:1]]


def _of_its_own(kind: Any, finding: Finding, tried: list[Case]) -> Finding | None:
    """An activation that is not the book's: only its gradient can be held against its values."""
    made = central.own_activation(kind, calls(kind, FORWARD), tried[0], _SLOPES)
    return made or (finding.settle() if finding.score > 0.35 else None)
