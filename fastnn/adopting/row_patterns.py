"""Softmax row by row, and other ways back from it, to be read and never to run: see `patterns.py`.

Rows have the digits that all have together. Ways back without the book's matrices have others, and
stay theirs.
"""

# ruff: noqa: D101, D102

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn import reference


class Listed:
    """A list of rows."""

    def forward(self, inputs: Any) -> None:
        self.output = np.array([
            np.exp(row - row.max()) / np.exp(row - row.max()).sum() for row in inputs])


class Listed_Once(Listed):
    """The powers are computed once."""

    def forward(self, inputs: Any) -> None:
        rows = []
        for row in inputs:
            powers = np.exp(row - np.max(row))
            rows.append(powers / np.sum(powers))
        self.output = np.array(rows)


class Filled:
    """Rows set in an array."""

    def forward(self, inputs: Any) -> None:
        output = np.zeros_like(inputs)
        for index in range(len(inputs)):
            powers = np.exp(inputs[index] - np.max(inputs[index]))
            output[index] = powers / powers.sum()
        self.output = output


class Filled_by_Max(Filled):
    """With Python's max: of rows with NaNs it may be another, and all is NaN."""

    def forward(self, inputs: Any) -> None:
        output = np.zeros_like(inputs)
        for index in range(len(inputs)):
            powers = np.exp(inputs[index] - max(inputs[index]))
            output[index] = powers / powers.sum()
        self.output = output


class Back_by_Sums:
    output: Any

    def backward(self, dvalues: Any) -> None:
        self.dinputs = self.output * (dvalues - np.sum(
            dvalues * self.output, axis=1, keepdims=True))


class Back_by_Rows:
    output: Any

    def backward(self, dvalues: Any) -> None:
        self.dinputs = np.array([
            row * one - row * np.dot(row, one) for row, one in zip(self.output, dvalues)])


class Back_by_Einsum:
    output: Any

    def backward(self, dvalues: Any) -> None:
        both = np.einsum("ni,ij->nij", self.output, np.eye(self.output.shape[1])) - np.einsum(
            "ni,nj->nij", self.output, self.output)
        self.dinputs = np.einsum("nij,nj->ni", both, dvalues)


BACK = (Back_by_Sums, Back_by_Rows, Back_by_Einsum)
FORTH = (reference.Activation_Softmax, Listed, Listed_Once, Filled, Filled_by_Max)
# Names without which nobody writes it.
ASKS: dict[type, str] = {Listed: "array", Listed_Once: "array", Filled: "zeros_like",
                         Filled_by_Max: "zeros_like max", Back_by_Rows: "array",
                         Back_by_Einsum: "einsum eye"}
