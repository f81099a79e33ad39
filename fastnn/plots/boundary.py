"""What a network of two inputs answers where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.plots.drawing import axes_for, layers_of, outputs_of
from fastnn.support import checks

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import Array, ArrayLike

_MARGIN = 0.1  # of the data's width, around them
_CLASSES = "tab10", "tab20"  # colours that are told apart
_MANY = "hsv"


def decision_boundary(network: Any, X: ArrayLike, y: ArrayLike, *, steps: int = 200,
                      axes: Any = None) -> Any:
    """Colour the plane by what the network answers there, and draw the samples on it.

    network : a Model, or a list of layers, with two inputs
    X (N, 2), y (N,) class indices, one-hot rows (N, C), or (N, 1) of 0 and 1
    steps : int; the plane is asked at steps * steps places
    axes : matplotlib's axes to draw into; None makes a figure

    With several outputs the colour is the largest one's, the paler the less it is ahead; with one
    output it goes from one class to the other. The network is left as it is. Returns the axes.

    Source: this library.  Differs: not in the book.
    """
    who = "plots.decision_boundary"
    layers = layers_of(network, who)
    steps = checks.whole(steps, who, "steps", 2)
    X, y = of_the_plane(X, y, who)
    (one,) = axes_for(axes, 1, who, (5.0, 4.4))
    x0, x1 = (np.linspace(*_ends(X[:, k]), steps) for k in range(2))
    plane = np.stack(np.meshgrid(x0, x1), axis=-1).reshape(-1, 2).astype(
        np.result_type(X.dtype, np.float32))
    outputs = outputs_of(layers, plane)[-1]
    colours, low, high = _colours(outputs)
    classes = np.argmax(y, axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
    one.imshow(colours.reshape(steps, steps, 4), origin="lower", aspect="auto",
               extent=(x0[0], x0[-1], x1[0], x1[-1]), interpolation="bilinear")
    one.scatter(X[:, 0], X[:, 1], c=classes, cmap=_palette(low, high), vmin=low, vmax=high, s=12,
                edgecolors="white", linewidths=0.4)
    one.set_xlim(x0[0], x0[-1])
    one.set_ylim(x1[0], x1[-1])
    return one


def of_the_plane(X: ArrayLike, y: ArrayLike, who: str) -> tuple[Array, Array]:
    """The samples as arrays. ValueError where they are not of two inputs, or not as many as y."""
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape[:1] != X.shape[:1] or not len(X):
        raise ValueError(f"{who}: X must be (N, 2) and y of as many samples, got {X.shape} and "
                         f"{y.shape}")
    return X, y


def _ends(values: Array) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * ((high - low) or 1.0)
    return low - margin, high + margin


def _palette(low: float, high: float) -> Any:
    """The colours of classes, or of what lies between two."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap
    if high - low == 1 and low == 0:
        return colormaps["coolwarm"]
    count = int(high) + 1
    fits = [colormaps[name] for name in _CLASSES if colormaps[name].N >= count]
    return ListedColormap([fits[0](k) if fits else colormaps[_MANY](k / count)
                           for k in range(count)])


def _colours(outputs: Array) -> tuple[Array, float, float]:
    """Red, green, blue and opacity of each place; the least and the greatest class."""
    if outputs.shape[1] == 1:
        found = np.clip(outputs[:, 0], 0, 1)
        colours = _palette(0, 1)(found)
        colours[:, 3] = 0.55
        return colours, 0, 1
    order = np.sort(outputs.astype(float), axis=1)
    ahead = order[:, -1] - order[:, -2]
    scale = np.percentile(ahead, 90) or 1.0
    top = outputs.shape[1] - 1
    # Two classes have the two ends of one palette, as a single output has.
    colours = np.array(_palette(0, top)(outputs.argmax(axis=1) if top > 1 else outputs.argmax(
        axis=1).astype(float)))
    colours[:, 3] = 0.15 + 0.45 * np.clip(ahead / scale, 0, 1)
    return colours, 0, top
