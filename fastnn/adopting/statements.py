"""The lines of a method's source."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

from fastnn.adopting.assigning import Assigning
from fastnn.adopting.given_up import raises_for_nothing
from fastnn.adopting.held import begins_with_zeros
from fastnn.adopting.loops import Loops, leaves
from fastnn.adopting.nodes import FALSE, NONE, TRUE, Node, Raised, Unread, choose, op, truth
from fastnn.adopting.state import Cell, State, joined, ways
from fastnn.adopting.syntax import walk
from fastnn.adopting.things import SELF
from fastnn.support.bodies import made_of

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEPEST = 12  # calls within calls


class Statements(Assigning, Loops):
    """Follows a body, line by line."""

    made_of: dict[Any, tuple[Any, ...]]
    left: int  # lines that may still come
    looked: set[Any]
    there: set[str]  # attributes that are not None
    nothing: set[str]  # attributes that are None
    kind: type  # the class whose method it is
    guards: list[Node]  # conditions without which it raises

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
                  for one in walk(part) if isinstance(one, ast.Call)]
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
    for one in walk(made[0]):
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


def _is_own(node: Node) -> bool:
    """Whether it is an attribute of the object as it was before."""
    return node[0] == "attr" and node[1] == SELF


_NAMES: dict[type, str] = {ast.While: "a while", ast.With: "a with", ast.Try: "a try",
                           ast.Global: "a global", ast.Import: "an import",
                           ast.ImportFrom: "an import", ast.Delete: "a del"}
