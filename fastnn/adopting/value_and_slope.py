"""Activations of two methods that keep nothing: a function, and its slope at a number.

    def value(self, x): return np.tanh(x)        def slope(self, x): return 1 - np.tanh(x) ** 2

The slope may be asked of what the function gives, too: 1 - a ** 2. One of both it has to be, by
central differences; what the slope is multiplied by is the program's.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn import formulas
from fastnn.adopting.effects import effects
from fastnn.adopting.form import NOT_IN_RUNS, Form
from fastnn.adopting.formula_text import NoFormula, Text
from fastnn.adopting.made_text import names_of
from fastnn.adopting.targets import need
from fastnn.kernels.formula import elementwise
from fastnn.support import numerics
from fastnn.support.buffers import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastnn.adopting.reader import Reading

_MOST = 600  # characters of a formula
_made: dict[tuple[str, str], Form | None] = {}


class Activation_Value_and_Slope:
    """A function, and its slope, of arrays that nobody keeps."""


def forms_of(theirs: dict[str, list[Reading]]) -> Iterator[Form]:
    """The forms that a class with these methods may be."""
    alone = [text for first, *_ in theirs.values() if (text := _text_of(first)) is not None]
    for pair in itertools.permutations(alone, 2):
        if pair not in _made:
            _made[pair] = _form(*pair)
        if (found := _made[pair]) is not None:
            yield found


def _text_of(reading: Reading) -> str | None:
    """What a method that keeps nothing makes of its one argument; None where it is no formula."""
    node = getattr(reading.result, "node", ("none",))
    if len(reading.arguments) != 2 or reading.round is not None or node[0] != "op" or (
            effects(reading)):
        return None
    options: dict[str, str] = {}
    try:
        text = Text("inputs", {}, options).of(node)
    except NoFormula:
        return None
    return text if not options and len(text) <= _MOST else None


def _form(value: str, slope: str) -> Form | None:
    text = (f"def value(inputs):\n    return {value}\ndef slope(inputs):\n    return {slope}\n"
            "class Pattern:\n"
            "    def forward(self, inputs):\n"
            f"        self.output = {value}\n"
            "    def backward(self, inputs):\n"
            f"        self.dinputs = {slope}\n")
    space = names_of(text, "a function and its slope")
    if not _is_slope(space["value"], space["slope"]):
        return None
    try:
        does = {name: _method(space[function], gives) for name, function, gives in (
            ("forward", "value", "output"), ("backward", "slope", "dinputs"))}
    except (TypeError, ValueError):
        return None
    return Form(Activation_Value_and_Slope, space["Pattern"], does, said_role="layer",
                **NOT_IN_RUNS)


def _is_slope(value: Callable[..., Any], slope: Callable[..., Any]) -> bool:
    """Whether it is the slope at inputs, or of the output there."""
    ways: tuple[Any, ...] = (lambda dvalues, inputs: dvalues * slope(inputs),
                             lambda dvalues, output: dvalues * slope(output))
    for kept, way in zip(("inputs", "output"), ways):
        tried = type("tried", (), {"formula": staticmethod(lambda inputs: value(inputs)),
                                   "slope": staticmethod(way)})
        try:
            with np.errstate(all="ignore"):
                formulas.activation_is_sound(tried, (kept,))
        except (TypeError, ValueError):
            continue
        return True
    return False


def _method(function: Callable[..., Any], gives: str) -> Callable[..., None]:
    """Our method: the kernel, where NumPy is not as quick."""
    made = elementwise(f"Activation_Value_and_Slope_{gives}", function, ("inputs",), gives)

    def method(thing: Any, inputs: Any) -> None:
        need(not (made.uses and numerics.is_numpys(inputs)))
        out = empty(inputs.shape, inputs.dtype)
        need(not made.kernel.refuses(inputs, out))
        setattr(thing, gives, out)
    return method
