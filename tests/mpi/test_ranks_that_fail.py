"""Ranks that do not fit together, raise, or are interrupted: all of them end, and say why."""

import signal
import threading

import numpy as np
import pytest
from comms import Ended, on_ranks, succeed
from ranked_nets import assert_equal, net, train

import fastnn
from fastnn.engine import interrupts
from fastnn.engine.ranks import run as ranked
from fastnn.mpi import rows


def fit_with(comm, change=lambda things, rank: None, **options):
    """A training whose objects, data or options were changed on some rank."""
    layers, loss, optimizer, X, y = net()
    rank = comm.Get_rank()
    mine = rows(len(X), rank, comm.Get_size())
    things = {"layers": layers, "loss": loss, "optimizer": optimizer, "X": X[mine], "y": y[mine],
              "options": {"epochs": 4} | options}
    change(things, rank)
    before = [layer.weights.copy() for layer in things["layers"] if hasattr(layer, "weights")]
    try:
        return fastnn.fit(*(things[name] for name in ("layers", "loss", "optimizer", "X", "y")),
                          comm=comm, **things["options"])
    except (ValueError, TypeError, RuntimeError):
        after = [layer.weights for layer in things["layers"] if hasattr(layer, "weights")]
        assert_equal(after, before)
        raise


def on_rank_1(change):
    return lambda things, rank: change(things) if rank == 1 else None


DISAGREEMENTS = {
    "epochs": lambda things: things["options"].update(epochs=5),
    "no epochs": lambda things: things["options"].update(epochs=0),
    "batch_size": lambda things: things["options"].update(batch_size=10),
    "parts": lambda things: things["options"].update(parts=2),
    "learning_rate": lambda things: setattr(things["optimizer"], "learning_rate", 0.5),
    "the layers": lambda things: things["layers"].pop(1),
    "weight_regularizer_l2": lambda things: setattr(things["layers"][0], "weight_regularizer_l2",
                                                    0.5),
    "layers.0..weights": lambda things: things.update(layers=net(hidden=8)[0]),
    "class of the loss|class of loss": lambda things: things.update(
        loss=fastnn.Loss_MeanSquaredError(), y=np.eye(3)[things["y"]]),
    "X's columns and types": lambda things: things.update(X=things["X"].astype("float32")),
    "validation_data": lambda things: things["options"].update(
        validation_data=(things["X"], things["y"])),
}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_ranks_that_disagree_are_all_told_the_same(name):
    found = on_ranks(3, lambda comm: fit_with(comm, on_rank_1(DISAGREEMENTS[name])))
    assert [type(one) for one in found] == [ValueError] * 3
    assert len({str(one) for one in found}) == 1
    with pytest.raises(ValueError, match=f"the ranks must agree on .*({name.split()[-1]})"):
        raise found[0]


OWN_FAULTS = {
    "NaN": (lambda things: things["options"].update(epochs=-1), ValueError, "epochs"),
    "short": (lambda things: things.update(y=things["y"][1:]), ValueError, "one row for each"),
    "labels": (lambda things: things.update(y=things["y"] + 5), ValueError, "class"),
    "text": (lambda things: things.update(X="no"), (ValueError, TypeError), "X"),
    "order": (lambda things: things.update(X=np.asfortranarray(things["X"])), ValueError,
              "all must be compiled"),
}


@pytest.mark.parametrize("name", OWN_FAULTS)
def test_the_fault_of_one_rank_is_told_to_all(name):
    change, kind, words = OWN_FAULTS[name]
    found = on_ranks(3, lambda comm: fit_with(comm, on_rank_1(change)))
    with pytest.raises(kind, match=words):
        raise found[1]
    for one in found[0], found[2]:
        with pytest.raises(RuntimeError, match="^fit: rank 1 of 3 ended with .*" + words):
            raise one


@pytest.mark.parametrize(("options", "words"), [
    ({"parts": 3}, "power of two that 2 ranks divide"), ({"parts": 1}, "power of two that 2"),
    ({"parts": 128}, "a sample for each of 128 parts"), ({"batch_size": 1}, "each of the 2 ranks"),
    ({"parts": 2, "shuffle": 3}, "not shuffled")])
def test_what_no_ranks_can_do_is_refused(options, words):
    for one in on_ranks(2, lambda comm: fit_with(comm, **options)):
        with pytest.raises(ValueError, match=words):
            raise one


def test_unequal_steps_are_refused():
    def change(things, rank):
        if rank:
            things.update(X=things["X"][:20], y=things["y"][:20])
    for one in on_ranks(2, lambda comm: fit_with(comm, change, batch_size=24)):
        with pytest.raises(ValueError, match="as many batches.*fastnn.mpi.scatter"):
            raise one
    for one in on_ranks(2, lambda comm: fit_with(comm, change, parts=2)):
        with pytest.raises((ValueError, RuntimeError), match="even share.*fastnn.mpi.scatter"):
            raise one


@pytest.mark.parametrize(("made", "options", "words"), [
    ({"norm": True}, {}, "looks at whole batches"),
    ({"dropout": 0.2}, {"parts": 2}, "draws from each rank's own"),
    ({"loss": "squared"}, {"parts": 2, "regression": True}, "must have its precision")])
def test_what_ranks_cannot_sum_is_refused(made, options, words):
    np.random.seed(0)
    for one in on_ranks(1, lambda comm: train(comm, made=made, **options)):
        with pytest.raises(ValueError, match=words):
            raise one


def test_equal_random_numbers_on_all_ranks_are_refused():
    for one in on_ranks(2, lambda comm: train(comm, made={"dropout": 0.2})):
        with pytest.raises(ValueError, match=r"np.random.seed\(seed \+ rank\)"):
            raise one


@pytest.mark.parametrize("comm", [3, "world", object()], ids=lambda comm: type(comm).__name__)
def test_what_is_no_communicator_is_refused(comm):
    layers, loss, optimizer, X, y = net()
    with pytest.raises(TypeError, match="comm must be a communicator of mpi4py"):
        fastnn.fit(layers, loss, optimizer, X, y, comm=comm)


@pytest.mark.parametrize("parts", [0, 2.0, True, "8"])
def test_what_is_no_number_of_parts_is_refused(parts):
    layers, loss, optimizer, X, y = net()
    with pytest.raises((TypeError, ValueError), match="parts must be"):
        fastnn.fit(layers, loss, optimizer, X, y, parts=parts)


# --------------------------------------------------------------------------------- under way


def test_an_error_in_a_callback_ends_all():
    def callback(row):
        if row.epoch == 2:
            raise OSError("no space left")
    found = on_ranks(3, lambda comm: train(comm, callback=callback))
    assert type(found[0]) is OSError and len(found[0].history) == 3
    for one in found[1:]:
        assert len(one.history) == 3
        with pytest.raises(RuntimeError, match="rank 0 of 3 ended with OSError: no space left"):
            raise one


def test_an_error_at_the_end_of_a_callback_ends_all():
    class Closing:
        def begin(self, training):
            pass

        def __call__(self, row):
            pass

        def end(self, history):
            raise OSError("cannot close")
    found = on_ranks(2, lambda comm: train(comm, callback=Closing()))
    assert type(found[0]) is OSError and type(found[1]) is RuntimeError


@pytest.mark.parametrize("parts", [None, 2])
def test_an_error_in_a_step_ends_all_after_that_step(parts, monkeypatch):
    real = ranked.call_loop

    def call_loop(program, *arguments):
        counted.count = getattr(counted, "count", 0) + 1
        if threading.current_thread() is not threading.main_thread() and counted.count == 7:
            raise MemoryError("no room")
        return real(program, *arguments)
    counted = threading.local()
    monkeypatch.setattr(ranked, "call_loop", call_loop)
    found = on_ranks(2, lambda comm: train(comm, parts=parts))
    assert type(found[1]) is MemoryError
    with pytest.raises(RuntimeError, match="rank 1 of 2 ended with MemoryError: no room"):
        raise found[0]
    assert len(found[0].history) == len(found[1].history)


def test_what_fails_where_the_others_wait_aborts_them(monkeypatch, capfd):
    real = ranked.check_status

    def check_status(status):
        counted.count = getattr(counted, "count", 0) + 1
        if threading.current_thread() is not threading.main_thread() and counted.count == 6:
            raise RuntimeError("an update failed")  # behind the sum
        real(status)
    counted = threading.local()
    monkeypatch.setattr(ranked, "check_status", check_status)
    found = on_ranks(2, train)
    assert all(isinstance(one, Ended) for one in found)
    assert ("fit: rank 1 of 2 failed in the middle of a step, with RuntimeError: an update failed; "
            "all ranks are ended") in capfd.readouterr().err


def test_one_rank_that_is_to_stop_stops_all_after_the_same_step(monkeypatch):
    class Asked:
        """Rank 1 is asked to stop in its sixth step."""

        def __init__(self):
            self.steps = 0

        def __call__(self):
            self.steps += 1
            return self.steps >= 6
    real = ranked.RankedRun.__init__

    def made(run, ranks, *arguments, **options):
        real(run, ranks, *arguments, **options)
        if ranks.rank == 1:
            ranks.asked = Asked()
    monkeypatch.setattr(ranked.RankedRun, "__init__", made)
    found = succeed(2, lambda comm: train(comm, epochs=1000, batch_size=24))
    for got, history, _ in found:
        assert history.interrupted
        assert len(history) == 1  # of four steps; seven were done
        assert got[-1][0] == 7
    assert_equal(found[0][0], found[1][0])


def test_ctrl_c_on_one_rank_stops_all(monkeypatch):
    monkeypatch.setattr(interrupts, "_last", -9.0)
    real, left = ranked.call_loop, iter(range(10**6))

    def call_loop(*arguments):
        if threading.current_thread() is threading.main_thread() and next(left) == 8:
            signal.raise_signal(signal.SIGINT)
        return real(*arguments)
    monkeypatch.setattr(ranked, "call_loop", call_loop)
    found = succeed(2, lambda comm: train(comm, epochs=1000))
    for got, history, _ in found:
        assert history.interrupted and len(history) == 6  # the last of them keeps its arrays
        assert got[-1][0] == 6
    assert_equal(found[0][0], found[1][0])


def test_ctrl_c_in_a_callback_ends_all(monkeypatch):
    monkeypatch.setattr(interrupts, "_last", -9.0)

    def callback(row):
        if row.epoch == 2:
            signal.raise_signal(signal.SIGINT)
    found = on_ranks(2, lambda comm: train(comm, callback=callback))
    assert type(found[0]) is KeyboardInterrupt and type(found[1]) is RuntimeError
    assert len(found[0].history) == len(found[1].history) == 3


def test_a_lost_loss_is_warned_of_by_each_rank():
    """Here warnings are errors; each rank looks at its own samples."""
    def change(things, rank):
        if rank == 1:
            things["X"][5, 1] = np.nan
    layers, loss, optimizer, X, y = net()

    def program(comm):
        mine = rows(len(X), comm.Get_rank(), 2)
        things = {"X": X[mine].copy()}
        change(things, comm.Get_rank())
        layers, loss, optimizer, *_ = net()
        return fastnn.fit(layers, loss, optimizer, things["X"], y[mine], epochs=3, comm=comm)
    one, other = on_ranks(2, program)
    assert type(one) is type(other) is RuntimeWarning
    assert "A smaller learning rate" in str(one) or "It was so before" in str(one)
    assert "X holds nan at [5, 1]" in str(other)
