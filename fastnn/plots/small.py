"""What a notebook shows of a History: a few figures and a small curve, without any library.

A curve of N epochs is drawn through at most so many points as it is wide: of those that fall on
one point the least and the greatest, so that no peak is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_WIDTH, _HEIGHT = 240, 60
_LAST = ("loss", "accuracy", "validation_loss", "validation_accuracy")


def page(history: Any) -> str:
    """HTML: how many epochs, the last values, the loss by epoch."""
    if not len(history):
        return "<div><b>History</b>: no epoch was recorded</div>"
    row = history[-1]
    cells = "".join(f"<td style='padding-right:1em'>{name.replace('_', ' ')}<br>"
                    f"<b>{getattr(row, name):.4g}</b></td>"
                    for name in _LAST if not np.isnan(getattr(row, name)))
    said = f"{len(history):,} recorded, the last of epoch {row.epoch:,}"
    stopped = ", stopped by Ctrl-C" * history.interrupted
    return (f"<div><b>History</b>: {said}{stopped}<table><tr>{cells}<td>"
            f"{curve(history.loss)}</td></tr></table></div>")


def curve(values: NDArray[np.float64]) -> str:
    """An SVG image of the values, from left to right; what is not finite is left out."""
    places = np.flatnonzero(np.isfinite(values))
    found = values[places]
    if not len(found):
        return ""
    found = np.clip(found, -1e300, 1e300)
    low, high = float(found.min()), float(found.max())
    across = max(1, len(values) - 1)
    x = 1 + (_WIDTH - 2) * places / across
    y = 1 + (_HEIGHT - 2) * (high - found) / ((high - low) or 1.0)
    points = " ".join(f"{one:.1f},{other:.1f}" for one, other in _thinned(x, y))
    return (f"<svg width='{_WIDTH}' height='{_HEIGHT}' role='img' aria-label='loss by epoch, from "
            f"{found[0]:.4g} to {found[-1]:.4g}'><polyline fill='none' stroke='#1f77b4' "
            f"stroke-width='1.5' points='{points}'/></svg>")


def _thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    """At most two points for each whole x, the least and the greatest y, in their order."""
    found: list[tuple[float, float]] = []
    for group in np.split(np.arange(len(x)), np.flatnonzero(np.diff(x.astype(int))) + 1):
        some = y[group]
        ends = sorted({int(group[some.argmin()]), int(group[some.argmax()])})
        found += [(float(x[at]), float(y[at])) for at in ends]
    return found
