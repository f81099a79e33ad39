"""The layers. Each class is the reference's, with its hot methods compiled.

Every method tries its kernel first: the kernel's signature and its own look at the shapes are the
cheapest checks there are. What a kernel refuses, and what is no np.ndarray itself, goes the careful
way: `arrays` says what the value is taken as, the checks raise a clear error, and the kernel is
called again with tidy copies. Where the digits need it (a mixture of types, integers, sums over
rows that lie column by column) NumPy computes, as the reference does.
"""

import math
from functools import lru_cache

import numpy as np

from fastnn import arrays, checks, numerics, reference, reprs, rules
from fastnn.buffers import empty as _empty
from fastnn.kernels import random as _random
from fastnn.kernels.jit import NoMatch
from fastnn.kernels.layers import penalty_backward
from fastnn.numerics import FLOAT32, FLOAT64
from fastnn.products import as_product_takes, product, slopes
from fastnn.registry import Parameter, register, remember

__all__ = ["Layer_Dense", "Layer_Dropout", "Layer_Input"]

_array = np.ndarray


remember(reference.Layer_Input)


@register("layer")
class Layer_Input(reference.Layer_Input):
    """Head of a Model's chain: `output` is the batch itself.

    Source: book ch. 18.  Differs: none.
    """

    __repr__ = reprs.constructed


_STRENGTHS = reference.STRENGTHS
WEIGHTS = Parameter("weights", "weight", _STRENGTHS[:2])
BIASES = Parameter("biases", "bias", _STRENGTHS[2:])


@register("layer", compiled="dense", parameters=(WEIGHTS, BIASES),
          settings=dict.fromkeys(_STRENGTHS, rules.ANY),
          options={"weight_scale": rules.ANY, "trainable": rules.answer})
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

    `forward` also takes one sample (I,): its output is (1, O). `arrays.py` says what is taken as an
    array; `inputs` is what was given where that is an array, else what was made of it.
    Raises ValueError for a wrong shape, TypeError for what is no number, RuntimeError for
    `backward` before `forward`; nothing is changed then.

    Source: book ch. 3, 9, 14.
    Differs: `trainable` is not in the book. Inputs of three axes and more are refused, as
    `backward` cannot follow them, and so is `backward` after one sample (I,).
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

    __repr__ = reprs.dense

    def forward(self, inputs, training=True):
        """Set `output` = inputs @ weights + biases (N, O). `training` makes no difference."""
        output = product(inputs, self.weights, self.biases)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs
        self.output = output

    def _forward_carefully(self, given):
        """What to remember of the inputs, and the output."""
        try:  # the kernel first, here too: the checks take longer
            plain = type(given) is _array and given.dtype.kind != "O"
            inputs = arrays.taken(given) if plain else checks.array(
                given, f"{self!r}.forward", "inputs")
            output = product(arrays.tidy(as_product_takes(inputs, self.weights)),
                              self.weights, self.biases)
            if output is not None:
                return arrays.kept(given, inputs), output
        except (arrays.NotTaken, AttributeError):  # AttributeError: the weights are no array
            inputs = given
        who = f"{self!r}.forward"
        weights, biases = self._checked_parameters(who)
        inputs = checks.array(inputs, who, "inputs")
        remembered = arrays.kept(given, inputs)
        if inputs.shape == weights.shape[:1]:  # one sample
            inputs = inputs.reshape(1, -1)
        inputs = checks.batch(inputs, who, "inputs", len(weights), ". Check n_inputs.")
        output = product(arrays.tidy(as_product_takes(inputs, weights)), arrays.tidy(weights),
                          arrays.tidy(np.atleast_2d(biases)))
        if output is None:
            output = numerics.dot(inputs, weights) + biases
        flat = remembered.ndim == biases.ndim == 1
        return remembered, output.reshape(-1) if flat else output

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
            found = slopes(self.inputs, self.weights, dvalues)
        except AttributeError:
            found = None
        dweights, dbiases, dinputs = found or self._backward_carefully(dvalues)
        if self.weight_regularizer_l1 > 0 or self.weight_regularizer_l2 > 0:
            self._add_penalty("weights", self.weight_regularizer_l1, self.weight_regularizer_l2,
                              dweights)
        if self.bias_regularizer_l1 > 0 or self.bias_regularizer_l2 > 0:
            self._add_penalty("biases", self.bias_regularizer_l1, self.bias_regularizer_l2,
                              dbiases)
        self.dweights = dweights
        self.dbiases = dbiases
        self.dinputs = dinputs

    def _backward_carefully(self, dvalues):
        try:
            inputs = arrays.taken(self.inputs)
            found = slopes(arrays.tidy(as_product_takes(inputs, dvalues, self.weights)),
                            self.weights, dvalues)
            if found is not None:
                return found
        except (arrays.NotTaken, AttributeError):
            pass
        who = f"{self!r}.backward"
        inputs = checks.array(checks.before(self, "inputs", who, "forward"), who, "inputs")
        hint = ". One sample: call forward with inputs.reshape(1, -1)" * (inputs.ndim == 1)
        inputs = checks.batch(inputs, who, "inputs", hint=hint)
        weights, _ = self._checked_parameters(who)
        dvalues = checks.like(dvalues, (len(inputs), weights.shape[1]), who, "dvalues",
                              "the output")
        found = slopes(arrays.tidy(as_product_takes(inputs, dvalues, weights)),
                        arrays.tidy(weights),
                        arrays.tidy(as_product_takes(dvalues, inputs, weights)))
        # NumPy sums columns in the order in which they lie in memory, other numbers in pieces.
        flags = dvalues.flags
        alike = flags.c_contiguous and flags.aligned and dvalues.dtype.isnative
        if found and alike and dvalues.dtype == found[1].dtype:
            return found
        dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if found:
            return found[0], dbiases, found[2]
        return numerics.dot(inputs.T, dvalues), dbiases, numerics.dot(dvalues, weights.T)

    def _add_penalty(self, name, l1, l2, gradient):
        """Add the slope of l1 * sum |p| + l2 * sum p^2 to the gradient, in place."""
        parameters = getattr(self, name)
        if type(parameters) is not _array:
            parameters = checks.array(parameters, f"{self!r}.backward", name)
        if type(l1) in _PLAIN and type(l2) in _PLAIN:
            try:
                if not penalty_backward(arrays.tidy(parameters), l1, l2, gradient):
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
def thresholds(keep):
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


@register("layer", compiled="dropout", settings={"rate": rules.SHARE})
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

    __repr__ = reprs.dropout

    def forward(self, inputs, training=True):
        """Set `output`; without `training` it is a copy of the inputs."""
        drawn = self._draw(inputs) if training and type(inputs) is _array else None
        if drawn is not None:
            self.inputs = inputs
            self.binary_mask, self.output = drawn
            return
        made = checks.any_batch(inputs, "Layer_Dropout.forward", "inputs")
        if training and 0 < made.ndim < 3:
            drawn = self._draw(arrays.tidy(_as_floats(made)).reshape(-1, made.shape[-1]))
        if drawn is not None:
            self.binary_mask, self.output = (a.reshape(made.shape) for a in drawn)
        else:
            with checks.unchanged_on_error(self):
                super().forward(made, training)
        self.inputs = arrays.kept(inputs, made)

    def _draw(self, inputs):
        """Mask and output by the kernel; None where it cannot be used."""
        stream, keep = numerics.legacy_stream(), self.rate
        if stream is None or type(keep) is not float or not 0 < keep <= 1:
            return None
        state, lock = stream
        mask, output = _empty(inputs.shape, FLOAT64), _empty(inputs.shape, FLOAT64)
        miss, limit = thresholds(keep)
        try:
            with lock:
                if _random.dropout_forward(inputs, state, keep, miss, limit, mask, output):
                    return None
        except NoMatch:
            return None
        return mask, output

    def backward(self, dvalues):
        """Set `dinputs` = dvalues * binary_mask."""
        try:
            dinputs = _masked(dvalues, self.binary_mask)
        except AttributeError:
            dinputs = None
        if dinputs is None:
            who = "Layer_Dropout.backward"
            mask = checks.array(checks.before(self, "binary_mask", who, "forward with training"),
                                who, "binary_mask")
            dvalues = checks.like(dvalues, mask.shape, who, "dvalues", "the inputs")
            dinputs = arrays.alike(_masked, _as_floats(dvalues), mask)
        if dinputs is None:
            super().backward(dvalues)
        else:
            self.dinputs = dinputs


def _masked(dvalues, mask):
    """dvalues * mask by the kernel; None where it does not take them."""
    if not type(dvalues) is type(mask) is _array:
        return None
    try:
        dinputs = _empty(mask.shape, FLOAT64)
        return None if _random.dropout_backward(dvalues, mask, dinputs) else dinputs
    except NoMatch:
        return None


def _as_floats(a):
    """The array in float64, where that is what its product with a mask is computed in."""
    plain = a.dtype in (FLOAT32, FLOAT64) or a.dtype.itemsize > 8
    return a if plain else np.asarray(a, FLOAT64, order="K")
