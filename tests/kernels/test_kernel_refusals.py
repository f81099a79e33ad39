"""What kernels refuse: wrong shapes and labels, before anything is written, and other types."""

import time

import numpy as np
import pytest
from calling import every_call, generator, settings_of
from kernel_calls import (
    SCRATCH,
    Guarded,
    Tally,
    arguments,
    calls,
    expected,
    name_of,
    parameter_names,
    run,
    same,
)
from kernel_cases import CASES
from kernel_numpy import quiet
from networks import Case, build, fit

import fastnn
from fastnn.activations import Activation_ReLU
from fastnn.compile.arguments import tidied
from fastnn.compile.dispatcher import NoMatch
from fastnn.compile.jit import KERNELS
from fastnn.compile.waiting import COMPILING
from fastnn.engine import loop
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
    monkeypatch.setattr(loop, "train", noted)
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
    changed = list(types)
    changed[parameter_names(kernel).index(name)] = f"{stranger.dtype.str[1:]}:{stranger.ndim}"
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


@pytest.mark.clock
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


@pytest.mark.parametrize(("number", "word", "tidy"), [
    (5, "i8", None), (np.int8(3), "i8", 3), (np.True_, "i8", 1), (2.0, "i8", 2), (2.5, "i8", None),
    (float("nan"), "i8", None), (float("inf"), "i8", None), (np.float32("-inf"), "i8", None),
    (1 << 63, "i8", None), (np.uint64(2**64 - 1), "i8", None), (-1 << 63, "i8", None),
    (3, "f8", 3.0), (True, "f8", 1.0), (np.float32(0.5), "f8", 0.5), (np.longdouble(1), "f8", 1.0),
    (10**400, "f8", None), (np.True_, "b1", True), (1, "b1", True)])
def test_numbers_come_as_python_s_own_or_not_at_all(number, word, tidy):
    """None: nothing is to be done, or nothing can be; an entry has refused it."""
    found = tidied((number,), (word,))
    assert found == (None if tidy is None else [tidy])
    assert found is None or type(found[0]) is type(tidy)


def test_integer_scalar_gives_the_digits_of_the_float():
    kernel, types = next(call for call in calls() if call[0].__name__ == "sgd_update")
    made = arguments(kernel, types, (1, 3, 5), generator("integer"), setting=1)
    assert made["lr"] == 1.0
    got = run(kernel, made | {"lr": 1})[1]["weights"]
    assert same(got, expected(kernel, made)["weights"])
