"""Calls that were made before go the short way (`support/repeated.py`), and nobody can tell."""

import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest

import fastnn
from fastnn import reference
from fastnn.activations import softmax as softmax_of
from fastnn.kernels.repeated import call_repeated
from fastnn.layers import products
from fastnn.losses import base as losses_of
from fastnn.losses import crossentropy
from fastnn.support import buffers, numerics, proofs
from fastnn.support.repeated import _MOST, _nothing

pytestmark = pytest.mark.skipif(not buffers.COUNTS, reason="no array is handed out twice here")
N, I, O = 30, 2, 8
RNG = np.random.default_rng(3)
X = RNG.normal(size=(N, I)).astype("f4")
SLOPES = RNG.normal(size=(N, O)).astype("f4")
LABELS = RNG.integers(0, O, N)


@pytest.fixture(autouse=True)
def nothing_met(book_numpy):
    buffers.clear()
    yield
    buffers.clear()


def dense(kind=fastnn.Layer_Dense, inputs=I, outputs=O):
    """A layer with the same parameters each time."""
    layer, made = kind(inputs, outputs), np.random.default_rng(9)
    layer.weights = made.normal(size=(inputs, outputs)).astype("f4")
    layer.biases = made.normal(size=(1, outputs)).astype("f4")
    return layer


def often(layer, inputs=X, slopes=SLOPES, times=20):
    for _ in range(times):
        layer.forward(inputs)
        layer.backward(slopes)
    return layer


def is_short(repeated):
    """Whether calls of this function have been written down."""
    return repeated.call is not _nothing


def left(layer):
    return [np.array(getattr(layer, name)) for name in ("output", "dweights", "dbiases", "dinputs")]


def as_reference(inputs, slopes, **sizes):
    return left(often(dense(reference.Layer_Dense, **sizes), inputs, slopes, 1))


def same(found, wanted):
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(found, wanted))


def long_ways(monkeypatch):
    """The calls that go the long way from now on, as they come."""
    found = []
    def noting(way):
        return lambda *given: found.append(given) or way(*given)

    for name in "_product", "_slopes":
        monkeypatch.setattr(products, name, noting(getattr(products, name)))
    return found


def test_calls_are_short_after_some_and_give_the_same(monkeypatch):
    layer = often(dense())
    assert is_short(products._forward) and is_short(products._backward)
    ways = long_ways(monkeypatch)
    assert same(left(often(layer)), as_reference(X, SLOPES)) and not ways


def test_of_activations_and_losses_too():
    relu, both = fastnn.Activation_ReLU(), (
        fastnn.Activation_Softmax_Loss_CategoricalCrossentropy())
    book = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    for n in range(30):
        given = (SLOPES * (n + 1)).astype("f4")
        relu.forward(given)
        relu.backward(SLOPES)
        assert np.array_equal(relu.output, np.maximum(0, given))
        assert np.array_equal(relu.dinputs, np.where(given <= 0, 0, SLOPES))
        assert both.forward(given, LABELS) == book.forward(given, LABELS)
        both.backward(both.output, LABELS)
        book.backward(book.output, LABELS)
        assert np.array_equal(both.output, book.output)
        assert np.array_equal(both.dinputs, book.dinputs)
    assert is_short(crossentropy._forward) and is_short(crossentropy._backward)
    assert is_short(relu._forward_again) and is_short(relu._backward_again)


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "MeanSquaredError",
                                  "MeanAbsoluteError"])
def test_of_losses_alone(name):
    """Predictions that are a softmax's, so that this is tried, too."""
    ours, book = (getattr(there, f"Loss_{name}")() for there in (fastnn, reference))
    softmax, its = fastnn.Activation_Softmax(), reference.Activation_Softmax()
    targets = LABELS if name.startswith("Cat") else SLOPES
    for n in range(30):
        given = (SLOPES * (1 + n / 30)).astype("f4")
        softmax.forward(given)
        its.forward(given)
        assert np.array_equal(softmax.output, its.output)
        assert ours.calculate(softmax.output, targets) == book.calculate(its.output, targets)
        assert type(ours.accumulated_sum) is type(book.accumulated_sum)
        assert ours.accumulated_sum == book.accumulated_sum
        ours.backward(softmax.output, targets)
        book.backward(its.output, targets)
        assert np.array_equal(ours.dinputs, book.dinputs)
    assert is_short(softmax_of._again) and is_short(losses_of._again)
    if not name.startswith("Cat"):
        assert is_short(ours._forward_again)
        assert is_short(ours._backward_again) == ("Squared" in name)  # the other has an option


def test_another_formula_in_its_place_is_asked():
    loss = fastnn.Loss_MeanSquaredError()
    for _ in range(20):
        loss.forward(SLOPES, SLOPES)
        loss.backward(SLOPES, SLOPES)
    loss.formula = loss.slope = lambda y_pred, y_true: y_pred
    assert np.array_equal(loss.forward(SLOPES, SLOPES), SLOPES.mean(axis=-1))
    loss.backward(SLOPES, SLOPES)
    assert loss.dinputs.any()


@pytest.mark.parametrize("keep", [
    lambda layer: layer.output, lambda layer: layer.output[1:], lambda layer: layer.dweights,
    lambda layer: layer.output.T, lambda layer: memoryview(layer.output),
    lambda layer: weakref.ref(layer.output), lambda layer: layer.output.flat],
    ids=["array", "part", "gradient", "transpose", "memoryview", "weakly", "iterator"])
@pytest.mark.parametrize("size", [8, 400], ids=["small", "large"])
def test_what_somebody_holds_is_not_written(keep, size):
    """Of small arrays and of those whose memory is ours."""
    layer, inputs = often(dense(outputs=size), slopes=SLOPES[:, :1].repeat(size, 1)), X
    kept = []
    for n in range(12):
        inputs = (X + n).astype("f4")
        layer.forward(inputs)
        layer.backward(np.full((N, size), n, "f4"))
        held = keep(layer)
        kept.append((held, np.array(held() if isinstance(held, weakref.ref) else held)))
        if isinstance(held, weakref.ref):  # an object that is gone must not come back as another
            del layer.output
            gc.collect()
    for held, value in kept:
        if isinstance(held, weakref.ref):
            assert held() is None or np.array_equal(held(), value)
        else:
            assert np.array_equal(np.array(held), value)


def test_other_kinds_of_arrays_go_the_long_way(monkeypatch):
    layer = often(dense())
    ways = long_ways(monkeypatch)
    readonly = X.copy()
    readonly.flags.writeable = False

    class Own(np.ndarray):
        pass

    for n, other in enumerate([X.astype("f8"), np.asfortranarray(X), X[::-1], X[:-1], X.tolist(),
                               readonly, X.astype("i8"), X.view(Own), X.astype(">f4"), X[0]]):
        layer.forward(other)
        assert len(ways) > n
        plain = np.asarray(other)
        assert np.array_equal(layer.output, np.dot(plain, layer.weights) + layer.biases)


@pytest.mark.parametrize("sizes", [(6, 6, 6), (12, 12, 3)])
def test_a_product_of_a_matrix_with_itself_is_numpys(sizes, monkeypatch):
    """np.dot(a.T, a) is another routine of BLAS, whose digits may be others."""
    n, inputs, outputs = sizes
    given = RNG.normal(size=(n, inputs)).astype("f4")
    slopes = RNG.normal(size=(n, outputs)).astype("f4")
    layer = often(dense(inputs=inputs, outputs=outputs), given, slopes)
    ways = long_ways(monkeypatch)
    layer.backward(slopes)
    assert not ways
    layer.backward(given if inputs == outputs else layer.weights)
    assert ways
    book = dense(reference.Layer_Dense, inputs, outputs)
    book.forward(given)
    book.backward(given if inputs == outputs else book.weights)
    assert np.array_equal(layer.dweights, book.dweights)
    assert np.array_equal(layer.dinputs, book.dinputs)


def test_another_product_of_numpy_is_noticed(monkeypatch):
    layer = often(dense())
    asked = []
    monkeypatch.setattr(np, "dot", lambda a, b: asked.append(a) or a @ b)
    layer.forward(X)
    assert asked


def test_another_precision_is_noticed(monkeypatch):
    layer = often(dense())
    ways = long_ways(monkeypatch)
    for choose in lambda: fastnn.set_dot_precision("fast"), lambda: numerics.own("own"):
        with choose():
            layer.forward(X)
            assert ways.pop()
            assert np.array_equal(layer.output, np._core.multiarray.dot(X, layer.weights)
                                  + layer.biases)
        layer.forward(X)
        assert not ways


def test_a_kernel_that_was_chosen_amid_a_change_is_not_written_down(monkeypatch):
    """By another thread, which puts it back: such a call would be made again for good."""
    def asked_meanwhile(*given):
        with fastnn.set_dot_precision("fast"):
            return proofs.holds(*given)

    monkeypatch.setattr(products, "holds", asked_meanwhile)
    layer = often(dense())
    assert not is_short(products._forward) and not is_short(products._backward)
    monkeypatch.undo()
    often(layer)
    assert is_short(products._forward) and is_short(products._backward)


def test_other_threads_of_blas_are_noticed(monkeypatch):
    layer = often(dense())
    ways = long_ways(monkeypatch)
    from fastnn.support import blas
    if blas.threads() < 2:
        pytest.skip("one core")
    with blas.limited(1) as works:
        if not works:
            pytest.skip("its number cannot be set")
        layer.forward(X)
    assert ways


def test_refusals_are_said_as_before():
    layer, both = often(dense()), fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    for _ in range(20):
        both.forward(SLOPES, LABELS)
    bad = LABELS.copy()
    bad[3] = O
    with pytest.raises(ValueError, match="class indices"):
        both.forward(SLOPES, bad)
    with pytest.raises(ValueError, match="dvalues"):
        layer.backward(SLOPES[:, :-1])
    with pytest.raises(TypeError):
        layer.forward(None)


@pytest.mark.parametrize("spoil", [
    lambda a: setattr(a, "shape", (-1,)), lambda a: a.setflags(write=False),
    lambda a: setattr(a, "shape", a.shape[::-1])], ids=["flat", "read-only", "turned"])
def test_an_array_that_was_spoilt_is_not_used(spoil):
    layer, wanted = often(dense()), as_reference(X, SLOPES)
    for _ in range(6):
        layer.forward(X)
        layer.backward(SLOPES)
        for array in layer.output, layer.dweights, layer.dinputs:
            spoil(array)
    del layer.output, layer.dweights, layer.dinputs, array
    assert same(left(often(layer, times=6)), wanted)


def test_many_shapes_start_over():
    layer = dense()
    for n in range(2, 2 * _MOST + 2):
        often(layer, X[:1].repeat(n, 0), SLOPES[:1].repeat(n, 0), 9)
        assert same(left(layer), as_reference(X[:1].repeat(n, 0), SLOPES[:1].repeat(n, 0)))
    assert 0 < len(products._forward._known.rows) <= _MOST


def test_large_results_are_left_to_the_pool():
    layer = often(dense(outputs=8192), slopes=np.ones((N, 8192), "f4"))
    assert layer.output.nbytes > 1 << 19 and not is_short(products._forward)


def test_what_was_met_goes_with_the_pool():
    often(dense())
    buffers.clear()
    assert not is_short(products._forward)


def test_without_its_kernel_the_long_way_is_gone(monkeypatch):
    monkeypatch.setattr(type(call_repeated), "is_wished", lambda *_: True)
    layer = often(dense())
    assert same(left(layer), as_reference(X, SLOPES)) and not is_short(products._forward)


def test_another_kernel_for_the_same_product(monkeypatch):
    """What is tried decides, and is asked before a call is written down."""
    monkeypatch.setattr(proofs, "_known", {})
    layer = often(dense())
    kernel = products._forward._known.held[0]
    assert kernel.__name__ in ("dense_forward", "dense_forward_by_blas")
    assert same(left(layer), as_reference(X, SLOPES))


def test_nothing_of_it_is_pickled():
    """It stands in classes, which some pickle by value."""
    often(dense())
    assert not is_short(pickle.loads(pickle.dumps(products._forward)))


def test_threads_do_not_meet():
    """Results of many threads at once, of a size from which kernels let others run meanwhile."""
    wrong, interval = [], sys.getswitchinterval()

    def run(seed):
        rng, relu, layer = np.random.default_rng(seed), fastnn.Activation_ReLU(), dense(outputs=64)
        for _ in range(150):
            given = rng.normal(size=(300, 64)).astype("f4")
            relu.forward(given)
            layer.forward(given[:, :2].copy())
            if not (np.array_equal(relu.output, np.maximum(0, given)) and np.array_equal(
                    layer.output, np.dot(layer.inputs, layer.weights) + layer.biases)):
                wrong.append(seed)

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong
