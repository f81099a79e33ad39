"""What the classes of the categorical cross-entropy make of arrays: kernels, and what fits them.

Each function gives what its kernel makes of np.ndarrays, or None where the kernel does not take
them; `tidy_...` does so of tidy copies (see `arrays.py`).
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from fastnn.kernels import losses as _kernels
from fastnn.support import arrays, checks
from fastnn.support.arrays import INT64
from fastnn.support.buffers import SMALL, small
from fastnn.support.buffers import empty as _empty
from fastnn.support.numerics import FLOAT32, FLOAT64
from fastnn.support.repeated import Repeated

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array

_array = np.ndarray
_forward, _backward = Repeated(), Repeated()  # of softmax and loss in one
_losses = Repeated()
UINT8 = np.dtype(np.uint8)  # with INT64 the types of class indices that kernels take


def classes(y_true: Any) -> Array | None:
    """Class indices as the kernels take them, copied where they are not so; None for all else.

    Here and not on the careful way: 1 us, and there 4.
    """
    if y_true.ndim != 1:
        return None
    kind = y_true.dtype
    if (kind is INT64 or kind == UINT8) and y_true.flags.carray:
        return y_true
    return y_true.astype(np.int64) if kind.kind in "iu" else None


def in_common(y_true: Any, dvalues: Any) -> Array:
    """Targets as floats of the type NumPy computes in when they meet the predictions.

    Themselves, which no kernel takes, where one of both are no numbers.
    """
    kind, other = y_true.dtype, dvalues.dtype
    if kind is other or kind == FLOAT64 or not (kind.kind in "biuf" and other.kind in "biuf"):
        return y_true
    return y_true.astype(np.result_type(kind, other))


def labelled(compute: Any, predictions: Any, y_true: Any, who: str, name: str,
             change: Any = None) -> tuple[Any, Array, Array]:
    """(What `compute` makes of predictions and classes, or None; both of them after all checks).

    The kernels look at the labels themselves: the checks, which take longer, come after them.
    change(y_true, classes): what the targets become first, if anything.
    """
    predictions = checks.array(predictions, who, name)
    y_true = checks.array(y_true, who, "y_true")
    found = compute(predictions, y_true) if predictions.ndim == 2 and not change else None
    if found is None:
        predictions = checks.batch(predictions, who, name)
        y_true = checks.labels_or_onehot(y_true, len(predictions), predictions.shape[1], who)
        targets = change(y_true, predictions.shape[1]) if change else y_true
        found = compute(predictions, targets)
    return found, predictions, y_true


def crossentropies(y_pred: Any, y_true: Any) -> Any:
    """Sample losses by the kernels; None where they do not take these."""
    losses = _losses.call(y_pred, y_true, None)
    if losses is not None:
        return losses
    if not type(y_pred) is type(y_true) is _array or not (y_true.ndim == 1 or y_true.flags.carray):
        return None
    shape = y_pred.shape
    if y_true.ndim == 1:
        y_true = classes(y_true)
        if y_true is None:
            return None
        losses = _empty(shape[:1], y_pred.dtype)
        refuses = _kernels.categorical_crossentropy_forward_sparse.refuses
        if refuses(y_pred, y_true, losses):
            return None
        _losses.met(refuses, (y_pred, y_true), None, (losses,))
        return losses
    targets = in_common(y_true, y_pred)
    losses, work = _empty(shape[:1], targets.dtype), _empty(shape, targets.dtype)
    no = _kernels.categorical_crossentropy_forward_onehot.refuses(y_pred, targets, work, losses)
    return None if no else losses


def crossentropy_slopes(dvalues: Any, y_true: Any, onehot: Any = None) -> Any:
    """The gradient by the kernels; None where they do not take these.

    onehot: another for targets (N, C).
    """
    if not type(dvalues) is type(y_true) is _array or not (y_true.ndim == 1 or y_true.flags.carray):
        return None
    if y_true.ndim == 1:
        kernel, targets = _kernels.categorical_crossentropy_backward_sparse, classes(y_true)
        if targets is None:
            return None
        # The book's one-hot targets have the type that np.eye has: float32 under nnfs.init(),
        # else float64.
        kind = dvalues.dtype if np.eye(1).dtype is FLOAT32 else FLOAT64
    else:
        kernel = onehot or _kernels.categorical_crossentropy_backward_onehot
        targets = in_common(y_true, dvalues)
        kind = targets.dtype
    dinputs = _empty(dvalues.shape, kind)
    return None if kernel.refuses(dvalues, targets, dinputs) else dinputs


def smoothed(labels: Any, smoothing: Any, predictions: Any) -> Any:
    """The targets that the reference makes of class indices, by the kernel; None where it refuses.

    3 us where NumPy takes 8.5 (300 labels), 24 where it takes 140 (10,000 of ten classes).
    """
    if not type(predictions) is type(labels) is _array or predictions.ndim != 2 or (
            type(smoothing) is not float):  # of another type the targets are of another, too
        return None
    labels, C = classes(labels), predictions.shape[1]
    if labels is None or C == 0:
        return None
    targets = _empty((len(labels), C), np.eye(1).dtype)
    no = _kernels.smoothed_targets.refuses(labels, 1 - smoothing, smoothing / C, targets)
    return None if no else targets


def tidy_crossentropies(y_pred: Any, y_true: Any) -> Any:
    """`crossentropies` of whatever is like its arguments."""
    if y_true.ndim == 1:  # nothing is summed along the rows
        return crossentropies(arrays.tidy(y_pred), arrays.tidy(y_true))
    return arrays.by_rows(crossentropies, y_pred, y_true)


def tidy_crossentropy_slopes(dvalues: Any, y_true: Any, **kernel: Any) -> Any:
    """`crossentropy_slopes` of whatever is like its arguments."""
    if y_true.shape == dvalues.shape:
        return arrays.in_rows(partial(crossentropy_slopes, **kernel), dvalues, y_true)
    return crossentropy_slopes(arrays.tidy(dvalues), arrays.tidy(y_true))


def nothing(inputs: Any, y_true: Any) -> None:
    """None: for parts that are somebody's own."""
    return None


@lru_cache(64)
def _work_shape(shape: Any) -> Any:
    """Of the scratch of the kernel, which takes two axes; to compute it anew takes 250 ns."""
    return (_kernels.crossentropy_work_size(*shape),) if len(shape) == 2 else ()


def softmax_and_loss(inputs: Any, y_true: Any) -> Any:
    """(output, work with mean and sum of the losses) by the kernel; None where it refuses."""
    found = _forward.call(inputs, y_true, None)
    if found is not None:
        return found
    if not type(inputs) is type(y_true) is _array:
        return None
    kind = inputs.dtype
    if not (y_true.dtype is UINT8 and y_true.ndim == 1 and y_true.flags.carray):
        y_true = classes(y_true)
        if y_true is None:
            return None  # the kernel would say so too, but takes twenty times as long
    shape, new = inputs.shape, small if inputs.nbytes < SMALL else _empty
    output, work = found = new(shape, kind), new(_work_shape(shape), kind)
    refuses = _kernels.softmax_crossentropy_forward.refuses
    if refuses(inputs, y_true, output, work):
        return None
    _forward.met(refuses, (inputs, y_true), None, found)
    return found


def tidy_softmax_and_loss(inputs: Any, y_true: Any) -> Any:
    """`softmax_and_loss` of whatever is like its arguments."""
    found = arrays.by_rows(softmax_and_loss, inputs, y_true)
    return found and (arrays.lying_as(found[0], inputs), found[1])


def softmax_slopes(dvalues: Any, y_true: Any) -> Any:
    """The gradient by the kernel; None where it refuses."""
    dinputs = _backward.call(dvalues, y_true, None)
    if dinputs is not None:
        return dinputs
    if not type(dvalues) is type(y_true) is _array:
        return None
    if not (y_true.dtype is UINT8 and y_true.ndim == 1 and y_true.flags.carray):
        y_true = classes(y_true)
        if y_true is None:
            return None
    new = small if dvalues.nbytes < SMALL else _empty
    dinputs = new(dvalues.shape, dvalues.dtype)
    refuses = _kernels.softmax_crossentropy_backward.refuses
    if refuses(dvalues, y_true, dinputs):
        return None
    _backward.met(refuses, (dvalues, y_true), None, (dinputs,))
    return dinputs


def tidy_softmax_slopes(dvalues: Any, y_true: Any) -> Any:
    """`softmax_slopes` of whatever is like its arguments; one-hot targets too."""
    if y_true.shape == dvalues.shape:
        y_true = np.argmax(y_true, axis=1)
    return softmax_slopes(arrays.tidy(dvalues), arrays.tidy(y_true))
