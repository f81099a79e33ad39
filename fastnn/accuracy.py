"""The accuracies. The comparison of a batch costs NumPy a few microseconds; nothing is compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference, registry
from fastnn.support import checks, reprs, rules

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

__all__ = ["Accuracy", "Accuracy_Categorical", "Accuracy_Regression"]



class Accuracy(reference.Accuracy):
    """Share of right predictions, of a batch and since `new_pass`.

    Subclasses define `compare(predictions, y)` -> array of bools.
    Source: book ch. 18, 19.  Differs: none.
    """

    __repr__ = reprs.constructed

    def calculate(self, predictions: ArrayLike, y: ArrayLike) -> np.floating[Any]:
        """Share of right predictions; also accumulated."""
        who = f"{type(self).__name__}.calculate"
        predictions = checks.any_batch(predictions, who, "predictions")
        y = checks.any_batch(y, who, "y")
        if predictions.ndim == 0:
            raise ValueError(f"{who}: predictions must be a batch, got the number {predictions}")
        if (1, *y.shape) == predictions.shape:  # one sample
            y = y.reshape(1, -1)
        self._check_targets(predictions, y, who)
        return super().calculate(predictions, y)

    def _check_targets(self, predictions: Array, y: Array, who: str) -> None:
        """Refuse targets that NumPy would spread over the predictions without a word."""
        if y.shape != predictions.shape:
            raise ValueError(f"{who}: y must be {predictions.shape} like the predictions, "
                             f"got {y.shape}{checks.as_column(y.shape, predictions.shape, 'y')}")

    def calculate_accumulated(self) -> float:
        """Share of right predictions since `new_pass`."""
        if not self.accumulated_count:
            raise RuntimeError(f"{type(self).__name__}.calculate_accumulated: nothing has been "
                               "accumulated since new_pass, call calculate first")
        return super().calculate_accumulated()


registry.remember(Accuracy)


@registry.register("accuracy", settings={"binary": rules.answer}, compiled="categorical")
class Accuracy_Categorical(Accuracy, reference.Accuracy_Categorical):
    """Share of predicted classes that are the target's.

    Parameters
    ----------
    binary : bool, keyword only
        Targets (N, O) of 0 and 1 are compared one by one; without it (N, C) means one-hot.

    Source: book ch. 18.  Differs: none.
    """

    def _check_targets(self, predictions: Array, y: Array, who: str) -> None:
        onehot = not self.binary and y.ndim == 2
        if onehot and y.shape == (len(predictions), 1) and predictions.ndim == 1:
            # One class, or class indices in a column?
            onehot = bool(np.all(y == 1) and not np.any(predictions))
        if not onehot:
            super()._check_targets(predictions, y, who)
        elif predictions.ndim != 1:
            raise ValueError(f"{who}: with targets of two axes predictions must be classes (N,), "
                             f"got {predictions.shape}. Accuracy_Categorical(binary=True) compares "
                             "0 and 1 one by one")
        elif len(y) != len(predictions):
            raise ValueError(f"{who}: y must have one target for each of the {len(predictions)} "
                             f"predictions, got {len(y)}")


@registry.register("accuracy", settings={"precision": rules.number_or_none}, compiled="regression")
class Accuracy_Regression(Accuracy, reference.Accuracy_Regression):
    """Share of predictions nearer to their targets than `precision`, std(y) / 250.

    `init(y)` sets the precision once; `init(y, reinit=True)` anew.
    Source: book ch. 17.  Differs: none.
    """

    def init(self, y: ArrayLike, reinit: bool = False) -> None:
        """Set `precision` from the targets, once; with `reinit` anew."""
        super().init(checks.any_batch(y, f"{type(self).__name__}.init", "y"), reinit)

    def compare(self, predictions: Array, y: Array) -> Array:
        """Which predictions are within the precision."""
        if self.precision is None:
            raise RuntimeError("Accuracy_Regression.compare: there is no precision yet, call "
                               "init(y) first")
        return super().compare(predictions, y)
