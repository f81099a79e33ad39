"""Softmax and loss in one: methods of inputs and targets; of a Model, a backward alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.checking import cases, roles
from fastnn.checking.findings import Finding
from fastnn.checking.layers import score
from fastnn.checking.losses import (
    RIGHT,
    Found,
    awake,
    better,
    first,
    kept,
    kinds,
    mutates,
    shaped,
    slope_of,
)
from fastnn.checking.matching import Match, weigh
from fastnn.checking.using import Use, calls, column, traces

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Role

_SLOPES = (("softmax", "y_true"), ("y_true",), ("softmax",), (), ("y_true", "softmax"))
_ALONE = _SLOPES[:1] + _SLOPES[4:]  # what needs no forward before


def _backward_alone(kind: Any, role: Role, tried: list[Case], start: Use) -> Finding | None:
    """Softmax and loss in one as a Model has it: with a backward and nothing else."""
    slope: dict[str, Found] = {}
    for name, form in calls(kind, _ALONE):
        better(slope, role, role.quantities[2], start.then(name, form), tried)
    found = slope.get("dinputs")
    if not found or found.match.status not in (*RIGHT, "mistake"):
        return None
    finding = Finding(kind.__name__, score=0.9 * found.match.worth,
                      remarks=["it has no forward, as in chapter 18"],
                      same_bits=found.match.same_bits)
    finding.of_role(role)
    finding.vocabulary["backward"] = found.use.calls[-1][0]
    finding.add(found.match, found.use.calls[-1][0])
    mutates(finding, found, tried)
    return finding.settle()


def combined(kind: Any) -> Finding | None:
    """What a class is as softmax and loss in one."""
    role = roles.COMBINED
    tried = [one for one in cases.classification() if one.for_role(role.name)]
    start = first(kind)
    pairs = (("logits", "y_true"), ("y_true", "logits"))
    uses = [start.then(name, form) for name, form in calls(kind, pairs)]
    if not uses:
        return None
    tried, remarks = kept(uses, tried)
    best: tuple[float, Use, list[Match]] | None = None
    for use in uses:
        use = awake(use, tried)
        looks = column(traces(use, tried), 0)
        matches = [weigh(role, one, looks) for one in role.quantities[:2]]
        worth = sum(one.worth for one in matches if one.status not in ("differs", "raised"))
        if best is None or worth > best[0]:
            best = worth, use, matches
    assert best
    if best[0] < 0.8:
        return _backward_alone(kind, role, tried, start)
    _, use, matches = best
    slope: dict[str, Found] = {}
    for name, form in calls(kind, _SLOPES, (use.calls[0][0],)):
        better(slope, role, role.quantities[2], use.then(name, form), tried)
    if "dinputs" in slope and "raised" in slope["dinputs"].match.difference:  # forward has, then
        for name, form in calls(kind, _ALONE, (use.calls[0][0],)):
            better(slope, role, role.quantities[2], start.then(name, form), tried)
    finding = Finding(kind.__name__, remarks=remarks)
    finding.of_role(role)
    finding.vocabulary["forward"] = use.calls[0][0]
    output, loss = matches
    if output.status not in ("right", "mistake"):
        finding.remarks.append("softmax's output is not kept under any name")
    else:
        finding.add(output, use.calls[0][0])
    if output.status != "mistake":
        if loss.status != "missing" and shaped(loss):
            finding.add(loss, use.calls[0][0])
        else:
            finding.remarks.append("its forward gives no mean loss")
    found = slope.get("dinputs")
    if found:
        finding.vocabulary["backward"] = found.use.calls[-1][0]
        finding.add(found.match, found.use.calls[-1][0])
        kinds(finding, found)
        mutates(finding, found, tried)
        if loss.status in RIGHT:
            finding.gradients = slope_of(Found(loss, use), found, tried[0])
    else:
        finding.remarks.append("it has no backward that was recognised")
    there = [one for one in matches if one is loss or one.status in ("right", "mistake")]
    whole = there + ([found.match] if found else [])
    finding.score = score(whole, len(there) + 1)
    finding.same_bits = all(one.same_bits for one in whole if one.status != "missing")
    return finding.settle()
