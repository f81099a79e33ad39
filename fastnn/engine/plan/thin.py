"""Several layers in one pass, where nobody asks what is between them, or one that is thin.

Each is an instruction of `instructions_thin.py`. Where a layer and its ReLU are one pass, so are
their arrays: the ReLU's output, whose zeros say as well as its inputs where the gradient stops.
"""

import numpy as np

from fastnn.compile.sums_order import is_small, terms_of
from fastnn.engine.parts import first_dense, is_dense, is_relu
from fastnn.engine.plan.dense import is_by_blas, matrix, pack, shape
from fastnn.engine.plan.gradients import bias_gradients, gradient_of, gradient_sums, regularize
from fastnn.engine.plan.types import types_in
from fastnn.engine.program import Unfit, shared
from fastnn.kernels import instructions_thin as thin
from fastnn.kernels.instructions_thin import EIGHT, LANES, MOST
from fastnn.kernels.training import AFTER, BLOCK
from fastnn.support import numerics
from fastnn.support.proofs import DINPUTS, DWEIGHTS, FORWARD


def before_relu(plan, n):
    """Whether layers n and n + 1 are dense and ReLU, and nobody asks what is between them."""
    pair = plan.parts.layers[n:n + 2]
    return (not plan.keep and len(pair) == 2 and is_dense(pair[0])
            and is_relu(pair[1]))


def is_thin(plan, n, x):
    """Whether layers n and n + 1 are a dense layer of few inputs and its ReLU."""
    return before_relu(plan, n) and has_few_inputs(plan, n, x)


def has_few_inputs(plan, n, x):
    """Whether layer n is a dense layer of few inputs x, and of whole vectors of outputs."""
    layer = plan.parts.layers[n]
    # One row NumPy takes for a vector, whose product has another order.
    return (not plan.keep and is_dense(layer) and x.width <= MOST
            and (min(plan.counts) > 1 or numerics.is_fast())
            and not is_by_blas(plan, layer, FORWARD, x)
            and layer.weights.shape[1] % LANES == 0
            and (x.dtype == layer.weights.dtype or numerics.follows_book()))


def thin_forward(plan, layer, x, relu=None):
    """A dense layer of few inputs, and its ReLU where one is given."""
    I, W = shape(layer, x.width)
    types = types_in(layer, x.dtype, layer.weights.dtype)
    weights = matrix(plan, layer, types.sums, False)
    hidden = plan.output_of(relu or layer, W, np.result_type(types.product, layer.biases.dtype))
    work = plan.work(2 * plan.block * MOST, types.sums, "thin")
    plan.emit(BLOCK, thin.thin_forward, x, weights, shared(layer.biases), work, hidden,
               inner=I, width=W, relu=relu is not None)
    return hidden


def is_through(plan, n, x):
    """Whether layer n + 2 is a dense layer of few outputs, behind a thin one and its ReLU."""
    behind = plan.parts.layers[n + 2:n + 3]
    if not (is_thin(plan, n, x) and behind and is_dense(behind[0])):
        return False
    O, parts = behind[0].weights.shape[1], _has_parts(plan, behind[0])
    return (O <= MOST and parts is not None and (parts or O > 1 and _sums_size(plan) == 8)
            and not is_by_blas(plan, behind[0], FORWARD,
                               x._replace(dtype=behind[0].weights.dtype, columns=False)))


def _has_parts(plan, layer):
    """Whether sums over the inputs of this layer of few outputs end in parts (`thin_through`); None
    where those of one batch do, and those of another do not.
    """
    itemsize = _sums_size(plan)
    enough = len(layer.weights) > 2 * 64 // itemsize  # as in `packing.is_narrow`
    found = {enough and is_small(rows * layer.weights.size, itemsize) for rows in plan.counts}
    return found.pop() if len(found) == 1 else None


def thin_through(plan, layer, x, second):
    """The same, and the dense layer of few outputs behind them."""
    I, W = shape(layer, x.width)
    _, O = shape(second, W)
    types = types_in(layer, x.dtype, layer.weights.dtype)
    dtype = np.result_type(types.product, layer.biases.dtype)
    sums = types_in(second, dtype, second.weights.dtype)
    if sums.sums != types.sums:
        raise Unfit(f"{layer!r} and {second!r} have weights of two types")
    weights = matrix(plan, layer, types.sums, False)
    if _has_parts(plan, second):
        instruction, more = thin.thin_through, 3
        behind, _, _ = pack(plan, second, types.sums, False)
        plan.behind[id(second)] = behind
    else:
        instruction, more = thin.thin_through_rows, EIGHT - 1
        behind = matrix(plan, second, types.sums, False)
    room = plan.block + more
    hidden = plan.private(room * W, dtype)._replace(width=W)
    work = plan.work((room + 2 * EIGHT) * MOST, types.sums, "through")
    y = plan.output_of(second, O, np.result_type(sums.product, second.biases.dtype))
    plan.emit(BLOCK, instruction, x, weights, shared(layer.biases), behind, shared(second.biases),
              work, hidden, y, inner=I, width=W, outer=O)
    return [hidden, hidden, y]


def sums_columns(x, slope):
    """Whether the ReLU's gradient and the sums of its columns can be one pass."""
    return x.width % LANES == 0 and x.dtype == slope.dtype


def relu_and_bias_backward(plan, layer, hidden, slope):
    """The gradient of the ReLU behind a dense layer, and of the layer's biases."""
    out = plan.slope(slope.width, slope.dtype)
    dbiases = gradient_sums(plan, layer, slope.width, slope.dtype)
    plan.emit(BLOCK, thin.relu_and_bias_backward, hidden, slope, out, dbiases,
               width=slope.width)
    plan.summed[id(layer)] = dbiases
    return out


def is_thin_backward(plan, n, slope):
    """Whether layers n - 2 to n are thin, ReLU, dense of few outputs, and the chain's first."""
    chain = plan.parts.layers
    if n != 2 or not is_dense(chain[2]) or not is_thin(plan,
            0, plan.inputs[0]):
        return False
    first, behind = plan.inputs[0], plan.inputs[2]
    if (is_by_blas(plan, chain[0], DWEIGHTS, first, behind)
            or is_by_blas(plan, chain[2], DWEIGHTS, behind, slope)
            or is_by_blas(plan, chain[2], DINPUTS, slope)):
        return False
    W, O = chain[2].weights.shape
    I = plan.inputs[0].width
    return (O <= MOST and has_runs(O) and has_runs(I)
            and _runs(plan, W * O) == _runs(plan, W * I))  # one pass has the same runs of both


def has_runs(thin):
    """Whether a product over samples with so thin a side is summed in runs: where digits count, not
    that of a single column.
    """
    return numerics.is_fast() or thin > 1


def _runs(plan, elements):
    """Terms in the first run of a product over samples with so many elements, of each batch."""
    return [terms_of(rows, rows * elements, _sums_size(plan)) for rows in plan.counts]


def _sums_size(plan):
    """Bytes of a number in the type of the sums."""
    return 8 if numerics.follows_book() else first_dense(plan.parts).weights.itemsize


def is_thin_first(plan, n, slope):
    """Whether layer n is a thin first layer, or its ReLU, and of the type of its gradient."""
    if n > 1 or not has_few_inputs(plan, 0, plan.inputs[0]) or n == 1 and not before_relu(plan, 0):
        return False
    if id(plan.parts.layers[0]) in plan.summed or is_by_blas(
            plan, plan.parts.layers[0], DWEIGHTS, plan.inputs[0], slope):
        return False
    return (slope.dtype == plan.outputs[n].dtype
            and has_runs(len(plan.parts.layers[0].weights)))


def thin_first(plan, n, slope):
    """The gradients of a thin first layer, from that of its output, or of its ReLU's."""
    layer, x, hidden = plan.parts.layers[0], plan.inputs[0], plan.outputs[1] if n else slope
    I, W = layer.weights.shape
    types = types_in(layer, x.dtype, slope.dtype)
    plan.is_for(layer, "backward")
    sums = plan.sums((id(layer), "sums"), 2 * I * W, types.sums)  # of all runs, and of one
    work = plan.work(2 * plan.block * MOST, types.sums, "thin")
    biases = gradient_sums(plan, layer, W, slope.dtype)
    plan.emit(BLOCK, thin.thin_first, hidden, slope, x, work, biases, sums, inner=I, width=W,
               relu=n == 1)
    dweights = gradient_of(plan, layer, "dweights", (I, W), types.product)
    plan.emit(AFTER, thin.copy_matrix, sums, shared(dweights), inner=I, width=W,
               transposed=False, summed=True)
    regularize(plan, layer, shared(dweights), biases)


def thin_backward(plan, slope):
    """The gradients of a thin layer and of the one of few outputs behind its ReLU."""
    first, _, second = plan.parts.layers[:3]
    (W, O), I, hidden = second.weights.shape, len(first.weights), plan.outputs[1]
    types = types_in(second, slope.dtype, hidden.dtype)
    weights = plan.behind.get(id(second)) or matrix(plan, second, types.sums, True)
    sums = [plan.sums((id(layer), "sums"), 2 * layer.weights.size, types.sums)
            for layer in (second, first)]
    work = plan.work(2 * plan.block * MOST, types.sums, "thin")
    second_biases = bias_gradients(plan, second, slope, O)
    first_biases = gradient_sums(plan, first, W, types.product)
    plan.emit(BLOCK, thin.thin_backward, hidden, slope, weights, plan.inputs[0], work,
               sums[0], first_biases, sums[1], inner=I, width=W, outer=O)
    for layer, total, biases, transposed in ((second, sums[0], second_biases, True),
                                             (first, sums[1], first_biases, False)):
        plan.is_for(layer, "backward")
        dweights = gradient_of(plan, layer, "dweights", layer.weights.shape, types.product)
        inner, width = layer.weights.shape
        plan.emit(AFTER, thin.copy_matrix, total, shared(dweights), inner=inner, width=width,
                   transposed=transposed, summed=True)
        regularize(plan, layer, shared(dweights), biases)


def is_thin_last(plan, n, slope):
    """Whether layer n is dense, of few outputs, and not the first."""
    layer = plan.parts.layers[n]
    if n < 1 or plan.keep or not is_dense(layer) or is_by_blas(
            plan, layer, DWEIGHTS, plan.inputs[n], slope) or is_by_blas(
            plan, layer, DINPUTS, slope):
        return False
    W, O = layer.weights.shape
    return (O <= MOST and W % LANES == 0 and has_runs(O)
            and slope.dtype == plan.inputs[n].dtype == layer.weights.dtype)


def thin_last(plan, n, slope):
    """The gradients of layer n, and what it passes on, or the ReLU between it and a dense layer."""
    layer, hidden, relu = plan.parts.layers[n], plan.inputs[n], n > 1 and before_relu(plan, n - 2)
    W, O = layer.weights.shape
    types = types_in(layer, slope.dtype, hidden.dtype)
    weights = matrix(plan, layer, types.sums, True)
    sums = plan.sums((id(layer), "sums"), 2 * W * O, types.sums)
    work = plan.work(2 * plan.block * MOST, types.sums, "thin")
    biases = bias_gradients(plan, layer, slope, O)
    if relu:
        before = plan.parts.layers[n - 2]
        columns = plan.summed[id(before)] = gradient_sums(plan, before, W, types.product)
    else:  # nobody wants them
        columns = plan.work(W, types.product, "columns")
    passed = plan.slope(W, types.product)
    plan.emit(BLOCK, thin.thin_last, hidden, slope, weights, work, sums, columns, passed, width=W,
               outer=O, relu=relu)
    dweights = gradient_of(plan, layer, "dweights", (W, O), types.product)
    plan.emit(AFTER, thin.copy_matrix, sums, shared(dweights), inner=W, width=O,
               transposed=True, summed=True)
    regularize(plan, layer, shared(dweights), biases)
    return passed
