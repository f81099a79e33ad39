"""Losses: methods of predictions and targets, in either order. combined.py shares much of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, probing, roles
from fastnn.checking.central import gradient, near
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.layers import score
from fastnn.checking.matching import Match, weigh
from fastnn.checking.order import PAIRS, order_of
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, column, made_of, trace, traces
from fastnn.checking.values import lacks_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Quantity, Role

RIGHT = ("right", "harmless")
_BEFORE = 3  # methods that may have to be called first


@dataclass
class Found:
    """The best method for one quantity."""

    match: Match
    use: Use


def losses(kind: Any) -> list[Finding]:
    """What a class is as each of the losses."""
    made = []
    for role, tried in ((roles.CLASSES, cases.classification()),
                        (roles.BINARY, cases.regression(True)),
                        *((role, cases.regression(False)) for role in roles.NUMBERS)):
        found = _loss(kind, role, [one for one in tried if one.for_role(role.name)])
        if found:
            made.append(found)
    return [_of_its_own(one) for one in made]


def _of_its_own(finding: Finding) -> Finding:
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
    return Finding(finding.name, "right", "loss of its own", score=0.9, gradients="agree",
                   vocabulary=finding.vocabulary,
                   remarks=["the book does not have it; its backward agrees with central "
                            "differences of its forward"])


def first(kind: Any) -> Use:
    """The class made with as many numbers as it wants, and nothing called yet."""
    return Use(kind, (0.0,) * len(probing.required(kind)))


def kept(uses: list[Use], tried: list[Case]) -> tuple[list[Case], list[str]]:
    """The cases whose kind of targets these calls take, and remarks on the others."""
    by_kind = {one.name: one for one in tried if one.name in ("class numbers", "one-hot targets")}
    if len(by_kind) < 2:
        return tried, []
    refused = {}
    for name, case in by_kind.items():
        ends = [trace(use, case).looks[-1].after for use in uses]
        if ends and all(isinstance(one, Raised) for one in ends):
            refused[name] = ends[0]
    if len(refused) != 1:
        return tried, []
    (name, error), = refused.items()
    sparse = name == "class numbers"
    return ([one for one in tried if (one.y_true.ndim == 1) != sparse],
            [f"{name} are not taken ({str(error).strip()}); the book's class takes both kinds"])


def _loss(kind: Any, role: Role, tried: list[Case]) -> Finding | None:
    sample, mean, slope = role.quantities
    start = first(kind)
    either_way = role in roles.NUMBERS  # of these the value does not tell which argument is which
    orders = _told(kind) if either_way else {}
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
        name, form = found["dinputs"].use.calls[-1]
        if form == PAIRS[1] and name not in orders:
            remarks.append(f"{name} is right where the targets come first, and of the wrong sign "
                           "where the predictions do, as in the book; its arguments' names do not "
                           "say which")
    return _written(kind, role, found, tried, remarks)


def _told(kind: Any) -> dict[str, tuple[str, str]]:
    """The order of predictions and targets of each method whose arguments' names say it.

    Squares and absolute values are the same either way round, and the slope has the other sign: a
    gradient of the wrong sign is the right one of swapped arguments.
    """
    found = {name: order_of(function) for name, function in probing.methods(kind).items()}
    return {name: order for name, order in found.items() if order}


def awake(use: Use, tried: list[Case]) -> Use:
    """The use, after what has to be called before it: a method without arguments (`new_pass`), or
    one that takes the layers (`remember_trainable_layers`), of the object or of one that it holds.
    """
    for _ in range(_BEFORE):
        end = trace(use, tried[0]).looks[-1].after
        if not isinstance(end, Raised) or end.kind != "AttributeError":
            break
        other = next((one for one in _prepared(use, end.attribute or "") if _goes_on(
            trace(one, tried[0]).looks[-1].after, end)), None)
        if other is None:
            break
        use = other
    return use


def _prepared(use: Use, missing: str) -> Iterator[Use]:
    """The use with one method more before all others, which could give it what is missing."""
    for name, _ in calls(use.kind, ((),)):
        yield replace(use, first=(*use.first, name))
    thing = made_of(use, cases.layers()[0])
    if isinstance(thing, Raised):
        return
    for held, one in (("", thing), *probing.attributes(thing)):
        if not hasattr(one, missing):
            for name, method in probing.methods(one).items():
                if method is not None and missing in probing.sets(method) and (
                        probing.takes(method, 1)):
                    yield replace(use, first=(*use.first, f"{held}.{name}" if held else name))


def _goes_on(end: Any, before: Raised) -> bool:
    """Whether it came further than to what was raised before."""
    return not isinstance(end, Raised) or (end.kind == before.kind
                                           and end.attribute != before.attribute)


def better(found: dict[str, Found], role: Role, quantity: Quantity, use: Use,
            tried: list[Case]) -> None:
    """Keep this use for the quantity where it is better than what was found before."""
    looks = column(traces(use, tried), len(use.calls) - 1)
    match = weigh(role, quantity, looks)
    called_otherwise = quantity.name == "dinputs" and max(
        probing.alike(use.calls[-1][0], word) for word in ("backward", "gradient")) < 0.3
    if match.status == "raised" and (quantity.name != "dinputs" or _raised_before(use, match) or (
            called_otherwise and _is_called(use))):
        return
    if match.status == "differs" and (not shaped(match) or called_otherwise):
        return  # any method does something
    old = found.get(quantity.name)
    names = {"losses": "forward", "loss": "calculate", "dinputs": "backward"}
    liking = probing.alike(use.calls[-1][0], names.get(quantity.name, ""))
    if match.worth > 0 and (old is None or match.worth + 0.05 * liking > (
            old.match.worth + 0.05 * probing.alike(old.use.calls[-1][0],
                                                   names.get(quantity.name, "")))):
        found[quantity.name] = Found(match, use)


def _raised_before(use: Use, match: Match) -> bool:
    """Whether another method was the one that raised: the one called before it."""
    looks = trace(use, match.case).looks if match.case else []
    return len(looks) > 1 and isinstance(looks[-2].after, Raised)


def shaped(match: Match) -> bool:
    """Whether a value that is another has the quantity's shape at least."""
    return "got_shape" not in match.difference and "missing" not in match.difference


def _written(kind: Any, role: Role, found: dict[str, Found], tried: list[Case],
             remarks: list[str]) -> Finding:
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
    return finding.settle()


def _calls(first: Use, second: Use) -> bool:
    """Whether one method names the other in its code."""
    return second.calls[-1][0] in probing.names_in(probing.methods(first.kind).get(
        first.calls[-1][0]))


def _is_called(use: Use) -> bool:
    """Whether another method of the class names this one in its code."""
    name = use.calls[-1][0]
    return any(name in probing.names_in(one) for other, one in probing.methods(use.kind).items()
               if other != name)


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


def slope_of(value: Found, slope: Found, case: Case) -> str:
    """Whether backward is the slope of the mean loss."""
    from fastnn.checking.cases import Case as Made

    def loss(at: Any) -> float:
        moved = Made(case.name, {**case.arrays, moving: at})
        after = trace(value.use, moved).looks[-1].after
        if isinstance(after, Raised) or value.match.place not in after:
            return float("nan")
        return float(np.mean(after[value.match.place]))

    moving = "logits" if any("logits" in form for _, form in value.use.calls) else "y_pred"
    after = trace(slope.use, case).looks[-1].after
    if isinstance(after, Raised) or slope.match.place not in after:
        return ""
    return "agree" if near(after[slope.match.place],
                           gradient(loss, case.arrays[moving])) else "differ"
