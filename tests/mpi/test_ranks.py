"""A training over ranks is that of one process, to rounding; with parts= to the bit."""

import threading

import mpi_model
import numpy as np
import pytest
from comms import Comm, World, succeed
from nnfs_context import fast_lane
from ranked_nets import assert_close, assert_equal, net, over, state, train

import fastnn
from fastnn.compile.policy import compile_policy, policy
from fastnn.engine.runs import Run
from fastnn.mpi import rows

OPTIONS = {
    "plain": {}, "batches": {"batch_size": 24},
    "uneven": {"batch_size": 29, "made": {"samples": 95}},
    "penalties": {"made": {"weight_regularizer_l1": 1e-3, "bias_regularizer_l2": 1e-2}},
    "SGD": {"made": {"optimizer": "SGD"}}, "logged": {"log_every": 4, "epochs": 7},
    "regression": {"regression": True}, "wide": {"made": {"hidden": 64}},
    "called": {"callback": lambda row: None, "batch_size": 32}}
every = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)


@every
@pytest.mark.parametrize("size", [1, 2, 3])
def test_weights_and_history_are_those_of_one_process(options, size):
    expected, history, _ = train(**options)
    found = over(size, **options)
    for got, mine, _ in found:
        assert_close(got, expected)
        np.testing.assert_allclose(mine.table(), history.table(), rtol=1e-12, atol=1e-12)
    for got, mine, _ in found[1:]:  # and all ranks are equal to the bit
        assert_equal(got, found[0][0])
        assert np.array_equal(mine.table(), found[0][1].table(), equal_nan=True)


@every
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_parts_digits_do_not_depend_on_the_number_of_ranks(options, dtype):
    options = options | {"made": {"dtype": dtype} | options.get("made", {}), "parts": 4}
    if "regression" in options:
        options["precision"] = 0.1
    expected, history, _ = train(**options)
    for size in 1, 2, 4:
        for got, mine, _ in over(size, **options):
            assert_equal(got, expected)
            assert np.array_equal(mine.table(), history.table(), equal_nan=True)


def test_in_parts_it_is_the_same_training():
    assert_close(train(parts=8)[0], train()[0])


@pytest.mark.parametrize("parts", [None, 4])
def test_a_validation_is_of_all_ranks_samples(parts):
    _, _, _, X, y = net(samples=41)
    expected, history, _ = train(validation_data=(X, y), parts=parts)

    def program(comm):
        mine = rows(41, comm.Get_rank(), comm.Get_size())
        return train(comm, validation_data=(X[mine], y[mine]), parts=parts)
    for size in 2, 4:
        for got, mine, _ in succeed(size, program):
            if parts:
                assert_equal(got, expected)
                assert np.array_equal(mine.table(), history.table())
            np.testing.assert_allclose(mine.table(), history.table(), rtol=1e-12)


def test_the_weights_of_rank_0_are_everybodys():
    expected, _, _ = train()

    def program(comm):
        layers, loss, optimizer, X, y = net()
        if comm.Get_rank():
            layers[0].weights *= 2
            layers[2].biases += 1
        mine = rows(len(X), comm.Get_rank(), 2)
        fastnn.fit(layers, loss, optimizer, X[mine], y[mine], epochs=6, comm=comm)
        return state(layers, optimizer)
    for got in succeed(2, program):
        assert_close(got, expected)


def test_unequal_ranks_are_weighted_by_their_samples():
    expected, _, _ = train()

    def program(comm):
        layers, loss, optimizer, X, y = net()
        mine = slice(0, 10) if comm.Get_rank() == 0 else slice(10, None)
        fastnn.fit(layers, loss, optimizer, X[mine], y[mine], epochs=6, comm=comm)
        return state(layers, optimizer)
    for got in succeed(2, program):
        assert_close(got, expected)


def test_one_sum_a_step():
    """The gradients of all layers go as one; a recorded epoch has one small sum besides."""
    def program(comm):
        train(comm, batch_size=24, epochs=10, log_every=5)
        return comm.calls.count("Allreduce")
    assert succeed(2, program) == [10 * 4 + 3] * 2


def test_gradients_that_are_left_are_those_of_the_whole_batch():
    _, _, alone = train()
    for _, _, layers in over(2):
        assert_close([layers[0].dweights, layers[2].dbiases], [alone[0].dweights, alone[2].dbiases])
        assert layers[0].inputs.shape == (48, 2)  # samples are the rank's own


def test_samples_of_other_types_go_through_a_copy():
    integers, y = (10 * net()[3]).astype("int16"), net()[4]

    def program(comm, X, y):
        layers, loss, optimizer, *_ = net()
        fastnn.fit(layers, loss, optimizer, X, y, epochs=3, batch_size=24, comm=comm, parts=2)
        return state(layers, optimizer)
    alone = program(None, integers, y)
    for got in succeed(2, lambda comm: program(
            comm, *(one[rows(96, comm.Get_rank(), 2, 24)] for one in (integers, y)))):
        assert_equal(got, alone)


def test_each_rank_shuffles_its_own():
    def program(comm):
        return train(comm, batch_size=24, shuffle=7, epochs=4)
    one, other = succeed(2, program)
    assert_equal(one[0], other[0])
    assert not np.array_equal(one[0][0], train(batch_size=24, epochs=4)[0][0])


def test_dropout_draws_on_each_rank():
    def program(comm):
        return train(comm, made={"dropout": 0.2})
    np.random.seed(3)
    found = succeed(1, program)
    assert np.isfinite(found[0][0][0]).all()


def test_a_profile_sees_the_layers():
    with fastnn.profile() as report:
        train(Comm(World(1), 0))
    assert "Layer_Dense" in str(report)


def test_ranks_whose_processors_differ_leave_equal():
    """Weights of rank 0 are everybody's at the end."""
    class Rounding(Comm):
        def Allreduce(self, own, total):
            super().Allreduce(own, total)
            total[:-2] *= 1 + 1e-7 * self.Get_rank()

    def program(comm):
        return train(Rounding(comm._world, comm.Get_rank()))
    one, other = succeed(2, program)
    assert_equal(one[0], other[0])


@pytest.mark.parametrize("frozen", [0, 2])
def test_a_frozen_layer_stays(frozen):
    def program(comm):
        layers, loss, optimizer, X, y = net()
        layers[frozen].trainable = False
        before = layers[frozen].weights.copy()
        mine = rows(len(X), comm.Get_rank(), 2)
        fastnn.fit(layers, loss, optimizer, X[mine], y[mine], epochs=3, comm=comm)
        assert np.array_equal(layers[frozen].weights, before)
        return layers[2 - frozen].weights
    one, other = succeed(2, program)
    assert np.array_equal(one, other) and not np.array_equal(one, net()[0][2 - frozen].weights)


@pytest.mark.parametrize("parts", [None, 2])
def test_threads_share_the_parts_of_a_rank(parts, monkeypatch):
    """Where there is enough work for several threads digits do not depend on them."""
    found = []
    for threads in "1", "4":
        monkeypatch.setenv("FASTNN_NUM_THREADS", threads)
        with fast_lane():
            made = {"samples": 6000, "hidden": 64, "dtype": "float32"}
            found.append(train(Comm(World(1), 0), made=made, parts=parts, epochs=3)[0])
    assert_equal(*found)


def test_the_model_of_the_benchmark_finds_its_own_numbers():
    sums = [[n, mpi_model.sum_of(2, n, 3e-6, 2e-10)] for n in mpi_model.SIZES]
    np.testing.assert_allclose(mpi_model.fitted(sums), (3e-6, 2e-10))
    line = [[share, 5e-6 + 1e-7 * 1000 / share] for share in (1, 2, 4)]
    np.testing.assert_allclose(mpi_model.line_through(line, 1000), (5e-6, 1e-7))
    assert mpi_model.parameters(mpi_model.CASES["spiral, 100,000 rows"]) == 3 * 64 + 65 * 3


def test_two_trainings_in_threads_wait_for_their_kernels_each(monkeypatch):
    """The one that began first ends while the other is still at its program."""
    begun, over_, seen, compiled = threading.Event(), threading.Event(), [], Run._compile

    def slow(run):
        if threading.current_thread() is first:
            begun.set()
            second_is_in.wait(60)
        else:
            second_is_in.set()
            over_.wait(60)
        seen.append(policy())
        compiled(run)

    def training():
        train(parts=2)
        over_.set()
    second_is_in = threading.Event()
    first, second = (threading.Thread(target=training) for _ in range(2))
    monkeypatch.setattr(Run, "_compile", slow)
    with compile_policy("background"):
        first.start()
        begun.wait(60)
        second.start()
        first.join(60)
        second.join(60)
        assert seen[:2] == ["wait", "wait"] and set(seen) == {"wait"}
        assert policy() == "background"
