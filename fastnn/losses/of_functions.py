"""Losses of programs that write them as functions: nobody else is offered them.

    def mse_prime(y_true, y_pred):
        return 2 * (y_pred - y_true) / len(y_true)

A sample's loss is the sum over its outputs, as the slope is divided by samples alone. Of one output
that is what it is by all numbers together, too.
"""

from __future__ import annotations

from fastnn.losses.formula import Array, PointwiseLoss


class _SquaredErrorUpwards(PointwiseLoss):
    """Its slope is 2 (p - y), of which a difference of 0 has another sign than -2 (y - p)."""

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """(y - p)^2"""
        return (y_true - y_pred) ** 2

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """2 (p - y)"""
        return 2 * (y_pred - y_true)


class _SquaredErrorDownwards(PointwiseLoss):
    """The same with a slope of -2 (y - p)."""

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """(y - p)^2"""
        return (y_true - y_pred) ** 2

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """-2 (y - p)"""
        return -2 * (y_true - y_pred)


class _HalfSquaredErrorUpwards(PointwiseLoss):
    """Half of it, with a slope of p - y."""

    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array) -> Array:
        """(y - p)^2 / 2"""
        return (y_true - y_pred) ** 2 * 0.5

    @staticmethod
    def slope(y_pred: Array, y_true: Array) -> Array:
        """p - y"""
        return y_pred - y_true
