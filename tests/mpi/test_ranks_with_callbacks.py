"""Callbacks of a training over ranks are rank 0's; what they do holds for all."""

import numpy as np
import pytest
from comms import on_ranks, succeed
from ranked_nets import assert_close, assert_equal, net, state, train

import fastnn
from fastnn.callbacks import Checkpoint, EarlyStopping, LearningRateSchedule
from fastnn.callbacks.schedules import cosine
from fastnn.mpi import rows


def over(size, calls, **options):
    """`train` on ranks whose callbacks are made on each, as scripts do."""
    return succeed(size, lambda comm: train(comm, callback=calls(), **options))


def assert_all_are(found, expected, history):
    for got, mine, _ in found:
        assert_close(got, expected)
        np.testing.assert_allclose(mine.table(), history.table(), rtol=1e-12)


def test_a_schedule_holds_on_all_ranks():
    def calls():
        return [LearningRateSchedule(cosine(0.1, 10))]
    expected, history, _ = train(callback=calls(), epochs=10)
    assert_all_are(over(3, calls, epochs=10), expected, history)


def test_all_stop_where_rank_0_does():
    def calls():
        return [EarlyStopping("loss", patience=2, min_delta=0.01)]
    expected, history, _ = train(callback=calls(), epochs=200)
    assert len(history) < 200
    assert_all_are(over(2, calls, epochs=200), expected, history)


def test_only_rank_0_is_called():
    seen = [[], []]

    def program(comm):
        return train(comm, callback=seen[comm.Get_rank()].append)
    succeed(2, program)
    assert [row.epoch for row in seen[0]] == list(range(6)) and seen[1] == []


def test_callbacks_on_one_rank_are_enough():
    calls = []

    def program(comm):
        return train(comm, callback=calls.append if comm.Get_rank() == 0 else None)
    assert_close(succeed(2, program)[1][0], train()[0])
    assert len(calls) == 6


@pytest.mark.parametrize("parts", [None, 4])
def test_what_a_callback_changes_is_changed_everywhere(parts):
    def program(comm):
        layers, loss, optimizer, X, y = net()
        if comm is not None:
            mine = rows(len(X), comm.Get_rank(), comm.Get_size())
            X, y = X[mine], y[mine]

        def callback(row):
            if row.epoch == 1:
                layers[0].weights *= 0.5  # in place
            if row.epoch == 2:
                layers[2].biases = layers[2].biases + 1
                layers[2].weight_regularizer_l2 = 0.01
            if row.epoch == 3:
                layers[0].trainable = False
            if row.epoch == 4:
                layers[2].weight_momentums = np.zeros_like(layers[2].weights)
        fastnn.fit(layers, loss, optimizer, X, y, epochs=8, callback=callback, comm=comm,
                   parts=parts)
        return state(layers, optimizer)
    expected = program(None)
    for got in succeed(2, program):
        (assert_equal if parts else assert_close)(got, expected)


def test_what_a_callback_breaks_is_told_by_all():
    def program(comm):
        layers, loss, optimizer, X, y = net()
        mine = rows(len(X), comm.Get_rank(), 2)

        def callback(row):
            layers[0].weights = layers[0].weights[:, :3]
        fastnn.fit(layers, loss, optimizer, X[mine], y[mine], epochs=3, callback=callback,
                   comm=comm)
    for one in on_ranks(2, program):
        with pytest.raises((ValueError, RuntimeError), match="weights|biases"):
            raise one


@pytest.mark.parametrize("parts", [None, 4])
def test_a_training_is_resumed_by_as_many_ranks_as_there_are(tmp_path, parts):
    expected, history, _ = train(epochs=10, parts=parts)

    def calls():
        return [Checkpoint(tmp_path / "run")]
    over(2, calls, epochs=4, parts=parts)

    def program(comm):
        path = tmp_path / "run" if comm.Get_rank() == 0 else tmp_path / "nowhere"
        return train(comm, epochs=10, parts=parts, resume=path)
    for size in 1, 2, 4:
        for got, mine, _ in succeed(size, program):
            (assert_equal if parts else assert_close)(got, expected)
            np.testing.assert_allclose(mine.table(), history.table(), rtol=1e-12)


def test_a_training_that_was_over_is_over_on_all_ranks(tmp_path):
    over(2, lambda: [Checkpoint(tmp_path / "run")], epochs=4)
    found = over(2, lambda: None, epochs=4, resume=tmp_path / "run")
    assert [len(history) for _, history, _ in found] == [4, 4]
    assert_equal(found[0][0], found[1][0])


def test_a_checkpoint_that_cannot_be_read_is_told_to_all(tmp_path):
    found = on_ranks(2, lambda comm: train(comm, resume=tmp_path / "nothing"))
    assert isinstance(found[0], OSError) and isinstance(found[1], RuntimeError)


def test_a_callback_that_refuses_the_training_refuses_it_everywhere(tmp_path):
    found = on_ranks(2, lambda comm: train(
        comm, callback=EarlyStopping("validation_loss", patience=2)))
    assert type(found[0]) is ValueError and type(found[1]) is RuntimeError
