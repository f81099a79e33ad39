"""Whether our products may stand for NumPy's: what is tried, and what is concluded."""

import pickle

import numpy as np
import pytest
from nnfs_context import nnfs_in_force

import fastnn
from fastnn.compile.policy import compile_policy
from fastnn.engine import fitting
from fastnn.engine.program import Pending
from fastnn.engine.runs import Run
from fastnn.kernels.layers import dense_backward, dense_forward
from fastnn.support import proofs
from fastnn.support.proofs import BACKWARD, DINPUTS, DWEIGHTS, FORWARD, NO, holds

FLOAT64 = np.dtype("float64")
PRODUCTS = [FORWARD, DWEIGHTS, DINPUTS, BACKWARD]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(proofs, "_known", {})
    monkeypatch.setattr(proofs, "_recall", lambda *asked: None)
    monkeypatch.setattr(proofs.proved, "keep", lambda *asked: None)
    monkeypatch.setattr(proofs, "_met", {})
    monkeypatch.setattr(proofs, "MEETINGS", 1)


OPERANDS = {FORWARD: 2, DWEIGHTS: 2, DINPUTS: 2, BACKWARD: 3}
KINDS = {"float32": "fff", "float64": "ddd", "book": "fdf", "book of float64": "ddf"}


def ask(product, N, I, O, kind="float64"):
    """kind: of which types the operands, the sums and the product are."""
    given, sums, rounded = map(np.dtype, KINDS[kind])
    first = [given] * OPERANDS[product]
    if kind == "book of float64":  # weights are never float64 there
        first = {FORWARD: [given, rounded], DWEIGHTS: [given, given], DINPUTS: [given, rounded],
                 BACKWARD: [given, rounded, given]}[product]
    return holds(product, ((N, I), (I, O)), (*first, sums, rounded))


def in_reverse(a, b):
    """A product whose sums run from the last term to the first."""
    return np.ascontiguousarray(a[:, ::-1]) @ np.ascontiguousarray(b[::-1])


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("dtype", KINDS)
def test_another_order_of_terms_shows(monkeypatch, product, dtype):
    monkeypatch.setattr(proofs, "_plain_dot", in_reverse)
    for shape in (300, 64, 5), (3, 3, 3), (3, 3, 9), (40, 200, 300):
        assert ask(product, *shape, dtype) == NO


@pytest.mark.parametrize("product", [FORWARD, DWEIGHTS, DINPUTS])
@pytest.mark.parametrize("dtype", ["float64", "book"])
def test_a_single_element_shows(monkeypatch, product, dtype):
    """One that is rounded otherwise now and then, as the last of some of OpenBLAS's are."""
    plain, seldom = proofs._plain_dot, np.random.default_rng(1)

    def nearly(a, b):
        found = plain(a, b)
        if seldom.random() < 0.5:
            found[-1, -1] += np.spacing(np.abs(a[-1]) @ np.abs(b[:, -1]))
        return found

    monkeypatch.setattr(proofs, "_plain_dot", nearly)
    for shape in (20, 8, 8), (3, 3, 5), (300, 64, 64):
        proofs._known.clear()
        assert ask(product, *shape, dtype) == NO


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_is_equal_is_taken(monkeypatch, product):
    """Against the kernel's own digits."""
    def ours(a, b):
        if a.flags.c_contiguous and b.flags.c_contiguous:
            kernel_gives, (N, I), O = np.empty((len(a), b.shape[1])), a.shape, b.shape[1]
            work = np.empty(proofs.work_size(N, I, O))
            assert not dense_forward.refuses(a, b, np.full((1, O), -0.0), work, kernel_gives)
            return kernel_gives
        x, w, d = ((a.T, np.zeros((len(a), b.shape[1])), b) if b.flags.c_contiguous
                   else (np.zeros((len(a), len(b.T))), b.T, a))
        found = [np.empty(shape) for shape in (w.shape, (1, d.shape[1]), x.shape)]
        x, w, d = map(np.ascontiguousarray, (x, w, d))
        work = np.empty(proofs.work_size(*x.shape, d.shape[1]))
        assert not dense_backward.refuses(x, w, d, work, *found)
        return found[0] if b.flags.c_contiguous else found[2]

    monkeypatch.setattr(proofs, "_plain_dot", ours)
    for shape in (300, 64, 5), (20, 8, 8), (40, 200, 300):
        assert ask(product, *shape)


def test_a_kernel_that_is_not_there_proves_nothing(monkeypatch):
    monkeypatch.setattr(type(dense_forward), "is_wished", lambda kernel, types: True)
    assert ask(FORWARD, 300, 64, 5) is None
    assert not proofs._known  # it is asked again
    with compile_policy("never"):
        assert ask(DINPUTS, 300, 64, 5) is None


def test_a_run_waits_for_the_kernel_that_is_to_be_tried(monkeypatch):
    """With NumPy, and does not go to BLAS for all its steps because it came too early."""
    monkeypatch.setattr(type(dense_forward), "awaited", lambda kernel, types: "a request")
    types = (FLOAT64,) * 4
    assert holds(FORWARD, ((300, 64), (64, 5)), types, often=True) is None
    assert proofs.awaited(FORWARD, types) == ["a request"]
    layers = [fastnn.Layer_Dense(2, 9), fastnn.Activation_ReLU(), fastnn.Layer_Dense(9, 3)]
    parts = fitting.parts_of(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                           fastnn.Optimizer_SGD(), None)
    with pytest.raises(Pending) as pending:
        Run(parts, np.ones((30, 2)), np.arange(30) % 3, epochs=1000)
    assert "a request" in pending.value.requests


def test_answers_are_for_so_many_threads(monkeypatch):
    monkeypatch.setattr(proofs, "_plain_dot", in_reverse)
    assert ask(FORWARD, 30, 64, 5) == NO
    known = {(*rest, threads + 1): answers
             for (*rest, threads), answers in proofs._known.items()}
    assert known
    proofs._known.clear()
    proofs._known.update(known)
    ask(FORWARD, 30, 64, 5)
    assert len(proofs._known) == 2


def test_answers_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(proofs, "_MOST", 3)
    for N in range(2, 12):
        ask(FORWARD, N, 2, 3)
    assert all(len(answers) <= 3 for answers in proofs._known.values())


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("kind", ["float32", "float64", "book of float64"])
def test_signs_of_sums_that_underflow(monkeypatch, product, kind):
    plain = proofs._plain_dot

    def turned(a, b):
        found = plain(a, b)
        return found if found.any() else -found

    holds = ask(product, 30, 64, 8, kind)
    proofs._known.clear()
    monkeypatch.setattr(proofs, "_plain_dot", turned)
    if not holds:
        pytest.skip("BLAS has another order here")
    assert not ask(product, 30, 64, 8, kind)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_layers_are_numpys_where_terms_cancel_or_underflow(dtype):
    rng = np.random.default_rng(5)
    for N, I, O in ((300, 64, 3), (52, 128, 1), (8, 127, 4), (3, 64, 17), (1, 255, 30), (50, 10, 1),
                    (1, 1, 1), (1, 1, 9), (9, 1, 1), (7, 64, 64), (128, 200, 100)):
        layer, plain = fastnn.Layer_Dense(I, O), fastnn.reference.Layer_Dense(I, O)
        for size in (1.0, np.finfo(dtype).smallest_subnormal * 1e4):
            layer.weights = plain.weights = proofs.cancelling(rng, (I, O), dtype)
            layer.biases = plain.biases = proofs.cancelling(rng, (1, O), dtype)
            inputs = proofs.cancelling(rng, (N, I), dtype)
            dvalues = proofs.cancelling(rng, (N, O), dtype) * np.dtype(dtype).type(size)
            for one in layer, plain:
                one.forward(inputs)
                one.backward(dvalues)
            for name in ("output", "dweights", "dbiases", "dinputs"):
                assert proofs.same(getattr(layer, name), getattr(plain, name)), (N, I, O, name)


def test_a_matrix_by_its_own_transpose_is_numpys():
    rng = np.random.default_rng(6)
    x = proofs.cancelling(rng, (50, 9), "float64")
    layer, plain = fastnn.Layer_Dense(9, 9), fastnn.reference.Layer_Dense(9, 9)
    plain.weights = layer.weights
    for one in layer, plain:
        one.forward(x)
        one.backward(x[:])
    assert proofs.same(layer.dweights, plain.dweights)


def test_shapes_that_do_not_come_again_are_not_tried(monkeypatch):
    monkeypatch.setattr(proofs, "MEETINGS", 9)
    layer = fastnn.Layer_Dense(7, 5)
    for N in range(1001, 1030):
        layer.forward(np.ones((N, 7)))
    assert not proofs._known
    for _ in range(20):
        layer.forward(np.ones((1001, 7)))
    (known,) = proofs._known.values()
    assert [*known] == [((1001, 7), (7, 5))]


def test_a_layers_own_weights_as_its_gradient_are_numpys():
    weights = np.random.default_rng(0).standard_normal((32, 64))
    left = []
    for nn in fastnn, fastnn.reference:
        layer = nn.Layer_Dense(32, 64)
        layer.weights = weights
        layer.forward(np.ones((32, 32)))
        layer.backward(weights)
        left.append(layer.dinputs)
    assert proofs.same(*left)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("C", [2, 5, 32, 300])
def test_softmax_takes_unpickled_arrays_as_others(dtype, C):
    rng = np.random.default_rng(1)
    x, d = (pickle.loads(pickle.dumps(rng.standard_normal((4, C)).astype(dtype))) for _ in "xd")
    left = []
    for nn in fastnn, fastnn.reference:
        softmax = nn.Activation_Softmax()
        softmax.forward(x)
        softmax.backward(d)
        left.append(softmax.dinputs)
    assert proofs.same(*left)


def test_float64_gradients_that_underflow_have_numpys_signs():
    """Under `nnfs.init()`; a single column, too."""
    with nnfs_in_force(True):
        for N, I, O in (7, 4, 1), (7, 4, 3), (9, 33, 17), (300, 64, 3):
            layer, plain = fastnn.Layer_Dense(I, O), fastnn.reference.Layer_Dense(I, O)
            layer.weights = plain.weights = np.full((I, O), 0.3, "f4")
            for one in layer, plain:
                one.forward(np.ones((N, I), "f4"))
                one.backward(np.full((N, O), -5e-324))
            assert proofs.same(layer.dinputs, plain.dinputs), (N, I, O)


@pytest.mark.parametrize("product", [FORWARD, BACKWARD])
def test_trials_underflow_whatever_numpy_is_told_of_errors(product):
    with np.errstate(all="raise"):
        assert ask(product, 31, 9, 7) in (proofs.NO, proofs.YES)
