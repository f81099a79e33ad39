"""What all losses are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference, registry
from fastnn.kernels import losses as _kernels
from fastnn.support import checks, reprs
from fastnn.support.buffers import empty as _empty
from fastnn.support.repeated import Repeated

if TYPE_CHECKING:
    from typing import Any, Literal, overload

    from fastnn.support.annotations import ArrayLike

    Pair = tuple[np.floating[Any], float | np.floating[Any]]  # mean and penalty

_array = np.ndarray
_again = Repeated()


def _mean_and_sum(losses: Any) -> Any:
    """Of sample losses, as NumPy has them."""
    found = _again.call(losses, None, None)
    if found is not None:
        return found
    found, refuses = None, _kernels.mean_and_sum.refuses
    if type(losses) is _array:
        found = _empty((2,), losses.dtype)
    if found is None or refuses(losses, found):  # somebody's own forward
        return np.mean(losses), np.sum(losses)
    _again.met(refuses, (losses,), None, (found,))
    return found


class Loss(reference.Loss):
    """Mean of the sample losses that `forward` gives, and the penalty of the layers.

    `calculate` works with and without `new_pass`, `regularization_loss` with and without a layer.
    Subclasses define `forward(y_pred, y_true)` -> (N,) and `backward(dvalues, y_true)`.

    Source: book ch. 5, 14, 18, 19.
    Differs: predictions are (N, columns): those of one sample as (columns,), which the book
    broadcasts against targets of two axes, are refused.
    """

    __repr__ = reprs.constructed

    if TYPE_CHECKING:
        @overload
        def calculate(self, output: ArrayLike, y: ArrayLike, *,
                      include_regularization: Literal[False] = False) -> np.floating[Any]: ...
        @overload
        def calculate(self, output: ArrayLike, y: ArrayLike, *,
                      include_regularization: Literal[True]) -> Pair: ...
        @overload
        def calculate(self, output: ArrayLike, y: ArrayLike, *,
                      include_regularization: bool = False) -> np.floating[Any] | Pair: ...

    def calculate(self, output: ArrayLike, y: ArrayLike, *,
                  include_regularization: bool = False) -> Any:
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        losses = self.forward(output, y)
        mean, total = _mean_and_sum(losses)
        if getattr(losses, "shape", None) == () or not hasattr(losses, "__len__"):
            raise TypeError(f"{type(self).__name__}.forward must return a loss for each sample, "
                            f"(N,), got {checks.shown(losses)}")  # somebody's own forward
        self.accumulated_sum += total
        self.accumulated_count += len(losses)
        if not include_regularization:
            return mean
        return mean, self.regularization_loss()

    if TYPE_CHECKING:
        @overload
        def calculate_accumulated(
            self, *, include_regularization: Literal[False] = False) -> np.floating[Any]: ...
        @overload
        def calculate_accumulated(self, *, include_regularization: Literal[True]) -> Pair: ...
        @overload
        def calculate_accumulated(
            self, *, include_regularization: bool = False) -> np.floating[Any] | Pair: ...

    def calculate_accumulated(self, *, include_regularization: bool = False) -> Any:
        """Mean loss since `new_pass`; with `include_regularization` the pair (mean, penalty)."""
        if not self.accumulated_count:
            raise RuntimeError(f"{type(self).__name__}.calculate_accumulated: nothing has been "
                               "accumulated since new_pass, call calculate first")
        return super().calculate_accumulated(include_regularization=include_regularization)


registry.remember(Loss)
