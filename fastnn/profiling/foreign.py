"""Others' classes in a profile: what adopting knows of them, and else what their names say."""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any

from fastnn.support.watching import is_adopted

_OURS = __name__.partition(".")[0]
_LOSSES = re.compile("loss|entropy|error|mse", re.IGNORECASE)


def is_foreign(kind: type) -> bool:
    """Whether somebody else has written the class."""
    return kind.__module__.partition(".")[0] != _OURS


def sounds_like_a_loss(kind: type) -> bool:
    """By its name, as nothing else is known."""
    return is_foreign(kind) and _LOSSES.search(kind.__name__) is not None


def meaning(kind: type) -> Any:
    """What an adopted class is (`fastnn.adopting.meaning`), None of any other."""
    adopting: Any = sys.modules.get(f"{_OURS}.adopting")
    found = adopting.meaning(kind) if adopting is not None and is_foreign(kind) else None
    return found if found is not None and found.methods else None


def in_an_adopted_method(frame: FrameType | None) -> bool:
    """Whether one of the nearest callers is one: it works with an object of ours that is gone when
    it is done, and its time is that of the object that it was called of.
    """
    for _ in range(4):
        if frame is None:
            return False
        if is_adopted(frame.f_code):
            return True
        frame = frame.f_back
    return False


def adopted_classes() -> list[type]:
    """All classes that are adopted now."""
    found: Any = sys.modules.get(f"{_OURS}.adopting.found")
    return list(found.adopted) if found is not None else []


def as_ours(thing: object) -> tuple[type, Any]:
    """The class of ours that this is or stands for, and what reads its attributes by our names."""
    found = meaning(type(thing))
    if found is None:
        return type(thing), lambda name: getattr(thing, name, None)
    return found.ours, lambda name: getattr(thing, found.attributes.get(name, name), None)
