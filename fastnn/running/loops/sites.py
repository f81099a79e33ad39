"""The loops of a program that look like trainings, and what became of each."""

import ast
from dataclasses import dataclass


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

    def __str__(self) -> str:
        where = f"{self.name}, line {self.line}: the loop over {self.variable}"
        if self.trained:
            whole = self.trained + self.run
            said = f"{where}: {self.trained} of {whole} turns were trained at once, "
            said += f"as fit does, {self.run} ran as they are"
            return said + (f", {self.waited} while kernels were compiled" if self.waited else "")
        if self.why is not None:
            return f"{where} ran as it is: {self.why}"
        if self.waited:
            return (f"{where} ran as it is: its kernels were not compiled in time (the next run "
                    "may have them; FASTNN_COMPILE=wait compiles first)")
        return f"{where} was not run" if not self.run else f"{where} ran as it is: it is short"


SITES: dict[str, Site] = {}
_LEFT: list[str] = []  # loops that are left alone, and why


def add(site: Site) -> str:
    """Remember a loop; its key."""
    key = f"{site.name}:{site.line}:{len(SITES)}"
    SITES[key] = site
    return key


def leave(name: str, line: int, why: str) -> None:
    """Remember a loop that nobody will look at again."""
    _LEFT.append(f"{name}, line {line}: a loop runs as it is: {why}")


def report() -> list[str]:
    """What became of each loop, one line each."""
    return [*map(str, SITES.values()), *_LEFT]


def forget() -> None:
    """Forget all loops: a program that was rewritten before runs as it is from now on."""
    SITES.clear()
    _LEFT.clear()
