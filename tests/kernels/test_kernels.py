"""Every kernel, every signature: NumPy's digits, and nothing written elsewhere.

The arguments and the expected arrays come from the table in `kernel_cases.py`. Every call made here
goes through `Guarded`: each array lies between guard values, which must survive it.
"""

import functools
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from calling import SIZES, every_call, generator, settings_of, strewn
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_calls import Tally, arguments, calls, name_of, parameter_names, run, same
from kernel_cases import CASES, ELSEWHERE
from kernel_numpy import BOUND, FLIPS, quiet

from fastnn import reference
from fastnn.activations import Activation_ReLU
from fastnn.compile.jit import KERNELS
from fastnn.kernels import losses
from fastnn.kernels.activations import softmax_forward
from fastnn.kernels.random import BELOW, FROM, dropout_forward
from fastnn.kernels.softmax import softmax_work_size
from fastnn.kernels.status import OK

pytestmark = pytest.mark.filterwarnings("error")


# ---------------------------------------------------------------------------- the table itself


def test_table_holds_every_kernel():
    known = set(CASES) | set(ELSEWHERE)
    assert [kernel.__name__ for kernel in KERNELS if kernel.__name__ not in known] == []
    assert known == {kernel.__name__ for kernel in KERNELS}
    assert not set(CASES) & set(ELSEWHERE)


@every_call
def test_table_names_the_parameters(kernel, types):
    axes = CASES[kernel.__name__].axes()
    assert list(axes) == parameter_names(kernel)
    for one, type_ in zip(axes.values(), types, strict=True):
        assert (len(one) if one else None) == (int(type_[3:]) if ":" in type_ else None)


# ---------------------------------------------------------------------------------- the digits


@every_call
def test_kernel_equals_numpy(kernel, types):
    tally = Tally()
    for sizes in SIZES:
        rng = generator(name_of(kernel, types), sizes)
        for setting in settings_of(kernel):
            made = arguments(kernel, types, sizes, rng, setting)
            status, after = run(kernel, made)
            assert status == OK, sizes
            tally.compare(kernel, made, after)
    tally.assert_flips_are_rare()


def test_products_equal_numpy_around_every_switch():
    """Small sizes all together, then large ones: over 15 million elements summed in float64."""
    shapes = [(N, I, O) for N in (1, 2, 3, 4, 5, 7, 8, 9, 300, 4000)
              for I in (1, 2, 3, 4, 5, 8, 9, 16, 17, 33) for O in (1, 2, 3, 4, 5, 8, 9, 17)]
    shapes += [(3, 384, 3), (3, 385, 5), (2, 1000, 4), (1000, 9, 5), (385, 3, 3), (5, 7, 1000)]
    # Widths whose last panel is one vector of float32 or float64, or two that are not full.
    shapes += [(20, 33, O) for O in (18, 24, 25, 31, 33, 40, 48, 49, 63, 100)]
    shapes += [(20, I, 33) for I in (18, 24, 25, 31, 33, 40, 48, 49, 63, 100)]
    # More than SMALL multiply-adds; up to LONG terms and beyond, once and twice, in each place.
    shapes += [(63, 384, 50), (63, 385, 50), (40, 767, 50), (40, 768, 50), (40, 769, 50),
               (63, 50, 385), (385, 60, 50), (1200, 40, 40), (1000, 400, 3), (1100, 1000, 1),
               (1, 1100, 1000), (63_000, 4, 4)]
    summed_in_float64, native = Tally(), Tally()
    for kernel, types in calls():
        if not kernel.__name__.startswith("dense"):
            continue
        rng = generator(name_of(kernel, types))
        for sizes in shapes:
            made = arguments(kernel, types, sizes, rng)
            status, after = run(kernel, made)
            assert status == OK
            tally = summed_in_float64 if agreement_of(kernel, made) is FLIPS else native
            tally.compare(kernel, made, after)
    assert summed_in_float64.elements > 10**7
    summed_in_float64.assert_flips_are_rare()


def agreement_of(kernel, made):
    return CASES[kernel.__name__].agreement(SimpleNamespace(**made))


@every_call
def test_nan_and_infinity_travel_as_in_numpy(kernel, types):
    case = CASES[kernel.__name__]
    read = [name for name, axes in case.axes().items() if axes and name not in case.marked(">~")]
    tally = Tally()
    for sizes in [(1, 1, 1), (3, 2, 1), (5, 4, 3), (6, 5, 7), (9, 9, 17), (4, 3, 133)]:
        rng = generator(name_of(kernel, types), "special", sizes)
        for setting in settings_of(kernel):
            plain = arguments(kernel, types, sizes, rng, setting)
            floats = [name for name in read if plain[name].dtype.kind == "f"]
            # Products of the largest numbers overflow or not as the order of the sum has it.
            largest = agreement_of(kernel, plain) not in (BOUND, FLIPS)
            for names in [[name] for name in floats] + [floats]:
                for share in (0.1, 0.5, 1.0):
                    made = strewn(plain, names, share, largest, rng)
                    with quiet():
                        status, after = run(kernel, made)
                    assert status == OK
                    tally.compare(kernel, made, after)
    tally.assert_flips_are_rare()


def test_dropout_draws_again_beyond_the_limit():
    """NumPy does so once in 2^53 draws; here with thresholds that make it half of them."""
    miss, limit = 2**51, 2**52
    for position in (0, 1, 623, 624):
        stream = np.random.RandomState(position)
        state = np.append(stream.get_state()[1], np.uint32(position))
        stream.set_state(("MT19937", state[:-1], position))
        made = {"inputs": np.ones((30, 40)), "state": state, "keep": 0.5, "miss": miss,
                "limit": limit, "mask": np.empty((30, 40)), "output": np.empty((30, 40))}
        status, after = run(dropout_forward, made)
        draws = iter(stream.random_sample, None)
        right = [2.0 * (u >= 0.25) for u in itertools.islice(
            (u for u in draws if u < 0.5), made["mask"].size)]
        _, words, stood, *_ = stream.get_state()
        assert status == OK
        assert after["mask"].ravel().tolist() == right
        assert np.array_equal(after["state"], np.append(words, np.uint32(stood)))


@pytest.mark.parametrize("miss", [0, 1, 2**51 + 1, 2**52, 2**53 - 1, 2**53])
@pytest.mark.parametrize("limit", [BELOW, FROM])
def test_dropout_by_uniform_numbers(miss, limit):
    for position in (0, 1, 623, 624):
        stream = np.random.RandomState(position)
        state = np.append(stream.get_state()[1], np.uint32(position))
        stream.set_state(("MT19937", state[:-1], position))
        made = {"inputs": np.ones((30, 41)), "state": state, "keep": 0.3, "miss": miss,
                "limit": limit, "mask": np.empty((30, 41)), "output": np.empty((30, 41))}
        status, after = run(dropout_forward, made)
        below = stream.random_sample((30, 41)) * 2**53 < miss
        _, words, stood, *_ = stream.get_state()
        assert status == OK
        assert np.array_equal(after["mask"], (below if limit == BELOW else ~below) / 0.3)
        assert np.array_equal(after["state"], np.append(words, np.uint32(stood)))


# ------------------------------------------------------------------------------ for any array

few = functools.partial(settings, max_examples=60, deadline=None)
shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
seeds = st.integers(0, 2**32 - 1)
types_of_float = st.sampled_from([np.float32, np.float64])
scales = st.sampled_from([1e-30, 1e-3, 1.0, 50.0, 1e30])


def drawn(seed, shape, scale, dtype):
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_equals_numpy_however_rows_are_taken(dtype):
    """One by one or side by side, up to as many as the scratch holds and beyond."""
    scratch = softmax_work_size(10**6, 2)
    for C in (1, 2, 3, 7, 8, 9, 10, 15, 16, 17, 129):
        most = scratch // (C + 1)
        for N in (1, 8, 9, 31, 32, 33, most - 1, most, most + 1, 2 * most + 9):
            inputs = drawn(N, (N, C), 5.0, dtype)
            inputs[-1, -1] = np.nan if N == 9 else np.inf if N == 33 else inputs[-1, -1]
            plain = reference.Activation_Softmax()
            with np.errstate(invalid="ignore"):
                plain.forward(inputs)
            output = np.full_like(inputs, 7)
            work = np.full(softmax_work_size(N, C) + 1, 7, dtype)
            assert softmax_forward(inputs, work[:-1], output) == OK
            assert work[-1] == 7
            assert np.array_equal(output, plain.output, equal_nan=True), (N, C)


@few()
@given(shapes, seeds, scales, types_of_float)
def test_softmax_rows_sum_to_one(shape, seed, scale, dtype):
    inputs = drawn(seed, shape, scale, dtype)
    output, work = np.empty_like(inputs), np.empty(softmax_work_size(*shape), dtype)
    assert softmax_forward(inputs, work, output) == OK
    # Each of C elements is rounded once, the sum they were divided by C times at most.
    bound = 2 * shape[1] * np.finfo(dtype).eps
    assert np.all(np.abs(np.sum(output, axis=1, dtype=np.float64) - 1) <= bound)
    assert np.all((output >= 0) & (output <= 1))


@few()
@given(shapes, seeds, scales, types_of_float)
def test_relu_of_relu_is_relu(shape, seed, scale, dtype):
    rng = np.random.default_rng(seed)
    inputs = strewn({"a": drawn(seed, shape, scale, dtype)}, ["a"], 0.2, True, rng)["a"]
    once, twice = np.empty_like(inputs), np.empty_like(inputs)
    assert Activation_ReLU._forward_kernel(inputs, once) == OK
    assert Activation_ReLU._forward_kernel(once, twice) == OK
    assert same(once, twice)


@few(max_examples=300)
@given(st.integers(1, 5000), seeds, scales, types_of_float)
def test_sum_and_mean_equal_numpy_for_any_length(n, seed, scale, dtype):
    a = drawn(seed, n, scale, dtype)
    got = np.empty(2, dtype)
    assert losses.mean_and_sum(a, got) == OK
    assert same(got, np.array([np.mean(a), np.sum(a)]))


def test_sum_equals_numpy_at_every_length_to_1100():
    a = drawn(7, 1100, 1.0, np.float32)
    got = np.empty(2, np.float32)
    for n in range(1, a.size + 1):
        losses.mean_and_sum(a[:n], got)
        assert got[1] == np.sum(a[:n]), n
