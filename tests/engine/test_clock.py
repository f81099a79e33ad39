"""The clock in the compiled loop: its parts add up, its counts are right, and digits do not change.
"""

import contextlib
import time

import numpy as np
import pytest
from kernel_calls import Guarded
from networks import Case, assert_same_rows, build, fit, sample, state
from nnfs.datasets import spiral_data
from programs import assert_same, walk

import fastnn
from fastnn.compile.jit import KERNELS
from fastnn.engine import fitting, loop, runs
from fastnn.engine.clock import Clock
from fastnn.engine.plan import blocks as division
from fastnn.kernels.clock import CLOCKED, N_TIMES, N_TOTALS, SAMPLES, STEPS, TICKS, WHOLE
from fastnn.kernels.status import SHAPE
from fastnn.kernels.training import train_timed
from fastnn.support import proofs, watching

pytestmark = pytest.mark.filterwarnings("error")


class Told:
    """A watcher that remembers."""

    def __init__(self):
        self.calls = []

    def fused(self, begin, end, parts):
        assert begin < end
        self.calls.append((begin, end, parts))

    def span(self, *arguments, **options):
        pass

    def within(self, owner):
        return contextlib.nullcontext()

    def stepwise(self, reason, things):
        raise AssertionError(reason)

    @property
    def seconds(self):
        return sum(end - begin for begin, end, _ in self.calls)

    def sums(self, number):
        """{(owner's id, phase): the sum of calls (2), seconds (3), flops (4) or bytes (5)}"""
        found = {}
        for _, _, parts in self.calls:
            for part in parts:
                key = id(part.owner), part.phase
                found[key] = found.get(key, 0) + part[number]
        return found


@pytest.fixture
def told():
    """What a watcher is told, from now on."""
    one, before = Told(), watching.watcher()
    watching.watch(one)
    yield one
    watching.watch(before)


@pytest.fixture
def clocks(monkeypatch):
    """The times, counts and works of each Clock whenever it is told, before it forgets."""
    found = []

    class Noted(Clock):
        def __init__(self, works):
            super().__init__(works)
            self.works = works

        def tell(self, watching):
            if self.times[-N_TOTALS:].any():
                found.append((self.times.copy(), self.counts(), self.works))
            super().tell(watching)
    monkeypatch.setattr("fastnn.engine.clock.Clock", Noted)
    return found


def unwatched(make):
    before = watching.watcher()
    watching.watch(None)
    try:
        return make()
    finally:
        watching.watch(before)


def spiral(hidden=64, dropout=False):
    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    layers = [fastnn.Layer_Dense(2, hidden, weight_regularizer_l2=5e-4), fastnn.Activation_ReLU(),
              *[fastnn.Layer_Dropout(0.1)] * dropout, fastnn.Layer_Dense(hidden, 3)]
    return layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(), \
        fastnn.Optimizer_Adam(learning_rate=0.05, decay=5e-7), X, y


def net_state(net):
    """A copy of every array and number on the objects."""
    return dict(walk("net", [*net[0], *net[1:3]]))


# ------------------------------------------------------------------------------------ the digits


@pytest.mark.parametrize("dropout", [False, True], ids=["", "dropout"])
def test_a_watched_spiral_has_the_same_bits(book_numpy, told, dropout):
    def trained():
        net = spiral(dropout=dropout)
        history = fastnn.fit(*net, epochs=150, log_every=10)
        return net_state(net), np.array(list(history))
    arrays, rows = trained()
    assert told.calls
    expected_arrays, expected_rows = unwatched(trained)
    assert_same(arrays, expected_arrays)
    assert np.array_equal(rows, expected_rows, equal_nan=True)


@pytest.mark.parametrize("case", sample(12, seed=5), ids=lambda case: case.loss.replace(" ", "_"))
def test_watched_networks_have_the_same_bits(book_numpy, told, case):
    def trained():
        net = build(fastnn, case)
        rows = list(fit(net, epochs=5, batch_size=case.batch, log_every=2,
                        validation_data=(net.X[:20], net.y[:20])))
        return net, rows
    (net, rows), (expected, expected_rows) = trained(), unwatched(trained)
    assert told.calls
    assert_same(state(net), state(expected))
    assert_same_rows(rows, expected_rows)


# ---------------------------------------------------------------------------------- what is told


@pytest.mark.clock
@pytest.mark.parametrize("numpy", ["book_numpy", "native_numpy"])
def test_parts_add_up_to_the_calls(request, told, numpy):
    request.getfixturevalue(numpy)
    fastnn.fit(*spiral(), epochs=1)  # compiled, or loaded
    least = 0.97
    for _ in range(5):  # somebody else may want the processor between two readings
        told.calls.clear()
        begin = time.perf_counter()
        fastnn.fit(*spiral(), epochs=1500, log_every=100)
        wall = time.perf_counter() - begin
        parts = sum(told.sums(3).values())
        assert parts <= 1.0001 * told.seconds <= 1.0001 * wall
        if parts >= least * told.seconds:
            break
    assert least * told.seconds <= parts
    assert all(part.seconds >= 0 for _, _, parts in told.calls for part in parts)
    ends = [end for _, end, _ in told.calls]
    assert all(end <= begin for end, (begin, *_) in zip(ends, told.calls[1:])), "they overlap"


def test_nobody_is_told_where_nobody_watches(book_numpy, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("the clock was read")
    monkeypatch.setattr(loop, "train_timed", refuse)
    monkeypatch.setattr("fastnn.engine.clock.Clock", refuse)
    assert watching.watcher() is None
    fastnn.fit(*spiral(), epochs=3)


def test_who_stops_watching_is_told_no_more(book_numpy, told):
    net = spiral()
    fastnn.fit(*net, epochs=6, callback=lambda row: watching.watch(None if row.epoch > 1 else told))
    assert told.sums(2)[id(net[2]), "optimizer"] == 3


PHASES_OF = {"layers": {"forward", "backward"}, "loss": {"loss", "backward"},
             "optimizer": {"optimizer"}, "accuracy": {"metrics"}}


@pytest.mark.parametrize("case", [*sample(25, seed=6), Case(hidden=(32, 48))], ids=lambda case: "")
def test_every_row_is_somebodys(native_numpy, case):
    net = build(fastnn, case)
    parts = fitting.parts_of(net.layers, net.loss, net.optimizer, net.accuracy)
    works = runs.Run(parts, net.X, net.y)._step.program.works()
    things = {id(layer): "layers" for layer in net.layers} | {
        id(getattr(net, name)): name for name in ("loss", "optimizer", "accuracy")}
    assert works
    assert {work.phase for work in works} == set(watching.PHASES) - {"data"}
    for work in works:
        assert work.phase in PHASES_OF[things[id(work.owner)]], work
        assert work.amounts[0] >= 0 and sum(work.amounts[1:]) > 0, work


def test_calls_are_counted_block_by_block(book_numpy, monkeypatch, told, clocks):
    monkeypatch.setattr(division, "_BLOCK_BYTES", 1)  # blocks of 8
    monkeypatch.setattr(proofs, "holds", lambda *asked: 1)  # BLAS has no blocks
    net = build(fastnn, Case(hidden=(32,)))  # 49 samples
    fit(net, epochs=100, batch_size=20, log_every=10)  # 20, 20, 9: blocks of 3, 3, 2
    *before, (_, kept_counts, kept) = clocks  # the last step is kept, in blocks of 8 and 1
    assert all(one[2] is before[0][2] for one in before)
    counts = np.sum([one[1] for one in before], axis=0).T
    for work, found in zip(before[0][2], counts.tolist(), strict=True):
        epochs = 11 if work.logged else 100  # every tenth epoch is recorded, and the last
        blocks = 8 * epochs - 2 if work.block else 3 * epochs - 1
        assert found == [3 * epochs - 1, blocks, 49 * epochs - 9], work
    assert np.transpose(kept_counts).tolist() == [[1, 1 + work.block, 9] for work in kept]


def test_parts_have_the_work_of_their_products(book_numpy, told):
    net = spiral()
    fastnn.fit(*net, epochs=40, log_every=10)
    layers, loss, optimizer, X, _ = net
    calls, flops = told.sums(2), told.sums(4)
    assert calls[id(layers[0]), "forward"] == calls[id(optimizer), "optimizer"] == 40
    assert calls[id(loss), "backward"] == calls[id(loss), "loss"] == 40
    metrics, = (number for (_, phase), number in calls.items() if phase == "metrics")
    assert metrics == 5  # epochs 0, 10, 20, 30 and 39
    # forwards both are one pass, which is the first layer's; not so in the last step, which is kept
    forward = [flops[id(layers[n]), "forward"] for n in (0, 2)]
    assert sum(forward) == 40 * 300 * 2 * (2 * 64 + 64 * 3)
    assert forward[1] == 300 * 2 * 64 * 3
    backward = sum(number for (_, phase), number in flops.items() if phase == "backward")
    # the first layer's dinputs are for the kept step alone
    assert backward == 40 * 300 * 2 * (64 * 2 + 2 * 64 * 3) + 300 * 2 * 64 * 2


def test_copied_batches_are_data(book_numpy, told):
    X = np.random.randint(0, 5, (100, 5))
    net = build(fastnn, Case())._replace(X=X, y=np.arange(100) % 3)
    fit(net, epochs=3, batch_size=30)
    assert told.sums(2)[id(None), "data"] == 12
    assert told.sums(5)[id(None), "data"] == 3 * 2 * 100 * 5 * 8  # read and written


def test_evaluation_and_prediction_are_told(book_numpy, told, capsys):
    X, y = spiral_data(samples=100, classes=3)
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 32), fastnn.Activation_ReLU(), fastnn.Layer_Dense(32, 3),
                  fastnn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    model.train(X, y, epochs=2, batch_size=15, print_every=7)
    dense = id(model.layers[0])
    calls = told.sums(2)
    assert calls[dense, "forward"] == calls[id(model.optimizer), "optimizer"] == 40
    assert calls[id(model.softmax_classifier_output), "backward"] == 40
    told.calls.clear()
    model.evaluate(X, y, batch_size=15)
    calls = told.sums(2)
    assert {phase for _, phase in calls} == {"forward", "loss", "metrics"}
    assert calls[dense, "forward"] == calls[id(model.loss), "loss"] == 20
    assert calls[id(model.accuracy), "metrics"] == 20
    told.calls.clear()
    model.predict(X, batch_size=15)
    assert [told.sums(2)[id(model.layers[n]), "forward"] for n in (0, 3)] == [20] * 2
    assert {phase for _, phase in told.sums(2)} == {"forward"}


# ------------------------------------------------------------------------------------- the clock


def test_many_steps_are_clocked_one_in_four_whatever_their_batch(book_numpy, told, clocks):
    net = build(fastnn, Case(hidden=(3,)))
    fit(net, epochs=400, batch_size=20, log_every=1000)
    times = max((times for times, *_ in clocks), key=lambda times: times[-N_TOTALS, STEPS])
    plain = times[-N_TOTALS]
    assert plain[STEPS] > 500
    assert 0.24 < plain[CLOCKED] / plain[SAMPLES] < 0.32


def test_without_a_clock_all_is_the_loops_own(book_numpy):
    net = spiral()
    clock = Clock(runs.Run(fitting.parts_of(*net[:3], None), *net[3:])._step.program.works())
    clock.times[-N_TOTALS:, :] = 1
    clock.times[WHOLE - N_TOTALS, TICKS:TICKS + 2] = 0
    assert clock.parts() == []


def test_train_timed_refuses_another_table_than_its_programs(book_numpy, monkeypatch, told):
    calls = []

    def noted(*arguments):
        calls.append([a.copy() for a in arguments])
        return train_timed(*arguments)
    monkeypatch.setattr(loop, "train_timed", noted)
    fastnn.fit(*spiral(), epochs=3)
    names = ["code", "sections", "counters", "results", "records", "box", "times"]
    arguments = dict(zip(names, calls[0], strict=True))
    rows, _ = arguments["times"].shape
    for shape in ((rows - 1, N_TIMES), (rows + 1, N_TIMES), (rows, N_TIMES - 1), (0, 0)):
        guarded = Guarded(arguments | {"times": np.zeros(shape, np.int64)})
        assert guarded.call(train_timed) == SHAPE, shape
        assert guarded.changed() == []
    assert [len(one.declared) for one in KERNELS if one.__name__.startswith("train")] == [1, 1]


def test_parts_come_in_the_order_of_a_step(native_numpy, told):
    """Layers without names are numbered as they come."""
    net = build(fastnn, Case("squared 1", hidden=(64, 48, 32)), 300)
    fit(net, epochs=3)
    forward = [part.owner for part in told.calls[0][2] if part.phase == "forward"]
    dense = [layer for layer in net.layers if layer in forward and hasattr(layer, "weights")]
    assert [layer for layer in forward if hasattr(layer, "weights")] == dense
