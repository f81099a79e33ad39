"""One call of the compiled loop, in as many threads as its program has shares for."""

import numpy as np

from fastnn.kernels import handshake
from fastnn.kernels import training as t
from fastnn.kernels.status import LABEL
from fastnn.kernels.training import assist, train, train_timed
from fastnn.support import blas, room, threads, watching

_NO_SHARES = room.full((handshake.size_of(1),), 0, np.int64)  # nobody writes there


def call_loop(program, code, sections, counters, results, records, clock):
    """The compiled loop, with other threads beside it where there are shares for them; its status.
    """
    loops = t.train if clock is None else t.train_timed, t.assist
    for loop in loops[:min(program.shares, 2)]:
        if not loop.overloads:  # below a fork waits for us, and the compiler for the fork
            loop.ready(loop.argument_types[0])
    if program.shares == 1 and clock is None:
        with blas.calling():
            return train(code, sections, counters, results, records, _NO_SHARES)
    box = room.full((handshake.size_of(program.shares),), 0, np.int64)
    arguments: tuple = (code, sections, counters, results, records, box)
    function = train
    if clock is not None:
        function, arguments = train_timed, (*arguments, clock.times)
    many = min(program.shares, threads.count())
    box[handshake.YIELD], box[handshake.THREADS] = threads.give_way(), many

    def end_turns():
        box[handshake.TURN] = handshake.END
    with blas.calling(), threads.beside(assist, [(code, sections, counters, box, rank)
                                                 for rank in range(1, many)], end_turns):
        return function(*arguments)


def check_status(status):
    """RuntimeError where the loop could not do what it was to do."""
    if status:
        raise RuntimeError("fastnn: a label became no class while the training ran"
                           if status == LABEL else f"fastnn: an instruction failed ({status})")


def awaited_loops(divided):
    """Of the loops that a run needs: that of other threads only where there are shares for them."""
    loops = [t.train if watching.watcher() is None else t.train_timed, *[t.assist] * divided]
    found = [loop.awaited(loop.argument_types[0]) for loop in loops]
    return [request for request in found if request is not None]
