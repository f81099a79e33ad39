"""Every argument of every method of the classes: what is given there, and what it may say."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from programs import arrays_of, assert_same
from rosters import PLAIN, names_of, pointwise

import fastnn
from fastnn import reference

N, I, C = 20, 3, 4  # noqa: E741  samples, inputs, outputs or classes
RNG = np.random.default_rng(8)
X = RNG.normal(size=(N, I)).astype("f4")
Z = RNG.normal(size=(N, C)).astype("f4")
P = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
Y = RNG.integers(0, C, N)
ONEHOT = np.eye(C, dtype="f4")[Y]

ACTIVATIONS = names_of("layer", "Activation_")
POINTWISE = pointwise()
CCE = "Loss_CategoricalCrossentropy"
COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"


def new(name: str, *arguments: Any, forward: np.ndarray | None = None) -> Callable[[Any], Any]:
    """A function of a module of classes: an object, after a pass forward where one is given."""
    def make(nn):
        nn = PLAIN if nn is reference else nn
        one = getattr(nn, name)(*arguments)
        if forward is not None:
            one.forward(forward)
        if name == "Accuracy_Regression":
            one.init(Z)
        return one
    return make


class Slot(NamedTuple):
    """One array argument of one method."""

    who: str
    name: str
    make: Callable[[Any], Any]  # module of classes -> an object ready for the call
    method: str
    value: np.ndarray  # what stands there rightly
    other: tuple[np.ndarray, ...] = ()  # the method's other argument
    first: bool = True

    def call(self, one: Any, value: Any) -> Any:
        arguments = (value, *self.other) if self.first else (*self.other, value)
        return getattr(one, self.method)(*arguments)


def _slots() -> list[Slot]:
    dense = f"Layer_Dense({I}, {C})"
    slots = [
        Slot(dense, "inputs", new("Layer_Dense", I, C), "forward", X),
        Slot(dense, "dvalues", new("Layer_Dense", I, C, forward=X), "backward", Z),
        Slot("Layer_Dropout", "inputs", new("Layer_Dropout", 0.3), "forward", Z),
        Slot("Layer_Dropout", "dvalues", new("Layer_Dropout", 0.3, forward=Z), "backward", Z),
    ]
    for name in ACTIVATIONS:
        name = f"Activation_{name}"
        slots += [Slot(name, "inputs", new(name), "forward", Z),
                  Slot(name, "dvalues", new(name, forward=Z), "backward", Z)]
    pairs = [(f"Loss_{name}", P, ONEHOT) for name in POINTWISE]
    pairs += [(CCE, P, Y), (CCE, P, ONEHOT), (COMBINED, P, Y), (COMBINED, P, ONEHOT)]
    for name, p, y in pairs:
        for method in ("forward", "backward"):
            words = {"forward": "inputs", "backward": "dvalues"}
            first = words[method] if name == COMBINED else "predictions"
            slots += [Slot(name, first, new(name), method, p, (y,)),
                      Slot(name, "y_true", new(name), method, y, (p,), first=False)]
    for name, p, y in (("Accuracy_Categorical", Y, Y), ("Accuracy_Regression", P, Z)):
        slots += [Slot(name, "predictions", new(name), "calculate", p, (y,)),
                  Slot(name, "y", new(name), "calculate", y, (p,), first=False)]
    return slots


SLOTS = _slots()
every_slot = pytest.mark.parametrize(
    "slot", SLOTS, ids=[f"{s.who}.{s.method}, {s.name} {s.value.shape}" for s in SLOTS])


def everything(*objects: Any) -> dict[str, np.ndarray]:
    """All arrays on the objects, and the random state."""
    return arrays_of({"objects": list(objects), "random": list(np.random.get_state()[1:3])})


def assert_refused(call: Callable[[], Any], error: type[Exception], message: str,
                   *objects: Any) -> None:
    """The call raises this error with all of this message, and changes nothing."""
    before = everything(*objects)
    with pytest.raises(error, match=f"^{re.escape(message)}$") as raised:
        call()
    assert type(raised.value) is error
    assert_same(everything(*objects), before)


def trained(optimizer: Any) -> fastnn.Layer_Dense:
    """A layer after one step with this optimizer."""
    layer = fastnn.Layer_Dense(I, C)
    layer.forward(X)
    layer.backward(Z)
    optimizer.update_params(layer)
    return layer


def returned(slot: Slot, nn: Any, value: Any) -> dict[str, np.ndarray]:
    """What the call gives back and leaves on the object, from the same random numbers."""
    np.random.seed(9)
    one = slot.make(nn)
    with np.errstate(all="ignore"):
        result = slot.call(one, value)
    return arrays_of({"object": one, "result": result})
