"""The same under a real mpiexec: digits, the demonstration, errors, and ranks that are killed."""

import json
import re
import time

import numpy as np
import pytest
from comms import mpiexec, needs_mpi
from ranked_nets import net, state, train

import fastnn

pytestmark = needs_mpi
BEGIN = """
    import json, os, sys
    import numpy as np
    from mpi4py import MPI
    import fastnn
    from fastnn.mpi import scatter

    comm = MPI.COMM_WORLD
    rank = comm.Get_rank()
    rng = np.random.default_rng(3)

    def net(dtype, hidden=16, samples=96):
        rng = np.random.default_rng(3)
        X = rng.normal(size=(samples, 2)).astype(dtype)
        y = rng.integers(0, 3, samples)
        layers = [fastnn.Layer_Dense(2, hidden), fastnn.Activation_ReLU(),
                  fastnn.Layer_Dense(hidden, 3)]
        for layer in layers[::2]:
            layer.weights = rng.normal(size=layer.weights.shape).astype(dtype)
            layer.biases = layer.biases.astype(dtype)
        loss = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
        return layers, loss, fastnn.Optimizer_Adam(0.02, decay=1e-3), X, y
"""
TRAINING = BEGIN + """
    found = {}
    for parts in None, 4:
        layers, loss, optimizer, X, y = net("float64")
        X, y = scatter(comm, X, y, batch_size=24)
        history = fastnn.fit(layers, loss, optimizer, X, y, epochs=6, batch_size=24, comm=comm,
                             parts=parts)
        found[str(parts)] = [layers[0].weights.tolist(), layers[2].biases.tolist(),
                             history.loss.tolist()]
    found = comm.gather(found)
    if rank == 0:
        print(json.dumps(found))
"""


@pytest.mark.parametrize("size", [1, 2, 4])
def test_weights_are_those_of_one_process(size):
    process = mpiexec(size, TRAINING)
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout)
    assert len(found) == size
    for parts in None, 4:
        _, history, layers = train(batch_size=24, parts=parts)
        for one in found:
            got = one[str(parts)]
            expected = [layers[0].weights.tolist(), layers[2].biases.tolist(),
                        history.loss.tolist()]
            if parts:
                assert got == expected
            for a, b in zip(got, expected):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_an_error_on_one_rank_ends_the_program():
    process = mpiexec(2, BEGIN + """
    layers, loss, optimizer, X, y = net("float32")
    X, y = scatter(comm, X, y)
    fastnn.fit(layers, loss, optimizer, X, y + 3 * rank, epochs=3, comm=comm)
    """)
    assert process.returncode != 0
    # who comes first ends the program, and the other may not be heard
    assert "ValueError: fit: class indices must be 0 to 2" in process.stderr


def test_what_fails_behind_the_sum_aborts_the_program():
    process = mpiexec(2, BEGIN + """
    from fastnn.engine.ranks import run
    real, left = run.check_status, iter(range(10**6))

    def check_status(status):
        if rank == 1 and next(left) == 21:
            raise RuntimeError("an update failed")
        real(status)
    run.check_status = check_status
    layers, loss, optimizer, X, y = net("float32")
    X, y = scatter(comm, X, y)
    fastnn.fit(layers, loss, optimizer, X, y, epochs=10**6, log_every=10**6, comm=comm)
    """)
    assert process.returncode != 0
    assert "fit: rank 1 of 2 failed in the middle of a step" in process.stderr


@pytest.mark.parametrize("victim", [0, 1])
def test_a_killed_rank_ends_all_and_leaves_the_checkpoint_whole(tmp_path, victim):
    begin = time.monotonic()
    process = mpiexec(2, BEGIN + """
    import signal
    path, victim = sys.argv[1], int(sys.argv[2])

    class Killing(fastnn.callbacks.Checkpoint):
        def __call__(self, row):
            super().__call__(row)
            if row.epoch == 40:
                os.kill(pids[victim], signal.SIGKILL)
    pids = comm.allgather(os.getpid())
    layers, loss, optimizer, X, y = net("float64")
    X, y = scatter(comm, X, y)
    fastnn.fit(layers, loss, optimizer, X, y, epochs=10**6, comm=comm, parts=4,
               callback=Killing(path))
    print("it went on")
    """.replace("import signal", "import signal, fastnn.callbacks", 1), tmp_path / "run", victim)
    assert process.returncode != 0
    assert time.monotonic() - begin < 120
    assert "it went on" not in process.stdout
    said = process.stderr + process.stdout
    assert re.search(r"signal 9|SIGKILL|KILLED|Killed", said), said
    layers, loss, optimizer, X, y = net()
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=10**6, resume=tmp_path / "run",
                         parts=4, callback=lambda row: row.epoch >= 60)
    assert history.epoch[-1] == 60
    expected, _, _ = train(epochs=61, parts=4, callback=lambda row: None)
    assert all(np.array_equal(a, b) for a, b in zip(state(layers, optimizer), expected))


def test_the_demonstration_says_that_digits_are_equal():
    process = mpiexec(2, """
    import sys
    from fastnn.mpi.demo import main
    sys.exit(main(["--samples", "3000", "--epochs", "3"]))
    """)
    assert process.returncode == 0, process.stderr
    assert "2 ranks, 8 parts" in process.stdout
    assert "bit for bit equal" in process.stdout


STOPPED = BEGIN + """
    import signal
    layers, loss, optimizer, X, y = net("float64")
    X, y = scatter(comm, X, y)
    pids = comm.allgather(os.getpid())

    def once(row):  # on rank 0, when the training is under way
        if row.epoch == 1000:
            os.kill(pids[1], signal.SIGINT)
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=10**7, log_every=1000, comm=comm,
                         callback=once)
    found = comm.gather([history.interrupted, history.loss.tolist(), layers[0].weights.tolist(),
                         optimizer.iterations])
    if rank == 0:
        print(json.dumps(found))
"""


def test_ctrl_c_for_one_rank_stops_all_after_the_same_step():
    process = mpiexec(2, STOPPED)
    assert process.returncode == 0, process.stderr
    one, other = json.loads(process.stdout)
    assert one == other and one[0] is True and one[3] < 10**7


def test_ranks_with_random_numbers_of_their_own_have_masks_of_their_own():
    process = mpiexec(2, BEGIN + """
    found = []
    for seed in 1, 1 + rank:
        layers, loss, optimizer, X, y = net("float64")
        layers.insert(2, fastnn.Layer_Dropout(0.3))
        X, y = scatter(comm, X, y)
        np.random.seed(seed)
        try:
            fastnn.fit(layers, loss, optimizer, X, y, epochs=3, comm=comm)
            found.append(layers[0].weights.tolist())
        except ValueError as error:
            found.append(str(error))
    found = comm.gather(found)
    if rank == 0:
        print(json.dumps(found))
    """)
    assert process.returncode == 0, process.stderr
    (refused, one), (_, other) = json.loads(process.stdout)
    assert "np.random.seed(seed + rank)" in refused
    assert one == other
