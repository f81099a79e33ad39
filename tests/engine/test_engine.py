"""fit's digits: every array that it leaves equals the one that the loop over plain NumPy leaves.

Under `nnfs.init()` all is equal bit for bit. The oracle is `networks.train_by_hand`, a loop over
the objects of `fastnn.reference`.
"""

import numpy as np
import pytest
from networks import (
    LOSSES,
    OPTIMIZERS,
    Case,
    assert_fit_is_the_loop,
    assert_same_net,
    build,
    fit,
    name_of,
    sample,
    state,
    train_by_hand,
)
from nnfs.datasets import sine_data, spiral_data
from programs import assert_same, published

import fastnn
from fastnn import reference

pytestmark = pytest.mark.filterwarnings("error")


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
