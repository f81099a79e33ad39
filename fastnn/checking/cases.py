"""The inputs that a class is tried with: several shapes, both float types, both kinds of targets.

They come of a generator of their own; NumPy's global one is not used. A case for certain roles
alone names them; at an edge (a slope at exactly 0) the book made a choice, and another choice is
remarked on and no mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import frame

if TYPE_CHECKING:
    from typing import Any


RATE = 0.5  # of a layer that changes its own parameters: a division by it rounds nothing


@dataclass(eq=False)
class Case:
    """Arrays by the book's names, and what is to be said of them."""

    name: str
    arrays: dict[str, Any]
    roles: tuple[str, ...] = ()  # empty: all
    edge: str = ""
    known: dict[Any, Any] = field(default_factory=dict)  # expected values, computed once

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["arrays"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def single(self) -> bool:
        """Whether its arrays are float32, and so what is computed of them no better."""
        return any(getattr(one, "dtype", None) == np.float32 for one in self.arrays.values())

    def for_role(self, role: str) -> bool:
        """Whether this case is for a role."""
        return not self.roles or role in self.roles


def _layer(name: str, N: int, I: int, O: int, kind: str = "float64", seed: int = 7,
           times: float = 1.0) -> Case:
    draw = np.random.default_rng(seed)
    made = {"X": times * draw.normal(size=(N, I)), "W": draw.normal(size=(I, O)),
            "b": draw.normal(size=(1, O)), "dvalues": draw.normal(size=(N, O)),
            "slopes": draw.normal(size=(N, I))}
    made = {key: value.astype(kind) for key, value in made.items()}
    return Case(name, made)


def layers() -> list[Case]:
    """For layers and activations: `dvalues` (N, O) for dense layers, `slopes` (N, I) for others."""
    return _samples() if frame.alone() else _layers()


@cache
def _samples() -> list[Case]:
    """One sample each."""
    return [_layer("1 sample, 3 inputs, 4 outputs", 1, 3, 4),
            _layer("1 sample, 4 inputs, 2 outputs", 1, 4, 2, seed=8),
            _layer("1 sample, 2 inputs, 1 output", 1, 2, 1),
            _layer("float32", 1, 3, 2, "float32")]


@cache
def _layers() -> list[Case]:
    large = _layer("inputs of thousands", 4, 5, 3, times=2000.0)
    large.roles = ("softmax",)
    large.arrays["forward_only"] = True  # its slopes are nothing but rounding
    zero = _layer("inputs of exactly 0", 4, 3, 3)
    zero.arrays["X"][0] = 0.0
    zero.edge = "at inputs of exactly 0"
    zero.roles = ("relu", "leaky relu")
    return [_layer("5 samples, 3 inputs, 4 outputs", 5, 3, 4), _layer("4 of each", 4, 4, 4),
            _layer("1 sample", 1, 3, 2), _layer("7 samples, 1 output", 7, 2, 1),
            _layer("float32", 5, 3, 4, "float32"), large, zero, far()]


@cache
def far() -> Case:
    """Inputs up to 20, where an activation may end that is ReLU's up to 6."""
    made = _layer("inputs up to 20", 6, 5, 3, times=8.0)
    made.roles = ("relu", "leaky relu")
    return made


def _targets(draw: Any, N: int, C: int) -> Any:
    y = draw.integers(0, C, size=N)
    y[:min(N, C)] = np.arange(min(N, C))  # every class, the last too
    return y


def _classes(name: str, N: int, C: int, onehot: bool, kind: str = "float64") -> Case:
    draw = np.random.default_rng(11)
    logits = draw.normal(size=(N, C))
    probabilities = _softmax(logits)
    y = _targets(draw, N, C)
    y_true = np.eye(C, dtype=int)[y] if onehot else y
    return Case(name, {"y_pred": probabilities.astype(kind), "y_true": y_true, "labels": y,
                       "logits": logits.astype(kind), "softmax": _softmax(logits.astype(kind))})


def _softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def classification() -> list[Case]:
    """For losses and accuracies of classes: y_pred (N, C), logits (N, C), y_true of both kinds; of
    columns one-hot ones alone, for class numbers are no columns.
    """
    return _onehot() if frame.turned() else _both_kinds()


@cache
def _onehot() -> list[Case]:
    return [Case(one.name, {**one.arrays, "y_true": np.eye(one.y_pred.shape[1], dtype=int)[
        one.labels]}, one.roles) for one in _both_kinds() if one.name != "class numbers"]


@cache
def _both_kinds() -> list[Case]:
    certain = _classes("a probability of exactly 1", 4, 3, False)
    certain.arrays["y_pred"][0] = [1.0, 0.0, 0.0]
    certain.roles = ("categorical cross-entropy",)
    never = _classes("a probability of exactly 0", 4, 3, False)
    never.arrays["y_pred"][0] = [0.0, 0.25, 0.75]
    never.roles = ("categorical cross-entropy",)
    for one in (certain, never):
        one.arrays["forward_only"] = True
    large = _classes("inputs of thousands", 4, 3, False)
    large.arrays["logits"] = 2000 * large.logits
    large.arrays["softmax"] = _softmax(large.logits)
    large.roles = ("softmax and loss",)
    return [_classes("class numbers", 5, 3, False), _classes("one-hot targets", 5, 3, True),
            _classes("1 sample", 1, 3, False), _classes("4 samples, 4 classes", 4, 4, False),
            _classes("4 samples, 4 classes, one-hot", 4, 4, True),
            _classes("float32", 5, 3, False, "float32"), certain, never, large]


def _numbers(name: str, N: int, O: int, binary: bool, kind: str = "float64") -> Case:
    draw = np.random.default_rng(13)
    y_pred: Any = draw.normal(size=(N, O))
    y_true: Any = draw.normal(size=(N, O))
    if binary:
        y_pred = draw.uniform(0.05, 0.95, size=(N, O))
        y_true = draw.integers(0, 2, size=(N, O))
        y_true[0, 0] = 1
        if N == 1:
            y_true[0, -1] = 0  # of one sample too there are both
    return Case(name, {"y_pred": y_pred.astype(kind), "y_true": y_true if binary
                       else y_true.astype(kind)})


@cache
def regression(binary: bool) -> list[Case]:
    """For losses of outputs and targets of one shape (N, O); binary: targets of 0 and 1."""
    made = [_numbers("5 samples, 3 outputs", 5, 3, binary), _numbers("1 output", 6, 1, binary),
            _numbers("1 sample", 1, 3, binary), _numbers("4 of both", 4, 4, binary),
            _numbers("float32", 5, 3, binary, "float32")]
    return made + (_certain(2) if binary else [])


def _certain(outputs: int) -> list[Case]:
    """Probabilities of exactly 0 and 1."""
    made = []
    for name, row, target in (("a probability of exactly 1", 1.0, 1),
                              ("a probability of exactly 0", 0.0, 1),
                              ("a probability of exactly 1 for a target of 0", 1.0, 0)):
        one = _numbers(name, 4, outputs, True)
        one.arrays["y_pred"][0, 0], one.arrays["y_true"][0, 0] = row, target
        one.arrays["forward_only"] = True
        made.append(one)
    return made


@cache
def one_output() -> list[Case]:
    """The binary ones of a single output, of which a sum over outputs is the mean."""
    return [_numbers("6 samples, 1 output", 6, 1, True),
            _numbers("4 samples, 1 output", 4, 1, True),
            _numbers("float32", 5, 1, True, "float32"), *_certain(1)]


@cache
def binary() -> list[Case]:
    """For sigmoid and loss in one: logits, what sigmoid makes of them, y_true of 0 and 1."""
    made = [Case(one.name, dict(one.arrays)) for one in regression(True)[:4]]
    for number, one in enumerate(made):
        logits = np.random.default_rng(17 + number).normal(size=one.y_pred.shape)
        one.arrays["logits"], one.arrays["sigmoid"] = logits, 1 / (1 + np.exp(-logits))
    return made
