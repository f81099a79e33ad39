"""Layers for an optimizer to change: the module's own, or objects with the names it asks for."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, layers, probing
from fastnn.checking.raised import Raised
from fastnn.checking.using import made_of
from fastnn.checking.values import as_array

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.probing import Place
    from fastnn.checking.using import Use

_BOOK = ("weights", "biases", "dweights", "dbiases")


class Bare:
    """A layer with nothing but parameters and gradients."""


@dataclass
class Stub:
    """How to make such a layer, and where its four arrays are."""

    places: tuple[Place, ...]
    use: Use | None = None
    guessed: bool = False

    def make(self, weights: Any, biases: Any, dweights: Any, dbiases: Any) -> Any:
        """A layer with these arrays; None when it cannot be made."""
        if self.use is None:
            layer: Any = Bare()
            for place, array in zip(self.places, (weights, biases, dweights, dbiases)):
                setattr(layer, place[0][1], np.array(array))
            layer._given = {place[0][1] for place in self.places} | {"_given"}
            return layer
        I, O = weights.shape
        case = cases.Case("", {"X": np.ones((2, I)), "W": weights, "b": biases,
                               "dvalues": np.ones((2, O))})
        layer = made_of(self.use, case)
        if isinstance(layer, Raised):
            return None
        for method, form in self.use.calls:
            probing.call(layer, method, tuple(case.arrays.get(word, True) for word in form))
        try:
            self.slope(layer, dweights, dbiases)
        except Exception:
            return None
        return layer

    def slope(self, layer: Any, dweights: Any, dbiases: Any) -> None:
        """Give a layer new gradients."""
        turned = self.use is not None and self.use.transposed
        probing.put(layer, self.places[2], dweights.T if turned else dweights)
        probing.put(layer, self.places[3], dbiases)

    def parameters(self, layer: Any) -> tuple[Any, Any] | None:
        """Weights and biases as they are now."""
        return self._pair(layer, self.places[:2])

    def gradients(self, layer: Any) -> tuple[Any, Any]:
        """The gradients as they are now."""
        return self._pair(layer, self.places[2:]) or (None, None)

    def change(self, layer: Any, weights: Any, biases: Any) -> None:
        """Put other parameters in their place."""
        probing.put(layer, self.places[0], weights)
        probing.put(layer, self.places[1], biases)

    def _pair(self, layer: Any, places: tuple[Place, ...]) -> tuple[Any, Any] | None:
        try:
            first, second = (as_array(probing.value_at(layer, place)) for place in places)
        except Exception:
            return None
        if first is None or second is None:
            return None
        return (first.T if self.use is not None and self.use.transposed else first), second


def of(kind: Any, neighbours: dict[str, Any]) -> Iterator[Stub]:
    """The module's dense layers, the book's names, then names that the source asks for."""
    for one in list(neighbours.values()):
        if isinstance(one, type) and one is not kind and len(probing.parameters(one)) >= 1:
            made = layers.dense_places(one)
            if made:
                yield Stub(made[1], made[0])
    yield Stub(tuple((("attribute", name),) for name in _BOOK))
    for names in _asked(kind):
        yield Stub(tuple((("attribute", name),) for name in names), guessed=True)


def _asked(kind: Any) -> Iterator[tuple[str, ...]]:
    """Four names that a method reads and writes of one object, in all likely orders."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        return
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name != "__init__":
            own = function.args.args[0].arg if function.args.args else ""
            of = dict.fromkeys(node.value.id for node in ast.walk(function)
                               if isinstance(node, ast.Attribute)
                               and isinstance(node.value, ast.Name) and node.value.id != own)
            for name in of:
                yield from _of_object(function, name)


def _of_object(function: ast.FunctionDef, name: str) -> Iterator[tuple[str, ...]]:
    read: list[str] = []
    written: list[str] = []
    states: set[str] = set()
    for node in ast.walk(function):
        if _is_of(node, name):
            (read if isinstance(node.ctx, ast.Load) else written).append(node.attr)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            states.add(node.value)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("hasattr"):
            states.update(str(one.value) for one in node.args if isinstance(one, ast.Constant))
        elif isinstance(node, ast.If) and "hasattr" in ast.unparse(node.test):
            states.update(one.attr for part in node.body for one in ast.walk(part)  # type: ignore[attr-defined]
                          if _is_of(one, name) and isinstance(one.ctx, ast.Store))  # type: ignore[attr-defined]
    own = [one for one in dict.fromkeys(written) if one not in states]
    slopes = [one for one in dict.fromkeys(read) if one not in written and one not in states]
    for pair in itertools.permutations(own[:4], 2):
        for gradients in itertools.permutations(slopes[:3], 2):
            yield (*pair, *gradients)


def _is_of(node: ast.AST, name: str) -> bool:
    return (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and node.value.id == name)
