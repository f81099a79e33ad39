"""Losses: methods of predictions and targets, in either order. combined.py shares much of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastnn.checking import cases, own_losses, probing, roles
from fastnn.checking.findings import Finding
from fastnn.checking.loss_methods import Found, awake, better, first, kept
from fastnn.checking.loss_writing import written
from fastnn.checking.order import PAIRS, UNTOLD, order_of
from fastnn.checking.using import calls

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Role


def losses(kind: Any) -> list[Finding]:
    """What a class is as each of the losses."""
    made = []
    for role, tried in ((roles.CLASSES, cases.classification()),
                        (roles.BINARY, cases.regression(True)),
                        *((role, cases.regression(False)) for role in roles.NUMBERS)):
        found = _loss(kind, role, [one for one in tried if one.for_role(role.name)])
        if found:
            made.append(found)
    return [_of_its_own(kind, one) for one in made]


def of_one_output(kind: Any) -> Finding | None:
    """What a class is as the binary cross-entropy of one output."""
    found = _loss(kind, roles.BINARY, cases.one_output())
    if found:
        found.remarks.append("it was tried with one output: of more it is not the mean")
    return found


def _of_its_own(kind: Any, finding: Finding) -> Finding:
    """A loss that is not the book's: right when its gradient is the slope of its value."""
    first = finding.differences[0] if finding.differences else None
    if finding.gradients == "agree" and len(finding.differences) > 1 and all(
            row["mistake"].startswith("factor of 2") for row in finding.differences):
        finding.differences.clear()
        finding.remarks.append("it is halved, and so is its gradient: it trains as with half the "
                               "rate")
        return finding.settle()
    if first is None or first["mistake"] or finding.gradients != "agree" or max(
            probing.alike(finding.name, name) for name in (finding.role, finding.book)) > 0.6:
        return finding
    wrong = own_losses.loss(kind)  # the targets of this role may not have shown it
    if wrong is not None and wrong.verdict == "differs":
        return wrong
    return Finding(finding.name, "right", "loss of its own", score=0.9, gradients="agree",
                   vocabulary=finding.vocabulary,
                   remarks=["the book does not have it; its backward agrees with central "
                            "differences of its forward"])


def _loss(kind: Any, role: Role, tried: list[Case]) -> Finding | None:
    sample, mean, slope = role.quantities
    start = first(kind)
    either_way = role in roles.NUMBERS  # of these the value does not tell which argument is which
    orders = _orders(kind) if either_way else {}
    contrary = {(name, order[::-1]) for name, order in orders.items()}
    uses = [start.then(*one) for one in calls(kind, PAIRS) if one not in contrary]
    if not uses:
        return None
    tried, remarks = kept(uses, tried)
    found: dict[str, Found] = {}
    for use in uses:
        for quantity in (sample, mean):
            better(found, role, quantity, awake(use, tried), tried)
    best = max((found[one.name] for one in (sample, mean) if one.name in found),
               key=lambda one: one.match.worth, default=None)
    if best is None or best.match.worth < 0.15:
        return None
    forwards = {one.use.calls[0] for one in found.values()}
    names = {name for name, _ in forwards}
    for use in uses:
        if use.calls[0][0] not in names or best.match.status == "differs":
            better(found, role, slope, use, tried)
    for forward in forwards:
        after = replace(start, first=best.use.first).then(*forward)
        for name, form in calls(kind, (("y_pred", "y_true"), ("y_true",), ("y_pred",), (),
                                       ("y_true", "y_pred")), tuple(names)):
            if (name, form) not in contrary and (
                    "dinputs" not in found or found["dinputs"].match.worth < 0.85):
                better(found, role, slope, after.then(name, form), tried)
    if either_way and "dinputs" in found:
        mistake = found["dinputs"].match.mistake
        asked = [name for name, form in found["dinputs"].use.calls if form in PAIRS][-1]
        if mistake and mistake.name == "wrong sign" and not _told(kind):
            remarks.append(UNTOLD.format(asked))
    return written(kind, role, found, tried, remarks)


def _orders(kind: Any) -> dict[str, tuple[str, str]]:
    """The order of each method: as its names say, or another's do, or else as in the book."""
    told = _told(kind)
    others = set(told.values())
    usual = others.pop() if len(others) == 1 else PAIRS[0]
    return {name: told.get(name, usual) for name in probing.methods(kind)}


def _told(kind: Any) -> dict[str, tuple[str, str]]:
    """The order of predictions and targets of each method whose arguments' names say it.

    Squares and absolute values are the same either way round, and the slope has the other sign: a
    gradient of the wrong sign is the right one of swapped arguments.
    """
    found = {name: order_of(function) for name, function in probing.methods(kind).items()}
    return {name: order for name, order in found.items() if order}
