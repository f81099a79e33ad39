"""A class that is called like one of the book's, and raises where that is used: what, and where.

A role is found by values, and what raises gives none. Its name says what it wants to be, and the
book how that is used. Of a class whose name says nothing only what raises whatever it is given is
told: a name that nothing defines, an attribute that nothing sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, optimizers, probing, roles, steps
from fastnn.checking.findings import Finding
from fastnn.checking.raised import Raised
from fastnn.checking.values import lacks_state
from fastnn.checking.written import kept_by, names_of_module, names_set

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.cases import Case

_LIKE = 0.75  # names that are one name


@dataclass(frozen=True)
class Way:
    """How a class of the book is made and used: (method, what it is given)."""

    role: str
    book: str
    made_with: tuple[Any, ...]
    calls: tuple[tuple[str, tuple[str, ...]], ...]
    tried: tuple[Case, ...]  # it raises in all of these


def _ways() -> list[Way]:
    layer, classes = (cases.layers()[0],), tuple(cases.classification()[:2])
    forward, backward = ("forward", ("X",)), ("backward", ("slopes",))
    pair = ("y_pred", "y_true")
    made = [Way("dense layer", "Layer_Dense", layer[0].W.shape,
                (forward, ("backward", ("dvalues",))), layer),
            Way("dropout", "Layer_Dropout", (0.1,), (forward, backward), layer)]
    made += [Way(one.name, one.book, (), (forward, backward), layer) for one in roles.ACTIVATIONS]
    made += [Way(roles.COMBINED.name, roles.COMBINED.book, (), (
        ("forward", ("logits", "y_true")), ("backward", ("softmax", "y_true"))), classes)]
    for role in (roles.CLASSES, roles.BINARY, *roles.NUMBERS):
        tried = classes if role is roles.CLASSES else (
            cases.regression(role is roles.BINARY)[0],)
        made.append(Way(role.name, role.book, (), (("forward", pair), ("backward", pair)), tried))
    return made + [Way(f"optimizer {name}", f"Optimizer_{name}", (), (), layer)
                   for name in steps.HYPERS]


def meant(kind: Any) -> Way | None:
    """What a class is called like, if that is one of the book's and can be made as that is."""
    def like(way: Way) -> float:
        names = way.role.replace(" ", ""), way.book, way.book.partition("_")[2]
        return max(probing.alike(kind.__name__, name) for name in names)

    best = max(_ways(), key=like)
    return best if like(best) >= _LIKE and (
        best.role.startswith("optimizer") or _can_be_made(kind, best)) else None


def _can_be_made(kind: Any, way: Way) -> bool:
    return len(probing.required(kind)) <= len(way.made_with) <= len(probing.parameters(kind))


def first_error(kind: Any, dense: dict[str, Any]) -> tuple[Way | None, str, Raised] | None:
    """What a class is called like, the method that raised first in its use, and what it raised."""
    way = meant(kind)
    found = None
    if way is not None:
        found = (optimizers.first_error(kind, dense) if way.role.startswith("optimizer")
                 else _in_use(kind, way))
    if found is not None and found[1].at and found[1].kind != "NotImplementedError" and (
            not used_otherwise(kind, found[1])):
        return way, *found
    return None


def used_otherwise(kind: Any, raised: Raised) -> bool:
    """Whether it lacks what another use would give: a name of the file that was not run, an
    attribute that a method of its own keeps.
    """
    if raised.kind == "NameError":
        return raised.name in names_of_module(kind)
    return raised.of is kind and raised.attribute in kept_by(kind)


def _in_use(kind: Any, way: Way) -> tuple[str, Raised] | None:
    """The first method that raises where it is used as the book does, in each case."""
    ends = [_of_case(kind, way, case) for case in way.tried]
    return ends[0] if all(ends) else None


def _of_case(kind: Any, way: Way, case: Case) -> tuple[str, Raised] | None:
    np.random.seed(1)
    thing = probing.make(kind, *way.made_with)
    if isinstance(thing, Raised):
        return "__init__", thing
    used: list[str] = []
    for word, form in way.calls:
        forms = {form: None, form[::-1]: None, (*form, "True"): None}
        found = next(((name, one) for one in forms
                      if (name := _method(kind, word, len(one), used))), None)
        if found is None:
            return None
        used.append(found[0])
        ends = [_called(thing, case, found[0], one) for one in forms
                if len(one) == len(found[1])]  # the targets may come first
        if all(isinstance(end, Raised) for end in ends):
            return None if _of_columns(kind, way, case, found[0]) else (found[0], ends[0])
    return None


def _called(thing: Any, case: Case, name: str, form: tuple[str, ...]) -> Any:
    return probing.call(thing, name, tuple(case.arrays.get(one, True) for one in form))[0]


def _method(kind: Any, word: str, count: int, used: list[str]) -> str | None:
    """The method that is called so, or most like it, and takes so many arguments."""
    names = [name for name, function in probing.methods(kind).items() if name not in used
             and probing.takes(getattr(function, "__func__", function),
                               count + (not isinstance(function, staticmethod)))]
    best = max(names, key=lambda name: probing.alike(name, word), default=None)
    return best if best and (probing.alike(best, word) > 0.4 or best == "__call__") else None


def of_columns(kind: Any, way: Way) -> bool:
    """Whether its first method takes samples as columns, and cannot as rows."""
    case = way.tried[0]
    name = _method(kind, way.calls[0][0], 1, []) if way.calls and "X" in case.arrays else None
    thing = probing.make(kind, *way.made_with)
    return name is not None and not isinstance(thing, Raised) and isinstance(
        _called(thing, case, name, ("X",)), Raised) and _of_columns(kind, way, case, name)


def _of_columns(kind: Any, way: Way, case: Case, name: str) -> bool:
    """Whether it takes samples as columns, which is a way of its own, and no mistake."""
    thing = probing.make(kind, *way.made_with)
    given = case.arrays.get("X")
    return given is not None and not isinstance(thing, Raised) and not isinstance(
        probing.call(thing, name, (given.T,))[0], Raised)


def finding(kind: Any, dense: dict[str, Any]) -> Finding | None:
    """The finding of a class that raises, with the verdict "raises"; None of all others."""
    found = first_error(kind, dense) or _whatever_it_is_given(kind)
    if found is None:
        return None
    way, method, raised = found
    return _finding(kind, method, raised, way.role if way else "", way.book if way else "")


def _finding(kind: Any, method: str, raised: Raised, role: str, book: str) -> Finding:
    made = Finding(kind.__name__, "raises", role, book)
    made.differ(method, "it", difference=raised.row())
    _explain(made.differences[0], method, raised)
    return made


def _explain(row: dict[str, Any], method: str, raised: Raised) -> None:
    """What backward lacks has forward not kept."""
    if method != "__init__" and not row["mistake"] and lacks_state(str(raised)):
        row["mistake"], row["sentence"] = "state not kept", (
            f"nothing that is called before {method} keeps what it needs")


def instead(kind: Any, dense: dict[str, Any], found: Finding) -> Finding:
    """The finding; where an earlier method than what it tells of raises, what that does."""
    first = found.differences[0] if found.differences else {}
    unseen = found.verdict == "right" and any("no backward" in one for one in found.remarks)
    if found.verdict == "differs" and found.role.startswith("optimizer"):
        own = _whatever_it_is_given(kind)  # of a method that it was tried without, then
        if own is not None and not first.get("raised"):
            return _finding(kind, own[1], own[2], found.role, found.book)
    if not unseen and not first.get("raised"):
        return found
    error = first_error(kind, dense)
    if error is None or error[0] is None or error[0].role != found.role:
        return found
    _, method, raised = error
    if unseen:
        found.differ(method, "it", difference=raised.row())
        _explain(found.differences[-1], method, raised)
        return found.settle()
    other = method != first["method"] and bool(error[0].calls)
    return (finding(kind, dense) or found) if other else found


def _whatever_it_is_given(kind: Any) -> tuple[None, str, Raised] | None:
    """The first error that no argument was the reason of."""
    for name, raised in probing.RAISED:
        if name in probing.methods(kind) | {"__init__": None} and raised.at and _is_its_own(
                kind, raised):
            return None, name, raised
    return None


def _is_its_own(kind: Any, raised: Raised) -> bool:
    there = names_set(kind)
    if not raised.name or not there:
        return False
    if raised.kind == "NameError":
        return not used_otherwise(kind, raised)
    if raised.name in there:
        return False
    return raised.kind == "AttributeError" and (
        raised.of is type(np) or (issubclass(kind, raised.of) and raised.of is not object))
