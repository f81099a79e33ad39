"""When a training has gone on long enough, by scikit-learn's rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Best:
    """The parameters of the epoch whose score was best, which are put back at the end."""

    def __init__(self, layers: list[Any], score: Callable[[], float]) -> None:
        self._layers, self.score = layers, score
        self._kept: list[Any] = []

    def keep(self) -> None:
        """Those of now."""
        self._kept = [(layer.weights.copy(), layer.biases.copy()) for layer in self._layers]

    def put_back(self) -> None:
        """Give them to the layers."""
        for layer, (weights, biases) in zip(self._layers, self._kept):
            layer.weights[...], layer.biases[...] = weights, biases


class Patience:
    """Whether a loss, or the score of samples that were put aside, got no better for too long.

    After each epoch: it counts those in a row that were not better than the best by `tol`; more
    than `patience` of them are enough.

    Attributes: said, whether it was enough; scores, of each epoch, None where it goes by the loss.
    """

    def __init__(self, tol: float, patience: int, best: Best | None) -> None:
        self._tol, self._patience, self._best = tol, patience, best
        self._value, self._count = -np.inf, 0
        self.said = False
        self.scores: list[float] | None = None if best is None else []

    def ahead(self) -> int:
        """How many epochs there will be at least before it is enough: who goes by scores is to be
        asked after each.
        """
        return 1 if self._best is not None else max(1, self._patience + 1 - self._count)

    def __call__(self, loss: float) -> bool:
        """Whether to stop now, after an epoch of this loss."""
        value = -loss if self._best is None else self._scored(self._best)
        # NaN is never better
        self._count = 0 if value >= self._value + self._tol else self._count + 1
        if value > self._value:
            self._value = value
            if self._best is not None:
                self._best.keep()
        self.said = self._count > self._patience
        return self.said

    def why(self) -> str:
        """Why it was enough, in words."""
        value = "the loss" if self._best is None else "the score of the samples put aside"
        return f"{value} got no better by {self._tol:g} for {self._count} epochs"

    def _scored(self, best: Best) -> float:
        assert self.scores is not None
        self.scores.append(best.score())
        return self.scores[-1]

    def end(self) -> None:
        """Give the layers the parameters of the best epoch, where there was one."""
        if self._best is not None:
            self._best.put_back()
