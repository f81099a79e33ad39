"""Products by NumPy's own BLAS: the routine that `np.dot` calls, and what stands in its place."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from processes import path_to_fastnn

from fastnn.compile import numpy_blas
from fastnn.kernels.blas import numpys_product
from fastnn.kernels.elements import pointer_to
from fastnn.support.numerics import plain_dot
from fastnn.support.proofs import cancelling, same

SIZES = [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 64, 100, 300]


@njit
def product(a, b, c, m, n, k, left, right):
    numpys_product(pointer_to(a, 0), pointer_to(b, 0), pointer_to(c, 0), m, n, k, left, right)


@pytest.mark.parametrize("kind", ["f", "d"])
def test_each_product_is_numpy_s(kind):
    rng = np.random.default_rng(1)
    for m, n, left, right in itertools.product(SIZES, SIZES, (0, 1), (0, 1)):
        k = int(rng.choice(SIZES))
        a = cancelling(rng, (k, m) if left else (m, k), kind)
        b = cancelling(rng, (n, k) if right else (k, n), kind)
        if rng.random() < 0.3:
            a.flat[0], b.flat[-1] = rng.choice([0.0, -0.0, np.inf, np.nan], 2)
        c = np.full((m, n), 7, kind)
        product(a, b, c, m, n, k, left, right)
        with np.errstate(all="ignore"):
            right_one = plain_dot(a.T if left else a, b.T if right else b)
        assert np.array_equal(c, right_one, equal_nan=True), (m, n, k, left, right)
        there = ~np.isnan(c)
        assert same(c[there], right_one[there])


def test_the_routines_are_numpy_s():
    assert numpy_blas.IS_NUMPYS  # NumPy's wheels have them


@pytest.mark.parametrize("kind", numpy_blas.KINDS)
def test_what_calls_numpy_through_python_does_the_same(kind):
    routines = {(routine, kind): numpy_blas.through_python(routine, kind)
                for routine in numpy_blas.ROUTINES}
    assert numpy_blas.gives_numpys(routines, kind)


@pytest.mark.parametrize("routine", numpy_blas.ROUTINES)
def test_a_routine_that_computes_otherwise_is_not_taken(routine):
    routines = {(one, "d"): numpy_blas.through_python(one, "d") for one in numpy_blas.ROUTINES}

    def without_effect(*arguments):
        return 0.0

    assert numpy_blas.gives_numpys(routines, "d")
    assert not numpy_blas.gives_numpys({**routines, (routine, "d"): without_effect}, "d")


WITHOUT_ADDRESSES = """
import ctypes, sys, numba
def refused(*arguments, **options):
    raise OSError("no library here")
real, ctypes.CDLL = ctypes.CDLL, refused
class Other:
    name = "other"
    cache_tag, version = sys.implementation.cache_tag, sys.implementation.version
from fastnn.compile import numpy_blas
ctypes.CDLL, implementation, sys.implementation = real, sys.implementation, Other
from fastnn.compile import numpy_loops
sys.implementation = implementation
assert not numpy_blas.IS_NUMPYS and numpy_blas.BITS == 64
import numpy as np
import networks, fastnn
from fastnn.support import proofs
proofs.holds = lambda *asked: proofs.NO
for loss in ("combined", "squared 1", "binary 3"):
    for activation in ("Sigmoid", "Softmax"):
        case = networks.Case(loss, activation=activation, hidden=(7,), data="float64")
        networks.assert_fit_is_the_loop(case, epochs=3)
print("same")
"""


def test_where_no_address_is_to_be_had_numpy_is_called_from_compiled_code(fresh_process):
    path = {"PYTHONPATH": f"{path_to_fastnn()}:{Path(__file__).parent.parent}"}
    assert fresh_process(WITHOUT_ADDRESSES, env=path).split() == ["same"]
