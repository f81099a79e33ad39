"""Dispatchers and formulas that are made at their first use: nothing of it is seen afterwards."""

import gc
import inspect
import threading
import weakref

import numpy as np
import own_formulas
import pytest
from numba.core.compiler import Compiler
from numba.core.typing.context import BaseContext
from rosters import of_formulas

import fastnn
from fastnn import formulas
from fastnn.activations.formula import Elementwise
from fastnn.compile import unmade
from fastnn.compile.dispatcher import Kernel
from fastnn.compile.unmade import Later
from fastnn.losses.weighted import _WeightedCrossentropy


def test_an_import_makes_no_dispatcher_and_traces_no_formula(fresh_process):
    got = fresh_process("""
        import sys
        from numba.core.dispatcher import Dispatcher
        from fastnn.kernels import trace
        def traced(*given): raise AssertionError("traced")
        trace.traced = traced
        import fastnn
        from fastnn.compile.jit import INSTRUCTIONS, KERNELS
        from fastnn.compile.unmade import _Unmade
        modules = [module for name, module in sys.modules.items() if name.startswith("fastnn.")]
        named = [one for module in modules for one in vars(module).values()
                 if isinstance(one, Dispatcher)]
        found = [*KERNELS, *INSTRUCTIONS, *named]
        print(len(found) > 200, {isinstance(one, _Unmade) for one in found})
        print("numpy.ma" in sys.modules)
    """)
    assert got == "True {True}\nFalse\n"


def test_a_kernel_is_of_its_own_class_once_it_was_called():
    """Calls go to Numba's own then, with nothing of Python's between."""
    relu = fastnn.Activation_ReLU()
    relu.forward(np.ones((2, 3), np.float32))
    assert type(relu._forward_kernel) is Kernel and "__call__" not in vars(Kernel)
    assert type(relu)._is_settled


def later(py_func=None):
    def double(a):
        """Twice."""
        return a + a
    return Later(py_func or double, {"nopython": True}, Compiler)


def test_it_looks_the_same_before_and_after():
    one = later()
    before = one.__name__, one.__doc__, one.__module__, one.__qualname__, type(one).__name__
    assert type(one) is not Later
    assert one(a=2) == 4 and type(one) is Later
    assert before == (one.__name__, one.__doc__, one.__module__, one.__qualname__,
                      type(one).__name__)


def test_what_is_promised_is_written_once_and_looks_the_same():
    written = []

    def write():
        def half(a):
            return a / 2
        half.__doc__ = "A half."
        written.append(half)
        return half, {"nopython": True}, Compiler

    one = Later.promised("half", __name__, "A half.", write)
    assert (one.__name__, one.__module__, inspect.getdoc(one)) == ("half", __name__, "A half.")
    assert staticmethod(one).__name__ == "half" and not written
    assert one(3.0) == 1.5 and one(5.0) == 2.5 and len(written) == 1
    assert (one.__name__, one.__module__, inspect.getdoc(one)) == ("half", __name__, "A half.")


def test_what_fails_to_be_written_is_written_by_the_next_who_asks():
    answers = [MemoryError()]

    def write():
        if answers:
            raise answers.pop()
        return (lambda a: a), {"nopython": True}, Compiler

    one = Later.promised("same", __name__, "", write)
    with pytest.raises(MemoryError):
        one(1)
    assert one(1) == 1


@pytest.mark.parametrize("where", ["before", "within", "behind", "completed"])
def test_what_an_error_has_cut_short_is_made_by_the_next_who_asks(monkeypatch, where):
    """Numba's part enters itself in a table, and nothing may be entered there twice."""
    errors = [MemoryError()]
    construct, enter = unmade.CPUDispatcher.__init__, BaseContext.insert_global
    one = later()

    def fail(here):
        if here == where and errors:
            raise errors.pop()

    def constructed(self, *arguments, **named):
        fail("before")
        construct(self, *arguments, **named)
        fail("behind")

    def entered(self, *arguments):
        fail("within")
        enter(self, *arguments)

    monkeypatch.setattr(unmade.CPUDispatcher, "__init__", constructed)
    monkeypatch.setattr(BaseContext, "insert_global", entered)
    monkeypatch.setattr(Later, "completed", lambda self: fail("completed"))
    with pytest.raises(MemoryError):
        one(1.5)
    assert one(1.5) == 3.0 and type(one) is Later


def test_threads_that_come_at_once_find_one(monkeypatch):
    made, gate = [], threading.Barrier(8)
    construct = unmade.CPUDispatcher.__init__
    monkeypatch.setattr(unmade.CPUDispatcher, "__init__",
                        lambda self, *a, **b: made.append(self) or construct(self, *a, **b))
    one, results = later(), []

    def ask():
        gate.wait()
        results.append(one(1.5))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [3.0] * 8 and made.count(one) == 1


def test_one_that_nobody_asks_goes_without_being_made():
    gone = weakref.ref(later())
    gc.collect()
    assert gone() is None


# That of weighted classes is by what the softmax is given; tests/sklearn_estimators looks at it.
BY_THEMSELVES = [one for one in of_formulas() if one.kind is not _WeightedCrossentropy]


@pytest.mark.parametrize("entry", BY_THEMSELVES, ids=lambda entry: entry.kind.__name__)
def test_slopes_of_our_own_formulas_are_sound(entry):
    """Which is looked at when anybody else's class is made."""
    if isinstance(entry.compiled, Elementwise):
        formulas.activation_is_sound(entry.kind, entry.compiled.backward.arrays[1:])
    else:
        formulas.loss_is_sound(entry.kind)


def test_a_formula_of_ours_in_another_class_is_looked_at():
    with own_formulas.forgotten(), pytest.raises(ValueError, match="slope is"):
        class Activation_Mixed(fastnn.Activation):
            formula = fastnn.Activation_GELU.formula
            slope = fastnn.Activation_Swish.slope
