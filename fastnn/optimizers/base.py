"""What all optimizers are: one compiled pass over parameters, gradients and state of a layer.

State lives on the layer under the book's names and is created when the book creates it. A state
array that anything else refers to is copied before it is written, because the book makes a new one
at each step; parameters are changed in place, because the book does.
"""

from __future__ import annotations

import operator
from functools import partial
from sys import getrefcount
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import reference, registry
from fastnn.compile.dispatcher import refused
from fastnn.kernels.formula import is_ours
from fastnn.kernels.status import SHAPE
from fastnn.support import arrays, checks, reprs, rules, threads


def _references(state: Any) -> Any:
    array = state["array"]
    return getrefcount(array)


# What getrefcount says of an array that only its owner holds; it differs between Pythons.
_ALONE = _references({"array": np.empty(1)})


_array = np.ndarray
_NOTHING: dict[str, Any] = {}


def claim(layer: Any, names: Iterable[str]) -> Any:
    """The state arrays of these names, safe to be written: copies of those others can see.

    None where there is no such state yet, or where it is no np.ndarray.
    """
    state, claimed = getattr(layer, "__dict__", _NOTHING), []
    for name in names:
        array = state.get(name)
        if type(array) is not _array:
            return None
        if getrefcount(array) > _ALONE or array.base is not None:
            state[name] = array = array.copy()
        claimed.append(array)
    return claimed


MOMENTUMS = ("weight_momentums", "bias_momentums")
CACHES = ("weight_cache", "bias_cache")
BOTH = MOMENTUMS + CACHES


# Parameters from which an update is divided between two threads: at 500,000 that is no gain yet, at
# 1,000,000 1.3 times, at 3,000,000 1.7 times. Half as many for each thread more.
MANY = 800_000


def plain(*numbers: Any) -> bool:
    """Whether all are Python's: those take the type of the arrays they meet, NumPy's do not."""
    return all(type(number) in (int, float) for number in numbers)


def sized(kernel: Any, weights: Any) -> Any:
    """How the kernel is asked for an update of such weights: at once, or in a part for each thread.

    One that is still being compiled at once: all parts have to be done by one of kernel and twin.
    """
    if weights.size < MANY or kernel.is_awaited():
        return kernel.refuses
    parts = min(threads.count(), 2 * weights.size // MANY)
    return kernel.refuses if parts < 2 else partial(refused, partial(_in_parts, parts, kernel))


def _in_parts(parts: int, update: Any, *arguments: Any) -> Any:
    """The kernel's status. Arguments: weights and their like, biases and their like, numbers.

    A kernel's refusal comes through: `refused` calls this.
    """
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    numbers = arguments[len(arrays):]
    weights, biases = arrays[:len(arrays) // 2], arrays[len(arrays) // 2:]
    if any(a.shape != weights[0].shape for a in weights):
        return SHAPE
    if any(b.shape != biases[0].shape for b in biases):
        return SHAPE
    if not all(a.flags.carray for a in arrays):  # of one row any array is that
        return True
    no_biases = [b[:0] for b in biases]
    update(*(a[:0] for a in weights), *no_biases, *numbers)  # refuses before anything is written
    ends = [len(weights[0]) * part // parts for part in range(parts + 1)]
    return any(threads.each(update, [
        (*(a[begin:end] for a in weights), *(no_biases if part else biases), *numbers)
        for part, (begin, end) in enumerate(zip(ends, ends[1:]))]))


def settings(*names: Any) -> dict[str, Any]:
    """Attributes of an optimizer that has these numbers of its own."""
    rates = "learning_rate", "current_learning_rate", "decay"
    return dict.fromkeys([*rates, *names], rules.ANY) | {"iterations": rules.count}


if TYPE_CHECKING:
    from collections.abc import Iterable

    class Plain(reference.Optimizer):
        """What stands behind the classes here that are mixed with those of the reference."""

        def __init__(self, learning_rate: float, decay: float, **options: Any) -> None: ...
        def update_params(self, layer: Any) -> None:  # noqa: D102
            ...
else:
    Plain = object


def _check_option(value: Any, who: str, name: str) -> None:
    share = name in ("rho", "beta_1", "beta_2")
    checks.number(value, who, name, 0, 1 if share else None)


def _check_own_option(value: Any, who: str, name: str) -> None:
    """Of a formula of somebody's own, who knows what numbers it takes."""
    if not isinstance(value, bool | np.bool_):
        checks.number(value, who, name)


class Careful(Plain):
    """Checks of the constructor, and the careful way of an update."""

    __repr__ = reprs.constructed

    def __init__(self, learning_rate: float, decay: float, **options: Any) -> None:
        who = type(self).__name__
        checks.number(learning_rate, who, "learning_rate", 0)
        checks.number(decay, who, "decay", 0)
        made = registry.entry_of(type(self))
        check = _check_option if made is None or is_ours(made.kind) else _check_own_option
        for name, value in options.items():
            check(value, who, name)
        super().__init__(learning_rate, decay=decay, **options)

    _in_place: tuple[str, ...] = ()  # what of its state the book changes in place

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases in place, and the state that it keeps of them."""
        if not getattr(layer, "trainable", True):
            return
        try:  # around these reads alone: what a fault of ours raises is to come out
            w, dw, b, db = layer.weights, layer.dweights, layer.biases, layer.dbiases
        except AttributeError:
            return self._update_carefully(layer)
        if not type(w) is type(dw) is type(b) is type(db) is _array or self._refused(
                layer, w, dw, b, db):
            self._update_carefully(layer)

    # Python's own words where the () was forgotten
    update_params.__qualname__ = "Optimizer.update_params"

    def _update_carefully(self, layer: Any) -> None:
        checks.updatable(layer, f"{type(self).__name__}.update_params", self._state(layer))
        if not self._update_tidily(layer):
            super().update_params(layer)

    def _update_tidily(self, layer: Any) -> bool:
        """Update tidy copies, if there is anything to tidy, and write them back; else False."""
        names = ("weights", "dweights", "biases", "dbiases", *self._state(layer))
        mine: list[Any] = [getattr(layer, name, None) for name in names]
        if not all(isinstance(a, np.ndarray) for a in mine):
            return False  # no state yet, or lists: `+=` makes arrays of them
        tidied = [arrays.tidy(np.asarray(a)) for a in mine]
        copy = SimpleNamespace(**dict(zip(names, tidied)))
        changed = ("weights", "biases", *self._in_place)
        if all(map(operator.is_, mine, tidied)) or not all(
                a.flags.writeable for name, a in zip(names, mine) if name in changed):
            return False
        if self._refused(copy, *tidied[:4]):
            return False
        for name, a, new in zip(names, mine, tidied):
            if name in changed:
                if not np.shares_memory(a, new):
                    a[...] = new
            elif not name.startswith("d"):
                setattr(layer, name, getattr(copy, name))
        return True

    def _state(self, layer: Any) -> tuple[str, ...]:
        """Names of what the kernel changes besides weights and biases."""
        raise NotImplementedError

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        """Update by the kernel, of np.ndarrays; whether it, or something before it, refused."""
        raise NotImplementedError
