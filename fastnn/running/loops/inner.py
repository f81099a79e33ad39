"""The loop over batches within each turn of a loop over epochs.

    for epoch in range(60):
        total = 0
        for start in range(0, len(X), 100):
            ...
            total += loss * len(batch)
        if epoch % 10 == 0:
            print(total / len(X))

Its body is read once, for whichever batch: the variable stands in texts as `_m`. What a batch
leaves to the next, as the sum above, may be any number, and nothing of the training may depend on
it. Then a turn is one epoch of `fit`.
"""

import ast
import re
from collections.abc import Iterable
from typing import Any

from fastnn.running.loops.branches import Branches
from fastnn.running.loops.counting import RAISED
from fastnn.running.loops.events import Append, Event
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import Names, is_number
from fastnn.running.loops.symbols import (
    Batched,
    Computed,
    Counted,
    Known,
    Rows,
    Several,
    Unread,
)

_OWN = re.compile(r"\b_m\b")


class Inner(Branches):
    """Reads such a loop, too.

    over: what it goes over; None where there is none. of_step: what happens to objects in each of
    its turns, or in each turn where there is none. appends: lists that get a value in each turn.
    """

    def __init__(self, names: Names, own: str, carried: Iterable[str] | None,
                 fixed: set[str]) -> None:
        super().__init__(names, own, carried, fixed)
        self.over: range | None = None
        self.appends: list[Append] = []
        self._assigned: set[str] = set()
        self._within = slice(0, 0)  # which of the events are of its turns

    @property
    def of_step(self) -> list[Event]:
        """The events of one step."""
        return self.events[self._within] if self.has_batches else self.events

    @property
    def beside(self) -> tuple[list[Event], list[Event]]:
        """The events of a turn before its batches, and behind them."""
        return self.events[:self._within.start], self.events[self._within.stop:]

    @property
    def has_batches(self) -> bool:
        """Whether a turn is more than one step."""
        return self.over is not None and len(self.over) > 1

    def _run_for(self, statement: ast.For) -> None:
        lengths = [len(one) for one in (self.guards, self.numbers, self.lines)]
        batched = self.batched(statement.iter)
        if batched is None:
            self.each(statement)
            return
        head = f"'for {shown(statement.target)} in {shown(statement.iter)}'"
        if statement.orelse or not batched.over or any(not isinstance(
                one, ast.Name | ast.Tuple | ast.Store) for one in ast.walk(statement.target)):
            raise Unread(f"{head} is more than a loop over batches")
        if self.over is not None or self.is_trying:
            raise Unread(f"{head} is a loop more in each turn than the one over batches")
        names = _stored([ast.Expr(statement.target)])
        if names & _stored(statement.body) or self.scope is None and names & {
                self.variable, *self.carried}:
            raise Unread(f"{head} has a variable that is set elsewhere, too")
        self.over = batched.over
        if len(self.over) == 1:
            only = self.counting.text(Known(self.over[0]))
            item, numbers = self._begun(batched), lengths[1]
            self.is_within = False
            self.numbers[numbers:] = self._for_all(self.numbers[numbers:], self.over, asks=False)
            self.binds(statement.target, self.at(item, only))
            self.run(statement.body)
        else:
            self._over_batches(statement, names, batched, lengths)

    def batched(self, node: ast.expr) -> Batched | None:
        """What a loop over numbers goes over; None for any other."""
        over = self._range(node)
        return None if over is None else Batched(over, lambda: Counted("_m"))

    def _range(self, node: ast.expr) -> range | None:
        """The range that a loop goes over, where it is the same in each turn."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or (
                getattr(self.value(node.func), "value", None) is not range):
            return None
        bounds = [self.value(one) for one in node.args]
        if node.keywords or not 0 < len(bounds) < 4 or not all(
                isinstance(one, Known) and type(one.value) is int for one in bounds) or (
                len(bounds) == 3 and not bounds[2].value):
            raise Unread(f"'{shown(node)}' is not known to be the same in each turn")
        return range(*(one.value for one in bounds))

    def _over_batches(self, statement: ast.For, names: set[str], batched: Batched,
                      lengths: list[int]) -> None:
        """lengths: of guards, numbers and lines before what it goes over was read."""
        stored, over = _stored(statement.body), batched.over
        sums = self._may_change(stored, statement.body, over)
        had, set_before = len(self.events), dict(self.set)
        growing = len(self.appends), len(self.remembers)
        asked = len(self.asked.values)
        self.binds(statement.target, self._begun(batched))
        self.run(statement.body)
        self.is_within = False
        self._within = slice(had, len(self.events))
        if growing != (len(self.appends), len(self.remembers)):
            raise Unread("each turn keeps values of its batches, of which fit records none")
        for one in sums:
            found = self.env.get(one)
            if not isinstance(found, Computed) or not found.is_scalar:
                raise Unread(f"{one} is no number that each batch leaves to the next")
        if any(self.set.get(key) is not value for key, value in set_before.items()):
            raise Unread("an attribute is set in each turn, and in each batch once more")
        guards, numbers, lines = lengths
        if lines < len(self.lines):
            whole = self.counting.text(Known(over))
            given = "".join(f", _v{n}" for n in range(asked, len(self.asked.values)))
            self.lines[lines:] = [f"for _m{given} in zip({whole}{given}):" if given else
                                  f"for _m in {whole}:",
                                  *(f"    {one}" for one in self.lines[lines:])]
        self.guards[guards:] = self._for_all(self.guards[guards:], over, asks=True)
        self.numbers[numbers:] = self._for_all(self.numbers[numbers:], over, asks=False)
        last = self.counting.text(Known(over[-1]))
        for one in (names | stored) & set(self.env):
            self.env[one] = self.at(self.env[one], last)
            if self.scope is None and one in self.carried:
                del self.env[one]
        for key in set(self.set) - set(set_before):
            self.set[key] = self.at(self.set[key], last)

    def _begun(self, batched: Batched) -> Any:
        """What such a loop goes over has for a batch, which is read from here on."""
        had = len(self.events)
        self.is_within = True
        found = batched.item()
        if len(self.events) > had:
            raise Unread("what a loop over batches goes over does more than to compute")
        return found

    def _may_change(self, stored: set[str], body: list[ast.stmt], over: range) -> set[str]:
        """Have names that batches set stand for what the batch before may have left; those which
        were numbers.
        """
        sums = set()
        for one in stored & set(self.env):
            held = self.env[one]
            if self.scope is None and one in self.carried:
                del self.env[one]  # it stands for what comes from the batch before
                continue
            step = _counts(one, body) if isinstance(held, Known) and type(held.value) is int else 0
            if step:  # batches += 1
                begin = self.counting.text(held)
                before = f"((_m - {over.start}) // {over.step})"
                self.env[one] = Counted(f"({begin} + {step} * {before})")
                continue
            if isinstance(held, Counted) or isinstance(held, Computed) and held.is_scalar or (
                    isinstance(held, Known) and held.value is not None and is_number(held.value)):
                self.env[one] = Computed(is_scalar=True, is_python=True)
                sums.add(one)
            else:  # then it is unread where it is read before it is set
                del self.env[one]
        return sums

    def _for_all(self, texts: list[str], over: range, *, asks: bool) -> list[str]:
        """Texts of a batch's numbers as those of a turn's; asks: whether any of them is true."""
        found = []
        for text in texts:
            if not _OWN.search(text):
                found.append(text)
                continue
            whole = f"[{text} for _m in {self.counting.text(Known(over))}]"
            whole = f"any({whole})" if asks else whole
            if "_n" in text:
                found.append(whole)
                continue
            try:  # the same in each turn
                runs = self.counting.function(whole)(0)
            except RAISED as error:
                raise Unread(f"its body would raise {type(error).__name__}") from None
            if asks and runs:
                raise Unread("a block under a condition runs in some batch of each turn")
        return found

    def at(self, symbol: Any, place: str) -> Any:
        """What a symbol of a batch is where its variable is another text."""
        if isinstance(symbol, Counted):
            text = _OWN.sub(place, symbol.text)
            return Counted(text) if "_n" in text or _OWN.search(text) else Known(
                self.counting.function(text)(0))
        if isinstance(symbol, Rows):
            return symbol.between(*(_OWN.sub(place, one) for one in (symbol.low, symbol.high)))
        if isinstance(symbol, Several):
            return Several(tuple(self.at(one, place) for one in symbol.items))
        return Computed(symbol.is_scalar, symbol.is_python) if isinstance(symbol, Computed) else (
            symbol)

    def each(self, statement: ast.For) -> None:
        """A loop over objects."""
        raise NotImplementedError

    def binds(self, target: ast.expr, value: Any) -> None:
        """Have a target stand for this."""
        raise NotImplementedError

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements, one after the other."""
        raise NotImplementedError


def _stored(body: list[ast.stmt]) -> set[str]:
    return {one.id for part in body for one in ast.walk(part)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _counts(name: str, body: list[ast.stmt]) -> int:
    """By how much a name grows in each batch, where nothing else sets it; 0 for others."""
    found = [one for one in body if isinstance(one, ast.AugAssign) and isinstance(
        one.op, ast.Add) and getattr(one.target, "id", None) == name]
    all_of_them = [one for part in body for one in ast.walk(part) if isinstance(one, ast.Name)
                   and one.id == name and isinstance(one.ctx, ast.Store)]
    step = getattr(found[0].value, "value", 0) if len(found) == len(all_of_them) == 1 else 0
    return step if type(step) is int else 0
