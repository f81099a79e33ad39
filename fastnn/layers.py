"""The layers. Each class is the reference's, with its hot methods compiled.

Every method tries its kernel first: the kernel's signature and its own look at the shapes are the
cheapest checks there are. What a kernel refuses goes the careful way: the checks raise a clear
error, or the arrays are fit but of a kind no kernel takes (a mixture of types, integers, a strided
view), and then NumPy computes, as the reference does.
"""

import math
from functools import lru_cache

import numpy as np

from fastnn import checks, numerics, reference
from fastnn.buffers import empty as _empty
from fastnn.buffers import scratch
from fastnn.kernels import random as _random
from fastnn.kernels.jit import NoMatch
from fastnn.kernels.layers import dense_backward, dense_forward, penalty_backward, work_size
from fastnn.numerics import FLOAT64, product_types

# Products of more multiply-adds than this go to BLAS, which then is no slower and may use both
# cores: (1000, 64) by (64, 64) in book precision takes 170 us here and 250 in BLAS, with the
# copies it needs; (128, 784) by (784, 96), 9.6 million, 670 against 500. Where exactly the two
# cross was not searched for.
_LARGE = 12_000_000


_new = np.empty  # for small arrays: quicker than the pool


class Layer_Input(reference.Layer_Input):
    """Head of a Model's chain: `output` is the batch itself.

    Source: book ch. 18.  Differs: none.
    """


class Layer_Dense(reference.Layer_Dense):
    """Fully connected layer.

        output = inputs @ weights + biases

    Parameters
    ----------
    n_inputs, n_neurons : int
        I and O.
    weight_regularizer_l1, weight_regularizer_l2, bias_regularizer_l1, bias_regularizer_l2 : float
        Penalty strengths; 0 (the default) switches a term off.
    weight_scale : float, keyword only
        Factor on the normal numbers that `weights` start with. Default: the class attribute
        `Layer_Dense.weight_scale`, 0.01 (chapter 17 of the book uses 0.1).

    Attributes
    ----------
    weights (I, O), biases (1, O)
    inputs (N, I), output (N, O)            after forward
    dweights, dbiases, dinputs              after backward, shaped like their namesakes
    trainable, True                         False: no optimizer changes the layer; its penalties
                                            and gradients stay

    Raises ValueError for a wrong shape, TypeError for what is no number, RuntimeError for
    `backward` before `forward`; nothing is changed then.

    Source: book ch. 3, 9, 14.  Differs: `trainable` is not in the book.
    """

    def __init__(self, n_inputs, n_neurons, weight_regularizer_l1=0, weight_regularizer_l2=0,
                 bias_regularizer_l1=0, bias_regularizer_l2=0, *, weight_scale=None):
        who = type(self).__name__
        checks.whole(n_inputs, who, "n_inputs")
        checks.whole(n_neurons, who, "n_neurons")
        checks.number(weight_regularizer_l1, who, "weight_regularizer_l1", 0)
        checks.number(weight_regularizer_l2, who, "weight_regularizer_l2", 0)
        checks.number(bias_regularizer_l1, who, "bias_regularizer_l1", 0)
        checks.number(bias_regularizer_l2, who, "bias_regularizer_l2", 0)
        if weight_scale is not None:
            checks.number(weight_scale, who, "weight_scale")
        super().__init__(n_inputs, n_neurons, weight_regularizer_l1, weight_regularizer_l2,
                         bias_regularizer_l1, bias_regularizer_l2, weight_scale=weight_scale)

    def __repr__(self):
        shape = np.shape(getattr(self, "weights", None))
        return f"{type(self).__name__}({', '.join(map(str, shape))})"

    def forward(self, inputs, training=True):
        """Set `output` = inputs @ weights + biases (N, O). `training` makes no difference."""
        weights = self.weights
        try:
            N, I = inputs.shape
            O = weights.shape[1]
            sums, product = product_types(weights.dtype)
            output = _empty((N, O), product)
            refused = N * I * O > _LARGE or sums is None or dense_forward(
                inputs, weights, self.biases, scratch((N, I, O), work_size, sums), output)
        except (NoMatch, ValueError, AttributeError, IndexError):
            refused = True
        if refused:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _forward_carefully(self, inputs):
        who = f"{self!r}.forward"
        weights, biases = self._checked_parameters(who)
        inputs = checks.batch(inputs, who, "inputs", len(weights), ". Check n_inputs.")
        (N, I), O = inputs.shape, weights.shape[1]
        sums, product = product_types(weights.dtype)
        if N * I * O <= _LARGE and sums is not None:
            output = _empty((N, O), product)
            try:
                if not dense_forward(_tidy(inputs), _tidy(weights), _tidy(biases),
                                     scratch((N, I, O), work_size, sums), output):
                    return inputs, output
            except NoMatch:
                pass
        return inputs, numerics.dot(inputs, weights) + biases

    def _checked_parameters(self, who):
        weights = checks.array(self.weights, who, "weights")
        biases = checks.array(self.biases, who, "biases")
        if weights.ndim != 2 or 0 in weights.shape:
            raise ValueError(f"{who}: weights must be (I, O), got {weights.shape}")
        O = weights.shape[1]
        if biases.shape not in ((1, O), (O,)):
            raise ValueError(f"{who}: biases must be (1, {O}), got {biases.shape}")
        return weights, biases

    def backward(self, dvalues):
        """Set `dweights`, `dbiases` (penalties included) and `dinputs` from dvalues (N, O)."""
        try:
            inputs, weights = self.inputs, self.weights
            N, I = inputs.shape
            O = weights.shape[1]
            sums, product = product_types(weights.dtype)
            dweights = _new((I, O), product)
            dbiases = _new((1, O), dvalues.dtype)
            dinputs = _empty((N, I), product)
            refused = N * I * O > _LARGE or sums is None or dense_backward(
                inputs, weights, dvalues, scratch((N, I, O), work_size, sums),
                dweights, dbiases, dinputs)
        except (NoMatch, ValueError, AttributeError, IndexError, TypeError):
            refused = True
        if refused:
            dweights, dbiases, dinputs = self._backward_carefully(dvalues)
        if self.weight_regularizer_l1 > 0 or self.weight_regularizer_l2 > 0:
            _add_penalty(self.weights, self.weight_regularizer_l1, self.weight_regularizer_l2,
                         dweights)
        if self.bias_regularizer_l1 > 0 or self.bias_regularizer_l2 > 0:
            _add_penalty(self.biases, self.bias_regularizer_l1, self.bias_regularizer_l2, dbiases)
        self.dweights = dweights
        self.dbiases = dbiases
        self.dinputs = dinputs

    def _backward_carefully(self, dvalues):
        who = f"{self!r}.backward"
        inputs = checks.batch(checks.before(self, "inputs", who, "forward"), who, "inputs")
        weights, _ = self._checked_parameters(who)
        (N, I), O = inputs.shape, weights.shape[1]
        dvalues = checks.like(dvalues, (N, O), who, "dvalues", "the output")
        sums, product = product_types(weights.dtype)
        # Not by the kernel: NumPy sums columns in the order in which they lie in memory.
        dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if N * I * O <= _LARGE and sums is not None:
            dweights, dinputs = _empty((I, O), product), _empty((N, I), product)
            try:
                if not dense_backward(_tidy(inputs), _tidy(weights), _tidy(dvalues),
                                      scratch((N, I, O), work_size, sums),
                                      dweights, np.empty_like(dbiases, order="C"), dinputs):
                    return dweights, dbiases, dinputs
            except NoMatch:
                pass
        return numerics.dot(inputs.T, dvalues), dbiases, numerics.dot(dvalues, weights.T)


def _tidy(a):
    """`a` itself where it is C-contiguous and writable, else a copy that is."""
    return a if a.flags.c_contiguous and a.flags.writeable else np.array(a, order="C")


def _add_penalty(parameters, l1, l2, gradient):
    """Add the slope of l1 * sum |p| + l2 * sum p^2 to the gradient, in place."""
    if type(l1) in _PLAIN and type(l2) in _PLAIN:
        try:
            if not penalty_backward(parameters, l1, l2, gradient):
                return
        except NoMatch:
            pass
    if l1 > 0:
        gradient += l1 * reference.sign_of_weight(parameters)
    if l2 > 0:
        gradient += 2 * l2 * parameters


# A Python number takes the type of the array it meets; a NumPy scalar does not.
_PLAIN = frozenset((int, float))


@lru_cache
def _thresholds(keep):
    """Where NumPy's inversion turns, in draws of 53 bits: below miss 0, from limit on once more.

    With p the rarer of keep and drop it draws u; u <= q is 0, u - q <= p q / (1 - p) is 1, where
    q = exp(log(1 - p)). What rounding leaves beyond that is drawn again.
    """
    p = min(keep, 1.0 - keep)
    q = math.exp(math.log(1.0 - p))
    miss = math.floor(q * 2**53) + 1
    limit = 2**53
    while limit > miss and (limit - 1) / 2**53 - q > (p * q) / (1.0 - p):
        limit -= 1
    return min(miss, 2**53), limit


class Layer_Dropout(reference.Layer_Dropout):
    """Zeroes a share `rate` of the inputs while training and scales the rest by 1 / (1 - rate).

        binary_mask = binomial(1, 1 - rate) / (1 - rate);  output = inputs * binary_mask

    Parameters
    ----------
    rate : float in [0, 1)
        Share that is dropped. The attribute `rate` holds the share that is kept, as in the book.

    Attributes
    ----------
    inputs, output, binary_mask (N, I)      after forward; the mask only after training
    dinputs                                 after backward

    The mask is drawn from NumPy's global stream (`np.random.seed`), number for number as the
    book's `np.random.binomial` draws it, and is float64, so the output is float64.

    Source: book ch. 15.  Differs: none.
    """

    def __init__(self, rate):
        who = type(self).__name__
        checks.number(rate, who, "rate", 0)
        if not rate < 1:
            raise ValueError(f"{who}: rate must be less than 1, got {rate}")
        super().__init__(rate)

    def forward(self, inputs, training=True):
        """Set `output`; without `training` it is a copy of the inputs."""
        inputs = checks.any_batch(inputs, "Layer_Dropout.forward", "inputs")
        if not training or not self._draw(inputs):
            super().forward(inputs, training)

    def _draw(self, inputs):
        """Mask and output by the kernel; False where it cannot be used."""
        stream, keep = numerics.legacy_stream(), self.rate
        if stream is None or type(keep) is not float or not 0 < keep <= 1:
            return False
        state, lock = stream
        mask, output = _empty(inputs.shape, FLOAT64), _empty(inputs.shape, FLOAT64)
        miss, limit = _thresholds(keep)
        try:
            with lock:
                if _random.dropout_forward(inputs, state, keep, miss, limit, mask, output):
                    return False
        except NoMatch:
            return False
        self.inputs, self.binary_mask, self.output = inputs, mask, output
        return True

    def backward(self, dvalues):
        """Set `dinputs` = dvalues * binary_mask."""
        try:
            mask = self.binary_mask
            dinputs = _empty(mask.shape, FLOAT64)
            refused = _random.dropout_backward(dvalues, mask, dinputs)
        except (NoMatch, AttributeError):
            refused = True
        if not refused:
            self.dinputs = dinputs
            return
        who = "Layer_Dropout.backward"
        mask = checks.before(self, "binary_mask", who, "forward with training")
        super().backward(checks.like(dvalues, mask.shape, who, "dvalues", "the inputs"))
