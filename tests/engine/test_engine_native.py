"""fit in native precision: within rounding of NumPy's, and equal bits however it is cut."""

import numpy as np
import pytest
from networks import (
    LOSSES,
    Case,
    build,
    fit,
    name_of,
    state,
    train_by_hand,
)
from programs import assert_same

import fastnn
from fastnn import reference
from fastnn.engine import runs

pytestmark = pytest.mark.filterwarnings("error")

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
