"""A method's source, read as what it computes: no line of it runs.

`read(function, kind)` follows the text with a tree (`nodes.py`) in the place of each value, into
functions and methods that it calls, and gives what the method does to its objects and gives back.
Whatever is not understood raises Unread: the class stays as it is then.

Names of a module are what they are now. What was relied on (that `np` is NumPy, a function of the
same file, a class) is kept as `premises`: they are looked at again at each call.
"""

from __future__ import annotations

import copy
import inspect
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastnn.adopting.calls import Calls
from fastnn.adopting.guarded import attributes_of, can_be_asked
from fastnn.adopting.held import Keyed
from fastnn.adopting.keyed import Keys
from fastnn.adopting.nodes import Node, Unread, const, size
from fastnn.adopting.rounds import Round, is_outside, outside, round_of
from fastnn.adopting.sources import (
    defaults_of,
    looks_within,
    original,
    plain_arguments,
    source_of,
)
from fastnn.adopting.state import Cell, State, node_of
from fastnn.adopting.statements import Statements
from fastnn.adopting.things import MISSING, SELF, Thing
from fastnn.support import own_numpy

if TYPE_CHECKING:
    from typing import Any

_MOST = 400  # statements that are followed
_LARGEST = 4000  # nodes
_OPTIONAL = 3  # arguments with defaults: methods with more are no layer's


@dataclass
class Reading:
    """What a method does: (object, attribute) -> Cell, what it returns, what it relies on."""

    attributes: dict[tuple[Node, str], Cell]
    result: Any
    draws: Node
    arguments: tuple[str, ...]
    fixed: frozenset[str]  # arguments that were left out
    needed: tuple[int, ...]  # arguments that have no default
    premises: list[tuple[dict[str, Any], str, Any]]
    followed: list[tuple[type, str]]  # methods that it calls
    made_of: dict[Any, tuple[Any, ...]]  # each function that was read, itself too, and its body
    arrays: frozenset[int]  # arguments that are numbers or arrays, or it would raise
    parts: frozenset[str]  # attributes that hold objects of known classes
    looked: frozenset[Any]  # (object, attribute) that it reads as they were before
    there: frozenset[str]  # attributes that have to be there: what makes them was not read
    nothing: frozenset[str]  # attributes that have to be None: what is done with others was not
    given: dict[str, Any]  # attributes whose functions it calls
    equal: dict[str, Any]  # attributes that have to be these numbers and texts
    of_numpy: frozenset[str]  # NumPy's functions that it calls
    guards: tuple[Node, ...]  # conditions without which it raises
    narrows: tuple[Any, ...]  # where it adds to arrays of its own in place, which keep their type
    keyed: Keyed = field(default_factory=Keyed)  # what it finds in dicts and lists
    two_axes: frozenset[Node] = frozenset()  # arrays that have to have two axes, or it raises
    round: Round | None = None  # where it is what a method does for each of several layers


def read(function: Any, kind: type, inner: dict[str, type] | None = None,
         fixed: frozenset[str] = frozenset(), given: dict[str, Any] | None = None,
         keyed: Keyed | None = None, values: dict[str, Any] | None = None, *,
         others: bool = False) -> Reading:
    """What a method of a class does. Unread.

    inner: the classes of objects that it holds; fixed: arguments that are left out; given: the
    functions that its constructor keeps. keyed: whether numbers may be keys of lists. values: what
    arguments that are left out are, in the place of their defaults. others: whether methods of
    objects that it was given are read as values: see `of_another.py`.
    """
    reader = _Reader(kind, inner or {}, given or {}, keyed)
    reader.takes_others = others
    function = original(function)
    state = State()
    node = source_of(function)
    if looks_within(node):
        raise Unread("it looks its own names up, and would find ours")
    names = plain_arguments(node)
    if not names:
        raise Unread("a function without self")
    reader.keys.names = names
    defaults = defaults_of(function)
    known = defaults | (values or {})
    for number, name in enumerate(names):
        came: Node = ("arg", number)
        state.names[name] = state.names["as it came", number] = (
            Cell(const(known[name])) if name in fixed else Cell(came, came))
    return _reading(reader, reader.run(function, node, state), names, defaults, fixed)


def read_round(function: Any, kind: type, inner: dict[str, type], given: dict[str, Any]
               ) -> Reading:
    """What a method does for each layer of several. Unread."""
    reader = _Reader(kind, inner, given, Keyed(lists=True))
    function = original(function)
    node, state = source_of(function), State()
    if looks_within(node):
        raise Unread("it looks its own names up, and would find ours")
    found = round_of(node)
    names = reader.keys.names = [node.args.args[0].arg, found.target]
    for number, name in enumerate(names):
        came: Node = ("arg", number)
        state.names[name] = state.names["as it came", number] = Cell(came, came)
    for name in found.names:
        held: Node = ("attr", SELF, outside(name))
        state.names[name] = Cell(held, held)
    state.names.update(dict.fromkeys(found.own))  # of a round: none of the module's
    body = copy.copy(node)
    body.body = found.work(node.body)
    made = _reading(reader, reader.run(function, body, state), names, {}, frozenset())
    if any(is_outside(name) for _, name in made.attributes):
        raise Unread("a name of the method is set for each layer")
    made.round = found
    return made


def _reading(reader: _Reader, made: State, names: list[str], defaults: dict[str, Any],
             fixed: frozenset[str]) -> Reading:
    kind, inner = reader.kind, reader.inner
    for number, name in enumerate(names):
        if name not in fixed and made.names["as it came", number].node != ("arg", number):
            raise Unread(f"it changes {name}, which it was given")
    for (base, name), cell in made.attributes.items():
        if isinstance(cell, Cell) and size(cell.node) > _LARGEST:
            raise Unread(f"{name} is too long a formula")
        if not isinstance(cell, Cell):
            raise Unread(f"{_words(base)}.{name} is no number and no array")
    for one in reader.guards:
        if not can_be_asked(one) or any(
                inspect.getattr_static(kind, name, MISSING) is not MISSING
                for name in attributes_of(one)):
            raise Unread("it raises an error in cases that are not understood")
        # Wrappers ask for these attributes: who reads them finds them.
        reader.looked -= {(SELF, name) for name in attributes_of(one)}
    for name in sorted(reader.of_numpy):
        if not own_numpy.is_own(name):
            raise Unread(f"np.{name} is not NumPy's own")
    reader.keyed.settle(reader.keys, made.attributes)
    reader.need_others_used([*made.attributes.values(), made.result])
    node_of(made.result)  # Unread where it is a class, a function, a method
    return Reading(dict(made.attributes), made.result, made.draws, tuple(names), fixed,
                   tuple(number for number, name in enumerate(names)
                         if name not in defaults),
                   reader.premises, reader.followed, reader.made_of,
                   frozenset(reader.arrays),
                   frozenset(inner), frozenset(reader.looked), frozenset(reader.there),
                   frozenset(reader.nothing),
                   {name: reader.given[name] for name in sorted(reader.asked)}, {},
                   frozenset(reader.of_numpy), tuple(dict.fromkeys(reader.guards)),
                   _narrows(reader.narrows, made), reader.keyed, frozenset(reader.two_axes))


def _narrows(found: set[tuple[str, ...]], state: State) -> tuple[Any, ...]:
    """What is added in place to each attribute and the result, and to what is none of them."""
    last = [cell.narrows for cell in [*state.attributes.values(), state.result]
            if isinstance(cell, Cell) and cell.narrows]
    others = {one for one in found if not any(kept[:len(one)] == one for kept in last)}
    return tuple(sorted(last)), tuple(sorted(others))


def functions_given(kind: type) -> dict[str, Any]:
    """The functions that the constructor of a class keeps: `super().__init__(relu, slope)`."""
    function = inspect.getattr_static(kind, "__init__")
    if not isinstance(function, types.FunctionType):
        return {}
    reader = _Reader(kind, {}, {})
    reader.constructing = True
    try:
        node, state = source_of(function), State()
        defaults = defaults_of(function)
        for number, name in enumerate(plain_arguments(node)):
            came: Node = ("arg", number)
            state.names[name] = Cell(came, came)
            if name in defaults and isinstance(defaults[name], types.FunctionType):
                state.names[name] = Thing(defaults[name])
        reader.run(function, node, state)
    except (Unread, RecursionError):
        pass  # what came before is as it was read
    return {name: value for name, value in reader.given.items()
            if isinstance(value, types.FunctionType)}


def in_all_ways(function: Any, kind: type, inner: dict[str, type],
                given: dict[str, Any] | None = None) -> tuple[list[Reading], str]:
    """The readings of a method, whole and with arguments left out; why there is none of the whole.

    What a method does with all that it may be given is often more than can be read.
    """
    found, why = [], ""
    optional = list(defaults_of(original(function)))
    for count in range(len(optional) + 1 if len(optional) <= _OPTIONAL else 1):
        for lists in (False, True):
            keyed = Keyed(lists)
            try:
                made = read(function, kind, inner, frozenset(optional[len(optional) - count:]),
                            given, keyed, others=True)
            except (Unread, RecursionError) as error:
                why = why or str(error)
            else:
                found.append(made)
            if not keyed.unsure:
                break
    return found, why


def _words(base: Node) -> str:
    return "self" if base == SELF else "an argument"


class _Reader(Calls, Statements):
    """Follows one method, and what it calls."""

    def __init__(self, kind: type, inner: dict[str, type], given: dict[str, Any],
                 keyed: Keyed | None = None) -> None:
        self.kind, self.inner = kind, inner
        self.keyed, self.keys = keyed or Keyed(), Keys([])
        self.premises: list[tuple[dict[str, Any], str, Any]] = []
        self.left = _MOST
        self.followed: list[tuple[type, str]] = []
        self.made_of: dict[Any, tuple[Any, ...]] = {}
        self.arrays: set[int] = set()
        self.looked: set[Any] = set()
        self.of_numpy: set[str] = set()
        self.narrows: set[tuple[str, ...]] = set()
        self.guards: list[Node] = []
        self.two_axes: set[Node] = set()
        self.functions: list[Any] = []
        self.loops = 0
        self.takes_others, self.others = False, []
        self.placed = []
        self.constructing, self.given = False, dict(given)
        self.there: set[str] = set()
        self.nothing: set[str] = set()
        self.asked: set[str] = set()
