"""Weights and biases that each turn makes anew: `layer.weights = layer.weights - rate * dweights`.

A run changes arrays in place. So it has copies, which are the layers' own once a turn was trained:
who holds the arrays of before (`best = layer.weights`) has what they were.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from fastnn.engine.lent import Lent
from fastnn.running.loops.roles import Role
from fastnn.running.loops.steps import Step
from fastnn.running.loops.symbols import Unread
from fastnn.running.loops.updating import name_of
from fastnn.support.articles import with_article

_NAMES = "weights", "biases"


class _Copy(NamedTuple):
    mirror: Any
    name: str
    array: np.ndarray


class Anew:
    """The copies of a run."""

    def __init__(self, step: Step, lent: Lent) -> None:
        self._copies = [self._copied(role, name, lent) for role in step.layers
                        if role.get("weights", None) is not None
                        for name in _NAMES if _is_made_anew(role, step.optimizer, name)]

    @staticmethod
    def _copied(role: Role, name: str, lent: Lent) -> _Copy:
        mirror = lent.mirror(role.thing)
        if mirror is None:
            raise Unread(f"the {name} of {with_article(name_of(role))} are made anew in each turn")
        return _Copy(mirror, name, mirror.detach(name))

    def take(self) -> None:
        """Begin with what the layers have now."""
        for mirror, name, array in self._copies:
            there = mirror.theirs(name)
            if there is not array:
                np.copyto(array, there)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """They are the layers' own meanwhile: a validation asks the layers."""
        before = [mirror.theirs(name) for mirror, name, _ in self._copies]
        self.leave()
        try:
            yield
        finally:
            for (mirror, name, _), there in zip(self._copies, before, strict=True):
                mirror.attach(name, there)

    def leave(self) -> None:
        """They are the layers' own."""
        for mirror, name, array in self._copies:
            mirror.attach(name, array)


def _is_made_anew(role: Role, optimizer: Role, name: str) -> bool:
    """Whether the layer's own step, or the optimizer, makes an array where ours changes one."""
    flags: frozenset[Any] = frozenset()
    for one in (role, optimizer):
        flags |= one.proof.names.flags if one.proof is not None else frozenset()
    return ("anew", ((), name)) in flags or ("anew", (("layer",), name)) in flags
