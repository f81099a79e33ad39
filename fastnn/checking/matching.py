"""Which of the values seen is a quantity: the right one, a known mistake, or the likeliest.

`weigh` compares all cases at once, so that an accidental equality in one shape decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import mistaken_losses, mistakes
from fastnn.checking.probing import RETURNED, alike, words
from fastnn.checking.raised import Raised
from fastnn.checking.roles import Quantity, Role, expected
from fastnn.checking.values import agree, beyond, first_difference, same_bits

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.mistakes import Mistake
    from fastnn.checking.probing import Place, Seen

assert mistaken_losses  # it fills the table

_CALLED = 0.8  # a place whose name is the quantity's
WORTH = {"right": 1.0, "harmless": 1.0, "mistake": 0.85, "differs": 0.15, "raised": 0.1,
         "missing": 0.0}


@dataclass(eq=False)
class Match:
    """What was found for one quantity."""

    quantity: Quantity
    status: str
    place: Place | None = None
    mistake: Mistake | None = None
    case: Case | None = None  # the first that differs
    difference: dict[str, Any] = field(default_factory=dict)
    same_bits: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def worth(self) -> float:
        """How well the quantity was found, from 0 to 1."""
        return WORTH[self.status]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.status in ("right", "harmless", "missing")

    @property
    def attribute(self) -> str:
        """The place in words."""
        return words(self.place) if self.place else ""


@dataclass(eq=False)
class Look:
    """What was seen of an object in one case, before and after a stage."""

    case: Case
    before: Seen
    after: Seen | Raised
    layout: dict[str, Any] = field(default_factory=dict)
    partial: Seen = field(default_factory=dict)  # what was there when an exception came

    def fresh(self) -> Seen:
        """What the stage has made or changed."""
        after = self.partial if isinstance(self.after, Raised) else self.after
        return {place: value for place, value in after.items()
                if place[0] == RETURNED or place not in self.before
                or not np.array_equal(value, self.before[place], equal_nan=True)}


def weigh(role: Role, quantity: Quantity, looks: list[Look],
          shaped: Callable[[Quantity, Any, Look], Any] | None = None) -> Match:
    """Find a quantity among what was seen; `shaped` lays a value out as the class does."""
    looks = [look for look in looks if look.case.for_role(role.name) and not (
        quantity.stage == "backward" and "forward_only" in look.case.arrays)]
    ordinary = [look for look in looks if not look.case.edge]
    places = _places(ordinary)

    def lay(value: Any, look: Look) -> Any:
        return shaped(quantity, value, look) if shaped else value

    if not ordinary:
        return Match(quantity, "missing")
    if not any(not isinstance(look.after, Raised) for look in ordinary) or not places:
        places = [place for place in places if _is_right(role, quantity, ordinary, place, lay)]
    if not places:
        raised = [look for look in ordinary if isinstance(look.after, Raised)]
        if not raised:
            return Match(quantity, "missing")
        return Match(quantity, "raised", case=raised[0].case,
                     difference=raised[0].after.row())  # type: ignore[union-attr]
    right = [lay(expected(role, quantity, look.case), look) for look in ordinary]
    ranked = sorted(places, key=lambda place: -alike(words(place), quantity.name))
    for place in ranked:
        got = [_at(look, place) for look in ordinary]
        if _agree(ordinary, got, right):
            match = Match(quantity, "right", place,
                          same_bits=all(same_bits(*pair) for pair in zip(got, right)))
            _remark(match, role, looks, lay)
            return match
    for mistake in mistakes.known(role, quantity):
        wrong = [_computed(mistake, look, lay) for look in ordinary]
        for place in ranked:
            got = [_at(look, place) for look in ordinary]
            if _agree(ordinary, got, wrong):
                return _differs(quantity, "harmless" if mistake.harmless else "mistake", place,
                                ordinary, right, mistake)
    if quantity.stage == "backward":  # what is the weights is no gradient
        ranked = [place for place in ranked if place not in ordinary[0].layout.get(
            "parameters", ())]
    if not ranked:
        return Match(quantity, "missing")
    likeliest = min(ranked, key=lambda place: _distance(ordinary, place, right, alike(
        words(place), quantity.name) > _CALLED))
    return _differs(quantity, "differs", likeliest, ordinary, right)


def _is_right(role: Role, quantity: Quantity, looks: list[Look], place: Place,
              lay: Callable[[Any, Look], Any]) -> bool:
    """Whether a place has the right values in all cases, though each ended in an exception."""
    return all(agree(_at(look, place), lay(expected(role, quantity, look.case), look),
                     look.case.single) for look in looks)


def _agree(looks: list[Look], got: list[Any], values: list[Any]) -> bool:
    return all(agree(one, value, look.case.single)
               for look, one, value in zip(looks, got, values))


def _places(looks: list[Look]) -> list[Place]:
    found: dict[Place, int] = {}
    for look in looks:
        for place in look.fresh():
            found[place] = found.get(place, 0) + 1
    return [place for place, times in found.items() if times >= 1]


def _at(look: Look, place: Place) -> Any:
    if isinstance(look.after, Raised):
        return look.fresh().get(place, look.after)
    return look.after.get(place)


def _computed(mistake: Mistake, look: Look, lay: Callable[[Any, Look], Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(mistake.wrong(look.case))
    except Exception as error:
        return Raised(error)
    kept = "keepdims" in mistake.name or "axis" in mistake.name  # the shape is the mistake
    return value if kept else lay(value, look)


def _distance(looks: list[Look], place: Place, right: list[Any],
              called: bool) -> tuple[int, bool, float]:
    shapes, far = 0, 0.0
    for look, value in zip(looks, right):
        got = _at(look, place)
        if isinstance(got, Raised) or got is None or got.shape != value.shape:
            shapes += 1
        else:
            with np.errstate(all="ignore"):
                error = float(np.sum(np.abs(np.asarray(got, float) - value)))
            far += error if np.isfinite(error) else 1e9
    return shapes, not called, far


def _differs(quantity: Quantity, status: str, place: Place, looks: list[Look], right: list[Any],
             mistake: Mistake | None = None) -> Match:
    for look, value in zip(looks, right):
        got = _at(look, place)
        if not agree(got, value, look.case.single):
            match = Match(quantity, status, place, mistake, look.case,
                          first_difference(got, value, look.case.single))
            if mistake and mistake.harmless:
                match.remarks.append(f"{quantity.name}: {mistake.sentence}")
            return match
    return Match(quantity, "right", place)


def _remark(match: Match, role: Role, looks: list[Look], lay: Callable[[Any, Look], Any]) -> None:
    assert match.place
    for look in looks:
        if look.case.edge:
            got = _at(look, match.place)
            value = lay(expected(role, match.quantity, look.case), look)
            if not agree(got, value, look.case.single):
                match.same_bits = False
                match.remarks.append(
                    f"{match.quantity.name} {look.case.edge} {_values(got, value)}")


def _values(got: Any, value: Any) -> str:
    if isinstance(got, Raised) or got is None or got.shape != value.shape:
        return "is another than the book's"
    element = tuple(np.argwhere(beyond(got, value))[0])
    return f"is {float(got[element]):.6g}, where the book has {float(value[element]):.6g}"
