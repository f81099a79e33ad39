"""What lines assign: names, attributes, items, and what `a += b` changes in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from fastnn.adopting.held import Beginning
from fastnn.adopting.names import key_of
from fastnn.adopting.nodes import Node, Unread, op
from fastnn.adopting.sources import declared
from fastnn.adopting.state import Cell, Items, State, cells_of, node_of
from fastnn.adopting.things import SELF, Thing

if TYPE_CHECKING:
    from collections.abc import Callable

BINARY: dict[type, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
                            ast.Pow: "pow", ast.MatMult: "matmul", ast.Mod: "mod"}


class Assigning:
    """Gives values to names and attributes."""

    functions: list[Any]  # those that are followed, one within the other
    taken_for_array: Callable[[Node], None]
    narrows: set[tuple[str, ...]]  # of the arrays that were changed in place
    constructing: bool  # whether it is a constructor, of which the functions are asked for
    given: dict[str, Any]  # attributes that hold functions
    any: Callable[..., Any]
    value: Callable[..., Cell]
    index: Callable[..., Node]
    key_in: Callable[..., str | None]
    parts_of: Callable[..., Items | None]
    rebuild: Callable[..., bool]
    make_dict: Callable[..., bool]
    need_two_axes: Callable[..., None]

    def _do_assign(self, statement: ast.Assign, state: State) -> None:
        value = self.any(statement.value, state)
        for target in statement.targets:
            self.put(target, value, state)

    def _do_annassign(self, statement: ast.AnnAssign, state: State) -> None:
        if statement.value is not None:
            self.put(statement.target, self.any(statement.value, state), state)

    def put(self, target: ast.expr, value: Any, state: State) -> None:
        """Assign."""
        if isinstance(target, ast.Name):
            if target.id in self._globals():
                raise Unread(f"the global {target.id} is set")
            state.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value, state)
            self.set_attribute(base, target.attr, value, state)
        elif isinstance(target, ast.Subscript):
            cell = self.value(target.value, state)
            index = self.index(target.slice, state)
            if (name := self.key_in(cell, index)) is not None:
                self.set_attribute(cell, name, value, state)
                return
            self._change(cell, op("set", cell.node, index, node_of(value)), state)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Items) and len(
                value.values) == len(target.elts):
            for one, part in zip(target.elts, value.values):
                self.put(one, part, state)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Cell) and (
                value.node[:2] == ("op", "shape") and len(target.elts) == 2):
            self.need_two_axes(value.node[2], state)
            for one, word in zip(target.elts, ("len", "width")):
                self.put(one, Cell(op(word, value.node[2])), state)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Cell) and (
                parts := self.parts_of(value, len(target.elts), state)) is not None:
            self.put(target, parts, state)
        else:
            raise Unread("an assignment that is not understood")

    def _globals(self) -> tuple[str, ...]:
        return declared(self.functions[-1])

    def set_attribute(self, base: Cell, name: str, value: Any, state: State) -> None:
        """Assign to an attribute."""
        if base.node[0] not in ("arg", "attr") or base.origin != base.node:
            raise Unread("an attribute of something that is no known object")
        if self.constructing and isinstance(value, Thing) and base.node == SELF:
            self.given[name] = value.value
            return
        if isinstance(value, Items) and self.rebuild(base, name, value, state) or (
                isinstance(value, Beginning) and self.make_dict(base, name, value, state)):
            return
        if not isinstance(value, Cell) or key_of(("attr", base.node, name)) is None:
            raise Unread(f"{name} is no number and no array")
        before = state.attributes.get((base.node, name))
        if isinstance(before, Cell) and before is not value and before.changed and before.origin:
            raise Unread(f"{name} is changed in place and then another")
        state.attributes[base.node, name] = value

    def _change(self, cell: Cell, node: Node, state: State) -> None:
        if cell.viewed:
            raise Unread("an array that is changed while another looks at it")
        if cell.origin == ("view",) or _may_be_another(cell, state):
            raise Unread("a part of an array that is changed in place")
        if cell.node[0] in ("const", "bool", "none", "text"):
            raise Unread("an item of a number")
        if cell.origin and cell.origin[0] in ("attr", "mixed") and not any(
                one is cell for one in state.attributes.values()):
            raise Unread("an array that was an attribute is changed in place")
        cell.node, cell.changed = node, True

    def _do_augassign(self, statement: ast.AugAssign, state: State) -> None:
        name = BINARY.get(type(statement.op))
        if name is None:
            raise Unread("an assignment that is not understood")
        target, value = statement.target, self.value(statement.value, state)
        held = False
        if isinstance(target, ast.Subscript):
            cell = self.value(target.value, state)
            index = self.index(target.slice, state)
            held = self.key_in(cell, index) is not None
        if isinstance(target, ast.Subscript) and not held:
            made = op(name, op("item", cell.node, index), value.node)
            self._change(cell, op("set", cell.node, index, made), state)
            return
        cell = self.value(target, state)
        made = op(name, cell.node, value.node)
        for one in (cell.node, value.node):
            self.taken_for_array(one)
        if self._is_alone(cell, target, state):
            changed = Cell(made)
            if not (_is_number(cell.node) or _is_number(value.node)):
                changed.narrows = *(cell.narrows or (_maker(cell.node),)), name
                self.narrows.add(changed.narrows)
            self.put(target, changed, state)
        elif held or isinstance(target, ast.Attribute):
            # An array changes in place, a number does not: either way the attribute is it.
            if sum(value is cell for value in state.names.values()):
                raise Unread(f"{ast.unparse(target)} has another name while it changes")
            self._change(cell, made, state)
            self.put(target, cell, state)
        elif _is_held_array(cell, state):
            self._change(cell, made, state)
            cell.array = True
        else:
            raise Unread(f"{ast.unparse(target)} may be changed in place for others")

    def _is_alone(self, cell: Cell, target: ast.expr, state: State) -> bool:
        """Whether nothing else stands for this, so that in place or not is the same."""
        if cell.origin is not None:
            return False
        if cell.node[0] in ("const", "bool"):
            return True
        count = sum(value is cell for value in state.names.values())
        count += sum(value is cell for value in state.attributes.values())
        return count <= 1 and not cell.viewed and not _may_be_another(cell, state)


def _is_number(node: Node) -> bool:
    """Whether it is certain to be a number of Python's, which takes the type of any array."""
    return node[0] in ("const", "bool") or node[0] == "op" and node[1] in ("len", "width", "size")


def _maker(node: Node) -> str:
    """The operation that made an array; products are one."""
    name = node[1] if node[0] == "op" else node[0]
    return "dot" if name == "matmul" else str(name)


def _is_held_array(cell: Cell, state: State) -> bool:
    """Whether a name stands for what an attribute holds, and that may be taken for an array: who
    calls the method asks. Of a number the name alone would be another.
    """
    if cell.origin is None or cell.origin[0] not in ("attr", "mixed") or not any(
            one is cell for one in state.attributes.values()):
        return False
    todo = [cell.node]
    while todo:
        node = todo.pop()
        if node[0] == "if":
            todo += node[2:]
        elif not (cell.array or node[0] == "attr" or node[:2] == ("op", "zeros_like")):
            return False
    return True


def _may_be_another(cell: Cell, state: State) -> bool:
    """Whether something else stands for the same array, in some cases at least."""
    return any({cell.number, *cell.parts} & {one.number, *one.parts}
               for one in cells_of(state) if one is not cell)
