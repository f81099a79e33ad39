"""A training that goes on from a file of `fastnn.callbacks.Checkpoint`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from fastnn.engine import sound
from fastnn.engine.alarm import outside
from fastnn.engine.history import History, Row
from fastnn.engine.untouched import Untouched
from fastnn.files import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.engine.parts import Parts


def read(path: Any, parts: Parts, epochs: int, who: str
         ) -> tuple[History, Callable[[], None], dict[str, Any]]:
    """The rows of a checkpoint, what gives the objects their state, and how its samples were taken
    (see `Training.batches`).
    """
    rows, give, batches = checkpoint.read(path, parts.layers, parts.roles, len(Row._fields))
    history = History()
    history._extend(rows)
    if history[-1].epoch >= epochs:
        raise ValueError(f"{who}: {path} is of epoch {history[-1].epoch}, counted from 0; epochs, "
                         f"of the whole training, must be more than that, got {epochs}")
    return history, give, batches


def warn_of_others(path: Any, before: dict[str, Any], now: dict[str, Any], who: str) -> None:
    """A UserWarning where samples are taken otherwise than before the break."""
    differing = [name for name in now if before and before.get(name) != now[name]]
    if differing:
        was, is_ = (", ".join(f"{name} {one.get(name)}" for name in differing)
                    for one in (before, now))
        warnings.warn(f"{who}: {path} is of a training with {was}, and this one has {is_}: it goes "
                      "on from there, but not as that one would have", UserWarning,
                      stacklevel=outside())


def take_up(give: Callable[[], None], parts: Parts, steps: int, who: str) -> None:
    """Give the objects the state of a checkpoint, or change nothing."""
    before = Untouched(parts.inner_things)
    try:
        give()
        sound.check(parts, f"{who}, resumed", steps)
    except BaseException:
        before.put_back()
        raise
