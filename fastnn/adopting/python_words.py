"""Python's own functions, as a method's source calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.guarded import KINDS
from fastnn.adopting.nodes import NONE, TRUE, Unread, const, op
from fastnn.adopting.slots import of_class
from fastnn.adopting.state import Cell, Items, State, node_of
from fastnn.adopting.things import MISSING, SELF, Numpy, Thing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _len(reader: Any, args: list[Any], state: State) -> Cell:
    if len(args) != 1:
        raise Unread("len of several")
    (one,) = args
    if isinstance(one, Items):
        return Cell(const(len(one.values)))
    node = node_of(one)
    if node == SELF:  # which raises, or runs its __len__
        raise Unread("the length of an object is not known")
    if node[:2] == ("op", "shape"):
        return Cell(op("ndim", node[2]))
    if node[:2] == ("op", "item") and node[3] == ("const", 0):
        reader.need_two_axes(node[2], state)
        return Cell(op("width", node[2]))
    return Cell(op("len", node))


def _has(reader: Any, args: list[Any], state: State) -> Cell:
    if len(args) != 2 or not isinstance(args[0], Cell) or node_of(args[1])[0] != "text" or (
            args[0].node[0] not in ("arg", "attr")):
        raise Unread("hasattr of something that is not known")
    base, name = args
    key = base.node, name.node[1]
    held = state.attributes.get(key)
    if held is not None and held.origin != ("attr", *key):
        return Cell(TRUE)
    kind = reader.kind if base.node == SELF else reader.kind_of(base.node)
    if kind is not None and of_class(kind, key[1]) is not MISSING:
        return Cell(TRUE)  # what the class has all of its objects have
    return Cell(op("has", ("attr", *key)))


def _getattr(reader: Any, args: list[Any], state: State) -> Any:
    if len(args) not in (2, 3) or node_of(args[1])[0] != "text":
        raise Unread("getattr of something that is not known")
    if not isinstance(args[0], Cell):
        raise Unread("getattr of something that is not known")
    base, name = args[0], args[1].node[1]
    kind = reader.kind if base.node == SELF else reader.kind_of(base.node)
    known = kind is not None and (of_class(kind, name) not in (None, MISSING)
                                  or base.node == SELF and name in reader.inner)
    if len(args) == 3 and not known and base.node[0] in ("arg", "attr", "op"):
        held = state.attributes.get((base.node, name))
        if held is None or held.origin == ("attr", base.node, name):
            return Cell(op("get", ("attr", base.node, name), node_of(args[2])))
    return reader.attribute(base, name, state)


def _setattr(reader: Any, args: list[Any], state: State) -> Cell:
    if len(args) != 3 or not isinstance(args[0], Cell) or node_of(args[1])[0] != "text":
        raise Unread("setattr of something that is not known")
    base, name, value = args
    reader.set_attribute(base, name.node[1], value, state)
    return Cell(NONE)


def _number(name: str) -> Callable[..., Cell]:
    def made(reader: Any, args: list[Any], state: State) -> Cell:
        if len(args) != 1:
            raise Unread(f"{name} of several")
        return Cell(op(name, node_of(args[0])))
    return made


def _plainly(name: str) -> Callable[..., Cell]:
    def made(reader: Any, args: list[Any], state: State) -> Cell:
        return Cell(op(name, *(node_of(one) for one in args)))
    return made


def _enumerate(reader: Any, args: list[Any], state: State) -> Any:
    if len(args) == 1 and isinstance(args[0], Items):
        return Items(tuple(Items((Cell(const(place)), one))
                           for place, one in enumerate(args[0].values)))
    return _plainly("enumerate")(reader, args, state)


def _zip(reader: Any, args: list[Any], state: State) -> Any:
    if args and all(isinstance(one, Items) for one in args):
        return Items(tuple(map(Items, zip(*(one.values for one in args)))))
    return _plainly("zip")(reader, args, state)


def _absolute(reader: Any, args: list[Any], state: State) -> Cell:
    return Cell(op("abs", *(node_of(one) for one in args)))


def _isinstance(reader: Any, args: list[Any], state: State) -> Cell:
    kinds = args[1].values if len(args) == 2 and isinstance(args[1], Items) else args[1:]
    names = []
    for one in kinds:
        thing = one.value if isinstance(one, Thing) else None
        name = thing.name if isinstance(thing, Numpy) else getattr(thing, "__name__", "")
        if name not in KINDS or (name == "ndarray") != isinstance(thing, Numpy) or (
                name != "ndarray" and thing is not KINDS[name]):
            raise Unread("isinstance of something that is not known")
        reader.of_numpy |= {name} if name == "ndarray" else set()
        names.append(name)
    if len(args) != 2 or not names:
        raise Unread("isinstance of something that is not known")
    return Cell(op("isinstance", node_of(args[0]), ("text", " ".join(names))))


BUILTINS: dict[Any, Callable[..., Any]] = {
    max: _plainly("greater of"), min: _plainly("less of"),
    len: _len, hasattr: _has, isinstance: _isinstance, getattr: _getattr, setattr: _setattr,
    range: _plainly("range"), enumerate: _enumerate, zip: _zip, id: _plainly("id"),
    abs: _absolute, float: _number("float"), int: _number("int")}
