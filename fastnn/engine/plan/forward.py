"""The first part of a step: through the layers, from the samples to the outputs.

What nobody reads is not computed.
"""

from fastnn.engine.plan.dense import dense_forward
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.plan.thin import (
    before_relu,
    has_few_inputs,
    is_thin,
    is_through,
    thin_forward,
    thin_through,
)
from fastnn.kernels.packing import NARROW, SHORT


def forward(plan, x):
    """Through all layers; the Operand of the last one's output."""
    while len(plan.outputs) < len(plan.parts.layers):
        plan.is_for(plan.parts.layers[len(plan.outputs)], "forward")
        for y in next_outputs(plan, len(plan.outputs), x):
            layer = plan.parts.layers[len(plan.outputs)]
            plan.inputs.append(x)
            plan.bind(layer, "inputs", x)
            x = y
            plan.outputs.append(x)
            plan.bind(layer, "output", x)
    return x


def next_outputs(plan, n, x):
    """The outputs of layer n and of those that are done in one pass with it."""
    layer, *behind = plan.parts.layers[n:n + 3]
    if is_through(plan, n, x):
        return thin_through(plan, layer, x, behind[1])
    if is_thin(plan, n, x):
        return [thin_forward(plan, layer, x, behind[0])] * 2
    if before_relu(plan, n) and x.width > SHORT and layer.weights.shape[1] > NARROW:
        return [dense_forward(plan, layer, x, behind[0])] * 2
    if has_few_inputs(plan, n, x):
        return [thin_forward(plan, layer, x)]
    return [rule_of(layer).forward(plan, layer, x)]
