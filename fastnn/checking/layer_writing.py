"""What is written of a layer or an activation: its methods, and what differs, again and again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import accumulating, central
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.layer_slopes import FOUND
from fastnn.checking.matching import Match
from fastnn.checking.raised import Raised
from fastnn.checking.using import Trace, Use, draws, traces
from fastnn.checking.values import agree, lacks_state

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Role


def write(finding: Finding, use: Use, matches: list[Match], tried: list[Case],
          role: Role) -> None:
    """Methods, differences, changed arguments and what a second round shows."""
    names = [name for name, _ in use.calls]
    finding.vocabulary["forward"] = names[0]
    finding.add(matches[0], names[0])
    if len(names) < 2:
        finding.remarks.append(NO_BACKWARD)
    else:
        finding.vocabulary["backward"] = names[1]
        for one in matches[1:]:
            if not matches[0].good and _follows(matches[0], one, traces(use, tried), role):
                finding.vocabulary[one.quantity.name] = one.attribute
                continue  # it is wrong as forward is, and by nothing of its own
            if one.status == "differs" and any(one.place == other.place for other in matches
                                               if other.status in FOUND):
                one = replace(one, status="missing", place=None)  # that place is another's
            before = len(finding.differences)
            finding.add(one, names[1])
            if one.status == "missing":
                finding.differ(names[1], one.quantity.name, one.quantity.formula,
                               one.quantity.chapter, "missing", "it is computed nowhere")
            elif one.status == "raised" and len(finding.differences) > before:
                _explain(finding.differences[-1], names)
        _said_once(finding, names)
    _changed(finding, use, tried)
    _drawn(finding, use, matches, tried)
    if not finding.differences:
        _again(finding, use, matches, tried, role)
    finding.same_bits = all(one.same_bits for one in matches)
    if len(names) > 1 and matches[0].status == "right":
        finding.gradients = central.of_layer(use, matches, tried[0])


def _explain(row: dict[str, Any], names: list[str]) -> None:
    """What an exception in backward tells."""
    words = str(row.get("raised", ""))
    if lacks_state(words) and not row["mistake"]:
        row["mistake"] = "state not kept"
        row["sentence"] = f"{names[0]} keeps nothing that {names[1]} needs ({words})"


def _follows(output: Match, gradient: Match, found: list[Trace], role: Role) -> bool:
    """Whether a gradient is what it must be for the output that the class has."""
    given = gradient.quantity.given
    if given is None or gradient.status != "differs" or not (output.place and gradient.place):
        return False
    for one in found:
        case, after = one.looks[1].case, one.looks[1].after
        if case.edge or not case.for_role(role.name) or "forward_only" in case.arrays:
            continue
        if isinstance(after, Raised) or isinstance(one.looks[0].after, Raised):
            return False
        got, own = after.get(gradient.place), one.looks[0].after.get(output.place)
        if own is None or own.shape != case.X.shape or not agree(
                got, np.asarray(given(case, own)), case.single):
            return False
    return True


def _said_once(finding: Finding, names: list[str]) -> None:
    """One cause, one difference: what backward lacks or raises is missing for all its gradients,
    and what forward raises is raised before there is a backward.
    """
    raised = {row.get("raised") for row in finding.differences if row["method"] == names[0]}
    finding.differences = [row for row in finding.differences if row["method"] == names[0]
                           or not row.get("raised") or row["raised"] not in raised]
    said: set[tuple[str, str]] = set()
    kept = []
    for row in finding.differences:
        cause = row["method"], row.get("raised", "")
        if not cause[1] or cause not in said:
            kept.append(row)
        said.add(cause)
    finding.differences = kept


def _drawn(finding: Finding, use: Use, matches: list[Match], tried: list[Case]) -> None:
    """Only dropout draws. What else differs may do so because of that, and is not told."""
    for match in matches:
        index = 0 if match.quantity.stage == "forward" else 1
        if match.place is None or index >= len(use.calls) or not draws(
                use, tried, index, match.place):
            continue
        method = use.calls[index][0]
        finding.differences.clear()
        finding.differ(method, match.attribute, match.quantity.formula, match.quantity.chapter,
                       "draws random numbers", f"{method} draws random numbers: the same inputs "
                       "give other values each time, which is for dropout, a layer of its own")
        return


def _changed(finding: Finding, use: Use, tried: list[Case]) -> None:
    said = set()
    for one in traces(use, tried):
        for method, word in one.changed:
            if (method, word) not in said:
                said.add((method, word))
                name = "inputs" if word == "X" else "dvalues"
                finding.differences = [row for row in finding.differences if row["mistake"]
                                       or row.get("raised")]  # those come of it
                finding.differ(method, name, f"{name} stay as they came", "chapter 9",
                               "forgotten copy", f"{method} changes the {name} that it is given: "
                               ".copy() is missing", one.looks[0].case.name)


def _again(finding: Finding, use: Use, matches: list[Match], tried: list[Case],
           role: Role) -> None:
    """A second round with the same object, after other numbers."""
    left = accumulating.left_over(role, use, matches, tried)
    if not left:
        return
    reset = accumulating.zeroing(role, use, matches, tried)
    if reset:
        finding.remarks.append(accumulating.REMARK.format(reset))
        return
    match, again = left[0]
    finding.add(again, use.calls[match.quantity.stage == "backward"][0])
    row = finding.differences[-1]
    row["mistake"] = accumulating.MISTAKE
    row["sentence"] = accumulating.sentence(role, use, match, tried)
