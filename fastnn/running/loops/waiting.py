"""Blocks that wait for a value: `if accuracy > 0.95: break`, `if np.isnan(loss): ...`.

In which turns such a block runs nobody knows before. So turns are trained in pieces, and what `fit`
has recorded of each is asked. Where the answer is yes all is put back as it was before the piece,
and trained again up to the turn before: that one, and the one with the block, run as they are.
"""

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.engine.parts import Parts, loss_of
from fastnn.engine.program import Unfit
from fastnn.engine.untouched import Untouched
from fastnn.running.loops.counting import RAISED, Counting
from fastnn.running.loops.keeping import Keeping
from fastnn.running.loops.looprun import LoopRun

_FIRST = 8  # turns of the first piece


class Waiting:
    """The conditions of such blocks, and a training that stops where one comes true.

    texts: what they are, of the variable `_n` and of recorded values `_v0`, `_v1` and so on;
    values: these; says: the first condition, as the program has it.
    """

    def __init__(self, texts: list[str], values: list[Any], says: str, counting: Counting) -> None:
        self._happens = counting.function(
            f"({' or '.join(texts)})", *(f"_v{n}" for n in range(len(values))))
        self._values, self.says = values, says
        self.vain = 0  # turns that the last training did, and put back

    def train(self, run: LoopRun, keeping: Keeping, turns: range, first: int,
              interrupted: Callable[[], bool]) -> int:
        """Train these turns but the last, as far as no block would run, in none of them and in the
        last, which runs as it is next; how many were. The run has taken over at step `first`.
        """
        wanted, size, at = len(turns) - 1, _FIRST, 0
        kept: list[tuple[int, _Saved]] = []
        self.vain = 0
        while True:
            kept = [*kept[-1:], (at, _Saved(run))]
            until = at + 1 if at == wanted else min(at + size, wanted)
            try:
                run.advance(first + until, interrupted)
            except Unfit:
                kept[0][1].put_back()  # of whose turn it is known that no block would run
                raise
            done = run.done - first
            found = self._first(run, keeping, turns, at, done)
            if found is None and done == until <= wanted:
                at, size = until, 2 * size
                continue
            # The turn before the block's runs as it is. The last that was done before Ctrl-C is
            # behind one that nobody knows, and may have to.
            end = wanted if found is None and done > wanted else (
                done if found is None else found) - 1
            end = max(end, 0)
            place, saved = next(one for one in reversed(kept) if one[0] <= end)
            saved.put_back()
            run.advance(first + end, _never)
            self.vain = done - end
            return end

    def _first(self, run: LoopRun, keeping: Keeping, turns: range, at: int,
               until: int) -> int | None:
        """The first of these turns in which a block would run; None for none."""
        columns = [keeping.column(value, run, turns[:until]) for value in self._values]
        with np.errstate(all="ignore"):
            for place, (n, *row) in enumerate(zip(turns[:until], *columns, strict=True)):
                if place < at:
                    continue
                try:
                    if self._happens(n, *row):
                        return place
                except RAISED:
                    return place
        return None


class _Saved:
    """What a run has changed, to be put back: its objects, and where it stands itself."""

    def __init__(self, run: LoopRun) -> None:
        self._objects = Untouched(things_of(run.parts))
        self._arrays = [(array, array.copy()) for array in (
            run._counters, run.memory.rates, run.memory.results)]
        self._run = run

    def put_back(self) -> None:
        """Make all as it was."""
        self._objects.put_back()
        for array, copy in self._arrays:
            array[...] = copy
        self._run.samples.forget()
        self._run._kept = None


def things_of(parts: Parts) -> list[Any]:
    """The objects that a run changes."""
    found = [*parts.layers, parts.loss, loss_of(parts), parts.combined, parts.optimizer,
             parts.accuracy]
    return [one for n, one in enumerate(found) if one is not None and not any(
        one is other for other in found[:n])]


def _never() -> bool:
    return False


class Asked:
    """Reads conditions. is_recorded: whether `fit` records what a symbol stands for; function:
    whether it is a function that conditions are made with.
    """

    def __init__(self, counting: Counting, is_recorded: Callable[[Any], bool],
                 function: Callable[[Any], bool]) -> None:
        self._counting, self._is_recorded, self._function = counting, is_recorded, function
        self._of: Callable[[ast.expr], Any] = id
        self.values: list[Any] = []

    def read(self, node: ast.expr, of: Callable[[ast.expr], Any]) -> str | None:
        """Its text; of: what a piece of it stands for. Who says so holds us and the loop's frame,
        and is not held longer than this takes.
        """
        self._of = of
        try:
            return self.text(node)
        finally:
            self._of = id

    def text(self, node: ast.expr) -> str | None:
        """Python's text of it, with `_v0` and so on for recorded values; None for any other."""
        if isinstance(node, ast.BoolOp):
            return self._joined(" and " if isinstance(node.op, ast.And) else " or ", *node.values)
        if isinstance(node, ast.UnaryOp):
            word = {ast.Not: "not ", ast.USub: "-", ast.UAdd: "+"}.get(type(node.op))
            return word and self._around(f"({word}", node.operand)
        if isinstance(node, ast.BinOp):
            word = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(node.op))
            return word and self._joined(f" {word} ", node.left, node.right)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            word = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
                    ast.NotEq: "!="}.get(type(node.ops[0]))
            return word and self._joined(f" {word} ", node.left, *node.comparators)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Name | ast.Attribute | ast.Constant | ast.Subscript):
            return self._value(node)
        return None

    def _joined(self, word: str, *nodes: ast.expr) -> str | None:
        found = list(map(self.text, nodes))
        return None if None in found else f"({word.join(map(str, found))})"

    def _around(self, begin: str, node: ast.expr) -> str | None:
        found = self.text(node)
        return None if found is None else f"{begin}{found})"

    def _call(self, node: ast.Call) -> str | None:
        if len(node.args) != 1 or node.keywords or any(
                isinstance(one, ast.Call | ast.Starred) for one in ast.walk(node.func)):
            return None
        function = self._of(node.func)
        if not self._function(function):
            return None
        return self._around(f"{self._counting.text(function)}(", node.args[0])

    def _value(self, node: ast.expr) -> str | None:
        if any(isinstance(one, ast.Call) for one in ast.walk(node)):
            return None
        found = self._of(node)
        if self._counting.takes(found):
            return self._counting.text(found)
        if not self._is_recorded(found):
            return None
        self.values.append(found)
        return f"_v{len(self.values) - 1}"
