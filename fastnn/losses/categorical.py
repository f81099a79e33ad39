"""Categorical cross-entropy, alone and with the softmax before it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.activations import Activation_Softmax
from fastnn.compile.jit import NoMatch
from fastnn.kernels.formula import pointwise_slope
from fastnn.losses.base import Loss
from fastnn.losses.crossentropy import (
    crossentropies,
    crossentropy_slopes,
    labelled,
    nothing,
    softmax_and_loss,
    softmax_slopes,
    tidy_crossentropies,
    tidy_crossentropy_slopes,
    tidy_softmax_and_loss,
    tidy_softmax_slopes,
)
from fastnn.losses.formula import PointwiseLoss
from fastnn.registry import register
from fastnn.support import arrays, checks, reprs, rules
from fastnn.support.rules import is_zero

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike


class _Smoothed(PointwiseLoss):
    """Cross-entropy of targets that are shares of classes."""

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """-y log p, p clipped"""
        return -(y_true * np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)))

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """-y / p"""
        return -(y_true / y_pred)


_SMOOTHED = _Smoothed()
# Its slope by the softmax's inputs.
SMOOTHED_SLOPE = pointwise_slope("smoothed_softmax_slope", lambda y_pred, y_true: y_pred - y_true,
                                 summed=True)


def _compiled(loss: Any) -> Any:
    return "categorical" if is_zero(loss, "label_smoothing") else _Smoothed._compiled


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

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        checks.number(label_smoothing, type(self).__name__, "label_smoothing", 0, 1)
        super().__init__(label_smoothing=label_smoothing)

    def _smoothly(self, predictions: Any, y_true: Any, method: str) -> tuple[Array, Array, Array]:
        """Predictions and targets after all checks, and the smoothed targets."""
        who = f"{type(self).__name__}.{method}"
        checks.scalar(self, "label_smoothing", who, 0, 1)
        predictions = checks.batch(predictions, who, "predictions")
        y_true = checks.labels_or_onehot(y_true, len(predictions), predictions.shape[1], who)
        targets = reference.smoothed(y_true, predictions.shape[1], self.label_smoothing)
        return predictions, y_true, targets

    def forward(self, y_pred: ArrayLike, y_true: ArrayLike) -> Array:
        """Sample losses (N,) of probabilities (N, C) and targets (N,) or (N, C)."""
        if self.label_smoothing:
            y_pred, y_true, targets = self._smoothly(y_pred, y_true, "forward")
            losses = arrays.by_rows(_SMOOTHED._losses, y_pred, targets)
            return super().forward(y_pred, y_true) if losses is None else losses
        losses = crossentropies(y_pred, y_true)
        if losses is None:
            losses, *arguments = self._carefully(tidy_crossentropies, y_pred, y_true, "forward")
        return super().forward(*arguments) if losses is None else losses

    def backward(self, dvalues: ArrayLike, y_true: ArrayLike) -> None:
        """Set `dinputs` (N, C): the gradient of the mean loss at probabilities `dvalues`."""
        if self.label_smoothing:
            dvalues, y_true, targets = self._smoothly(dvalues, y_true, "backward")
            dinputs = _SMOOTHED._slopes_tidily(dvalues, targets)
            if dinputs is None:
                super().backward(dvalues, y_true)
            else:
                self.dinputs = dinputs
            return
        dinputs = crossentropy_slopes(dvalues, y_true)
        if dinputs is None:
            dinputs, *arguments = self._carefully(tidy_crossentropy_slopes, dvalues, y_true,
                                                  "backward")
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            super().backward(*arguments)

    def _carefully(self, compute: Any, predictions: Any, y_true: Any, method: str) -> Any:
        """What `compute` makes of the arguments, or None, and the arguments after all checks."""
        return labelled(compute, predictions, y_true, f"{type(self).__name__}.{method}",
                         "predictions")


@register("loss", compiled="softmax and categorical")
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

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy(label_smoothing=label_smoothing)

    @property
    def label_smoothing(self) -> float:
        """Of the loss."""
        return getattr(self.loss, "label_smoothing", 0.0)

    @label_smoothing.setter
    def label_smoothing(self, value: float) -> None:
        self.loss.label_smoothing = value

    def forward(self, inputs: ArrayLike, y_true: ArrayLike) -> np.floating[Any]:
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        activation, loss = self.activation, self.loss
        found: Any = None
        given: Any = inputs
        ours = False
        if type(activation) is Activation_Softmax and type(loss) is Loss_CategoricalCrossentropy:
            own = loss.__dict__
            ours = not (loss.label_smoothing or "forward" in own or "calculate" in own
                        or "forward" in activation.__dict__)
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
        try:  # sooner done than getattr
            smoothing = self.loss.label_smoothing
        except AttributeError:
            smoothing = 0
        if smoothing:
            return self._backward_smoothly(dvalues, y_true)
        dinputs = softmax_slopes(dvalues, y_true)
        if dinputs is None:
            dinputs, dvalues, y_true = labelled(tidy_softmax_slopes, dvalues, y_true,
                                                 f"{type(self).__name__}.backward", "dvalues")
            if dinputs is None:
                with checks.unchanged_on_error(self):
                    return super().backward(dvalues, y_true)
        self.dinputs = dinputs

    def _backward_smoothly(self, dvalues: Any, y_true: Any) -> None:
        who = f"{type(self).__name__}.backward"
        dvalues = checks.batch(dvalues, who, "dvalues")
        y_true = checks.labels_or_onehot(y_true, len(dvalues), dvalues.shape[1], who)
        targets = reference.smoothed(y_true, dvalues.shape[1], self.label_smoothing)
        dinputs = np.empty(dvalues.shape, np.result_type(dvalues, targets))
        with contextlib.suppress(NoMatch):
            if not SMOOTHED_SLOPE.kernel(arrays.tidy(dvalues), targets, dinputs):
                self.dinputs = dinputs
                return
        super().backward(dvalues, y_true)
