"""`while` loops: their turns count themselves, in a name of the program's, or nobody does."""

import ast
import itertools
import sys
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

from fastnn.running.loops.frames import can_put, put
from fastnn.running.loops.names import look_up
from fastnn.running.loops.sites import SITES, Site
from fastnn.running.loops.turns import LONG, Turns, kept_around

_MANY = 10**9  # turns of a loop whose end nobody knows
_FIRST = 4  # the first turn from which on it is worth to read one


def whiles(key: str) -> Iterable[Any]:
    """What `for` is to iterate over in the place of `while`: as often as turns run as they are."""
    site = SITES.get(key)
    if site is None:
        return itertools.repeat(())
    frame = sys._getframe(1)
    if site.pause:
        site.pause -= 1
        return _late(site, frame)
    return _turns(site, frame)


def _turns(site: Site, frame: FrameType) -> Iterable[Any]:
    """The same, from the turn on that comes next."""
    now = look_up(frame, site.variable) if site.step else 0
    if type(now) is not int or site.step and not can_put(frame, site.variable):
        site.why = f"{site.variable} does not begin as a whole number"
        return itertools.repeat(())
    step = site.step or 1
    return Whiles(range(now, now + step * _MANY, step), site, frame, kept_around(frame)).needed()


def _late(site: Site, frame: FrameType) -> Iterator[Any]:
    """The same, once there have been more turns than a short loop has."""
    try:
        for _ in range(LONG):
            site.run += 1
            yield ()
    except GeneratorExit:
        if frame.f_lineno == site.line:
            site.run -= 1
        raise
    yield from _turns(site, frame)


class Whiles(Turns):
    """One run of such a loop. The test stands in its body, and ends it."""

    def __init__(self, values: range, site: Site, frame: FrameType, kept: Any) -> None:
        super().__init__(values, site, frame, kept)
        self._again = _FIRST

    def needed(self) -> Iterator[Any]:
        """As often as turns run as they are."""
        try:
            yield from super().needed()
        except GeneratorExit:
            if self.frame.f_lineno == self._site.line:  # the test was false: that was no turn
                self._site.run -= 1
            raise

    def is_at(self, at: int) -> bool:
        """Whether the program's counter says so."""
        if not self._site.step or self._now() == self._values[at]:
            return True
        self._site.why = f"{self._site.variable} does not count the turns one by one"
        return False

    def _now(self) -> Any:
        now = look_up(self.frame, self._site.variable)
        return now if type(now) is int else None

    def given(self, at: int) -> Any:
        """Nothing: no name is set."""
        return ()

    def moved(self, at: int) -> None:
        """The program's counter says so, too."""
        if self._site.step:
            put(self.frame, {self._site.variable: self._values[at]})


def counter(test: ast.expr, body: list[ast.stmt]) -> tuple[str, int]:
    """The name that grows by a constant in each turn, by how much; "" and 0 for none.

    Of several the one that the test asks for, or a condition in the body.
    """
    stored = [one.id for part in body for one in ast.walk(part)
              if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]
    found = {name: step for name, step in map(_counts, body) if step and stored.count(name) == 1}
    asked = [test, *(one.test for part in body for one in ast.walk(part)
                     if isinstance(one, ast.If | ast.IfExp))]
    for name in (one.id for part in asked for one in ast.walk(part) if isinstance(one, ast.Name)):
        if name in found:
            return name, found[name]
    return next(iter(found.items()), ("", 0))


def _counts(statement: ast.stmt) -> tuple[str, int]:
    """epoch += 1"""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name) and (
            isinstance(statement.op, ast.Add) and isinstance(statement.value, ast.Constant)
            and type(statement.value.value) is int and statement.value.value > 0):
        return statement.target.id, statement.value.value
    return "", 0
