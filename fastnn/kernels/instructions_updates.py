"""The optimizers as instructions of a training program (see `training.py`).

`rates` holds what all updates of a step share: see the names below.
"""

import math
from typing import Any, NamedTuple

from fastnn.compile.dispatcher import Kernel
from fastnn.compile.instruction import Instruction
from fastnn.compile.jit import instruction
from fastnn.kernels import optimizers as _o
from fastnn.kernels.elements import wide_vectors
from fastnn.kernels.status import OK
from fastnn.kernels.training import OWN
from fastnn.kernels.views import carray

SIZE = OWN
LEARNING_RATE, DECAY, ITERATIONS, CURRENT = range(4)
NUMBERS = 4  # where the optimizer's own numbers begin, in the order in which it names them
PREPARED = 12  # and what is made of them once a step
N_RATES = 24


def _reach(size):
    """Reach of parameters, gradient and rates."""
    return size, size, N_RATES


def _reach_with_state(size):
    """The same with one array of state."""
    return size, size, size, N_RATES


def _reach_with_both(size):
    """The same with two."""
    return size, size, size, size, N_RATES


_PLAIN = ("f4 f4 f8", "f4 f8 f8", "f8 f8 f8")


@instruction("f8", writes="rates", reach=lambda: (N_RATES,))
def set_rates(rates, d):
    """current = learning_rate / (1 + decay t), and t += 1"""
    r = carray(rates, N_RATES)
    if r[DECAY] != 0.0:
        r[CURRENT] = r[LEARNING_RATE] * (1.0 / (1.0 + r[DECAY] * r[ITERATIONS]))
    r[ITERATIONS] += 1.0
    return OK


@instruction("f8", writes="rates", reach=lambda: (N_RATES,))
def adam_corrections(rates, d):
    """1 - beta_1^t and 1 - beta_2^t; the powers are the C library's, as Python's are."""
    r = carray(rates, N_RATES)
    r[PREPARED] = 1.0 - math.pow(r[NUMBERS + 1], r[ITERATIONS])
    r[PREPARED + 1] = 1.0 - math.pow(r[NUMBERS + 2], r[ITERATIONS])
    return OK


@instruction(*_PLAIN, numbers="size", reach=_reach, writes="parameters")
def sgd_update(parameters, gradient, rates, d):
    """p += -lr * g"""
    r = carray(rates, N_RATES)
    _o.sgd_step(carray(parameters, d[SIZE]), carray(gradient, d[SIZE]), r[CURRENT])
    return OK


@instruction("f4 f4 f4 f8", "f4 f8 f8 f8", "f8 f8 f8 f8", numbers="size",
             reach=_reach_with_state, writes="parameters momentums")
def momentum_update(parameters, gradient, momentums, rates, d):
    """u = momentum * u - lr * g;  p += u"""
    r = carray(rates, N_RATES)
    _o.momentum_step(carray(parameters, d[SIZE]), carray(gradient, d[SIZE]),
                carray(momentums, d[SIZE]), r[CURRENT], r[NUMBERS])
    return OK


@instruction("f4 f4 f4 f8", "f4 f8 f4 f8", "f8 f8 f8 f8", numbers="size",
             reach=_reach_with_state, writes="parameters cache")
def adagrad_update(parameters, gradient, cache, rates, d):
    """c += g^2;  p += -lr * g / (sqrt(c) + epsilon)"""
    r = carray(rates, N_RATES)
    _o.adagrad_step(carray(parameters, d[SIZE]), carray(gradient, d[SIZE]), carray(cache, d[SIZE]),
               r[CURRENT], r[NUMBERS])
    return OK


@instruction("f4 f4 f4 f8", "f4 f8 f8 f8", "f8 f8 f8 f8", numbers="size",
             reach=_reach_with_state, writes="parameters cache")
def rmsprop_update(parameters, gradient, cache, rates, d):
    """c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon)"""
    r = carray(rates, N_RATES)
    _o.rmsprop_step(carray(parameters, d[SIZE]), carray(gradient, d[SIZE]), carray(cache, d[SIZE]),
               r[CURRENT], r[NUMBERS], r[NUMBERS + 1])
    return OK


@instruction("f4 f4 f4 f4 f8", "f4 f8 f8 f8 f8", "f8 f8 f8 f8 f8", numbers="size",
             reach=_reach_with_both, writes="parameters momentums cache")
def adam_update(parameters, gradient, momentums, cache, rates, d):
    """m, c: running means of g and g^2;  p += -lr * (m / one) / (sqrt(c / two) + epsilon)"""
    r = carray(rates, N_RATES)
    _o.adam_step(carray(parameters, d[SIZE]), carray(gradient, d[SIZE]), carray(momentums, d[SIZE]),
            carray(cache, d[SIZE]), r[CURRENT], r[NUMBERS], r[NUMBERS + 1], r[NUMBERS + 2],
            r[PREPARED], r[PREPARED + 1])
    return OK


@instruction("f4 f4 f4 f4 f8", "f8 f8 f8 f8 f8", numbers="size",
             reach=_reach_with_both, writes="parameters momentums cache")
def adam_update_native(parameters, gradient, momentums, cache, rates, d):
    """The same within rounding, for products in the arrays' own type."""
    wide_vectors()
    r = carray(rates, N_RATES)
    _o.adam_step_native(
        carray(parameters, d[SIZE]), carray(gradient, d[SIZE]), carray(momentums, d[SIZE]),
        carray(cache, d[SIZE]), r[CURRENT], r[NUMBERS], r[NUMBERS + 1], r[NUMBERS + 2],
        r[PREPARED], r[PREPARED + 1])
    return OK


class Update(NamedTuple):
    """How an optimizer updates an array of parameters.

    states: what it keeps beside each, as in `weight_momentums`; that the last is there says that
    all are. numbers: its own, by their attributes, as they stand in `rates` from NUMBERS on.
    prepare: what is done once a step. native: the same update within rounding. in_place: the book
    changes the state in place.
    """

    instruction: Instruction
    states: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    prepare: Instruction | None = None
    native: Instruction | None = None
    in_place: bool = False
    kernel: Kernel | None = None  # weights and biases in one call, where a formula made it
    formula: Any = None


SGD = Update(sgd_update, numbers=("momentum",))
MOMENTUM = Update(momentum_update, ("momentums",), ("momentum",))
ADAGRAD = Update(adagrad_update, ("cache",), ("epsilon",), in_place=True)
RMSPROP = Update(rmsprop_update, ("cache",), ("epsilon", "rho"))
ADAM = Update(adam_update, ("momentums", "cache"), ("epsilon", "beta_1", "beta_2"),
              adam_corrections, adam_update_native)
