"""Steps that a Model may leave out unseen: what is never called, and dropout in predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.raised import Raised
from fastnn.checking.values import as_array

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.findings import Finding


@dataclass
class Way:
    """How a Model is used, with which classes, and what is known of those."""

    kind: Any
    around: dict[str, Any]
    known: dict[str, dict[str, Any]]
    parts: dict[str, str | None]
    set_: str
    naming: dict[str, str]
    add: str

    def vocabulary(self, word: str) -> dict[str, str]:
        """What a part's class calls things."""
        name = self.parts.get(word)
        return self.known[name]["vocabulary"] if name else {}

    def made(self, word: str, *values: Any, **options: Any) -> Any:
        """An object of a part's class."""
        return probing.attempt(self.around[self.parts[word] or ""], *values, **options)


@dataclass
class Trained:
    """What a training has done."""

    model: Any
    before: list[list[Any]]
    after: list[list[Any]]
    called: dict[str, int]  # how often the methods that were watched


def hooks(way: Way) -> list[str]:
    """The optimizer's methods before and after the updates."""
    words = way.vocabulary("optimizer")
    return [words[one] for one in ("pre_update_params", "post_update_params") if words.get(one)]


def penalty_of(way: Way) -> list[str]:
    """The loss's method for what the regularizers add."""
    kind = way.around.get(way.parts["loss"] or "")
    return [name for one in way.known.values() for book, name in one["vocabulary"].items()
            if book == "regularization_loss" and kind is not None and hasattr(kind, name)][:1]


def watch(thing: Any, names: list[str], called: dict[str, int]) -> None:
    """Count the calls of an object's methods."""
    for name in names:
        called.setdefault(name, 0)
        try:
            setattr(thing, name, _counted(getattr(thing, name), name, called))
        except AttributeError:  # __slots__: nothing is known of its calls
            del called[name]


def _counted(method: Callable[..., Any], name: str,
             called: dict[str, int]) -> Callable[..., Any]:
    def counted(*given: Any, **options: Any) -> Any:
        called[name] += 1
        return method(*given, **options)
    return counted


def never_called(way: Way, called: dict[str, int], mistake: str) -> tuple[str, str] | None:
    """Which of the optimizer's methods are not called, where the rate or the count is wrong: the
    numbers are often the same.
    """
    names = [name for name in hooks(way) if called.get(name) == 0]
    if mistake not in ("rate never decays", "iterations not counted",
                       "neither decayed nor counted") or not names:
        return None
    verb = "is" if len(names) == 1 else "are"
    post = way.vocabulary("optimizer").get("post_update_params")
    return ("iterations not counted" if names == [post] else "rate never decays",
            f"{' and '.join(names)} {verb} never called")


def check(finding: Finding, way: Way, trained: Callable[..., Trained | None]) -> None:
    """What a training without regularizers and dropout does not show."""
    if penalty_of(way) and way.vocabulary("dense").get("weight_regularizer_l2"):
        made = trained(way, [], regularized=True)
        if made is not None and made.called.get(penalty_of(way)[0]) == 0:
            finding.differ("train", "the loss", "loss = data loss + regularization loss",
                           "chapter 18", "regularization left out",
                           f"{penalty_of(way)[0]} of the loss is never called: the loss that is "
                           "told is without the regularizers' part")
    if way.parts.get("dropout"):
        made = trained(way, [], dropout=True)
        if made is not None:
            _predictions(finding, made.model)
    if finding.differences:
        finding.settle()


def _predictions(finding: Finding, model: Any) -> None:
    """Whether dropout is off where samples alone are given."""
    X = np.random.default_rng(31).normal(size=(12, 2))
    for name, method in probing.methods(type(model)).items():
        if probing.alike(name, "predict") < 0.6 or not probing.takes(method, 2):
            continue
        first, second = (probing.attempt(getattr(model, name), X.copy()) for _ in range(2))
        if isinstance(first, Raised):
            if first.at:
                finding.differ(name, "it", difference=first.row())
            continue
        one, two = as_array(first), as_array(second)
        if one is not None and two is not None and not np.array_equal(one, two):
            finding.differ(name, "returned value", "output of the layers, without dropout",
                           "chapter 18", "dropout not switched off",
                           f"{name} gives other values each time for the same samples: dropout "
                           "is for the training alone")
