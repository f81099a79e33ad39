"""What the ranks of a training tell each other, and how all of them end where one fails.

Outside of steps there is one way to talk, `exchange`: every rank says something and hears what all
said. A rank that fails says so in the very call in which the others wait, and all raise. Within a
step there is one sum, of the gradients; its last elements (STOP, FAILED) say that a rank wants to
stop, or that it failed and that the next call is an exchange. A rank that fails in between, where
the others would wait for ever, ends the whole program (`abort`).
"""

import sys
import traceback
from typing import Any

import numpy as np

_METHODS = ("Get_rank", "Get_size", "allgather", "Allreduce", "Sendrecv", "Bcast", "Abort")
STOP, FAILED, N_WORDS = -2, -1, 2  # the last elements of what is summed


class Nobody:
    """In place of a communicator: this process, which is the only one."""

    def Get_rank(self):
        """Which one this is."""
        return 0

    def Get_size(self):
        """How many there are."""
        return 1

    def allgather(self, value):
        """What all say."""
        return [value]


class Ranks:
    """The ranks of a training, as one of them sees them. To be entered around all of the training.

    Attributes: rank, size; first, whether this is rank 0; stopped, whether all stop; asked, a
    function: whether this rank was asked to stop.
    """

    def __init__(self, comm, who):
        self._comm, self._who = comm, who
        self.rank, self.size = comm.Get_rank(), comm.Get_size()
        self.first = self.rank == 0
        self.stopped = False
        self.asked: Any = lambda: False
        self._stepping = self._over = False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        """Tell the others how it ended; what is raised after their end is told, too."""
        if self._over:
            return
        if self._stepping:
            self.abort(error)
        if error is None:
            self.exchange()
        self._over = True
        if error is not None:
            self._comm.allgather((_said(error), None))

    def exchange(self, value=None):
        """Say something; what each rank said, in their order.

        RuntimeError where another rank failed, in its words.
        """
        found = self._comm.allgather((None, value))
        failed = [(rank, said) for rank, (said, _) in enumerate(found) if said is not None]
        if failed:
            self._over = True
            rank, said = failed[0]
            raise RuntimeError(f"{self._who}: rank {rank} of {self.size} ended with {said}")
        return [value for _, value in found]

    def alike(self, values):
        """Refuse, on all ranks, what they do not have alike: a dict, by words for it."""
        found = self.exchange(values)
        for name, first in found[0].items():
            for rank, other in enumerate(found):
                if other[name] != first:
                    self._over = True  # each rank comes to this by itself
                    raise ValueError(f"{self._who}: the ranks must agree on {name}, got "
                                     f"{first} on rank 0 and {other[name]} on rank {rank}")

    def give(self, array):
        """Make an array what it is on rank 0."""
        if self.size == 1:
            return
        box = np.ascontiguousarray(array)
        self._comm.Bcast(box, root=0)
        if not self.first:
            array[...] = box

    def stepping(self):
        """From here on to `talking` the others wait in sums."""
        self.exchange()
        self._stepping = True

    def talking(self):
        """The steps are done."""
        self._stepping = False

    def sum(self, own, total):
        """total = the sum of all ranks' own, in the communicator's order."""
        if self.size > 1:
            self._comm.Allreduce(own, total)
        elif own is not total:
            total[...] = own

    def sum_in_tree(self, total, room):
        """total += all other ranks', in pairs of neighbours, then pairs of pairs ...

        As many ranks as a power of two. Both of a pair add the same two numbers, so all have the
        same digits; and the tree is that of the parts within a rank (`geometry.Tree`).
        """
        distance = 1
        while distance < self.size:
            other = self.rank ^ distance
            self._comm.Sendrecv(total, dest=other, recvbuf=room, source=other)
            total += room
            distance *= 2

    def heed(self, words):
        """Take notice of the words at the end of a sum; True where a rank failed."""
        self.stopped = self.stopped or bool(words[STOP] > 0)
        if words[FAILED] > 0:
            self._stepping = False
        return not self._stepping

    def abort(self, error):
        """End the whole program, and say why."""
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        sys.stderr.write(f"{text}{self._who}: rank {self.rank} of {self.size} failed in the middle "
                         f"of a step, with {_said(error)}; all ranks are ended, because the others "
                         "would wait for ever\n")
        sys.stderr.flush()
        self._over = True
        if self.size > 1:
            self._comm.Abort(1)


def _said(error):
    """What failed, in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def ranks_of(comm, parts, who):
    """The Ranks of a communicator, None for none; parts: as `fit` takes it."""
    if comm is None:
        return None if parts is None else Ranks(Nobody(), who)
    missing = [name for name in _METHODS if not callable(getattr(comm, name, None))]
    if missing:
        raise TypeError(f"{who}: comm must be a communicator of mpi4py (MPI.COMM_WORLD), or have "
                        f"its methods; {type(comm).__name__} lacks {', '.join(missing)}")
    return Ranks(comm, who)
