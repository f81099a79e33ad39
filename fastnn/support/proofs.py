"""Whether products of our own kernels are NumPy's to the bit, tried on this machine.

NumPy leaves products to BLAS, and in which order that sums depends on the routine, the shapes, the
processor, the number of threads and the version. Ours may stand for them only where they have given
the same bits: for a product of exactly these shapes, with data whose terms cancel, so that another
order shows. Where that cannot be tried yet (the kernels are not compiled) the answer is no.
"""

import math
from functools import cache
from typing import Any

import numpy as np

from fastnn.kernels.layers import dense_backward, dense_forward, work_size
from fastnn.support.blas import threads

# The products of a dense layer: inputs @ weights, inputs.T @ dvalues, dvalues @ weights.T, and the
# last two together.
FORWARD, DWEIGHTS, DINPUTS, BACKWARD = "forward", "dweights", "dinputs", "backward"

# A difference in but one element shows in one draw in three, or more. So: 8 to 100 draws, for 4000
# elements in all, as long as that is not more than so many multiply-adds; at least 4.
_LEAST, _FEWEST, _MOST_DRAWS, _ELEMENTS, _MULTIPLY_ADDS = 4, 8, 100, 4000, 60_000_000
_ROWS = 8  # in which products underflow

_plain_dot: Any = np._core.multiarray.dot  # type: ignore[attr-defined]
# By product, type and threads of BLAS, then by the shapes.
_known: dict[tuple[str, Any, int], dict[Any, int]] = {}
_MOST = 10_000  # answers in each
_met: dict[Any, int] = {}  # how often it was asked for what is not known
_MEETINGS = 9  # a layer asks one to three times in a call

# Answers. BLAS may leave a sum that underflows to 0 with its sign, or add it to 0.0.
NO, YES, ADDED_TO_ZERO = 0, 1, 2


def holds(product: str, shapes: Any, dtype: Any, often: bool = False) -> int | None:
    """Whether a product, summed in this type, is NumPy's; shapes: of inputs, of weights.

    ADDED_TO_ZERO, of DINPUTS and BACKWARD: it is once dinputs are added to 0.0. None: it is not
    tried yet, for that takes as long as 20 to 50 products, and these shapes may not come again.
    often: they will.
    """
    table = product, dtype.char, threads()
    try:
        return _known[table][shapes]
    except KeyError:
        return _asked(table, shapes) if often or _is_met_again(table, shapes) else None


def _is_met_again(table: tuple[str, Any, int], shapes: Any) -> bool:
    """Whether it was asked for often enough to be tried."""
    if len(_met) >= _MOST:
        _met.clear()
    times = _met[table, shapes] = _met.get((table, shapes), 0) + 1
    return times >= _MEETINGS


def _asked(table: tuple[str, Any, int], shapes: Any) -> int:
    product, kind, _ = table
    kernel = dense_forward if product == FORWARD else dense_backward
    types = kernel.parsed(_SIGNATURES[kernel, kind])
    if kernel.is_wished(types):
        return NO
    kernel.ready(types)
    (N, I), (_, O) = shapes
    if product == FORWARD:
        found: dict[str, int] = {FORWARD: _forward_is(N, I, O, np.dtype(kind))}
    else:
        dweights, dinputs = _backward_is(N, I, O, np.dtype(kind))
        found = {DWEIGHTS: dweights, DINPUTS: dinputs, BACKWARD: dweights and dinputs}
    for one, answer in found.items():
        answers = _known.setdefault((one, *table[1:]), {})
        if len(answers) >= _MOST:
            answers.clear()
        answers[shapes] = answer
    return found[product]


_SIGNATURES = {
    (dense_forward, "f"): "f4:2 f4:2 f4:2 f4:1 f4:2",
    (dense_forward, "d"): "f8:2 f8:2 f8:2 f8:1 f8:2",
    (dense_backward, "f"): "f4:2 f4:2 f4:2 f4:1 f4:2 f4:2 f4:2",
    (dense_backward, "d"): "f8:2 f8:2 f8:2 f8:1 f8:2 f8:2 f8:2",
}


def _forward_is(N: int, I: int, O: int, dtype: Any) -> bool:
    work, output = np.empty(work_size(N, I, O), dtype), np.empty((N, O), dtype)
    return all(
        not dense_forward.refuses(inputs, weights, biases, work, output)
        and same(output, _plain_dot(inputs, weights) + biases)
        for inputs, weights, biases in _drawn(N * O, dtype, (N, I), (I, O), (1, O)))


def _backward_is(N: int, I: int, O: int, dtype: Any) -> tuple[int, int]:
    work = np.empty(work_size(N, I, O), dtype)
    dweights, dbiases, dinputs = (np.empty(shape, dtype) for shape in ((I, O), (1, O), (N, I)))
    # Of a single column the kernel has sums of its own in float32, and a run may have others.
    of_weights, of_inputs = int(dtype == np.float64 or min(I, O) > 1), YES
    for last, (inputs, weights, dvalues) in _with_tiny(
            _drawn(I * min(N, O), dtype, (N, I), (I, O), (N, O))):
        if not of_weights and not of_inputs or dense_backward.refuses(
                inputs, weights, dvalues, work, dweights, dbiases, dinputs):
            return NO, NO
        right = _plain_dot(dvalues, weights.T)
        of_weights = of_weights and int(same(dweights, _plain_dot(inputs.T, dvalues)))
        if not same(dinputs, right):
            of_inputs = ADDED_TO_ZERO if last and of_inputs and same(dinputs + 0.0, right) else NO
    return of_weights, of_inputs


def _with_tiny(drawn: Any) -> Any:
    """Each of these, and whether it is the last, whose products underflow. (In a few rows: such
    arithmetic takes some processors a hundred times as long.)
    """
    for arrays in drawn:
        yield False, arrays
    inputs, weights, dvalues = arrays
    dvalues = np.sign(dvalues) * np.finfo(dvalues.dtype).smallest_subnormal
    dvalues[_ROWS:] = 0
    yield True, (0.3 * np.sign(inputs), 0.3 * np.sign(weights), dvalues)


def _drawn(elements: int, dtype: Any, *shapes: tuple[int, int]) -> Any:
    """Arrays of these shapes, again and again: of numbers great and small, which cancel; one time
    in four with many zeros of both signs.
    """
    size = math.prod({side for shape in shapes for side in shape})
    draws = min(max(_FEWEST, min(_MOST_DRAWS, _ELEMENTS // elements)),
                max(_LEAST, _MULTIPLY_ADDS // size))
    pool, zeros = _pool(np.dtype(dtype).char)
    shift = 0
    for draw in range(draws):
        arrays = []
        for shape in shapes:
            shift += 7919
            arrays.append(_taken(zeros if draw % 4 == 0 else pool, shift % len(pool), shape))
        yield arrays


def _taken(pool: Any, start: int, shape: tuple[int, int]) -> Any:
    """An array of the numbers from there on."""
    end = start + shape[0] * shape[1]
    if end <= len(pool):
        return pool[start:end].reshape(shape)
    return np.resize(np.roll(pool, -start), shape)


@cache
def _pool(kind: str) -> tuple[Any, Any]:
    """Numbers to draw from, as many as a prime number, so that no row begins as another does; and
    the same with many zeros.
    """
    rng = np.random.Generator(np.random.PCG64(0))
    found = cancelling(rng, 65_521, kind)
    return found, found * (rng.random(found.shape) < 0.5)


def cancelling(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers whose products differ by so much that each order of adding them rounds otherwise."""
    return (rng.standard_normal(shape) * np.exp2(rng.integers(-12, 13, shape))).astype(dtype)


def same(a: Any, b: Any) -> bool:
    """Equal in every bit, signs of zeros too."""
    return np.array_equal(a, b) and np.array_equal(np.signbit(a), np.signbit(b))
