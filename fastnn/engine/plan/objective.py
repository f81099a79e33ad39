"""The second part of a step: losses, penalties and accuracy, where they are recorded."""

import numpy as np

from fastnn import activations
from fastnn.engine.kinds import check_methods, compiled_of
from fastnn.engine.parts import loss_of, strengths
from fastnn.engine.plan.layers import softmax
from fastnn.engine.program import Unfit, scratch, shared
from fastnn.kernels import instructions_losses as loss_steps
from fastnn.kernels.training import AFTER, BEFORE, BLOCK, LOGGED
from fastnn.losses.formula import Pointwise
from fastnn.support import room
from fastnn.support.numerics import FLOAT32, FLOAT64


def losses(plan, x):
    """The losses of the samples, where they are recorded; and what the slope starts from."""
    parts = plan.parts
    plan.is_for(parts.loss, "loss")
    if parts.fused_softmax:
        y = plan.new(x.width, x.dtype)
        softmax(plan, x, y)
        plan.bind(parts.loss.activation, "inputs", x)
        plan.bind(parts.loss.activation, "output", y)
        plan.bind(parts.loss, "output", y)
        x = y
    sample_losses(plan, x)
    if parts.accuracy is not None:
        accuracy(plan, x)
        plan.is_for(parts.loss, "loss")
    if plan.training:
        rates, results = shared(plan.memory.rates), shared(plan.memory.results)
        plan.emit(BEFORE, loss_steps.start_penalty, rates, results, when=LOGGED)
        for layer in parts.penalized:
            penalty(plan, layer, results)
    return x


def sample_losses(plan, x):
    """The losses of the samples, where they are recorded."""
    loss, y = loss_of(plan.parts), plan.y
    results = shared(plan.memory.results)
    made = compiled_of(loss, "loss")
    if isinstance(made, Pointwise):
        pointwise_losses(plan, loss, x, made.forward)
        return
    if made != "categorical":
        raise Unfit(f"{type(loss).__name__} is not compiled")
    if y.labels_only:
        found = plan.new(1, x.dtype, whole=True)
        plan.losses_dtype = x.dtype
        plan.emit(BLOCK, loss_steps.categorical_losses_sparse, x, y.labels, found,
                   width=x.width, when=LOGGED)
    else:
        found = terms_of(plan, loss_steps.categorical_losses_onehot, x, [])
    plan.emit(AFTER, loss_steps.record_losses, found, results, when=LOGGED)


def pointwise_losses(plan, loss, x, made):
    """The same of a loss that is a formula."""
    if made.uses and x.dtype != FLOAT32 and plan.y.values.dtype == FLOAT32:
        raise Unfit(f"{type(loss).__name__} meets float32 targets and float64 predictions")
    found = terms_of(plan, made.instruction, x, plan.options(loss, made))
    plan.emit(AFTER, loss_steps.record_losses, found, shared(plan.memory.results), when=LOGGED)


def terms_of(plan, instruction, x, options):
    """The losses of the samples, by an instruction that wants room for their terms."""
    dtype = plan.losses_dtype = plan.y.values.dtype
    found = plan.new(1, dtype, whole=True)
    work = plan.work(plan.block * x.width, dtype)
    plan.emit(BLOCK, instruction, x, plan.y.values, *options, work, found, width=x.width,
               when=LOGGED)
    return found


def penalty(plan, layer, results):
    """The penalty of a layer, where it has one."""
    penalties = strengths(layer)
    if not any(strength > 0 for strength in penalties):
        return
    if plan.penalty_dtype not in (None, layer.weights.dtype):
        raise Unfit("penalties of float32 and of float64 weights are added up")
    plan.penalty_dtype = layer.weights.dtype
    work = scratch(plan.memory.get("penalty", layer.weights.size, layer.weights.dtype))
    plan.emit(BEFORE, loss_steps.record_penalty, shared(layer.weights), shared(layer.biases),
               work, shared(room.numbers(penalties)), results, when=LOGGED,
               weights=layer.weights.size, biases=layer.biases.size, alone=plan.parts.alone)


def accuracy(plan, x):
    """The share of right predictions."""
    plan.is_for(plan.parts.accuracy, "metrics")
    accuracy, y, results = plan.parts.accuracy, plan.y, shared(plan.memory.results)
    last = (plan.parts.loss.activation if plan.parts.fused_softmax else plan.parts.layers[-1])
    kind = compiled_of(accuracy, "accuracy")
    categorical = kind == "categorical" and not accuracy.binary
    width = plan.right_width = 1 if categorical else x.width
    right = plan.sums("right", 1, FLOAT64, when=LOGGED)
    if kind == "regression":
        _check_predictions(last, accuracy, activations.Activation_Linear)
        precision = _precision(accuracy.precision, np.result_type(x.dtype, y.values.dtype))
        plan.emit(BLOCK, loss_steps.right_values, x, y.values, plan.number(precision), right,
                   width=x.width, when=LOGGED)
    elif kind == "categorical" and accuracy.binary:
        _check_predictions(last, accuracy, activations.Activation_Sigmoid)
        plan.emit(BLOCK, loss_steps.right_halves, x, y.values, right, width=x.width,
                   when=LOGGED)
    elif categorical:
        _check_predictions(last, accuracy, activations.Activation_Softmax)
        plan.emit(BLOCK, loss_steps.right_classes, x, y.labels, right, width=x.width,
                   when=LOGGED)
    else:
        raise Unfit(f"{type(accuracy).__name__} is not compiled")
    plan.emit(AFTER, loss_steps.record_accuracy, right, results, width=width, when=LOGGED)


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
