"""Whether it pays to hand turns over, by the clock: what is looked at first takes a millisecond or
two, in which a small network's own loop makes twenty turns.
"""

from collections import deque
from time import perf_counter as now

__all__ = ["FEW", "Worth", "now"]

FEW = 4  # turns in a row that are worth training at once, as far as is known before
_SEEN = 8  # turns of which the shortest says how long one takes
_TRIED = 4  # trainings that say whether one pays
_SURE = 2  # the same of long ones that took far longer than their own turns would have
_LONG, _FAR = 64, 2  # from so many turns on, and so many times as long
_AGAIN = 1000  # turns that run as they are until it is tried again, and then twice as many


class Worth:
    """What turns have taken so far. few: how many in a row are worth training at once."""

    def __init__(self, few: int = FEW) -> None:
        self.few = self._begin = few
        self._own: deque[float] = deque(maxlen=_SEEN)
        self._again = _AGAIN
        self._tried: list[tuple[int, float]] = []
        self._since = 0

    def ran(self, seconds: float) -> None:
        """A turn ran as it is."""
        self._own.append(seconds)
        self._since += 1
        if self._since == self._again:
            self.few, self._since = self._begin, 0

    def lost(self, turns: int, seconds: float) -> bool:
        """Whether so many turns would have run as they are in less than that."""
        return bool(self._own) and seconds > turns * min(self._own)

    def is_far(self, turns: int, seconds: float) -> bool:
        """Whether it took so long that no chance can be the cause: formulas for whose exp compiled
        code asks NumPy element by element, say.
        """
        return turns >= _LONG and self.lost(_FAR * turns, seconds)

    def trained(self, turns: int, seconds: float) -> None:
        """So many were handed over, and that took so long with all that belongs to it.

        The best of several is compared: the machine may have had something else to do meanwhile.
        """
        self._tried.append((turns, seconds))
        is_sure = len(self._tried) >= _SURE and all(self.is_far(*one) for one in self._tried)
        if len(self._tried) < _TRIED and not is_sure or not self._own:
            return
        least = min(self._own)
        if all(spent > trained * least for trained, spent in self._tried):
            most = max(trained for trained, _ in self._tried)
            if self.few == self._begin:
                self._again *= 2
            self.few, self._since = 2 * max(self.few, most), 0
        self._tried.clear()
