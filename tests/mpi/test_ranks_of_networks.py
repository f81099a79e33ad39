"""Networks of every kind over ranks: losses, optimizers, activations, types, precisions."""

from functools import partial

import numpy as np
import pytest
from comms import succeed
from networks import build, name_of, sample
from nnfs_context import fast_lane, nnfs_in_force
from ranked_nets import state

import fastnn
from fastnn.mpi import rows

CASES = [case._replace(dropout=False, batch=case.batch and 16) for case in sample(36, seed=5)]


def trained(case, comm, parts):
    net = build(fastnn, case, samples=48)
    mine = slice(None)
    if comm is not None:
        mine = rows(48, comm.Get_rank(), comm.Get_size(), case.batch)
    history = fastnn.fit(net.layers, net.loss, net.optimizer, net.X[mine], net.y[mine], epochs=4,
                         batch_size=case.batch, accuracy=net.accuracy, comm=comm, parts=parts)
    return state(net.layers, net.optimizer), history.table()


@pytest.mark.filterwarnings("ignore:fit. the loss is")
@pytest.mark.parametrize("numpy_of", [fast_lane, partial(nnfs_in_force, True)],
                         ids=["fast", "book"])
@pytest.mark.parametrize("case", CASES, ids=map(name_of, CASES))
def test_ranks_train_what_one_process_trains(case, numpy_of):
    with numpy_of(), np.errstate(all="ignore"):
        nets = []  # of each rank, from the same random numbers

        def programs(size, parts):
            # `build` draws from the stream that all threads share: one after the other
            made = [build(fastnn, case, samples=48) for _ in range(size)]
            nets.append(made)

            def program(comm):
                net, rank = made[comm.Get_rank()], comm.Get_rank()
                mine = rows(48, rank, size, case.batch)
                history = fastnn.fit(net.layers, net.loss, net.optimizer, net.X[mine], net.y[mine],
                                     epochs=4, batch_size=case.batch, accuracy=net.accuracy,
                                     comm=comm, parts=parts)
                return state(net.layers, net.optimizer), history.table()
            return succeed(size, program)
        expected, table = trained(case, None, None)
        for got, mine in programs(2, None):
            np.testing.assert_allclose(mine[0, 1:4], table[0, 1:4], rtol=1e-5)
            for one, other in zip(got, expected):
                assert one.dtype == other.dtype and one.shape == other.shape
        in_parts, table = trained(case, None, 2)
        for size in 1, 2:
            for got, mine in programs(size, 2):
                assert np.array_equal(mine, table, equal_nan=True)
                assert all(np.array_equal(one, other, equal_nan=True)
                           for one, other in zip(got, in_parts))
