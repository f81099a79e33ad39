"""Dropout on NumPy's own random stream: the numbers it would have drawn, from the state it has.

NumPy's legacy generator (`np.random.seed`, `np.random.binomial`) is a Mersenne Twister whose state
lies in memory as 624 words and a position. The kernel draws from that memory, in NumPy's order,
and leaves there what NumPy would have left.

Source: Matsumoto and Nishimura 1998; NumPy's `legacy-distributions.c` for the inversion.
"""

import numpy as np

from fastnn.kernels.jit import helper, kernel
from fastnn.kernels.simd import get, put
from fastnn.kernels.status import OK, SHAPE

WORDS = 624
_SHIFT = 397
_U = np.uint32


@helper()
def _refill(state):
    """The next 624 words, in place."""
    for i in range(WORDS):
        y = (state[i] & _U(0x80000000)) | (state[(i + 1) % WORDS] & _U(0x7FFFFFFF))
        twist = _U(0x9908B0DF) if y & _U(1) else _U(0)
        state[i] = state[(i + _SHIFT) % WORDS] ^ (y >> _U(1)) ^ twist


@helper()
def _word(state):
    """One tempered 32-bit number; the position is the word behind the 624."""
    if state[WORDS] >= _U(WORDS):
        _refill(state)
        state[WORDS] = _U(0)
    y = state[state[WORDS]]
    state[WORDS] += _U(1)
    y ^= y >> _U(11)
    y ^= (y << _U(7)) & _U(0x9D2C5680)
    y ^= (y << _U(15)) & _U(0xEFC60000)
    return y ^ (y >> _U(18))


@helper()
def _uniform(state):
    """A float64 in [0, 1) of 53 bits."""
    a = np.int64(_word(state) >> _U(5))
    b = np.int64(_word(state) >> _U(6))
    return (a * 67108864.0 + b) / 9007199254740992.0


@helper()
def _success(state, p, miss):
    """1 with probability p <= 0.5 (else 0), by inversion; `miss` = exp(log(1 - p))."""
    while True:
        u = _uniform(state)
        if u <= miss:
            return 0
        if u - miss <= (p * miss) / (1.0 - p):
            return 1
        # rounding left a sliver that belongs to neither: NumPy draws again, and so do we


@kernel("f4:2 u4:1 f8 f8 f8:2 f8:2", "f8:2 u4:1 f8 f8 f8:2 f8:2")
def dropout_forward(inputs, state, keep, miss, mask, output):
    """mask = binomial(1, keep) / keep from `state`;  output = inputs * mask

    inputs, mask, output (N, I); state (625,): the words and the position; miss: exp(log(q)) with
    q = max(keep, 1 - keep). Writes mask, output and state.
    """
    if mask.shape != inputs.shape or output.shape != inputs.shape or inputs.size == 0:
        return SHAPE
    if state.size != WORDS + 1:
        return SHAPE
    rare = min(keep, 1.0 - keep)
    for i in range(inputs.size):
        drawn = _success(state, rare, miss)
        kept = drawn if keep <= 0.5 else 1 - drawn
        put(mask, i, kept / keep)
    for i in range(inputs.size):
        put(output, i, get(inputs, i) * get(mask, i))
    return OK


@kernel("f4:2 f8:2 f8:2", "f8:2 f8:2 f8:2")
def dropout_backward(dvalues, mask, dinputs):
    """dinputs = dvalues * mask. Writes dinputs; all of one shape."""
    if mask.shape != dvalues.shape or dinputs.shape != dvalues.shape:
        return SHAPE
    for i in range(dvalues.size):
        put(dinputs, i, get(dvalues, i) * get(mask, i))
    return OK
