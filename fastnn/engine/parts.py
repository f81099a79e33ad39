"""What is trained, and whether it can be compiled."""

from typing import NamedTuple

import numpy as np

from fastnn import activations, layers, losses, registry
from fastnn.compile.dispatcher import DISABLED
from fastnn.compile.waiting import COMPILING
from fastnn.engine.kinds import check_attributes, check_methods, compiled_of, entry_of
from fastnn.engine.program import Unfit
from fastnn.formulas import MOST_WHOLE
from fastnn.support import rules
from fastnn.support.numerics import FLOAT32, FLOAT64

Combined = losses.Activation_Softmax_Loss_CategoricalCrossentropy


def _plain(thing, *names):
    """These attributes as Python's numbers. Others would make NumPy compute in other types."""
    found = []
    for name in names:
        value = vars(thing).get(name)
        if type(value) not in (int, float):
            raise Unfit(f"{type(thing).__name__}.{name} is not a plain Python number")
        if type(value) is int and abs(value) > MOST_WHOLE:
            raise Unfit(f"{type(thing).__name__}.{name} is a whole number over {MOST_WHOLE}, "
                        "whose powers may be beyond float64's")
        found.append(value)
    return found


class Parts(NamedTuple):
    """What is trained, as `fit` or `Model` see it.

    `combined` gives the gradient of softmax and loss together: as the loss itself (then it is the
    same object and the layers end before softmax), or beside it, as in Model (the last layer is
    the softmax then).
    """

    layers: list
    loss: object | None  # a loss, or the combined class; None: only outputs are wanted
    combined: object | None
    optimizer: object | None
    accuracy: object | None
    penalized: list
    alone: bool  # penalties are summed layer by layer, then added
    stepwise: tuple = ()  # where the optimizer counts once for each layer: the layers, in its order

    @property
    def things(self):
        """All the objects."""
        return _those([*self.layers, self.loss, self.optimizer, self.accuracy])

    @property
    def roles(self):
        """Loss, optimizer and accuracy by these names."""
        return {"loss": self.loss, "optimizer": self.optimizer, "accuracy": self.accuracy}

    @property
    def inner_things(self):
        """All the objects, and those that the combined class holds."""
        held = (getattr(self.combined, name, None) for name in ("activation", "loss"))
        return [*self.things, *_those([self.combined, *held])]

    @property
    def fused_softmax(self):
        """Whether the loss brings the softmax with it."""
        return self.combined is not None and self.loss is self.combined


def is_dense(layer):
    """Whether this is a dense layer."""
    return isinstance(layer, layers.Layer_Dense)


def parameters_of(layer):
    """What an optimizer changes on this layer."""
    found = registry.entry_of(type(layer), "layer")
    return found.parameters if found else ()


def is_relu(layer):
    """Whether this is the rectified linear unit, and not another formula derived from it."""
    return compiled_of(layer) is activations.Activation_ReLU._compiled


def first_dense(parts):
    """The first dense layer."""
    return next(layer for layer in parts.layers if is_dense(layer))


def _those(things):
    return [thing for thing in things if thing is not None]


def check(parts):
    """Unfit where one of the parts cannot be compiled, whatever the arrays are."""
    if DISABLED:
        COMPILING.tell_that_disabled()
        raise Unfit("NUMBA_DISABLE_JIT is set, so nothing is compiled")
    for layer in parts.layers:
        found = entry_of(layer, "layer")
        _plain(layer, *(found.settings if found.parameters else found.settings | found.options))
        if found.parameters:
            _check_parameters(layer, found.parameters)
    chain = [*parts.layers, *([parts.loss.activation] if parts.fused_softmax else [])]
    if len(set(map(id, chain))) < len(chain):
        raise Unfit("a layer stands in the chain twice")
    if not any(map(is_dense, parts.layers)):
        raise Unfit("there is no dense layer to train")
    if parts.combined is not None:
        check_methods(parts.combined, Combined, ("forward", "backward"))
        check_methods(loss_of(parts), losses.Loss_CategoricalCrossentropy, ())
    if parts.fused_softmax:
        check_methods(parts.loss.activation, activations.Activation_Softmax, ("forward",))
    if parts.loss is not None:
        loss = loss_of(parts)
        asked = asked_of(entry_of(loss, "loss"), loss)
        _plain(loss, *(name for name, rule in asked.items() if rule is not rules.answer))
    if parts.optimizer is not None:
        _check_optimizer(parts.optimizer)
    if parts.accuracy is not None:
        entry_of(parts.accuracy, "accuracy")
    for thing in parts.inner_things:
        check_attributes(thing)


def asked_of(found, thing):
    """The attributes that a thing must have as its class says, and those that it may and has."""
    return found.settings | {name: rule for name, rule in found.options.items()
                             if name in getattr(thing, "__dict__", ())}


def loss_of(parts):
    """The loss, also where the combined class holds it."""
    return parts.loss.loss if parts.fused_softmax else parts.loss


def _check_parameters(layer, parameters):
    first, second = (vars(layer).get(parameter.name) for parameter in parameters)
    for parameter, a in zip(parameters, (first, second)):
        if type(a) is not np.ndarray or a.dtype not in (FLOAT32, FLOAT64):
            raise Unfit(f"{layer!r}.{parameter.name} is not an array of float32 or float64")
        flags = a.flags
        if not (flags.c_contiguous and flags.writeable and flags.aligned and a.dtype.isnative):
            raise Unfit(f"{layer!r}.{parameter.name} is not a plain array in C order")
    if first.ndim != 2 or 0 in first.shape or second.shape != (1, first.shape[1]):
        raise Unfit(f"{layer!r} has {parameters[0].name} {first.shape} and {parameters[1].name} "
                    f"{second.shape}")
    if second.dtype != first.dtype:
        raise Unfit(f"{layer!r} has {parameters[0].name} of {first.dtype} and "
                    f"{parameters[1].name} of {second.dtype}")
    if type(vars(layer).get("trainable", True)).__module__ not in ("builtins", "numpy"):
        raise Unfit(f"{layer!r}.trainable is something that may change its mind")


def strengths_of(layer, parameter):
    """l1 and l2 of a parameter; none where it has no penalties."""
    return _plain(layer, *parameter.strengths)


def strengths(layer):
    """l1 and l2 of the layer's weights, then of its biases."""
    return [strength for parameter in parameters_of(layer)
            for strength in strengths_of(layer, parameter)]


def update_of(optimizer):
    """How this optimizer updates an array, see `instructions_updates.Update`."""
    return compiled_of(optimizer, "optimizer")


_SHARES = frozenset(("rho", "beta_1", "beta_2"))


def _check_optimizer(optimizer):
    settings = [name for name in entry_of(optimizer, "optimizer").settings if name != "iterations"]
    for name, value in zip(settings, _plain(optimizer, *settings)):
        if not name.endswith("learning_rate") and (
                not value >= 0 or name in _SHARES and value > 1):
            raise Unfit(f"{type(optimizer).__name__}.{name} is {value}, which its constructor "
                        "refuses")
    iterations = vars(optimizer).get("iterations")
    if type(iterations) is not int or not 0 <= iterations <= 2**52:
        raise Unfit(f"{type(optimizer).__name__}.iterations is not a plain count")
