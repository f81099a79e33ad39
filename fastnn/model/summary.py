"""What a Model is made of, as a table: its layers, what each puts out, and its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.engine.parts import parameters_of

if TYPE_CHECKING:
    from typing import Any

_HEADS = ("", "layer", "output", "parameters")


def text(model: Any) -> str:
    """The table, and a line of sums below it."""
    rows, width, counts = [], None, {True: 0, False: 0}
    for n, layer in enumerate(model.layers):
        sizes = [np.size(getattr(layer, name)) for name in _names(layer)]
        weights: Any = getattr(layer, "weights", None)
        width = np.shape(weights)[1] if np.ndim(weights) == 2 else width
        counts[bool(getattr(layer, "trainable", True))] += sum(sizes)
        rows.append((str(n), repr(layer), "?" if width is None else f"(N, {width})",
                     f"{sum(sizes):,}" if sizes else ""))
    lengths = [max(map(len, column)) for column in zip(_HEADS, *rows)]
    lines = [_line(row, lengths) for row in (_HEADS, *rows)]
    lines.insert(1, "-" * max(map(len, lines)))
    frozen = f", {counts[False]:,} of them frozen" if counts[False] else ""
    lines.append(f"{sum(counts.values()):,} parameters{frozen}")
    lines += [f"{role}: {thing!r}" for role in ("loss", "optimizer", "accuracy")
              if (thing := getattr(model, role, None)) is not None]
    return "\n".join(lines)


def _names(layer: Any) -> list[str]:
    """The attributes that are this layer's parameters."""
    known = [one.name for one in parameters_of(layer)] or ["weights", "biases"]
    return [name for name in known if isinstance(getattr(layer, name, None), np.ndarray)]


def _line(cells: tuple[str, ...], lengths: list[int]) -> str:
    *left, last = (cell.ljust(length) for cell, length in zip(cells, lengths))
    return "  ".join([*left, last.strip().rjust(lengths[-1])]).rstrip()
