"""Dense layers as instructions of a training program (see `training.py`), by NumPy's own BLAS.

For products that must have NumPy's digits where nobody has shown that our own tiles have them; and
for large ones, where BLAS is quicker. Each wants all samples of the batch at once: a call costs a
microsecond, and OpenBLAS packs both sides each time.

The weights come in the type of the sums (`copy_matrix` brings them there); what else is of another
is brought there in `work`, and the sums are rounded once.
"""

from fastnn.compile.jit import instruction
from fastnn.kernels.blas import dinputs_of, dweights_of, forward_of
from fastnn.kernels.status import OK
from fastnn.kernels.training import OWN, ROWS
from fastnn.kernels.views import carray

I, O, RELU = OWN, OWN + 1, OWN + 2


def _room(work, *parts):
    """Elements of scratch, whose numbers have `work` bytes: to the end of the last part that is
    used, which is one for an operand of another type.
    """
    end = used = 0
    for size, elements in parts:
        end += elements
        used = end if size != work else used
    return used


@instruction("f4 f8 f4 f8 f4", "f8 f8 f4 f8 f4", "f4 f4 f4 f4 f4", "f8 f8 f8 f8 f8",
             "f4 f8 f8 f8 f8",
             numbers="I O relu", writes="work output",
             reach=lambda rows, I, O, sizes: (
                 rows * I, I * O, O, _room(sizes[3], (sizes[0], rows * I), (sizes[4], rows * O)),
                 rows * O),
             multiply_adds=lambda I, O: I * O)
def blas_forward(inputs, weights, biases, work, output, d):
    """output = inputs @ weights + biases, and max(0, ...) of that where d[RELU]"""
    forward_of(carray(inputs, (d[ROWS], d[I])), weights, carray(biases, (1, d[O])),
               carray(work, 1), d[RELU], carray(output, (d[ROWS], d[O])))
    return OK


@instruction("f4 f8 f8 f4", "f8 f8 f8 f4", "f4 f4 f4 f4", "f8 f8 f8 f8", "f4 f8 f8 f8",
             numbers="I O", writes="work dinputs",
             reach=lambda rows, I, O, sizes: (
                 rows * O, I * O, _room(sizes[2], (sizes[0], rows * O), (sizes[3], rows * I)),
                 rows * I),
             multiply_adds=lambda I, O: I * O)
def blas_dinputs(dvalues, weights, work, dinputs, d):
    """dinputs = dvalues @ weights.T"""
    dinputs_of(carray(dvalues, (d[ROWS], d[O])), weights, carray(work, 1),
               carray(dinputs, (d[ROWS], d[I])))
    return OK


@instruction("f4 f4 f8 f4", "f4 f8 f8 f4", "f8 f4 f8 f4", "f4 f4 f4 f4", "f8 f8 f8 f8",
             "f8 f8 f8 f4", "f4 f8 f8 f8", "f8 f4 f8 f8", numbers="I O", writes="work dweights",
             reach=lambda rows, I, O, sizes: (
                 rows * I, rows * O, _room(sizes[2], (sizes[0], rows * I), (sizes[1], rows * O),
                                           (sizes[3], I * O)), I * O),
             multiply_adds=lambda I, O: I * O)
def blas_dweights(inputs, dvalues, work, dweights, d):
    """dweights = inputs.T @ dvalues"""
    dweights_of(carray(inputs, (d[ROWS], d[I])), carray(dvalues, (d[ROWS], d[O])), carray(work, 1),
                carray(dweights, (d[I], d[O])))
    return OK
