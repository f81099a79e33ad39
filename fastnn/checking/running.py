"""An optimizer at work: all ways of calling it that change two layers, for a few steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing, steps
from fastnn.checking.raised import Raised
from fastnn.checking.using import calls
from fastnn.checking.values import first_difference

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.stubs import Stub

VALUES = (0.31, 0.17, 0.23, 0.53, 0.71, 0.41, 0.61)  # of the constructor's numbers, in their order
COUNT = 3  # of what counts steps, or epochs
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
    stub: Stub

    def words(self) -> dict[str, str]:
        """The methods by the book's names."""
        return {book: name for book, name in (
            ("pre_update_params", self.before), ("update_params", self.update),
            ("post_update_params", self.after)) if name}


def given(kind: Any, names: list[str]) -> dict[str, float]:
    """A number of its own for each of the constructor's arguments; what counts is whole."""
    defaults = {one.name: one.default for one in probing.parameters(kind)}
    return {name: COUNT if isinstance(defaults.get(name), int) and defaults[name] > 1 else value
            for name, value in zip(names, VALUES)}


def runs_of(kind: Any, names: list[str], stub: Stub) -> Iterator[Run]:
    """All uses that change the layers; those with most of its own methods first."""
    values = given(kind, names)
    hooks = [name for name, form in calls(kind, ((),))]
    for style in _STYLES:
        forms: tuple[tuple[str, ...], ...] = {
            "layer": (("layer",),), "layers": (("layers",),), "constructor": ((),),
            "lists": (("parameters", "gradients"),)}[style]
        for name, _ in calls(kind, forms):
            pairs = hooks_of(kind, name, hooks[:4])
            for before, after in pairs:
                if name in (before, after):
                    continue
                run = run_with(kind, values, stub, name, style, before, after)
                if isinstance(run, Run):
                    yield run
                elif not before and not after:
                    break


def hooks_of(kind: Any, update: str, hooks: list[str]) -> list[tuple[str, str]]:
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


def run_with(kind: Any, given: dict[str, float], stub: Stub, update: str, style: str, before: str,
             after: str) -> Run | tuple[str, Raised] | None:
    """The optimizer, made with these numbers, in use; or the method of it that raised, and what;
    or None, where it changes nothing or cannot be used so.
    """
    start, slopes = steps.data()
    layers = [stub.make(*pair, *slope) for pair, slope in zip(start, slopes[0])]
    if any(layer is None for layer in layers):
        return None
    values: dict[str, Any] = dict(given)
    if style == "constructor":
        first = probing.required(kind)[:1]
        if not first:
            return None
        rest = [name for name in given if name != first[0]]
        values = {**dict(zip(rest, given.values())), first[0]: layers}
    optimizer = probing.attempt(kind, **values)
    if isinstance(optimizer, Raised):
        return "__init__", optimizer
    rows = []
    for gradients in slopes:
        for layer, pair in zip(layers, gradients):
            stub.slope(layer, *pair)
        raised = _step(optimizer, update, style, before, after, layers, stub)
        if raised is not None:
            return raised if raised[0] else None
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
    return Run(update, style, before, after, np.array(rows), layers[0], optimizer, stub)


def _step(optimizer: Any, update: str, style: str, before: str, after: str, layers: list[Any],
          stub: Stub) -> tuple[str, Raised] | None:
    """One step; which method raised, "" for none that could be used so."""
    def called(name: str, *given: Any) -> Any:
        got = probing.attempt(getattr(optimizer, name), *given)
        if isinstance(got, Raised):
            raised.append((name, got))
        return got

    raised: list[tuple[str, Raised]] = []
    if before:
        called(before)
    each: dict[str, list[tuple[Any, ...]]] = {
        "layer": [(layer,) for layer in layers], "layers": [(layers,)], "constructor": [()]}
    for given in [] if raised else each.get(style, []):
        called(update, *given)
        if raised:
            break
    if style == "lists" and not raised:
        parameters = [p for layer in layers for p in stub.parameters(layer) or ()]
        gradients = [g for layer in layers for g in stub.gradients(layer)]
        got = called(update, parameters, gradients)
        new = got if isinstance(got, (list, tuple)) else parameters
        if not raised and len(new) != 2 * len(layers):
            return "", Raised(ValueError("as many parameters as there were"))
        for layer, weights, biases in zip(layers, new[::2], new[1::2]):
            stub.change(layer, weights, biases)
    if after and not raised:
        called(after)
    return raised[0] if raised else None


def where(rows: Any, right: Any) -> tuple[str, str, dict[str, Any]]:
    """Of the first difference: which parameters, at which step of which layer, and by how much."""
    found = first_difference(rows, right)
    if not found.get("element"):
        return "", "", found
    step, index = found["element"]
    (start, _) = steps.data()
    ends = np.cumsum([p.size for pair in start for p in pair])
    which = int(np.searchsorted(ends, index, side="right"))
    shape = start[which // 2][which % 2].shape
    first = int(ends[which]) - int(np.prod(shape))
    found["element"] = [int(one) for one in np.unravel_index(index - first, shape)]
    return ("weights", "biases")[which % 2], f"step {step + 1}, layer {which // 2 + 1}", found
