"""How the samples of a step are divided: into blocks, and into shares for threads."""

from fastnn.engine.parts import is_dense
from fastnn.engine.plan.dense import is_by_blas
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.plan.thin import is_through
from fastnn.support import numerics
from fastnn.support.proofs import DINPUTS, DWEIGHTS, FORWARD

# Samples and multiply-adds of a step's forward pass from which its samples are halved. In two
# threads 198 samples of 2-64-3 gain nothing yet, 300 run 1.35 times as fast; 30 of 2-64-64-3 lose.
_MANY, _MUCH = 64, 80_000
# Those of a share, when there are more than two.
_MANY_MORE, _MUCH_MORE, _MOST = 128, 1_000_000, 16
# What one block's arrays may take: 48,000 to 400,000 differ by a tenth. Where hidden outputs are
# all there is, 32 rows of 512 are best by as much; 8 and 80 pay for their loops or their memory.
# Each block goes through all sums of its gradients: it takes no less room than the largest.
_BLOCK_BYTES, _THROUGH_BYTES = 96_000, 66_000


def divide(plan, X, whole):
    """Settle how the samples of a step are divided; whole: not at all.

    In blocks also where arrays are kept: those are whole, but the scratch beside them is a block's.
    (With all of 64,000 samples of 784 in one block it took twice what the samples take.)
    """
    whole = (whole or any(rule_of(layer).whole for layer in plan.parts.layers)
             or has_whole_products(plan, X))
    plan.multiply_adds = plan.rows * sum(layer.weights.size for layer in plan.parts.layers
                                         if is_dense(layer))  # of `forward`
    alone = whole or plan.keep or not numerics.is_fast()
    shares = 1 if alone else _shares(plan.rows, plan.multiply_adds)
    together = -(-plan.rows // shares)
    plan.divide(plan.rows if whole else _block_size(together, *sample_bytes(plan, X)), shares)


def _shares(rows, multiply_adds):
    """Into how many shares a batch is divided: the work alone decides, so that digits are the same
    for any number of threads.
    """
    if rows < _MANY or multiply_adds < _MUCH:
        return 1
    shares = 2
    while (shares < _MOST and rows >= 2 * shares * _MANY_MORE
           and multiply_adds >= 2 * shares * _MUCH_MORE):
        shares *= 2
    return shares


def sample_bytes(plan, X):
    """(bytes that a sample needs in a block, bytes that a block may have)"""
    weights = [layer.weights for layer in plan.parts.layers if is_dense(layer)]
    widths = [w.shape[1] for w in weights]
    if len(widths) == 2 and is_through(plan, 0, X):
        return 4 * widths[0], _THROUGH_BYTES
    return (4 * (2 * sum(widths) + 2 * max(widths)),
            max(_BLOCK_BYTES, *(w.nbytes for w in weights)))


def has_whole_products(plan, X):
    """Whether a layer's products are BLAS's, which wants all samples at once."""
    first, *others = [layer for layer in plan.parts.layers if is_dense(layer)]
    passes_on = plan.keep or plan.parts.layers[0] is not first
    # What layers hand on, as far as is known here.
    native = X._replace(dtype=first.weights.dtype, columns=False)
    return _has_by_blas(plan, first, X, native, passes_on) or any(
        _has_by_blas(plan, layer, native, native, True) for layer in others)


def _has_by_blas(plan, layer, x, slope, passes_on):
    alike = x.dtype == slope.dtype or not numerics.is_fast()  # as in `dense_backward`
    return is_by_blas(plan, layer, FORWARD, x) or plan.training and alike and (
        is_by_blas(plan, layer, DWEIGHTS, x, slope)
        or passes_on and is_by_blas(plan, layer, DINPUTS, slope))


def _block_size(rows, sample, budget):
    """Samples in a block whose arrays take `sample` bytes each: even blocks of whole tiles."""
    size = max(8, min(rows, budget // sample // 8 * 8))
    return min(rows, -(-rows // -(-rows // size) // 8) * 8)
