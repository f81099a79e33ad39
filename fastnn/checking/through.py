"""In the place of an activation that a layer is made with."""

from __future__ import annotations

import inspect
from collections import deque
from typing import TYPE_CHECKING

from fastnn.checking import probing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Through:
    """It gives what it is given, forward and backward, whatever its methods are called.

    What a method of another name would do is not known, `guessed` says that one was called: layers
    that come out right with it are right, and others may be.
    """

    def __init__(self) -> None:
        self.inputs: Any = None
        self.output: Any = None
        self.dinputs: Any = None
        self.guessed = False

    def forward(self, inputs: Any) -> Any:
        """The inputs."""
        self.inputs = self.output = inputs
        return inputs

    def backward(self, dvalues: Any) -> Any:
        """What came."""
        self.dinputs = dvalues
        return dvalues

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def hand_on(value: Any) -> Any:
            self.guessed = True
            return value
        return hand_on


# What stands for no activation, where a layer has one in it.
IDLE: tuple[Any, ...] = (Through(), "linear", None)


def made_in_vain(more: list[str], raised: Any) -> str:
    """Why a class is not recognised that wants something of which nothing is known."""
    return f"what it wants for {' and '.join(more)} is not known: it raises {raised}"


def holds_many(kind: Any) -> str:
    """What a class keeps a chain of things in, which its forward goes through; "" of all others:
    with nothing in it such a chain hands on what comes, as would anything linear.
    """
    try:
        found = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return ""
    for one in found:
        if one.kind is one.VAR_POSITIONAL:
            return one.name
    made = probing.make(kind, *[0.1] * len(probing.required(kind)))
    empty = [name for name, value in probing.attributes(made) if isinstance(
        value, (list, tuple, dict, set, deque)) and not value]
    gone_through = {name for method in probing.methods(kind).values()
                    for name in probing.looped(method)}
    return next((name for name in empty if name in gone_through), "")


def activations_of(kind: Any) -> list[str]:
    """The constructor's arguments that may name an activation, or be one."""
    return [one.name for one in probing.parameters(kind) if one.default is not one.empty
            and not isinstance(one.default, (int, float, type(None)))]
