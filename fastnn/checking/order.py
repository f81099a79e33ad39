"""Predictions and targets: which comes first.

A function's names may say it. Where they do not, another function of the file may whose value tells
them apart, as a cross-entropy's does, and which calls its arguments the same.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastnn.checking import probing
from fastnn.support.likeness import PAIRS, order_by_names

if TYPE_CHECKING:
    from typing import Any

__all__ = ["PAIRS", "UNTOLD", "learnt", "names_of", "order_by", "order_of"]
UNTOLD = ("the names of {}'s arguments do not say which is the prediction: the first was taken for "
          "it, as in the book; where the targets come first the sign is right")
_TELLING = ("categorical cross-entropy", "binary cross-entropy")


def names_of(function: Any) -> list[str]:
    """The names of a function's first two arguments, without self."""
    return (list(inspect.signature(function).parameters) if inspect.isfunction(function)
            and "." not in function.__qualname__ else probing.arguments_of(function))[:2]


def learnt(things: dict[str, Any], findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Which names of arguments are predictions in a file, and which targets, by the functions whose
    value tells: "y_pred" and "y_true" by name; a name that is both is neither.
    """
    found: dict[str, set[str]] = {}
    for name, one in findings.items():
        if one["role"].startswith(_TELLING) and len(one["vocabulary"].get("arguments", ())) == 2:
            for own, word in zip(names_of(things[name]), one["vocabulary"]["arguments"]):
                found.setdefault(own, set()).add(word)
    return {own: words.pop() for own, words in found.items()
            if len(words) == 1 and words <= set(PAIRS[0])}


def order_by(function: Any, known: dict[str, str]) -> tuple[str, str] | None:
    """The order of a function whose arguments have these names."""
    made = tuple(known.get(name, "") for name in names_of(function))
    return made if made in PAIRS else None  # type: ignore[return-value]


def order_of(function: Any) -> tuple[str, str] | None:
    """Which of a function's first two arguments are predictions and targets, as their names say."""
    return order_by_names(names_of(function))
