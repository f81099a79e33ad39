"""Categorical cross-entropy, alone and with the softmax before it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.activations import Activation_Softmax
from fastnn.kernels.formula import pointwise_slope
from fastnn.losses.base import Loss
from fastnn.losses.crossentropy import (
    crossentropies,
    crossentropy_slopes,
    labelled,
    nothing,
    smoothed,
    softmax_and_loss,
    softmax_slopes,
    tidy_crossentropies,
    tidy_crossentropy_slopes,
    tidy_softmax_and_loss,
    tidy_softmax_slopes,
)
from fastnn.losses.formula import Pointwise, PointwiseLoss
from fastnn.registry import register
from fastnn.support import arrays, checks, reprs, rules, watching
from fastnn.support.hints import hinting
from fastnn.support.rules import is_zero

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike


class _Smoothed(PointwiseLoss):
    """-y log p, p clipped, and its slope -y / p; y are shares of the classes."""

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        return -(y_true * np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)))

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        return -(y_true / y_pred)


# The slope by what the softmax is given.
SMOOTHED_SLOPE = pointwise_slope("smoothed_softmax_slope", lambda y_pred, y_true: y_pred - y_true,
                                 summed=True)
_COMBINED = Pointwise(_Smoothed._compiled.forward, SMOOTHED_SLOPE)
_smoothed_losses = partial(arrays.by_rows, _Smoothed()._losses)
_smoothed_slopes = partial(tidy_crossentropy_slopes, onehot=SMOOTHED_SLOPE.kernel)


def _of_labels(compute: Any, loss: Any, predictions: Any, y_true: Any) -> Any:
    """What this makes of class indices, smoothed; None where no kernel takes them."""
    ours = (type(loss) is Loss_CategoricalCrossentropy and "shares" not in vars(loss)
            and Loss_CategoricalCrossentropy.shares is _SHARES)
    targets = smoothed(y_true, loss.label_smoothing, predictions) if ours else None
    return None if targets is None else compute(predictions, targets)


def _smooths(loss: Any, asked: Any, method: str) -> bool:
    """Whether this loss smoothes its targets; refused where that is no share of 1."""
    smoothing = getattr(loss, "label_smoothing", 0.0)
    if type(smoothing) is float and smoothing == 0.0:
        return False
    try:
        if not smoothing:
            return False
    except (TypeError, ValueError):  # an array: no number either
        pass
    checks.scalar(loss, "label_smoothing", f"{type(asked).__name__}.{method}", 0, 1)
    return True


def _compiled(loss: Any) -> Any:
    return "categorical" if is_zero(loss, "label_smoothing") else _Smoothed._compiled


def _combined(both: Any) -> Any:
    plain = is_zero(getattr(both, "loss", None), "label_smoothing")
    return "softmax and categorical" if plain else _COMBINED


@register("loss", compiled=_compiled, options={"label_smoothing": rules.SHARE})
class Loss_CategoricalCrossentropy(Loss, reference.Loss_CategoricalCrossentropy):
    """Categorical cross-entropy.

        loss[n] = -log(p[n, y[n]])        class indices (N,)
        loss[n] = -log(sum_c p y)         one-hot (N, C)
        dinputs = -y / p / N

    In `forward` p is clipped to [1e-7, 1 - 1e-7]; in `backward` it is not, as in the book.

    Parameters
    ----------
    label_smoothing : float in [0, 1], keyword only, default 0
        With it loss[n] = -sum_c y log p,  y = (1 - label_smoothing) onehot + label_smoothing / C

    Attributes: dinputs (N, C) after backward.
    Raises ValueError for a label that is no class, TypeError for what is no number.
    Source: book ch. 5, 9; Szegedy et al. 2016.  Differs: `label_smoothing` is not in the book.
    """

    @hinting
    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        checks.number(label_smoothing, type(self).__name__, "label_smoothing", 0, 1)
        super().__init__(label_smoothing=label_smoothing)

    def forward(self, y_pred: ArrayLike, y_true: ArrayLike) -> Array:
        """Sample losses (N,) of probabilities (N, C) and targets (N,) or (N, C)."""
        smooths = _smooths(self, self, "forward")
        losses = _of_labels(_smoothed_losses, self, y_pred, y_true) if smooths else (
            crossentropies(y_pred, y_true))
        if losses is None:
            losses, *arguments = labelled(
                _smoothed_losses if smooths else tidy_crossentropies, y_pred, y_true,
                f"{type(self).__name__}.forward", "predictions", self.shares if smooths else None)
        return super().forward(*arguments) if losses is None else losses

    def backward(self, dvalues: ArrayLike, y_true: ArrayLike) -> None:
        """Set `dinputs` (N, C): the gradient of the mean loss at probabilities `dvalues`."""
        smooths = _smooths(self, self, "backward")
        dinputs = _of_labels(crossentropy_slopes, self, dvalues, y_true) if smooths else (
            crossentropy_slopes(dvalues, y_true))
        if dinputs is None:
            dinputs, *arguments = labelled(
                tidy_crossentropy_slopes, dvalues, y_true, f"{type(self).__name__}.backward",
                "predictions", self.shares if smooths else None)
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            super().backward(*arguments)


@register("loss", compiled=_combined)
class Activation_Softmax_Loss_CategoricalCrossentropy(
        reference.Activation_Softmax_Loss_CategoricalCrossentropy):
    """Softmax and categorical cross-entropy in one, with the short gradient of both.

        output = softmax(inputs);  loss = mean_n -log(output[n, y[n]])
        dinputs = (dvalues - onehot(y)) / N

    Attributes: activation, loss (the two parts); output (N, C) after forward; dinputs (N, C)
    after backward. One-hot targets are allowed everywhere. `label_smoothing` is that of the loss.
    Source: book ch. 9.  Differs: none.
    """

    activation: Activation_Softmax
    loss: Loss_CategoricalCrossentropy

    __repr__ = reprs.constructed

    @hinting
    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy(label_smoothing=label_smoothing)

    label_smoothing = property(lambda self: getattr(self.loss, "label_smoothing", 0.0),
                               lambda self, value: setattr(self.loss, "label_smoothing", value))

    def forward(self, inputs: ArrayLike, y_true: ArrayLike) -> np.floating[Any]:
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        activation, loss = self.activation, self.loss
        found: Any = None
        given: Any = inputs
        ours = False
        if (type(activation) is Activation_Softmax and type(loss) is Loss_CategoricalCrossentropy
                or _behave_as_ours(activation, loss)):
            own, smoothing = loss.__dict__, loss.label_smoothing
            ours = not ((type(smoothing) is not float or smoothing)  # nearly always 0.0
                        and _smooths(loss, self, "forward")
                        or "forward" in own or "calculate" in own
                        or "forward" in activation.__dict__) and (
                Loss_CategoricalCrossentropy.forward is _FORWARD
                and Loss_CategoricalCrossentropy.calculate is _CALCULATE
                and Activation_Softmax.forward is _SOFTMAX or _are_timed())
        if ours:
            found = softmax_and_loss(inputs, y_true)
        if found is None:
            found, inputs, y_true = labelled(
                tidy_softmax_and_loss if ours else nothing, inputs, y_true,
                f"{type(self).__name__}.forward", "inputs")
            given = arrays.kept(given, inputs)
            if found is None:
                with checks.unchanged_on_error(self):
                    mean = super().forward(inputs, y_true)
                if ours:
                    activation.inputs = given
                return mean
        output, work = found
        activation.inputs = given
        self.output = activation.output = output
        loss.accumulated_sum += work[1]
        loss.accumulated_count += len(output)
        return work[0]

    def backward(self, dvalues: ArrayLike, y_true: ArrayLike) -> None:
        """Set `dinputs` (N, C) from the softmax output `dvalues` (N, C)."""
        try:  # around this read alone; sooner done than getattr
            smoothing = self.loss.label_smoothing
        except AttributeError:
            smoothing = 0.0
        smooths = (type(smoothing) is not float or smoothing) and _smooths(
            self.loss, self, "backward")
        dinputs = _of_labels(_smoothed_slopes, self.loss, dvalues, y_true) if smooths else (
            softmax_slopes(dvalues, y_true))
        if dinputs is None:
            compute = _smoothed_slopes if smooths else tidy_softmax_slopes
            dinputs, dvalues, y_true = labelled(
                compute, dvalues, y_true, f"{type(self).__name__}.backward", "dvalues",
                self.loss.shares if smooths else None)
            if dinputs is None:
                with checks.unchanged_on_error(self):
                    return super().backward(dvalues, y_true)
        self.dinputs = dinputs


# The methods that the combined class does without, as long as nobody has put others in their place.
_FORWARD, _CALCULATE = Loss_CategoricalCrossentropy.forward, Loss_CategoricalCrossentropy.calculate
_SOFTMAX, _SHARES = Activation_Softmax.forward, Loss_CategoricalCrossentropy.shares


# What the short way reads, writes and does without.
_HELD = frozenset(("forward", "calculate", "inputs", "output", "accumulated_sum", "label_smoothing",
                   "accumulated_count", "__setattr__", "__getattribute__", "__getattr__"))


def _behave_as_ours(activation: Any, loss: Any) -> bool:
    """Whether these are of classes derived from ours that go forward as ours do: a dialect's."""
    for thing, base in ((activation, Activation_Softmax), (loss, Loss_CategoricalCrossentropy)):
        for cls in type(thing).__mro__:
            if cls is base:
                break
            if not _HELD.isdisjoint(vars(cls)):
                return False
        else:
            return False
    return "label_smoothing" in vars(loss)


def _are_timed() -> bool:
    """Whether what stands in their place only times them, for an open profile."""
    there = (Loss_CategoricalCrossentropy.forward, Loss_CategoricalCrossentropy.calculate,
             Activation_Softmax.forward)
    return tuple(map(watching.original, there)) == (_FORWARD, _CALCULATE, _SOFTMAX)
