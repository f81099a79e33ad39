"""Which argument of an optimizer is which of the book's: by name, by default, by trial; and which
two are used for each other.
"""

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


def crosswise(defaults: dict[str, float], naming: dict[str, str]) -> tuple[str, ...]:
    """Two of the class's arguments that are used for each other: the betas by their defaults, all
    others by their names.
    """
    for one, two in itertools.combinations(naming, 2):
        if {one, two} == {"beta_1", "beta_2"}:
            first, second = steps.DEFAULTS["beta_1"], steps.DEFAULTS["beta_2"]
            if defaults["beta_1"] in second and defaults["beta_2"] in first:
                return naming["beta_1"], naming["beta_2"]
        elif probing.alike(naming[one], two) == probing.alike(naming[two], one) == 1:
            return naming[one], naming[two]
    return ()


def exchanged(defaults: dict[str, float], naming: dict[str, str]) -> str:
    """Which argument is used for which other, in a sentence; "" where none is."""
    pair = crosswise(defaults, naming)
    if not pair:
        return ""
    one, two = pair
    book = {own: name for name, own in naming.items()}
    if probing.alike(one, book[one]) < probing.alike(one, book[two]):
        return (f"{one} is used where {book[one]} should be, and {two} where {book[two]} should "
                "be: they are exchanged")
    return (f"the default of {one} is {defaults[book[one]]:g}, and that of {two} "
            f"{defaults[book[two]]:g}; the book's {book[one]} is {defaults[book[two]]:g}, and "
            f"{book[two]} {defaults[book[one]]:g}: the two defaults are exchanged")
