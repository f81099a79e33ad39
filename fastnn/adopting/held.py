"""What a method does with dicts and lists that objects hold, as it is read: see `keyed.py`.

A method is read as it is called later: what it makes at the first call, for a key that is not there
yet, is done by their own lines.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastnn.adopting.keyed import Keys, is_sure, need_distinct, steps_of
from fastnn.adopting.names import item, key_of
from fastnn.adopting.nodes import FALSE, GONE, TRUE, Node, Unread, is_within
from fastnn.adopting.rounds import is_outside
from fastnn.adopting.state import Cell, Items, State, node_of
from fastnn.adopting.things import SELF, Bound

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Keyed:
    """What was relied on of dicts and lists.

    keys: of what, by name. dicts: those that have to be dicts. lengths: how many items a list or
    tuple has; rebuilt: which of them is made anew, as a list or a tuple. needed: what has to be
    there. made: the names in each dict that is made anew, in their order. varying, objects: see
    `Keys`. lists: whether numbers are keys, and no indices of arrays;
    unsure: whether that would be another reading.
    """

    lists: bool = False
    unsure: bool = False
    keys: dict[tuple[Node, str], Node] = field(default_factory=dict)
    dicts: set[Node] = field(default_factory=set)
    lengths: dict[Node, int] = field(default_factory=dict)
    rebuilt: dict[Node, str] = field(default_factory=dict)
    needed: set[tuple[Node, str]] = field(default_factory=set)
    made: dict[Node, tuple[str, ...]] = field(default_factory=dict)
    varying: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()

    def settle(self, keys: Keys, attributes: dict[tuple[Node, str], Any]) -> None:
        """When all is read. Unread where two may be one, or where nobody looks for what is needed.
        """
        need_distinct(self.keys)
        found = set()
        for base, name in attributes:
            node: Node = ("attr", base, name)
            while node[0] == "attr":
                found.add(node[1:])
                node = node[1]
        if not self.needed <= found:
            raise Unread("a key that is asked for, and not what it has")
        for base, names in self.made.items():
            if any(is_within(("attr", base, name), node_of(attributes[base, name]))
                   for name in names):
                raise Unread("a dict that is made anew in some cases")
        self.varying, self.objects = frozenset(keys.varying), frozenset(keys.objects)

    @property
    def is_plain(self) -> bool:
        """Whether it is no more than a dict of parameters, which runs know, too."""
        return not (self.lists or self.dicts or self.varying or self.objects or self.made) and all(
            key[0] == "text" and len(steps_of(base)[1]) == 1
            for (base, _), key in self.keys.items())


@dataclass(frozen=True)
class Beginning:
    """A dict that is made: what is to be there when there is nothing, and no more is known of it.

    keys: its keys, where these are texts.
    """

    values: tuple[Any, ...]
    keys: tuple[str, ...] = ()


class Held:
    """Finds what stands under keys."""

    keys: Keys
    keyed: Keyed
    looked: set[Any]
    placed: list[Beginning]  # the dicts that are attributes by now
    any: Callable[..., Any]
    attribute: Callable[..., Any]

    def key_in(self, cell: Cell, index: Node) -> str | None:
        """The name of an item of a dict that an object holds, self.params["W"]; None of others."""
        if cell.node[0] != "attr" or cell.origin != cell.node:
            return None
        root, steps = steps_of(cell.node)
        if root[0] != "arg" or is_outside(steps[0]):
            return None
        text = self.keys.of(index)
        if text is None:
            return None
        if not is_sure(index) and not self.keyed.lists:
            self.keyed.unsure = True
            return None
        name = item(index[1]) if index[0] == "text" else f"[{text}]"
        if key_of(("attr", cell.node, name)) is None:
            return None
        self.keyed.keys[cell.node, name] = index
        return name

    def parts_of(self, value: Cell, count: int, state: State) -> Items | None:
        """The items of a list that an object holds; None where it is none."""
        begun = value.node[:2] == ("op", "get") and value.node[3] in (
            ("tuple", *[zero] * count) for zero in (("const", 0), ("const", 0.0)))
        if not begun and (value.node[0] != "attr" or value.origin != value.node):
            return None
        if not self.keyed.lists:
            self.keyed.unsure = True
            return None
        if begun:  # getattr(layer, "m", (0, 0)): as it is later
            _, base, name = value.node[2]
            value = self.attribute(Cell(base, base), name, state)
        names = [self.key_in(value, ("const", place)) for place in range(count)]
        if None in names:
            return None
        self.keyed.lengths[value.node] = count
        looked = set(self.looked)
        found = Items(tuple(self.attribute(value, name, state) for name in names))
        self.looked &= looked  # they are there, for there are as many
        return found

    def rebuild(self, base: Cell, name: str, value: Items, state: State) -> bool:
        """Whether an attribute is given a tuple or list of arrays, which is another one then.

        Of a layer's alone: others that an object holds under a key ours would change in place, and
        a tuple raises.
        """
        if base.node[0] != "arg":
            return False
        node = ("attr", base.node, name)
        if not self.keyed.lists or value.kind == "" or node not in self.keyed.lengths or (
                self.keyed.lengths[node] != len(value.values) or node in self.keyed.rebuilt):
            self.keyed.unsure = True
            return False
        cell = Cell(node, node)
        for place, one in enumerate(value.values):
            key = self.key_in(cell, ("const", place))
            if key is None or not isinstance(one, Cell) or one.origin is not None:
                return False
            state.attributes[node, key] = one
        self.keyed.rebuilt[node] = value.kind
        return True

    def make_dict(self, base: Cell, name: str, value: Beginning, state: State) -> bool:
        """Whether an attribute of the object is given a dict of arrays that the method has made,
        each under a text: `self.grads = {"W": dW, "b": db}`.
        """
        node = ("attr", base.node, name)
        others = [one for key, one in state.attributes.items() if key != (base.node, name)]
        if any(one is value for one in self.placed):
            return False  # one dict under two names
        if base.node != SELF or not value.keys or len({*value.keys}) < len(value.keys) or (
                node in self.keyed.made or any(isinstance(one, Cell) and one.node == node for one in
                                               [*state.names.values(), *others])):
            return False
        cells = dict(zip(map(item, value.keys), value.values))
        if not all(isinstance(one, Cell) and one.origin is None and one.node[0] in ("op", "if")
                   for one in cells.values()):
            return False
        for key, text in zip(cells, value.keys):
            if self.key_in(Cell(node, node), ("text", text)) != key:
                return False
            state.attributes[node, key] = cells[key]
        self.keyed.made[node] = tuple(cells)
        self.placed.append(value)
        return True

    def _see_dict(self, node: ast.Dict, state: State) -> Beginning:
        if not all(isinstance(one, ast.Constant) for one in node.keys):
            raise Unread(f"line {node.lineno} of it: a dictionary that is not understood")
        keys = [one.value for one in node.keys if isinstance(one, ast.Constant)]
        texts = tuple(one for one in keys if isinstance(one, str))
        return Beginning(tuple(self.any(one, state) for one in node.values),
                         texts if len(texts) == len(keys) else ())

    def _in_dict(self, cell: Any, key: Any) -> str:
        """The name of what a dict has under a key."""
        if not isinstance(cell, Cell) or not isinstance(key, (Cell, Items)):
            raise Unread("a key that is not understood")
        lists, self.keyed.lists = self.keyed.lists, True  # a dict it has to be
        name = self.key_in(cell, node_of(key))
        self.keyed.lists = lists
        if name is None:
            raise Unread("a key that is not understood")
        self.keyed.dicts.add(cell.node)
        return name

    def has_key(self, node: ast.Compare, state: State) -> Cell:
        """`key in self.cache`: as it is later."""
        key, cell = self.any(node.left, state), self.any(node.comparators[0], state)
        self.keyed.needed.add((getattr(cell, "node", SELF), self._in_dict(cell, key)))
        return Cell(TRUE if isinstance(node.ops[0], ast.In) else FALSE)

    def get(self, function: Bound, args: list[Any], named: dict[str, Any], state: State) -> Any:
        """`self.cache.get(key, np.zeros_like(g))`, setdefault and pop: as it is later."""
        if named or not 0 < len(args) < 3 or any(map(_may_raise, args[1:])):
            raise Unread(f"{function.name} with these arguments")
        name = self._in_dict(function.cell, args[0])
        found = self.attribute(function.cell, name, state)
        if function.name == "pop":
            state.attributes[function.cell.node, name] = Cell(GONE)
        return found


def begins_with_zeros(node: ast.AST) -> bool:
    """Whether lines make nothing but zeros, and what holds them: else a state begins with others,
    which is no optimizer's that is known.
    """
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        return name in ("zeros_like", "zeros") or name in _HOLDING and all(
            map(begins_with_zeros, node.args))
    if isinstance(node, ast.Constant):
        return not node.value
    return isinstance(node, ast.comprehension) or not isinstance(
        node, (ast.BinOp, ast.UnaryOp, ast.Attribute)) and all(
        map(begins_with_zeros, ast.iter_child_nodes(node)))


_HOLDING = ("dict", "list", "tuple", "range", "len", "enumerate", "zip", "id", "append")


def _may_raise(value: Any) -> bool:
    """Whether what is to be there when there is nothing may raise, or is no beginning."""
    if isinstance(value, (Items, Beginning)):
        return any(map(_may_raise, value.values))
    if not isinstance(value, Cell):
        return True
    return value.node[0] not in ("const", "none") and not (
        value.node[:2] == ("op", "zeros_like") and value.node[2][0] == "attr")


def is_of_dicts(name: str, cell: Any) -> bool:
    """Whether it is a method that dicts have, of what an object holds."""
    return name in ("get", "setdefault", "pop") and cell is not None and (
        cell.node[0] == "attr" and cell.origin == cell.node)
