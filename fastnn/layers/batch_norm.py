"""Batch normalization: the class, and how a step of a training program goes through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.compile.jit import NoMatch
from fastnn.kernels import batch_norm as _kernels
from fastnn.kernels.training import BLOCK
from fastnn.registry import LayerRule, Parameter, register
from fastnn.support import arrays, checks, reprs, rules
from fastnn.support.buffers import empty as _empty

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import ArrayLike

_array = np.ndarray


def _forward(plan: Any, layer: Any, x: Any) -> Any:
    if x.dtype != layer.weights.dtype:
        plan.refuse(f"{layer!r} has weights of {layer.weights.dtype} and meets inputs of {x.dtype}")
    running = [plan.shared(layer, f"running_{name}", x.width) for name in ("mean", "variance")]
    scales = [plan.shared(layer, name, x.width) for name in ("weights", "biases")]
    normalized, y = plan.new(x.width, x.dtype), plan.output_of(layer, x.width, x.dtype)
    if plan.training:
        deviation, work = plan.row(layer, "deviation", x), plan.work(plan.block * x.width, x.dtype)
        numbers = plan.constants(layer.epsilon, layer.momentum)
        plan.emit(BLOCK, _kernels.normalize, x, numbers, *running, work, normalized, deviation,
                  width=x.width)
        plan.bind(layer, "normalized", normalized)
        plan.masks[id(layer)] = normalized, deviation
    else:
        plan.emit(BLOCK, _kernels.normalize_by_running, x, plan.number(layer.epsilon), *running,
                  normalized, width=x.width)
    plan.emit(BLOCK, _kernels.scale, normalized, *scales, y, width=x.width)
    return y


def _backward(plan: Any, layer: Any, x: Any, y: Any, slope: Any, needed: Any) -> Any:
    if slope.dtype != x.dtype:
        plan.refuse(f"{layer!r} has inputs of {x.dtype} and meets gradients of {slope.dtype}")
    normalized, deviation = plan.masks[id(layer)]
    gradients = [plan.row(layer, name, x) for name in ("dweights", "dbiases")]
    out = plan.slope(x.width, x.dtype)
    weights = plan.shared(layer, "weights", x.width)
    plan.emit(BLOCK, _kernels.normalize_backward, slope, normalized, weights, deviation,
              plan.work(2 * x.width, x.dtype), *gradients, out, width=x.width)
    plan.gradients[id(layer)] = gradients
    return out


@register("layer", compiled=LayerRule(_forward, _backward, whole=True),
          parameters=(Parameter("weights", "weight"), Parameter("biases", "bias")),
          settings={"momentum": rules.SHARE, "epsilon": rules.ANY},
          options={"trainable": rules.answer}, columns=("running_mean", "running_variance"),
          passing=("normalized", "deviation"))
class Layer_BatchNorm(reference.Layer_BatchNorm):
    """Batch normalization of each column.

        normalized = (inputs - mean) / deviation;  output = weights * normalized + biases
        mean, deviation = sqrt(variance + epsilon) : of the batch while training, else the running
        running = momentum * running + (1 - momentum) * of the batch, the variance unbiased

    Parameters
    ----------
    n_inputs : int
        O, the columns.
    momentum : float in [0, 1], keyword only, default 0.9
        Share that the running mean and variance keep at each step.
    epsilon : float, keyword only, default 1e-5

    Attributes
    ----------
    weights, biases (1, O)                      gamma and beta: an optimizer changes them
    running_mean, running_variance (1, O)       changed in place at each training step
    inputs, normalized, output (N, O), deviation (1, O)      after forward with training
    dweights, dbiases (1, O), dinputs (N, O)                 after backward

    A batch of one sample has the variance 0. `get_parameters` gives weights and biases alone.
    Source: Ioffe and Szegedy 2015.  Differs: not in the book.
    """

    def __init__(self, n_inputs: int, *, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        who = type(self).__name__
        checks.whole(n_inputs, who, "n_inputs")
        checks.number(momentum, who, "momentum", 0, 1)
        checks.number(epsilon, who, "epsilon", 0)
        super().__init__(n_inputs, momentum=momentum, epsilon=epsilon)

    __repr__ = reprs.constructed

    @property
    def n_inputs(self) -> int:
        """O, the columns."""
        return self.weights.shape[1]

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output` (N, O); with `training` the running mean and variance too."""
        if training and self._compute(inputs):
            return
        who = f"{self!r}.forward"
        width = self._checked(who, training)
        made = checks.batch(inputs, who, "inputs", width, ". Check n_inputs.")
        # Columns that lie together are summed in another order.
        if training and made.flags.c_contiguous and self._compute(arrays.tidy(made)):
            self.inputs = arrays.kept(inputs, made)
            return
        with checks.unchanged_on_error(self):
            super().forward(made, training)
        self.inputs = arrays.kept(inputs, made)

    def _checked(self, who: str, training: bool) -> int:
        """O, after a look at all that is held."""
        shape = np.shape(checks.own_array(self, "weights", who, "biuf"))
        if len(shape) != 2 or shape[0] != 1 or not shape[1]:
            raise ValueError(f"{who}: weights must be (1, O), got {shape}")
        for name in ("biases", "running_mean", "running_variance"):
            checks.like(checks.own_array(self, name, who, "biuf"), shape, who, name, "the weights")
            if training and name != "biases":
                checks.changeable(self, name, who)
        checks.scalar(self, "momentum", who, 0, 1)
        checks.scalar(self, "epsilon", who)
        return shape[1]

    def _compute(self, inputs: Any) -> bool:
        """Forward by the kernel, while training; whether it took these."""
        try:
            held = [inputs, self.running_mean, self.running_variance, self.weights, self.biases]
        except AttributeError:
            return False
        if not all(type(one) is _array for one in held) or not (
                type(self.epsilon) is type(self.momentum) is float):
            return False
        try:
            normalized, output = (_empty(inputs.shape, inputs.dtype) for _ in range(2))
            deviation = np.empty(self.weights.shape, inputs.dtype)
            if _kernels.batch_norm_forward(inputs, self.epsilon, self.momentum, *held[1:],
                                           normalized, deviation, output):
                return False
        except NoMatch:
            return False
        self.inputs, self.normalized, self.deviation, self.output = (
            inputs, normalized, deviation, output)
        return True

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dweights`, `dbiases` and `dinputs` from dvalues (N, O)."""
        who = f"{self!r}.backward"
        normalized = checks.before(self, "normalized", who, "forward with training")
        if self._slope(dvalues, normalized):
            return
        dvalues = checks.like(dvalues, np.shape(normalized), who, "dvalues", "the output")
        self._checked(who, False)
        if not (dvalues.flags.c_contiguous and self._slope(arrays.tidy(dvalues), normalized)):
            with checks.unchanged_on_error(self):
                super().backward(dvalues)

    def _slope(self, dvalues: Any, normalized: Any) -> bool:
        """Backward by the kernel; whether it took these."""
        held = [dvalues, normalized, self.weights, self.deviation]
        if not all(type(one) is _array for one in held):
            return False
        try:
            row = self.weights.shape
            dweights, dbiases = np.empty(row, dvalues.dtype), np.empty(row, dvalues.dtype)
            dinputs = _empty(dvalues.shape, dvalues.dtype)
            if _kernels.batch_norm_backward(*held, _empty((2, row[1]), dvalues.dtype),
                                            dweights, dbiases, dinputs):
                return False
        except (NoMatch, IndexError):
            return False
        self.dweights, self.dbiases, self.dinputs = dweights, dbiases, dinputs
        return True
