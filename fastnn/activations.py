"""The activations: kernel first, then the careful way (see `layers.py`)."""

import numpy as np

from fastnn import checks, numerics, reference
from fastnn.buffers import empty as _empty
from fastnn.kernels import activations as _kernels
from fastnn.kernels.jit import NoMatch
from fastnn.kernels.softmax import softmax_work_size
from fastnn.numerics import FLOAT64


def _common(a, b):
    """The type NumPy gives to a product of two float arrays."""
    return a.dtype if a.dtype is b.dtype else FLOAT64


class _Activation:
    """The careful way, for all activations."""

    def _forward_carefully(self, inputs):
        who = f"{type(self).__name__}.forward"
        inputs = checks.any_batch(inputs, who, "inputs")
        with checks.unchanged_on_error(self):
            super().forward(inputs)

    def _backward_carefully(self, dvalues, remembered, method="forward"):
        who = f"{type(self).__name__}.backward"
        kept = np.asarray(checks.before(self, remembered, who, method))
        dvalues = checks.like(dvalues, kept.shape, who, "dvalues", f"its {remembered}")
        with checks.unchanged_on_error(self):
            super().backward(dvalues)


class Activation_ReLU(_Activation, reference.Activation_ReLU):
    """Rectified linear unit.

        output = max(0, inputs);  dinputs = dvalues where inputs > 0, else 0

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 4, 9.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        try:
            output = _empty(inputs.shape, inputs.dtype)
            refused = _kernels.relu_forward(inputs, output)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            refused = _kernels.relu_backward(self.inputs, dvalues, dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._backward_carefully(dvalues, "inputs")
        self.dinputs = dinputs


class Activation_LeakyReLU(_Activation, reference.Activation_LeakyReLU):
    """Leaky rectified linear unit.

        output = inputs where inputs > 0, else alpha * inputs

    Parameters
    ----------
    alpha : float, default 0.01
        Slope for inputs at or below 0.

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: Maas, Hannun and Ng 2013.  Differs: not in the book.
    """

    def __init__(self, alpha=0.01):
        super().__init__(checks.number(alpha, type(self).__name__, "alpha"))

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        try:
            output = _empty(inputs.shape, inputs.dtype)
            refused = type(self.alpha) is not float or _kernels.leaky_relu_forward(
                inputs, self.alpha, output)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            refused = type(self.alpha) is not float or _kernels.leaky_relu_backward(
                self.inputs, self.alpha, dvalues, dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._backward_carefully(dvalues, "inputs")
        self.dinputs = dinputs


class Activation_Softmax(_Activation, reference.Activation_Softmax):
    """Softmax along the rows.

        output[n, c] = exp(inputs[n, c] - max_c) / sum_c
        dinputs[n, i] = sum_j (diag(s) - s s^T)[i, j] dvalues[n, j],  s = output[n]

    `backward` takes any incoming gradient and reads `self.output`, which may be assigned by hand.

    Attributes: inputs, output (N, C) after forward; dinputs after backward.
    Source: book ch. 4, 9.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output` (N, C). `training` makes no difference."""
        try:
            output = _empty(inputs.shape, inputs.dtype)
            work = _empty((softmax_work_size(*inputs.shape),), inputs.dtype)
            refused = numerics.is_numpys(output) or _kernels.softmax_forward(inputs, work, output)
        except (NoMatch, AttributeError, TypeError):
            refused = True
        if refused:
            checks.batch(inputs, "Activation_Softmax.forward", "inputs")
            return self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def backward(self, dvalues):
        """Set `dinputs` (N, C) from dvalues (N, C)."""
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            refused = _kernels.softmax_backward(
                self.output, dvalues, numerics.follows_book(), dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if not refused:
            self.dinputs = dinputs
        elif not self._backward_tidied(dvalues):
            self._backward_carefully(dvalues, "output")

    def _backward_tidied(self, dvalues):
        """The kernel on copies, where only the layout stood in its way; False where more did."""
        try:
            output, dvalues = np.array(self.output, order="C"), np.array(dvalues, order="C")
            dinputs = np.empty_like(dvalues)
            refused = _kernels.softmax_backward(
                output, dvalues, numerics.follows_book(), dinputs)
        except (NoMatch, AttributeError, ValueError):
            return False
        if not refused:
            self.dinputs = dinputs
        return not refused


class Activation_Sigmoid(_Activation, reference.Activation_Sigmoid):
    """Logistic sigmoid.

        output = 1 / (1 + exp(-inputs));  dinputs = dvalues (1 - output) output

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 16.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        try:
            output = _empty(inputs.shape, inputs.dtype)
            refused = numerics.is_numpys(output) or _kernels.sigmoid_forward(inputs, output)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the output."""
        try:
            output = self.output
            dinputs = _empty(output.shape, _common(output, dvalues))
            refused = _kernels.sigmoid_backward(output, dvalues, dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._backward_carefully(dvalues, "output")
        self.dinputs = dinputs


class Activation_Tanh(_Activation, reference.Activation_Tanh):
    """Hyperbolic tangent.

        output = tanh(inputs);  dinputs = dvalues (1 - output^2)

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: LeCun et al. 1998, "Efficient BackProp".  Differs: not in the book.
    """

    def forward(self, inputs, training=True):
        """Set `output`. NumPy's tanh is vector code in one pass: there is nothing to gain."""
        self._forward_carefully(inputs)

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the output."""
        try:
            output = self.output
            dinputs = _empty(output.shape, _common(output, dvalues))
            refused = _kernels.tanh_backward(output, dvalues, dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if refused:
            return self._backward_carefully(dvalues, "output")
        self.dinputs = dinputs


class Activation_Linear(_Activation, reference.Activation_Linear):
    """Identity: `output` is the very object that came in; dinputs is a copy of dvalues.

    Source: book ch. 17.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        self._forward_carefully(inputs)

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        self._backward_carefully(dvalues, "inputs")
