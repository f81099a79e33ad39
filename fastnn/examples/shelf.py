"""Which notebooks there are, and what each says of itself."""

from __future__ import annotations

import difflib
from importlib import resources
from typing import NamedTuple

from fastnn.examples.cells import Cell, cells_of

# In the book's order, and then what is beyond it.
NAMES = ("dense", "backprop", "optimizers", "regularization", "binary", "regression", "fashion",
         "profile", "check", "sweep")


class Example(NamedTuple):
    """A notebook. part: of the book; title: in one line; script: its text as Python."""

    name: str
    part: str
    title: str
    script: str

    def cells(self) -> list[Cell]:
        """Its cells."""
        return cells_of(self.script)


def example(name: str) -> Example:
    """The notebook of this name, with or without .ipynb. ValueError, with the nearest one, for
    another.
    """
    plain = name.removesuffix(".ipynb").removesuffix(".py")
    if plain not in NAMES:
        near = [one for one in NAMES if plain and one.startswith(plain.lower())] or (
            difflib.get_close_matches(plain.lower(), NAMES, n=1, cutoff=0.6))
        hint = f"did you mean {near[0]!r}?" if near else "there are " + ", ".join(NAMES)
        raise ValueError(f"there is no example {name!r}; {hint}")
    file = resources.files("fastnn.examples").joinpath("notebooks", f"{plain}.py")
    script = file.read_text(encoding="utf-8")
    title, _, rest = cells_of(script)[0].source.partition("\n")
    part = rest.strip().partition(".")[0]  # "Chapters 2 to 6." is the first sentence
    return Example(plain, part, title.removeprefix("# "), script)


def every() -> list[Example]:
    """All of them, in the book's order."""
    return [example(name) for name in NAMES]
