"""The gradients of parameters: where they are, and what is added to them."""

from fastnn.engine.parts import parameters_of, strengths_of
from fastnn.engine.plan.plan import Binding
from fastnn.engine.program import shared
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels.training import AFTER, BLOCK
from fastnn.support import room


def bias_gradients(plan, layer, slope, O):
    """The gradient of the biases: the sums of the columns."""
    if id(layer) in plan.summed:
        return plan.summed[id(layer)]
    if O == 1:
        dbiases = shared(gradient_of(plan, layer, "dbiases", (1, O), slope.dtype))
        plan.emit(AFTER, dense.bias_gradient, slope, dbiases)
    else:
        dbiases = gradient_sums(plan, layer, O, slope.dtype)
        plan.emit(BLOCK, dense.bias_gradients, slope, dbiases, O=O)
    return dbiases


def regularize(plan, layer, dweights, dbiases):
    """Add the slopes of the penalties; and remember the gradients for the update."""
    plan.gradients[id(layer)] = dweights, dbiases
    for parameter, gradient in zip(parameters_of(layer), (dweights, dbiases)):
        strengths = strengths_of(layer, parameter)
        if any(strength > 0 for strength in strengths):
            values = vars(layer)[parameter.name]
            plan.emit(AFTER, dense.dense_penalty, shared(values), gradient,
                      shared(room.numbers(strengths)), size=values.size)


def gradient_sums(plan, layer, width, dtype):
    """Room for the gradient of biases, which is a sum over the blocks."""
    if plan.keep:
        return shared(gradient_of(plan, layer, "dbiases", (1, width), dtype))
    return plan.sums((id(layer), "dbiases"), width, dtype)


def gradient_of(plan, layer, name, shape, dtype):
    """Room for a gradient, which is the layer's own where arrays are kept."""
    if not plan.keep:
        return plan.memory.get((id(layer), name), shape[0] * shape[1], dtype).reshape(shape)
    array = plan.result(shape, dtype)
    plan.bindings.append(Binding(layer, name, array))
    return array
