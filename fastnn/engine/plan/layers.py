"""How a step goes through each kind of layer: its rule, forwards and back.

What a class says of itself (`registry.Entry.compiled`) is a rule, a pair of functions, or one of
the words below; for anything else a layer is not compiled, and never another's rule is taken.
"""

from functools import partial

import numpy as np

from fastnn.activations.formula import Elementwise
from fastnn.engine.kinds import compiled_of
from fastnn.engine.plan.dense import dense_backward, dense_forward
from fastnn.engine.plan.plan import Binding
from fastnn.engine.plan.types import is_native
from fastnn.engine.program import Unfit, shared
from fastnn.kernels import instructions_layers as pointwise
from fastnn.kernels.softmax import FEW, slope_work_size, softmax_work_size
from fastnn.kernels.training import BEFORE, BLOCK
from fastnn.layers.by_columns import OfColumns
from fastnn.layers.dropout import LEAST
from fastnn.registry import LayerRule
from fastnn.support import numerics
from fastnn.support.numerics import FLOAT32, FLOAT64


def rule_of(layer):
    """How a step goes through this layer. Unfit where nothing is known of that."""
    made = compiled_of(layer)
    if isinstance(made, Elementwise):
        return LayerRule(partial(elementwise_forward, made.forward),
                         partial(elementwise_backward, made.backward))
    if isinstance(made, OfColumns):
        return LayerRule(partial(columns_forward, made.forward),
                         partial(columns_backward, made.backward), whole=True)
    found = made if isinstance(made, LayerRule) else _RULES.get(made)
    if found is None:
        raise Unfit(f"{type(layer).__name__} is not compiled")
    return found


def elementwise_forward(made, plan, layer, x):
    """An activation that is a formula."""
    y = plan.output_of(layer, x.width, x.dtype)
    plan.emit(BLOCK, instruction_of(plan, made, x), x, *plan.options(layer, made), y, width=x.width)
    return y


def instruction_of(plan, made, *operands):
    """Of a formula, for these arrays: where digits may differ by rounding, the quicker one."""
    native = (made.native is not None and not plan.exact
              and all(is_native(x, x) for x in operands))
    return made.native if native and operands[0].dtype == FLOAT32 else made.instruction


def elementwise_backward(made, plan, layer, x, y, slope, needed):
    """Its gradient."""
    arrays = {"inputs": x, "output": y, "dvalues": slope}
    operands = [arrays[name] for name in made.arrays]
    out = plan.slope(x.width, slope.dtype)
    plan.emit(BLOCK, instruction_of(plan, made, *operands), *operands,
              *plan.options(layer, made), out, width=x.width)
    return out


def columns_forward(made, plan, layer, x):
    """A layer of columns."""
    if x.dtype != layer.weights.dtype:
        plan.refuse(f"{layer!r} has weights of {layer.weights.dtype} and meets inputs of {x.dtype}")
    known = {"output": plan.output_of(layer, x.width, x.dtype)}
    plan.masks[id(layer)] = columns(made, plan, layer, x, known)
    return known["output"]


def columns_backward(made, plan, layer, x, y, slope, needed):
    """The gradients of its parameters and inputs."""
    if slope.dtype != x.dtype:
        plan.refuse(f"{layer!r} has inputs of {x.dtype} and meets gradients of {slope.dtype}")
    known = {**plan.masks[id(layer)], "dinputs": plan.slope(x.width, x.dtype)}
    columns(made, plan, layer, slope, known)
    plan.gradients[id(layer)] = known["dweights"], known["dbiases"]
    return known["dinputs"]


def columns(made, plan, layer, x, known):
    """A function of columns; what it makes is `known` then, too, by name."""
    numbers = [plan.training if name == "training" else getattr(layer, name)
               for name in made.numbers]
    operands = [x, *([plan.constants(*numbers)] if numbers else [])]
    for name, mark, rows in made.arrays:
        if name not in known:
            whole = rows == "N"
            if mark == "~" or mark == ">" and not plan.training:
                known[name] = plan.work((plan.block if whole else int(rows)) * x.width, x.dtype)
            elif mark != ">":
                known[name] = plan.shared(layer, name, x.width)
            elif whole:
                known[name] = plan.new(x.width, x.dtype)
                plan.bind(layer, name, known[name])
            else:
                known[name] = plan.row(layer, name, x)
        operands.append(known[name])
    plan.emit(BLOCK, made.instruction, *operands, width=x.width)
    return known


def identity_forward(plan, layer, x):
    """The samples themselves."""
    return x


def identity_backward(plan, layer, x, y, slope, needed):
    """The identity passes its gradient on, and leaves a copy of it."""
    if plan.keep:
        copy = plan.result(slope.array.shape, slope.dtype)
        plan.copies.append((slope.array, copy))
        plan.bindings.append(Binding(layer, "dinputs", copy))
    return None


def softmax_forward(plan, layer, x):
    """Softmax as a layer."""
    y = plan.output_of(layer, x.width, x.dtype)
    softmax(plan, x, y)
    return y


def softmax(plan, x, y):
    """Softmax from one place to another."""
    if x.width < FEW:  # whatever the samples: a smaller batch compiles nothing else
        work = plan.work(softmax_work_size(plan.block, x.width), x.dtype)
        plan.emit(BLOCK, pointwise.softmax_forward_few, x, work, y, width=x.width)
    else:
        plan.emit(BLOCK, pointwise.softmax_forward_many, x, y, width=x.width)


def softmax_backward(plan, layer, x, y, slope, needed):
    """Through the Jacobian."""
    out = plan.slope(x.width, slope.dtype)
    common = np.result_type(x.dtype, slope.dtype)
    sums = FLOAT64 if numerics.follows_book() else common
    work = plan.work(slope_work_size(x.width), sums, "jacobian")
    plan.emit(BLOCK, pointwise.softmax_backward, y, slope, work, out, width=x.width,
              book=numerics.rounds(common))
    return out


def dropout_forward(plan, layer, x):
    """Dropout, by a mask from NumPy's own stream; without training nothing."""
    if not plan.training:
        return plan.copy_of(x) if plan.keep else x
    stream, keep = numerics.legacy_stream(), layer._share()
    if stream is None or not LEAST <= keep <= 1:
        raise Unfit("dropout does not draw from NumPy's own Mersenne Twister")
    mask, y = plan.new(x.width, FLOAT64, whole=True), plan.new(x.width, FLOAT64)
    miss, limit = layer._limits()
    plan.emit(BEFORE, pointwise.draw_mask, shared(stream[0]), plan.number(keep), mask,
              width=x.width, miss=miss, limit=limit)
    plan.emit(BLOCK, pointwise.dropout_forward, x, mask, y, width=x.width)
    plan.bind(layer, "binary_mask", mask)
    plan.masks[id(layer)] = mask
    return y


def dropout_backward(plan, layer, x, y, slope, needed):
    """What the mask lets through."""
    out = plan.slope(x.width, FLOAT64)
    plan.emit(BLOCK, pointwise.dropout_backward, slope, plan.masks[id(layer)], out, width=x.width)
    return out


_RULES = {"dense": LayerRule(dense_forward, dense_backward),
          "dropout": LayerRule(dropout_forward, dropout_backward, passes=True),
          "identity": LayerRule(identity_forward, identity_backward, passes=True),
          "softmax": LayerRule(softmax_forward, softmax_backward)}
