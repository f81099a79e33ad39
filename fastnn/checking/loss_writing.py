"""What is written of a loss: its methods, what differs, and whether backward is its slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.central import gradient, near
from fastnn.checking.each_sample import leave_the_mean
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.layer_slopes import score
from fastnn.checking.loss_methods import RIGHT, Found
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, trace, traces
from fastnn.checking.values import lacks_state

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Role


def written(kind: Any, role: Role, found: dict[str, Found], tried: list[Case],
            remarks: list[str]) -> Finding:
    """The finding of a loss whose methods are known."""
    finding = Finding(kind.__name__, remarks=list(remarks))
    finding.of_role(role)
    sample, mean, slope = (found.get(one.name) for one in role.quantities)
    wrong = [one for one in (sample, mean) if one and one.match.status not in RIGHT]
    if sample and mean and wrong:  # one of them is what the class has, if not both
        if mean.match.status in RIGHT and sample.match.status not in RIGHT:
            if sample.match.status != "mistake" or not _calls(mean.use, sample.use):
                sample = None
        elif sample.match.status in RIGHT and mean.match.status not in RIGHT:
            if mean.match.status == "differs" and not _calls(mean.use, sample.use):
                mean = None
        elif sample.match.worth >= mean.match.worth and sample.match.status != "differs":
            mean = None  # it is wrong because of the sample losses
        elif mean.match.worth > sample.match.worth:
            sample = None
        if sample and mean and sample.match.status == mean.match.status == "raised":
            mean = None
    present = [one for one in (sample, mean, slope) if one]
    for one, name in ((sample, "forward"), (mean, "calculate"), (slope, "backward")):
        if one:
            finding.vocabulary[name] = one.use.calls[-1][0]
            finding.add(one.match, one.use.calls[-1][0])
            kinds(finding, one)
            mutates(finding, one, tried)
    if not slope:
        finding.remarks.append(NO_BACKWARD)
    value = [one.match for one in (sample, mean) if one][:1]
    finding.score = score(value + ([slope.match] if slope else []), 2)
    finding.same_bits = all(one.match.same_bits for one in present)
    if slope and value:
        finding.gradients = slope_of((mean or sample), slope, tried[0])  # type: ignore[arg-type]
    leave_the_mean(finding, kind, (sample, mean, slope), lambda value, of: slope_of(
        value, of, tried[0], of_sum=True) == "agree")
    return finding.settle()


def _calls(first: Use, second: Use) -> bool:
    """Whether one method names the other in its code."""
    return second.calls[-1][0] in probing.names_in(probing.methods(first.kind).get(
        first.calls[-1][0]))


def kinds(finding: Finding, one: Found) -> None:
    """A method that raises for one kind of targets alone."""
    if finding.differences and one.match.case is not None:
        row = finding.differences[-1]
        raised = str(row.get("raised", ""))
        if row["mistake"]:
            return
        if lacks_state(raised):
            row["mistake"], row["sentence"] = "state not kept", raised
        elif raised and one.match.status == "differs" and one.match.case.name in (
                "class numbers", "one-hot targets"):
            row["mistake"] = "one kind of targets forgotten"
            row["sentence"] = f"it does not take {one.match.case.name}"


def mutates(finding: Finding, one: Found, tried: list[Case]) -> None:
    """Say so, where a method changes what it is given."""
    for found in traces(one.use, tried):
        for method, word in found.changed:
            if method != one.use.calls[-1][0]:
                continue
            finding.differ(method, word, f"{word} stays as it came", "chapter 9", "forgotten copy",
                           f"{method} changes the array that it is given: .copy() is missing",
                           found.looks[0].case.name)
            return


def slope_of(value: Found, slope: Found, case: Case, of_sum: bool = False) -> str:
    """Whether backward is the slope of the mean loss, or of the sum of all that is given."""
    from fastnn.checking.cases import Case as Made

    def loss(at: Any) -> float:
        moved = Made(case.name, {**case.arrays, moving: at})
        after = trace(value.use, moved).looks[-1].after
        if isinstance(after, Raised) or value.match.place not in after:
            return float("nan")
        return float((np.sum if of_sum else np.mean)(after[value.match.place]))

    moving = "logits" if any("logits" in form for _, form in value.use.calls) else "y_pred"
    after = trace(slope.use, case).looks[-1].after
    if isinstance(after, Raised) or slope.match.place not in after:
        return ""
    return "agree" if near(after[slope.match.place],
                           gradient(loss, case.arrays[moving])) else "differ"
