"""Events added up: for each object and phase its calls and its own seconds.

A call's own seconds are those in which no other call that is told of ran inside it. (Of a call
that lasts while the lists are emptied, what ended inside it before is counted twice: a few
microseconds in eight thousand calls. Of long spans it is not, see `Frame`.)
"""

import numpy as np

from fastnn.profiling.recorder import FRAME, FUSED, Cell, Chunk, Events, Frame

TRACED = 100_000  # events that are kept one by one; later ones are only added up


class Sums:
    """What one object did in one phase."""

    __slots__ = ("calls", "seconds", "size", "flops", "bytes")

    def __init__(self) -> None:
        self.calls = 0
        self.seconds = 0.0
        self.size = 0.0  # bytes of the arrays it was given
        self.flops = 0.0
        self.bytes = 0.0


class Tally:
    """What one profile knows. `cells` are the recorder's."""

    def __init__(self, cells: dict[int, Cell], begin: float, thread: int):
        self.cells = cells
        self.begin = begin
        self.thread = thread  # the one that opened the profile
        self.sums: dict[int, Sums] = {}  # by the cell's index
        self.told: dict[int, float] = {}  # by thread: seconds that are anybody's
        # By chunk: thread; cells, begins and ends as columns; and by place in them, of compiled
        # calls, (cell, seconds) of each part.
        self.traced: list[tuple] = []
        self._room = TRACED
        self.untraced = 0
        self.before_backward = 0.0  # seconds of nobody's between a loss and its backward
        self.stepwise: set[str] = set()
        # Calls and seconds, by method, argument and kind.
        self.converted: dict[tuple[str, str, str], list] = {}
        self.frames: dict[int, list[Frame]] = {}  # open ones
        self._inside: dict[Frame, float] = {}  # seconds told of in the open ones

    def take(self, chunk: Chunk) -> None:
        """Add up what a recorder hands over."""
        self.frames = chunk.frames
        for thread, events in chunk.events.items():
            self._add(thread, events)

    def _add(self, thread: int, events: Events) -> None:
        begin, end, cell, sizes, rare = events
        order = np.argsort(begin, kind="stable")
        if len(begin) and begin[order[0]] < self.begin:
            # What was over before does not count. Of those that begin together, as this profile
            # does, the longest come first.
            begin = np.maximum(begin, self.begin)
            order = np.lexsort((-end, begin))
            order = order[end[order] > self.begin]
        places = {}
        if rare:
            calls = len(cell) - len(rare)
            places = {n: rare[order[n] - calls] for n in np.flatnonzero(order >= calls).tolist()}
        begin, end, cell = begin[order], end[order], cell[order]
        took = end - begin
        own, again, top = self._own(begin, end, cell, took)
        told = self._add_rare(own, took, places)
        self._add_to_frames(thread, begin[top], took[top],
                            {event.payload for event in places.values() if event.kind == FRAME})
        seconds, entries = np.bincount(cell, own), np.bincount(cell)
        counts = entries - np.bincount(cell[again], minlength=len(entries))
        for n in np.flatnonzero(entries).tolist():
            sums = self.of(n)
            sums.calls += int(counts[n])
            sums.seconds += float(seconds[n])
            sums.size += sizes.get(n, 0) * counts[n] / entries[n]
        self.told[thread] = self.told.get(thread, 0.0) + told + float(own.sum())
        self._note_gaps(begin[top], end[top], cell[top])
        self._keep(thread, begin, end, cell, places)

    def _own(self, begin, end, cell, took):
        """Each event's own seconds, the places of those that are a part of another of the same
        cell, as `forward` of `calculate`, and of those that lie in no other.
        """
        parent = parents(begin, end)
        inner = np.flatnonzero(parent >= 0)
        if not inner.size:
            return took.copy(), inner, slice(None)
        own = took.copy()
        np.subtract.at(own, parent[inner], took[inner])
        return own, inner[cell[inner] == cell[parent[inner]]], np.flatnonzero(parent < 0)

    def of(self, cell: int) -> Sums:
        """The sums of this cell."""
        return self.sums.get(cell) or self.sums.setdefault(cell, Sums())

    def _add_rare(self, own, took, rare):
        """Put right the own seconds of the rare ones, in place; the seconds of parts."""
        in_parts = 0.0
        for place, event in rare.items():
            if event.kind == FRAME:
                own[place] -= self._inside.pop(event.payload, 0.0)
            elif event.kind == FUSED:
                shares = _shares(event, took[place])
                for (_, seconds), (cell, part) in zip(shares, event.payload):
                    sums = self.of(cell.index)
                    sums.calls += part.calls
                    sums.seconds += seconds
                    sums.flops += part.flops
                    sums.bytes += part.bytes
                    in_parts += seconds
                    own[place] -= seconds
            else:
                sums = self.of(event.cell.index)
                sums.flops += event.payload[0]
                sums.bytes += event.payload[1]
        return in_parts

    def _add_to_frames(self, thread, begin, took, closed):
        """Each event counts in the innermost long span that was open when it began."""
        frames = [frame for frame in self.frames.get(thread, ()) if frame not in closed]
        bounds = [*(frame.begin for frame in frames[1:]), np.inf]
        for frame, until in zip(frames, bounds):
            mine = (begin >= frame.begin) & (begin < until)
            self._inside[frame] = self._inside.get(frame, 0.0) + float(took[mine].sum())

    def _note_gaps(self, begin, end, cell):
        known = list(self.cells.items())  # at once: other threads add to it
        is_loss, is_backward = (np.isin(cell, [n for n, one in known if one.phase == phase])
                                for phase in ("loss", "backward"))
        between = np.flatnonzero(is_loss[:-1] & is_backward[1:])
        self.before_backward += float((begin[between + 1] - end[between]).sum())

    def _keep(self, thread, begin, end, cell, rare):
        """The first events, for the trace; a compiled call counts with its phases."""
        room = self._room
        if room:
            shares = {n: _shares(event, end[n] - begin[n]) for n, event in rare.items()
                      if event.kind == FUSED and n < room}
            self.traced.append((thread, cell[:room], begin[:room], end[:room], shares))
            self._room = max(0, room - len(begin) - sum(map(len, shares.values())))
        self.untraced += max(0, len(begin) - room)

    def still_open(self, end: float) -> list[tuple[int, float, int, float]]:
        """(cell, begin, thread, own seconds) of the long spans that are open at `end`."""
        found = []
        for thread, frames in self.frames.items():
            inside = 0.0
            for frame in reversed(frames):
                begin = max(frame.begin, self.begin)
                own = end - begin - inside - self._inside.get(frame, 0.0)
                inside = end - begin
                found.append((frame.cell.index, begin, thread, own))
        return found


def parents(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """For each span the place of the one it lies in directly, -1 where there is none.

    They are in order of their begin, of those that begin together the longest first.
    """
    parent = np.full(len(begin), -1)
    left = np.arange(len(begin))
    while left.size:  # a turn for each level
        ended = np.maximum.accumulate(end[left])
        top = np.ones(left.size, bool)
        top[1:] = begin[left[1:]] >= ended[:-1]
        last = np.maximum.accumulate(np.where(top, np.arange(left.size), 0))
        parent[left[~top]] = left[last[~top]]
        left = left[~top]
    return parent


def _shares(fused, took):
    """(cell, seconds) of the parts of a compiled call: no more than the call took."""
    told = sum(part.seconds for _, part in fused.payload)
    scale = min(1.0, took / told) if told else 1.0
    return tuple((cell.index, part.seconds * scale) for cell, part in fused.payload)
