"""A precision and a random stream that a thread has for itself."""

import os
import threading
from contextlib import nullcontext

import numpy as np
import pytest
from nnfs_context import nnfs_in_force
from programs import assert_same
from test_precision import products

import fastnn
from fastnn import set_dot_precision
from fastnn.support import numerics
from fastnn.support.numerics import own


def of_other_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("order", ["C", "F"])
def test_it_is_as_if_the_process_had_it(order):
    native = products(fastnn, order)
    with set_dot_precision("book"):
        book = products(fastnn, order)
    for workaround in None, True, False:
        def found():
            with own("own"), own("book"):
                first = products(fastnn, order)
            with own("own"):
                return first, products(fastnn, order)
        if workaround is None:
            mine, theirs = found()
        else:
            with nnfs_in_force(workaround):
                mine, theirs = found()
        assert_same(mine, book)
        assert_same(theirs, native)


def test_other_threads_have_what_the_process_has():
    native = products(fastnn)
    with own("book"):
        book = products(fastnn)
        assert numerics.dot_precision() == "book"
        assert_same(of_other_thread(lambda: products(fastnn)), native)
        with set_dot_precision("fast"):
            assert numerics.dot_precision() == "book"
            assert of_other_thread(numerics.dot_precision) == "fast"
            assert of_other_thread(numerics.is_fast) and not numerics.is_fast()
        with own("fast"):
            assert numerics.is_fast() and not of_other_thread(numerics.is_fast)
        assert_same(products(fastnn), book)
        assert of_other_thread(numerics.dot_precision) == "own"
    assert_same(products(fastnn), native)
    assert np.any(native["layer.output"] != book["layer.output"])


def test_errors_put_back_what_was():
    with pytest.raises(ZeroDivisionError), own("book"), own("fast"):
        1 / 0  # noqa: B018
    assert numerics._forced == "auto" and numerics.dot_precision() == "own"
    with set_dot_precision("book"):
        with pytest.raises(ZeroDivisionError), own("fast"):
            1 / 0  # noqa: B018
        assert numerics._forced == "book"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork")
def test_a_forked_child_has_what_its_thread_has():
    entered, left = threading.Event(), threading.Event()

    def other():
        with own("book"):
            entered.set()
            left.wait()
    thread = threading.Thread(target=other)
    thread.start()
    entered.wait()
    try:
        assert numerics._forced != "auto"
        for mine in None, "fast":
            read, write = os.pipe()
            with own(mine) if mine else nullcontext():
                if os.fork() == 0:
                    os.write(write, f"{numerics._forced} {numerics.dot_precision()}".encode())
                    os._exit(0)
            said = os.read(read, 100).decode()
            os.wait()
            assert said == (f"{numerics._EACH} fast" if mine else "auto own")
            os.close(read)
            os.close(write)
    finally:
        left.set()
        thread.join()


def test_products_of_numpys_own_kind_too():
    """What no kernel takes goes to `numerics.dot`."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(6, 5)).astype("f4"), rng.normal(size=(5, 4)).astype("f4")
    book = (a.astype("f8") @ b.astype("f8")).astype("f4")
    with nnfs_in_force(True):
        assert np.array_equal(numerics.dot(a, b), book)
        with own("own"):
            assert np.array_equal(numerics.dot(a, b), a @ b)
            assert numerics.dot(a.astype("f8"), b).dtype == np.float64
        with own("book"):
            assert np.array_equal(numerics.dot(a, b), book)


def test_dropout_draws_from_the_threads_own_stream():
    before = np.random.get_state()
    stream = np.random.RandomState(np.random.MT19937(3))
    expected = np.random.RandomState(np.random.MT19937(3)).binomial(1, 0.75, (50, 8)) / 0.75
    layer = fastnn.Layer_Dropout(0.25)
    with own("own", stream):
        layer.forward(np.ones((50, 8), "f4"))
        assert of_other_thread(numerics.own_stream) is None
    assert np.array_equal(layer.binary_mask, expected)
    after = np.random.get_state()
    assert np.array_equal(before[1], after[1]) and before[2:] == after[2:]
    layer.forward(np.ones((50, 8), "f4"))
    assert np.random.get_state()[2] != before[2]


def test_a_model_learns_no_short_way_with_it():
    """What is planned for repeated predictions looks at the process's precision alone."""
    from fastnn.model.again import Known
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(3, 4))
    model.add(fastnn.Activation_ReLU())
    model.add(fastnn.Layer_Dense(4, 2))
    model.add(fastnn.Activation_Softmax())
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    X = np.ones((2, 3), "f4")
    expected = [model.predict(X) for _ in range(3)][0]
    with own("fast"):
        with pytest.raises(fastnn.engine.program.Unfit):
            Known(model, X)
        for _ in range(300):
            model.predict(X)
    assert all(np.array_equal(model.predict(X), expected) for _ in range(300))
