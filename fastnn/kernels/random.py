"""Dropout on NumPy's own random stream: the numbers it would have drawn, from the state it has.

NumPy's legacy generator (`np.random.seed`, `np.random.binomial`) is a Mersenne Twister whose state
lies in memory as 624 words and a position. The kernel draws from that memory, in NumPy's order,
and leaves there what NumPy would have left.

Source: Matsumoto and Nishimura 1998; NumPy's `legacy-distributions.c` for the inversion.
"""

import numpy as np

from fastnn.compile.jit import helper, kernel
from fastnn.kernels import twins
from fastnn.kernels.elements import get, put
from fastnn.kernels.status import OK, SHAPE

WORDS = 624
# Limits of draws that are uniform numbers, of which none is drawn again: those below `miss` are
# kept, or those from `miss` on.
BELOW, FROM = 2**53 + 1, 2**53 + 2
_SHIFT = 397
_U = np.uint32


@helper()
def _twist(y, far):
    """One word of the next 624."""
    return far ^ (y >> _U(1)) ^ (_U(0x9908B0DF) if y & _U(1) else _U(0))


@helper()
def _mixed(high, low):
    return (high & _U(0x80000000)) | (low & _U(0x7FFFFFFF))


@helper()
def _refill(state):
    """The next 624 words, in place. Word i needs i + 1 and i + 397, counted round."""
    for i in range(WORDS - _SHIFT):
        y = _mixed(get(state, i), get(state, i + 1))
        put(state, i, _twist(y, get(state, i + _SHIFT)))
    for i in range(WORDS - _SHIFT, WORDS - 1):
        y = _mixed(get(state, i), get(state, i + 1))
        put(state, i, _twist(y, get(state, i + _SHIFT - WORDS)))
    y = _mixed(get(state, WORDS - 1), get(state, 0))
    put(state, WORDS - 1, _twist(y, get(state, _SHIFT - 1)))
    put(state, WORDS, 0)


@helper()
def _tempered(y):
    y = _U(y ^ (y >> _U(11)))
    y = _U(y ^ ((y << _U(7)) & _U(0x9D2C5680)))
    y = _U(y ^ ((y << _U(15)) & _U(0xEFC60000)))
    return _U(y ^ (y >> _U(18)))


@helper()
def _pair(state, i):
    """53 random bits from words i and i + 1: a uniform float64 in [0, 1), times 2^53."""
    high = np.int64(_tempered(get(state, i)) >> _U(5))
    low = np.int64(_tempered(get(state, i + 1)) >> _U(6))
    return high * np.int64(67108864) + low


@helper()
def _next_word(state):
    if get(state, WORDS) >= _U(WORDS):
        _refill(state)
    position = np.int64(get(state, WORDS))
    put(state, WORDS, position + 1)
    return _tempered(get(state, position))


@helper()
def _draw(state, miss, limit):
    """1 with probability p (else 0): bits < miss is 0. Bits from `limit` on are drawn again."""
    while True:
        high = np.int64(_next_word(state) >> _U(5))
        low = np.int64(_next_word(state) >> _U(6))
        bits = high * np.int64(67108864) + low
        if bits < limit:
            return 0 if bits < miss else 1


@helper()
def _draw_many(state, miss, limit, drawn, start, wanted):
    """Put up to `wanted` draws to `drawn`, those that whole pairs of words are left for; how many.

    0 where the slow way is needed: no pair is left, or one of the draws must be drawn again.
    """
    position = np.int64(get(state, WORDS))
    pairs = min((WORDS - position) // 2, wanted)
    again = False
    for i in range(pairs):
        bits = _pair(state, position + 2 * i)
        put(drawn, start + i, 0.0 if bits < miss else 1.0)
        again |= bits >= limit
    if again:
        return 0
    put(state, WORDS, position + 2 * pairs)
    return pairs


@kernel("f4:2 u4:1 f8 i8 i8 f8:2 f8:2", "f8:2 u4:1 f8 i8 i8 f8:2 f8:2",
        twin=twins.dropout_forward)
def dropout_forward(inputs, state, keep, miss, limit, mask, output):
    """mask = binomial(1, keep) / keep from `state`;  output = inputs * mask

    inputs, mask, output (N, I); state (625,): the words and the position. A draw of 53 bits is
    below `miss`: nothing happens; from `limit` on: drawn again; between: the rarer of drop and
    keep happens. With the limits BELOW and FROM what is kept is said by `miss` alone. Writes mask,
    output and state.
    """
    if mask.shape != inputs.shape or output.shape != inputs.shape or inputs.size == 0:
        return SHAPE
    if dropout_mask(state, keep, miss, limit, mask):
        return SHAPE
    for i in range(inputs.size):
        put(output, i, get(inputs, i) * get(mask, i))
    return OK


@helper()
def dropout_mask(state, keep, miss, limit, mask):
    """mask = kept / keep, by draws from `state`; the status."""
    if state.size != WORDS + 1 or state[WORDS] > _U(WORDS) or limit <= 0:
        return SHAPE
    i = 0
    while i < mask.size:
        if get(state, WORDS) >= _U(WORDS):
            _refill(state)
        many = _draw_many(state, miss, limit, mask, i, mask.size - i)
        if many == 0:
            put(mask, i, np.float64(_draw(state, miss, limit)))
            many = 1
        i += many
    scale = 1.0 / keep
    keeps_rare = keep <= 0.5 if limit < BELOW else limit == FROM
    for i in range(mask.size):
        rare = get(mask, i)
        kept = rare if keeps_rare else 1.0 - rare
        put(mask, i, kept * scale)
    return OK


@kernel("f4:2 f8:2 f8:2", "f8:2 f8:2 f8:2",
        twin=twins.dropout_backward)
def dropout_backward(dvalues, mask, dinputs):
    """dinputs = dvalues * mask. Writes dinputs; all of one shape."""
    if mask.shape != dvalues.shape or dinputs.shape != dvalues.shape:
        return SHAPE
    for i in range(dvalues.size):
        put(dinputs, i, get(dvalues, i) * get(mask, i))
    return OK
