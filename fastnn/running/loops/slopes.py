"""Losses that a program has as functions, and their slopes; layers that step as they go backward.

    grad = mse_prime(Y, output)
    for layer in reversed(network):
        grad = layer.backward(grad, learning_rate)
"""

import ast
import sys
from types import FunctionType
from typing import Any

from fastnn.losses.of_functions import (
    _HalfSquaredErrorUpwards,
    _SquaredErrorDownwards,
    _SquaredErrorUpwards,
)
from fastnn.running.loops import adopted
from fastnn.running.loops.events import Event
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.methods import Methods
from fastnn.running.loops.names import is_array
from fastnn.running.loops.roles import Role
from fastnn.running.loops.steps import same
from fastnn.running.loops.symbols import Known, Method, Read, Rows, Unread
from fastnn.running.loops.values import Loss

_SQUARED = _SquaredErrorUpwards, _SquaredErrorDownwards
_OF_FUNCTIONS = *_SQUARED, _HalfSquaredErrorUpwards


class Slopes(Methods):
    """Reads both."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._losses: list[Event] = []  # that functions have computed

    def own_function(self, node: ast.Call, function: FunctionType) -> Any:
        """The gradient of a loss, too, which is an event, and the loss."""
        found = self._of_a_loss(node, function)
        return super().own_function(node, function) if found is None else found

    def _of_a_loss(self, node: ast.Call, function: FunctionType) -> Any:
        """What a function of outputs of this turn and targets gives, which is a loss or the slope
        of one; None where it is neither.
        """
        if "fastnn.adopting" not in sys.modules or node.keywords or len(node.args) != 2 or not all(
                isinstance(one, ast.Name) for one in node.args):
            return None
        from fastnn.adopting.functions import slope_of, squared_error

        given = list(map(self.value, node.args))
        if sum(map(_is_output, given)) != 1:
            return None
        outputs, targets = given if _is_output(given[0]) else given[::-1]
        if (read := squared_error(function)) is not None:
            return self._loss(read, outputs, targets)
        slope = slope_of(function, int(outputs is not given[0]))
        if slope is None or not _are_targets(targets, slope.by_size):
            return None
        self.texts.append(slope)
        return self._slope(slope.ours, outputs, targets)

    def _loss(self, read: Any, outputs: Read, targets: Any) -> Loss | None:
        """The mean loss. It is an event where the slope is of the same outputs and targets: what
        comes first waits for the other.
        """
        if not _are_targets(targets, True):
            return None
        self.texts.append(read)
        event = _of_these(self._losses, outputs, targets)
        if event is None:
            slope = _of_these(self.events, outputs, targets)
            role = slope.thing if slope else Role(_SquaredErrorUpwards(), "loss",
                                                  _SquaredErrorUpwards)
            event = Event("calculate", role, (outputs, targets))
            self._losses.append(event)
            if slope and issubclass(slope.thing.ours, _SQUARED):
                self.events += [Event("new_pass", role), event]
        return Loss(is_scalar=True, event=event)

    def _slope(self, ours: type, outputs: Read, targets: Any) -> Read:
        event = _of_these(self._losses, outputs, targets)
        if event is not None and event.thing.ours is ours:
            role = event.thing
            self.events += [Event("new_pass", role), event]
        else:
            role = Role(ours(), "loss", ours)
        event = Event("backward", role, (outputs, targets))
        self.events.append(event)
        self.called[id(role.thing), "dinputs"] = event.time
        return Read(role.thing, "dinputs", event.time)

    def steps(self, node: ast.Call, method: Method, ordered: tuple[Any, ...]) -> list[Any]:
        """What a method is given; and the descents of a layer that is told of a rate besides, and
        makes its own step.
        """
        if method.ours != "backward" or not adopted.steps_itself(method.role.proof):
            return [ordered]
        dvalues, rate = ordered if len(ordered) == 2 else (None, None)
        if not isinstance(rate, Known) or type(rate.value) not in (int, float):
            raise Unread(f"'{shown(node)}' is not given a rate that is the same in each turn")
        return [(dvalues,), *(Event("descend", method.role, (name, rate.value))
                              for name in ("weights", "biases"))]


def _of_these(events: list[Event], outputs: Read, targets: Any) -> Event | None:
    """The event of a loss that is a function, of these very outputs and targets."""
    for event in events:
        if isinstance(event.thing, Role) and issubclass(event.thing.ours, _OF_FUNCTIONS) and len(
                event.arguments) == 2:
            other = event.arguments[0]
            if other.thing is outputs.thing and other.time == outputs.time and same(
                    event.arguments[1], targets):
                return event
    return None


def _is_output(symbol: Any) -> bool:
    return isinstance(symbol, Read) and symbol.name == "output" and symbol.is_fresh


def _are_targets(symbol: Any, by_size: bool) -> bool:
    """Whether they are floats with two axes; of one output where all numbers are counted."""
    array: Any = symbol.array if isinstance(symbol, Rows) else (
        symbol.value if isinstance(symbol, Known) else None)
    return is_array(array) and array.ndim == 2 and array.dtype.kind == "f" and (
        array.shape[1] == 1 or not by_size)
