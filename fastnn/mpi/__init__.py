"""Samples for the ranks of an MPI program, as `fit(..., comm=)` takes them.

    from mpi4py import MPI
    from fastnn.mpi import scatter

    comm = MPI.COMM_WORLD
    X, y = scatter(comm, X, y, batch_size=128)
    fastnn.fit(layers, loss, optimizer, X, y, batch_size=128, comm=comm)

mpi4py is imported by the program, never here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.engine.ranks.geometry import cut
from fastnn.support import checks

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

__all__ = ["rows", "scatter"]
_TAG = 77


def rows(samples: int, rank: int, size: int, batch_size: int | None = None) -> Any:
    """Which of so many samples are a rank's: a slice, or with batch_size an array of places.

    Of each batch of T samples (None: of all of them) rank r of R has those from T*r//R to
    T*(r+1)//R, so that all ranks together take the batches that one process would.
    """
    samples = checks.whole(samples, "rows", "samples")
    size = checks.whole(size, "rows", "size")
    rank = checks.whole(rank, "rows", "rank", 0)
    if rank >= size:
        raise ValueError(f"rows: rank must be less than size, {size}, got {rank}")
    batch = samples
    if batch_size is not None:
        batch = min(samples, checks.whole(batch_size, "rows", "batch_size"))
    smallest = samples % batch or batch
    if smallest < size:
        raise ValueError(f"rows: each batch must have a sample for each of {size} ranks, got a "
                         f"batch of {smallest}; leave the last {smallest} samples out, or take "
                         "another batch_size")
    if batch == samples:
        return slice(*cut(samples, rank, size))
    found = []
    for start in range(0, samples, batch):
        low, high = cut(min(batch, samples - start), rank, size)
        found.append(np.arange(start + low, start + high))
    return np.concatenate(found)


def scatter(comm: Any, *arrays: ArrayLike | None,
            batch_size: int | None = None) -> tuple[Array, ...]:
    """This rank's samples of each array (N, ...), see `rows`. All ranks have to call it.

    arrays : arrays or memory maps, on all ranks or on rank 0 alone
        Where all ranks give them nothing is sent; without batch_size a memory map's rows are still
        a map. Where they are None on the others rank 0 sends them.
    batch_size : as fit will be given it

    Raises ValueError or TypeError, on all ranks, for what does not fit together.
    """
    rank, size = comm.Get_rank(), comm.Get_size()
    given, wrong = _given(arrays, rank, size, batch_size)
    found = comm.allgather((None if wrong is None else (type(wrong), str(wrong)),
                            None if given is None else [(a.shape, a.dtype.str) for a in given]))
    for other, (fault, _) in enumerate(found):
        if fault is not None:
            if wrong is not None:
                raise wrong
            raise fault[0](f"{fault[1]} (on rank {other})")
    shapes = [shapes for _, shapes in found]
    missing = [other for other, one in enumerate(shapes) if one is None]
    if 0 in missing or missing and len(missing) < size - 1:
        raise ValueError("scatter: arrays must be given on all ranks or on rank 0 alone, and are "
                         f"missing on {missing} of {size} ranks")
    if not missing:
        for other, one in enumerate(shapes):
            if one != shapes[0]:
                raise ValueError(f"scatter: all ranks must give the same arrays, got {shapes[0]} "
                                 f"on rank 0 and {one} on rank {other}")
        places = rows(len(given[0]), rank, size, batch_size)
        return tuple(one[places] for one in given)
    return _sent(comm, rank, size, given, shapes[0], batch_size)


def _given(arrays: Any, rank: int, size: int, batch_size: Any) -> tuple[Any, Exception | None]:
    """The arrays, None where there are none; and what is wrong with them."""
    if not arrays:
        return None, TypeError("scatter: there are no arrays")
    if all(one is None for one in arrays):
        return None, None
    try:
        made = [checks.any_batch(one, "scatter", f"array {n}") for n, one in enumerate(arrays)]
        for one in made:
            if one.ndim == 0 or len(one) != len(made[0]) or one.dtype.hasobject:
                raise ValueError("scatter: arrays must be of numbers and have one row for each "
                                 f"sample, got {[one.shape for one in made]}")
        rows(len(made[0]), rank, size, batch_size)
    except (TypeError, ValueError) as error:
        return None, error
    return made, None


def _sent(comm: Any, rank: int, size: int, given: Any, shapes: Any,
          batch_size: Any) -> tuple[Array, ...]:
    """What rank 0 sends, one rank's rows after the other's."""
    samples = shapes[0][0][0]
    if rank == 0:
        for other in range(1, size):
            places = rows(samples, other, size, batch_size)
            for one in given:
                comm.Send(np.ascontiguousarray(one[places]), dest=other, tag=_TAG)
        places = rows(samples, 0, size, batch_size)
        return tuple(np.ascontiguousarray(one[places]) for one in given)
    count = len(np.empty(samples, np.bool_)[rows(samples, rank, size, batch_size)])
    found = [np.empty((count, *shape[1:]), dtype) for shape, dtype in shapes]
    for one in found:
        comm.Recv(one, source=0, tag=_TAG)
    return tuple(found)
