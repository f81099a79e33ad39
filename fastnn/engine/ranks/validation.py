"""The values of a validation, over the samples of all ranks."""

import numpy as np

from fastnn.compile.policy import waiting
from fastnn.engine.program import Unfit
from fastnn.engine.ranks.flat import sum_of_rows
from fastnn.engine.ranks.geometry import cut
from fastnn.engine.ranks.run import SUMMED, refused
from fastnn.engine.runs import Run


class RankedValidation:
    """An evaluation of this rank's samples, with the interface of `Run` that `fit` needs.

    In a fixed tree it is one of each part: the samples of all ranks, one after the other, are cut
    into `parts`. bounds: (first, behind the last) of each Run's samples.
    """

    epochs = log_every = 1
    order = None

    def __init__(self, ranks, parts, X, y, bounds, batch_size):
        self._ranks, self.parts, self.X, self.y = ranks, parts, X, y
        with waiting():
            self._runs = [Run(parts, X[low:high], y[low:high], batch_size=batch_size)
                          for low, high in bounds]
        self.per_epoch, self.batch = self._runs[0].per_epoch, self._runs[0].batch

    def rewind(self):
        """Begin anew."""
        for run in self._runs:
            run.rewind()

    def refresh(self, references=None):
        """As `Run.refresh`; what cannot be compiled is refused."""
        try:
            with waiting():
                for run in self._runs:
                    run.refresh(references)
        except Unfit as reason:
            raise refused(reason) from None

    def advance(self, until, interrupted, keep=False):
        """Evaluate all; the last run then has the sums of all ranks."""
        whole = all([run.advance(run.per_epoch, self._ranks.asked, keep) for run in self._runs])
        mine = [run.memory.results[SUMMED] for run in self._runs]
        found = self._ranks.exchange((whole, mine))
        if not all(whole for whole, _ in found):
            self._ranks.stopped = True
            return False
        total = sum_of_rows(np.array([row for _, rows in found for row in rows]))
        last = self._runs[-1]
        last.memory.results[SUMMED] = total
        last.records[0, 1:] = last.memory.results
        return True

    def leave(self):
        """As `Run.leave`."""
        self._runs[-1].leave()

    def rows(self, begin):
        """As `Run.rows`."""
        return self._runs[-1].rows(begin)


def bounds_of(ranks, samples, parts):
    """Where the runs of a validation begin and end; samples: how many each rank has."""
    if parts is None:
        return [(0, samples[ranks.rank])]
    total, each = sum(samples), parts // ranks.size
    own = [cut(total, p, parts) for p in range(ranks.rank * each, (ranks.rank + 1) * each)]
    if own[-1][1] - own[0][0] != samples[ranks.rank] or total < parts:
        raise ValueError("fit: with parts each rank must have its even share of validation_data, "
                         f"and each of {parts} parts a sample, got {samples} samples")
    return [(low - own[0][0], high - own[0][0]) for low, high in own]
