"""Categorical cross-entropy, alone and with the softmax before it."""

from fastnn import arrays, checks, reference, reprs
from fastnn.activations import Activation_Softmax
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
from fastnn.registry import register


@register("loss", compiled="categorical")
class Loss_CategoricalCrossentropy(Loss, reference.Loss_CategoricalCrossentropy):
    """Categorical cross-entropy.

        loss[n] = -log(p[n, y[n]])        class indices (N,)
        loss[n] = -log(sum_c p y)         one-hot (N, C)
        dinputs = -y / p / N

    In `forward` p is clipped to [1e-7, 1 - 1e-7]; in `backward` it is not, as in the book.

    Attributes: dinputs (N, C) after backward.
    Raises ValueError for a label that is no class, TypeError for what is no number.
    Source: book ch. 5, 9.  Differs: none.
    """

    def forward(self, y_pred, y_true):
        """Sample losses (N,) of probabilities (N, C) and targets (N,) or (N, C)."""
        losses = crossentropies(y_pred, y_true)
        if losses is None:
            losses, *arguments = self._carefully(tidy_crossentropies, y_pred, y_true, "forward")
        return super().forward(*arguments) if losses is None else losses

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, C): the gradient of the mean loss at probabilities `dvalues`."""
        dinputs = crossentropy_slopes(dvalues, y_true)
        if dinputs is None:
            dinputs, *arguments = self._carefully(tidy_crossentropy_slopes, dvalues, y_true,
                                                  "backward")
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            super().backward(*arguments)

    def _carefully(self, compute, predictions, y_true, method):
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
    after backward. One-hot targets are allowed everywhere.
    Source: book ch. 9.  Differs: none.
    """

    __repr__ = reprs.constructed

    def __init__(self):
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy()

    def forward(self, inputs, y_true):
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        activation, loss = self.activation, self.loss
        found, given = None, inputs
        ours = False
        if type(activation) is Activation_Softmax and type(loss) is Loss_CategoricalCrossentropy:
            own = loss.__dict__
            ours = not ("forward" in own or "calculate" in own or "forward" in activation.__dict__)
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
        loss.accumulated_count += len(inputs)
        return work[0]

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, C) from the softmax output `dvalues` (N, C)."""
        dinputs = softmax_slopes(dvalues, y_true)
        if dinputs is None:
            dinputs, dvalues, y_true = labelled(tidy_softmax_slopes, dvalues, y_true,
                                                 f"{type(self).__name__}.backward", "dvalues")
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            super().backward(dvalues, y_true)
