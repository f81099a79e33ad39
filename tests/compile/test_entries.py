"""The short way into a kernel: it says of any arguments what Numba's dispatcher says.

(All tests of single kernels go that way too: `kernel_calls.Guarded.run`.)
"""

import ctypes
import sys
import threading
import time
from fractions import Fraction

import numpy as np
import pytest

from fastnn.compile import entries
from fastnn.compile.dispatcher import refused
from fastnn.kernels.layers import dense_backward, dense_forward, work_size
from fastnn.kernels.losses import smoothed_targets
from fastnn.kernels.optimizers import adam_update
from fastnn.kernels.random import dropout_forward
from fastnn.kernels.status import OK

N, I, O = 6, 4, 3
RNG = np.random.default_rng(3)


def normal(*shape, dtype="f4"):
    return RNG.normal(size=shape).astype(dtype)


def dense(dtype="f4", sums="f8"):
    """Arguments of dense_forward."""
    return [normal(N, I, dtype=dtype), normal(I, O, dtype=dtype), normal(1, O, dtype=dtype),
            np.empty(work_size(N, I, O), sums), np.empty((N, O), dtype)]


def adam(size=I):
    arrays = [normal(size, O) for _ in range(4)] + [normal(1, O) for _ in range(4)]
    return [*map(np.abs, arrays), 0.01, 1e-7, 0.9, 0.999, 0.5, 0.25]


CALLS = {
    "forward": (dense_forward, dense),
    "native": (dense_forward, lambda: dense("f8")),
    "backward": (dense_backward, lambda: [
        normal(N, I), normal(I, O), normal(N, O), np.empty(work_size(N, I, O)),
        *map(np.empty, ((I, O), (1, O), (N, I)), ("f4", "f4", "f4"))]),
    "update": (adam_update, adam),
    "dropout": (dropout_forward, lambda: [
        normal(N, I), np.arange(625, dtype="u4"), 0.5, 1, 1 << 40, np.empty((N, I)),
        np.empty((N, I))]),
    "labels": (smoothed_targets, lambda: [
        RNG.integers(0, O, N).astype("u1"), 0.9, 0.1, np.empty((N, O), "f4")]),
}


class Weighted(np.ndarray):
    """A subclass."""


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def askew(a):
    """The same numbers, one byte off."""
    room = np.empty(a.nbytes + 1, "u1")[1:]
    found = room.view(a.dtype).reshape(a.shape)
    found[...] = a
    return found


# What is like an array and is no C-contiguous, aligned, writable one of the same type.
ODD_ARRAYS = {
    "read-only": read_only,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "Fortran": lambda a: np.asfortranarray(np.concatenate([a, a]))[:len(a)],
    "askew": askew,
    "reversed": lambda a: a[::-1],
    "swapped": lambda a: a.astype(a.dtype.newbyteorder()),
    "double": lambda a: a.astype("f8" if a.dtype != np.float64 else "f4"),
    "half": lambda a: a.astype("f2"),
    "complex": lambda a: a.astype("c8"),
    "objects": lambda a: a.astype(object),
    "named": lambda a: a.astype([("x", a.dtype)]),
    "one axis more": lambda a: a[None],
    "one axis less": lambda a: a[0],
    "no axis": lambda a: np.array(a.flat[0]),
    "empty": lambda a: a[:0],
    "subclass": lambda a: a.view(Weighted),
    "masked": np.ma.masked_array,
    "list": np.ndarray.tolist,
    "scalar": lambda a: a.flat[0],
    "None": lambda a: None,
    "memory": memoryview,
}
ODD_NUMBERS = {
    "int": lambda v: int(v), "large": lambda v: 1 << 80, "negative": lambda v: -(1 << 70),
    "bool": lambda v: False, "float64": np.float64, "float32": np.float32,
    "int64": np.int64,
    "0-d": np.array, "text": str, "None": lambda v: None, "Fraction": Fraction,
    "infinite": lambda v: float("inf"), "subclass": lambda v: type("Own", (float,), {})(v),
}


def said(call, kernel, arguments):
    """What a call says, and what it leaves in all arrays; of an error its class."""
    try:
        status = call(kernel, *arguments)
    except Exception as error:
        status = type(error)
    return status, [a.tobytes() for a in arguments if type(a) is np.ndarray and a.dtype != object]


def by_entry(kernel, *arguments):
    return kernel.refuses(*arguments)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
def test_any_argument_is_taken_or_refused_as_by_the_dispatcher(name):
    kernel, make = CALLS[name]
    good = make()
    assert refused(kernel, *good) == OK
    assert type(kernel.refuses).__name__ == "builtin_function_or_method"
    tried = 0
    for place, value in enumerate(good):
        for odd in (ODD_ARRAYS if isinstance(value, np.ndarray) else ODD_NUMBERS).values():
            both = []
            for call in by_entry, refused:
                arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in good]
                arguments[place] = odd(arguments[place])
                both.append(said(call, kernel, arguments))
            assert both[0] == both[1]
            tried += 1
    assert tried >= 40
    for arguments in good[:-1], [*good, 1], []:
        assert said(by_entry, kernel, arguments) == said(refused, kernel, arguments)
    with pytest.raises(TypeError):
        kernel.refuses(*good, name=1)


@pytest.mark.parametrize("name", CALLS)
def test_an_entry_computes_what_the_dispatcher_does(name):
    kernel, make = CALLS[name]
    good = make()
    refused(kernel, *good)
    states = []
    for call in by_entry, refused:
        arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in good]
        states.append(said(call, kernel, arguments))
    assert states[0] == states[1] and states[0][0] == OK


def test_signatures_in_turn():
    """Each finds its own entry, whichever was met last."""
    for kind, sums in [("f4", "f8"), ("f8", "f8"), ("f4", "f4")] * 3:
        inputs, weights, biases, work, output = dense(kind, sums)
        assert dense_forward.refuses(inputs, weights, biases, work, output) == OK
        expected = inputs.astype("f8") @ weights.astype("f8") + biases
        assert np.allclose(output, expected, rtol=1e-5, atol=1e-5)


def test_nothing_is_kept_and_nothing_lost():
    kinds = [np.ndarray, float, int, True, np.dtype("f4"), None]
    fits, odd = adam(), adam()
    odd[3] = odd[3][::-1]
    adam_update.refuses(*fits), adam_update.refuses(*odd)
    counts = [[sys.getrefcount(one) for one in (*fits, *odd, *kinds)] for _ in range(2)][1]
    for _ in range(2000):
        adam_update.refuses(*fits)
        adam_update.refuses(*odd)
    later = [sys.getrefcount(one) for one in (*fits, *odd, *kinds)]
    assert all(abs(a - b) < 50 for a, b in zip(later, counts, strict=True))


def test_a_large_update_lets_other_threads_run():
    fits = adam(1_000_000)
    adam_update.refuses(*adam())
    ran: list[float] = []
    began = threading.Event()

    def run():
        began.set()
        while not ran or time.perf_counter() - ran[0] < 0.2:
            ran.append(time.perf_counter())
            time.sleep(0.0005)
    before = sys.getswitchinterval()
    sys.setswitchinterval(100)  # nobody is asked to give way
    try:
        thread = threading.Thread(target=run)
        thread.start()
        began.wait()
        spans = []
        for _ in range(5):
            start = time.perf_counter()
            assert adam_update.refuses(*fits) == OK
            spans.append((start, time.perf_counter()))
        thread.join()
    finally:
        sys.setswitchinterval(before)
    assert any(start < at < end for start, end in spans for at in ran)


def test_objects_that_lie_otherwise_have_no_entries(monkeypatch):
    header = object.__basicsize__
    class_ = header - ctypes.sizeof(ctypes.c_void_p)
    a = np.zeros((2, 5), "f4")
    assert entries._lies(a, header, class_)
    assert not entries._lies(a[:, ::2], header, class_)  # a view: its base is somebody's
    assert not entries._lies(a.view(Weighted), header, class_)
    monkeypatch.setattr(entries, "layout", lambda: None)
    with pytest.raises(RuntimeError, match="do not lie here"):
        entries.entry(next(iter(dense_forward.overloads.values())), "dense_forward", print)


def test_another_python_has_none(monkeypatch):
    monkeypatch.setattr(sys.implementation, "name", "another")
    assert entries.layout.__wrapped__() is None


def test_compiled_code_outlives_the_modules(fresh_process):
    """Python clears them at its end: threads may be in a kernel then, and objects go later."""
    said = fresh_process("""
        import gc, sys
        import numpy as np
        import fastnn
        kernel = fastnn.Activation_Sigmoid._compiled.forward.kernel  # it calls NumPy's own exp
        x = np.linspace(-3, 3, 24).reshape(4, 6)
        out, right = np.empty_like(x), 1 / (1 + np.exp(-x))
        assert kernel(x, out) == 0
        call, out[...] = kernel.refuses, 0
        for name in "entries linking numpy_blas numpy_loops numpy_sums sums_order".split():
            vars(sys.modules["fastnn.compile." + name]).clear()
        gc.collect()
        filling = [bytes([221]) * size for size in range(16, 600, 8) for _ in range(50)]
        print(call(x, out), np.array_equal(out, right), flush=True)
    """, env={"PYTHONMALLOC": "debug"})
    assert said == "0 True\n"
