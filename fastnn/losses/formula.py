"""Losses that are a formula of an output and its target: one class for all of them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastnn import formulas, registry
from fastnn.kernels.formula import Compiled, is_ours, pointwise_losses, pointwise_slope
from fastnn.losses.base import Loss
from fastnn.losses.crossentropy import in_common
from fastnn.reference import PointwiseLoss as _Plain
from fastnn.support import arrays, checks, numerics, rules
from fastnn.support.buffers import empty as _empty
from fastnn.support.numerics import FLOAT64
from fastnn.support.repeated import Repeated

if TYPE_CHECKING:
    from typing_extensions import Self

    from fastnn.support.annotations import ArrayLike

Array = formulas.Array
_array = np.ndarray
_ARRAYS = ("y_pred", "y_true")


class Pointwise(NamedTuple):
    """The two formulas of a loss, compiled."""

    forward: Compiled
    backward: Compiled


@registry.register("loss", is_base=True)
class PointwiseLoss(Loss, _Plain):
    """A loss that is a formula, element by element: the base class for your own.

        class Loss_Cubed(PointwiseLoss):
            def formula(y_pred, y_true):
                return np.abs(y_true - y_pred) ** 2 * np.abs(y_true - y_pred)

            def slope(y_pred, y_true):
                return -3 * (y_true - y_pred) * np.abs(y_true - y_pred)

    formula(y_pred, y_true, options ...) : the loss of an output and its target, in plain NumPy; a
        sample's loss is their mean
    slope(y_pred, y_true, options ...) : its derivative by y_pred
    options : further arguments of the formula with their defaults, then those of the slope that
        the formula does not name; the constructor takes them, and they are attributes

    Compiled, checked and refused as an `Activation` is.

        loss[n] = mean_o formula(p, y);  dinputs = slope(p, y) / O / N
        loss[n] = sum_o formula(p, y);  dinputs = slope(p, y) / N       with sums_outputs = True

    Attributes: dinputs (N, O) after backward.
    Differs: not in the book.
    """

    _compiled: Any = None
    _summed = False
    formula: Any
    slope: Any
    _plain: Any = None
    _forward_kernel: Any = None
    _backward_kernel: Any = None
    _forward_again: Any
    _backward_again: Any
    _rules: dict[str, rules.Rule] = {}

    def __new__(cls, *arguments: Any, **named: Any) -> Self:  # noqa: D102
        formulas.need(cls._compiled, cls, "formula", "slope")
        formulas.take_nothing(cls, arguments, named)
        return super().__new__(cls)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        another = cls._compiled is not None and "sums_outputs" in vars(cls)
        if not formulas.are_new(cls, "formula", "slope") and not another:
            return
        formulas.forget(cls, PointwiseLoss, "_left_to_numpy", "_may_widen")
        cls._plain = formulas.plain_of(cls, _Plain)
        forward = pointwise_losses(f"{cls.__name__}_losses", cls.formula, cls.sums_outputs)
        backward = pointwise_slope(f"{cls.__name__}_slope", cls.slope, cls.sums_outputs)
        formulas.check_options(cls, (*forward.options, *backward.options))
        given = cls._options()
        if not is_ours(cls):  # ours are tried by the tests
            formulas.loss_is_sound(cls)
        cls._compiled = Pointwise(forward, backward)
        cls.sums_outputs = cls._summed = bool(cls.sums_outputs)
        cls._forward_kernel = staticmethod(forward.kernel)
        cls._backward_kernel = staticmethod(backward.kernel)
        cls._forward_again, cls._backward_again = Repeated(), Repeated()
        formulas.give_constructor(cls, given)
        settings = {name: cls._rules.get(name, formulas.option) for name in given}
        registry.register("loss", compiled=cls._compiled, settings=settings)(cls)

    @classmethod
    def _options(cls) -> dict[str, Any]:
        """The options of the formula, and those that the slope alone names, with defaults."""
        given = formulas.options(cls.formula, _ARRAYS)
        for name, default in formulas.options(cls.slope, _ARRAYS).items():
            if name not in given and default is inspect.Parameter.empty:
                raise TypeError(f"{cls.__name__}: slope names an option {name!r} that has no "
                                "default, and the formula does not name it")
            given.setdefault(name, default)
        return given

    def _left_to_numpy(self, predictions: Any, y_true: Any) -> bool:
        """True for a mixture of types that the kernels compute in other steps than NumPy."""
        return not (y_true.dtype.kind == "f" and (
            y_true.dtype == predictions.dtype or y_true.dtype == FLOAT64)
            or self._may_widen(y_true))

    def _may_widen(self, y_true: Any) -> bool:
        """Whether nothing changes where targets take the type of the predictions first."""
        return not any("y_true" in made.alone for made in self._compiled)

    def forward(self, y_pred: ArrayLike, y_true: ArrayLike) -> Array:
        """Sample losses (N,) of predictions and targets (N, O)."""
        losses = self._losses(y_pred, y_true)
        if losses is None:
            y_pred, y_true = self._checked(y_pred, y_true, "forward")
            losses = arrays.by_rows(self._losses, y_pred, y_true)
        return self._by_numpy("forward", y_pred, y_true) if losses is None else losses

    def _by_numpy(self, method: str, *arrays: Any) -> Any:
        forward, backward = self._compiled
        same = self.formula is forward.formula and self.slope is backward.formula
        return getattr(self._plain if same else _Plain, method)(self, *arrays)

    def _is_numpys(self, made: Any, formula: Any, y_pred: Any, y_true: Any) -> Any:
        """Whether this is not what was compiled, or something in it is NumPy's own affair."""
        if (formula is not made.formula or self.sums_outputs is not self._summed
                or self._left_to_numpy(y_pred, y_true)):
            return True
        return bool(made.uses) and any(
            numerics.is_numpys(value) for name, value in zip(_ARRAYS, (y_pred, y_true))
            if name in made.under)

    def _losses(self, y_pred: Any, y_true: Any) -> Any:
        """Sample losses by the kernel; None where it does not take these."""
        made = self._compiled.forward
        is_ours = self.formula is made.formula and self.sums_outputs is self._summed
        found = self._forward_again.call(y_pred, y_true, None) if is_ours else None
        if found is not None:
            return found[1]
        if not type(y_pred) is type(y_true) is _array or not y_true.flags.carray:
            return None
        if self._is_numpys(made, self.formula, y_pred, y_true):
            return None
        numbers, targets = formulas.numbers(self, made.options), in_common(y_true, y_pred)
        shape, kind = y_pred.shape, targets.dtype
        losses, work = _empty(shape[:1], kind), _empty(shape, kind)
        refuses = self._forward_kernel.refuses
        if numbers is None or refuses(y_pred, targets, *numbers, work, losses):
            return None
        if targets is y_true and not numbers:
            self._forward_again.met(refuses, (y_pred, y_true), None, (work, losses))
        return losses

    def backward(self, dvalues: ArrayLike, y_true: ArrayLike) -> None:
        """Set `dinputs` (N, O): the gradient of the mean loss at predictions `dvalues` (N, O)."""
        dinputs = self._slopes(dvalues, y_true)
        if dinputs is None:
            dvalues, y_true = self._checked(dvalues, y_true, "backward")
            dinputs = self._slopes_tidily(dvalues, y_true)
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            self._by_numpy("backward", dvalues, y_true)

    def _slopes_tidily(self, dvalues: Any, y_true: Any) -> Any:
        """The same of whatever is like its arguments."""
        return arrays.in_rows(self._slopes, dvalues, y_true)

    def _slopes(self, dvalues: Any, y_true: Any) -> Any:
        """The gradient by the kernel; None where it does not take these."""
        made = self._compiled.backward
        is_ours = self.slope is made.formula and self.sums_outputs is self._summed
        found = self._backward_again.call(dvalues, y_true, None) if is_ours else None
        if found is not None or not type(dvalues) is type(y_true) is _array:
            return found
        if not y_true.flags.carray:
            return None
        if self._is_numpys(made, self.slope, dvalues, y_true):
            return None
        numbers, targets = formulas.numbers(self, made.options), in_common(y_true, dvalues)
        dinputs = _empty(dvalues.shape, targets.dtype)
        refuses = self._backward_kernel.refuses
        if numbers is None or refuses(dvalues, targets, *numbers, dinputs):
            return None
        if targets is y_true and not numbers:
            self._backward_again.met(refuses, (dvalues, y_true), None, (dinputs,))
        return dinputs

    def _checked(self, predictions: Any, y_true: Any, method: str) -> tuple[Array, Array]:
        who = f"{type(self).__name__}.{method}"
        predictions = checks.batch(predictions, who, "predictions")
        y_true = checks.array(y_true, who, "y_true")
        if (1, *y_true.shape) == predictions.shape:  # one sample
            y_true = y_true.reshape(1, -1)
        return predictions, checks.like(y_true, predictions.shape, who, "y_true",
                                        "the predictions")
