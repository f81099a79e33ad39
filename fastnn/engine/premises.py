"""What a run takes for granted of objects and data: looked at before it begins, and again where it
goes on after somebody else had them.
"""

import itertools

import numpy as np

from fastnn import registry
from fastnn.engine.parts import is_dense
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.program import Unfit
from fastnn.reference import is_frozen
from fastnn.support.blas import threads
from fastnn.support.room import address_of

_SUMS = ("accumulated_sum", "accumulated_count")
_ANSWERS = ("book_gradient", "binary")
_HELD = ("activation", "loss")  # by the combined class


def check_columns(parts, X):
    """Unfit where columns of X are summed that lie together: NumPy adds them in another order."""
    if X.flags.c_contiguous:
        return
    for layer in itertools.takewhile(lambda layer: not is_dense(layer), parts.layers):
        if rule_of(layer).whole:
            raise Unfit(f"{layer!r} meets X, which does not lie in rows")


def check_apart(parts, X, y):
    """Unfit where samples or targets lie in parameters: they change under way, copies do not."""
    for layer in parts.layers:
        for name in "weights", "biases":
            for data in X, y:
                if isinstance(data, np.ndarray) and name in vars(layer) and np.may_share_memory(
                        data, vars(layer)[name]):
                    raise Unfit(f"{layer!r}.{name} share memory with X or y")


def fingerprint(parts):
    """What a program was made for: the classes, the very arrays and where they lie, and every
    number and answer on the objects.
    """
    seen: list[tuple] = [("threads of BLAS", threads())]  # its digits may depend on that
    passing = registry.results()
    for thing in parts.inner_things:
        seen.append((type(thing), is_frozen(thing)))
        for name, value in vars(thing).items() if hasattr(thing, "__dict__") else ():
            if name in _SUMS:
                continue
            if name in _ANSWERS:
                seen.append((name, bool(value)))
            elif isinstance(value, int | float | np.number):
                seen.append((name, value))
            elif name in _HELD or isinstance(value, np.ndarray) and name not in passing:
                seen.append((name, id(value), *layout(value)))
    return seen


def layout(a):
    """Where an array lies and how; who has it can change that in place."""
    if not isinstance(a, np.ndarray):
        return ()
    return address_of(a), a.shape, a.strides, a.dtype.str
