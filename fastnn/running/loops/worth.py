"""Whether it pays to hand turns over, by the clock: what is looked at first takes a millisecond or
two, in which a small network's own loop makes twenty turns.
"""

from time import perf_counter as now

__all__ = ["FEW", "Worth", "now"]

FEW = 4  # turns in a row that are worth training at once, as far as is known before
_SEEN = 8  # turns of which the shortest says how long one takes
_TRIED = 4  # trainings that say whether one pays
_AGAIN = 1000  # turns that run as they are until it is tried again


class Worth:
    """What turns have taken so far. few: how many in a row are worth training at once."""

    def __init__(self) -> None:
        self.few = FEW
        self._own: list[float] = []
        self._tried: list[tuple[int, float]] = []
        self._since = 0

    def ran(self, seconds: float) -> None:
        """A turn ran as it is."""
        self._own = [*self._own[1 - _SEEN:], seconds]
        self._since += 1
        if self._since == _AGAIN:
            self.few, self._since = FEW, 0

    def trained(self, turns: int, seconds: float) -> None:
        """So many were handed over, and that took so long with all that belongs to it.

        By the sum of several: the machine may have had something else to do meanwhile.
        """
        self._tried.append((turns, seconds))
        if len(self._tried) < _TRIED or not self._own:
            return
        whole, spent = map(sum, zip(*self._tried))
        if spent > whole * min(self._own):
            self.few, self._since = max(2 * self.few, 2 * whole // _TRIED), 0
        self._tried.clear()
