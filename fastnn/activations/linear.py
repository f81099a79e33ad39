"""The identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.activations.careful import Careful
from fastnn.registry import register
from fastnn.support import arrays, checks

if TYPE_CHECKING:
    from fastnn.support.annotations import ArrayLike


@register("layer", compiled="identity")
class Activation_Linear(Careful, reference.Activation_Linear):
    """Identity: `output` is the very object that came in; dinputs is a copy of dvalues.

    Source: book ch. 17.  Differs: none.
    """

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output`. `training` makes no difference."""
        made = checks.any_batch(inputs, f"{type(self).__name__}.forward", "inputs")
        self.inputs = self.output = arrays.kept(inputs, made)

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dinputs` from dvalues, shaped like the inputs."""
        self._backward_carefully(dvalues)
