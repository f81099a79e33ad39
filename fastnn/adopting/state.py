"""What a method has done up to a line: names, attributes, and the arrays that they stand for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastnn.adopting.nodes import NONE, UNDEFINED, Node, Unread, choose, given

if TYPE_CHECKING:
    from typing import Any

_numbers = itertools.count()


@dataclass
class Cell:
    """An array or a number that names stand for: what it holds, and whose it is.

    origin: the argument or attribute that it came as, None for what the method has made. What is
    changed in place is changed for all names of a cell. `viewed`: others look at its memory.
    `changed`: it was changed in place, in one case at least. `narrows`: what it was made by, and
    what was added and the like in place since, which has left it its type. `same`: whether it is in
    all cases what the attribute held before; where there was none, in the other case of `begun`, it
    may be another. `array`: it was changed by a name of its own, which does that to arrays alone.
    `given`: whether it is an argument, in one case at least.
    """

    node: Node
    origin: Node | None = None
    viewed: bool = False
    number: int = field(default_factory=lambda: next(_numbers))
    parts: frozenset[int] = frozenset()  # the numbers of what it is, in one case and in another
    changed: bool = False
    narrows: tuple[str, ...] = ()
    same: bool | None = None
    begun: Node | None = None
    array: bool = False
    given: bool = False

    def __post_init__(self) -> None:
        self.given = self.given or self.origin is not None and self.origin[0] == "arg"
        if self.same is None:
            self.same = self.origin == self.node and self.node[0] == "attr"

    def is_same(self) -> bool:
        """Whether it is what the attribute held before, or there was none."""
        return bool(self.same) and (self.begun is None or _asks(self.node, self.begun))


def _asks(node: Node, condition: Node) -> bool:
    """Whether a tree still has this condition: it may stand within others, as that of a frozen
    layer, for which nothing is done.
    """
    return node[0] == "if" and (
        node[1] == condition or any(_asks(one, condition) for one in node[2:]))


@dataclass(frozen=True)
class Items:
    """A tuple or list of values, each a Cell or something else that the reader knows.

    kind: "tuple" or "list", where it stands in the source as one.
    """

    values: tuple[Any, ...]
    kind: str = field(default="", compare=False)


def node_of(value: Any) -> Node:
    """The tree of a value. Unread where it has none."""
    if isinstance(value, Cell):
        return value.node
    if isinstance(value, Items):
        return ("tuple", *(node_of(one) for one in value.values))
    raise Unread("something that is no number and no array")


class State:
    """Names, attributes of objects, and what will be given back."""

    def __init__(self) -> None:
        self.names: dict[Any, Any] = {}  # Cells, and what the reader knows of other things
        self.attributes: dict[tuple[Node, str], Any] = {}
        self.known: dict[Node, bool] = {}  # conditions that hold here, or do not
        self.draws: Node = NONE  # the random numbers that were drawn
        self.result: Any = None  # what was returned; `left` once it was
        self.left = False

    def branch(self) -> State:
        """A copy whose cells are its own, with the numbers of these."""
        made = State()
        copies: dict[int, Cell] = {}

        def copied(value: Any) -> Any:
            if not isinstance(value, Cell):
                return value
            if value.number not in copies:
                copies[value.number] = Cell(value.node, value.origin, value.viewed, value.number,
                                            value.parts, value.changed, value.narrows, value.same,
                                            value.begun, value.array, value.given)
            return copies[value.number]
        made.names = {name: copied(value) for name, value in self.names.items()}
        made.attributes = {key: copied(value) for key, value in self.attributes.items()}
        made.result, made.left, made.draws = copied(self.result), self.left, self.draws
        made.known = self.known.copy()
        return made


def either(condition: Node, yes: Cell, no: Cell) -> Cell:
    """What one or the other is: who changes it in place changes that."""
    made = Cell(choose(condition, yes.node, no.node),
                yes.origin if yes.origin == no.origin else ("mixed",), yes.viewed or no.viewed)
    made.parts, made.changed = yes.parts | no.parts, yes.changed or no.changed
    made.narrows = max(yes.narrows, no.narrows, key=len)
    made.same, made.begun = _sameness(condition, yes, no)
    made.array, made.given = yes.array or no.array, yes.given or no.given
    if yes.number == no.number:
        made.number = yes.number
    else:
        made.parts |= {yes.number, no.number}
    return made


def _sameness(condition: Node, yes: Cell, no: Cell) -> tuple[bool, Node | None]:
    """Whether one or the other is what the attribute held before, and for which case not."""
    if yes.is_same() and no.is_same() and (yes.begun == no.begun or None in (yes.begun, no.begun)):
        return True, yes.begun or no.begun
    if condition[:2] == ("op", "has") and yes.same and yes.begun is None:
        return True, condition
    return False, None


def joined(condition: Node, yes: State, no: State) -> State:
    """The state after an `if` whose two ways have led here."""
    state = State()
    if yes.left != no.left:
        raise Unread("a return in some cases only")  # the reader follows both ways to their ends
    merged: dict[Any, Cell] = {}

    def join(a: Any, b: Any) -> Any:
        if isinstance(a, Cell) and isinstance(b, Cell):
            key = a.number if a.number == b.number else (a.number, b.number)
            if key not in merged:
                merged[key] = either(condition, a, b)
            return merged[key]
        if a is b or (type(a) is type(b) and a == b):
            return a
        if isinstance(a, Items) and isinstance(b, (Items, Cell)) or isinstance(b, Items):
            return Cell(choose(condition, node_of(a), node_of(b)))
        return Cell(UNDEFINED)  # e.g. a name of one way only: an error where it is used
    for name in {**yes.names, **no.names}:
        state.names[name] = join(yes.names.get(name), no.names.get(name))
    for key in {**yes.attributes, **no.attributes}:
        first = [Cell(("attr", *key), ("attr", *key)) if key not in way.attributes
                 else way.attributes[key] for way in (yes, no)]
        state.attributes[key] = join(*first)
    state.known = {one: holds for one, holds in yes.known.items() if no.known.get(one) is holds}
    state.result, state.left = join(yes.result, no.result), yes.left
    state.draws = choose(condition, yes.draws, no.draws)
    return state


def ways(state: State, condition: Node) -> tuple[State, State]:
    """The state where a condition holds, and where it does not."""
    ways = state.branch(), state.branch()
    for way, holds in zip(ways, (True, False)):
        way.known[condition] = holds
        for cell in cells_of(way):
            cell.node = given(cell.node, condition, holds)
    return ways


def cells_of(state: State) -> list[Cell]:
    """All that names and attributes stand for."""
    found = {value.number: value for value in [*state.names.values(), *state.attributes.values(),
                                               state.result] if isinstance(value, Cell)}
    return list(found.values())
