"""What an activation keeps besides inputs and output: a mask, a sigmoid that the way back needs.

Objects read what was kept, as theirs do: the inputs may be others by then. A run has one batch go
there and back at once, so it computes from the inputs what is kept; NumPy makes it afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import formulas
from fastnn.kernels.formula import elementwise
from fastnn.support import numerics
from fastnn.support.buffers import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

PREFIX = "kept_"


def way_back(by_kept: Any, kept: Mapping[str, bool]) -> dict[str, Callable[..., None] | None]:
    """What does `backward` for an object that holds what was kept; None in it: theirs stays.

    kept: names, and whether they are truth values.

    TypeError where it cannot be compiled. Kernels take no truth values: NumPy multiplies by a mask.
    """
    asked = by_kept.__code__.co_varnames[:by_kept.__code__.co_argcount]
    if any(kept.get(name) for name in asked):
        return {"backward": None}
    made = elementwise("Activation_Own_backward", by_kept,
                       ("dvalues", "inputs", "output", *kept), "dinputs")

    def backward(thing: Any, dvalues: Any) -> None:
        held = vars(thing)
        arrays = [dvalues, *(held[name] for name in made.arrays[1:])]
        numbers = formulas.numbers(thing, made.options)
        if numbers is None or any(type(one) is not np.ndarray for one in arrays) or (
                made.uses and any(numerics.is_numpys(value) for name, value in zip(
                    made.arrays, arrays) if name in made.under)):
            raise TypeError("not what kernels take")
        dinputs = empty(dvalues.shape, dvalues.dtype)
        if made.kernel.refuses(*arrays, *numbers, dinputs):
            raise TypeError("not what kernels take")
        thing.dinputs = dinputs
    return {"backward": backward}
