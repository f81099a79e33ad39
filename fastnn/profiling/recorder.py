"""What happens while profiles are open, as numbers in lists: the cheapest there is in Python.

Each object has for each of its phases a list, to which a call adds two numbers as it ends: when it
began and when it ended. A full list becomes a block, together with the size of what the last call
was given and its thread; many blocks are handed to the tallies of the open profiles, which add up
whole arrays. So rates are of sizes looked at in one call of 128, and an object that two threads use
at once is taken for one thread's. What is rare, as the compiled calls, is noted one by one.
"""

import sys
import threading
from contextlib import contextmanager, nullcontext, suppress
from itertools import chain, count
from threading import get_ident
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from fastnn.profiling.foreign import in_an_adopted_method

ITSELF = "fastnn.profile itself"
FULL = 2 * 128 - 1  # numbers that a list may have
_BLOCKS = 512  # 65,536 calls, 5 MB. With 128 an epoch of the spiral takes 3 % longer.

SPAN, FUSED, FRAME = range(3)


class Cell:
    """One object in one phase."""

    __slots__ = ("owner", "phase", "index")

    def __init__(self, owner: Any, phase: str, index: int):
        self.owner = owner
        self.phase = phase
        self.index = index


class Times:
    """The calls of one object in one phase that are in no block yet."""

    __slots__ = ("cell", "size", "thread", "numbers")

    def __init__(self, cell: int):
        self.cell = cell
        self.size = 0  # bytes of what one of the last calls was given
        self.thread = 0
        self.numbers: list[float] = []  # begin, end, begin, end, ...

    def block(self) -> "Block":
        """What is in the list, which is empty then."""
        numbers = self.numbers[:]
        del self.numbers[:len(numbers)]
        return Block(self.cell, self.size, self.thread, numbers)


class Block(NamedTuple):
    """Calls of one object in one phase."""

    cell: int
    size: int
    thread: int
    numbers: list[float]


class Frame:
    """A long span that is open: `fit`, or a Model's training."""

    __slots__ = ("cell", "begin")

    def __init__(self, cell: Cell, begin: float):
        self.cell = cell
        self.begin = begin


class Rare(NamedTuple):
    """An event that is no plain call."""

    kind: int
    cell: Cell
    begin: float
    end: float
    payload: Any  # SPAN: (flops, bytes); FUSED: the parts, each with its cell; FRAME: the frame
    thread: int


class Events(NamedTuple):
    """What one thread did, one entry an event: the plain calls, then the rare ones."""

    begin: np.ndarray
    end: np.ndarray
    cell: np.ndarray  # index of the cell
    sizes: dict[int, int]  # by cell: bytes of what all its calls were given
    rare: list[Rare]


class Chunk(NamedTuple):
    """What came since the last one, by thread."""

    events: dict[int, Events]
    frames: dict[int, list[Frame]]  # those that are open, the outer ones first


class Recorder:
    """Collects while profiles are open; it is what `watching.watcher()` gives then."""

    def __init__(self) -> None:
        self.cells: dict[int, Cell] = {}  # by index
        self.takers: list[Any] = []  # the open profiles' tallies
        self.lock = threading.Lock()  # held while lists are emptied
        self.meet: Any = lambda things: None  # instrument the classes of these
        self.aside: Any = nullcontext  # all instruments, for a while
        self._by_key: dict[tuple[str, Any], Cell] = {}
        self._times: dict[int, Times] = {}  # by index of the cell
        self._blocks: list[Block] = []
        self._rare: list[Rare] = []
        self._frames: dict[int, list[Frame]] = {}
        self._lists: list[dict] = []  # those of the wrappers
        self._indices = count()

    def cell(self, owner: Any, phase: str) -> Cell:
        """The one of this object and phase. It holds on to the object: no other gets its id.

        Without a lock: whoever asks may hold any other, as the compiler's. Of two threads that are
        here first one's cell stays, and the other's has no events.
        """
        key = phase, owner if isinstance(owner, str) else id(owner)
        found = self._by_key.get(key)
        if found is None:
            made = Cell(owner, phase, next(self._indices))
            self.cells[made.index] = made
            found = self._by_key.setdefault(key, made)
        return found

    def forget(self) -> None:
        """Let go of all objects."""
        self.cells.clear()
        self._by_key.clear()
        self._times.clear()
        for lists in self._lists:
            lists.clear()

    # ---------------------------------------------------------------------------- handing on

    def flush(self) -> None:
        """Hand what has come so far to the tallies. The lock must be held."""
        begin = perf_counter()
        frames = {thread: list(open_) for thread, open_ in list(self._frames.items()) if open_}
        rare = self._rare[:]
        del self._rare[:len(rare)]
        blocks = self._blocks[:]
        del self._blocks[:len(blocks)]
        blocks += [block for times in list(self._times.values())
                   if (block := times.block()).numbers]
        threads = {block.thread for block in blocks} | {event.thread for event in rare}
        chunk = Chunk({thread: _events([block for block in blocks if block.thread == thread],
                                       [event for event in rare if event.thread == thread])
                       for thread in threads}, frames)
        for taker in self.takers:
            taker.take(chunk)
        if threads:
            self._tell(SPAN, self.cell(ITSELF, "profile"), begin, (0.0, 0.0))

    def full(self) -> None:
        """`flush`, unless another thread is at it."""
        if self.lock.acquire(blocking=False):
            try:
                self.flush()
            finally:
                self.lock.release()

    def _tell(self, kind, cell, begin, payload, end=None):
        self._rare.append(Rare(kind, cell, begin, end or perf_counter(), payload, get_ident()))

    # -------------------------------------------------------------------- as `watching` says

    def fused(self, begin, end, parts):
        """One compiled call of a training loop."""
        with_cells = [(self.cell(part.owner, part.phase), part) for part in parts]
        self._tell(FUSED, self.cell("the compiled loop", "loop"), begin, with_cells, end)
        if len(self._rare) > FULL:
            self.full()

    def span(self, owner, phase, begin, end, flops=0.0, bytes=0.0):  # noqa: A002
        """One call that was timed elsewhere."""
        self._tell(SPAN, self.cell(owner, phase), begin, (flops, bytes), end)
        if len(self._rare) > FULL:
            self.full()

    @contextmanager
    def within(self, owner):
        """A long span. What is open when a profile ends is counted so far."""
        frame = Frame(self.cell(owner, "engine"), perf_counter())
        mine = self._frames.setdefault(get_ident(), [])
        mine.append(frame)
        try:
            yield
        finally:
            self._tell(FRAME, frame.cell, frame.begin, frame)
            mine.remove(frame)
            if len(self._rare) > FULL:
                self.full()

    def stepwise(self, reason, things):
        """Why a run is not compiled. Its things may be of anybody's classes: these are met now."""
        for taker in self.takers:
            taker.stepwise.add(reason)
        self.meet(things)

    def converted(self, who, name, kind, seconds):
        """An argument that was made an array of."""
        for taker in self.takers:
            found = taker.converted.setdefault((who, name, kind), [0, 0.0])
            found[0] += 1
            found[1] += seconds

    # -------------------------------------------------------------------------- for wrappers

    def lists(self, phase, attribute=""):
        """For the wrapper of a method in this phase: what makes a block of a full list, what notes
        a call of an object that has no list yet, and the lists by object.

        attribute: of the argument, whose size counts. An object without a hash has no list there.
        """
        lists: dict[Any, list[float]] = {}
        times_of: dict[int, Times] = {}
        self._lists += lists, times_of

        def look(times, argument):
            if attribute:
                argument = getattr(argument, attribute, None)
            times.size, times.thread = getattr(argument, "nbytes", 0), get_ident()

        def full(owner, argument):
            times = times_of.get(id(owner)) or self._times[self.cell(owner, phase).index]
            look(times, argument)
            self._blocks.append(times.block())
            if len(self._blocks) > _BLOCKS:
                self.full()

        def new(owner, argument, begin, end):
            if in_an_adopted_method(sys._getframe(2)):
                return
            cell = self.cell(owner, phase).index
            times = self._times.setdefault(cell, Times(cell))
            times.numbers += begin, end
            with suppress(TypeError):
                lists[owner] = times.numbers
                times_of[id(owner)] = times
            look(times, argument)
            if len(times.numbers) > FULL:
                full(owner, argument)
        return full, new, lists


def _events(blocks: list[Block], rare: list[Rare]) -> Events:
    numbers = chain(chain.from_iterable(block.numbers for block in blocks),
                    chain.from_iterable((event.begin, event.end) for event in rare))
    begin, end = np.fromiter(numbers, np.float64).reshape(-1, 2).T
    counts = [len(block.numbers) // 2 for block in blocks]
    cell = np.repeat(np.array([*(block.cell for block in blocks),
                               *(event.cell.index for event in rare)], np.int64),
                     [*counts, *(1 for _ in rare)])
    sizes: dict[int, int] = {}
    for block, calls in zip(blocks, counts):
        sizes[block.cell] = sizes.get(block.cell, 0) + block.size * calls
    return Events(begin, end, cell, sizes, rare)
