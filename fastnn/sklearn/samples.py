"""Samples as they are trained with: their weights, and equal ones put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array


# Bytes of samples up to which equal ones are looked for: that takes 10 ns each, and as much room.
_MOST = 20_000_000


class Samples(NamedTuple):
    """X (N, I), y (N,) of classes or (N, O) of values, and weights (N,), or None for all alike."""

    X: Array
    y: Array
    weights: Array | None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def total(self) -> float:
        """The sum of the weights; where there are none, the number of samples."""
        return float(len(self.X)) if self.weights is None else float(self.weights.sum())

    def taken(self, rows: Array) -> Samples:
        """Those of these rows."""
        weights = None if self.weights is None else self.weights[rows]
        return Samples(self.X[rows], self.y[rows], weights)


def counted(samples: Samples) -> Samples:
    """Without those of weight 0: they are as if they were not there."""
    weights = samples.weights
    if weights is None or weights.all():
        return samples
    return samples.taken(np.flatnonzero(weights))


def merged(samples: Samples) -> Samples:
    """Equal samples put together into one of their weight, in an order of their own.

    Where one batch is all samples, neither changes anything but the rounding; so three samples are,
    bit for bit, one of weight 3, and the order in which samples come makes no difference. Of very
    many samples they are as they came.
    """
    X, y, weights = samples
    if X.nbytes > _MOST:
        return samples
    bytes_of = [np.ascontiguousarray(a).reshape(len(X), -1).view(np.uint8) for a in (X, y)]
    rows = np.ascontiguousarray(np.hstack(bytes_of))
    keys = rows.view(np.dtype((np.void, rows.shape[1]))).ravel()
    _, first, where, counts = np.unique(keys, return_index=True, return_inverse=True,
                                        return_counts=True)
    if weights is not None:
        counts = np.bincount(where, weights)
    if (counts == counts[0]).all():
        return Samples(X[first], y[first], None if weights is None and counts[0] == 1
                       else np.full(len(first), float(counts[0])))
    return Samples(X[first], y[first], counts.astype(np.float64))


def scaled(samples: Samples) -> Array | None:
    """The weights with a mean of 1; None where they are all alike."""
    weights = samples.weights
    if weights is None or (weights == weights[0]).all():
        return None
    return weights * (len(weights) / weights.sum())


def signed(classes: Array, weights: Array, n_classes: int, dtype: Any) -> Array:
    """Targets (N, C) of `_WeightedCrossentropy`: a weight at its class, minus it at the others."""
    targets = np.repeat(-weights[:, None], n_classes, axis=1)
    targets[np.arange(len(classes)), classes] = weights
    return targets.astype(dtype)
