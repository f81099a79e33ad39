"""Class names in other spellings: LayerDense, Dense_layer, Activation_Relu, Optimiser_SGD, Adam.

A package calls it for the names it does not have (PEP 562):

    def __getattr__(name):
        return spelling.find(name, globals())

Case, underscores, the place of the kind (layer, activation, loss, optimizer) and the kind itself
do not matter, as long as one class alone can be meant.
"""

import difflib
from collections.abc import Iterable
from typing import Any

_KINDS = ("layer", "activation", "loss", "optimizer", "accuracy")

# What people write for the part of the name that is not the kind.
_SOFTMAX_LOSS = "softmaxlosscategoricalcrossentropy"
_SAME = {
    "crossentropy": "categoricalcrossentropy",
    "cce": "categoricalcrossentropy",
    "bce": "binarycrossentropy",
    "mse": "meansquarederror",
    "mae": "meanabsoluteerror",
    "softmaxcrossentropy": _SOFTMAX_LOSS,
    "softmaxcategoricalcrossentropy": _SOFTMAX_LOSS,
    "softmaxlosscrossentropy": _SOFTMAX_LOSS,
}


def find(name: str, namespace: dict[str, Any]) -> Any:
    """What `name` means in a module's `namespace`: the very name if it is there, else a class.

    AttributeError, with the nearest names as a hint, where no class or more than one is meant.
    Names with a leading underscore are never looked for.
    """
    if name in namespace:
        return namespace[name]
    message = f"module {namespace.get('__name__')!r} has no attribute {name!r}"
    if not name.startswith("_"):
        meant = _meant(name, _classes(namespace))
        if len(meant) == 1:
            return namespace[meant[0]]
        message += _hint(name, namespace.get("__all__", ()))
    raise AttributeError(message, name=name)


def _classes(namespace: dict[str, Any]) -> list[str]:
    return [name for name, value in namespace.items()
            if isinstance(value, type) and name[:1].isupper()]


def _meant(name: str, classes: Iterable[str]) -> list[str]:
    """The classes that a spelling fits."""
    if name.islower() and "_" not in name:  # `model`, `accuracy`, `relu`: a module or a function
        return []
    kind, rest = _parts(name)
    # An accuracy has to be called one: "Categorical" alone may be a loss as well.
    return [known for known in classes
            for known_kind, known_rest in [_parts(known)]
            if known_rest == rest and (kind == known_kind
                                       or (not kind and known_kind != "accuracy"))]


def _parts(name: str) -> tuple[str, str]:
    """Kind and rest of a name: of "ReLU_Activation" they are ("activation", "relu")."""
    plain = _plain(name)
    for kind in _KINDS:
        if plain.startswith(kind):
            return kind, _usual(plain.removeprefix(kind))
        if plain.endswith(kind):
            return kind, _usual(plain.removesuffix(kind))
    return "", _usual(plain)


def _usual(rest: str) -> str:
    return _SAME.get(rest, rest)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("optimiser", "optimizer")


def _hint(name: str, known: Iterable[str]) -> str:
    """". Did you mean 'Layer_Dense'?", or nothing where no name is near."""
    spellings = {_plain(real): real for real in known}
    near = difflib.get_close_matches(_plain(name), spellings, n=3, cutoff=0.65)
    words = [repr(spellings[plain]) for plain in near]
    if not words:
        return ""
    *first, last = words
    return f". Did you mean {', '.join(first)} or {last}?" if first else f". Did you mean {last}?"
