"""Class names in other spellings: LayerDense, Dense_layer, Activation_Relu, Optimiser_SGD, Adam.

A package calls it for the names it does not have (PEP 562):

    def __getattr__(name):
        return spelling.find(name, globals())

Case, underscores, the place of the kind (layer, activation, loss, optimizer) and the kind itself
do not matter, as long as one class alone can be meant; nor does the order of the two that the
combined class is made of: Loss_CategoricalCrossentropy_Activation_Softmax. Kinds may be short, as
in Act_ReLU, and so may losses, as in Loss_CCE.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Any

# What people write for a kind; longer words come before those that they begin with.
_KINDS = {"layer": "layer", "activation": "activation", "act": "activation", "loss": "loss",
          "optimizer": "optimizer", "optim": "optimizer", "opt": "optimizer",
          "accuracy": "accuracy", "acc": "accuracy"}

# What people write for the part of the name that is not the kind.
_CROSSENTROPY = "categoricalcrossentropy"
_SAME = {
    "crossentropy": _CROSSENTROPY,
    "cce": _CROSSENTROPY,
    "bce": "binarycrossentropy",
    "mse": "meansquarederror",
    "mae": "meanabsoluteerror",
}
# The softmax and its loss in one: both words in any order, and what else may stand between them.
_COMBINED = "softmaxloss" + _CROSSENTROPY
_WORDS_OF_COMBINED = re.compile(
    f"(softmax)|({_CROSSENTROPY}|crossentropy|cce)|activation|act|layer|loss|with|and")


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
    if _is_combined(plain):
        return "activation", _COMBINED
    for written, kind in _KINDS.items():
        if plain.startswith(written):
            return kind, _usual(plain.removeprefix(written))
        if plain.endswith(written):
            return kind, _usual(plain.removesuffix(written))
    return "", _usual(plain)


def _usual(rest: str) -> str:
    return _SAME.get(rest, rest)


def _is_combined(plain: str) -> bool:
    """Whether a name is made of a softmax, a cross-entropy, and words that say no more."""
    words = list(_WORDS_OF_COMBINED.finditer(plain))
    return "".join(word[0] for word in words) == plain and [
        sum(word[group] is not None for word in words) for group in (1, 2)] == [1, 1]


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
