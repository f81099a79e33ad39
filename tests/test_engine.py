"""fit's digits: every array that it leaves equals the one that the loop over plain NumPy leaves.

Under `nnfs.init()` all is equal bit for bit. The oracle is `networks.train_by_hand`, a loop over
the objects of `fastnn.reference`.
"""

import warnings

import numpy as np
import pytest
from guarded import GuardedNumpy
from networks import (
    LOSSES,
    OPTIMIZERS,
    Case,
    assert_fit_is_the_loop,
    assert_same_net,
    assert_same_rows,
    build,
    fit,
    sample,
    state,
    train_by_hand,
)
from nnfs.datasets import sine_data, spiral_data
from nnfs_context import nnfs_in_force
from programs import assert_same, published

import fastnn
from fastnn import reference, room
from fastnn.engine import blocks, dense, runs
from fastnn.kernels.jit import INSTRUCTIONS, Instruction

pytestmark = pytest.mark.filterwarnings("error")


def name_of(case):
    """For test ids: softmax-Adam-ReLU-7.16-batch16-l1l2-dropout-uint8"""
    return "-".join([
        case.loss.replace(" ", "_"), case.optimizer, case.activation,
        ".".join(map(str, case.hidden)), f"batch{case.batch}", *["l1l2"] * case.regularized,
        *["dropout"] * case.dropout, case.data])


# -------------------------------------------------------------------------------- the digits


@pytest.mark.parametrize("case", sample(150), ids=name_of)
def test_fit_leaves_what_the_loop_leaves(book_numpy, stepwise_runs, case):
    assert_fit_is_the_loop(case, epochs=6, log_every=2)
    assert stepwise_runs == []


@pytest.mark.slow
@pytest.mark.parametrize("loss", LOSSES)
def test_many_fits_leave_what_the_loop_leaves(book_numpy, stepwise_runs, loss):
    """A third of the matrix; all 14,400 take four minutes."""
    differ = []
    for case in sample(4800, seed=2):
        if case.loss == loss:
            try:
                assert_fit_is_the_loop(case, epochs=3)
            except AssertionError as error:
                differ.append(f"{name_of(case)}: {error}")
    assert stepwise_runs == []
    # A softmax between layers multiplies by a matrix for each sample, in an order that the kernel
    # does not follow: about one element in 20 million rounds to its other neighbour. Of every
    # other network all is equal.
    assert [one for one in differ if "-Softmax-" not in one] == []
    assert len(differ) <= 2, differ


@pytest.mark.parametrize("dropout", [False, True], ids=["", "dropout"])
@pytest.mark.parametrize("batch", [None, 16])
@pytest.mark.parametrize("loss", LOSSES)
def test_validation_is_the_loops(book_numpy, stepwise_runs, loss, batch, dropout):
    case = Case(loss, batch=batch, dropout=dropout, regularized=True)
    other = build(reference, case)
    # the bare loop gives a dropout's output that is a copy, see the test after this one
    assert_fit_is_the_loop(case, epochs=5, log_every=2, sharing=not dropout,
                           validation_data=(2 * other.X[:20], other.y[:20].copy()))
    assert stepwise_runs == []


def test_dropout_output_of_a_validation_is_a_copy(book_numpy):
    case = Case(dropout=True)
    net = build(fastnn, case)
    fit(net, epochs=1, validation_data=(net.X, net.y))
    assert net.layers[2].output is not net.layers[2].inputs


@pytest.mark.parametrize("samples", [1, 2, 3, 8])
@pytest.mark.parametrize("loss", LOSSES)
def test_few_samples_and_batches_of_one_are_the_loops(book_numpy, stepwise_runs, loss, samples):
    case = Case(loss, hidden=(7, 3))

    def make(nn, case):
        return build(nn, case, samples)
    assert_fit_is_the_loop(case, make=make, epochs=4)
    assert_fit_is_the_loop(case, make=make, epochs=2, batch_size=1)
    assert stepwise_runs == []


# Two hidden layers beyond a million multiply-adds each, and beyond 384 samples: the sums of blocks.
TWO_LARGE = [((64, 64), 1000, 64, None), ((64, 64), 700, 64, None), ((300, 300), 800, 100, 512)]
LARGE = [  # hidden, samples, inputs, batch
    ((64,), 1537, 784, 768), ((64,), 1000, 784, 385), ((64,), 1000, 784, 384),
    ((150,), 500, 150, None), ((10, 12, 9), 4000, 64, None), ((512,), 300, 2, None),
    ((128, 128), 300, 784, 128),
]
@pytest.mark.parametrize(("hidden", "samples", "inputs", "batch"), [
    *LARGE, *(pytest.param(*sizes) for sizes in TWO_LARGE)])
def test_large_products_are_summed_as_the_loop_sums_them(book_numpy, hidden, samples, inputs,
                                                         batch):
    """Beyond a million multiply-adds, in blocks of 384 terms; also across the blocks of samples."""
    for loss in ("combined", "squared 1"):
        assert_fit_is_the_loop(Case(loss, hidden=hidden, batch=batch), epochs=3,
                               make=lambda nn, case: build(nn, case, samples, inputs))


@pytest.mark.parametrize("inputs", [1, 2, 3, 4])
@pytest.mark.parametrize("hidden", [(48,), (32, 48), (64, 16), (16, 32, 64)])
def test_thin_sides_of_whole_vectors_are_the_loops(book_numpy, stepwise_runs, hidden, inputs):
    """Where a layer of few inputs, or one of few outputs, shares a pass with the ReLU beside it."""
    for loss in ("combined", "squared 3", "squared 1"):
        case = Case(loss, hidden=hidden, batch=20)
        expected = build(reference, case, 49, inputs)
        train_by_hand(expected, epochs=9, batch_size=20)
        got = build(fastnn, case, 49, inputs)
        fit(got, epochs=9, batch_size=20)
        assert_same(state(got), state(expected))
    assert stepwise_runs == []


@pytest.mark.parametrize("batch", [None, 7])
def test_absolute_error_of_one_output_is_the_loops(book_numpy, batch):
    """Its slopes are all 1/N or -1/N: sums that cancel show the order of their terms."""
    for optimizer in OPTIMIZERS:
        for activation in ("ReLU", "Tanh", "Linear"):
            for data in ("float32", "int16"):
                case = Case("absolute 1", optimizer, activation, (16, 33), batch, data=data)
                assert_fit_is_the_loop(case, epochs=20)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("where", ["X", "weights", "both"])
def test_nan_and_infinity_travel_as_in_the_loop(book_numpy, stepwise_runs, loss, where):
    for activation in ("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "Softmax"):
        for special in (np.nan, np.inf, -np.inf):
            def make(nn, case, special=special):
                net = build(nn, case)
                if where != "weights":
                    net.X[::11, 1] = special
                if where != "X":
                    net.layers[2].weights[3, 2] = special
                return net
            assert_fit_is_the_loop(Case(loss, "SGD", activation, (7, 5), 16), make=make, epochs=2)
    assert stepwise_runs == []


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fit_goes_on_where_the_last_one_ended(book_numpy, stepwise_runs, optimizer):
    """Two fits with a step by hand between them are the loop of as many epochs."""
    case = Case(optimizer=optimizer, batch=16, regularized=True)
    got, expected = build(fastnn, case), build(reference, case)
    for epochs, train in ((3, fit), (1, train_by_hand), (2, fit)):
        train(got, epochs=epochs, batch_size=16)
    train_by_hand(expected, epochs=6, batch_size=16)
    assert_same_net(got, expected)
    assert stepwise_runs == []


LAYOUTS = {
    "Fortran": np.asfortranarray, "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "reversed": lambda X: X[::-1], "big-endian": lambda X: X.astype(">f4"),
    "int64": lambda X: (3 * X).astype("i8"), "bool": lambda X: X > 0,
    "float16": lambda X: X.astype("f2"), "askew": lambda X: askew(X),
    "read-only": lambda X: read_only(X),
}


def askew(X):
    """A copy at an odd address."""
    memory = np.empty(X.nbytes + 1, np.uint8)[1:]
    made = memory.view(X.dtype).reshape(X.shape)
    made[...] = X
    return made


def read_only(X):
    X.flags.writeable = False
    return X


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("batch", [None, 16])
def test_data_of_any_layout_and_type_is_taken_as_in_the_loop(book_numpy, stepwise_runs, layout,
                                                             batch):
    def make(nn, case):
        net = build(nn, case)
        return net._replace(X=LAYOUTS[layout](net.X))
    assert_fit_is_the_loop(Case(batch=batch), make=make, epochs=3)
    assert stepwise_runs == []


LABELS = ["u1", "i1", "u2", "i4", ">i8", "u8"]


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_whole_type_are_taken(book_numpy, stepwise_runs, kind):
    for loss in ("combined", "softmax"):
        def make(nn, case):
            net = build(nn, case)
            return net._replace(y=np.repeat(net.y.astype(kind), 3)[::3])
        assert_fit_is_the_loop(Case(loss, batch=16), make=make, epochs=3)
    assert stepwise_runs == []


# --------------------------------------------------------------- native precision, determinism

# One step. Sums of at most 65 terms in another order differ by at most 65 units of rounding, 2^-24
# or 2^-53, of the sum of their magnitudes (Higham 2002, section 3.1), and a step is at most 8
# products deep: four layers forward and back.
ROUNDINGS = 8 * 65
NATIVE = [Case(loss, optimizer, activation, hidden)
          for loss, hidden in zip(LOSSES, [(16,), (7, 33), (65, 3, 7), (1,)] * 3)
          for optimizer in ("SGD", "Adam") for activation in ("ReLU", "Sigmoid", "Softmax")]
MIXED = [case for case in NATIVE if case.loss in ("binary 1", "squared 1")]  # float64 targets


def assert_native_step(dtype, case, make=build):
    got = make(fastnn, case)
    history = fit(got, epochs=1)
    expected = make(reference, case)  # which seeds anew
    rows = train_by_hand(expected, epochs=1)
    bound = ROUNDINGS * float(np.finfo(dtype).eps) / 2
    assert history.loss[0] == pytest.approx(rows[0][1], rel=bound)
    optimizer = build(reference, case).optimizer
    for n, (layer, right) in enumerate(zip(got.layers, expected.layers, strict=True)):
        assert_near(layer, right, ("output", "dinputs", "dweights", "dbiases"), bound)
        if hasattr(layer, "weights"):
            # An update divides by the size of its gradient, however small. So it is that of
            # the gradients that are there, not of the reference's.
            again = make(reference, case).layers[n]
            again.dweights, again.dbiases = layer.dweights, layer.dbiases
            optimizer.update_params(again)
            state = ("weight_momentums", "bias_momentums", "weight_cache", "bias_cache")
            assert_near(layer, again, ("weights", "biases", *state), bound)


def assert_near(got, expected, names, bound):
    """Of the same type, and equal up to this share of the largest element."""
    for name in names:
        if hasattr(expected, name):
            a, b = getattr(got, name), getattr(expected, name)
            assert a.dtype == b.dtype, name
            assert np.abs(a - b).max() <= bound * np.abs(b).max(), name


@pytest.mark.parametrize("case", [case for case in NATIVE if case not in MIXED], ids=name_of)
def test_native_float32_step_is_within_rounding_of_numpys(native_numpy, stepwise_runs, case):
    assert_native_step("float32", case)
    assert stepwise_runs == []


@pytest.mark.parametrize("case", [*MIXED, Case(data="float64"), Case(dropout=True)], ids=name_of)
def test_native_float32_products_are_cast_as_nnfs_casts_them(native_numpy, case):
    assert_native_step("float32", case)


@pytest.mark.parametrize("case", NATIVE, ids=name_of)
def test_native_float64_step_is_within_rounding_of_numpys(stepwise_runs, case):
    assert_native_step("float64", case._replace(data="float64"))
    assert stepwise_runs == []


def test_float32_targets_of_a_float64_network_are_taken_as_by_numpy():
    def make(nn, case):
        net = build(nn, case)
        return net._replace(y=np.random.uniform(0, 0.4, net.y.shape).astype("float32"))
    assert_native_step("float64", Case("binary 3", data="float64"), make)


@pytest.mark.parametrize("numpy", ["book_numpy", "native_numpy", None])
@pytest.mark.parametrize("batch", [None, 16])
def test_equal_fits_give_equal_bits_however_they_are_cut(request, monkeypatch, numpy, batch):
    """How many steps a compiled call does depends on the clock; the digits do not."""
    if numpy:
        request.getfixturevalue(numpy)
    case = Case("softmax", hidden=(33, 7), batch=batch, dropout=True)
    found = []
    for seconds in (0.05, 0.05, 0.0, 1e9):  # as it is, again, a step a call, few calls
        monkeypatch.setattr(runs, "_CALL_SECONDS", seconds)
        net = build(fastnn, case)
        history = fit(net, epochs=40, batch_size=batch, log_every=7)
        found.append((state(net), np.array(list(history))))
    for arrays, rows in found[1:]:
        assert_same(arrays, found[0][0])
        assert np.array_equal(rows, found[0][1], equal_nan=True)


# ----------------------------------------------------------------------------- published series


def spiral(learning_rate, l2, epochs):
    """The History of the published spirals A and A2."""
    np.random.seed(0)
    X, y = spiral_data(samples=100, classes=3)
    layers = [fastnn.Layer_Dense(2, 64, weight_regularizer_l2=l2, bias_regularizer_l2=l2),
              fastnn.Activation_ReLU(), fastnn.Layer_Dense(64, 3)]
    return fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                      fastnn.Optimizer_Adam(learning_rate=learning_rate, decay=5e-7), X, y,
                      epochs=epochs, log_every=100)


def series_a(epochs):
    for row in spiral(0.05, 0, epochs):
        yield (f"epoch: {row.epoch}, acc: {row.accuracy:.3f}, loss: {row.loss:.3f}, "
               f"lr: {row.learning_rate}")


def series_a2(epochs):
    for row in spiral(0.02, 5e-4, epochs):
        yield row.epoch, f"{row.accuracy:.3f}", f"{row.data_loss:.3f}", str(row.learning_rate)


def series_c(epochs):
    np.random.seed(0)
    X, y = sine_data()
    layers = [fastnn.Layer_Dense(1, 64, weight_scale=0.1), fastnn.Activation_ReLU(),
              fastnn.Layer_Dense(64, 64, weight_scale=0.1), fastnn.Activation_ReLU(),
              fastnn.Layer_Dense(64, 1, weight_scale=0.1), fastnn.Activation_Linear()]
    history = fastnn.fit(layers, fastnn.Loss_MeanSquaredError(),
                         fastnn.Optimizer_Adam(learning_rate=0.005, decay=1e-3), X, y,
                         accuracy=fastnn.Accuracy_Regression(), epochs=epochs, log_every=100)
    for row in history:
        yield (f"epoch: {row.epoch}, acc: {row.accuracy:.3f}, loss: {row.loss:.3f} ("
               f"data_loss: {row.data_loss:.3f}, reg_loss: {row.regularization_loss:.3f}), "
               f"lr: {row.learning_rate}")


def columns(line):
    """The columns of A2 that the book's program gives: its author's `reg_loss` is another."""
    parts = dict(part.split(": ") for part in line.split(", "))
    return int(parts["epoch"]), parts["acc"], parts["data_loss"], parts["lr"]


EXPECTED = {"A": published("A"), "A2": [columns(line) for line in published("A2")],
            "C": published("C")}
SERIES = {"A": series_a, "A2": series_a2, "C": series_c}


@pytest.mark.parametrize("epochs", [301, pytest.param(10001, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SERIES)
def test_fit_gives_the_published_numbers(book_numpy, name, epochs):
    got = list(SERIES[name](epochs))
    assert got == EXPECTED[name][:(epochs + 99) // 100]


# -------------------------------------------------------------------------------------- memory


def guard(monkeypatch):
    """All memory that a fit makes lies between guards from now on."""
    made = GuardedNumpy()
    for make in ("empty", "result"):
        monkeypatch.setattr(room, make, made.empty)
    return made


GUARDED = sample(40, seed=1)
FUSED = Case(hidden=(32,))  # with 2 inputs: a thin layer
WIDE = Case(hidden=(32, 48, 32))  # ReLUs behind dense layers of whole vectors


def assert_writes_nowhere_else(monkeypatch, case, *sizes):
    expected = build(fastnn, case, *sizes)
    rows = fit(expected, epochs=3, batch_size=case.batch)
    got = build(fastnn, case, *sizes)
    memory = guard(monkeypatch)
    for layer in got.layers:
        for name in ("weights", "biases"):
            if hasattr(layer, name):
                setattr(layer, name, memory.copy_of(getattr(layer, name)))
    got = got._replace(X=memory.copy_of(got.X), y=memory.copy_of(got.y))
    history = fit(got, epochs=3, batch_size=case.batch)
    assert memory.arrays > 20
    assert memory.intact
    # what was read beyond an array would be NaN, or no class
    assert_same(state(got), state(expected))
    assert_same_rows(history, list(rows))


@pytest.mark.parametrize("case", GUARDED, ids=name_of)
def test_instructions_write_nowhere_else(book_numpy, monkeypatch, case):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "fit: the loss is")  # the book's gradient climbs
        assert_writes_nowhere_else(monkeypatch, case)


@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_fused_instructions_write_nowhere_else(book_numpy, monkeypatch, case):
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_native_instructions_write_nowhere_else(native_numpy, monkeypatch, case):
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_halved_instructions_write_nowhere_else(native_numpy, monkeypatch, case):
    monkeypatch.setattr(blocks, "_MANY", 1)
    monkeypatch.setattr(blocks, "_MUCH", 1)
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


def test_blas_writes_nowhere_else(native_numpy, monkeypatch):
    monkeypatch.setattr(dense, "_large", lambda: 0)
    assert_writes_nowhere_else(monkeypatch, WIDE, 45, 2)


def test_every_instruction_is_among_them(monkeypatch):
    used, address = set(), Instruction.address

    def noted(instruction, signature):
        used.add(instruction)
        return address(instruction, signature)
    monkeypatch.setattr(Instruction, "address", noted)
    with nnfs_in_force(dot_precision_workaround=True):
        for case in GUARDED:
            fit(build(fastnn, case), epochs=1, batch_size=case.batch)
    with nnfs_in_force(dot_precision_workaround=False):
        for large, much in ((1e9, 1e9), (1e9, 1), (0, 1e9)):
            monkeypatch.setattr(dense, "_large", lambda large=large: large)
            monkeypatch.setattr(blocks, "_MANY", 1)
            monkeypatch.setattr(blocks, "_MUCH", much)
            for case in (FUSED, WIDE):
                fit(build(fastnn, case, 45, 2), epochs=1)
    # Those of batch normalization and smoothed labels have tests of their own, guarded in .ci/run.
    elsewhere = {"batch_norm_forward_step", "batch_norm_backward_step",
                 *(one.__name__ for one in INSTRUCTIONS if "smoothed" in one.__name__.lower())}
    assert {one.__name__ for one in INSTRUCTIONS if one not in used} <= elsewhere
