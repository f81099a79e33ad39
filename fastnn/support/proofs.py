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

from fastnn.compile.dispatcher import DISABLED
from fastnn.kernels.layers import dense_backward, dense_forward, work_size
from fastnn.support import proved
from fastnn.support.blas import calling, threads

# The products of a dense layer: inputs @ weights, inputs.T @ dvalues, dvalues @ weights.T, and the
# last two together.
FORWARD, DWEIGHTS, DINPUTS, BACKWARD = "forward", "dweights", "dinputs", "backward"

# A difference in but one element shows in one draw in three, or more. So: 8 to 100 draws, for 4000
# elements in all, as long as that is not more than so many multiply-adds; at least 4.
_LEAST, _FEWEST, _MOST_DRAWS, _ELEMENTS, _MULTIPLY_ADDS = 4, 8, 100, 4000, 60_000_000
# Numbers so small that products underflow, and yet normal: to try them takes no longer than others.
_TINY = {np.dtype(np.float32): np.float32(1e-37), np.dtype(np.float64): np.float64(1e-300)}
# Multiply-adds: to try so many takes a fifth of a second, to try more is not worth while; and of
# those from which two draws have to do.
_LARGEST, _LARGE = 128_000_000, 16_000_000

_FLOATS = frozenset((np.dtype(np.float32), np.dtype(np.float64)))  # that kernels take
_plain_dot: Any = np._core.multiarray.dot  # type: ignore[attr-defined]
# By product, types, what lies in columns and threads of BLAS, then by the shapes.
_Table = tuple[str, Any, str, int]
_known: dict[_Table, dict[Any, int]] = {}
_MOST = 10_000  # answers in each
_met: dict[Any, int] = {}  # how often it was asked for what is not known
_LONG, _NOW_AND_THEN = 60, 16
MEETINGS = 9  # a layer asks one to three times in a call

NO, YES = 0, 1  # answers


def holds(product: str, shapes: Any, types: Any, often: bool = False, columns: str = ""
          ) -> int | None:
    """Whether a product is NumPy's; shapes: of inputs, of weights.

    types: those of the two operands, or of inputs, weights and dvalues for BACKWARD; of the sums;
    of the product, to which they are rounded. None: it is not tried yet, for that takes as long as
    20 to 50 products, and these shapes may not come again. often: they will. columns: which of x
    (inputs), w and d NumPy has column by column; ours are never so.
    """
    table = product, types, columns, threads()
    try:
        return _known[table][shapes]
    except KeyError:
        return _asked(table, shapes, often) if often or _is_met_again(table, shapes) else None


def awaited(product: str, types: Any) -> list[Any]:
    """Requests for the kernel that is tried, where somebody is to do without it for now."""
    kernel, signature = _tried(product, types)
    request = kernel.awaited(signature) if signature in kernel.argument_types else None
    return [] if request is None else [request]


def _is_met_again(table: _Table, shapes: Any) -> bool:
    """Whether it was asked for often enough to be tried."""
    if len(_met) >= _MOST:
        _met.clear()
    times = _met[table, shapes] = _met.get((table, shapes), 0) + 1
    # Where the kernel is long in coming, not at each call: to look takes as long as a small layer.
    return times >= MEETINGS and (times < _LONG or not times % _NOW_AND_THEN)


def _asked(table: _Table, shapes: Any, often: bool) -> int | None:
    product, types, columns, count = table
    (N, I), (_, O) = shapes
    if DISABLED or N * I * O > _LARGEST or not _FLOATS.issuperset(types):
        return NO
    kernel, signature = _tried(product, types)
    if signature not in kernel.argument_types:
        return NO
    _recall(product, types, kernel, signature)
    if shapes in _known.get(table, ()):
        return _known[table][shapes]
    missing = kernel.awaited(signature) is not None if often else kernel.is_wished(signature)
    if missing:
        return None
    kernel.ready(signature)
    sums, rounded = types[-2:]
    kinds = _operands(product, types)
    find: Any = _forward_is if product == FORWARD else _backward_is
    with calling(), np.errstate(all="ignore"):  # some draws underflow on purpose
        answers = find(N, I, O, kinds, sums, rounded, columns)
    found = {(one, "".join(name for name in columns if name in _OPERANDS[one]), count, N, I, O):
             answer for one, answer in answers.items()}
    _note(product, types, found)
    proved.keep(kernel, signature, found)
    return _known[table][shapes]


def _note(product: str, types: Any, found: proved.Answers) -> None:
    """Know these answers, of the products that this one is tried with."""
    kinds = dict(zip("xwd", _operands(product, types)))
    tables: dict[tuple[str, str, int], Any] = {}  # thousands are kept, of a few tables
    for (one, columns, count, N, I, O), answer in found.items():
        known = tables.get((one, columns, count))
        if known is None:
            operands = (kinds[name] for name in _OPERANDS[one])
            known = tables[one, columns, count] = _known.setdefault(
                (one, (*operands, *types[-2:]), columns, count), {})
        if len(known) >= _MOST:
            known.clear()
        known[(N, I), (I, O)] = answer


@cache
def _recall(product: str, types: Any, kernel: Any, signature: Any) -> None:
    """Once in a process: what others found."""
    recalled = proved.recalled(kernel, signature)
    _note(product, types, {key: answer for key, answer in recalled.items() if key[0] in _OPERANDS})


@cache
def _tried(product: str, types: Any) -> tuple[Any, Any]:
    """The kernel of ours whose product is tried, and its signature."""
    inputs, weights, dvalues = _operands(product, types)
    sums, rounded = types[-2:]
    kernel: Any = dense_forward if product == FORWARD else dense_backward
    words = [inputs, weights, weights, sums, rounded]
    if product != FORWARD:
        words = [inputs, weights, dvalues, sums, rounded, dvalues, rounded]
    return kernel, kernel.parsed(" ".join(  # work, the fourth argument, has one axis
        f"{dtype.kind}{dtype.itemsize}:{1 if n == 3 else 2}" for n, dtype in enumerate(words)))


# Inputs (x), weights (w) and dvalues (d).
_OPERANDS = {FORWARD: "xw", DWEIGHTS: "xd", DINPUTS: "dw", BACKWARD: "xwd"}


def _operands(product: str, types: Any) -> tuple[Any, Any, Any]:
    """The types of inputs, weights and dvalues; one that is not in the product has its type."""
    *given, _, rounded = types
    found = dict(zip(_OPERANDS[product], given))
    return tuple(found.get(name, rounded) for name in "xwd")  # type: ignore[return-value]


def _forward_is(N: int, I: int, O: int, kinds: Any, sums: Any, rounded: Any, columns: str
                ) -> dict[str, int]:
    work, output = np.empty(work_size(N, I, O), sums), np.empty((N, O), rounded)
    for order, (inputs, weights, biases) in _drawn(N * O, kinds, (N, I), (I, O), (1, O)):
        biases *= 0  # of both signs; others would hide the last bits
        if order is None:
            inputs, weights = _tiny(inputs, -1), _tiny(weights, 1)
        elif rounded != sums:
            _pair(order(I), inputs.T, weights)
        if dense_forward.refuses(inputs, weights, biases, work, output):
            return {FORWARD: NO}
        x, w = (_as_numpy_has(a, name, columns) for a, name in ((inputs, "x"), (weights, "w")))
        if not same(output, _product(x, w, sums, rounded) + biases):
            return {FORWARD: NO}
    return {FORWARD: YES}


def _backward_is(N: int, I: int, O: int, kinds: Any, sums: Any, rounded: Any, columns: str
                 ) -> dict[str, int]:
    work = np.empty(work_size(N, I, O), sums)
    dweights, dinputs = np.empty((I, O), rounded), np.empty((N, I), rounded)
    dbiases = np.empty((1, O), kinds[2])
    # Of a single column the kernel has sums of its own in float32, and a run may have others.
    of_weights, of_inputs = sums == np.float64 or min(I, O) > 1, True
    for order, (inputs, weights, dvalues) in _drawn(
            I * min(N, O), kinds, (N, I), (I, O), (N, O)):
        if order is None:
            inputs, weights, dvalues = _tiny(inputs, -1), _tiny(weights, -1), _tiny(dvalues, 1)
        elif rounded != sums:
            _pair(order(N), inputs, dvalues)
            _pair(order(O), dvalues.T, weights.T)
        if not of_weights and not of_inputs or dense_backward.refuses(
                inputs, weights, dvalues, work, dweights, dbiases, dinputs):
            return {DWEIGHTS: NO, DINPUTS: NO, BACKWARD: NO}
        x, w, d = (_as_numpy_has(a, name, columns) for a, name in zip(
            (inputs, weights, dvalues), "xwd"))
        of_weights = of_weights and same(dweights, _product(x.T, d, sums, rounded))
        of_inputs = of_inputs and same(dinputs, _product(d, w.T, sums, rounded))
    return {DWEIGHTS: int(of_weights), DINPUTS: int(of_inputs),
            BACKWARD: int(of_weights and of_inputs)}


def _as_numpy_has(a: Any, name: str, columns: str) -> Any:
    return np.asfortranarray(a) if name in columns else a


def _product(a: Any, b: Any, sums: Any, rounded: Any) -> Any:
    """As NumPy, or `nnfs.init()`, multiplies: in the type of the sums, and rounded once."""
    return _plain_dot(a.astype(sums, copy=False), b.astype(sums, copy=False)).astype(
        rounded, copy=False)


def _pair(order: Any, a: Any, b: Any) -> None:
    """Make the terms of a product, along the first axis of both sides, such as cancel in pairs.

    What is left of a sum then is what was rounded on the way, in all its bits: the rounding of the
    sum hides nothing.
    """
    half = len(order) // 2
    one, two = order[:half], order[half:2 * half]
    a[two], b[two] = -a[one], b[one]
    if len(order) % 2:
        a[order[-1]] *= 2.0**-30


def _tiny(a: Any, sign: int) -> Any:
    """The same with numbers whose products underflow: BLAS may leave such a sum with its sign, or
    add it to 0.0. They have this sign in half of the rows and columns, so that some sums are of
    negative terms alone.
    """
    signs = np.copysign(a.dtype.type(1), a)
    signs[: (len(a) + 1) // 2] = signs[:, : (a.shape[1] + 1) // 2] = sign
    return signs * _TINY[a.dtype]


def _drawn(elements: int, kinds: Any, *shapes: tuple[int, int]) -> Any:
    """Arrays of these types and shapes, again and again, and what gives an order of so many things:
    numbers great and small, which cancel; one time in four many zeros of both signs. At last those
    that are to be tried with other numbers: without an order.
    """
    size = math.prod({side for shape in shapes for side in shape})
    draws = min(max(_FEWEST, min(_MOST_DRAWS, _ELEMENTS // elements)),
                max(_LEAST if size < _LARGE else 2, _MULTIPLY_ADDS // size))
    orders, shift = np.random.Generator(np.random.PCG64(1)), 0
    for draw in range(draws):
        arrays = []
        for dtype, shape in zip(kinds, shapes):
            shift += 7919
            pool = _pool(dtype.char)[draw % 4 == 0]
            arrays.append(_taken(pool, shift % len(pool), shape))
        yield orders.permutation, arrays
    yield None, arrays


def _taken(pool: Any, start: int, shape: tuple[int, int]) -> Any:
    """An array of the numbers from there on, of its own."""
    end = start + shape[0] * shape[1]
    if end <= len(pool):
        return pool[start:end].reshape(shape).copy()
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
