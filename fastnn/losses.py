"""The losses: kernel first, then the careful way (see `layers.py`)."""

from typing import Any

import numpy as np

from fastnn import arrays, checks, numerics, reference, reprs
from fastnn.activations import Activation_Softmax
from fastnn.buffers import empty as _empty
from fastnn.crossentropy import (
    crossentropies,
    crossentropy_slopes,
    in_common,
    labelled,
    nothing,
    softmax_and_loss,
    softmax_slopes,
    tidy_crossentropies,
    tidy_crossentropy_slopes,
    tidy_softmax_and_loss,
    tidy_softmax_slopes,
)
from fastnn.kernels import losses as _kernels
from fastnn.kernels.jit import NoMatch
from fastnn.numerics import FLOAT32, FLOAT64

_array = np.ndarray


class Loss(reference.Loss):
    """Mean of the sample losses that `forward` gives, and the penalty of the layers.

    `calculate` works with and without `new_pass`, `regularization_loss` with and without a layer.
    Subclasses define `forward(y_pred, y_true)` -> (N,) and `backward(dvalues, y_true)`.

    Source: book ch. 5, 14, 18, 19.  Differs: none.
    """

    __repr__ = reprs.constructed

    def calculate(self, output, y, *, include_regularization=False):
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        losses = self.forward(output, y)
        try:
            result = _empty((2,), losses.dtype)
            refused = type(losses) is not _array or _kernels.mean_and_sum(losses, result)
        except (NoMatch, AttributeError):  # somebody's own forward
            refused = True
        mean, total = (np.mean(losses), np.sum(losses)) if refused else result
        self.accumulated_sum += total
        self.accumulated_count += len(losses)
        if not include_regularization:
            return mean
        return mean, self.regularization_loss()

    def calculate_accumulated(self, *, include_regularization=False):
        """Mean loss since `new_pass`; with `include_regularization` the pair (mean, penalty)."""
        if not self.accumulated_count:
            raise RuntimeError(f"{type(self).__name__}.calculate_accumulated: nothing has been "
                               "accumulated since new_pass, call calculate first")
        return super().calculate_accumulated(include_regularization=include_regularization)


class _Pointwise(Loss):
    """A loss of predictions (N, O) and targets (N, O), or (O,) where N is 1: its two kernels, and
    the careful way.
    """

    _forward_kernel: Any
    _backward_kernel: Any
    _options: Any = ()
    _has_logs = False

    def _left_to_numpy(self, predictions, y_true):
        """True for a mixture of types that the kernels compute in other steps than NumPy."""
        return False

    def forward(self, y_pred, y_true):
        """Sample losses (N,) of predictions and targets (N, O)."""
        losses = self._losses(y_pred, y_true)
        if losses is None:
            y_pred, y_true = self._checked(y_pred, y_true, "forward")
            losses = arrays.by_rows(self._losses, y_pred, y_true)
        return super().forward(y_pred, y_true) if losses is None else losses

    def _losses(self, y_pred, y_true):
        """Sample losses by the kernel; None where it does not take these."""
        if not type(y_pred) is type(y_true) is _array or not y_true.flags.carray:
            return None
        try:
            if self._left_to_numpy(y_pred, y_true) or (
                    self._has_logs and numerics.is_numpys(y_pred)):
                return None
            targets = in_common(y_true, y_pred)
            losses = _empty((len(y_pred),), targets.dtype)
            work = _empty(y_pred.shape, targets.dtype)
            return None if self._forward_kernel(y_pred, targets, work, losses) else losses
        except (NoMatch, TypeError, ValueError):
            return None

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, O): the gradient of the mean loss at predictions `dvalues` (N, O)."""
        dinputs = self._slopes(dvalues, y_true)
        if dinputs is None:
            dvalues, y_true = self._checked(dvalues, y_true, "backward")
            dinputs = arrays.alike(self._slopes, dvalues, y_true)
        if dinputs is not None:
            self.dinputs = dinputs
            return
        with checks.unchanged_on_error(self):
            super().backward(dvalues, y_true)

    def _slopes(self, dvalues, y_true):
        """The gradient by the kernel; None where it does not take these."""
        if not type(dvalues) is type(y_true) is _array or not y_true.flags.carray:
            return None
        try:
            if self._left_to_numpy(dvalues, y_true):
                return None
            targets = in_common(y_true, dvalues)
            dinputs = _empty(dvalues.shape, targets.dtype)
            refused = self._backward_kernel(dvalues, targets, *self._options, dinputs)
            return None if refused else dinputs
        except (NoMatch, TypeError, ValueError):
            return None

    def _checked(self, predictions, y_true, method):
        who = f"{type(self).__name__}.{method}"
        predictions = checks.batch(predictions, who, "predictions")
        y_true = checks.array(y_true, who, "y_true")
        if (1, *y_true.shape) == predictions.shape:  # one sample
            y_true = y_true.reshape(1, -1)
        return predictions, checks.like(y_true, predictions.shape, who, "y_true",
                                        "the predictions")


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


class Loss_BinaryCrossentropy(_Pointwise, reference.Loss_BinaryCrossentropy):
    """Binary cross-entropy of probabilities and targets (N, O) in [0, 1].

        loss[n] = mean_o -(y log p + (1 - y) log(1 - p)),  p clipped to [1e-7, 1 - 1e-7]
        dinputs = -(y / p - (1 - y) / (1 - p)) / O / N

    Source: book ch. 16.  Differs: none.
    """

    _has_logs = True
    _forward_kernel = staticmethod(_kernels.binary_crossentropy_forward)
    _backward_kernel = staticmethod(_kernels.binary_crossentropy_backward)

    def _left_to_numpy(self, predictions, y_true):
        # 1 - y is taken in the type of y, in float32 beside float64 too.
        # And NumPy's float64 log is not the C library's.
        if y_true.dtype.kind not in "fiu" or (
                y_true.dtype not in (FLOAT32, FLOAT64) and not complement_fits(y_true)):
            return True
        return predictions.dtype is not FLOAT32 and (
            y_true.dtype == FLOAT32 or numerics.follows_book())


def complement_fits(y):
    """Whether 1 - y, which NumPy takes in the type of y, is what it is in float64."""
    return y.dtype.kind != "b" and np.array_equal(1 - y, 1 - y.astype(FLOAT64))


class Loss_MeanSquaredError(_Pointwise, reference.Loss_MeanSquaredError):
    """Mean squared error of predictions and targets (N, O).

        loss[n] = mean_o (y - p)^2;  dinputs = -2 (y - p) / O / N

    Source: book ch. 17.  Differs: none.
    """

    _forward_kernel = staticmethod(_kernels.squared_error_forward)
    _backward_kernel = staticmethod(_kernels.squared_error_backward)


class Loss_MeanAbsoluteError(_Pointwise, reference.Loss_MeanAbsoluteError):
    """Mean absolute error of predictions and targets (N, O).

        loss[n] = mean_o |y - p|;  dinputs = sign(p - y) / O / N

    Parameters
    ----------
    book_gradient : bool, keyword only, default False
        Use the gradient as the book prints it, sign(y - p) / O / N.

    Source: book ch. 17.
    Differs: the gradient. The book's has the wrong sign: it climbs the loss.
    """

    _forward_kernel = staticmethod(_kernels.absolute_error_forward)
    _backward_kernel = staticmethod(_kernels.absolute_error_backward)

    @property
    def _options(self):
        return (bool(self.book_gradient),)
