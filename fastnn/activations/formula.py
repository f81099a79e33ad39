"""Activations that are a formula: one class for all of them, the book's and anybody's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastnn import formulas, reference, registry
from fastnn.activations.careful import Careful
from fastnn.kernels.formula import Compiled, elementwise, is_ours
from fastnn.support import numerics
from fastnn.support.buffers import empty as _empty
from fastnn.support.repeated import Repeated

if TYPE_CHECKING:
    from typing_extensions import Self

    from fastnn.support.annotations import ArrayLike

Array = formulas.Array
_array = np.ndarray
_INPUTS = ("inputs",)


class Elementwise(NamedTuple):
    """The two formulas of an activation, compiled."""

    forward: Compiled
    backward: Compiled


@registry.register("layer", is_base=True)
class Activation(Careful, reference.Activation):
    """An activation that is a formula, element by element: the base class for your own.

        class Activation_Swish(Activation):
            def formula(inputs):
                return inputs / (1 + np.exp(-inputs))

            def slope(dvalues, inputs):
                s = 1 / (1 + np.exp(-inputs))
                return dvalues * (s + inputs * s * (1 - s))

    formula(inputs, options ...) : the output, in plain NumPy
    slope(dvalues, inputs, output, options ...) : the gradient of the inputs; of `inputs` and
        `output` it names what it needs
    options : further arguments of the formula with their defaults; the constructor takes them, and
        they are attributes

    Both are compiled for the objects and for `fit` and Model when the class is made, with what they
    take from outside as it is then, and give the digits that NumPy gives. TypeError for what cannot
    be compiled (operators, comparisons, np.exp, log, tanh, sqrt, square, abs, sign, maximum,
    minimum, where, clip and isnan can), ValueError where the slope is not the formula's, by central
    differences.

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Differs: not in the book.
    """

    def __new__(cls, *arguments: Any, **named: Any) -> Self:  # noqa: D102
        formulas.need(cls._compiled, cls, "formula", "slope")
        formulas.take_nothing(cls, arguments, named)
        if not cls._is_settled:
            cls._settle()
        return super().__new__(cls)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if not formulas.are_new(cls, "formula", "slope"):
            return
        formulas.forget(cls, Activation, "_compute", "_slope", "_slope_tidily")
        cls._plain = formulas.plain_of(cls, reference.Activation)
        cls._compile()
        registry.register("layer", compiled=cls._compiled, settings=dict.fromkeys(
            cls._compiled.forward.options, formulas.option))(cls)

    @classmethod
    def _compile(cls) -> None:
        forward = elementwise(f"{cls.__name__}_forward", cls.formula, ("inputs",), "output")
        backward = elementwise(f"{cls.__name__}_backward", cls.slope,
                               ("dvalues", "inputs", "output"), "dinputs")
        if backward.arrays[0] != "dvalues" or len(backward.arrays) == 1:
            raise TypeError(f"{cls.__name__}: slope must be a function of dvalues, then of inputs, "
                            f"output or both, got {backward.arrays}")
        if not set(backward.options) <= set(forward.options):
            raise TypeError(f"{cls.__name__}: slope has options {backward.options}, the formula "
                            f"{forward.options}")
        formulas.check_options(cls, forward.options)
        if not is_ours(cls):  # ours are tried by the tests
            formulas.activation_is_sound(cls, backward.arrays[1:])
        cls._compiled, cls._kept = Elementwise(forward, backward), backward.arrays[1:]
        cls._kept = _INPUTS if cls._kept == _INPUTS else cls._kept
        cls._is_settled, cls._simple_formula, cls._simple_slope = False, None, None
        cls._formula, cls._slope_formula = staticmethod(cls.formula), staticmethod(cls.slope)
        cls._forward_kernel = staticmethod(forward.kernel)
        cls._backward_kernel = staticmethod(backward.kernel)
        cls._forward_again, cls._backward_again = Repeated(), Repeated()
        formulas.give_constructor(cls, formulas.options(cls.formula, ("inputs",)))

    @classmethod
    def _settle(cls) -> None:
        """Which of its formulas are simple; to ask for that has them traced."""
        owner: Any = next(base for base in cls.__mro__ if "_is_settled" in vars(base))
        forward, backward = owner._compiled
        if not (forward.options or forward.uses):
            owner._simple_formula = staticmethod(owner._formula)
        if not (backward.options or backward.uses or len(owner._kept) > 1):
            owner._simple_slope = staticmethod(owner._slope_formula)
        owner._is_settled = True

    formula: Any
    slope: Any
    _compiled: Any = None
    _forward_kernel: Any
    _backward_kernel: Any
    _forward_again: Any
    _backward_again: Any
    _is_settled = True
    _simple_formula: Any = None
    _simple_slope: Any = None
    _formula: Any = None
    _slope_formula: Any = None
    _plain: Any = None

    def _by_numpy(self, method: str, array: Any) -> None:
        forward, backward = self._compiled
        same = self.formula is forward.formula and self.slope is backward.formula
        getattr(self._plain if same else reference.Activation, method)(self, array)

    # Most are simple: nothing of float64 is NumPy's own affair, and there are no options. The short
    # way saves 0.2 of 3 us.

    def _compute(self, inputs: Any) -> Any:
        if self.formula is not self._simple_formula:
            return self._compute_generally(inputs)
        output = self._forward_again.call(inputs, None, None)
        if output is not None or type(inputs) is not _array:
            return output
        output, refuses = _empty(inputs.shape, inputs.dtype), self._forward_kernel.refuses
        if refuses(inputs, output):
            return None
        self._forward_again.met(refuses, (inputs,), None, (output,))
        return output

    def _compute_generally(self, inputs: Any) -> Any:
        if self.formula is not self._formula:  # another was put in its place
            return None
        made = self._compiled.forward
        if type(inputs) is not _array or made.uses and numerics.is_numpys(inputs):
            return None
        numbers = formulas.numbers(self, made.options)
        if numbers is None:
            return None
        output = _empty(inputs.shape, inputs.dtype)
        return None if self._forward_kernel.refuses(inputs, *numbers, output) else output

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dinputs` from dvalues, shaped like the inputs."""
        kept = self._kept
        if kept is _INPUTS:
            try:  # around this read alone; sooner done than getattr
                inputs: Any = self.inputs
            except AttributeError:
                inputs = None
            dinputs = self._slope(dvalues, inputs)
        else:
            dinputs = self._slope(dvalues, *[getattr(self, name, None) for name in kept])
        if dinputs is None:
            return self._backward_carefully(dvalues)
        self.dinputs = dinputs

    def _slope(self, dvalues: Any, kept: Any, *more: Any) -> Any:
        if self.slope is not self._simple_slope:
            return self._slope_generally(dvalues, kept, *more)
        dinputs = self._backward_again.call(dvalues, kept, None)
        if dinputs is not None or not type(dvalues) is type(kept) is _array:
            return dinputs
        dinputs, refuses = _empty(dvalues.shape, dvalues.dtype), self._backward_kernel.refuses
        if refuses(dvalues, kept, dinputs):
            return None
        self._backward_again.met(refuses, (dvalues, kept), None, (dinputs,))
        return dinputs

    def _slope_generally(self, dvalues: Any, kept: Any, *more: Any) -> Any:
        if self.slope is not self._slope_formula:
            return None
        made = self._compiled.backward
        if not type(dvalues) is type(kept) is _array or more and type(more[0]) is not _array:
            return None
        if made.uses and any(numerics.is_numpys(value) for name, value in zip(
                made.arrays, (dvalues, kept, *more)) if name in made.under):
            return None
        numbers = formulas.numbers(self, made.options)
        if numbers is None:
            return None
        dinputs = _empty(dvalues.shape, dvalues.dtype)
        taken = not self._backward_kernel.refuses(dvalues, kept, *more, *numbers, dinputs)
        return dinputs if taken else None
