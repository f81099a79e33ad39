"""What is trained, and whether it can be compiled."""

from typing import NamedTuple

import numpy as np

from fastnn import accuracy as accuracies
from fastnn import activations, layers, losses, optimizers, reference
from fastnn.engine.kinds import check_attributes, kind_of, remember
from fastnn.engine.program import Unfit
from fastnn.kernels.jit import COMPILING, DISABLED
from fastnn.numerics import FLOAT32, FLOAT64

LAYERS = (layers.Layer_Dense, layers.Layer_Dropout, activations.Activation_ReLU,
           activations.Activation_LeakyReLU, activations.Activation_Softmax,
           activations.Activation_Sigmoid, activations.Activation_Tanh,
           activations.Activation_Linear)
LOSSES = (losses.Loss_CategoricalCrossentropy, losses.Loss_BinaryCrossentropy,
           losses.Loss_MeanSquaredError, losses.Loss_MeanAbsoluteError)
OPTIMIZERS = (optimizers.Optimizer_SGD, optimizers.Optimizer_Adagrad,
               optimizers.Optimizer_RMSprop, optimizers.Optimizer_Adam)
ACCURACIES = (accuracies.Accuracy_Categorical, accuracies.Accuracy_Regression)
Combined = losses.Activation_Softmax_Loss_CategoricalCrossentropy
remember(*LAYERS, *LOSSES, *OPTIMIZERS, *ACCURACIES, Combined, losses.Loss, accuracies.Accuracy,
         reference.Layer_Input)


def _plain(thing, *names):
    """These attributes as Python's numbers. Others would make NumPy compute in other types."""
    found = []
    for name in names:
        value = vars(thing).get(name)
        if type(value) not in (int, float):
            raise Unfit(f"{type(thing).__name__}.{name} is not a plain Python number")
        if type(value) is int and abs(value) > 2**53:
            raise Unfit(f"{type(thing).__name__}.{name} is a whole number beyond float64's")
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

    @property
    def things(self):
        """All the objects."""
        return _those([*self.layers, self.loss, self.optimizer, self.accuracy])

    @property
    def inner_things(self):
        """All the objects, and those that the combined class holds."""
        held = (getattr(self.combined, name, None) for name in ("activation", "loss"))
        return [*self.things, *_those([self.combined, *held])]

    @property
    def fused_softmax(self):
        """Whether the loss brings the softmax with it."""
        return self.combined is not None and self.loss is self.combined


def _those(things):
    return [one for one in things if one is not None]


def check(parts):
    """Unfit where one of the parts cannot be compiled, whatever the arrays are."""
    if DISABLED:
        COMPILING.tell_that_disabled()
        raise Unfit("NUMBA_DISABLE_JIT is set, so nothing is compiled")
    for layer in parts.layers:
        kind = kind_of(layer, LAYERS, ("forward", "backward"))
        if kind is layers.Layer_Dense:
            _check_dense(layer)
        elif kind is layers.Layer_Dropout:
            _plain(layer, "rate")
        elif kind is activations.Activation_LeakyReLU:
            _plain(layer, "alpha")
    chain = [*parts.layers, *([parts.loss.activation] if parts.fused_softmax else [])]
    if len(set(map(id, chain))) < len(chain):
        raise Unfit("a layer stands in the chain twice")
    if not any(isinstance(layer, layers.Layer_Dense) for layer in parts.layers):
        raise Unfit("there is no dense layer to train")
    if parts.combined is not None:
        kind_of(parts.combined, (Combined,), ("forward", "backward"))
        kind_of(loss_of(parts), (losses.Loss_CategoricalCrossentropy,), ())
    if parts.fused_softmax:
        kind_of(parts.loss.activation, (activations.Activation_Softmax,), ("forward",))
    if parts.loss is not None:
        kind_of(loss_of(parts), LOSSES,
                ("forward", "backward", "calculate", "regularization_loss"))
    if parts.optimizer is not None:
        _check_optimizer(parts.optimizer)
    if parts.accuracy is not None:
        kind_of(parts.accuracy, ACCURACIES, ("calculate", "compare", "init"))
    for thing in parts.inner_things:
        check_attributes(thing)


def loss_of(parts):
    """The loss, also where the combined class holds it."""
    return parts.loss.loss if parts.fused_softmax else parts.loss


def _check_dense(layer):
    found = [vars(layer).get(name) for name in ("weights", "biases")]
    for name, a in zip(("weights", "biases"), found):
        if type(a) is not np.ndarray or a.dtype not in (FLOAT32, FLOAT64):
            raise Unfit(f"{layer!r}.{name} is not an array of float32 or float64")
        flags = a.flags
        if not (flags.c_contiguous and flags.writeable and flags.aligned and a.dtype.isnative):
            raise Unfit(f"{layer!r}.{name} is not a plain array in C order")
    weights, biases = found
    if weights.ndim != 2 or 0 in weights.shape or biases.shape != (1, weights.shape[1]):
        raise Unfit(f"{layer!r} has weights {weights.shape} and biases {biases.shape}")
    if biases.dtype != weights.dtype:
        raise Unfit(f"{layer!r} has weights of {weights.dtype} and biases of {biases.dtype}")
    if type(vars(layer).get("trainable", True)).__module__ not in ("builtins", "numpy"):
        raise Unfit(f"{layer!r}.trainable is something that may change its mind")
    strengths(layer)


def strengths(layer):
    """l1 and l2 of the layer's weights, then of its biases."""
    return _plain(layer, *STRENGTHS)


STRENGTHS = ("weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
             "bias_regularizer_l2")


OPTIONS = {  # what stands in the rates under EPSILON, ONE and TWO
    optimizers.Optimizer_SGD: (None, "momentum", None),
    optimizers.Optimizer_Adagrad: ("epsilon", None, None),
    optimizers.Optimizer_RMSprop: ("epsilon", "rho", None),
    optimizers.Optimizer_Adam: ("epsilon", "beta_1", "beta_2"),
}
STATE = {  # what an optimizer keeps on each layer; that the last is there says that all are
    optimizers.Optimizer_SGD: ("momentums",),
    optimizers.Optimizer_Adagrad: ("cache",),
    optimizers.Optimizer_RMSprop: ("cache",),
    optimizers.Optimizer_Adam: ("momentums", "cache"),
}


def _check_optimizer(optimizer):
    kind = kind_of(optimizer, OPTIMIZERS,
                   ("pre_update_params", "update_params", "post_update_params"))
    _plain(optimizer, "learning_rate", "current_learning_rate", "decay",
           *filter(None, OPTIONS[kind]))
    for name in ("decay", "epsilon", "momentum", "rho", "beta_1", "beta_2"):
        value = getattr(optimizer, name, 0)
        if not value >= 0 or name in ("rho", "beta_1", "beta_2") and value > 1:
            raise Unfit(f"{type(optimizer).__name__}.{name} is {value}, which its constructor "
                        "refuses")
    iterations = vars(optimizer).get("iterations")
    if type(iterations) is not int or not 0 <= iterations <= 2**52:
        raise Unfit(f"{type(optimizer).__name__}.iterations is not a plain count")
