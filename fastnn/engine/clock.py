"""Where the time of compiled calls goes: the ticks of a program's rows as parts for a watcher."""

import time

import numpy as np

from fastnn.kernels.clock import CLOCKED, GROUP, N_TIMES, N_TOTALS, SAMPLES, TICKS, WHOLE
from fastnn.kernels.training import train_timed
from fastnn.support.watching import Part, watcher

_SECONDS = 0.05  # how much is gathered, at most, before it is told


class Clock:
    """Gathers the times of calls of one program, one after the other, and tells them as one.

    To tell takes 50 us: too long for each of many short calls.
    """

    def __init__(self, works):
        self.times = np.zeros((len(works) + N_TOTALS, N_TIMES), np.int64)
        names = [(id(work.owner), work.phase) for work in works]
        firsts = [names.index(name) for name in names]
        self.times[:-N_TOTALS, GROUP] = firsts
        # in the order in which a step comes by them, not that in which it is prepared
        in_blocks = {name: n for n, name in reversed([*enumerate(names)]) if works[n].block}
        self._groups = {first: works[first][:2] for first in sorted(
            set(firsts), key=lambda n: in_blocks.get(names[n], len(names)))}
        self._firsts = np.array(firsts)
        self._block = np.array([work.block for work in works])
        self._logged = np.array([work.logged for work in works])
        self._amounts = np.array([work.amounts for work in works], np.float64).T
        for signature in train_timed.argument_types:  # compiling it is no part of any call
            train_timed.ready(signature)
        self._reset()

    def _reset(self):
        self.times[:-N_TOTALS, TICKS:] = 0
        self.times[-N_TOTALS:] = 0
        self._begin: float | None = None
        self._end: float | None = None
        self._seconds = 0.0  # of the calls themselves
        self._staged = 0, 0.0, 0  # batches that were copied, seconds, bytes

    def began(self):
        """Something begins; when."""
        now = time.perf_counter()
        if self._begin is None:
            self._begin = now
        return now

    def called(self, begin):
        """A call of the loop that began then has ended; whether it is time to tell."""
        self._end = end = time.perf_counter()
        self._seconds += end - begin
        return end - (end if self._begin is None else self._begin) > _SECONDS

    def staged(self, begin, size):
        """A batch of so many bytes was copied for the loop."""
        self._end = end = time.perf_counter()
        often, took, moved = self._staged
        self._staged = often + 1, took + end - begin, moved + 2 * size

    def tell(self, watching):
        """Tell the watcher, if there is one, what was gathered; and begin anew."""
        if self._end is not None and watching is not None:
            watching.fused(self._begin, self._end, self.parts())
        self._reset()

    def counts(self):
        """(steps, calls, samples) of each row of the program."""
        plain, logged = self.times[-N_TOTALS:-N_TOTALS + 2, :SAMPLES + 1]
        steps, blocks, samples = np.where(self._logged, logged[:, None], (plain + logged)[:, None])
        return steps, np.where(self._block, blocks, steps), samples

    def seconds(self):
        """What each group took, in its first row; the loop's own is what lacks of the calls.

        None where this processor has no clock for us.
        """
        totals, ticks = self.times[-N_TOTALS:], self.times[:, TICKS:TICKS + 2]
        # clocked steps stand for all of their kind, plain or logged
        stand_for = totals[:WHOLE, SAMPLES] / np.maximum(totals[:WHOLE, CLOCKED], 1)
        *shares, _, _, whole, wait = ticks @ stand_for
        if whole <= 0:
            return None
        groups = np.array(shares)
        # the other thread's half is what is done in blocks
        in_blocks = np.isin(np.arange(len(groups)), self._firsts[self._block])
        done = groups[in_blocks].sum()
        if done > 0:
            groups[in_blocks] *= 1 + wait / done
        return groups * (self._seconds / whole)

    def parts(self):
        """What was gathered as Parts: a batch's copies, and each owner's phases."""
        often, took, size = self._staged
        parts = [Part(None, "data", often, took, 0.0, size)] if often else []
        seconds = self.seconds()
        if seconds is None:
            return parts
        steps, calls, samples = self.counts()
        flops, sample_bytes, call_bytes = self._amounts
        flops = np.bincount(self._firsts, samples * flops)
        moved = np.bincount(self._firsts, samples * sample_bytes + calls * call_bytes)
        for first, (owner, phase) in self._groups.items():
            often = int(steps[self._firsts == first].max())
            if often:
                parts.append(Part(owner, phase, often, float(seconds[first]), float(flops[first]),
                                  float(moved[first])))
        return parts


def clock_of(program):
    """The clock for calls of this program, None where nobody watches."""
    if watcher() is None:
        return None
    if program.clock is None:
        program.clock = Clock(program.works())
    return program.clock


def tell(program):
    """Tell who watches what the calls of this program took since the last time."""
    if program.clock is not None:
        program.clock.tell(watcher())
