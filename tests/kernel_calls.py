"""Calls of every kernel between guard values, and the comparison with what is expected."""

import inspect
from types import SimpleNamespace

import numpy as np
from kernel_cases import CASES
from kernel_numpy import (
    ANY_ZERO,
    BOUND,
    FLIPS,
    class_index,
    normal,
    positive,
    probability,
    quiet,
    random_state,
)

from fastnn.compile.jit import KERNELS
from fastnn.kernels.blas import blas_work_size
from fastnn.kernels.layers import work_size
from fastnn.kernels.losses import crossentropy_work_size
from fastnn.kernels.softmax import slope_work_size, softmax_work_size

# Axis letter -> elements of scratch for sizes N, I, O. More will do, fewer must be refused.
SCRATCH = {
    "X": work_size,
    "B": blas_work_size,
    "J": lambda N, I, O: slope_work_size(O),
    "Y": lambda N, I, O: softmax_work_size(N, O),
    "Z": lambda N, I, O: crossentropy_work_size(N, O),
}

GUARD = 256  # elements on either side of every array

DRAWN = {"labels": class_index, "y_pred": probability, "weight_cache": positive,
         "bias_cache": positive, "state": random_state}


# ------------------------------------------------------------------------ arguments and calls


def calls():
    """Every (kernel, declared signature) that the table knows."""
    return [(kernel, types) for kernel in KERNELS if kernel.__name__ in CASES
            for types in kernel.argument_types]


def name_of(kernel, types):
    """For test ids: relu_forward-f4.f4"""
    return f"{kernel.__name__}-{'.'.join(word.partition(':')[0] for word in types)}"


def shape_of(axes, sizes):
    return tuple(int(letter) if letter.isdigit() else sizes[letter] for letter in axes)


def arguments(kernel, types, sizes, rng, setting=0):
    """{parameter: valid argument} for (N, I, O) = sizes. What is only written holds NaN."""
    case = CASES[kernel.__name__]
    N, I, O = sizes
    known = {"N": N, "I": I, "O": O, "S": 625}
    known |= {letter: size(N, I, O) for letter, size in SCRATCH.items()}
    draw = DRAWN | dict(case.draw)
    blank = case.marked(">~")
    made = {}
    for (name, axes), type_ in zip(case.axes().items(), types, strict=True):
        if axes is None:
            made[name] = case.settings[setting % len(case.settings)][name]
            continue
        shape = shape_of(axes, known)
        values = np.full(shape, np.nan) if name in blank else draw.get(name, normal)(
            rng, shape, known)
        made[name] = np.asarray(values).astype(type_.partition(":")[0])
    return made


class Guarded:
    """Arguments whose arrays each lie between two strips of guard values in a larger buffer.

    Read as numbers the guards are NaN (or negative, or huge), with other bits for every array: one
    that is read shows in a result, and one that is copied shows in the guards of the other array.
    """

    def __init__(self, given):
        self.buffers, self.arguments = {}, dict(given)
        for tag, (name, value) in enumerate(given.items(), start=1):
            if isinstance(value, np.ndarray):
                size = value.nbytes + 2 * GUARD * value.itemsize
                words = np.full(-(-size // 4), 0xFFFF0000 + 0x0101 * tag, np.uint32)
                buffer = words.view(np.uint8)[:size].view(value.dtype)
                inside = buffer[GUARD:GUARD + value.size].reshape(value.shape)
                inside[...] = value
                self.buffers[name], self.arguments[name] = buffer, inside
        self.before = {name: buffer.tobytes() for name, buffer in self.buffers.items()}

    def call(self, kernel):
        return kernel.refuses(*self.arguments.values())

    def changed(self):
        """Names of the arrays that differ from before, guards included."""
        return [name for name, buffer in self.buffers.items()
                if buffer.tobytes() != self.before[name]]

    def assert_guards_intact(self):
        for name, buffer in self.buffers.items():
            now, before, strip = buffer.tobytes(), self.before[name], GUARD * buffer.itemsize
            assert now[:strip] == before[:strip], f"written before {name}"
            assert now[-strip:] == before[-strip:], f"written behind {name}"

    def assert_wrote_only(self, names):
        self.assert_guards_intact()
        assert set(self.changed()) <= set(names)


def run(kernel, given):
    """Call on guarded copies. (status, the arguments afterwards); the inputs are unchanged."""
    guarded = Guarded(given)
    status = guarded.call(kernel)
    guarded.assert_wrote_only(CASES[kernel.__name__].marked("+>~"))
    return status, guarded.arguments


def expected(kernel, given):
    """{written parameter: array} by plain NumPy, from copies of the arguments."""
    copies = {name: value.copy() if isinstance(value, np.ndarray) else value
              for name, value in given.items()}
    with quiet():
        return CASES[kernel.__name__].expected(SimpleNamespace(**copies))


# ---------------------------------------------------------------------------------- comparing


def ulps(got, expected):
    """Distance in units of the last place; NaN equals NaN, and zeros of either sign are equal."""
    integer = {4: np.int32, 8: np.int64}[got.itemsize]

    def ordered(a):
        bits = np.ascontiguousarray(a).view(integer).astype(np.float64 if got.itemsize == 4
                                                            else np.longdouble)
        return np.where(bits < 0, -(bits - np.iinfo(integer).min), bits)
    distance = np.abs(ordered(got) - ordered(expected))
    nan = np.isnan(got), np.isnan(expected)
    return np.where(nan[0] & nan[1], 0, np.where(nan[0] ^ nan[1], np.inf, distance))


def same(got, expected):
    """Equal in type, shape and every bit, the sign of zero included. NaN is NaN."""
    nan = np.isnan(got)
    return (got.dtype == expected.dtype and got.shape == expected.shape
            and np.array_equal(nan, np.isnan(expected))
            and np.where(nan, 0, got).tobytes() == np.where(nan, 0, expected).tobytes())


class Tally:
    """How many elements were compared, and how many differed in their last bit."""

    def __init__(self):
        self.elements = self.flips = 0

    def compare(self, kernel, given, after):
        """Hold what the kernel wrote against NumPy, as closely as the row of the table asks."""
        case = CASES[kernel.__name__]
        space = SimpleNamespace(**given)
        agreement = case.agreement(space)
        for name, right in expected(kernel, given).items():
            got = after[name]
            if case.axes()[name] in SCRATCH:
                got = got[:right.size]  # results at the head, scratch behind
            assert got.dtype == right.dtype and got.shape == right.shape, name
            bounded = agreement is BOUND and name in _magnitude(case, space)
            if agreement is FLIPS:
                self._seldom(name, got, right)
            elif bounded:
                self._within(name, got, right, *_magnitude(case, space)[name])
            elif agreement is ANY_ZERO:
                assert np.array_equal(got, right, equal_nan=True), name
            else:
                assert same(got, right), name
            self.elements += got.size

    def _seldom(self, name, got, right):
        if same(got, right):
            return
        # Where a float64 array holds a product of `nnfs.init()`, its values are float32.
        distance = ulps(got.astype(np.float32), right.astype(np.float32))
        assert np.max(distance) <= 1, f"{name}: {np.max(distance)} units in the last place"
        self.flips += int(np.sum(distance))

    def _within(self, name, got, right, magnitude, terms):
        # A sum of K products, in any order, is off by at most K u sum |a b| to first order in the
        # unit roundoff u (Higham 2002, section 3.1); so two of them differ by twice that. The
        # factor 2 + 1/8 and two roundings more cover the higher orders and the Jacobian's entries.
        u = np.finfo(got.dtype).eps / 2
        finite = np.isfinite(right)
        assert same(np.where(finite, 0, got), np.where(finite, 0, right)), name
        with quiet():
            error = np.abs(got.astype(np.float64) - right)
            tiny = np.finfo(got.dtype).smallest_subnormal * (terms + 2)
            bound = 2.125 * (terms + 2) * u * magnitude + tiny
        assert np.all((error <= bound) | ~finite), name

    def assert_flips_are_rare(self):
        """One in ten million, and one for luck."""
        assert self.flips <= 1 + self.elements // 10**7, f"{self.flips} of {self.elements}"


def _magnitude(case, space):
    with quiet():
        return case.magnitude(space) if case.magnitude else {}


def parameter_names(kernel):
    return list(inspect.signature(kernel.py_func).parameters)
