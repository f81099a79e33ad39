"""What is to be tested: every class that is registered, and its plain NumPy twin."""

import inspect
from types import SimpleNamespace

from fastnn import activations, losses, optimizers, reference, registry
from fastnn.activations.formula import Elementwise
from fastnn.losses import categorical, of_functions, weighted
from fastnn.losses.formula import Pointwise

_PLAIN = {activations.Activation: reference.Activation,
          losses.PointwiseLoss: reference.PointwiseLoss,
          optimizers.Optimizer: reference.UpdateOptimizer}


def twin(kind):
    """The class in plain NumPy: the reference's, or one that does the formulas of this class."""
    found = getattr(reference, kind.__name__, None)
    if found is not None:
        return found
    base = next(plain for ours, plain in _PLAIN.items() if issubclass(kind, ours))
    written = {name: staticmethod(getattr(kind, name)) for name in ("formula", "slope", "update")
               if hasattr(kind, name)}

    def construct(self, *arguments, **named):
        vars(self).update(vars(kind(*arguments, **named)))

    return type(kind.__name__, (base,), {
        **written, "states": getattr(kind, "states", ()), "__init__": construct,
        "sums_outputs": getattr(kind, "sums_outputs", False)})


# The reference, and the twins of what is not in it.
PLAIN = SimpleNamespace(**vars(reference) | {
    name: twin(kind) for name, kind in registry.public().items() if name != "Layer_Input"})


def of_formulas():
    """The entries of fastnn's activations and losses that are formulas."""
    unseen = [categorical._Smoothed, weighted._WeightedCrossentropy, weighted._HalfSquaredError,
              of_functions._SquaredErrorUpwards, of_functions._SquaredErrorDownwards,
              of_functions._HalfSquaredErrorUpwards]
    found = [*_ours(), *map(registry.entry_of, unseen)]
    return [one for one in found if isinstance(one.compiled, Elementwise | Pointwise)]


def updates():
    """(class, its Update) of fastnn's optimizers that are formulas."""
    return [(one.kind, one.compiled(None)) for one in _ours("optimizer")
            if issubclass(one.kind, optimizers.Optimizer)]


def names_of(role, start=""):
    """The public classes of a role whose names begin so, without that beginning."""
    return [one.kind.__name__.removeprefix(start) for one in _ours(role)
            if one.kind.__name__.startswith(start)]


def pointwise():
    """The losses of one output and its target, without Loss_ before them."""
    return [one.kind.__name__.removeprefix("Loss_") for one in _ours("loss")
            if issubclass(one.kind, losses.PointwiseLoss)]


def kept_by(activation):
    """What an activation reads first on the way back, `inputs` or `output`: its slope says it."""
    slope = getattr(getattr(activations, f"Activation_{activation}"), "slope", None)
    if slope is None:
        return "output" if activation == "Softmax" else "inputs"
    return list(inspect.signature(slope).parameters)[1]


def _ours(role=None):
    """The entries of classes that are fastnn's own, and none of a test's."""
    return [one for one in registry.entries(role) if one.kind in registry.public().values()]
