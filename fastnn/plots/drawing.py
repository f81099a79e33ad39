"""What all pictures begin with: axes to draw into, and what of a network they look at."""

from __future__ import annotations

import copy
import inspect
from typing import TYPE_CHECKING

import numpy as np

from fastnn.registry import ours_of

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array

DOTS = 100  # per inch


def pyplot(who: str) -> Any:
    """matplotlib's pyplot. ImportError, in one sentence, where it is not installed."""
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        raise ImportError(f"{who} draws with matplotlib, which is not installed: "
                          "pip install matplotlib") from None
    return plt


def axes_for(axes: Any, count: int, who: str, size: tuple[float, float] = (5.0, 3.6)) -> list[Any]:
    """So many axes: those that were given, or those of a new figure, side by side in rows of 4, of
    small ones 8. size: of one, in inches.
    """
    if axes is not None:
        given = list(np.asarray(axes, dtype=object).ravel())
        if len(given) < count:
            raise ValueError(f"{who}: {count} pictures are to be drawn, and there are axes for "
                             f"{len(given)}")
        return given[:count]
    columns = min(count, 4 if size[0] > 2 else 8)
    rows = -(-count // columns)
    _, made = pyplot(who).subplots(rows, columns, squeeze=False, dpi=DOTS, layout="constrained",
                                   figsize=(size[0] * columns, size[1] * rows))
    for spare in made.ravel()[count:]:
        spare.remove()
    return list(made.ravel()[:count])


def layers_of(network: Any, who: str) -> list[Any]:
    """The layers of a Model, or of a list of layers; for those of adopted classes ones of ours."""
    layers = getattr(network, "layers", network)
    if not isinstance(layers, list | tuple) or not layers or not all(
            callable(getattr(layer, "forward", None)) for layer in layers):
        other = [type(one).__name__ for one in layers if not callable(
            getattr(one, "forward", None))] if isinstance(layers, list | tuple) else []
        raise TypeError(f"{who}: the network must be a Model or a list of layers, got "
                        f"{type(network).__name__}{f' of {other[0]}' if other else ''}")
    return [ours_of(layer) for layer in layers]


def outputs_of(layers: list[Any], X: Array) -> list[Array]:
    """What each layer puts out for these samples. The layers themselves stay as they are."""
    found = []
    for layer in layers:
        other = copy.copy(layer)
        try:
            other.forward(X, training=False)
        except TypeError:
            if not _takes_no_training(layer):
                raise
            other.forward(X)
        X = np.array(other.output)
        found.append(X)
    return found


def _takes_no_training(layer: Any) -> bool:
    return "training" not in inspect.signature(layer.forward).parameters
