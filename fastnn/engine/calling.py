"""How layers, losses and optimizers of somebody's own are called, and what is taken of them.

The book's keep what they compute, as `output` and `dinputs`. One that gives it back instead, and
keeps nothing under that name, is understood, too; what is neither is refused in one sentence.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from fastnn.support import checks
from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from typing import Any

_WITH, _NAMED, _WITHOUT = "training", "training=", ""  # how `training` is handed over
_BESIDE = ("pre_update_params", "post_update_params")
_ways: WeakKeyDictionary[type, tuple[Any, str]] = WeakKeyDictionary()


def is_ours(thing: Any) -> bool:
    """Whether its class is of this package, and takes what its methods are said to take."""
    return type(thing).__module__.partition(".")[0] == "fastnn"


def way(layer: Any, where: str) -> str:
    """How its forward is handed `training`; TypeError where it takes something else altogether."""
    kind = type(layer)
    function = getattr(kind, "forward", None)
    known = _ways.get(kind)
    if known is not None and known[0] is function and "forward" not in getattr(
            layer, "__dict__", ()):
        return known[1]
    found = _way(layer, where)
    if "forward" not in getattr(layer, "__dict__", ()):
        _ways[kind] = function, found
    return found


def by_hand(layer: Any, where: str) -> str:
    """The same where no Model calls it: a second argument whose usual value is a number or a word
    is none that a loop by hand would give it.
    """
    found = way(layer, where)
    if found != _WITH or is_ours(layer):
        return found
    second: Any = list(_signature(layer.forward).parameters.values())[1:2]  # type: ignore[union-attr]
    usual = second[0].default if second else None
    if usual is None or usual is inspect.Parameter.empty or isinstance(usual, bool):
        return found
    return _WITHOUT


def _way(layer: Any, where: str) -> str:
    method = layer.forward
    if _signature(method) is None:
        return _WITHOUT
    if _takes(method, None, True):
        return _WITH
    if _takes(method, None, training=True):
        return _NAMED
    if _takes(method, None):
        return _WITHOUT
    raise _refused(layer, "forward", f"{where}.forward", "(inputs) or (inputs, training)")


def forward(layer: Any, x: Any, training: bool, how: str, where: str) -> Any:
    """The output of a layer for x."""
    if how == _WITH:
        given = layer.forward(x, training)
    elif how == _NAMED:
        given = layer.forward(x, training=training)
    else:
        given = layer.forward(x)
    return kept(layer, "output", given, "forward", where)


def kept(thing: Any, name: str, given: Any, method: str, where: str, like: Any = None) -> Any:
    """What a method has left under a name, or given back. like: an array that is shaped like what
    it gives back has to be.
    """
    found = getattr(thing, name, None)
    if found is not None:
        return found
    fits = like is None or np.shape(given) == np.shape(like)
    if isinstance(given, np.ndarray) and fits:
        return given
    shape = "" if fits or given is None else f" of shape {np.shape(like)}"
    raise TypeError(
        f"{where}.{method} must leave an array{shape} as self.{name}, or return it: "
        f"{type(thing).__name__}.{method} returned "
        f"{'nothing' if given is None else checks.shown(given)}, and {_has(thing, name)}")


def _has(thing: Any, name: str) -> str:
    """What an object has in the place of an attribute."""
    held = getattr(thing, "__dict__", {})
    if name in held:
        return f"its {name} is None"
    names = ", ".join(str(one) for one in list(held)[:8])
    return f"its object has no {name}" + (f", but {names}" if names else "")


def one_number(value: Any, thing: Any, where: str) -> Any:
    """`value`, where it is a number, as `calculate` of a loss and an accuracy gives it."""
    if isinstance(value, float | int | np.number):
        return value
    with dropped(TypeError, ValueError):
        float(value)
        return value
    raise TypeError(f"{where}.calculate must return one number, {type(thing).__name__}.calculate "
                    f"returned {'nothing' if value is None else checks.shown(value)}")


def never_trained(layer: Any, is_as_before: Any) -> list[str]:
    """The arrays of somebody's own layer that have slopes, and are neither what an optimizer
    changes nor changed by the layer itself. is_as_before: of an array, whether a step left it.
    """
    held = getattr(layer, "__dict__", {})
    if is_ours(layer) or hasattr(layer, "weights"):
        return []
    return [name for name, value in held.items()
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and is_as_before(value)
            and isinstance(held.get(f"d{name}"), np.ndarray)
            and held[f"d{name}"].shape == value.shape]


# ------------------------------------------------------------------------- before the first step


def check(parts: Any, who: str) -> None:
    """Refuse methods that do not take what a step gives them."""
    for n, layer in enumerate(parts.layers):
        if not is_ours(layer):
            way(layer, f"{who}: layers[{n}]")
            _check(layer, "backward", f"{who}: layers[{n}]", "(dvalues)", None)
    if not is_ours(parts.loss):
        for name, words in (("forward" if parts.fused_softmax else "calculate", "(output, y)"),
                            ("backward", "(dvalues, y)")):
            _check(parts.loss, name, f"{who}: loss", words, None, None)
    if parts.optimizer is not None and not is_ours(parts.optimizer):
        _check(parts.optimizer, "update_params", f"{who}: optimizer", "(layer)", None)
        for name in _BESIDE:
            _check(parts.optimizer, name, f"{who}: optimizer", "()")
    if parts.accuracy is not None and not is_ours(parts.accuracy):
        _check(parts.accuracy, "calculate", f"{who}: accuracy", "(predictions, y)", None, None)


def check_penalties(loss: Any, where: str) -> None:
    """Refuse a loss that cannot be asked for the penalties beside its mean, as a Model asks."""
    if not is_ours(loss) and not _takes(loss.calculate, None, None, include_regularization=True):
        raise _refused(loss, "calculate", f"{where}.calculate",
                       "(output, y, *, include_regularization=False)")


def updates_alone(optimizer: Any) -> bool:
    """Whether an optimizer has `update_params` and nothing else that could have to be called, as
    the first ones of chapter 10.
    """
    if isinstance(optimizer, type) or any(hasattr(optimizer, name) for name in _BESIDE):
        return False
    methods = {name for name in dir(type(optimizer))
               if not name.startswith("_") and callable(getattr(type(optimizer), name))}
    return methods == {"update_params"}


def _check(thing: Any, name: str, where: str, words: str, *given: Any) -> None:
    method = getattr(thing, name, None)
    if method is not None and not _takes(method, *given):
        raise _refused(thing, name, f"{where}.{name}", words)


def _refused(thing: Any, name: str, where: str, words: str) -> TypeError:
    return TypeError(f"{where} must take {words}, {type(thing).__name__}.{name} takes "
                     f"{_signature(getattr(thing, name))}")


def _signature(method: Any) -> inspect.Signature | None:
    """What it takes; None where it does not say."""
    with dropped(TypeError, ValueError):
        return inspect.signature(method)
    return None


def _takes(method: Any, *given: Any, **named: Any) -> bool:
    signature = _signature(method)
    if signature is None:
        return True
    with dropped(TypeError):
        signature.bind(*given, **named)
        return True
    return False
