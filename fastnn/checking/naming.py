"""Which argument of an optimizer is which of the book's: by name, by default, by trial."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from fastnn.checking import probing, steps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MOST_ORDERS = 150


def namings(kind: str, names: list[str], like: Any) -> Iterator[dict[str, str]]:
    """Which argument is which of the book's: all assignments, the likeliest first."""
    hypers = steps.HYPERS[kind]
    count = min(len(names), len(hypers))
    found = []
    if len(names) <= len(hypers):
        made = (dict(zip(chosen, names)) for chosen in itertools.permutations(hypers, count))
    else:
        made = (dict(zip(hypers, chosen)) for chosen in itertools.permutations(names, count))
    for naming in made:
        if "learning_rate" in naming or "learning_rate" not in hypers:
            found.append((sum(like(book, own) for book, own in naming.items()), naming))
    found.sort(key=lambda pair: -pair[0])
    yield from (naming for _, naming in found[:_MOST_ORDERS])


def liking(kind: Any) -> Any:
    """How likely an argument is one of the book's: its name, and its default."""
    defaults = {one.name: one.default for one in probing.parameters(kind)}

    def like(book: str, own: str) -> float:
        same = defaults.get(own) in steps.DEFAULTS[book]
        return probing.alike(book, own) + 0.5 * same

    return like


def values_of(kind: str, naming: dict[str, str],
              values: dict[str, float]) -> Iterator[dict[str, float]]:
    """Numbers for all hyperparameters; what the class has no argument for: the usual ones."""
    left = [name for name in steps.HYPERS[kind] if name not in naming]
    for chosen in itertools.product(*(steps.DEFAULTS[name] for name in left)):
        yield {**{book: values[own] for book, own in naming.items()}, **dict(zip(left, chosen))}
