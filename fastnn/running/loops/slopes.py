"""Slopes of losses that a program has as functions, and layers that step as they go backward.

    grad = mse_prime(Y, output)
    for layer in reversed(network):
        grad = layer.backward(grad, learning_rate)
"""

import ast
import sys
from types import FunctionType
from typing import Any

from fastnn.running.loops import adopted
from fastnn.running.loops.events import Event
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.methods import Methods
from fastnn.running.loops.names import is_array
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Known, Method, Read, Rows, Unread


class Slopes(Methods):
    """Reads both."""

    events: list[Event]
    called: dict[tuple[int, str], int]

    def own_function(self, node: ast.Call, function: FunctionType) -> Any:
        """The gradient of a loss, too, which is an event."""
        found = self._slope(node, function)
        return super().own_function(node, function) if found is None else found

    def _slope(self, node: ast.Call, function: FunctionType) -> Read | None:
        """What a function gives that is the slope of a loss of these outputs and these targets."""
        if "fastnn.adopting" not in sys.modules or node.keywords or len(node.args) != 2 or not all(
                isinstance(one, ast.Name) for one in node.args):
            return None
        from fastnn.adopting.functions import slope_of

        given = list(map(self.value, node.args))
        found = slope_of(function) if any(map(_is_output, given)) else None
        if found is None:
            return None
        outputs, targets = given[found.outputs], given[1 - found.outputs]
        if not _is_output(outputs) or not _are_targets(targets, found.by_size):
            return None
        role = Role(found.ours(), "loss", found.ours)
        self.texts.append(found)
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


def _is_output(symbol: Any) -> bool:
    return isinstance(symbol, Read) and symbol.name == "output" and symbol.is_fresh


def _are_targets(symbol: Any, by_size: bool) -> bool:
    """Whether they are floats with two axes; of one output where all numbers are counted."""
    array: Any = symbol.array if isinstance(symbol, Rows) else (
        symbol.value if isinstance(symbol, Known) else None)
    return is_array(array) and array.ndim == 2 and array.dtype.kind == "f" and (
        array.shape[1] == 1 or not by_size)
