"""Dense layers, one by one: their products, by own tiles or by BLAS, forwards and back."""

import numpy as np

from fastnn.compile import numpy_blas
from fastnn.engine.plan.gradients import bias_gradients, gradient_of, regularize
from fastnn.engine.plan.types import types_in
from fastnn.engine.program import Unfit, shared
from fastnn.kernels import instructions_blas as by_blas
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels import instructions_thin as thin
from fastnn.kernels.blas import blas_work_size
from fastnn.kernels.columns import WIDE, part_sizes
from fastnn.kernels.packing import SHORT, rows_sizes
from fastnn.kernels.training import AFTER, BEFORE, BLOCK
from fastnn.support import blas, numerics, proofs, room
from fastnn.support.proofs import DINPUTS, DWEIGHTS, FORWARD


class InParts(Unfit):
    """Samples come in blocks, and NumPy's product of all is wanted."""


def dense_forward(plan, layer, x, relu=None):
    """inputs @ weights + biases, and the ReLU behind it where one is given."""
    I, O = shape(layer, x.width)
    if is_by_blas(plan, layer, FORWARD, x):
        return forward_by_blas(plan, layer, x, relu)
    types = types_in(layer, x.dtype, layer.weights.dtype)
    packed, work, (o_step, k_step) = pack(plan, layer, types.sums, False)
    y = plan.output_of(relu or layer, O, np.result_type(types.product, layer.biases.dtype))
    plan.emit(BLOCK, dense.dense_forward, x, packed, shared(layer.biases), work, y,
               I=I, O=O, o_step=o_step, k_step=k_step, relu=relu is not None,
               turned=False)
    return y


def pack(plan, layer, sums, transposed):
    """The weights or their transpose as products want them, scratch, and the steps of both."""
    I, O = layer.weights.shape
    k, o = (O, I) if transposed else (I, O)
    lanes = 64 // sums.itemsize
    panel = lanes if o <= lanes else 2 * lanes
    size, work_size = rows_sizes(k, o, lanes)
    work = plan.work(work_size, sums, "work")
    if layer.weights.dtype == sums and not transposed and k > SHORT and o % (2 * lanes) == 0:
        return shared(layer.weights), work, (1, o)  # they lie in whole panels already
    packed = shared(plan.memory.get((id(layer), transposed, sums), size, sums))
    plan.emit(BEFORE, dense.pack_weights, shared(layer.weights), packed,
               I=I, O=O, transposed=transposed)
    return packed, work, (k, panel)


def is_by_blas(plan, layer, product, left, right=None):
    """Whether a product of a layer (see `proofs.py`) is NumPy's own BLAS's: where its digits must
    be NumPy's and are not shown to be ours, too, and where BLAS is quicker.

    left, right: its operands; None for the weights.
    """
    kind, (I, O) = layer.weights.dtype, layer.weights.shape
    other = kind if right is None else right.dtype
    types = types_in(layer, left.dtype, other)
    if left.dtype == other == kind == types.sums == types.product and (
            plan.rows * I * O >= _large()):
        return numpy_blas.IS_NUMPYS or not numerics.is_fast()
    if numerics.is_fast():
        return False
    kinds = left.dtype, other, *types
    answers = [proofs.holds(product, ((rows, I), (I, O)), kinds, plan.often, "x" * left.columns)
               for rows in plan.counts]
    if plan.often and None in answers:  # nothing runs before it can be tried
        plan.awaited += proofs.awaited(product, kinds)
        return False
    proved = all(answers)
    if left.columns and not proved:
        raise Unfit("X lies column by column, and NumPy sums its products otherwise; "
                    "np.ascontiguousarray(X) does not")
    return not proved


def forward_by_blas(plan, layer, x, relu):
    """The same by BLAS."""
    I, O = shape(layer, x.width)
    types = types_in(layer, x.dtype, layer.weights.dtype)
    y = plan.output_of(relu or layer, O, np.result_type(types.product, layer.biases.dtype))
    weights = matrix(plan, layer, types.sums, False)
    plan.emit(BLOCK, by_blas.blas_forward, x, weights, shared(layer.biases),
              _work(plan, layer, types, x, y), y, I=I, O=O, relu=relu is not None)
    return y


def _work(plan, layer, types, *operands):
    """Scratch for BLAS's products: for what is of another type than the sums."""
    if plan.block < plan.rows:  # a part's digits are not the whole's
        raise InParts(f"{layer!r} is computed in parts")
    one = all(operand.dtype == types.sums == types.product for operand in operands)
    return plan.work(1 if one else blas_work_size(plan.block, *layer.weights.shape), types.sums,
                     "blas")


def matrix(plan, layer, dtype, transposed):
    """The layer's weights, or their transpose, in this type, made anew before each step."""
    I, O = layer.weights.shape
    if layer.weights.dtype == dtype and not transposed:
        return shared(layer.weights)
    made = shared(plan.memory.get((id(layer), "matrix", transposed), I * O, dtype))
    rows, columns = (O, I) if transposed else (I, O)
    plan.emit(BEFORE, thin.copy_matrix, shared(layer.weights), made,
               inner=rows, width=columns, transposed=transposed, summed=False)
    return made


def dense_backward(plan, layer, x, y, slope, needed):
    """The gradients of weights and biases, and of the inputs where they are needed."""
    I, O = layer.weights.shape
    types = types_in(layer, x.dtype, slope.dtype)
    # In the fast lane BLAS is for what is of one type.
    alike = x.dtype == slope.dtype or not numerics.is_fast()
    if alike and is_by_blas(plan, layer, DWEIGHTS, x, slope):
        dweights = shared(gradient_of(plan, layer, "dweights", (I, O), types.product))
        plan.emit(BLOCK, by_blas.blas_dweights, x, slope, _work(plan, layer, types, x, slope),
                  dweights, I=I, O=O)
    else:
        dweights = dense_gradients(plan, layer, x, slope, types)
    regularize(plan, layer, dweights, bias_gradients(plan, layer, slope, O))
    if not (needed or plan.keep):
        return None
    types = types_in(layer, slope.dtype, layer.weights.dtype)
    dinputs = plan.slope(I, types.product)
    if alike and is_by_blas(plan, layer, DINPUTS, slope):
        plan.emit(BLOCK, by_blas.blas_dinputs, slope, matrix(plan, layer, types.sums, False),
                  _work(plan, layer, types, slope), dinputs, I=I, O=O)
        return dinputs
    packed, work, (o_step, k_step) = pack(plan, layer, types.sums, True)
    nothing = shared(room.full((I,), -0.0, layer.weights.dtype))
    plan.emit(BLOCK, dense.dense_forward, slope, packed, nothing, work, dinputs,
               I=O, O=I, o_step=o_step, k_step=k_step, relu=False,
               turned=True)
    return dinputs


def dense_gradients(plan, layer, x, slope, types):
    """The gradient of the weights, by own tiles."""
    I, O = layer.weights.shape
    work_size, sums_size = part_sizes(plan.block, I, O)
    sums = plan.sums((id(layer), "sums"), sums_size, types.sums)
    # What runs on from block to block, where a sum is made of several runs of terms.
    part = plan.private(sums_size, types.sums, (id(layer), "part"))
    work = plan.work(work_size, types.sums, "work")
    plan.emit(BLOCK, dense.dense_gradients, x, slope, sums, part, work, I=I, O=O)
    in_rows = O % (128 // types.sums.itemsize) == 0 and (O >= I or O >= WIDE)
    if in_rows and types.sums == types.product and not plan.keep and numerics.is_fast():
        return shared(sums.array[:I * O].reshape(I, O))  # the sums are the gradient as it is
    dweights = shared(gradient_of(plan, layer, "dweights", (I, O), types.product))
    plan.emit(AFTER, dense.dense_dweights, sums, dweights, I=I, O=O)
    return dweights


def shape(layer, width):
    """(I, O) of a layer that meets inputs of this width."""
    if len(layer.weights) != width:
        raise Unfit(f"{layer!r} meets inputs of {width} columns")
    return layer.weights.shape


def _large():
    """Multiply-adds from which a product is left to BLAS.

    In one thread the own tiles are as fast up to (256, 512) by (512, 512), 125 against 91 GFLOP/s,
    and slower at 1024, 65 against 117. In two threads BLAS is ahead from 256 cubed on, 129 to 80,
    and behind at 128 cubed, 70 to 78.
    """
    return 8_000_000 if blas.threads() > 1 else 100_000_000
