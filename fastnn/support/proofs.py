"""Whether products of our own kernels are NumPy's to the bit, tried on this machine.

NumPy leaves products to BLAS, and in which order that sums depends on the routine, the shapes, the
processor, the number of threads and the version. Ours may stand for them only where they have given
the same bits: for a product of exactly these shapes, with data whose terms cancel, so that another
order shows. Where that cannot be tried yet (the kernels are not compiled) the answer is no.
"""

from typing import Any

import numpy as np

from fastnn.kernels.layers import dense_backward, dense_forward, work_size
from fastnn.support.blas import threads

# The products of a dense layer: inputs @ weights, inputs.T @ dvalues, dvalues @ weights.T, and the
# last two together.
FORWARD, DWEIGHTS, DINPUTS, BACKWARD = "forward", "dweights", "dinputs", "backward"

# A difference in but one element of a sum shows in one draw in two, or more.
_DRAWS, _FEWER, _MANY = 8, 3, 100_000

_plain_dot: Any = np._core.multiarray.dot  # type: ignore[attr-defined]
# By product, type and threads of BLAS, then by the shapes.
_known: dict[tuple[str, Any, int], dict[Any, bool]] = {}
_MOST = 10_000  # answers in each


def holds(product: str, shapes: Any, dtype: Any) -> bool:
    """Whether a product, summed in this type, is NumPy's; shapes: of inputs, of weights."""
    table = product, dtype.char, threads()
    try:
        return _known[table][shapes]
    except KeyError:
        return _asked(table, shapes)


def _asked(table: tuple[str, Any, int], shapes: Any) -> bool:
    product, kind, _ = table
    kernel = dense_forward if product == FORWARD else dense_backward
    types = kernel.parsed(_SIGNATURES[kernel, kind])
    if kernel.is_wished(types):
        return False
    kernel.ready(types)
    (N, I), (_, O) = shapes
    if product == FORWARD:
        found = {FORWARD: _forward_is(N, I, O, np.dtype(kind))}
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
    nothing = np.full((1, O), -0.0, dtype)
    return all(
        not dense_forward.refuses(inputs, weights, nothing, work, output)
        and same(output, _plain_dot(inputs, weights))
        for inputs, weights in _drawn(dtype, (N, I), (I, O)))


def _backward_is(N: int, I: int, O: int, dtype: Any) -> tuple[bool, bool]:
    work = np.empty(work_size(N, I, O), dtype)
    dweights, dbiases, dinputs = (np.empty(shape, dtype) for shape in ((I, O), (1, O), (N, I)))
    found = True, True
    for inputs, weights, dvalues in _drawn(dtype, (N, I), (I, O), (N, O)):
        if dense_backward.refuses(inputs, weights, dvalues, work, dweights, dbiases, dinputs):
            return False, False
        found = (found[0] and same(dweights, _plain_dot(inputs.T, dvalues)),
                 found[1] and same(dinputs, _plain_dot(dvalues, weights.T)))
    return found


def _drawn(dtype: Any, *shapes: tuple[int, int]) -> Any:
    """Arrays of these shapes, again and again: of numbers great and small, which cancel; then with
    many zeros of both signs.
    """
    rng = np.random.default_rng(0)
    many = min(rows * columns for rows, columns in shapes) >= _MANY
    for draw in range(_FEWER if many else _DRAWS):
        arrays = [cancelling(rng, shape, dtype) for shape in shapes]
        if draw == 0:
            arrays = [array * (rng.random(array.shape) < 0.5) for array in arrays]
        yield arrays


def cancelling(rng: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """Numbers whose products differ by so much that each order of adding them rounds otherwise."""
    return (rng.standard_normal(shape) * np.exp2(rng.integers(-12, 13, shape))).astype(dtype)


def same(a: Any, b: Any) -> bool:
    """Equal in every bit, signs of zeros too."""
    return np.array_equal(a, b) and np.array_equal(np.signbit(a), np.signbit(b))
