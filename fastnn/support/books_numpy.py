"""Whether `nnfs.init()` is in force, and NumPy with or without it for a while."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from fastnn.support import numerics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Init = tuple[bool, str | None]  # (dot_precision_workaround, default_dtype)

_PLACES: dict[str, Any] = {"dot": np, "zeros": np, "eye": np, "randn": np.random}
_PLAIN: dict[str, Any] = {
    "dot": numerics.plain_dot,
    "zeros": np._core.multiarray.zeros,  # type: ignore[attr-defined]
    "eye": np.lib._twodim_base_impl.eye,  # type: ignore[attr-defined]
    "randn": np.random.mtrand.randn,
}


def _of_nnfs() -> set[str]:
    """The functions of NumPy in whose place nnfs has put its own."""
    return {name for name, place in _PLACES.items()
            if getattr(getattr(place, name), "__module__", None) == "nnfs.core"}


def in_force() -> Init | None:
    """How `nnfs.init()` was called, None where it is not in force."""
    of_nnfs = _of_nnfs()
    if not of_nnfs:
        return None
    kind = str(np.zeros(1).dtype) if "zeros" in of_nnfs else None
    return "dot" in of_nnfs and np.dot.__name__ == "dot", kind


def undo() -> None:
    """NumPy's own again in the place of nnfs's functions; what others have put there stays."""
    for name in _of_nnfs():
        setattr(_PLACES[name], name, _PLAIN[name])


@contextmanager
def as_by(wanted: Init | None) -> Iterator[None]:
    """NumPy with or without `nnfs.init()` meanwhile."""
    before = {name: getattr(place, name) for name, place in _PLACES.items()}
    try:
        for name, place in _PLACES.items():  # a second init would wrap the wrappers
            setattr(place, name, _PLAIN[name])
        if wanted is not None:
            import nnfs
            nnfs.init(dot_precision_workaround=wanted[0], default_dtype=wanted[1],
                      random_seed=None)
        yield
    finally:
        for name, place in _PLACES.items():
            setattr(place, name, before[name])
