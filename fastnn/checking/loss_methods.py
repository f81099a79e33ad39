"""Which method of a loss computes what: the best for each quantity, and what comes before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, frame, probing
from fastnn.checking.matching import Look, Match, weigh
from fastnn.checking.raised import Raised
from fastnn.checking.using import Use, calls, column, made_of, trace, traces

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


def first(kind: Any) -> Use:
    """The class made with as many numbers as it wants, and nothing called yet."""
    return Use(kind, (0.0,) * len(probing.required(kind)))


def kept(uses: list[Use], tried: list[Case]) -> tuple[list[Case], list[str]]:
    """The cases whose kind of targets these calls take, and remarks on the others."""
    by_kind = {} if frame.turned() else {one.name: one for one in tried if one.name in (
        "class numbers", "one-hot targets")}
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
            called_otherwise and (is_called(use) or _wants_other(looks)))):
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


def _wants_other(looks: list[Look]) -> bool:
    """Whether arrays are not what it takes: it asks them for what no array has. So does what takes
    a layer, to tell what its regularizers cost.
    """
    return all(isinstance(look.after, Raised) and look.after.kind == "AttributeError"
               and look.after.of is np.ndarray for look in looks)


def shaped(match: Match) -> bool:
    """Whether a value that is another has the quantity's shape at least."""
    return "got_shape" not in match.difference and "missing" not in match.difference


def is_called(use: Use) -> bool:
    """Whether another method of the class names this one in its code."""
    name = use.calls[-1][0]
    return any(name in probing.names_in(one) for other, one in probing.methods(use.kind).items()
               if other != name)
