"""Typical mistakes: each is a formula beside the right one, and is computed as that is.

A wrong result that equals one of them in every case is that mistake; nothing is guessed. A harmless
one is another way to compute the same, a little beside the book's digits, and is remarked on only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking.cases import RATE
from fastnn.checking.roles import expected

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.roles import Quantity, Role


@dataclass(frozen=True)
class Mistake:
    """Its name (for programs), a sentence (for people), and the wrong formula."""

    name: str
    sentence: str
    wrong: Callable[[Case], Any]
    harmless: bool = False


_TABLE: dict[tuple[str, str], list[Mistake]] = {}


def known(role: Role, quantity: Quantity) -> list[Mistake]:
    """The mistakes that are known of a quantity: its own, and those that any gradient may have."""
    own = _TABLE.get((role.name, quantity.name), [])
    return [*own, *_of_any(role, quantity)]


def _of_any(role: Role, quantity: Quantity) -> list[Mistake]:
    def right(case: Case) -> Any:
        return expected(role, quantity, case)

    made = [Mistake("wrong sign", "its sign is the wrong way round", lambda case: -right(case))]
    if quantity.stage == "backward":
        made += [
            Mistake("missing mean over samples",
                    "it is not divided by the number of samples",
                    lambda case: right(case) * samples(case)),
            Mistake("mean over samples taken twice",
                    "it is divided by the number of samples, which the loss has done already",
                    lambda case: right(case) / samples(case)),
            Mistake("missing mean over outputs", "it is not divided by the number of outputs",
                    lambda case: right(case) * right(case).shape[-1]),
            Mistake("missing mean over outputs and samples",
                    "it is divided neither by the number of outputs nor by that of samples",
                    lambda case: right(case) * right(case).size),
            Mistake("factor of 2 missing", "a factor of 2 is missing",
                    lambda case: right(case) / 2),
            Mistake("factor of 2 too much", "there is a factor of 2 too much",
                    lambda case: right(case) * 2),
            Mistake("transposed", "it is transposed", lambda case: right(case).T)]
    if "outputs / samples" in quantity.formula:
        made += [
            Mistake("mean over samples taken for outputs",
                    "it is divided by the number of samples twice, and not by that of outputs",
                    lambda case: right(case) * right(case).shape[-1] / samples(case)),
            Mistake("mean over outputs taken for samples",
                    "it is divided by the number of outputs twice, and not by that of samples",
                    lambda case: right(case) * samples(case) / right(case).shape[-1])]
    return made


def samples(case: Case) -> int:
    """N of a case."""
    return len(case.arrays["X"] if "X" in case.arrays else case.arrays["y_pred"])


def add(role: str, quantity: str, name: str, sentence: str, *, harmless: bool = False) -> Any:
    """Put the formula that follows into the table."""
    def put(wrong: Callable[[Case], Any]) -> Callable[[Case], Any]:
        _TABLE.setdefault((role, quantity), []).append(Mistake(name, sentence, wrong, harmless))
        return wrong
    return put


def _put(role: str, quantity: str, rows: list[tuple[str, str, Callable[[Case], Any]]]) -> None:
    for name, sentence, wrong in rows:
        add(role, quantity, name, sentence)(wrong)


# ------------------------------------------------------------------------------- dense layers

_put("dense layer", "output", [
    ("biases forgotten", "the biases are not added", lambda c: np.dot(c.X, c.W)),
    ("wrong sign", "the biases are subtracted", lambda c: np.dot(c.X, c.W) - c.b),
    ("biases multiplied", "the biases are multiplied in, and should be added",
     lambda c: np.dot(c.X, c.W) * c.b),
    ("activation within", "there is a ReLU in it, which is a class of its own",
     lambda c: np.maximum(0, np.dot(c.X, c.W) + c.b)),
    ("weights transposed", "the product is with the transposed weights",
     lambda c: np.dot(c.X, c.W.T) + c.b)])
_put("dense layer", "dweights", [
    ("state not kept", "it is computed with the output in the place of the inputs",
     lambda c: np.dot((np.dot(c.X, c.W) + c.b).T, c.dvalues)),
    ("transpose forgotten", "the inputs are not transposed", lambda c: np.dot(c.X, c.dvalues))])
_put("dense layer", "dbiases", [
    ("missing keepdims", "the numbers are right, but without keepdims=True the shape is not the "
     "biases'", lambda c: np.sum(c.dvalues, axis=0)),
    ("missing axis", "the sum is over outputs as well: axis=0 is missing",
     lambda c: np.sum(c.dvalues)),
    ("missing axis", "the sum is over outputs as well: axis=0 is missing",
     lambda c: np.sum(c.dvalues, keepdims=True)),
    ("wrong axis", "the sum is over the outputs (axis=1), not over the samples",
     lambda c: np.sum(c.dvalues, axis=1, keepdims=True)),
    ("wrong axis", "the sum is over the outputs (axis=1), not over the samples",
     lambda c: np.sum(c.dvalues, axis=1)),
    ("sum forgotten", "dvalues are not summed over the samples", lambda c: c.dvalues),
    ("output for dvalues", "it is the sum of the output, and should be of dvalues",
     lambda c: np.sum(np.dot(c.X, c.W) + c.b, axis=0, keepdims=True)),
    ("mean over samples taken twice",
     "it is the mean over the samples in the place of the sum, and the loss has divided already",
     lambda c: np.mean(c.dvalues, axis=0, keepdims=True))])
_put("dense layer", "dinputs", [
    ("transpose forgotten", "the weights are not transposed", lambda c: np.dot(c.dvalues, c.W)),
    ("gradient for the weights", "it is computed with dweights, and should be with the weights",
     lambda c: np.dot(c.dvalues, np.dot(c.X.T, c.dvalues).T)),
    ("weights already changed", "it is computed with the weights after their step, and should be "
     "with those of the way there",
     lambda c: np.dot(c.dvalues, (c.W - RATE * np.dot(c.X.T, c.dvalues)).T))])

# -------------------------------------------------------------------------------- activations


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


_put("relu", "output", [
    ("wrong sign", "it is the minimum, not the maximum", lambda c: np.minimum(0, c.X)),
    ("absolute value", "it is |inputs|", lambda c: np.abs(c.X)),
    ("slope for value", "it is 1 where inputs > 0: the slope, not the value",
     lambda c: np.where(c.X > 0, 1.0, 0.0))])
_put("relu", "dinputs", [
    ("chain rule forgotten", "it is the slope alone: dvalues are not multiplied in",
     lambda c: np.where(c.X > 0, 1.0, 0.0)),
    ("mask forgotten", "dvalues are handed on where the inputs were negative too",
     lambda c: c.slopes),
    ("wrong sign", "it is zero where inputs are positive, and should be where they are not",
     lambda c: np.where(c.X > 0, 0, c.slopes)),
    ("wrong mask", "it is zero where dvalues are negative, and should be where inputs are",
     lambda c: np.maximum(0, c.slopes)),
    ("slope below 0", "dvalues are handed on, times 0.01, where the inputs were negative: that is "
     "LeakyReLU's", lambda c: np.where(c.X > 0, c.slopes, 0.01 * c.slopes)),
    ("inputs for dvalues", "the inputs are handed on, not dvalues", lambda c: np.maximum(0, c.X))])
_put("leaky relu", "dinputs", [
    ("mask forgotten", "dvalues are handed on where the inputs were negative too",
     lambda c: c.slopes)])
_put("linear", "dinputs", [("chain rule forgotten", "it is 1: dvalues are not multiplied in",
                            lambda c: np.ones_like(c.slopes))])
_put("sigmoid", "output", [
    ("wrong sign", "the exponent's sign is missing: exp(-inputs)",
     lambda c: 1 / (1 + np.exp(c.X))),
    ("wrong sign", "exp(-inputs) is subtracted from 1, and should be added",
     lambda c: 1 / (1 - np.exp(-c.X)))])
_put("sigmoid", "dinputs", [
    ("chain rule forgotten", "it is the slope alone: dvalues are not multiplied in",
     lambda c: (1 - _sigmoid(c.X)) * _sigmoid(c.X)),
    ("factor forgotten", "the factor output is missing",
     lambda c: c.slopes * (1 - _sigmoid(c.X))),
    ("factor forgotten", "the factor (1 - output) is missing",
     lambda c: c.slopes * _sigmoid(c.X)),
    ("wrong sign", "it is 1 + output, and should be 1 - output",
     lambda c: c.slopes * (1 + _sigmoid(c.X)) * _sigmoid(c.X)),
    ("inputs for output", "it is computed of the inputs, and should be of the output",
     lambda c: c.slopes * (1 - c.X) * c.X),
    ("squared", "it is 1 - output^2, which is tanh's slope",
     lambda c: c.slopes * (1 - _sigmoid(c.X) ** 2))])
_put("tanh", "dinputs", [
    ("chain rule forgotten", "it is the slope alone: dvalues are not multiplied in",
     lambda c: 1 - np.tanh(c.X) ** 2),
    ("wrong sign", "it is 1 + output^2, and should be 1 - output^2",
     lambda c: c.slopes * (1 + np.tanh(c.X) ** 2)),
    ("square forgotten", "the square is missing: 1 - output^2",
     lambda c: c.slopes * (1 - np.tanh(c.X))),
    ("inputs for output", "it is computed of the inputs, and should be of the output",
     lambda c: c.slopes * (1 - c.X ** 2)),
    ("factor forgotten", "it is (1 - output) output, which is sigmoid's slope",
     lambda c: c.slopes * (1 - np.tanh(c.X)) * np.tanh(c.X))])


def _softmax(x: Any, of_all: bool = False) -> Any:
    powers = np.exp(x - (np.max(x) if of_all else np.max(x, axis=1, keepdims=True)))
    return powers / np.sum(powers, axis=1, keepdims=True)


def _powers(x: Any) -> Any:
    return np.exp(x - np.max(x, axis=1, keepdims=True))


def _softmaxes(of: Callable[[Case], Any]) -> list[tuple[str, str, Callable[[Case], Any]]]:
    return [
        ("softmax without subtracting the maximum",
         "the maximum is not subtracted, so exp overflows and the result is NaN",
         lambda c: np.exp(of(c)) / np.sum(np.exp(of(c)), axis=1, keepdims=True)),
        ("maximum of the whole batch",
         "the maximum is that of the whole batch, and must be that of each sample",
         lambda c: _softmax(of(c), True)),
        ("missing keepdims", "the sum lacks keepdims=True, so it is divided along the wrong axis",
         lambda c: _powers(of(c)) / np.sum(_powers(of(c)), axis=1)),
        ("missing keepdims", "the maximum lacks keepdims=True",
         lambda c: _divided(np.exp(of(c) - np.max(of(c), axis=1)))),
        ("missing keepdims", "maximum and sum lack keepdims=True",
         lambda c: _flat(np.exp(of(c) - np.max(of(c), axis=1)))),
        ("missing axis", "the sum is over the whole batch: axis=1 is missing",
         lambda c: _powers(of(c)) / np.sum(_powers(of(c)))),
        ("missing axis", "maximum and sum are of the whole batch: axis=1 is missing",
         lambda c: np.exp(of(c) - np.max(of(c))) / np.sum(np.exp(of(c) - np.max(of(c))))),
        ("missing axis", "the sum is over the whole batch (and the maximum is not subtracted)",
         lambda c: np.exp(of(c)) / np.sum(np.exp(of(c)))),
        ("wrong axis", "maximum and sum are over the samples (axis=0), not over the classes",
         lambda c: _softmax(of(c).T).T),
        ("wrong axis", "the sum is over the samples (axis=0), not over the classes",
         lambda c: _powers(of(c)) / np.sum(_powers(of(c)), axis=0)),
        ("wrong axis", "the sum is over the samples (axis=0), not over the classes, and the "
         "maximum is that of the whole batch", lambda c: np.exp(of(c) - np.max(of(c))) / np.sum(
             np.exp(of(c) - np.max(of(c))), axis=0)),
        ("wrong axis", "the sum is over the samples (axis=0), not over the classes (and the "
         "maximum is not subtracted)", lambda c: np.exp(of(c)) / np.sum(np.exp(of(c)), axis=0)),
        ("maximum subtracted too late", "the maximum is subtracted from exp(inputs), and should be "
         "from the inputs", lambda c: _divided(np.exp(of(c)) - np.max(
             of(c), axis=1, keepdims=True))),
        ("maximum divided by", "the inputs are divided by their maximum, which should be "
         "subtracted", lambda c: _divided(np.exp(of(c) / np.max(of(c), axis=1, keepdims=True)))),
        ("not normalized", "it is not divided by the sum", lambda c: _powers(of(c))),
        ("wrong sign", "the exponent's sign is the wrong way round", lambda c: _softmax(-of(c)))]


def _divided(powers: Any) -> Any:
    return powers / np.sum(powers, axis=1, keepdims=True)


def _flat(powers: Any) -> Any:
    return powers / np.sum(powers, axis=1)


_put("softmax", "output", _softmaxes(lambda c: c.X))
_put("softmax", "dinputs", [
    ("diagonal alone", "it is dvalues * output * (1 - output): the Jacobian's other elements are "
     "missing", lambda c: c.slopes * _softmax(c.X) * (1 - _softmax(c.X))),
    ("diagonal alone", "it is dvalues * output: the product of the outputs is not subtracted",
     lambda c: c.slopes * _softmax(c.X)),
    ("chain rule forgotten", "it is output * (1 - output): dvalues are not multiplied in",
     lambda c: _softmax(c.X) * (1 - _softmax(c.X))),
    ("wrong sign", "the product of the outputs is added to the diagonal, and should be subtracted",
     lambda c: _softmax(c.X) * (c.slopes + _inner(c.slopes, _softmax(c.X)))),
    ("inner product", "the product of the outputs is their inner one, a number, and should be the "
     "outer one, a matrix: output . output.T of a column",
     lambda c: c.slopes * _softmax(c.X) - np.sum(c.slopes, axis=1, keepdims=True) * _inner(
         _softmax(c.X), _softmax(c.X))),
    ("mask forgotten", "dvalues are handed on as they came", lambda c: c.slopes)])


def _inner(one: Any, two: Any) -> Any:
    return np.sum(one * two, axis=1, keepdims=True)
