"""What a dropout layer does without training: where it divides in training, nothing; where it does
not, it multiplies by the share that is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.raised import Raised
from fastnn.checking.using import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

NOT_INVERTED = ("it does not divide what is kept, and multiplies by the share that is kept without "
                "training: dropout as it was first published; the book's divides in training")


def factor(kind: Any, made: Callable[[], Any], forward: str, inputs: Any) -> float | None:
    """By what inputs are multiplied without training: by a second argument, a switch of the object,
    or a method of its own; None where there is no such thing.
    """
    drawn = np.random.get_state()
    found = [one for output in _outputs(kind, made, forward, inputs)
             if (one := _ratio(output, inputs)) is not None]
    np.random.set_state(drawn)
    return min(found, default=None, key=lambda one: one == 1)  # what does something comes first


def _outputs(kind: Any, made: Callable[[], Any], forward: str, inputs: Any) -> Iterator[Any]:
    if any(form == ("inputs", "False") for _, form in calls(kind, (("inputs", "False"),))):
        yield from _left(made(), forward, (inputs, False))
    for name, value in list(vars(made()).items()):
        if value is True:
            thing = made()
            setattr(thing, name, False)
            yield from _left(thing, forward, (inputs,))
    for name, _ in calls(kind, (("inputs",),), (forward,)):
        if not probing.is_called(name, "backward"):
            yield from _left(made(), name, (inputs,))


def _left(thing: Any, name: str, given: tuple[Any, ...]) -> Iterator[Any]:
    got, _ = probing.call(thing, name, given)
    if not isinstance(got, Raised):
        yield from probing.observe(thing, got).values()


def _ratio(output: Any, inputs: Any) -> float | None:
    """The number by which all inputs are multiplied."""
    if output.shape != inputs.shape or output.dtype.kind != "f":
        return None
    ratios = output / inputs
    return float(ratios[0, 0]) if np.ptp(ratios) < 1e-9 and ratios[0, 0] else None
