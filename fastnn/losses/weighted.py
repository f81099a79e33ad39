"""Losses that the estimators of `fastnn.sklearn` train with; nobody else is offered them."""

from __future__ import annotations

import numpy as np

from fastnn.losses.formula import Array, PointwiseLoss


class _WeightedCrossentropy(PointwiseLoss):
    """Categorical cross-entropy of weighted samples, and its slope by what the softmax is given.

        loss[n] = -w[n] log(p[n, y[n]]),  p clipped;  dinputs = w[n] (p - onehot(y)) / N

    Class and weight of a sample are one row of targets: w at its class, -w at all others. Then both
    are formulas of a single output and its target. The layer before it is a softmax that hands its
    gradient on as it is.
    """

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """-w log(p) where the target is positive, else 0"""
        return -(np.maximum(y_true, 0.0) * np.log(np.clip(y_pred, 1e-7, 1 - 1e-7)))

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """w (p - onehot)"""
        return np.abs(y_true) * y_pred - np.maximum(y_true, 0.0)


class _HalfSquaredError(PointwiseLoss):
    """loss[n] = mean_o (y - p)^2 / 2, as scikit-learn has it; its slope is p - y, over O and N."""

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """(y - p)^2 / 2"""
        return (y_true - y_pred) ** 2 * 0.5

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """-(y - p)"""
        return -(y_true - y_pred)

