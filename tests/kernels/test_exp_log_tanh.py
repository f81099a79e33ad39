"""exp, log and tanh: NumPy's digits, by our formulas or by NumPy's own loops."""

import zlib

import numpy as np
import pytest
from calling import special_values
from kernel_calls import same
from kernel_numpy import quiet
from numba import njit

from fastnn.compile import numpy_loops
from fastnn.kernels import elementary
from fastnn.kernels.elements import get, put

pytestmark = pytest.mark.filterwarnings("error")


def over(function):
    """The function of a number for all of an array."""
    @njit
    def run(x, out):
        for i in range(x.size):
            put(out, i, function(get(x, i)))
    return run


def over_many(begin, finish):
    """The same where NumPy is to do many at a time."""
    begun = over(begin)

    @njit
    def run(x, out):
        begun(x, out)
        finish(out, 0, out.size)
    return run


all_exp, all_log, all_tanh = map(over, (elementary.exp, elementary.log, elementary.tanh))
all_exp_f4, all_log_f4, all_tanh_f4 = map(over, (elementary.exp_f4, elementary.log_f4,
                                                 elementary.tanh_f4))
all_tanh_native = over(elementary.tanh_native)
finished_exp = over_many(elementary.begin_exp, elementary.finish_exp)
finished_log = over_many(elementary.begin_log, elementary.finish_log)

every_function = pytest.mark.parametrize(
    ("ours", "numpy"), [(all_exp, np.exp), (all_log, np.log), (all_tanh, np.tanh)],
    ids=["exp", "log", "tanh"])


def float32_patterns():
    """Four million float32 from end to end of the bit patterns, and all around the limits."""
    strided = np.arange(0, 2**32, 1021, dtype=np.uint64).astype(np.uint32)
    info = np.finfo(np.float32)
    limits = [elementary.EXP_OVERFLOW, elementary.EXP_UNDERFLOW, elementary.SQRT_HALF,
              elementary.SMALLEST_NORMAL, 0.0, 1.0, 0.5, 2.0, np.inf, np.nan, info.max,
              -87.33654, -87.0, 88.0, *np.arange(-150, 129) * np.log(2),
              *(np.arange(-150, 129) + 0.5) * np.log(2)]
    # The beginning and the middle of every interval of tanh.
    tanh = np.arange(elementary.TANH_FIRST, elementary.TANH_ONE + 1, 2**20, np.int32)
    limits = np.concatenate([np.array(limits, np.float32), tanh.view(np.float32)])
    near = np.concatenate([limits, -limits]).view(np.uint32).astype(np.int64)
    near = (near[:, None] + np.arange(-40, 41)).ravel() % 2**32
    return np.concatenate([strided, near.astype(np.uint32)]).view(np.float32)


def test_native_tanh_is_near_numpy_s():
    x = float32_patterns()
    got = np.empty_like(x)
    all_tanh_native(x, got)
    with quiet():
        expected = np.tanh(x.astype(np.float64))
        differs = np.abs(got - expected)
        normal = np.abs(x) >= elementary.SMALLEST_NORMAL
        relative = differs[normal] / np.abs(expected[normal])
    assert np.array_equal(np.isnan(got), np.isnan(x))
    assert np.nanmax(differs) <= 4e-7
    assert np.nanmax(relative) <= 4e-7
    assert np.nanmax(np.abs(got)) <= 1
    assert (np.abs(got[np.abs(x) >= 8.3]) == 1).all()
    assert np.array_equal(np.signbit(got), np.signbit(x))


@every_function
def test_float32_exp_log_and_tanh_equal_numpy(ours, numpy):
    x = float32_patterns()
    got = np.empty_like(x)
    ours(x, got)
    with quiet():
        right = numpy(x)
    assert same(got, right)


def test_float32_tanh_equals_numpy_for_all_numbers_of_its_intervals():
    # A wrong last bit of a high coefficient changes few results: only all of them show it.
    for first in range(elementary.TANH_FIRST, elementary.TANH_ONE, 2**20):
        x = np.arange(first, first + 2**20, dtype=np.int32).view(np.float32)
        got = np.empty_like(x)
        all_tanh(x, got)
        assert np.array_equal(got.view(np.int32), np.tanh(x).view(np.int32))


@every_function
def test_float32_exp_log_and_tanh_equal_numpy_at_every_length(ours, numpy):
    rng = np.random.default_rng(1)
    for length in range(1, 41):  # around whole vectors of either side, of 4 to 32 lanes
        x = np.concatenate([rng.normal(0, 3, length), special_values(np.float32, True)])
        x = rng.permutation(x.astype(np.float32))[:length]
        got = np.empty_like(x)
        ours(x, got)
        with quiet():
            right = numpy(x)
        assert same(got, right)


def test_float32_exp_log_and_tanh_keep_the_limits():
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 88.72284, -103.97209, 1e-45, -1.0],
                 np.float32)
    got = np.empty_like(x)
    all_exp(x, got)
    right = np.float32([np.nan, np.inf, 0, 1, 1, np.inf, 0, 1, np.exp(np.float32(-1))])
    assert same(got, right)
    all_log(x, got)
    low = np.log(np.float32(88.72284)), np.log(np.float32(1e-45))
    right = np.float32([np.nan, np.inf, np.nan, -np.inf, -np.inf, low[0], np.nan, low[1], np.nan])
    assert same(got, right)
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 10.0, -3e38, 1e-45, -1e-45], np.float32)
    all_tanh(x, got)
    assert same(got, np.float32([np.nan, 1, -1, 0.0, -0.0, 1, -1, 1e-45, -1e-45]))


@pytest.mark.parametrize(("ours", "numpy", "low", "high"), [
    (all_exp, np.exp, -750, 715), (all_log, np.log, -1e-3, 50), (all_tanh, np.tanh, -20, 20),
    (finished_exp, np.exp, -750, 715), (finished_log, np.log, -1e-3, 50)],
    ids=["exp", "log", "tanh", "many exp", "many log"])
def test_float64_exp_log_and_tanh_equal_numpy(ours, numpy, low, high):
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(low, high, 2_000_000), rng.uniform(0, 1, 1_000_000),
                        10.0 ** rng.uniform(-308, 300, 500_000), special_values(np.float64, True),
                        rng.integers(0, 2**64, 500_000, np.uint64).view(np.float64)])
    got = np.empty_like(x)
    ours(x, got)
    with quiet():
        right = numpy(x)
    assert same(got, right)


@pytest.mark.parametrize(("ours", "numpy"), [(finished_exp, np.exp), (finished_log, np.log)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_many_at_a_time_equal_numpy_at_every_length(ours, numpy, kind):
    rng = np.random.default_rng(2)
    for length in [*range(140), 1000, 4097]:  # whole runs of AT_ONCE, and what is left of one
        x = rng.uniform(1e-3, 9, length).astype(kind)
        got = np.empty_like(x)
        ours(x, got)
        assert same(got, numpy(x))


@pytest.mark.parametrize("name", numpy_loops.NAMES)
def test_a_sample_tells_whether_numpy_computes_as_kernels_do(name, monkeypatch):
    x = numpy_loops.sample(name)
    got = np.empty_like(x)
    {"exp": all_exp_f4, "log": all_log_f4, "tanh": all_tanh_f4}[name](x, got)
    assert zlib.crc32(got.tobytes()) == numpy_loops._SAMPLES[name]
    numpy = numpy_loops.FUNCTIONS[numpy_loops.NAMES.index(name)]
    with quiet():
        assert numpy_loops.is_ours(name) == np.array_equal(got, numpy(x))

    def other(x):  # of another version of NumPy
        return np.nextafter(numpy(x), np.float32(0))

    monkeypatch.setattr(numpy_loops, "FUNCTIONS", (other,) * 3)
    numpy_loops.is_ours.cache_clear()
    try:
        with quiet():
            assert not numpy_loops.is_ours(name)
    finally:
        numpy_loops.is_ours.cache_clear()


@pytest.mark.parametrize("kind", numpy_loops.KINDS)
@pytest.mark.parametrize("function", numpy_loops.FUNCTIONS, ids=numpy_loops.NAMES)
def test_loops_are_found_and_those_through_python_do_the_same(function, kind):
    assert numpy_loops.loop_of(function, kind) is not None  # CPython has them
    assert numpy_loops.loop_of(lambda x: x, kind) is None
    x = np.linspace(0.1, 5, 50).astype(kind)
    got = np.zeros_like(x)
    numpy_loops.call(numpy_loops.through_python(function, kind), 0, x, got)
    assert np.array_equal(got, function(x))


def test_another_functions_loop_is_not_taken(monkeypatch):
    another = numpy_loops.loop_of(np.log, "d")
    monkeypatch.setattr(numpy_loops, "_loop_and_data", lambda ufunc, kind: another)
    assert numpy_loops.loop_of(np.exp, "d") is None
