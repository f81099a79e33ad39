"""Blocks that wait for a value, and books: `if accuracy > 0.95: break`, `best = loss`.

In which turns such a block runs nobody knows before. So turns are trained in pieces, and what `fit`
has recorded of each is asked. Where the turn has to run as it is all is put back as it was before
the piece, and trained again up to the turn before: that one, and the one with the block, run as
they are. Of the turns that only keep something of the objects the last is enough (`books.py`).
"""

from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

from fastnn.engine.parts import Parts, loss_of
from fastnn.engine.program import Unfit
from fastnn.engine.untouched import Untouched
from fastnn.running.loops.asking import variable
from fastnn.running.loops.books import RUNS, Books
from fastnn.running.loops.counting import RAISED
from fastnn.running.loops.filling import Elements
from fastnn.running.loops.frames import put
from fastnn.running.loops.keeping import Keeping
from fastnn.running.loops.looprun import LoopRun
from fastnn.running.loops.names import is_account, look_up
from fastnn.running.loops.trying import is_nobodys

_FIRST = 8  # turns of the first piece
_LONGEST = 256  # turns of a piece of which something is kept


class Waiting:
    """What a program's turns compute of recorded values, and a training that stops where one of
    them has to run as it is.

    says: the first condition for that, as the program has it; left: the names that are carried, and
    what the last training has left them.
    """

    def __init__(self, books: Books) -> None:
        self._values, self.says = books.asked.values, books.waits_for
        self._carried, self._kept = sorted(books.carried), list(books.remembers)
        self._grows = books.grows
        self._turn = books.counting.program(
            books.lines, [f"_v{n}" for n in range(len(self._values))],
            list(map(variable, self._carried)))
        self._longest = _LONGEST if self._kept else 2**60
        stops = self._kept or RUNS in map(str.strip, books.lines)
        self._first = self._shortest = _FIRST if stops else 2**60
        self.vain = 0  # turns that the last training did, and put back
        self.stopped = 0  # which of its turns, behind the last that was done, will run as it is
        self.left: dict[str, Any] = {}
        self._told: list[tuple[int, Any]] = []

    def takes(self, frame: FrameType) -> bool:
        """Whether the names are still of numbers, and of what nobody is told of."""
        return all(is_account(look_up(frame, name)) for name in self._carried) and all(
            is_nobodys(look_up(frame, name)) for name in self._kept) and all(
            one.still_takes() for one in self._grows if isinstance(one, Elements))

    def carried_in(self, frame: FrameType) -> tuple[Any, ...]:
        """What the names stand for."""
        return tuple(look_up(frame, name) for name in self._carried)

    def train(self, run: LoopRun, keeping: Keeping, turns: range, first: int,
              interrupted: Callable[[], bool], carried: tuple[Any, ...]) -> int:
        """Train these turns but the last, as far as no block would run, in none of them and in the
        last, which runs as it is next; how many were. The run has taken over at step `first`.
        """
        wanted, size, at = len(turns) - 1, self._first, 0
        walk = _Walk(self._turn, carried)
        saved: list[tuple[int, Saved]] = []
        self.vain, self.stopped, self.left, self._told = 0, 0, {}, []
        while True:
            saved = [*walk.needed(saved), (at, Saved(run))]
            until = at + 1 if at == wanted else min(at + size, wanted)
            try:
                run.go_on(first + until, interrupted)
            except Unfit:
                place, before = saved[0]
                before.put_back()  # of whose turn it is known that no block would run
                self._leave(walk, place)
                raise
            done = run.turn - first
            columns = [keeping.batches(value, run, turns[at:done], first=at)
                       for value in self._values]
            found = walk.on(turns[at:done], columns)
            if found is None and done == until <= wanted:
                at, size = until, min(2 * size, self._longest)
                continue
            # The turn before the block's runs as it is. The last that was done before Ctrl-C is
            # behind one that nobody knows, and may have to.
            end = wanted if found is None and done > wanted else (
                done if found is None else found) - 1
            end = max(end, 0)
            if walk.last:
                end = min(walk.last.values())  # which is no later: there it is kept
            else:
                self.vain = done - end
            # Who was not stopped once is seldom: each piece costs as much as a few turns.
            self._first = min(4 * self._first, self._longest) if found is None else self._shortest
            self.stopped = found if found is not None and end >= found - 1 else 0
            place, before = next(one for one in reversed(saved) if one[0] <= end)
            before.put_back()
            run.go_on(first + end, _never)
            self._leave(walk, end)
            return end

    def _leave(self, walk: "_Walk", place: int) -> None:
        self.left = dict(zip(self._carried, walk.carried[place], strict=True))
        self._told = [one for at, told in walk.told if at < place for one in told]

    def leave(self, frame: FrameType) -> None:
        """Have names and lists be what the last training has left them."""
        put(frame, self.left)
        for n, value in self._told:
            self._grows[n].append(value)


class _Walk:
    """What the program computes turn by turn. carried: what each turn finds; told: what turns
    append; first: the first that keeps something of the objects, last: the last, for each name.
    """

    def __init__(self, turn: Callable[..., Any], carried: tuple[Any, ...]) -> None:
        self._turn, self.carried = turn, [carried]
        self.told: list[tuple[int, tuple[Any, ...]]] = []
        self.first: int | None = None
        self.last: dict[int, int] = {}

    def on(self, turns: range, columns: list[Any]) -> int | None:
        """Go on through these turns; the first of them that has to run as it is, None for none."""
        carried = self.carried[-1]
        with np.errstate(all="ignore"):
            for n, *row in zip(turns, *columns, strict=True):
                try:
                    made = self._turn(n, *row, *carried)
                except RAISED:
                    made = None
                if made is None:
                    return len(self.carried) - 1
                keeps, told, carried = made
                place = len(self.carried) - 1
                if keeps:
                    self.first = place if self.first is None else self.first
                    self.last |= {n: place for n in range(keeps.bit_length()) if keeps >> n & 1}
                if told:
                    self.told.append((place, told))
                self.carried.append(carried)
        return None

    def needed(self, saved: list[tuple[int, "Saved"]]) -> list[tuple[int, "Saved"]]:
        """Those of these states that may be gone back to: before the first turn that keeps
        something, the last one, and the last that is known.
        """
        wanted = {max((place for place, _ in saved if place <= turn), default=0)
                  for turn in (self.first, *self.last.values()) if turn is not None}
        return [one for one in saved[:-1] if one[0] in wanted] + saved[-1:]


class Saved:
    """What a run has changed, to be put back: its objects, and where it stands itself."""

    def __init__(self, run: LoopRun) -> None:
        self._objects = Untouched(things_of(run.parts))
        self._arrays = [(array, array.copy()) for array in (
            run._counters, run.memory.rates, run.memory.results)]
        self._order = None if run.drawn is None else run.drawn.state()
        self._run = run

    def put_back(self) -> None:
        """Make all as it was."""
        self._objects.put_back()
        for array, copy in self._arrays:
            array[...] = copy
        if self._order is not None:
            self._order()
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
