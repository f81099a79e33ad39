"""The losses: kernel first, then the careful way (see `layers.py`)."""

from typing import Any

import numpy as np

from fastnn import checks, numerics, reference
from fastnn.activations import Activation_Softmax
from fastnn.buffers import empty as _empty
from fastnn.kernels import losses as _kernels
from fastnn.kernels.jit import NoMatch
from fastnn.numerics import FLOAT32, FLOAT64


class Loss(reference.Loss):
    """Mean of the sample losses that `forward` gives, and the penalty of the layers.

    `calculate` works with and without `new_pass`, `regularization_loss` with and without a layer.
    Subclasses define `forward(y_pred, y_true)` -> (N,) and `backward(dvalues, y_true)`.

    Source: book ch. 5, 14, 18, 19.  Differs: none.
    """

    def calculate(self, output, y, *, include_regularization=False):
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        losses = self.forward(output, y)
        try:
            result = _empty((2,), losses.dtype)
            refused = _kernels.mean_and_sum(losses, result)
        except (NoMatch, AttributeError):
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


def _targets(y_true, dvalues):
    """Targets as floats of the type NumPy computes in when they meet the predictions."""
    if y_true.dtype is dvalues.dtype or y_true.dtype == FLOAT64:
        return y_true
    return y_true.astype(np.result_type(y_true.dtype, dvalues.dtype))


class _Pointwise(Loss):
    """A loss of predictions (N, O) and targets (N, O): its two kernels, and the careful way."""

    _forward_kernel: Any
    _backward_kernel: Any
    _options: Any = ()
    _has_logs = False

    def _left_to_numpy(self, predictions, y_true):
        """True for a mixture of types that the kernels compute in other steps than NumPy."""
        return False

    def forward(self, y_pred, y_true):
        """Sample losses (N,) of predictions and targets (N, O)."""
        try:
            targets = _targets(y_true, y_pred)
            losses = _empty((len(y_pred),), targets.dtype)
            work = _empty(y_pred.shape, targets.dtype)
            refused = self._left_to_numpy(y_pred, y_true) or (
                self._has_logs and numerics.is_numpys(y_pred)) or self._forward_kernel(
                    y_pred, targets, work, losses)
        except (NoMatch, AttributeError, TypeError, ValueError):
            refused = True
        if not refused:
            return losses
        return super().forward(*self._checked(y_pred, y_true, "forward"))

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, O): the gradient of the mean loss at predictions `dvalues` (N, O)."""
        try:
            targets = _targets(y_true, dvalues)
            dinputs = _empty(dvalues.shape, targets.dtype)
            refused = self._left_to_numpy(dvalues, y_true) or self._backward_kernel(
                dvalues, targets, *self._options, dinputs)
        except (NoMatch, AttributeError, TypeError, ValueError):
            refused = True
        if not refused:
            self.dinputs = dinputs
            return
        checked = self._checked(dvalues, y_true, "backward")
        with checks.unchanged_on_error(self):
            super().backward(*checked)

    def _checked(self, predictions, y_true, method):
        who = f"{type(self).__name__}.{method}"
        predictions = checks.batch(predictions, who, "predictions")
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
        try:
            refused = numerics.follows_book() and y_pred.dtype is not FLOAT32
            if not refused and y_true.ndim == 1:
                losses = _empty((len(y_pred),), y_pred.dtype)
                refused = _kernels.categorical_crossentropy_forward_sparse(y_pred, y_true, losses)
            elif not refused:
                refused, losses = self._forward_onehot(y_pred, y_true)
        except (NoMatch, AttributeError, TypeError, ValueError):
            refused = True
        if not refused:
            return losses
        return super().forward(*self._checked(y_pred, y_true, "forward"))

    def _forward_onehot(self, y_pred, y_true):
        targets = _targets(y_true, y_pred)
        if targets.dtype is not FLOAT32 and numerics.follows_book():
            return True, None
        losses = _empty((len(y_pred),), targets.dtype)
        work = _empty(y_pred.shape, targets.dtype)
        return _kernels.categorical_crossentropy_forward_onehot(
            y_pred, targets, work, losses), losses

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, C): the gradient of the mean loss at probabilities `dvalues`."""
        try:
            if y_true.ndim == 1:
                # The book's one-hot targets have the type that np.eye has: float32 under
                # nnfs.init(), else float64.
                onehot = np.eye(1).dtype
                dinputs = _empty(dvalues.shape, dvalues.dtype if onehot is FLOAT32 else FLOAT64)
                refused = _kernels.categorical_crossentropy_backward_sparse(
                    dvalues, y_true, dinputs)
            else:
                targets = _targets(y_true, dvalues)
                dinputs = _empty(dvalues.shape, targets.dtype)
                refused = _kernels.categorical_crossentropy_backward_onehot(
                    dvalues, targets, dinputs)
        except (NoMatch, AttributeError, TypeError, ValueError):
            refused = True
        if not refused:
            self.dinputs = dinputs
            return
        checked = self._checked(dvalues, y_true, "backward")
        with checks.unchanged_on_error(self):
            super().backward(*checked)

    def _checked(self, predictions, y_true, method):
        who = f"{type(self).__name__}.{method}"
        predictions = checks.batch(predictions, who, "predictions")
        return predictions, checks.labels_or_onehot(y_true, *predictions.shape, who)


class Activation_Softmax_Loss_CategoricalCrossentropy(
        reference.Activation_Softmax_Loss_CategoricalCrossentropy):
    """Softmax and categorical cross-entropy in one, with the short gradient of both.

        output = softmax(inputs);  loss = mean_n -log(output[n, y[n]])
        dinputs = (dvalues - onehot(y)) / N

    Attributes: activation, loss (the two parts); output (N, C) after forward; dinputs (N, C)
    after backward. One-hot targets are allowed everywhere.
    Source: book ch. 9.  Differs: none.
    """

    def __init__(self):
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy()

    def forward(self, inputs, y_true):
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        activation, loss = self.activation, self.loss
        if type(activation) is Activation_Softmax and type(loss) is Loss_CategoricalCrossentropy:
            try:
                output = _empty(inputs.shape, inputs.dtype)
                work = _empty((_kernels.crossentropy_work_size(*inputs.shape),), inputs.dtype)
                refused = numerics.is_numpys(inputs) or _kernels.softmax_crossentropy_forward(
                    inputs, y_true, output, work)
            except (NoMatch, AttributeError, TypeError):
                refused = True
            if not refused:
                activation.inputs = inputs
                self.output = activation.output = output
                loss.accumulated_sum += work[1]
                loss.accumulated_count += len(inputs)
                return work[0]
        who = f"{type(self).__name__}.forward"
        inputs = checks.batch(inputs, who, "inputs")
        y_true = checks.labels_or_onehot(y_true, *inputs.shape, who)
        with checks.unchanged_on_error(self):
            return super().forward(inputs, y_true)

    def backward(self, dvalues, y_true):
        """Set `dinputs` (N, C) from the softmax output `dvalues` (N, C)."""
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            refused = _kernels.softmax_crossentropy_backward(dvalues, y_true, dinputs)
        except (NoMatch, AttributeError, TypeError):
            refused = True
        if not refused:
            self.dinputs = dinputs
            return
        who = f"{type(self).__name__}.backward"
        dvalues = checks.batch(dvalues, who, "dvalues")
        y_true = checks.labels_or_onehot(y_true, *dvalues.shape, who)
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
        # 1 - y is taken in the type of y: in int64 for bools, in float32 beside float64.
        # And NumPy's float64 log is not the C library's.
        if y_true.dtype.kind == "b":
            return True
        return predictions.dtype is not FLOAT32 and (
            y_true.dtype == FLOAT32 or numerics.follows_book())


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
