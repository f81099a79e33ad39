"""The loops of a program that look like trainings, and what became of each."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass
class Kept:
    """carried: names of numbers that turns leave to others; fixed: names of which no account is to
    be kept. why: for what each name was carried first, a sentence.
    """

    carried: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)
    why: dict[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A loop: where it is, its variable and its body; what became of its turns.

    trained: those that `fit`'s engine did; run: those that ran as they are; why: the sentence that
    says why the last one that did not want to did.
    """

    name: str
    line: int
    variable: str
    body: list[ast.stmt]
    trained: int = 0
    run: int = 0
    why: str | None = None
    waited: int = 0  # turns that ran as they are for want of kernels
    step: int = 0  # of a `while`: how much its variable grows in each turn
    books: Kept = field(default_factory=Kept)
    books_of_validation: Kept = field(default_factory=Kept)  # with what is done between the turns
    ends: int = 0  # how many statements of its body train
    around: "Site | None" = None  # the loop in whose turns it runs
    vain: int = 0  # how often it was run and looked at in vain, the last time and before that
    pause: int = 0  # how often it is to be run before it is looked at again
    has_batches: bool = False  # whether each turn goes over numbers, or trains batch by batch

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say of it that is not said of the loop around it."""
        if self.around is None:
            return True
        return not self.around.trained and (
            bool(self.trained) or self.why is not None or self.around.why is None)

    @property
    def what(self) -> str:
        """The loop, for a sentence."""
        return f"the loop over {self.variable}" if self.variable else "the while loop"

    def __str__(self) -> str:
        where = f"{self.name}, line {self.line}: {self.what}"
        if self.trained:
            whole = self.trained + self.run
            said = f"{where}: {self.trained} of {whole} turns were trained at once, "
            said += f"as fit does, {self.run} ran as they are"
            return said + (f", {self.waited} while kernels were compiled" if self.waited else "")
        if self.why is not None:
            return f"{where} ran as it is: {self.why}"
        if self.waited:
            return (f"{where} ran as it is: its kernels were not compiled in time, and compiling "
                    "goes on for some seconds (FASTNN_COMPILE=wait compiles them first)")
        return f"{where} was not run" if not self.run else f"{where} ran as it is: it is short"


@dataclass
class Left:
    """A loop that is left alone; said: where it is, and why."""

    said: str
    around: Site | None = None

    @property
    def is_told(self) -> bool:
        """Whether that is not a part of what was trained."""
        return self.around is None or not self.around.trained

    def __str__(self) -> str:
        return self.said


SITES: dict[str, Site] = {}
_LEFT: dict[str, "Left"] = {}


def add(site: Site, whose: str) -> str:
    """Remember a loop of whose program; its key.

    The same loop once more, in a cell that is run again, takes the place of the one before: then
    it is told what became of the new one, and a function that was made of the old counts there.
    """
    key = _key(whose, site.line, [site.variable, *map(ast.dump, site.body)])
    SITES[key] = site
    return key


def leave(name: str, node: ast.For | ast.While, why: str, whose: str) -> Left:
    """Remember a loop that nobody will look at again."""
    left = Left(f"{name}, line {node.lineno}: a loop runs as it is: {why}")
    _LEFT[_key(whose, node.lineno, [ast.dump(node)])] = left
    return left


def _key(whose: str, line: int, texts: list[str]) -> str:
    return f"{whose}:{line}:{sha256(chr(0).join(texts).encode()).hexdigest()}"


def report(whose: str = "") -> list[str]:
    """What became of each loop, one line each; of one program's, or of all."""
    tables: tuple[dict[str, Any], ...] = SITES, _LEFT
    return [str(known[key]) for known in tables for key in _of(known, whose)
            if known[key].is_told]


def forget(whose: str = "") -> None:
    """Forget the loops of a program, or all: they run as they are from now on."""
    for known in (SITES, _LEFT):
        for key in _of(known, whose):
            del known[key]


def _of(known: Mapping[str, object], whose: str) -> list[str]:
    return [key for key in known if not whose or key.startswith(f"{whose}:")]
