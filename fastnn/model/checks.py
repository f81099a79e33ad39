"""What a Model's methods ask before they start: each refuses what would not go well."""

from operator import is_
from typing import Any

import numpy as np

from fastnn import reference
from fastnn.accuracy import Accuracy
from fastnn.engine import calling, sound
from fastnn.engine.parts import Combined, Parts
from fastnn.layers import Layer_Dense, Layer_Dropout
from fastnn.losses import Loss
from fastnn.support import checks

LINES = ("steps", "epochs")
_WHO = "Model.train"


def check(model, epochs, N, batch_size):
    """Steps of an epoch. Refuse what the training would fail on: roles, links, attributes."""
    found = {name: getattr(model, name, None) for name in ("layers", "lines")}
    if not isinstance(found["layers"], list | tuple) or not model.layers:
        raise TypeError(f"{_WHO}: layers must be a list of at least one layer, got "
                        f"{checks.shown(found['layers'])}")
    if not isinstance(found["lines"], str) or model.lines not in LINES:
        raise ValueError(f'{_WHO}: lines must be "steps" or "epochs", got '
                         f"{checks.shown(found['lines'])}")
    _check_roles(model)
    _check_links(model)
    loss = model.loss
    trained: Any = getattr(model, "trainable_layers", None)
    _iterable(trained, "trainable_layers")
    if hasattr(loss, "trainable_layers"):
        _iterable(loss.trainable_layers, "loss.trainable_layers")
    parts = parts_of_model(model)
    per_epoch = 1 if model.lines == "epochs" else -(-N // (batch_size or N))
    sound.check(parts, _WHO, epochs * per_epoch, list(trained))
    calling.check_penalties(loss, f"{_WHO}: loss")
    if model.lines == "epochs":  # goes on with the sums that it finds
        for thing, kind, name in (loss, Loss, "loss"), (model.accuracy, Accuracy, "accuracy"):
            if isinstance(thing, kind):
                for sums in "accumulated_sum", "accumulated_count":
                    checks.scalar(thing, sums, f"{_WHO}: {name}")
        right = getattr(model.accuracy, "accumulated_sum", 0)
        if type(right) is int and abs(right) > 2**62:  # NumPy's counts are added to it
            raise ValueError(f"{_WHO}: accuracy.accumulated_sum is beyond NumPy's numbers: {right}")
    return per_epoch


_ROLES = {  # the methods that the book's Model calls, and an example
    "loss": (("calculate", "backward"), "Loss_MeanSquaredError()"),
    "optimizer": (("pre_update_params", "update_params", "post_update_params"),
                  "Optimizer_Adam()"),
    "accuracy": (("init", "calculate"), "Accuracy_Categorical()"),
}


def role(name, thing):
    """Refuse what cannot be the model's loss, optimizer or accuracy."""
    if isinstance(thing, Combined) or isinstance(thing, type) and issubclass(thing, Combined):
        raise TypeError("Model.set: loss must be Loss_CategoricalCrossentropy(), which the model "
                        "joins with Activation_Softmax() as its last layer by itself, got "
                        f"{checks.shown(thing)}")
    methods, example = _ROLES[name]
    checks.has_methods(thing, methods, "Model.set", name, f" such as {example}")


def layer(thing):
    """Refuse what cannot be a layer."""
    who, lacks = "Model.add", [method for method in ("forward", "backward")
                               if not callable(getattr(thing, method, None))]
    if lacks:
        hint = ": add them one by one" if isinstance(thing, (list, tuple)) else ""
        raise TypeError(f"{who}: a layer must have forward and backward, got "
                        f"{checks.without(thing, lacks)}{hint}")
    if isinstance(thing, type):
        raise TypeError(f"{who}: a layer must be an object, got the class {thing.__name__}: write "
                        f"{thing.__name__}(...)")
    if isinstance(thing, Combined | reference.Loss):
        last = "Activation_Softmax() and " * isinstance(thing, Combined)
        loss = "Loss_CategoricalCrossentropy()" if last else "..."
        raise TypeError(f"{who}: {type(thing).__name__} is a loss, no layer: "
                        f"{'add ' * bool(last)}{last}set(loss={loss})")


def remembers(loss):
    """Refuse a loss that cannot be told the layers whose penalties it adds, as from chapter 18."""
    checks.has_methods(loss, ("remember_trainable_layers",), "Model.finalize", "loss",
                       ", as a class derived from fastnn.Loss is (fit needs none)")


def links(model, method):
    """Refuse a model whose layers and loss are not those that `finalize` linked."""
    linked = vars(model).get("_linked")
    layers = getattr(model, "layers", None)
    if linked is None or not isinstance(layers, list | tuple):
        return
    if len(linked) != len(layers) + 1 or not all(map(is_, linked, layers)):
        raise RuntimeError(f"Model.{method}: the layers have changed since finalize, call finalize "
                           "again")
    if linked[-1] is not model.loss:
        raise RuntimeError(f"Model.{method}: the loss has changed since finalize, call finalize "
                           "again")


def each_once(layers):
    """Refuse an object that stands in the chain twice: it has one place, and one output."""
    places: dict[int, int] = {}
    for n, layer in enumerate(layers):
        first = places.setdefault(id(layer), n)
        if first != n:
            raise ValueError(f"Model.finalize: {checks.shown(layer)} is layer {first} and layer "
                             f"{n}: each needs an object of its own")


def last_layer(model, who):
    """Refuse a chain whose end says nothing about predictions."""
    last = getattr(model, "output_layer_activation", None)
    if callable(getattr(type(last), "predictions", None)):
        return
    if isinstance(last, Layer_Dense | Layer_Dropout) and not hasattr(last, "predictions"):
        raise TypeError(f"{who}: {checks.shown(last)} is the last layer and has no predictions: "
                        "add Activation_Softmax() for classes, Activation_Sigmoid() for yes or no "
                        "or Activation_Linear() for values, and call finalize again")
    checks.has_methods(last, ("predictions",), who, "output_layer_activation")


def data(model, X, y, who):
    """Refuse samples and targets that do not fit, where all that meets them is fastnn's."""
    parts = parts_of_model(model)
    ours = (all(sound.entry(layer, "layer", ("forward",)) for layer in parts.layers)
            and sound.entry(parts.loss, "loss", ("forward",)))
    if ours:
        if not sound.entry(parts.accuracy, "accuracy", ("compare", "_check_targets")):
            parts = parts._replace(accuracy=None)
        sound.check_data(parts, X, y, who)


def parts_of_model(model):
    """The parts, whatever they are."""
    return Parts(list(model.layers), model.loss, model.softmax_classifier_output,
                 getattr(model, "optimizer", None), model.accuracy, [], False)


def _check_roles(model):
    passes = ("new_pass", "calculate_accumulated") if model.lines == "steps" else ()
    for name, methods in (
            ("loss", ("calculate", "backward", *passes)),
            ("optimizer", ("pre_update_params", "update_params", "post_update_params")),
            ("accuracy", ("init", "calculate", *passes)),
            ("input_layer", ("forward",))):
        checks.has_methods(getattr(model, name, None), methods, _WHO, name)
    last_layer(model, _WHO)
    if getattr(model, "softmax_classifier_output", 0) is not None:
        checks.has_methods(getattr(model, "softmax_classifier_output", "nothing"), ("backward",),
                           _WHO, "softmax_classifier_output")


def _check_links(model):
    for n, layer in enumerate(model.layers):
        checks.has_methods(layer, ("forward", "backward"), _WHO, f"layers[{n}]")
        for name, method in ("prev", "forward"), ("next", "backward"):
            if not callable(getattr(getattr(layer, name, None), method, None)):
                raise TypeError(f"{_WHO}: layers[{n}] is not linked to its neighbours ({name}), "
                                "call finalize again")


def _iterable(value, name):
    try:
        iter(value)
    except TypeError:
        raise TypeError(f"{_WHO}: {name} must be a list of layers, got "
                        f"{checks.shown(value)}") from None


def ready(model, method, *names):
    """Refuse a model that lacks its loss or one of these, or has not been finalized."""
    need(model, method, "loss", *names)
    if not hasattr(model, "input_layer"):
        raise RuntimeError(f"Model.{method}: the layers are not linked, call finalize first")
    links(model, method)


def need(model, method, *names):
    """Refuse a model without one of these."""
    for name in names:
        if getattr(model, name, None) is None:
            raise RuntimeError(f"Model.{method}: there is no {name}, call set({name}=...) first")


def batch_size(value, who):
    """Refuse what is neither None nor a count of samples."""
    if value is not None:
        checks.whole(value, who, "batch_size")


def validation(pair):
    """None or a pair of samples and targets, as such."""
    if pair is None:
        return None
    return checks.samples(*checks.pair(pair, "Model.train"), "Model.train, validation_data")


def samples(model: Any, X: Any, who: str) -> np.ndarray:
    """X as the first layer takes it."""
    columns = n_inputs(model)
    if X.ndim == 2 and X.shape[1] == columns:
        return X
    if X.ndim == 0:
        raise ValueError(f"{who}: X must be a batch, got the number {X}")
    if columns is None:
        return X
    return checks.batch(checks.one_as_batch(X, columns), who, "X", columns,
                        ". Check n_inputs of the first layer.")


def n_inputs(model):
    """I, of the first layer that has weights for it. None where another than ours stands before
    it, which may make other columns: then (I,) is no sample.
    """
    for layer in model.layers:
        weights: Any = getattr(layer, "weights", None)
        of_weights = isinstance(weights, np.ndarray) and weights.ndim == 2
        if getattr(type(layer), "forward", None) is Layer_Dense.forward:
            return len(weights) if of_weights else None
        found = sound.entry(layer, "layer", ("forward",))
        if found is None:
            return None
        if found.parameters:
            return weights.shape[1] if of_weights else None
    return None


def pairs(parameters, layers, who):
    """Pairs (weights, biases), one for each of these layers and shaped like its own."""
    made = [_pair(pair, n, who) for n, pair in enumerate(parameters)]
    if len(made) != len(layers):
        raise ValueError(f"{who}: expected {len(layers)} pairs of weights and biases, one for each "
                         f"trainable layer, got {len(made)}")
    for n, (pair, layer) in enumerate(zip(made, layers)):
        for name, new in zip(("weights", "biases"), pair):
            wanted = np.shape(getattr(layer, name))
            if np.shape(new) != wanted:
                raise ValueError(f"{who}: {name} of trainable layer {n} must be {wanted}, got "
                                 f"{np.shape(new)}")
    return made


def _pair(pair, n, who):
    try:
        weights, biases = pair
    except (TypeError, ValueError):
        raise ValueError(f"{who}: parameters of trainable layer {n} must be a pair "
                         "(weights, biases)") from None
    return (checks.array(weights, who, f"weights of trainable layer {n}"),
            checks.array(biases, who, f"biases of trainable layer {n}"))
