"""Updates with states that were made before, made again without asking Python
(`kernels/repeated_update.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.compile.entries import layout
from fastnn.kernels.repeated_update import call_update
from fastnn.optimizers.base import MANY, claim, sized
from fastnn.support import buffers
from fastnn.support.repeated import counts_are_exact, is_entry

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATIENCE = 8  # updates on the long way before the short one is made


def _nothing(state: Any, given: Any) -> None:
    """No update was made before."""


class RepeatedUpdate:
    """The updates of one kernel with states of these names, by turns of weights and of biases.

    call(vars(layer), given) is the short way: 0, or None where it cannot be gone and nothing was
    changed. given: (weights, dweights, biases, dbiases, *numbers).
    """

    call: Any

    def __init__(self, kernel: Any, names: Sequence[str]) -> None:
        self._kernel, self._names = kernel, tuple(names)
        self.forget()
        buffers.cleared_with(self)

    def __reduce__(self) -> Any:  # it is a class's, and a class may be pickled by value
        return type(self), (self._kernel, self._names)

    def forget(self) -> None:
        """Know of no updates."""
        self.call, self._left = _nothing, _PATIENCE

    def refused(self, layer: Any, given: Any) -> bool:
        """The long way; whether the kernel refused, or there are no such states yet."""
        states = claim(layer, self._names)
        if states is None:
            return True
        w, dw, b, db, *numbers = given
        refuses = sized(self._kernel, w)
        if refuses(w, dw, *states[::2], b, db, *states[1::2], *numbers):
            return True
        self._left -= 1
        if self._left == 0:
            self._write_down(refuses)
        return False

    def _write_down(self, refuses: Any) -> None:
        self._left = _PATIENCE
        signature = call_update.argument_types[0]
        if (counts_are_exact() and is_entry(refuses) and self.call is _nothing
                and not call_update.is_wished(signature)):
            call_update.ready(signature)
            header, class_, ndarray = (layout() or ())[:3]
            told = np.array([header, class_, ndarray, id(dict), id(tuple), id(0), id(refuses),
                             MANY, *map(id, self._names)], np.int64)
            call = partial(call_update.refuses, told)
            vars(call)["held"] = refuses, self._names  # as long as anybody calls it
            self.call = call
