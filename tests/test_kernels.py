"""Every kernel, every signature: NumPy's digits, nothing written elsewhere, clear refusals.

The arguments and the expected arrays come from the table in `kernel_cases.py`. Every call made here
goes through `Guarded`: each array lies between guard values, which must survive it.
"""

import functools
import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_cases import (
    BOUND,
    CASES,
    ELSEWHERE,
    FLIPS,
    SCRATCH,
    Guarded,
    Tally,
    arguments,
    calls,
    expected,
    name_of,
    parameter_names,
    quiet,
    run,
    same,
)
from networks import Case, build, fit
from numba import types as numba_types

import fastnn
from fastnn.activations import Activation_ReLU
from fastnn.compile import jit
from fastnn.compile.jit import COMPILING, KERNELS, NoMatch
from fastnn.engine import runs
from fastnn.kernels import elementary, losses
from fastnn.kernels.activations import softmax_forward
from fastnn.kernels.random import dropout_forward
from fastnn.kernels.simd import get, put
from fastnn.kernels.softmax import softmax_work_size
from fastnn.kernels.status import LABEL, OK, SHAPE
from fastnn.kernels.training import (
    BATCH,
    END,
    EPOCHS,
    LOG_EVERY,
    RECORDED,
    STEP,
    STEPS,
    STEPS_PER_EPOCH,
    train,
)

pytestmark = pytest.mark.filterwarnings("error")

every_call = pytest.mark.parametrize(
    ("kernel", "types"), calls(), ids=[name_of(*call) for call in calls()])

# Ends and middles of: tiles of 4 and 8 rows, vectors of 8 and 16 lanes, sums in plain order (below
# 8), in one block (to 128) and in halves; NARROW and SHORT in packing.py are 4.
ROWS = (1, 2, 3, 4, 7, 8, 9, 31, 128, 129, 300)
COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 64, 127, 128, 129, 257)
INNER = (1, 2, 3, 4, 5, 8, 9, 16, 17, 64, 129)
SIZES = [
    *((ROWS[i % 11], INNER[i * 4 % 11], O) for i, O in enumerate(COLUMNS)),
    *((N, INNER[i * 3 % 11], COLUMNS[i * 5 % 17]) for i, N in enumerate(ROWS)),
    (1, 1, 1), (1, 3, 1000), (2, 1000, 3), (300, 2, 3), (300, 64, 64), (300, 5, 1), (1000, 1, 1),
]


def settings_of(kernel):
    return range(len(CASES[kernel.__name__].settings))


def generator(*parts):
    """The same numbers in every run, others for every test."""
    return np.random.default_rng(list("/".join(map(str, parts)).encode()))


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
        assert (len(one) if one else None) == getattr(type_, "ndim", None)


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


SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-7, 1e-300]


def special_values(dtype, largest):
    """NaN, infinities, zeros, numbers without full precision, and the largest, of a float type."""
    info = np.finfo(dtype)
    values = [*SPECIAL, info.smallest_subnormal, -info.smallest_subnormal, info.smallest_normal]
    return np.array(values + ([info.max, -info.max] if largest else []), dtype=np.float64)


def strewn(made, names, share, largest, rng):
    """Copies of the arguments in which a share of the elements of these arrays is special."""
    made = dict(made)
    for name in names:
        a = made[name].copy()
        hit = rng.random(a.shape) < share
        a[hit] = rng.choice(special_values(a.dtype, largest), int(np.sum(hit))).astype(a.dtype)
        made[name] = a
    return made


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


# ------------------------------------------------------------------------- exp, log and tanh


@jit.helper()
def all_exp(x, out):
    for i in range(x.size):
        put(out, i, elementary.exp(get(x, i)))


@jit.helper()
def all_log(x, out):
    for i in range(x.size):
        put(out, i, elementary.log(get(x, i)))


@jit.helper()
def all_tanh(x, out):
    for i in range(x.size):
        put(out, i, elementary.tanh(get(x, i)))


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


@pytest.mark.parametrize(("ours", "numpy", "low", "high", "units"), [
    (all_exp, np.exp, -750, 715, 2), (all_log, np.log, -1e-3, 50, 2),
    (all_tanh, np.tanh, -20, 20, 4)], ids=["exp", "log", "tanh"])
def test_float64_exp_log_and_tanh_are_close_to_numpy(ours, numpy, low, high, units):
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(low, high, 200_000), rng.uniform(0, 1, 200_000),
                        10.0 ** rng.uniform(-308, 300, 50_000), special_values(np.float64, True)])
    got = np.empty_like(x)
    ours(x, got)
    with quiet():
        right = numpy(x)
    # Either side is within one unit of the last place, 2.2e-16, of the true value; of tanh the C
    # library's was 2.2 units from it at most, NumPy's 1.2.
    np.testing.assert_allclose(got, right, rtol=units * 2.25e-16, atol=1e-323)


# ---------------------------------------------------------- hostile arguments of the right types


def wrong_shapes(axes, name, shape):
    """Shapes that do not belong to the shapes of the other arguments."""
    others = "".join(one or "" for other, one in axes.items() if other != name)
    for position, letter in enumerate(axes[name]):
        if letter not in others and letter not in "12S" and letter not in SCRATCH:
            continue  # any length is right
        size = shape[position]
        lengths = {0, size - 1} if letter in SCRATCH else {0, size - 1, size + 1, 3 * size}
        for other in sorted(lengths - {size, -1}):
            yield shape[:position] + (other,) + shape[position + 1:]
    if len(shape) == 2:
        yield shape[::-1]
        yield (1, shape[0] * shape[1]) if shape[0] > 1 else (shape[1] // 2, 2)


@every_call
def test_wrong_shape_is_refused_before_anything_is_written(kernel, types):
    axes = CASES[kernel.__name__].axes()
    rng = generator(name_of(kernel, types), "shapes")
    made = arguments(kernel, types, (6, 5, 7), rng)
    refused = 0
    for name in made:
        if not axes[name]:
            continue
        for shape in wrong_shapes(axes, name, made[name].shape):
            other = np.resize(made[name], shape).astype(made[name].dtype)
            guarded = Guarded(made | {name: other})
            assert guarded.call(kernel) == SHAPE, f"{name} {shape}"
            assert guarded.changed() == [], f"{name} {shape}"
            refused += 1
    assert refused >= 4


@every_call
def test_wrong_label_is_refused_before_anything_is_written(kernel, types):
    if "labels" not in CASES[kernel.__name__].axes():
        return
    for sizes in [(5, 1, 7), (4, 1, 1), (1, 1, 3), (300, 1, 3)]:
        made = arguments(kernel, types, sizes, generator(name_of(kernel, types), sizes))
        N, _, C = sizes
        wrong = [C, C + 1, 255]
        if made["labels"].dtype == np.int64:
            wrong += [-1, -C, 2**31, 2**32, 2**63 - 1, -2**63]
        for label in wrong:
            for n in {0, N // 2, N - 1}:
                labels = made["labels"].copy()
                labels[n] = label
                guarded = Guarded(made | {"labels": labels})
                assert guarded.call(kernel) == LABEL, f"{label} at {n} for {C} classes"
                assert guarded.changed() == []


@pytest.fixture
def train_arguments(monkeypatch):
    """{parameter: argument} of a call that `fit` made, for no steps: its addresses lead nowhere."""
    calls = []

    def noted(*arguments):
        calls.append([a.copy() for a in arguments])
        return train(*arguments)
    monkeypatch.setattr(runs, "train", noted)
    fit(build(fastnn, Case(batch=16)), epochs=2, batch_size=16)
    arguments = dict(zip(parameter_names(train), calls[0], strict=True))
    arguments["counters"][STEPS] = 0
    return arguments


def test_train_refuses_wrong_shapes_before_it_follows_an_address(train_arguments):
    may_be_longer = {"code"}
    for name, a in train_arguments.items():
        lengths = [0, a.shape[-1] - 1] + [a.shape[-1] + 1] * (name not in may_be_longer)
        for length in lengths:
            shape = *a.shape[:-1], length
            guarded = Guarded(train_arguments | {name: np.resize(a, shape).astype(a.dtype)})
            assert guarded.call(train) == SHAPE, f"{name} {shape}"
            assert guarded.changed() == [], f"{name} {shape}"


@pytest.mark.parametrize("counter", [STEPS_PER_EPOCH, LOG_EVERY, BATCH])
@pytest.mark.parametrize("value", [0, -1, -2**63])
def test_train_refuses_what_it_divides_by(train_arguments, counter, value):
    train_arguments["counters"][counter] = value
    guarded = Guarded(train_arguments)
    assert guarded.call(train) == SHAPE
    assert guarded.changed() == []


def test_train_counts_steps_and_records_epochs(train_arguments):
    """With a program of no instructions."""
    arguments = train_arguments
    arguments["sections"][:END + 1] = 0
    counters, records = arguments["counters"], np.zeros((9, arguments["records"].shape[1]))
    counters[[STEP, RECORDED, STEPS_PER_EPOCH, EPOCHS, LOG_EVERY]] = 0, 0, 3, 8, 3
    arguments["records"] = records
    for steps, done, recorded in [(2, 2, []), (1, 3, [0]), (9, 12, [0, 3]), (12, 24, [0, 3, 6, 7])]:
        counters[STEPS] = steps
        assert train(*arguments.values()) == OK
        assert counters[[STEP, STEPS, RECORDED]].tolist() == [done, 0, len(recorded)]
        assert records[:len(recorded), 0].tolist() == recorded


@every_call
def test_empty_arrays_are_refused_or_right(kernel, types):
    tally = Tally()
    for sizes in [(0, 3, 4), (0, 3, 9), (0, 1, 1), (3, 0, 4), (3, 0, 9), (1, 0, 1), (3, 4, 0),
                  (1, 9, 0), (0, 0, 0)]:
        for setting in settings_of(kernel):
            made = arguments(kernel, types, sizes, generator(sizes), setting)
            guarded = Guarded(made)
            status = guarded.call(kernel)
            guarded.assert_guards_intact()
            if status != OK:
                assert guarded.changed() == [], sizes
            elif any(made[name].size for name in CASES[kernel.__name__].marked(">+")):
                tally.compare(kernel, made, guarded.arguments)
    assert tally.flips == 0


# ------------------------------------------------------------------- arguments of other types


def strangers(a):
    """(what, array) that hold the same numbers as `a` in another type, layout or container."""
    for dtype in ("f4", "f8", "i4", "i8", "u1", "f2", "c16", "?", "O", ">f4", ">f8"):
        if np.dtype(dtype) != a.dtype:
            with quiet():
                converted = np.nan_to_num(a).astype(dtype)
            yield dtype, converted
    frozen = a.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen
    yield "strided", np.repeat(a, 2, axis=-1)[..., ::2]
    yield "reversed", a[..., ::-1]
    if a.ndim == 2:
        yield "Fortran", np.asfortranarray(a)
    yield "one axis less", a.ravel() if a.ndim == 2 else a[0]
    yield "one axis more", a[None]
    yield "list", a.tolist()
    yield "None", None
    yield "text", "array"


def is_declared(kernel, types, name, stranger):
    """True where the kernel has a signature for this array among the others' types."""
    if not isinstance(stranger, np.ndarray) or not stranger.flags.c_contiguous:
        return False
    if not (stranger.flags.writeable and stranger.dtype.isnative and stranger.dtype != object):
        return False
    dtype = getattr(numba_types, stranger.dtype.name)
    changed = list(types)
    changed[parameter_names(kernel).index(name)] = numba_types.Array(dtype, stranger.ndim, "C")
    return tuple(changed) in kernel.argument_types


@every_call
def test_undeclared_type_is_refused_and_compiles_nothing(kernel, types):
    made = arguments(kernel, types, (3, 4, 5), generator(name_of(kernel, types), "types"))
    run(kernel, made)
    compiled, overloads = COMPILING.kernels, list(kernel.overloads)
    for name, value in made.items():
        if not isinstance(value, np.ndarray):
            continue
        for what, stranger in strangers(value):
            if is_declared(kernel, types, name, stranger):
                continue
            before = repr(stranger)
            guarded = Guarded({other: a for other, a in made.items() if other != name})
            given = [stranger if other == name else guarded.arguments[other] for other in made]
            with pytest.raises(NoMatch):
                kernel(*given)
                pytest.fail(f"{name}: {what}")
            assert guarded.changed() == [] and repr(stranger) == before
    assert COMPILING.kernels == compiled
    assert list(kernel.overloads) == overloads


def test_foreign_byte_order_is_refused_after_an_askew_array(fresh_process):
    got = fresh_process("""
        import numpy as np
        from fastnn import Activation_ReLU
        relu_forward = Activation_ReLU._compiled.forward.kernel
        askew = np.zeros(4 * 6 + 1, np.uint8)[1:].view(np.float32).reshape(2, 3)
        output = np.empty((2, 3), np.float32)
        for inputs in askew, np.ones((2, 3), ">f4"):
            try:
                print(relu_forward(inputs, output), end=" ")
            except TypeError:
                print("refused", end=" ")
    """)
    assert got.split() in (["0", "refused"], ["refused", "refused"])


def test_wrong_number_of_arguments_is_refused():
    a = np.ones((2, 2), np.float32)
    for given_ in [(), (a,), (a, a.copy(), a.copy())]:
        with pytest.raises(TypeError):
            Activation_ReLU._forward_kernel(*given_)


@pytest.mark.parametrize("name", ["Activation_ReLU_forward", "adam_update"])
def test_refusal_is_cheap(name):
    """Some 20 us; a compile takes a thousand times as long. Best of many, on a shared machine."""
    kernel, types = next(call for call in calls() if call[0].__name__ == name)
    made = arguments(kernel, types, (3, 4, 5), generator(name))
    run(kernel, made)
    first, *others = made.values()
    fortran = np.asfortranarray(first)
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        with pytest.raises(NoMatch):
            kernel(fortran, *others)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1e-3


def other_numbers(value):
    """The same scalar in the other types a caller may have it in."""
    if isinstance(value, bool):
        return [np.bool_(value), value]
    return [value, np.float64(value), np.float32(value), *([int(value)] if value == 1 else [])]


def test_mixed_use_compiles_only_declared_signatures():
    for kernel, types in calls():
        made = arguments(kernel, types, (2, 3, 4), generator(name_of(kernel, types), "mixed"))
        for name, value in made.items():
            if isinstance(value, np.ndarray):
                continue
            for other in other_numbers(value):
                assert run(kernel, made | {name: other})[0] == OK
        status, after = run(kernel, made)
        assert status == OK
        Tally().compare(kernel, made, after)
    for kernel in KERNELS:
        assert set(kernel.overloads) <= set(kernel.argument_types)
        if kernel.__name__ in CASES:
            assert set(kernel.overloads) == set(kernel.argument_types)
        assert len(kernel.overloads) <= len(kernel.declared)
        assert len(set(kernel.argument_types)) == len(kernel.declared)


def test_integer_scalar_gives_the_digits_of_the_float():
    kernel, types = next(call for call in calls() if call[0].__name__ == "sgd_update")
    made = arguments(kernel, types, (1, 3, 5), generator("integer"), setting=1)
    assert made["lr"] == 1.0
    got = run(kernel, made | {"lr": 1})[1]["weights"]
    assert same(got, expected(kernel, made)["weights"])


# ------------------------------------------------------------------------------ for any array


few = functools.partial(settings, max_examples=60, deadline=None)
shapes = st.tuples(st.integers(1, 9), st.integers(1, 40))
seeds = st.integers(0, 2**32 - 1)
types_of_float = st.sampled_from([np.float32, np.float64])
scales = st.sampled_from([1e-30, 1e-3, 1.0, 50.0, 1e30])


def drawn(seed, shape, scale, dtype):
    return (np.random.default_rng(seed).standard_normal(shape) * scale).astype(dtype)


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


