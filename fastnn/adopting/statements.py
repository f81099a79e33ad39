"""The lines of a method's source."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

from fastnn.adopting.given_up import raises_for_nothing
from fastnn.adopting.held import begins_with_zeros
from fastnn.adopting.loops import Loops, leaves
from fastnn.adopting.names import key_of
from fastnn.adopting.nodes import FALSE, NONE, TRUE, Node, Raised, Unread, choose, op, truth
from fastnn.adopting.sources import declared
from fastnn.adopting.state import Cell, Items, State, cells_of, joined, node_of, ways
from fastnn.adopting.things import SELF, Thing
from fastnn.support.bodies import made_of

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEPEST = 12  # calls within calls
BINARY: dict[type, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
                            ast.Pow: "pow", ast.MatMult: "matmul", ast.Mod: "mod"}


class Statements(Loops):
    """Follows a body, line by line."""

    functions: list[Any]  # those that are followed, one within the other
    made_of: dict[Any, tuple[Any, ...]]
    taken_for_array: Callable[[Node], None]
    left: int  # lines that may still come
    looked: set[Any]
    narrows: set[tuple[str, ...]]  # of the arrays that were changed in place
    there: set[str]  # attributes that are not None
    nothing: set[str]  # attributes that are None
    kind: type  # the class whose method it is
    guards: list[Node]  # conditions without which it raises
    constructing: bool  # whether it is a constructor, of which the functions are asked for
    given: dict[str, Any]  # attributes that hold functions
    value: Callable[..., Cell]
    index: Callable[..., Node]
    key_in: Callable[..., str | None]
    parts_of: Callable[..., Items | None]
    rebuild: Callable[..., bool]
    need_two_axes: Callable[..., None]

    def run(self, function: Any, node: ast.FunctionDef, state: State) -> State:
        """The state after a function's body, with what it returned."""
        if len(self.functions) > _DEEPEST or function in self.functions:
            raise Unread("a function that calls itself")
        self.functions.append(function)
        self.made_of[function] = made_of(function)
        if (line := raises_for_nothing(node)) is not None:
            raise Unread(f"line {line} of it: what is computed there is not used, and may raise")
        try:
            made = self.block(node.body, state)
        finally:
            self.functions.pop()
        if not made.left:
            made.result, made.left = Cell(NONE), True
        return made

    def block(self, body: list[ast.stmt], state: State) -> State:
        """The state after these lines."""
        for number, statement in enumerate(body):
            self.left -= 1
            if self.left < 0:
                raise Unread("too many lines")
            if isinstance(statement, ast.Match):
                statement = _as_if(statement)
            if isinstance(statement, ast.If):
                rest = body[number + 1:] if leaves(statement) else []
                state = self._if(statement, rest, state)
                if leaves(statement):  # both ways have gone to the end
                    return state
                if state.left:
                    return state
                continue
            do = getattr(self, f"_do_{type(statement).__name__.lower()}", None)
            if do is None:
                what = _NAMES.get(type(statement), "a statement")
                raise Unread(f"line {statement.lineno} of it: {what} that is not understood")
            state = do(statement, state) or state
            if state.left:
                return state
        return state

    def _if(self, statement: ast.If, rest: list[ast.stmt], state: State) -> State:
        condition = self.condition(statement.test, state)
        end = leaves(statement)
        if isinstance(statement.test, ast.Compare) and isinstance(
                statement.test.ops[0], (ast.In, ast.NotIn)):
            begun = statement.body if condition == FALSE else statement.orelse
            if not all(begins_with_zeros(getattr(one, "value", one)) for one in begun):
                raise Unread(f"line {statement.lineno} of it: a beginning that is no zeros")
        try:
            return self._ways(condition, [*statement.body, *rest], [*statement.orelse, *rest],
                              end, state)
        except Unread:
            if not self.is_nothing(statement.test, statement.body):
                raise
            return self._way([*statement.orelse, *rest], end, state)

    def is_nothing(self, test: ast.expr, body: list[ast.stmt] | ast.expr) -> bool:
        """Whether this is `if self.activation: ... self.activation(...)`: of objects that have none
        it is known what they do, and who calls the method asks.
        """
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot) and isinstance(
                test.comparators[0], ast.Constant) and test.comparators[0].value is None:
            test = test.left
        first = self.functions[-1].__code__.co_varnames[0]
        if not isinstance(test, ast.Attribute) or not isinstance(test.value, ast.Name) or (
                test.value.id != first or len(self.functions) > 1) or inspect.getattr_static(
                self.kind, test.attr, self) is not self:
            return False
        called = [one.func for part in (body if isinstance(body, list) else [body])
                  for one in ast.walk(part) if isinstance(one, ast.Call)]
        called += [one.value for one in called if isinstance(one, ast.Attribute)]
        if not any(ast.dump(one) == ast.dump(test) for one in called):
            return False
        self.nothing.add(test.attr)
        self.looked.discard((SELF, test.attr))
        return True

    def _way(self, body: list[ast.stmt], to_the_end: bool, state: State) -> State:
        if raises := _raises(body):  # whatever else it does before
            self._do_raise(raises, state)
        state = self.block(body, state)
        if to_the_end and not state.left:
            state.result, state.left = Cell(NONE), True
        return state

    def _ways(self, condition: Node, body: list[ast.stmt], other: list[ast.stmt], end: bool,
              state: State) -> State:
        if condition[0] == "bool":
            return self._way(body if condition[1] else other, end, state)
        if condition[0] == "if":  # a condition that is another in each of two cases
            yes, no = ways(state, condition[1])
            return self._joined(
                condition[1], lambda: self._ways(condition[2], body, other, end, yes),
                lambda: self._ways(condition[3], body, other, end, no))
        if condition[:2] == ("op", "not"):
            return self._ways(condition[2], other, body, end, state)
        if condition in state.known:
            return self._way(body if state.known[condition] else other, end, state)
        yes, no = ways(state, condition)
        return self._joined(condition, lambda: self._way(body, end, yes),
                            lambda: self._way(other, end, no))

    def _joined(self, condition: Node, yes: Callable[[], State], no: Callable[[], State]) -> State:
        """The state behind both ways; behind one where the other raises: who calls it asks."""
        looked = set(self.looked)
        try:
            first = yes()
        except Raised:
            self.looked.intersection_update(looked)
            self.guards.append(op("not", condition))
            return no()
        except Unread:  # what is made at the first call, in whatever way: the later ones are read
            if condition[:2] != ("op", "is") or condition[3] != NONE or not _is_own(condition[2]):
                raise
            self.there.add(condition[2][2])
            self.looked.intersection_update(looked)
            return no()
        looked = set(self.looked)
        try:
            second = no()
        except Raised:
            self.looked.intersection_update(looked)
            self.guards.append(condition)
            return first
        return joined(condition, first, second)

    def condition(self, node: ast.expr, state: State) -> Node:
        """What an `if` asks."""
        if isinstance(node, ast.BoolOp):
            made = self.condition(node.values[-1], state)
            for one in reversed(node.values[:-1]):
                first = self.condition(one, state)
                made = (choose(first, made, FALSE) if isinstance(node.op, ast.And)
                        else choose(first, TRUE, made))
            return made
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return op("not", self.condition(node.operand, state))
        return truth(self.value(node, state).node)

    def _do_pass(self, statement: ast.Pass, state: State) -> None:
        pass

    def _do_raise(self, statement: ast.Raise, state: State) -> None:
        raise Raised(f"line {statement.lineno} of it: a raise that is not understood")

    def _do_assert(self, statement: ast.Assert, state: State) -> State:
        error = ast.copy_location(ast.Raise(), statement)
        return self._ways(self.condition(statement.test, state), [], [error], False, state)

    def _do_expr(self, statement: ast.Expr, state: State) -> None:
        if not isinstance(statement.value, ast.Constant):
            self.any(statement.value, state)

    def _do_return(self, statement: ast.Return, state: State) -> None:
        state.result = Cell(NONE) if statement.value is None else self.any(statement.value, state)
        state.left = True

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
        if isinstance(value, Items) and self.rebuild(base, name, value, state):
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


def _as_if(statement: ast.Match) -> ast.If:
    """A `match` of something that may be asked again, with numbers and texts, as an `if`."""
    if not isinstance(statement.subject, (ast.Name, ast.Attribute)):
        raise Unread("a match that is not understood")
    made: list[ast.stmt] = []
    for case in reversed(statement.cases):
        pattern, test = case.pattern, case.guard
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is pattern.name is None:
            test = test or ast.Constant(True)
        elif isinstance(pattern, ast.MatchValue) and isinstance(
                pattern.value, ast.Constant) and test is None:
            test = ast.Compare(statement.subject, [ast.Eq()], [pattern.value])
        else:
            raise Unread("a match that is not understood")
        made = [ast.If(test, case.body, made)]
    for one in ast.walk(made[0]):
        if "lineno" in one._attributes and not hasattr(one, "lineno"):
            ast.copy_location(one, statement)
    assert isinstance(made[0], ast.If)
    return made[0]


def _raises(body: list[ast.stmt]) -> ast.Raise | None:
    """The `raise` that lines come to, if they do not end before."""
    for one in body:
        if isinstance(one, (ast.Raise, ast.Return)):
            return one if isinstance(one, ast.Raise) else None
    return None


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


def _is_own(node: Node) -> bool:
    """Whether it is an attribute of the object as it was before."""
    return node[0] == "attr" and node[1] == SELF


_NAMES: dict[type, str] = {ast.While: "a while", ast.With: "a with", ast.Try: "a try",
                           ast.Global: "a global", ast.Import: "an import",
                           ast.ImportFrom: "an import", ast.Delete: "a del"}
