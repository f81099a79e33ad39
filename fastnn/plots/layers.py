"""Weights as images, and how the neurons of each layer answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.plots.drawing import axes_for, layers_of, outputs_of

if TYPE_CHECKING:
    from typing import Any

    from fastnn.support.annotations import ArrayLike

_MOST = 64  # images of neurons


def weights(network: Any, *, shape: tuple[int, int] | None = None, axes: Any = None) -> list[Any]:
    """Draw weights as images: red above 0, blue below, white is 0.

    network : a Model, a list of layers, or one layer
    shape : None draws the matrix (I, O) of each layer that has one; (height, width) draws what the
        first such layer looks for, the weights of each neuron as an image, of up to 64
    axes : matplotlib's axes to draw into, one for each image; None makes a figure

    Returns the axes.

    Source: this library.  Differs: not in the book.
    """
    who = "plots.weights"
    is_one = not hasattr(network, "layers") and callable(getattr(network, "forward", None))
    layers = layers_of([network] if is_one else network, who)
    found = [layer for layer in layers if getattr(layer, "weights", None) is not None]
    if not found:
        raise ValueError(f"{who}: no layer has weights")
    if shape is None:
        images = [(f"{np.shape(layer.weights)[0]} to {np.shape(layer.weights)[1]}",
                   np.asarray(layer.weights)) for layer in found]
    else:
        first = np.asarray(found[0].weights)
        if len(shape) != 2 or shape[0] * shape[1] != len(first):
            raise ValueError(f"{who}: the layer has {len(first)} inputs, and shape must have as "
                             f"many places, got {shape}")
        images = [(f"neuron {n}", column.reshape(shape))
                  for n, column in enumerate(first.T[:_MOST])]
    made = axes_for(axes, len(images), who, (3.0, 2.8) if shape is None else (1.6, 1.6))
    for one, (title, image) in zip(made, images, strict=True):
        most = float(np.abs(image).max()) or 1.0
        one.imshow(image, cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest",
                   aspect="auto" if shape is None else "equal")
        one.set_title(title, fontsize=8)
        if shape is None:
            one.set_xlabel("neuron")
            one.set_ylabel("input")
            for axis in one.xaxis, one.yaxis:
                axis.get_major_locator().set_params(integer=True)
        else:
            one.set_axis_off()
    return made


def activations(network: Any, X: ArrayLike, *, bins: int = 50, axes: Any = None) -> list[Any]:
    """Draw how often each layer puts out which values for these samples, a histogram each.

    network : a Model or a list of layers; it is left as it is
    X : samples (N, I)
    bins : int or whatever numpy.histogram takes
    axes : matplotlib's axes to draw into, one for each layer; None makes a figure

    The title says which share of the values is exactly 0: neurons behind a ReLU that are always 0
    learn nothing. Returns the axes.

    Source: this library.  Differs: not in the book.
    """
    who = "plots.activations"
    layers = layers_of(network, who)
    outputs = outputs_of(layers, np.asarray(X))
    made = axes_for(axes, len(layers), who, (3.2, 2.4))
    given = getattr(network, "layers", network)  # an adopted class has its own name
    for one, layer, output in zip(made, given, outputs, strict=True):
        values = output[np.isfinite(output)]
        one.hist(values.ravel(), bins=bins, color="#1f77b4")
        zeros = f", {100 * np.mean(output == 0):.0f} % zeros" if (output == 0).any() else ""
        one.set_title(f"{type(layer).__name__}{zeros}", fontsize=8)
        one.set_yticks([])
    return made
