"""Pictures: curves of a training, what a network decides where, its weights and its neurons.

    from fastnn import plots
    plots.curves(history); plots.decision_boundary(model, X, y)

matplotlib draws them; it is imported by the first picture, not before. All give back the axes.

    history    curves: loss and accuracy by epoch
    boundary   what a network of two inputs answers where
    layers     weights as images, activations as histograms
    small      a curve as a few lines of SVG, for notebooks; needs no matplotlib
"""

from typing import Any

_PLACES = {"activations": "layers", "curves": "history", "decision_boundary": "boundary",
           "weights": "layers"}
__all__ = ["activations", "curves", "decision_boundary", "weights"]  # noqa: F822  made when asked


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    """The functions, with matplotlib only once one is asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from importlib import import_module
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
