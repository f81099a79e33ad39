"""The dense layer as instructions of a training program (see `training.py`).

Each works on a block of samples. What a sum over samples needs between two blocks stays in `sums`,
in float64 for the book's precision: so the order of terms is that of the whole product.
"""

from fastnn.compile.jit import body, instruction
from fastnn.kernels.columns import columns_part, part_sizes, round_columns, sums_size
from fastnn.kernels.elements import get, put, wide_vectors
from fastnn.kernels.layers import add_columns
from fastnn.kernels.layers import penalty_backward as _penalty_backward
from fastnn.kernels.matmul import rows_product
from fastnn.kernels.packing import is_added, pack, rows_sizes
from fastnn.kernels.status import OK
from fastnn.kernels.sums import pairwise_sum
from fastnn.kernels.training import FIRST, OWN, ROWS, SPAN, TOTAL
from fastnn.kernels.views import carray

I, O, O_STEP, K_STEP, RELU, TURNED = range(OWN, OWN + 6)
TRANSPOSED = OWN + 4
_penalty = body(_penalty_backward)


def _packed(I, O, transposed, sizes):
    """Reach of weights, and of what `pack` makes of them."""
    k, o = (O, I) if transposed else (I, O)
    return I * O, rows_sizes(k, o, 64 // sizes[1])[0]


def _product(rows, I, O, sizes):
    """Reach of inputs, packed weights, biases, scratch and outputs."""
    packed, work = rows_sizes(I, O, 64 // sizes[1])
    return rows * I, packed, O, work, rows * O


def _gradients(rows, I, O):
    """Reach of inputs, dvalues, sums, part and scratch."""
    work, sums = part_sizes(rows, I, O)
    return rows * I, rows * O, sums, sums, work


@instruction("f4 f8", "f4 f4", "f8 f8",
             numbers="I O _ _ transposed", reach=_packed, writes="packed")
def pack_weights(weights, packed, d):
    """Lay weights (I, O), or their transpose, out as `rows_product` wants them."""
    pack(carray(weights, (d[I], d[O])), d[TRANSPOSED] != 0, d[TOTAL], carray(packed, 1))
    return OK


@instruction("f4 f8 f4 f8 f4", "f8 f8 f4 f8 f4", "f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8",
             "f8 f8 f4 f8 f8",
             numbers="I O o_step k_step relu turned", reach=_product, writes="work output",
             multiply_adds=lambda I, O: I * O)
def dense_forward(inputs, packed, biases, work, output, d):
    """output = inputs @ weights + biases, and max(0, ...) of that where d[RELU]

    RELU is for more than SHORT inputs and NARROW outputs; TURNED: packed from the transpose.
    Backwards it is dinputs = dvalues @ weights.T, with the transpose packed and biases of -0.0,
    which change nothing: one instruction less to compile (3 s).
    """
    wide_vectors()
    rows_product(carray(inputs, (d[ROWS], d[I])), (carray(packed, 1), d[O_STEP], d[K_STEP]),
                 carray(biases, (1, d[O])), (d[I], d[O], d[TOTAL]), (carray(work, 1), 0), d[RELU],
                 d[TURNED], carray(output, (d[ROWS], d[O])))
    return OK


@instruction("f4 f4 f8 f8 f8", "f8 f4 f8 f8 f8", "f4 f8 f8 f8 f8", "f8 f8 f8 f8 f8",
             "f4 f4 f4 f4 f4", numbers="I O", reach=_gradients, writes="sums part work",
             multiply_adds=lambda I, O: I * O)
def dense_gradients(inputs, dvalues, sums, part, work, d):
    """sums += inputs.T @ dvalues of this block; part: the same of the terms that run on."""
    wide_vectors()
    columns_part(carray(inputs, (d[ROWS], d[I])), carray(dvalues, (d[ROWS], d[O])), d[FIRST],
                 d[SPAN], carray(work, 1), carray(sums, 1), carray(part, 1))
    return OK


@instruction("f4 f4", "f8 f8", numbers="_ O", writes="dbiases",
             reach=lambda rows, O: (rows * O, O))
def bias_gradients(dvalues, dbiases, d):
    """dbiases += column sums of this block, row by row; the first block starts them."""
    N, columns = d[ROWS], d[O]
    a, sums = carray(dvalues, (N, columns)), carray(dbiases, (1, columns))
    if d[FIRST] == 0:
        for o in range(columns):
            put(sums, o, 0.0)  # as NumPy's do: of -0.0 alone a sum is 0.0
    add_columns(a, sums)
    return OK


@instruction("f4 f4", "f8 f8", writes="dbias", reach=lambda total: (total, 1))
def bias_gradient(dvalues, dbias, d):
    """dbias of a single neuron: NumPy adds one column pairwise, so all of it must be there."""
    column = carray(dvalues, d[TOTAL])
    carray(dbias, 1)[0] = column.dtype.type(0) + pairwise_sum(column, 0, d[TOTAL])
    return OK


@instruction("f4 f4", "f8 f8", numbers="size", writes="sums", reach=lambda size: (size, size))
def add_other(sums, others, d):
    """sums += others, those of the second half of the samples; of d[OWN] elements."""
    count = d[OWN]
    a, b = carray(sums, count), carray(others, count)
    for i in range(count):
        put(a, i, get(a, i) + get(b, i))
    return OK


@instruction("f8 f4", "f4 f4", "f8 f8", numbers="I O", writes="dweights",
             reach=lambda I, O, sizes: (sums_size(I, O, 64 // sizes[0]), I * O))
def dense_dweights(sums, dweights, d):
    """dweights = the sums of all blocks, rounded."""
    total = carray(sums, 1)
    round_columns(total, is_added(d[I], d[TOTAL], d[O], False, total),
                  carray(dweights, (d[I], d[O])))
    return OK


@instruction("f4 f4 f8", "f4 f8 f8", "f8 f8 f8", numbers="size", writes="gradient",
             reach=lambda size: (size, size, 2))
def dense_penalty(parameters, gradient, strengths, d):
    """gradient += the slope of l1 sum |p| + l2 sum p^2; strengths: l1, l2."""
    s = carray(strengths, 2)
    return _penalty(carray(parameters, d[OWN]), s[0], s[1], carray(gradient, d[OWN]))
