"""Softmax and loss in one, or sigmoid and loss: methods of inputs and targets.

Of a Model it is a backward alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.checking import cases, probing, roles
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.layer_slopes import score
from fastnn.checking.loss_methods import RIGHT, Found, awake, better, first, kept, shaped
from fastnn.checking.loss_writing import kinds, mutates, slope_of
from fastnn.checking.matching import Match, weigh
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, column, trace, traces

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Role

def _slopes(output: str) -> tuple[tuple[str, ...], ...]:
    return (output, "y_true"), ("y_true",), (output,), (), ("y_true", output)


def _alone(output: str) -> tuple[tuple[str, ...], ...]:
    """What needs no forward before."""
    return _slopes(output)[:1] + _slopes(output)[4:]


def _backward_alone(kind: Any, role: Role, tried: list[Case], start: Use) -> Finding | None:
    """Softmax and loss in one as a Model has it: with a backward and nothing else."""
    slope: dict[str, Found] = {}
    for name, form in calls(kind, _alone("softmax")):
        better(slope, role, role.quantities[2], start.then(name, form), tried)
    found = slope.get("dinputs")
    if not found or found.match.status not in (*RIGHT, "mistake"):
        return None
    if found.match.status == "mistake" and (_goes_forward(found.use.calls[0][0]) or any(
            use.calls[0][0] != found.use.calls[0][0] for use in _uses(kind))):
        return None  # it has a forward, whose loss is another
    finding = Finding(kind.__name__, score=0.9 * found.match.worth,
                      remarks=["it has no forward, as in chapter 18"],
                      same_bits=found.match.same_bits)
    finding.of_role(role)
    finding.vocabulary["backward"] = found.use.calls[-1][0]
    finding.add(found.match, found.use.calls[-1][0])
    mutates(finding, found, tried)
    return finding.settle()


def _goes_forward(name: str) -> bool:
    """Whether a method is called as what computes a loss: A - Y, which such may keep for their
    gradients, is none that is wrong.
    """
    return any(probing.is_called(name, word) for word in ("forward", "calculate", "loss", "call"))


def combined(kind: Any) -> Finding | None:
    """What a class is as softmax and loss in one."""
    role = roles.COMBINED
    return _combined(kind, role, "softmax", [
        one for one in cases.classification() if one.for_role(role.name)])


def sigmoid_loss(kind: Any) -> Finding | None:
    """What a class is as sigmoid and binary cross-entropy in one."""
    tried, remarks = cases.binary(), []
    several = [one for one in tried if min(one.y_pred.shape) > 1]
    ends = [trace(use, one).looks[-1].after for use in _uses(kind) for one in several]
    if ends and all(isinstance(one, Raised) for one in ends):
        tried = [one for one in tried if one.y_pred.shape[1] == 1]
        remarks = [f"it takes one output alone ({ends[0]})"]
    found = _combined(kind, roles.SIGMOID_LOSS, "sigmoid", tried)
    if found:
        found.remarks += remarks
    return found


def _uses(kind: Any) -> list[Use]:
    """Its methods of inputs and targets, in either order."""
    pairs = (("logits", "y_true"), ("y_true", "logits"))
    return [first(kind).then(name, form) for name, form in calls(kind, pairs)]


def _combined(kind: Any, role: Role, output_word: str, tried: list[Case]) -> Finding | None:
    uses = _uses(kind)
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
        return _backward_alone(kind, role, tried, first(kind)) if role is roles.COMBINED else None
    _, use, matches = best
    limited, more = kept([use], tried)
    if more:  # forward takes one kind of targets alone, and some backward both
        finding = _combined(kind, role, output_word, limited)
        if finding:
            finding.remarks += more
        return finding
    slope: dict[str, Found] = {}
    for name, form in calls(kind, _slopes(output_word), (use.calls[0][0],)):
        better(slope, role, role.quantities[2], use.then(name, form), tried)
    if "dinputs" in slope and "raised" in slope["dinputs"].match.difference:  # forward has, then
        for name, form in calls(kind, _alone(output_word), (use.calls[0][0],)):
            better(slope, role, role.quantities[2], first(kind).then(name, form), tried)
    finding = Finding(kind.__name__, remarks=remarks)
    finding.of_role(role)
    finding.vocabulary["forward"] = use.calls[0][0]
    output, loss = matches
    if output.status not in ("right", "mistake"):
        finding.remarks.append(f"{output_word}'s output is not kept under any name")
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
        finding.remarks.append(NO_BACKWARD)
    there = [one for one in matches if one is loss or one.status in ("right", "mistake")]
    whole = there + ([found.match] if found else [])
    finding.score = score(whole, len(there) + 1)
    finding.same_bits = all(one.same_bits for one in whole if one.status != "missing")
    if found and output.status == "right" and _is_of_its_own(use, loss, found, tried[0]):
        return Finding(kind.__name__, "right", f"{output_word} and loss of its own", score=0.9,
                       gradients="agree", vocabulary=finding.vocabulary, remarks=[
                           "the book does not have its loss; its backward agrees with central "
                           "differences of its forward"])
    return finding.settle()


def _is_of_its_own(use: Use, loss: Match, found: Found, case: Case) -> bool:
    """Whether value and gradient are none of the book's, by no mistake that is known, and the one
    is the slope of the other: of smoothed targets, say.
    """
    return loss.status == found.match.status == "differs" and shaped(loss) and slope_of(
        Found(loss, use), found, case) == "agree"
