"""The fully connected layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.kernels.layers import penalty_backward
from fastnn.layers.products import as_product_takes, columns_of, product, slopes
from fastnn.registry import Parameter, register
from fastnn.support import arrays, checks, numerics, reprs, rules
from fastnn.support.hints import hinting
from fastnn.support.reprs import Method

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

_array = np.ndarray

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

    @hinting
    def __init__(self, n_inputs: int, n_neurons: int, weight_regularizer_l1: float = 0,
                 weight_regularizer_l2: float = 0, bias_regularizer_l1: float = 0,
                 bias_regularizer_l2: float = 0, *, weight_scale: float | None = None) -> None:
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

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output` = inputs @ weights + biases (N, O). `training` makes no difference."""
        output = product(inputs, self.weights, self.biases)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs  # type: ignore[assignment]  # an array by now
        self.output = output

    def _forward_carefully(self, given: Any) -> tuple[Array, Array]:
        """What to remember of the inputs, and the output."""
        plain = type(given) is _array and given.dtype.kind in "biuf"
        inputs = given if plain else checks.array(given, Method(self, "forward"), "inputs")
        remembered = arrays.kept(given, inputs)
        # The kernel first, here too: the checks take longer.
        columns = columns_of(self.weights, x=inputs)
        output = None if columns is None else product(
            arrays.tidy(as_product_takes(inputs, self.weights)), self.weights, self.biases, columns)
        if output is not None:
            return remembered, output
        who = Method(self, "forward")
        weights, biases = self._checked_parameters(who)
        if inputs.shape == weights.shape[:1]:  # one sample
            inputs = inputs.reshape(1, -1)
        inputs = checks.batch(inputs, who, "inputs", len(weights), ". Check n_inputs.")
        columns = columns_of(x=inputs, w=weights)
        output = None if columns is None else product(
            arrays.tidy(as_product_takes(inputs, weights)), arrays.tidy(weights),
            arrays.tidy(np.atleast_2d(biases)), columns)
        if output is None:
            output = numerics.dot(inputs, weights) + biases
        flat = remembered.ndim == biases.ndim == 1
        return remembered, output.reshape(-1) if flat else output

    def _checked_parameters(self, who: object) -> tuple[Array, Array]:
        weights = checks.array(self.weights, who, "weights")
        biases = checks.array(self.biases, who, "biases")
        if weights.ndim != 2 or 0 in weights.shape:
            raise ValueError(f"{who}: weights must be (I, O), got {weights.shape}")
        O = weights.shape[1]
        if biases.shape not in ((1, O), (O,)):
            raise ValueError(f"{who}: biases must be (1, {O}), got {biases.shape}")
        return weights, biases

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dweights`, `dbiases` (penalties included) and `dinputs` from dvalues (N, O)."""
        try:  # around this read alone; sooner done than getattr
            inputs: Any = self.inputs
        except AttributeError:
            inputs = None
        found = slopes(inputs, self.weights, dvalues)
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

    def _backward_carefully(self, dvalues: Any) -> Any:
        try:
            inputs = arrays.taken(getattr(self, "inputs", None))
        except arrays.NotTaken:
            found = None
        else:  # the kernel first, as there
            columns = columns_of(self.weights, dvalues, x=inputs)
            found = None if columns is None else slopes(
                arrays.tidy(as_product_takes(inputs, dvalues, self.weights)), self.weights, dvalues,
                columns)
        if found is not None:
            return found
        who = Method(self, "backward")
        inputs = checks.array(checks.before(self, "inputs", who, "forward"), who, "inputs")
        hint = ". One sample: call forward with inputs.reshape(1, -1)" * (inputs.ndim == 1)
        inputs = checks.batch(inputs, who, "inputs", hint=hint)
        weights, _ = self._checked_parameters(who)
        dvalues = checks.like(dvalues, (len(inputs), weights.shape[1]), who, "dvalues",
                              "the output")
        columns = columns_of(x=inputs, w=weights, d=dvalues)
        found = None if columns is None else slopes(
            arrays.tidy(as_product_takes(inputs, dvalues, weights)), arrays.tidy(weights),
            arrays.tidy(as_product_takes(dvalues, inputs, weights)), columns)
        # NumPy sums columns in the order in which they lie in memory, other numbers in pieces.
        flags = dvalues.flags
        alike = flags.c_contiguous and flags.aligned and dvalues.dtype.isnative
        if found and alike and dvalues.dtype == found[1].dtype:
            return found
        dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if found:
            return found[0], dbiases, found[2]
        return numerics.dot(inputs.T, dvalues), dbiases, numerics.dot(dvalues, weights.T)

    def _add_penalty(self, name: str, l1: Any, l2: Any, gradient: Any) -> None:
        """Add the slope of l1 * sum |p| + l2 * sum p^2 to the gradient, in place."""
        parameters = getattr(self, name)
        if type(parameters) is not _array:
            parameters = checks.array(parameters, Method(self, "backward"), name)
        if type(l1) in _PLAIN and type(l2) in _PLAIN:
            if not penalty_backward.refuses(arrays.tidy(parameters), l1, l2, gradient):
                return
        if l1 > 0:
            gradient += l1 * reference.sign_of_weight(parameters)
        if l2 > 0:
            gradient += 2 * l2 * parameters


# A Python number takes the type of the array it meets; a NumPy scalar does not.
_PLAIN = frozenset((int, float))
