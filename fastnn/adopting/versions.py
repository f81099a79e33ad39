"""Whether a class is what it was: by the number under which Python keeps what it finds in a class.

How many names a class has tells who is given one, and not that one went and another came. Python
has a number for each class that is another one after each change to it or to what it inherits
from, and 0 until something is looked up in it again (`tp_version_tag`). It is read where it lies,
as no function of Python's gives it: 25 ns, with a name looked for in a dict 10 ns, the last name in
it 120. Where it is not found, in a Python that keeps it otherwise, names are compared instead.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from typing import Any

_WORD = ctypes.sizeof(ctypes.c_uint)


def version_of(kind: type) -> Any:
    """What has the number of a class as its first item. Who has it has to keep the class."""
    place = _place()
    return _Names(kind) if place is None else _words(kind, place, 1)


def version_now(version: Any, kind: type) -> Any:
    """The number that a class has now; -1, which none has, where it has none any more."""
    getattr(kind, "a name that no class has", None)  # looked up, it is given one, and none runs
    return version[0] or -1


def line_of(kind: type) -> tuple[Any, ...]:
    """What a class inherits from, and the names in each of these: who gives one of them a
    `__setattr__`, or the class another base, changes this.
    """
    return kind.__mro__, *(frozenset(vars(base)) for base in kind.__mro__[:-1])


class _Names:
    """In the place of the number."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def __getitem__(self, place: int) -> tuple[Any, ...]:
        return line_of(self._kind)


def _words(kind: type, place: int, count: int) -> memoryview:
    made = (ctypes.c_uint * count).from_address(id(kind) + place)
    return memoryview(made).cast("B").cast("I")


@lru_cache(1)
def _place() -> int | None:
    """Where in a class the number is: what alone behaves as it."""
    if sys.implementation.name != "cpython":
        return None
    base = type("Base", (), {"value": 0})
    kinds = base, type("Derived", (base,), {})
    size: Any = type.__basicsize__
    shown = [_words(kind, 0, size // _WORD) for kind in kinds]
    seen: list[list[list[int]]] = []
    for number in range(4):
        base.value = number  # type: ignore[attr-defined]
        seen.append([list(one) for one in shown])
        for kind in kinds:
            assert kind.value == number  # type: ignore[attr-defined]
        seen.append([list(one) for one in shown])
        seen.append([list(one) for one in shown])
    found = [place for place in range(len(shown[0]))
             if all(_is_version([now[number][place] for now in seen]) for number in range(2))]
    return found[0] * _WORD if len(found) == 1 else None


def _is_version(values: list[int]) -> bool:
    """Whether a word was 0 after each change, and another number when something was looked up."""
    changed, looked, later = values[::3], values[1::3], values[2::3]
    return not any(changed) and all(looked) and looked == later and (
        len(set(looked)) == len(looked))
