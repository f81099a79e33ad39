"""Words for the types in signatures. Only checkers and editors import this module.

An object of your own need not be derived from one of ours: what it has to have is a Protocol here.
"""

import os
from typing import Any, Protocol

from numpy.typing import ArrayLike, NDArray

__all__ = ["AccuracyLike", "Array", "ArrayLike", "Layer", "LossLike", "OptimizerLike", "FilePath"]

Array = NDArray[Any]
FilePath = str | os.PathLike[str]
# No Protocol: to a checker a list of objects of several classes is one of `object`.
Layer = Any


class LossLike(Protocol):
    """A loss, or a loss with the activation before it."""

    def forward(self, *arguments: Any, **named: Any) -> Any:
        """Sample losses, or the mean loss, of outputs and targets."""

    def backward(self, *arguments: Any, **named: Any) -> Any:
        """Set `dinputs`."""


class OptimizerLike(Protocol):
    """An optimizer."""

    def pre_update_params(self) -> Any:
        """What comes before the layers of a step."""

    def update_params(self, layer: Any, /) -> Any:
        """Change the layer's weights and biases."""

    def post_update_params(self) -> Any:
        """What comes after them."""


class AccuracyLike(Protocol):
    """An accuracy."""

    def calculate(self, *arguments: Any, **named: Any) -> Any:
        """Share of right predictions."""
