"""The activations: kernel first, then the careful way (see `layers.py`)."""

from typing import Any

import numpy as np

from fastnn import arrays, checks, numerics, reference, reprs
from fastnn.buffers import empty as _empty
from fastnn.kernels import activations as _kernels
from fastnn.kernels.jit import NoMatch
from fastnn.kernels.softmax import softmax_work_size
from fastnn.numerics import FLOAT64

_array = np.ndarray


def _common(a, b):
    """The type NumPy gives to a product of two float arrays."""
    return a.dtype if a.dtype is b.dtype else FLOAT64


class _Activation:
    """The careful way, for all activations.

    `_compute` and `_slope` are the kernels' part: what they make of np.ndarrays, or None.
    """

    __repr__ = reprs.constructed

    def _forward_carefully(self, given):
        """What to remember of the inputs, and the output."""
        who = f"{type(self).__name__}.forward"
        inputs = self._checked(given, who)
        output = self._tidily(inputs)
        if output is None:
            with checks.unchanged_on_error(self):
                super().forward(inputs)
            output = self.output
        return arrays.kept(given, inputs), output

    def _checked(self, inputs, who):
        return checks.any_batch(inputs, who, "inputs")

    def _tidily(self, inputs):
        return self._compute and arrays.alike(self._compute, inputs)

    _compute: Any = None

    def _backward_carefully(self, dvalues, remembered="inputs"):
        """Set dinputs."""
        who = f"{type(self).__name__}.backward"
        kept = checks.array(checks.before(self, remembered, who, "forward"), who, remembered)
        dvalues = checks.like(dvalues, kept.shape, who, "dvalues", f"its {remembered}")
        dinputs = self._slope_tidily(kept, dvalues)
        if dinputs is None:
            dinputs = self._slope_by_numpy(remembered, kept, dvalues)
        self.dinputs = dinputs

    def _slope_by_numpy(self, remembered, kept, dvalues):
        with checks.unchanged_on_error(self):
            before = getattr(self, remembered)
            if kept is not before:  # NumPy is to compute with what was made of it
                setattr(self, remembered, kept)
            super().backward(dvalues)
            if kept is not before:
                setattr(self, remembered, before)
        return self.dinputs

    def _slope_tidily(self, kept, dvalues):
        return self._slope and arrays.alike(self._slope, kept, dvalues)

    _slope: Any = None


class Activation_ReLU(_Activation, reference.Activation_ReLU):
    """Rectified linear unit.

        output = max(0, inputs);  dinputs = dvalues where inputs > 0, else 0

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 4, 9.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        output = self._compute(inputs)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _compute(self, inputs):
        if type(inputs) is not _array:
            return None
        try:
            output = _empty(inputs.shape, inputs.dtype)
            return None if _kernels.relu_forward(inputs, output) else output
        except NoMatch:
            return None

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        try:
            dinputs = self._slope(self.inputs, dvalues)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            return self._backward_carefully(dvalues)
        self.dinputs = dinputs

    def _slope(self, inputs, dvalues):
        if not type(inputs) is type(dvalues) is _array:
            return None
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            return None if _kernels.relu_backward(inputs, dvalues, dinputs) else dinputs
        except NoMatch:
            return None

    def _slope_tidily(self, inputs, dvalues):
        # NumPy's is a copy of dvalues, in C order.
        found = arrays.alike(self._slope, np.asarray(inputs, order="C"),
                             np.asarray(dvalues, order="C"))
        return found if found is None else arrays.in_bytes_of(found, dvalues)


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
        output = self._compute(inputs)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _compute(self, inputs):
        if type(inputs) is not _array or type(self.alpha) is not float:
            return None
        try:
            output = _empty(inputs.shape, inputs.dtype)
            return None if _kernels.leaky_relu_forward(inputs, self.alpha, output) else output
        except NoMatch:
            return None

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        try:
            dinputs = self._slope(self.inputs, dvalues)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            return self._backward_carefully(dvalues)
        self.dinputs = dinputs

    def _slope(self, inputs, dvalues):
        if not type(inputs) is type(dvalues) is _array or type(
                self.alpha) is not float:
            return None
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            return None if _kernels.leaky_relu_backward(
                inputs, self.alpha, dvalues, dinputs) else dinputs
        except NoMatch:
            return None


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
        output = self._compute(inputs)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _compute(self, inputs):
        if type(inputs) is not _array or numerics.is_numpys(inputs):
            return None
        try:
            output = _empty(inputs.shape, inputs.dtype)
            work = _empty((softmax_work_size(*inputs.shape),), inputs.dtype)
            return None if _kernels.softmax_forward(inputs, work, output) else output
        except (NoMatch, TypeError):  # not two axes
            return None

    def _checked(self, inputs, who):
        return checks.batch(inputs, who, "inputs")

    def _tidily(self, inputs):
        output = arrays.by_rows(self._compute, inputs)
        return output if output is None else arrays.lying_as(output, inputs)

    def backward(self, dvalues):
        """Set `dinputs` (N, C) from dvalues (N, C)."""
        try:
            dinputs = self._slope(self.output, dvalues)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            return self._backward_carefully(dvalues, "output")
        self.dinputs = dinputs

    def _slope(self, output, dvalues):
        if not type(output) is type(dvalues) is _array:
            return None
        try:
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            rounds = numerics.rounds(output.dtype)
            return None if _kernels.softmax_backward(output, dvalues, rounds, dinputs) else dinputs
        except NoMatch:
            return None

    def _slope_tidily(self, output, dvalues):
        dinputs = self._slope(arrays.tidy(output), arrays.tidy(dvalues))
        if dinputs is None:
            return None
        order = "C" if np.empty_like(dvalues).flags.c_contiguous else "F"
        return np.asarray(arrays.in_bytes_of(dinputs, dvalues), order=order)


class Activation_Sigmoid(_Activation, reference.Activation_Sigmoid):
    """Logistic sigmoid.

        output = 1 / (1 + exp(-inputs));  dinputs = dvalues (1 - output) output

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: book ch. 16.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        output = self._compute(inputs)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _compute(self, inputs):
        if type(inputs) is not _array or numerics.is_numpys(inputs):
            return None
        try:
            output = _empty(inputs.shape, inputs.dtype)
            return None if _kernels.sigmoid_forward(inputs, output) else output
        except NoMatch:
            return None

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the output."""
        try:
            dinputs = self._slope(self.output, dvalues)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            return self._backward_carefully(dvalues, "output")
        self.dinputs = dinputs

    def _slope(self, output, dvalues):
        if not type(output) is type(dvalues) is _array:
            return None
        try:
            dinputs = _empty(dvalues.shape, _common(output, dvalues))
            return None if _kernels.sigmoid_backward(output, dvalues, dinputs) else dinputs
        except NoMatch:
            return None


class Activation_Tanh(_Activation, reference.Activation_Tanh):
    """Hyperbolic tangent.

        output = tanh(inputs);  dinputs = dvalues (1 - output^2)

    Attributes: inputs, output after forward; dinputs after backward; all of one shape.
    Source: LeCun et al. 1998, "Efficient BackProp".  Differs: not in the book.
    """

    def forward(self, inputs, training=True):
        """Set `output`. NumPy's tanh is vector code in one pass: there is nothing to gain."""
        self.inputs, self.output = self._forward_carefully(inputs)

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the output."""
        try:
            dinputs = self._slope(self.output, dvalues)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            return self._backward_carefully(dvalues, "output")
        self.dinputs = dinputs

    def _slope(self, output, dvalues):
        if not type(output) is type(dvalues) is _array:
            return None
        try:
            dinputs = _empty(dvalues.shape, _common(output, dvalues))
            return None if _kernels.tanh_backward(output, dvalues, dinputs) else dinputs
        except NoMatch:
            return None


class Activation_Linear(_Activation, reference.Activation_Linear):
    """Identity: `output` is the very object that came in; dinputs is a copy of dvalues.

    Source: book ch. 17.  Differs: none.
    """

    def forward(self, inputs, training=True):
        """Set `output`. `training` makes no difference."""
        made = checks.any_batch(inputs, f"{type(self).__name__}.forward", "inputs")
        self.inputs = self.output = arrays.kept(inputs, made)

    def backward(self, dvalues):
        """Set `dinputs` from dvalues, shaped like the inputs."""
        self._backward_carefully(dvalues)
