"""Blocks under conditions: in which turns they run, or what they keep account of."""

import ast
from collections.abc import Iterable
from functools import partial
from typing import Any

from fastnn.running.loops import values
from fastnn.running.loops.books import Books
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import Names
from fastnn.running.loops.symbols import Computed, Counted, Known, Listed, Unread


class Branches(Books):
    """Reads `if`, too. guards: in which turns blocks run, as texts of the variable."""

    def __init__(self, names: Names, own: str, carried: Iterable[str] | None,
                 fixed: set[str]) -> None:
        super().__init__(names, own, carried, fixed)
        self.guards: list[str] = []

    def _run_if(self, statement: ast.If) -> None:
        self.branch(statement.test, statement.body, statement.orelse)

    def branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        """A block under a condition, and its else."""
        events, called = len(self.events), dict(self.called)
        try:
            condition = self._tested(test, lone=not orelse)
            if condition is None:
                raise Unread(f"'if {shown(test)}' asks for a value that each turn computes")
        except Unread:
            del self.events[events:]
            self.called = called
            text = self.asked.read(test, self.value)
            if text is None:
                self._waits_for_computed(test)
                raise
            if not self.keeps_books:
                text = self._runs(text, body, orelse)
                body, orelse = [ast.Break()], []
            self.waits(test, text, body, orelse)
            return
        if isinstance(condition, Known):
            self.run(body if condition.value else orelse)
            return
        if not orelse and self.keeps(test, body):
            return
        self.guards.append(self._runs(condition.text, body, orelse))

    def _waits_for_computed(self, test: ast.expr) -> None:
        """Raise Carry, where a condition asks for a number that the turn has computed before."""
        found = {one.id for one in ast.walk(test) if isinstance(one, ast.Name)
                 and isinstance(self.env.get(one.id), Computed | Listed)
                 and not values.is_recorded(self.env[one.id])}
        if found and self.scope is None:
            self.carry(found, f"'if {shown(test)}' asks for a value that each turn computes")

    def _runs(self, condition: str, body: list[ast.stmt], orelse: list[ast.stmt]) -> str:
        """A text: whether one of the two blocks runs, and does anything."""
        text = f"({condition} and {self._happens(body)})"
        return f"({text} or not {condition} and {self._happens(orelse)})" if orelse else text

    def _tested(self, test: ast.expr, lone: bool) -> Any:
        """What a condition stands for; of `this and that` what it begins with, if lone."""
        if lone and isinstance(test, ast.BoolOp):
            leading = self.leading(test)
            if leading is not None:
                return leading
        found = self.value(test)
        return found if self.counting.takes(found) else None

    def leading(self, test: ast.BoolOp) -> Counted | None:
        """The first parts of `this and that`, which alone are computed where they are false."""
        texts, counted = [], False
        for one in test.values if isinstance(test.op, ast.And) else ():
            found = self.tried(partial(self.value, one))
            if not self.counting.takes(found):
                break
            texts.append(self.counting.text(found))
            counted = counted or isinstance(found, Counted)
        return Counted(f"({' and '.join(texts)})") if counted else None

    def _happens(self, block: list[ast.stmt]) -> str:
        """A text: whether the block does anything."""
        found = []
        for one in block:
            if isinstance(one, ast.Pass) or isinstance(one, ast.Expr) and isinstance(
                    one.value, ast.Constant):
                continue
            condition = self._nested(one.test) if isinstance(one, ast.If) else None
            if condition is None or not isinstance(one, ast.If):
                return "True"
            found.append(f"({condition} and {self._happens(one.body)} or not {condition} and "
                         f"{self._happens(one.orelse)})")
        return f"({' or '.join(found)})" if found else "False"

    def _nested(self, test: ast.expr) -> str | None:
        found = self.tried(lambda: self.value(test))
        return self.counting.text(found) if self.counting.takes(found) else None
