"""Typical mistakes of losses, and of softmax and cross-entropy in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking.mistakes import _put, _softmax, _softmaxes, add

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.cases import Case

LOW = 1e-7
Formula = "Callable[[Case], Any]"


def _right(c: Case, p: Any) -> Any:
    """The probability of the right class, of all samples."""
    return p[range(len(p)), c.labels]


def _clipped(p: Any) -> Any:
    return np.clip(p, LOW, 1 - LOW)


def _onehot(c: Case) -> Any:
    return np.eye(c.y_pred.shape[1])[c.labels]


_ROLE = "categorical cross-entropy"
_BINARY = "binary cross-entropy"


def _entropies(of: Callable[[Case], Any]) -> list[tuple[str, str, Callable[[Case], Any]]]:
    return [
        ("clipping forgotten", "the probabilities are not clipped, so log(0) is infinite",
         lambda c: -np.log(_right(c, of(c)))),
        ("clipping forgotten", "the probabilities are not clipped: log(0) is infinite, and times "
         "the 0 of a target it is NaN",
         lambda c: -np.sum(_onehot(c) * np.log(of(c)), axis=1)),
        ("clipping on one side", "it is clipped at 1e-7 alone, and not at 1 - 1e-7",
         lambda c: -np.log(_right(c, np.maximum(of(c), LOW)))),
        ("clipping on one side", "it is clipped at 1 - 1e-7 alone, and not at 1e-7",
         lambda c: -np.log(_right(c, np.minimum(of(c), 1 - LOW)))),
        ("clipping on one side", "it is clipped to 1e-7 ... 1, and should be to 1 - 1e-7",
         lambda c: -np.log(_right(c, np.clip(of(c), LOW, 1)))),
        ("wrong sign", "the sign of the logarithm is missing",
         lambda c: np.log(_right(c, _clipped(of(c))))),
        ("wrong logarithm", "it is log10, and should be the natural one",
         lambda c: -np.log10(_right(c, _clipped(of(c))))),
        ("wrong logarithm", "it is log2, and should be the natural one",
         lambda c: -np.log2(_right(c, _clipped(of(c))))),
        ("logarithm forgotten", "it is 1 - probability: the logarithm is missing",
         lambda c: 1 - _right(c, _clipped(of(c)))),
        ("logarithm forgotten", "it is the probability itself: -log is missing",
         lambda c: _right(c, _clipped(of(c))))]


def _softly(of: Callable[[Case], Any]) -> list[tuple[str, Callable[[Case], Any]]]:
    """Other ways against log(0), a little beside the book's."""
    def added(small: float) -> Callable[[Case], Any]:
        return lambda c: -np.log(_right(c, of(c)) + small)

    def to(low: float, high: float) -> Callable[[Case], Any]:
        return lambda c: -np.log(_right(c, np.clip(of(c), low, high)))

    made = [(f"{small:g} is added within the logarithm, where the book clips", added(small))
            for small in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)]
    made += [(f"it is clipped to {small:g} ... 1 - {small:g}; the book takes 1e-7",
              to(small, 1 - small)) for small in (1e-5, 1e-6, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)]
    return made


def _pred(c: Case) -> Any:
    return c.y_pred


def _logits(c: Case) -> Any:
    return _softmax(c.logits)


def _log_sum(x: Any) -> Any:
    largest = np.max(x, axis=1)
    return largest + np.log(np.sum(np.exp(x - largest[:, None]), axis=1))


def _mean(formula: Callable[[Case], Any]) -> Callable[[Case], Any]:
    return lambda c: np.mean(formula(c))


for _role, _of in ((_ROLE, _pred), ("softmax and loss", _logits)):
    _rows = _entropies(_of)
    _means = [(name, words, _mean(wrong)) for name, words, wrong in _rows]
    _sum = [("missing mean over samples", "it is the sum of the sample losses, not their mean",
             lambda c, of=_of: np.sum(-np.log(_right(c, _clipped(of(c))))))]
    _put(_role, "loss", [*_sum, *_means])
    for _words, _wrong in _softly(_of):
        add(_role, "loss", "another guard", _words, harmless=True)(_mean(_wrong))
        if _role == _ROLE:
            add(_role, "losses", "another guard", _words, harmless=True)(_wrong)
add("softmax and loss", "loss", "another guard", "it is computed as logarithm of softmax without "
    "clipping, where the book clips", harmless=True)(
    lambda c: np.mean(_log_sum(c.logits) - _right(c, c.logits)))
_put(_ROLE, "losses", [*_entropies(_pred), (
    "missing mean over samples", "the sample losses are divided by the number of samples, and "
    "calculate divides again",
    lambda c: -np.log(_right(c, _clipped(c.y_pred))) / len(c.y_pred))])
_put(_ROLE, "dinputs", [
    ("softmax's gradient", "it is dvalues - y_true, which is softmax and loss in one",
     lambda c: (c.y_pred - _onehot(c)) / len(c.y_pred)),
    ("softmax's gradient", "it is dvalues - y_true, which is softmax and loss in one, without the "
     "mean over samples", lambda c: c.y_pred - _onehot(c)),
    ("division forgotten", "it is -y_true: dvalues are not divided by",
     lambda c: -_onehot(c) / len(c.y_pred)),
    ("product for division", "it is y_true times dvalues, and should be divided by them",
     lambda c: -_onehot(c) * c.y_pred / len(c.y_pred)),
    ("logarithm in the slope", "it is y_true * log(dvalues): the slope of a logarithm is 1 / p",
     lambda c: -_onehot(c) * np.log(c.y_pred) / len(c.y_pred)),
    ("division the wrong way round", "it is dvalues / y_true, and should be y_true / dvalues",
     lambda c: -c.y_pred / _onehot(c) / len(c.y_pred)),
    ("wrong sign and missing mean", "it is y_true / dvalues: the sign and the mean over samples "
     "are missing", lambda c: _onehot(c) / c.y_pred),
    ("missing mean over samples", "it is divided by the number of classes, not by that of samples",
     lambda c: -_onehot(c) / c.y_pred / c.y_pred.shape[1])])
_put("softmax and loss", "output", _softmaxes(lambda c: c.logits))
_put("softmax and loss", "dinputs", [
    ("target not subtracted", "1 is not subtracted at the right class",
     lambda c: _logits(c) / len(c.logits)),
    ("wrong sign", "1 is added at the right class, and should be subtracted",
     lambda c: (_logits(c) + _onehot(c)) / len(c.logits)),
    ("target of all classes", "1 is subtracted everywhere, and should be at the right class alone",
     lambda c: (_logits(c) - 1) / len(c.logits)),
    ("target of all samples", "1 is subtracted in whole columns, and should be at each sample's "
     "right class: [range(samples), y_true]",
     lambda c: (_logits(c) - np.isin(np.arange(c.logits.shape[1]), c.labels)) / len(c.logits)),
    ("missing mean over samples", "it is divided by the number of classes, not by that of samples",
     lambda c: (_logits(c) - _onehot(c)) / c.logits.shape[1])])


def _binary(p: Any, y: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _pointwise(role: str, rows: list[tuple[str, str, Callable[[Case], Any]]]) -> None:
    """Formulas of elements, wrong as they are: their means over outputs, and over all."""
    for name, words, wrong in rows:
        add(role, "losses", name, words)(lambda c, wrong=wrong: np.mean(wrong(c), axis=-1))
        add(role, "loss", name, words)(lambda c, wrong=wrong: np.mean(wrong(c)))


def _sums(role: str, right: Callable[[Case], Any]) -> None:
    _put(role, "losses", [
        ("missing mean over outputs", "it is the sum over the outputs, not their mean",
         lambda c: np.sum(right(c), axis=-1)),
        ("mean forgotten", "there is no mean over the outputs", right),
        ("wrong axis", "the mean is over the samples (axis=0), not over the outputs",
         lambda c: np.mean(right(c), axis=0)),
        ("factor of 2", "it is halved", lambda c: np.mean(right(c), axis=-1) / 2)])
    _put(role, "loss", [
        ("missing mean over samples", "it is the sum of the sample losses, not their mean",
         lambda c: np.sum(np.mean(right(c), axis=-1))),
        ("missing mean over outputs", "it is the sum over the outputs, not their mean",
         lambda c: np.mean(np.sum(right(c), axis=-1))),
        ("missing mean over outputs and samples", "it is the sum over outputs and samples",
         lambda c: np.sum(right(c))),
        ("factor of 2", "it is halved", lambda c: np.mean(right(c)) / 2)])


_sums(_BINARY, lambda c: _binary(_clipped(c.y_pred), c.y_true))
_sums("mean squared error", lambda c: (c.y_true - c.y_pred) ** 2)
_sums("mean absolute error", lambda c: np.abs(c.y_true - c.y_pred))
_pointwise(_BINARY, [
    ("clipping forgotten", "the probabilities are not clipped, so log(0) is infinite",
     lambda c: _binary(c.y_pred, c.y_true)),
    ("wrong sign", "the sign is missing, and the probabilities are not clipped",
     lambda c: -_binary(c.y_pred, c.y_true)),
    ("clipping on one side", "it is clipped at 1e-7 alone, and not at 1 - 1e-7",
     lambda c: _binary(np.maximum(c.y_pred, LOW), c.y_true)),
    ("clipping on one side", "it is clipped at 1 - 1e-7 alone, and not at 1e-7",
     lambda c: _binary(np.minimum(c.y_pred, 1 - LOW), c.y_true)),
    ("half forgotten", "the term (1 - y) log(1 - p) is missing",
     lambda c: -(c.y_true * np.log(_clipped(c.y_pred)))),
    ("half forgotten", "the term y log p is missing",
     lambda c: -((1 - c.y_true) * np.log(1 - _clipped(c.y_pred)))),
    ("wrong sign", "the second term is subtracted, and should be added",
     lambda c: -(c.y_true * np.log(_clipped(c.y_pred))
                 - (1 - c.y_true) * np.log(1 - _clipped(c.y_pred)))),
    ("wrong logarithm", "it is log p in both terms, and should be log(1 - p) in the second",
     lambda c: -np.log(_clipped(c.y_pred))),
    ("terms exchanged", "it is y log(1 - p) + (1 - y) log p: y and 1 - y are exchanged",
     lambda c: _binary(1 - _clipped(c.y_pred), c.y_true)),
    ("wrong sign", "the sign is missing", lambda c: -_binary(_clipped(c.y_pred), c.y_true))])
_put(_BINARY, "dinputs", [
    ("half forgotten", "the term (1 - y) / (1 - p) is missing",
     lambda c: -(c.y_true / c.y_pred) / c.y_pred.size),
    ("half forgotten", "the term y / p is missing, and the sign of the other is the wrong one",
     lambda c: -(1 - c.y_true) / (1 - c.y_pred) / c.y_pred.size),
    ("half forgotten", "the term y / p is missing",
     lambda c: (1 - c.y_true) / (1 - c.y_pred) / c.y_pred.size),
    ("wrong sign", "the second term is added, and should be subtracted",
     lambda c: -(c.y_true / c.y_pred + (1 - c.y_true) / (1 - c.y_pred)) / c.y_pred.size),
    ("terms exchanged", "it is y / (1 - p) - (1 - y) / p: p and 1 - p are exchanged",
     lambda c: -(c.y_true / (1 - c.y_pred) - (1 - c.y_true) / c.y_pred) / c.y_pred.size),
    ("sigmoid's gradient", "it is p - y, which is sigmoid and loss in one",
     lambda c: (c.y_pred - c.y_true) / c.y_pred.size)])
_pointwise("mean squared error", [
    ("square forgotten", "the difference is not squared", lambda c: c.y_true - c.y_pred),
    ("square forgotten", "the difference is not squared", lambda c: c.y_pred - c.y_true),
    ("doubled where squared", "the difference is doubled, and should be squared",
     lambda c: 2 * (c.y_true - c.y_pred)),
    ("doubled where squared", "the difference is doubled, and should be squared",
     lambda c: 2 * (c.y_pred - c.y_true)),
    ("wrong power", "it is the third power, and should be the square",
     lambda c: (c.y_true - c.y_pred) ** 3),
    ("wrong power", "it is the third power, and should be the square",
     lambda c: (c.y_pred - c.y_true) ** 3),
    ("root", "it is the root of the squares: |y_true - y_pred|",
     lambda c: np.sqrt((c.y_true - c.y_pred) ** 2))])
_pointwise("mean absolute error", [
    ("absolute value forgotten", "the absolute value is missing", lambda c: c.y_true - c.y_pred),
    ("absolute value forgotten", "the absolute value is missing", lambda c: c.y_pred - c.y_true)])
add("mean absolute error", "dinputs", "the book's sign", "it is sign(y_true - y_pred) as the book "
    "prints, and points uphill: sign(y_pred - y_true) goes down", harmless=True)(
    lambda c: np.sign(c.y_true - c.y_pred) / c.y_pred.size)
for _words, _name, _formula in (
        ("it is the root of the mean of squares", "root",
         lambda c: np.sqrt(np.mean((c.y_true - c.y_pred) ** 2, axis=-1))),
        ("it is the square of the mean difference, and should be the mean of squares",
         "square of the mean", lambda c: np.mean(c.y_true - c.y_pred, axis=-1) ** 2)):
    add("mean squared error", "losses", _name, _words)(_formula)
    add("mean squared error", "loss", _name, _words)(_mean(_formula))
_put("mean squared error", "dinputs", [
    ("absolute value", "it is its absolute value: the sign is lost",
     lambda c: 2 * np.abs(c.y_true - c.y_pred) / c.y_pred.size),
    ("square kept", "the difference is squared: the slope of a square is twice the difference",
     lambda c: -2 * (c.y_true - c.y_pred) ** 2 / c.y_pred.size)])
_put("mean absolute error", "dinputs", [
    ("absolute value for sign", "it is |y_pred - y_true|, and should be its sign",
     lambda c: np.abs(c.y_pred - c.y_true) / c.y_pred.size),
    ("difference for sign", "it is the difference, and should be its sign",
     lambda c: (c.y_pred - c.y_true) / c.y_pred.size)])
