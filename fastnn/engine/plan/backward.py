"""The third part of a step: from the loss back to the gradients of all parameters."""

import numpy as np

from fastnn.engine.kinds import compiled_of
from fastnn.engine.parts import parameters_of
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.plan.thin import (
    before_relu,
    is_thin_backward,
    is_thin_first,
    is_thin_last,
    relu_and_bias_backward,
    sums_columns,
    thin_backward,
    thin_first,
    thin_last,
)
from fastnn.engine.program import Unfit
from fastnn.kernels import instructions_losses as loss_steps
from fastnn.kernels.training import BLOCK
from fastnn.losses.formula import Pointwise
from fastnn.support.numerics import FLOAT32, FLOAT64


def backward(plan, x):
    """From the loss back through the layers, as far as there are parameters."""
    parts = plan.parts
    chain = list(zip(parts.layers, plan.inputs, plan.outputs))
    loss = parts.loss if parts.combined is None else parts.combined
    plan.is_for(loss, "backward")
    slope = loss_slope(plan, loss, x)
    plan.bind(loss, "dinputs", slope)
    if parts.combined is not None and not parts.fused_softmax:
        softmax, _, _ = chain.pop()
        plan.bind(softmax, "dinputs", slope)
    first = next(n for n, layer in enumerate(parts.layers) if parameters_of(layer))
    passed = None
    for n in reversed(range(len(chain))):
        if n < first and not plan.keep:
            break
        plan.is_for(chain[n][0], "backward")
        if is_thin_backward(plan, n, slope):
            thin_backward(plan, slope)
            break
        if is_thin_first(plan, n, slope):
            thin_first(plan, n, slope)
            break
        if is_thin_last(plan, n, slope):
            slope = thin_last(plan, n, slope)
            if n > 1 and before_relu(plan, n - 2):
                passed = n - 1  # the ReLU's gradient is there
            continue
        layer, inputs, output = chain[n]
        if n == passed:
            continue
        if n > 0 and before_relu(plan, n - 1) and sums_columns(inputs, slope):
            found = relu_and_bias_backward(plan, chain[n - 1][0], output, slope)
        else:
            found = rule_of(layer).backward(plan, layer, inputs, output, slope, n > first)
        if found is not None:
            slope = found
            plan.bind(layer, "dinputs", slope)


def loss_slope(plan, loss, x):
    """The gradient of the loss, or of the softmax and the loss in one."""
    y, made = plan.y, compiled_of(loss, "loss")
    if isinstance(made, Pointwise):
        made = made.backward
        if y.labels_only:
            raise Unfit(f"{type(loss).__name__} meets class indices")
        slope = plan.slope(x.width, y.values.dtype)
        plan.emit(BLOCK, made.instruction, x, y.values, *plan.options(loss, made), slope,
                   width=x.width)
    elif made == "softmax and categorical":
        slope = plan.slope(x.width, x.dtype)
        plan.emit(BLOCK, loss_steps.combined_slope, x, y.labels, slope, width=x.width)
    elif made != "categorical":
        raise Unfit(f"{type(loss).__name__} is not compiled")
    elif y.labels_only:
        onehot = np.eye(1).dtype
        slope = plan.slope(x.width, x.dtype if onehot == FLOAT32 else FLOAT64)
        plan.emit(BLOCK, loss_steps.categorical_slope_sparse, x, y.labels, slope,
                   width=x.width)
    else:
        slope = plan.slope(x.width, y.values.dtype)
        plan.emit(BLOCK, loss_steps.categorical_slope_onehot, x, y.values, slope,
                   width=x.width)
    return slope
