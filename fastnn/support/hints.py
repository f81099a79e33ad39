"""What is said where somebody uses another library's word for an argument, or another spelling."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")

# Words that no spelling leads to, and what there is for them.
_OTHERS = {"lr": "learning_rate", "validation_split": "validation_data=(X, y)",
           "n_epochs": "epochs", "n_iter": "epochs", "max_iter": "epochs",
           "kernel_regularizer": "weight_regularizer_l2", "units": "n_neurons",
           "input_dim": "n_inputs", "print_frequency": "print_every"}


def hinting(function: Callable[P, R]) -> Callable[P, R]:
    """The same function; its TypeError for an argument that it has not says which was meant."""
    @wraps(function)
    def hinted(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return function(*arguments, **options)
        except TypeError as error:
            trace: Any = error.__traceback__
            if trace.tb_next is not None:  # it came from inside
                raise
            words = hint(function, str(error))
            if not words:
                raise
            raise TypeError(words) from None
    return hinted


def hint(function: Any, said: str) -> str:
    """What Python said, with a hint; "" where there is none to give."""
    found = re.search(r"unexpected keyword argument '(\w+)'", said)
    if found is None:
        return ""
    ours = meant(found[1], inspect.signature(function).parameters)
    return f"{said}: there is {ours}" if ours else ""


def meant(word: str, names: Any) -> str:
    """The one of these names that a word may stand for; "" for none."""
    known = [name for name in names if name != "self"]
    other = _OTHERS.get(word.lower(), "")
    if other.partition("=")[0] in known:
        return other
    pieces = _pieces(word)
    alike = [name for name in known if all(
        any(ours.startswith(piece) or piece.startswith(ours) for ours in _pieces(name))
        for piece in pieces)]
    if alike:
        return alike[0]
    close = get_close_matches(word.lower(), known, 1, 0.7)
    return close[0] if close else ""


def _pieces(name: str) -> list[str]:
    """weight_L2, weightL2 and weight_l2 as weight, l2."""
    return [piece.lower() for piece in re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+", name)]
