"""One look at everything that a run will use, before it changes anything.

What NumPy's loop could not run either is refused here, in one sentence. Only what the methods of
fastnn's own classes read is looked at: who brings a method of his own knows what it needs, and
where that fails in the first step `untouched.py` puts all back.
"""

import math

import numpy as np

from fastnn import activations, losses, reference
from fastnn.accuracy import Accuracy, Accuracy_Categorical
from fastnn.engine import calling
from fastnn.engine.kinds import entry_of
from fastnn.engine.parts import Combined, asked_of, is_dense, loss_of
from fastnn.engine.program import Unfit
from fastnn.support import checks, rules

_PRE, _UPDATE, _POST = "pre_update_params", "update_params", "post_update_params"


def objects(chain, loss, optimizer, accuracy, who):
    """The layers as a list. Refuse what lacks the methods that a loop calls."""
    chain = list(chain) if hasattr(chain, "__iter__") else chain
    if not isinstance(chain, list) or not chain:
        raise ValueError(f"{who}: layers must be a list of at least one layer, got "
                         f"{checks.shown(chain)}")
    for layer in chain:
        if isinstance(layer, Combined | reference.Loss):
            raise TypeError(f"{who}: {type(layer).__name__} is a loss, no layer")
    forward = "forward" if isinstance(loss, Combined) else "calculate"
    for name, thing, methods in (
            *(("a layer", layer, ("forward", "backward")) for layer in chain),
            ("loss", loss, (forward, "backward")),
            *([] if calling.updates_alone(optimizer) else
              [("optimizer", optimizer, (_PRE, _UPDATE, _POST))]),
            *([("accuracy", accuracy, ("calculate",))] if accuracy is not None else [])):
        checks.has_methods(thing, methods, who, name)
    return chain


def check(parts, who, steps, trained=None):
    """Refuse attributes with which the loop over these parts would fail.

    steps: how many there may be. trained: the layers that the optimizer is handed, if not all that
    have weights.
    """
    for n, layer in enumerate(parts.layers):
        _check_layer(layer, f"{who}: layers[{n}]")
    calling.check(parts, who)
    _check_loss(parts, who)
    if parts.accuracy is not None:
        _check_accuracy(parts.accuracy, who)
    if parts.optimizer is None:
        return
    found = entry(parts.optimizer, "optimizer", (_UPDATE,))
    if found is not None:
        _check_optimizer(parts.optimizer, found, who, steps)
        for n, layer in enumerate(parts.layers):
            ours = entry(layer, "layer")
            handed = trained is None or any(layer is other for other in trained)
            if ours and ours.parameters and handed and not reference.is_frozen(layer):
                update = found.compiled(parts.optimizer)
                _check_updated(layer, update, f"{who}: layers[{n}]")


def entry(thing, role, methods=None):
    """The entry of our class that this behaves as; None where it does not."""
    try:
        return entry_of(thing, role, methods)
    except Unfit:
        return None


# ----------------------------------------------------------------------- one object at a time


def _check_layer(layer, where):
    checks.truth(layer, "trainable", where, default=True)
    found = entry(layer, "layer")
    if found is None:
        return
    if found.parameters:
        weights = _parameters(layer, "weights", where)
        if weights.ndim != 2 or 0 in weights.shape:
            raise ValueError(f"{where}.weights must be (I, O), got {weights.shape}")
        biases, O = _parameters(layer, "biases", where), weights.shape[1]
        if biases.shape != (1, O):
            raise ValueError(f"{where}.biases must be (1, {O}), got {biases.shape}")
        for name in found.columns:
            kept = _parameters(layer, name, where)
            if kept.shape != (1, O):
                raise ValueError(f"{where}.{name} must be (1, {O}), got {kept.shape}")
            checks.changeable(layer, name, where)
    asked = found.settings if found.parameters else found.settings | found.options
    for name, rule in asked.items():
        rules.scalar(layer, name, where, rule)


def _parameters(layer, name, where):
    return checks.own_array(layer, name, where, "biuf")


def _check_loss(parts, who):
    if isinstance(parts.loss, Combined):
        for name, method in ("activation", "forward"), ("loss", "calculate"):
            checks.has_methods(getattr(parts.loss, name, None), (method,), who, f"loss.{name}")
    found = entry(loss_of(parts), "loss", ("backward",))
    loss = loss_of(parts)
    for name, rule in asked_of(found, loss).items() if found else ():
        if rule is rules.answer:
            checks.truth(loss, name, f"{who}: loss")
        else:
            rules.scalar(loss, name, f"{who}: loss", rule)


def _check_accuracy(accuracy, who):
    found, where = entry(accuracy, "accuracy", ("compare",)), f"{who}: accuracy"
    for name, rule in found.settings.items() if found else ():
        if rule is rules.answer:
            checks.truth(accuracy, name, where)
        elif getattr(accuracy, name, 0) is not None:
            checks.scalar(accuracy, name, where)


# --------------------------------------------------------------------------------- the update


def _check_optimizer(optimizer, found, who, steps):
    where = f"{who}: {type(optimizer).__name__}"
    for name in found.settings:
        checks.scalar(optimizer, name, where)
    start = optimizer.iterations
    if entry(optimizer, "optimizer", (_PRE,)):
        _check_decay(optimizer.decay, start, steps, where)
    for name, rule in found.settings.items():
        if name in ("beta_1", "beta_2") or rule is rules.SHARE:  # see adopting/powers.py
            _check_power(getattr(optimizer, name), name, start, steps, where)


def _check_decay(decay, start, steps, where):
    """Refuse a negative decay whose rate is 1 / 0 at an iteration of this run.

    Python's numbers raise ZeroDivisionError there; NumPy's go on, with inf.
    """
    if not (_is_pythons(decay, start) and decay < 0 and math.isfinite(decay)):
        return
    nearest = round(-1 / decay - start)
    for step in range(max(0, nearest - 1), min(steps, nearest + 2)):
        if 1.0 + decay * (start + step) == 0:
            raise ValueError(f"{where}.decay {decay} divides the learning rate by 0 at iteration "
                             f"{start + step}")


def _check_power(beta, name, start, steps, where):
    """Refuse a beta whose power is no number at an iteration of this run: Python raises then."""
    if not _is_pythons(beta, start):
        return
    for t in (start + 1, start + min(steps, 2**53)):
        try:
            float(beta) ** t
        except (OverflowError, ZeroDivisionError):
            raise ValueError(f"{where}.{name} {beta} to the power of {t} is beyond all numbers, "
                             "and a step of this run needs it") from None


def _is_pythons(*numbers):
    return all(isinstance(number, int | float) and not isinstance(number, np.generic)
               for number in numbers)


def _check_updated(layer, update, where):
    """Refuse parameters and state that cannot be changed in place, or do not belong together."""
    for name in ("weights", "biases"):
        checks.changeable(layer, name, where)
    names = update.states
    if not names or not hasattr(layer, f"weight_{names[-1]}"):
        return  # all of it is made anew
    for prefix, parameters in ("weight", layer.weights), ("bias", layer.biases):
        for name in names:
            state = checks.own_array(layer, f"{prefix}_{name}", where, "biuf",
                                     ". Other optimizers keep other state: delete what they left")
            if state.shape != parameters.shape:
                raise ValueError(f"{where}.{prefix}_{name} must be {parameters.shape} like its "
                                 f"parameters, got {state.shape}")
            if update.in_place:
                checks.changeable(layer, f"{prefix}_{name}", where)


# -------------------------------------------------------------------------------------- the data


def check_data(parts, X, y, who):
    """Refuse samples and targets that do not fit the network, before anything is changed."""
    dense = [layer for layer in parts.layers if is_dense(layer)]
    if not dense or any(np.ndim(layer.weights) != 2 for layer in dense):
        return
    sided = [layer for layer in parts.layers if is_dense(layer) or _is_of_columns(layer)]
    if sided[0] is parts.layers[0]:
        checks.batch(X, who, "X", _n_inputs(sided[0]), ". Check n_inputs of the first layer.")
    for before, after in zip(sided, sided[1:]):
        if before.weights.shape[1] != _n_inputs(after):
            raise ValueError(f"{who}: {after!r} cannot follow {before!r}: n_inputs must be the "
                             f"{'n_neurons' if is_dense(before) else 'n_inputs'} before it")
    O, loss = dense[-1].weights.shape[1], loss_of(parts)
    if isinstance(loss, losses.Loss_CategoricalCrossentropy):
        checks.labels_or_onehot(y, len(X), O, who)
    elif isinstance(loss, losses.Loss):
        checks.like(y, (len(X), O), who, "y", "the network's outputs")
    if isinstance(parts.accuracy, Accuracy):
        classes = parts.fused_softmax or isinstance(parts.layers[-1],
                                                    activations.Activation_Softmax)
        if (not classes and isinstance(loss, losses.Loss_CategoricalCrossentropy)
                and isinstance(parts.accuracy, Accuracy_Categorical) and not parts.accuracy.binary):
            raise ValueError(f"{who}: {type(loss).__name__} is of probabilities: the last layer "
                             f"must be Activation_Softmax(), got {checks.shown(parts.layers[-1])}")
        predictions = np.broadcast_to(0.0, (len(X),) if classes else (len(X), O))
        parts.accuracy._check_targets(predictions, np.asarray(y), who)


def _is_of_columns(layer):
    """Whether this layer of ours has parameters for columns, and passes on as many."""
    found = entry(layer, "layer")
    return found is not None and bool(found.parameters) and not is_dense(layer)


def _n_inputs(layer):
    """The columns that it takes."""
    return len(layer.weights) if is_dense(layer) else layer.weights.shape[1]
