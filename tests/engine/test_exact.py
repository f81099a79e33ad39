"""Without `nnfs.init()`, and with its float32 products: fit's digits are NumPy's there, too.

`test_engine.py` has the same under `nnfs.init()` as the book calls it. There is no tolerance here.
"""

import numpy as np
import pytest
from networks import (
    LOSSES,
    Case,
    assert_fit_is_the_loop,
    build,
    fit,
    name_of,
    sample,
)
from nnfs_context import nnfs_in_force

import fastnn
from fastnn.engine import runs
from fastnn.engine.plan import dense
from fastnn.support import proofs

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True, params=[True, False], ids=["tried", "untried"])
def tried(request, monkeypatch):
    """Products are tried where they are met first; and not in runs as short as these."""
    if request.param:
        monkeypatch.setattr(proofs, "MEETINGS", 1)
        monkeypatch.setattr(runs, "_LONG", 1)
    return request.param


@pytest.fixture(params=["plain", "cast"])
def numpy(request):
    """NumPy as it is, then with float32 defaults and products."""
    if request.param == "plain":
        yield "float64"
    else:
        with nnfs_in_force(dot_precision_workaround=False):
            yield "float32"


@pytest.mark.parametrize("case", sample(80, seed=3), ids=name_of)
def test_fit_leaves_what_the_loop_leaves(numpy, stepwise_runs, case):
    assert_fit_is_the_loop(case._replace(data=numpy), epochs=4, log_every=2)
    assert stepwise_runs == []


@pytest.mark.parametrize("ours", [False, True], ids=["BLAS", "as proved"])
@pytest.mark.parametrize("loss", LOSSES)
def test_our_products_and_numpys_are_the_same(numpy, monkeypatch, loss, ours):
    """Where nothing is proved BLAS computes all, one product or the other."""
    if not ours:
        monkeypatch.setattr(proofs, "holds", lambda *asked: proofs.NO)
    case = Case(loss, hidden=(64, 3), regularized=True, data=numpy)
    assert_fit_is_the_loop(case, epochs=4, log_every=2)


@pytest.mark.parametrize("batch", [1, 7, 15, 16, 44])
@pytest.mark.parametrize("loss", ["combined", "squared 1"])
def test_a_last_batch_of_other_size_is_the_loops(numpy, stepwise_runs, loss, batch):
    assert_fit_is_the_loop(Case(loss, hidden=(32, 5), batch=batch, data=numpy), epochs=3)
    assert stepwise_runs == []


@pytest.mark.parametrize("samples", [1, 2, 3, 300])
@pytest.mark.parametrize("loss", LOSSES)
def test_few_samples_and_many_are_the_loops(numpy, loss, samples):
    def make(nn, case):
        return build(nn, case, samples=samples)
    assert_fit_is_the_loop(Case(loss, hidden=(16, 4), data=numpy), make=make, epochs=3)


@pytest.mark.parametrize("targets", ["float32", "float64"])
@pytest.mark.parametrize("dropout", [False, True])
def test_mixed_types_are_the_loops(numpy, targets, dropout):
    """Targets or a mask of another type: what was to go in blocks is computed whole."""
    def make(nn, case):
        net = build(nn, case)
        return net._replace(y=net.y.astype(targets))
    case = Case("squared 3", hidden=(64, 64), dropout=dropout, data=numpy)
    assert_fit_is_the_loop(case, make=make, epochs=3)


@pytest.mark.parametrize("order", ["F", "strided"])
@pytest.mark.parametrize("batch", [None, 16])
def test_samples_that_lie_otherwise_are_the_loops(numpy, stepwise_runs, order, batch):
    def make(nn, case):
        net = build(nn, case)
        X = np.asfortranarray(net.X) if order == "F" else np.repeat(net.X, 2, axis=1)[:, ::2]
        return net._replace(X=X)
    assert_fit_is_the_loop(Case(hidden=(33,), batch=batch, data=numpy), make=make, epochs=3)
    assert stepwise_runs  # NumPy takes other routines there


def test_a_product_in_parts_is_never_blas_s(monkeypatch):
    """Whatever divides a step: it is planned again, undivided."""
    from fastnn.engine.plan import blocks

    monkeypatch.setattr(proofs, "holds", lambda *asked: proofs.NO)
    monkeypatch.setattr(blocks, "has_whole_products", lambda plan, X: False)
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 1)
    met = []
    monkeypatch.setattr(dense, "InParts", type("InParts", (dense.InParts,), {
        "__init__": lambda self, *a: met.append(a)}))
    assert_fit_is_the_loop(Case(hidden=(33,), data="float64"), epochs=2)
    assert met


def test_the_fast_lane_is_asked_for(stepwise_runs):
    def weights():
        net = build(fastnn, Case(hidden=(64, 64), data="float64"), samples=300)
        fit(net, epochs=5)
        return net.layers[0].weights
    exact = weights()
    with fastnn.set_dot_precision("fast"):
        fast = weights()
    with fastnn.set_dot_precision("native"):
        assert np.array_equal(weights(), fast)
    assert not np.array_equal(exact, fast)
    np.testing.assert_allclose(exact, fast, rtol=1e-6)
    assert stepwise_runs == []
