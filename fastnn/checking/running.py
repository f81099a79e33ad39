"""An optimizer at work: all ways of calling it that change two layers, for a few steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing, steps
from fastnn.checking.using import calls
from fastnn.checking.values import Raised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.stubs import Stub

VALUES = (0.31, 0.17, 0.23, 0.53, 0.71, 0.41, 0.61)  # of the constructor's numbers, in their order
_STYLES = ("layer", "layers", "constructor", "lists")


@dataclass(eq=False)
class Run:
    """One way of using the optimizer, and what became of the layers."""

    update: str
    style: str
    before: str
    after: str
    rows: Any
    layer: Any  # the first, afterwards
    optimizer: Any

    def words(self) -> dict[str, str]:
        """The methods by the book's names."""
        return {book: name for book, name in (
            ("pre_update_params", self.before), ("update_params", self.update),
            ("post_update_params", self.after)) if name}


def runs_of(kind: Any, names: list[str], stub: Stub) -> Iterator[Run]:
    """All uses that change the layers; those with most of its own methods first."""
    hooks = [name for name, form in calls(kind, ((),))]
    for style in _STYLES:
        forms: tuple[tuple[str, ...], ...] = {
            "layer": (("layer",),), "layers": (("layers",),), "constructor": ((),),
            "lists": (("parameters", "gradients"),)}[style]
        for name, _ in calls(kind, forms):
            pairs = _hooks(kind, name, hooks[:4])
            for before, after in pairs:
                if name in (before, after):
                    continue
                run = _run(kind, names, stub, name, style, before, after)
                if run is not None:
                    yield run
                elif not before and not after:
                    break


def _hooks(kind: Any, update: str, hooks: list[str]) -> list[tuple[str, str]]:
    """Which methods come before and after an update: as their names say, or as they are written."""
    written = list(probing.methods(kind))

    def late(name: str) -> bool:
        said = probing.alike(name, "post_update") - probing.alike(name, "pre_update")
        return said > 0 if abs(said) > 0.1 else written.index(name) > written.index(update)

    before = [name for name in hooks if not late(name)]
    after = [name for name in hooks if late(name)]
    return [*itertools.product(before, after), *itertools.combinations(before, 2),
            *itertools.combinations(after, 2), *((name, "") for name in before),
            *(("", name) for name in after), ("", "")]


def _run(kind: Any, names: list[str], stub: Stub, update: str, style: str, before: str,
         after: str) -> Run | None:
    start, slopes = steps.data()
    layers = [stub.make(*pair, *slope) for pair, slope in zip(start, slopes[0])]
    if any(layer is None for layer in layers):
        return None
    values: dict[str, Any] = dict(zip(names, VALUES))
    if style == "constructor":
        first = probing.required(kind)[:1]
        if not first:
            return None
        rest = [name for name in names if name != first[0]]
        values = {**dict(zip(rest, VALUES)), first[0]: layers}
    optimizer = probing.attempt(kind, **values)
    if isinstance(optimizer, Raised):
        return None
    rows = []
    for gradients in slopes:
        for layer, pair in zip(layers, gradients):
            stub.slope(layer, *pair)
        if not _step(optimizer, update, style, before, after, layers, stub):
            return None
        row = [stub.parameters(layer) for layer in layers]
        if any(one is None for one in row):
            return None
        rows.append(np.concatenate([p.ravel() for pair in row for p in pair]))  # type: ignore[union-attr]
        if len(rows) == 1 and np.array_equal(rows[0], np.concatenate(
                [p.ravel() for pair in start for p in pair])):
            return None
    if len({row.shape for row in rows}) > 1 or rows[0].size != steps.simulate(
            "SGD", {"learning_rate": 1.0, "decay": 0.0, "momentum": 0.0}).shape[1]:
        return None
    return Run(update, style, before, after, np.array(rows), layers[0], optimizer)


def _step(optimizer: Any, update: str, style: str, before: str, after: str, layers: list[Any],
          stub: Stub) -> bool:
    if before and isinstance(probing.attempt(getattr(optimizer, before)), Raised):
        return False
    method = getattr(optimizer, update)
    if style == "layer":
        got = [probing.attempt(method, layer) for layer in layers]
    elif style == "layers":
        got = [probing.attempt(method, layers)]
    elif style == "constructor":
        got = [probing.attempt(method)]
    else:
        parameters = [p for layer in layers for p in stub.parameters(layer) or ()]
        gradients = [g for layer in layers for g in stub.gradients(layer)]
        got = [probing.attempt(method, parameters, gradients)]
        new = got[0] if isinstance(got[0], (list, tuple)) else parameters
        if len(new) != 2 * len(layers):
            return False
        for layer, weights, biases in zip(layers, new[::2], new[1::2]):
            stub.change(layer, weights, biases)
    if any(isinstance(one, Raised) for one in got):
        return False
    return not after or not isinstance(probing.attempt(getattr(optimizer, after)), Raised)
