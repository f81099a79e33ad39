"""The second part of a step: losses, penalties and accuracy, where they are recorded."""

import numpy as np

from fastnn import accuracy as accuracies
from fastnn import activations, room
from fastnn.engine.forward import Forward
from fastnn.engine.kinds import check_methods, compiled_of
from fastnn.engine.parts import loss_of, strengths
from fastnn.engine.program import Unfit, scratch, shared
from fastnn.engine.types import exact
from fastnn.kernels import instructions_losses as loss_steps
from fastnn.kernels.training import AFTER, BEFORE, BLOCK, LOGGED
from fastnn.losses.formula import Pointwise
from fastnn.numerics import FLOAT32, FLOAT64


class Objective(Forward):
    """Emits what turns outputs into the values of a record."""

    def __init__(self, parts, X, y, rows, memory, keep, place=None):
        super().__init__(parts, X, rows, memory, keep, place)
        self.y = y
        self.losses_dtype = self.penalty_dtype = None
        self.right_width = 1

    def _losses(self, x):
        """The losses of the samples, where they are recorded; and what the slope starts from."""
        parts = self.parts
        self._is_for(parts.loss, "loss")
        if parts.fused_softmax:
            y = self._new(x.width, x.dtype)
            self._softmax(x, y)
            self._bind(parts.loss.activation, "inputs", x)
            self._bind(parts.loss.activation, "output", y)
            self._bind(parts.loss, "output", y)
            x = y
        self._sample_losses(x)
        if parts.accuracy is not None:
            self._accuracy(x)
            self._is_for(parts.loss, "loss")
        if self.training:
            rates, results = shared(self.memory.rates), shared(self.memory.results)
            self._emit(BEFORE, loss_steps.start_penalty, rates, results, when=LOGGED)
            for layer in parts.penalized:
                self._penalty(layer, results)
        return x

    def _sample_losses(self, x):
        loss, y = loss_of(self.parts), self.y
        results = shared(self.memory.results)
        made = compiled_of(loss, "loss")
        if isinstance(made, Pointwise):
            self._pointwise_losses(loss, x, made.forward)
            return
        exact("the logarithm", x)
        if y.labels_only:
            found = self._new(1, x.dtype, whole=True)
            self.losses_dtype = x.dtype
            self._emit(BLOCK, loss_steps.categorical_losses_sparse, x, y.labels, found,
                       width=x.width, when=LOGGED)
        else:
            if y.values.dtype != FLOAT32:
                exact("the logarithm", y.values)
            found = self._terms_of(loss_steps.categorical_losses_onehot, x, [])
        self._emit(AFTER, loss_steps.record_losses, found, results, when=LOGGED)

    def _pointwise_losses(self, loss, x, made):
        if made.uses:
            if x.dtype != FLOAT32 and self.y.values.dtype == FLOAT32:
                raise Unfit(f"{type(loss).__name__} meets float32 targets and float64 predictions")
            self._exact(made, y_pred=x, y_true=self.y.values)
        found = self._terms_of(made.instruction, x, self._options(loss, made))
        self._emit(AFTER, loss_steps.record_losses, found, shared(self.memory.results), when=LOGGED)

    def _terms_of(self, instruction, x, options):
        """The losses of the samples, by an instruction that wants room for their terms."""
        dtype = self.losses_dtype = self.y.values.dtype
        found = self._new(1, dtype, whole=True)
        work = self._work(self.block * x.width, dtype)
        self._emit(BLOCK, instruction, x, self.y.values, *options, work, found, width=x.width,
                   when=LOGGED)
        return found

    def _penalty(self, layer, results):
        penalties = strengths(layer)
        if not any(one > 0 for one in penalties):
            return
        if self.penalty_dtype not in (None, layer.weights.dtype):
            raise Unfit("penalties of float32 and of float64 weights are added up")
        self.penalty_dtype = layer.weights.dtype
        work = scratch(self.memory.get("penalty", layer.weights.size, layer.weights.dtype))
        self._emit(BEFORE, loss_steps.record_penalty, shared(layer.weights), shared(layer.biases),
                   work, shared(room.numbers(penalties)), results, when=LOGGED,
                   weights=layer.weights.size, biases=layer.biases.size, alone=self.parts.alone)

    def _accuracy(self, x):
        self._is_for(self.parts.accuracy, "metrics")
        accuracy, y, results = self.parts.accuracy, self.y, shared(self.memory.results)
        last = (self.parts.loss.activation if self.parts.fused_softmax else self.parts.layers[-1])
        categorical = isinstance(accuracy, accuracies.Accuracy_Categorical) and not accuracy.binary
        width = self.right_width = 1 if categorical else x.width
        right = self._sums("right", 1, FLOAT64, when=LOGGED)
        if isinstance(accuracy, accuracies.Accuracy_Regression):
            _check_predictions(last, accuracy, activations.Activation_Linear)
            precision = _precision(accuracy.precision, np.result_type(x.dtype, y.values.dtype))
            self._emit(BLOCK, loss_steps.right_values, x, y.values, self._number(precision), right,
                       width=x.width, when=LOGGED)
        elif accuracy.binary:
            _check_predictions(last, accuracy, activations.Activation_Sigmoid)
            self._emit(BLOCK, loss_steps.right_halves, x, y.values, right, width=x.width,
                       when=LOGGED)
        else:
            _check_predictions(last, accuracy, activations.Activation_Softmax)
            self._emit(BLOCK, loss_steps.right_classes, x, y.labels, right, width=x.width,
                       when=LOGGED)
        self._emit(AFTER, loss_steps.record_accuracy, right, results, width=width, when=LOGGED)


def _check_predictions(last, accuracy, kind):
    if not isinstance(last, kind):
        raise Unfit(f"{type(accuracy).__name__} after {type(last).__name__} is not compiled")
    check_methods(last, kind, ("predictions",))


def _precision(value, dtype):
    if type(value) in (int, float):
        return dtype.type(value)
    if not isinstance(value, np.floating | np.integer):
        raise Unfit("Accuracy_Regression.precision is not a number")
    return value
