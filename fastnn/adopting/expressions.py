"""The expressions of a method's source."""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.adopting import numpy_words
from fastnn.adopting.assigning import BINARY
from fastnn.adopting.axes import Axes
from fastnn.adopting.held import Held, is_of_dicts
from fastnn.adopting.making import Making
from fastnn.adopting.nodes import NONE, Node, Unread, const, is_condition, op
from fastnn.adopting.slots import of_class
from fastnn.adopting.sources import declared, original
from fastnn.adopting.state import Cell, Items, State, either, node_of, ways
from fastnn.adopting.things import MISSING, SELF, Bound, Numpy, Super, Thing

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMES: dict[type, str] = {
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension", ast.GeneratorExp: "a generator", ast.Lambda: "a lambda",
    ast.Starred: "a star", ast.NamedExpr: "a :=",
    ast.Dict: "a dictionary", ast.Set: "a set", ast.Yield: "a yield", ast.Await: "an await"}


class Expressions(Held, Axes, Making):
    """What an expression stands for."""

    kind: type  # the class whose method it is
    inner: dict[str, type]  # of the objects that it holds
    premises: list[tuple[dict[str, Any], str, Any]]
    followed: list[tuple[type, str]]
    arrays: set[int]
    functions: list[Any]
    looked: set[Any]
    constructing: bool
    given: dict[str, Any]  # attributes that hold functions
    others: list[Node]  # calls of methods of which nothing is known
    asked: set[str]  # those that are called
    condition: Callable[..., Node]
    is_nothing: Callable[..., bool]
    listed: Callable[..., Node]
    follow: Callable[..., Any]

    def value(self, node: ast.expr, state: State) -> Cell:
        """A value that is a number or an array."""
        found = self.any(node, state)
        if not isinstance(found, Cell):
            return Cell(node_of(found))
        if found.node == ("undefined",):
            raise Unread("a name that is not always there")
        return found

    def any(self, node: ast.expr, state: State) -> Any:
        """What an expression stands for."""
        look = getattr(self, f"_see_{type(node).__name__.lower()}", None)
        if look is None:
            what = _NAMES.get(type(node), "an expression")
            raise Unread(f"line {node.lineno} of it: {what} that is not understood")
        return look(node, state)

    def _see_constant(self, node: ast.Constant, state: State) -> Cell:
        return Cell(const(node.value))

    def _see_name(self, node: ast.Name, state: State) -> Any:
        if node.id in state.names:
            found = state.names[node.id]
            if found is None:
                raise Unread("a name that is not always there")
            return found
        function = self.functions[-1]
        if node.id in function.__code__.co_freevars:
            if node.id == "__class__":
                return Thing(self.kind)
            return self.around(node.id)
        names = function.__globals__
        if node.id in names:
            value = names[node.id]
            self.rely(names, node.id, value)
            return self._known(node.id, value)
        if hasattr(builtins, node.id):
            self.rely(names, node.id, MISSING)
            return Thing(getattr(builtins, node.id))
        raise Unread(f"{node.id} is not defined yet")

    def taken_for_array(self, node: Node) -> None:
        """Keep that an argument has to be a number or an array: no layer can be one."""
        if node[0] == "arg":
            self.arrays.add(node[1])

    def rely(self, names: dict[str, Any], name: str, value: Any) -> None:
        """Keep what a name of the module is now: where it is another, nothing is proved."""
        if not any(one[0] is names and one[1] == name for one in self.premises):
            self.premises.append((names, name, value))

    def _known(self, name: str, value: Any) -> Any:
        if isinstance(value, (types.ModuleType, type, types.FunctionType,
                              types.BuiltinFunctionType, np.ufunc)) or _is_numpys(value):
            return Thing(value)
        if type(value) in (int, float, bool):  # another one is another program: see premises
            return Cell(const(value))
        if isinstance(value, tuple) and all(type(one) is str for one in value):
            return Items(tuple(Cell(const(one)) for one in value))
        raise Unread(f"it reads the global {name}, which may change")

    def _see_attribute(self, node: ast.Attribute, state: State) -> Any:
        base = self.any(node.value, state)
        if isinstance(base, Thing):
            return self._of_thing(base.value, node.attr)
        if isinstance(base, Super):
            return self.of_class(SELF, node.attr, base.after)
        if not isinstance(base, Cell):
            raise Unread(f".{node.attr} of something that is not known")
        return self.attribute(base, node.attr, state)

    def _of_thing(self, thing: Any, name: str) -> Thing | Cell:
        if thing is np and name == "newaxis" and np.newaxis is None:
            self.rely(vars(np), name, None)
            return Cell(NONE)
        if numpy_words.is_numpy(thing):
            return Thing(Numpy(name))
        if isinstance(thing, Numpy) and thing.name == "random":
            return Thing(Numpy(f"random.{name}"))
        if isinstance(thing, Numpy) and name == "reduce":
            return Thing(Numpy(f"{thing.name}.reduce"))
        if isinstance(thing, types.ModuleType) and isinstance(
                getattr(thing, name, None), types.FunctionType):
            self.rely(vars(thing), name, getattr(thing, name))
            return Thing(getattr(thing, name))
        raise Unread(f".{name} of {getattr(thing, '__name__', 'something')}")

    def attribute(self, base: Cell, name: str, state: State) -> Any:
        """BASE.NAME: of an object an attribute or a method, of an array what arrays have."""
        is_object = base.node == SELF or self.kind_of(base.node) is not None
        if not is_object and (base.node, name) not in state.attributes:
            found = numpy_words.attribute(name, base.node)
            if found is not None:
                base.viewed = base.viewed or name == "T"
                return Cell(found, ("view",) if name == "T" else None)
            if numpy_words.is_method(name) or name == "append" or is_of_dicts(name, base):
                return Bound(name, base.node, cell=base)
        if any(one[2] == base.node for one in self.others):
            raise Unread("an attribute of an object that has computed meanwhile")
        if base.node[0] not in ("arg", "attr") and not _is_element(base.node):
            raise Unread(f".{name} of something that is not known")
        key = base.node, name
        if key in state.attributes:
            return state.attributes[key]
        kind = self.kind if base.node == SELF else self.kind_of(base.node)
        if base.node == SELF and name in self.given and not self.constructing:
            self.asked.add(name)
            return Thing(self.given[name])
        if kind is not None:
            found = of_class(kind, name)
            if isinstance(found, (types.FunctionType, staticmethod)):
                return self.of_class(base.node, name, kind)
            if type(found) is property and base.node == SELF and not self.constructing:
                return self.computed(found, kind, name, state)
            if found is not MISSING and hasattr(type(found), "__get__"):
                raise Unread(f"{name} is a property")
        if base.node in self.keyed.made:
            raise Unread("a key that a dict that was made anew has not")
        if kind is None or of_class(kind, name) is MISSING:
            self.looked.add(key)
        cell = Cell(("attr", *key), ("attr", *key))
        state.attributes[key] = cell
        return cell

    def computed(self, found: property, kind: type, name: str, state: State) -> Any:
        """What a property gives: as long as it is this one."""
        owner = next(one for one in kind.__mro__ if name in vars(one))
        self.premises.append((vars(owner), name, found))  # type: ignore[arg-type]
        return self.follow(found.fget, [Cell(SELF, SELF)], {}, state)

    def kind_of(self, node: Node) -> type | None:
        """The class of an object that the object holds, where its constructor says it."""
        if node[0] == "attr" and node[1] == SELF:
            return self.inner.get(node[2])
        return None

    def of_class(self, owner: Node, name: str, kind: type) -> Bound:
        """A method of a class, of this object."""
        found = inspect.getattr_static(kind, name, None)
        if isinstance(found, staticmethod):
            return Bound(name, None, found.__func__, kind)
        if not isinstance(found, types.FunctionType):
            raise Unread(f"{name} is not a plain method")
        if (kind, name) not in self.followed:
            self.followed.append((kind, name))
        return Bound(name, owner, original(found), kind)

    def _see_namedexpr(self, node: ast.NamedExpr, state: State) -> Any:
        if node.target.id in declared(self.functions[-1]):
            raise Unread(f"the global {node.target.id} is set")
        value = state.names[node.target.id] = self.any(node.value, state)
        return value

    def _see_binop(self, node: ast.BinOp, state: State) -> Any:
        a, b = self.operand(node.left, state), self.operand(node.right, state)
        if isinstance(a, Items) and isinstance(b, Items) and isinstance(node.op, ast.Add):
            if {a.kind, b.kind} == {"tuple", "list"}:
                raise Unread("a tuple and a list are added")
            return Items(a.values + b.values, a.kind if a.kind == b.kind else "")
        name = BINARY.get(type(node.op))
        if name is None:
            raise Unread("an operator that is not understood")
        mine, other = node_of(a), node_of(b)
        for one in (mine, other):
            self.taken_for_array(one)
        if name == "add" and mine[0] == other[0] == "text":
            return Cell(("text", mine[1] + other[1]))
        return Cell(op(name, mine, other))

    def _see_joinedstr(self, node: ast.JoinedStr, state: State) -> Cell:
        """An f-string of texts, as names of attributes are made."""
        parts = []
        for one in node.values:
            plain = isinstance(one, ast.FormattedValue) and (
                one.conversion == -1 and one.format_spec is None)
            found = self.any(one.value if isinstance(one, ast.FormattedValue) else one, state)
            if not isinstance(found, Cell) or found.node[0] != "text" or not (
                    plain or isinstance(one, ast.Constant)):
                raise Unread(f"line {node.lineno} of it: an f-string that is not understood")
            parts.append(found.node[1])
        return Cell(("text", "".join(parts)))

    def _see_unaryop(self, node: ast.UnaryOp, state: State) -> Cell:
        if isinstance(node.op, ast.Not):
            return Cell(self.condition(node, state))
        value = self.value(node.operand, state).node
        if isinstance(node.op, ast.USub):
            return Cell(op("neg", value))
        if isinstance(node.op, ast.Invert) and is_condition(value):
            return Cell(op("not", value))
        raise Unread("an operator that is not understood")

    def _see_compare(self, node: ast.Compare, state: State) -> Cell:
        if len(node.ops) != 1:
            raise Unread("a comparison of more than two")
        kind = type(node.ops[0])
        if kind in (ast.In, ast.NotIn):
            return self.has_key(node, state)
        a, b = self.value(node.left, state).node, self.value(node.comparators[0], state).node
        if kind in (ast.Gt, ast.GtE):
            a, b = b, a
        name = _COMPARED.get(kind)
        if name is None:
            raise Unread("a comparison that is not understood")
        made = op(name, a, b)
        return Cell(op("not", made) if kind is ast.IsNot else made)

    def _see_ifexp(self, node: ast.IfExp, state: State) -> Any:
        condition = self.condition(node.test, state)
        yes, no = ways(state, condition)
        if condition[0] == "bool":
            return self.any(node.body if condition[1] else node.orelse, state)
        try:
            first = self.value(node.body, yes)
        except Unread:
            if not self.is_nothing(node.test, node.body):
                raise
            return self.any(node.orelse, state)
        return either(condition, first, self.value(node.orelse, no))

    def _see_tuple(self, node: ast.Tuple | ast.List, state: State) -> Items:
        values: list[Any] = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                inner = self.any(one.value, state)
                if not isinstance(inner, Items):
                    raise Unread(f"line {one.lineno} of it: how many there are in {said(one)} is "
                                 "not known")
                values += inner.values
            else:
                values.append(self.any(one, state))
        return Items(tuple(values), type(node).__name__.lower())

    _see_list = _see_tuple

    def _see_listcomp(self, node: ast.ListComp, state: State) -> Cell:
        (first, *more) = node.generators
        if more or first.ifs or first.is_async:
            raise Unread(f"line {node.lineno} of it: a list comprehension that is not understood")
        over = self.any(first.iter, state)
        if not isinstance(over, Cell):
            raise Unread(f"line {node.lineno} of it: a list comprehension that is not understood")
        return Cell(self.listed(first.target, over, [], node.elt, state))

    def _see_subscript(self, node: ast.Subscript, state: State) -> Any:
        base = self.any(node.value, state)
        index = self.index(node.slice, state)
        if isinstance(base, Items):
            return _item(base, index)
        cell = base if isinstance(base, Cell) else Cell(node_of(base))
        if (name := self.key_in(cell, index)) is not None:
            return self.attribute(cell, name, state)
        if cell.node[:2] == ("op", "shape"):
            if index == ("const", 1):
                self.need_two_axes(cell.node[2], state)
            return Cell(op("item", cell.node, index))
        made = op("item", cell.node, index)
        if index == NONE and made[:2] == ("op", "sum"):
            return Cell(made)  # sums[np.newaxis], and nobody else has the sums
        if index[0] != "tuple" and index[0] != "arg":
            cell.viewed = True
        return Cell(made, ("view",) if cell.viewed else None)

    def index(self, node: ast.expr, state: State) -> Node:
        """What stands in square brackets."""
        if isinstance(node, ast.Slice):
            parts = [NONE if one is None else self.value(one, state).node
                     for one in (node.lower, node.upper, node.step)]
            return ("slice", *parts)
        if isinstance(node, ast.Tuple):
            return ("tuple", *(self.index(one, state) for one in node.elts))
        found = node_of(self.any(node, state))
        if found[0] == "const" and type(found[1]) is not int:
            raise Unread("an index that is no whole number")
        return found


_COMPARED: dict[type, str] = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "lt", ast.GtE: "le",
                              ast.Eq: "eq", ast.NotEq: "ne", ast.Is: "is", ast.IsNot: "is"}


def said(node: ast.AST) -> str:
    """A piece of the source, for a sentence."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


def _item(items: Items, index: Node) -> Any:
    """An item or a slice of a tuple."""
    plain = [one[1] if one[0] == "const" else None for one in index[1:]] if (
        index[0] == "slice") else []
    if index[0] == "const" and type(index[1]) is int and abs(index[1]) < len(items.values):
        return items.values[index[1]]
    if index[0] == "slice" and all(one is None or type(one) is int for one in plain) and all(
            one[0] in ("const", "none") for one in index[1:]):
        return Items(items.values[slice(*plain)], items.kind)
    raise Unread("an item of a tuple")


def _is_element(node: Node) -> bool:
    """Whether it is one of several objects that an attribute holds, or that are given."""
    return node[:2] == ("op", "item") and node[2][0] in ("attr", "arg") and node[3][0] == "index"


def _is_numpys(value: Any) -> bool:
    return callable(value) and getattr(value, "__module__", "") == "numpy"
