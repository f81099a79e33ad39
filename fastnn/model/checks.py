"""What a Model's training asks before it starts, and how it goes where objects do the work."""

import math
from contextlib import suppress
from operator import is_
from threading import get_ident
from typing import Any

from fastnn import reference
from fastnn.accuracy import Accuracy
from fastnn.engine import sound
from fastnn.engine.parts import Combined, Parts
from fastnn.engine.untouched import Untouched, refusal
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
        raise TypeError(f"{who}: a layer must have forward and backward, got {checks.shown(thing)}")
    if isinstance(thing, type):
        raise TypeError(f"{who}: a layer must be an object, got the class {thing.__name__}: write "
                        f"{thing.__name__}(...)")
    if isinstance(thing, Combined | reference.Loss):
        last = "Activation_Softmax() and " * isinstance(thing, Combined)
        loss = "Loss_CategoricalCrossentropy()" if last else "..."
        raise TypeError(f"{who}: {type(thing).__name__} is a loss, no layer: "
                        f"{'add ' * bool(last)}{last}set(loss={loss})")


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
    for n, one in enumerate(layers):
        first = places.setdefault(id(one), n)
        if first != n:
            raise ValueError(f"Model.finalize: {checks.shown(one)} is layer {first} and layer {n}: "
                             "each needs an object of its own")


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
    ours = (all(sound.entry(one, "layer", ("forward",)) for one in parts.layers)
            and sound.entry(parts.loss, "loss", ("forward",)))
    if ours:
        if not sound.entry(parts.accuracy, "accuracy", ("compare", "_check_targets")):
            parts = parts._replace(accuracy=None)
        sound.check_data(parts, X, y, who)


def parts_of_model(model):
    """The parts, whatever they are."""
    return Parts(list(model.layers), model.loss, model.softmax_classifier_output, model.optimizer,
                 model.accuracy, [], False)


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


class Stopped(BaseException):
    """Between two steps somebody wanted to stop."""


class Steps:
    """A training through the objects' methods.

    It stops between two steps, puts all back where the first one fails, and remembers the first
    loss that is no number.
    """

    def __init__(self, model, interrupted, per_epoch):
        combined = model.softmax_classifier_output
        self._things = [*model.layers, model.loss, model.optimizer, model.accuracy]
        inner = (getattr(combined, name, None) for name in ("activation", "loss"))
        self._before: Untouched | None = Untouched(
            [model, model.input_layer, combined, *inner, *self._things])
        self._interrupted, self._per_epoch, self._done = interrupted, per_epoch, 0
        self.thread = get_ident()
        self.epochs, self.losses = [], []  # of that loss

    def ask(self):
        """Stopped, if that is wanted. Another thread that predicts is not."""
        if self._interrupted() and get_ident() == self.thread:
            raise Stopped

    def step(self, step, *batch):
        """What this step gives back."""
        done = step(*batch)
        self._before = None
        if not self.losses:
            with suppress(TypeError, ValueError, IndexError):
                loss = float(sum(done[0]))
                if not math.isfinite(loss):
                    self.losses.append(loss)
                    self.epochs.append(1 + self._done // self._per_epoch)
        self._done += 1
        return done

    def run(self, train, *arguments, **options):
        """Train; where the first step fails all is as before."""
        try:
            train(*arguments, **options)
        except BaseException as error:
            if self._before is not None:
                self._before.put_back()
                refused = refusal(error, self._things, _WHO)
                if refused is not error:
                    raise refused from error
            if not isinstance(error, Stopped):
                raise
