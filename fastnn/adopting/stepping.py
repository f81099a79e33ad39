"""What is asked where a dense layer's way back is a step, too: `stepping_patterns.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.guards import NUMBERS
from fastnn.adopting.stepping_patterns import Steps_of_One
from fastnn.adopting.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WEIGHTS, _BIASES, _INPUTS = ((), "weights"), ((), "biases"), ((), "inputs")


class Stepping(Writing):
    """Writes it."""

    _are_apart: Callable[[list[str], list[str]], str]

    def _rate(self, ours: str, name: str) -> list[str]:
        """That the rate is a number of Python's, which takes the type of the gradients."""
        return [f"type({name}) in {self._value(NUMBERS)}"] if ours == "rate" else []

    def _of_the_step(self) -> list[str]:
        """That what changes in place nobody else reads: ours has read all before, theirs may not.
        That shapes and types stay what they are, where theirs makes arrays anew.
        """
        if self.proved.pattern != "backward" or _WEIGHTS not in self.writes:
            return []
        weights, biases, inputs = (self.held[key] for key in (_WEIGHTS, _BIASES, _INPUTS))
        dvalues = self._given("dvalues")
        found = [self._are_apart([weights, biases], [inputs, dvalues])]
        if not self.proof.form.flat:
            found.append(f"{biases}.ndim == 2")
        if issubclass(self.proof.form.pattern, Steps_of_One):
            found.append(f"len({dvalues}) == 1")
        if self._anew():
            found.append(f"{dvalues}.dtype is {weights}.dtype")
        return found

    def _given(self, name: str) -> Any:
        """Their argument that is this one of ours."""
        return next(self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                    if self.proved.ours.arguments[ours] == name)
