"""Which samples of a batch are whose, and in which parts their gradients are summed.

A batch of T samples is cut evenly, whoever cuts it: part p of P has samples T*p//P to T*(p+1)//P.
Rank r of R has the r-th of R parts. Where a batch is summed in a fixed tree it has more, a power of
two; each rank has some that lie together, and the sums of both go up in one and the same tree:

    ((p0 + p1) + (p2 + p3)) + ((p4 + p5) + (p6 + p7))
"""

from typing import NamedTuple


def cut(total, part, parts):
    """(first sample of a part, the first behind it)"""
    return total * part // parts, total * (part + 1) // parts


class Part(NamedTuple):
    """Some of a rank's samples, whose gradient is one summand: where, and its weight in the mean.

    start: within the rank's samples; weight: its share of the whole batch.
    """

    start: int
    rows: int
    weight: float


class Geometry:
    """The batches of a training, as one rank sees them.

    rank, size; samples: how many each rank has; batch: the samples of a whole batch, None for all;
    parts: of the fixed tree, or None.

    Attributes: batch, of this rank, in a batch; per_epoch; most and least, the sizes of the parts
    that a program is planned for.
    """

    def __init__(self, rank, size, samples, batch, parts):
        N = samples[rank]
        self._parts, self._rank, self._size = parts, rank, size
        batches = [own if batch is None else _width(batch, r, size)
                   for r, own in enumerate(samples)]
        self.batch = batches[rank]
        counts = [-(-own // max(1, width)) for own, width in zip(samples, batches)]
        self.per_epoch = counts[rank]
        self.fault = _fault(samples, batch, batches, counts, size, parts)
        if self.fault:
            return
        self._totals = [sum(min(width, own - k * width) for own, width in zip(samples, batches))
                        for k in (0, self.per_epoch - 1)]
        self._own = [min(self.batch, N - k * self.batch) for k in (0, self.per_epoch - 1)]
        if parts is not None:
            self.fault = _fault_of_parts(rank, size, self._own, self._totals, parts, samples)
        # With a tree every rank plans for the parts of all, so that digits do not depend on whose
        # they are.
        sizes = {self._own[0], self._own[1]} if parts is None else {
            high - low for total in self._totals for p in range(parts)
            for low, high in [cut(total, p, parts)]}
        self.most, self.least = max(sizes), min(sizes)
        self._steps = [self._of(k, self.batch * k) for k in (0, self.per_epoch - 1)]

    def at(self, position):
        """The Parts of this rank in a step of an epoch."""
        if position == self.per_epoch - 1:
            return self._steps[1]
        return [one._replace(start=one.start + position * self.batch) for one in self._steps[0]]

    def _of(self, position, start):
        last = int(position == self.per_epoch - 1)
        own, total = self._own[last], self._totals[last]
        if self._parts is None:
            return [Part(start, own, own / total)]
        each = self._parts // self._size
        edges = [cut(total, p, self._parts)
                 for p in range(self._rank * each, (self._rank + 1) * each)]
        return [Part(start + low - edges[0][0], high - low, (high - low) / total)
                for low, high in edges]


def _width(total, part, parts):
    low, high = cut(total, part, parts)
    return high - low


def _fault(samples, batch, batches, counts, size, parts):
    """What is wrong, in one sentence, the same on all ranks; or None."""
    if min(batches) < 1:
        return f"a batch must have a sample for each of the {size} ranks, got batch_size={batch}"
    if len(set(counts)) > 1:
        return (f"all ranks must have as many batches, got {counts} of {samples} samples in "
                f"batches of {batches}; fastnn.mpi.scatter divides them so")
    if parts is not None and (parts & parts - 1 or parts % size):
        return (f"parts must be a power of two that {size} ranks divide among them, got {parts}")
    return None


def _fault_of_parts(rank, size, own, totals, parts, samples):
    if min(totals) < parts:
        return f"each batch must have a sample for each of {parts} parts, got {min(totals)}"
    if any(count != _width(total, rank, size) for count, total in zip(own, totals)):
        return (f"with parts each rank must have its even share of each batch, got {samples} "
                "samples; fastnn.mpi.scatter divides them so")
    return None
