"""What kernels do, in plain NumPy: for the time until they are compiled (`compile/background.py`).

A twin takes the arguments of its kernel, writes what that writes, to the bit, and gives the same
status. The caller has seen to it that the types are those of a signature. Optimizers' are in
`twins_updates.py`.
"""

import numpy as np

from fastnn.kernels.status import LABEL, OK, SHAPE

_dot = np._core.multiarray.dot  # type: ignore[attr-defined]  # whatever stands at `np.dot`


def _product(a, b, sums, result):
    """Write it, summed in the type `sums`."""
    found = _dot(a.astype(sums, copy=False), b.astype(sums, copy=False))
    np.copyto(result, found, casting="same_kind")


def _label_status(labels, N, C):
    if labels.size != N or N * C == 0:
        return SHAPE
    fit = np.maximum.reduce(labels) < C and np.minimum.reduce(labels) >= 0
    return OK if fit else LABEL


def _places(labels, N, C):
    """Of the labelled elements in an array (N, C), flat: sooner made than by `range(N)`."""
    return np.arange(0, N * C, C) + labels


# ------------------------------------------------------------------------------- dense layers


def dense_forward(inputs, weights, biases, work, output):
    """output = inputs @ weights + biases"""
    (N, I), (J, O) = inputs.shape, weights.shape
    if I != J or biases.shape != (1, O) or output.shape != (N, O) or N * I * O == 0:
        return SHAPE
    _product(inputs, weights, work.dtype, output)
    output += biases
    return OK


def dense_backward(inputs, weights, dvalues, work, dweights, dbiases, dinputs):
    """dweights = inputs^T @ dvalues, dbiases = column sums, dinputs = dvalues @ weights^T"""
    (N, I), (J, O) = inputs.shape, weights.shape
    if not (I == J and dvalues.shape == (N, O) and dweights.shape == (I, O)
            and dbiases.shape == (1, O) and dinputs.shape == (N, I) and N * I * O):
        return SHAPE
    _product(inputs.T, dvalues, work.dtype, dweights)
    np.add.reduce(dvalues, axis=0, keepdims=True, out=dbiases)
    _product(dvalues, weights.T, work.dtype, dinputs)
    return OK


def penalty_backward(parameters, l1, l2, gradient):
    """gradient += l1 * sign + 2 * l2 * parameters"""
    if gradient.shape != parameters.shape:
        return SHAPE
    if l1 > 0:
        gradient += l1 * np.where(parameters < 0, -1, 1).astype(parameters.dtype)
    if l2 > 0:
        gradient += 2 * l2 * parameters
    return OK


# -------------------------------------------------------------------- softmax and its loss


def softmax_forward(inputs, work, output):
    """exp(inputs - max) / sum, row by row"""
    if output.shape != inputs.shape or not inputs.size:
        return SHAPE
    np.exp(inputs - np.max(inputs, axis=1, keepdims=True), out=output)
    output /= np.sum(output, axis=1, keepdims=True)
    return OK


def softmax_backward(output, dvalues, book, work, dinputs):
    """By the Jacobian, row by row; book: products summed in float64, rounded to float32."""
    if dvalues.shape != output.shape or dinputs.shape != output.shape:
        return SHAPE
    if output.dtype == dvalues.dtype == np.float32:
        book = work.dtype == np.float64
    for n, (s, dvalue) in enumerate(zip(output, dvalues)):
        column = s.reshape(-1, 1)
        jacobian = np.diagflat(column) - _dotted(column, column.T, book)
        dinputs[n] = _dotted(jacobian, dvalue, book)
    return OK


def _dotted(a, b, book):
    if not book:
        return _dot(a, b)
    return _dot(a.astype(np.float64), b.astype(np.float64)).astype(np.float32)


def categorical_crossentropy_forward_onehot(y_pred, y_true, work, losses):
    """-log of the clipped probabilities, weighed by the targets"""
    if not y_pred.size or y_true.shape != y_pred.shape or losses.size != len(y_pred):
        return SHAPE
    confidences = np.sum(np.clip(y_pred, 1e-7, 1 - 1e-7) * y_true, axis=1)
    losses[...] = -np.log(confidences)
    return OK


def categorical_crossentropy_backward_onehot(dvalues, y_true, dinputs):
    """-y / p / N"""
    if not dvalues.size or not dvalues.shape == y_true.shape == dinputs.shape:
        return SHAPE
    dinputs[...] = -(y_true / dvalues) / len(dvalues)
    return OK


def categorical_crossentropy_backward_sparse(dvalues, labels, dinputs):
    """The same of class indices"""
    N, C = dvalues.shape
    status = _label_status(labels, N, C) if dinputs.shape == (N, C) else SHAPE
    if status == OK:
        smoothed_targets(labels, 1.0, 0.0, dinputs)
        dinputs[...] = -(dinputs / dvalues) / N
    return status


def smoothed_targets(labels, most, rest, targets):
    """most where the class is, and everywhere rest"""
    N, C = targets.shape
    status = _label_status(labels, N, C)
    if status == OK:
        targets[...] = 0
        targets.reshape(-1)[_places(labels, N, C)] = 1
        targets *= most
        targets += rest
    return status


def categorical_crossentropy_forward_sparse(y_pred, labels, losses):
    """-log of the clipped probability of the right class"""
    N, C = y_pred.shape
    status = _label_status(labels, N, C) if losses.size == N else SHAPE
    if status == OK:
        np.clip(y_pred.reshape(-1)[_places(labels, N, C)], 1e-7, 1 - 1e-7, out=losses)
        np.negative(np.log(losses, out=losses), out=losses)
    return status


def softmax_crossentropy_forward(inputs, labels, output, work):
    """Both; work: the mean, the sum, the losses."""
    N, C = inputs.shape
    status = _label_status(labels, N, C) if output.shape == (N, C) else SHAPE
    if status == OK:
        softmax_forward(inputs, work, output)
        losses = work[2:2 + N]
        categorical_crossentropy_forward_sparse(output, labels, losses)
        mean_and_sum(losses, work[:2])
    return status


def softmax_crossentropy_backward(dvalues, labels, dinputs):
    """(dvalues - onehot) / N"""
    N, C = dvalues.shape
    status = _label_status(labels, N, C) if dinputs.shape == (N, C) else SHAPE
    if status == OK:
        dinputs[...] = dvalues
        dinputs.reshape(-1)[_places(labels, N, C)] -= 1
        dinputs /= N
    return status


def mean_and_sum(losses, result):
    """Of all losses."""
    if not losses.size or result.size != 2:
        return SHAPE
    result[0], result[1] = np.mean(losses), np.sum(losses)
    return OK


# -------------------------------------------------------------------------------- dropout


def dropout_forward(inputs, state, keep, miss, limit, mask, output):
    """inputs * mask, drawn from the generator whose words `state` is."""
    if mask.shape != inputs.shape or output.shape != inputs.shape or not inputs.size:
        return SHAPE
    if limit <= 2**53:
        mask[...] = np.random.binomial(1, keep, size=inputs.shape) / keep
    else:  # uniform numbers: those below `miss` are kept with the first limit, the others else
        below = np.random.random_sample(inputs.shape) < miss / 2**53
        mask[...] = (below if limit == 2**53 + 1 else ~below) / keep
    np.multiply(inputs, mask, out=output)
    return OK


def dropout_backward(dvalues, mask, dinputs):
    """dvalues * mask"""
    if mask.shape != dvalues.shape or dinputs.shape != dvalues.shape:
        return SHAPE
    np.multiply(dvalues, mask, out=dinputs)
    return OK


# ------------------------------------------------------------------------------- formulas


def unlike(first, *others):
    """Whether the shapes differ."""
    return any(other.shape != first.shape for other in others)


def relu_forward(inputs, output):
    """max(0, inputs)"""
    if not output.size or output.shape != inputs.shape:
        return SHAPE
    np.maximum(0, inputs, out=output)
    return OK


def relu_backward(dvalues, inputs, dinputs):
    """dvalues where inputs > 0, else 0"""
    if not dinputs.size or not dinputs.shape == dvalues.shape == inputs.shape:
        return SHAPE
    dinputs[...] = dvalues
    np.putmask(dinputs, inputs <= 0, 0)
    return OK


# What NumPy does sooner otherwise than by the formula.
_QUICK = {"Activation_ReLU_forward": relu_forward, "Activation_ReLU_backward": relu_backward}


def elementwise(name, formula, arrays):
    """Of a kernel (arrays, options, result) of that name."""
    def twin(*arguments):
        *given, result = arguments
        if not result.size or unlike(result, *given[:arrays]):
            return SHAPE
        result[...] = formula(*given)
        return OK
    return _QUICK.get(name, twin)


def losses(formula, summed):
    """Of a kernel (y_pred, y_true, options, work, losses)."""
    def twin(y_pred, y_true, *arguments):
        *options, work, result = arguments
        if not y_pred.size or unlike(y_pred, y_true, work) or result.size != len(y_pred):
            return SHAPE
        (np.sum if summed else np.mean)(formula(y_pred, y_true, *options), axis=-1, out=result)
        return OK
    return twin


def slope(formula, summed):
    """Of a kernel (y_pred, y_true, options, dinputs)."""
    def twin(y_pred, y_true, *arguments):
        *options, dinputs = arguments
        if not y_pred.size or unlike(y_pred, y_true, dinputs):
            return SHAPE
        found = formula(y_pred, y_true, *options)
        if not summed:
            found = found / y_pred.shape[1]
        dinputs[...] = found / len(y_pred)
        return OK
    return twin
