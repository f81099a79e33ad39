"""What a Model's training asks before it starts, and how it goes where objects do the work."""

import math
from contextlib import suppress

from fastnn import checks
from fastnn.accuracy import Accuracy
from fastnn.engine import sound
from fastnn.engine.parts import Parts
from fastnn.engine.untouched import Untouched, refusal
from fastnn.losses import Loss

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
    loss, trained = model.loss, getattr(model, "trainable_layers", None)
    _iterable(trained, "trainable_layers")
    if hasattr(loss, "trainable_layers"):
        _iterable(loss.trainable_layers, "loss.trainable_layers")
    combined = model.softmax_classifier_output
    parts = Parts(list(model.layers), loss, combined, model.optimizer, model.accuracy, [], False)
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


def _check_roles(model):
    passes = ("new_pass", "calculate_accumulated") if model.lines == "steps" else ()
    for name, methods in (
            ("loss", ("calculate", "backward", *passes)),
            ("optimizer", ("pre_update_params", "update_params", "post_update_params")),
            ("accuracy", ("init", "calculate", *passes)),
            ("input_layer", ("forward",)),
            ("output_layer_activation", ("predictions",))):
        checks.has_methods(getattr(model, name, None), methods, _WHO, name)
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
        self._before = Untouched([model, model.input_layer, combined, *inner, *self._things])
        self._interrupted, self._per_epoch, self._done = interrupted, per_epoch, 0
        self.epochs, self.losses = [], []  # of that loss

    def ask(self):
        """Stopped, if that is wanted."""
        if self._interrupted():
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
