"""Gradients that are added up over calls until something sets them to zero, as PyTorch's are.

With a method that does so, called before each round, such a layer is right; without one it is right
at its first call alone.
"""

from __future__ import annotations

import dis
from dataclasses import replace
from typing import TYPE_CHECKING

from fastnn.checking import probing
from fastnn.checking.cases import Case
from fastnn.checking.layer_slopes import FOUND, backward, laid_out
from fastnn.checking.matching import weigh
from fastnn.checking.raised import Raised
from fastnn.checking.roles import expected
from fastnn.checking.using import calls, column, other, traces
from fastnn.checking.values import agree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.findings import Finding
    from fastnn.checking.matching import Look, Match
    from fastnn.checking.roles import Role
    from fastnn.checking.using import Use

MISTAKE = "state left from the call before"
REMARK = "its gradients are added up until {}() sets them to zero"
PREPARED = "its backward was tried after {}(), which makes what it adds to"
_ADDED = " is added up over calls: it is right at the first call alone"


def left_over(role: Role, use: Use, matches: list[Match],
              tried: list[Case]) -> list[tuple[Match, Match]]:
    """What is right in a first round and is not in a second: both matches, the second at the name
    of the first.
    """
    found = []
    for match in matches:
        index = int(match.quantity.stage == "backward")
        if index >= len(use.calls) or match.status not in ("right", "harmless"):
            continue
        looks = _second(use, tried, index)
        again = weigh(role, match.quantity, looks, laid_out)
        if not again.good:
            there = weigh(role, match.quantity, [_at(look, match) for look in looks], laid_out)
            found.append((match, there if not there.good else again))
    return found


def _second(use: Use, tried: list[Case], index: int) -> list[Look]:
    """What a second round leaves, what did not change from round to round as well."""
    return [replace(look, before={}) for look in column(traces(use, tried, warm=True), index)
            if not look.case.edge]


def _at(look: Look, match: Match) -> Look:
    """The same, with nothing but one place."""
    if isinstance(look.after, Raised):
        return look
    return replace(look, after={place: value for place, value in look.after.items()
                                if place == match.place})


def zeroing(role: Role, use: Use, matches: list[Match], tried: list[Case]) -> str:
    """A method without arguments that sets the gradients to zero, or away, and nothing else that
    matters: with it each round is right.
    """
    for name, _ in calls(use.kind, ((),), tuple(name for name, _ in use.calls)):
        whole = replace(use, reset=name)
        added = [match for match, _ in left_over(role, use, matches, tried)]
        if not added or any(match.quantity.stage != "backward" for match in added):
            return ""
        befores = [look.before for look in column(traces(whole, tried, warm=True), 1)]
        emptied = all(match.place not in before or not before[match.place].any()
                      for before in befores for match in added if match.place)
        if emptied and not left_over(role, whole, matches, tried):
            return name
    return ""


def prepared(role: Role, use: Use, matches: list[Match], gradients: Any, forms: Any,
             tried: list[Case]) -> tuple[Use, list[Match]]:
    """A layer of which no gradient is found, after the method without arguments that makes what
    they are added to; as it was where none does.
    """
    if not any(one.status in FOUND for one in matches):
        for name, _ in calls(use.kind, ((),), (use.calls[0][0],)):
            made = backward(role, replace(use.to(1), reset=name), gradients, forms, tried)
            if made[1] and all(one.status == "right" for one in made[1]):
                return made
    return use, matches


def sentence(role: Role, use: Use, match: Match, tried: list[Case]) -> str:
    """What is said of a gradient that is another in the second round."""
    for look in _second(use, tried, int(match.quantity.stage == "backward")):
        if isinstance(look.after, Raised) or not match.place or not look.case.for_role(role.name):
            continue
        before = Case("", {name: other(value) for name, value in look.case.arrays.items()})
        whole = sum(laid_out(match.quantity, expected(role, match.quantity, case), look)
                    for case in (look.case, before))
        if not agree(look.after.get(match.place), whole, look.case.single):
            return ("it is right at the first call alone: what an earlier call has left is used or "
                    "added to")
    return match.attribute + _ADDED


def beside(kind: Any, found: Finding, neighbours: dict[str, Any]) -> Finding:
    """The finding; right where what is beside the class sets to zero what it adds up: an optimizer
    with a `zero_grad`.
    """
    rows = found.differences
    if len(rows) != 1 or not rows[0]["sentence"].endswith(_ADDED):
        return found
    gradient = rows[0]["attribute"].rpartition(".")[2]
    for name, method in _methods(kind, neighbours):
        if sets_to_zero(method, gradient):
            rows.clear()
            found.remarks.append(REMARK.format(name))
            return found.settle()
    return found


def _methods(kind: Any, neighbours: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The methods that want no arguments of the other classes of a module: its own were tried."""
    for one in neighbours.values():
        if isinstance(one, type) and one not in kind.__mro__:
            for name, _ in calls(one, ((),)):
                yield f"{one.__name__}.{name}", probing.methods(one)[name]


def sets_to_zero(method: Any, attribute: str) -> bool:
    """Whether a statement of a method does nothing but set an attribute of this name to zero: with
    0 or zeros, by `fill(0)`, or multiplied by 0.
    """
    code = getattr(getattr(method, "__func__", method), "__code__", None)
    statement: list[dis.Instruction] = []
    for one in dis.get_instructions(code) if code else ():
        statement.append(one)
        if not one.opname.startswith(("STORE_", "POP_TOP", "FOR_ITER")):
            continue
        values = [part.argval for part in statement]
        zero = any(value in ("zeros", "zeros_like") for value in values) or any(
            part.argval == 0 and part.opname in ("LOAD_CONST", "LOAD_SMALL_INT")
            for part in statement)
        sums = any(part.opname.startswith(("BINARY_OP", "BINARY_", "INPLACE_"))
                   and part.opname != "BINARY_SUBSCR" and part.argrepr not in ("*", "*=")
                   and "MULTIPLY" not in part.opname for part in statement)
        if attribute in values and zero and not sums and (
                one.argval == attribute if one.opname == "STORE_ATTR" else
                one.opname == "STORE_SUBSCR" or "fill" in values):
            return True
        statement = []
    return False
