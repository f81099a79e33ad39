"""A training that goes on from a file of `fastnn.callbacks.Checkpoint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.engine import sound
from fastnn.engine.history import History, Row
from fastnn.engine.untouched import Untouched
from fastnn.files import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.engine.parts import Parts


def read(path: Any, parts: Parts, epochs: int, who: str) -> tuple[History, Callable[[], None]]:
    """The rows of a checkpoint, and what gives the objects their state."""
    rows, give = checkpoint.read(path, parts.layers, parts.roles, len(Row._fields))
    history = History()
    history._extend(rows)
    if history[-1].epoch >= epochs:
        raise ValueError(f"{who}: {path} is of epoch {history[-1].epoch}, counted from 0; epochs, "
                         f"of the whole training, must be more than that, got {epochs}")
    return history, give


def take_up(give: Callable[[], None], parts: Parts, steps: int, who: str) -> None:
    """Give the objects the state of a checkpoint, or change nothing."""
    before = Untouched(parts.inner_things)
    try:
        give()
        sound.check(parts, f"{who}, resumed", steps)
    except BaseException:
        before.put_back()
        raise
