"""What of a network is kept in files of others, and how these land on disk."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from fastnn import registry
from fastnn.callbacks import parameters
from fastnn.files import made_of, plain
from fastnn.files.replacing import replace
from fastnn.layers import Layer_Dense
from fastnn.support import checks

if TYPE_CHECKING:
    from typing import Any

    from fastnn.files.names import Named
    from fastnn.support.annotations import Array, FilePath


def held(chain: list[Named], who: str) -> dict[str, Array]:
    """The parameters of these layers, and what else predicting reads, as `dense1.weights`.

    The arrays themselves. Refuses what is no float32 or float64, and layers whose parameters do not
    fit each other.
    """
    parameters.known([layer for _, layer in chain], who)
    found: dict[str, Array] = {}
    for name, layer in chain:
        sound(layer, f"{who}: {name}")
        for attribute in parameters.names(layer):
            array = made_of.floats(getattr(layer, attribute), f"{who}: {name}", attribute)
            plain.parameter(array, f"{who}: {name}.{attribute}")
            if array.dtype.itemsize not in (4, 8):
                raise TypeError(f"{who}: {name}: {attribute} must be float32 or float64, got "
                                f"{array.dtype}")
            found[f"{name}.{attribute}"] = array
    made_of.check_chain([layer for _, layer in chain], f"{who}: layers")
    if not found:
        raise ValueError(f"{who}: the network has no layer with parameters")
    return found


def sound(layer: Any, who: str) -> None:
    """Refuse a layer of ours that does not hold what it should."""
    entry = registry.entry_of(type(layer), "layer")
    if entry is not None and not entry.is_base:
        made_of.check(layer, entry.kind, who)


def sides(chain: list[Named]) -> tuple[int, int]:
    """I and O of a chain of our layers that fit each other, some of them with parameters."""
    shapes = [(layer.weights.shape, isinstance(layer, Layer_Dense)) for _, layer in chain
              if "weights" in parameters.names(layer)]
    (first, is_dense), (last, _) = shapes[0], shapes[-1]
    return first[0 if is_dense else 1], last[1]


def land(target: Any, data: bytes, who: str) -> None:
    """Write data to a path, where it appears whole or not at all, or to an open binary file."""
    if callable(getattr(target, "write", None)):
        try:
            target.write(data)
        except TypeError:
            raise TypeError(f'{who}: the file must be open for bytes, as with open(path, "wb")'
                            ) from None
        return
    path = to_path(target, who)
    replace(os.path.realpath(path) if os.path.islink(path) else path,
            lambda stream: _fill(stream, data))


def _fill(stream: Any, data: bytes) -> None:
    stream.write(data)


def to_path(target: FilePath, who: str) -> str:
    """The path as text; TypeError, FileNotFoundError for what is none."""
    try:
        path = os.fsdecode(target)
    except TypeError:
        raise TypeError(f"{who}: the path must be text or a pathlib.Path, got "
                        f"{checks.shown(target)}") from None
    if not path:
        raise FileNotFoundError(errno.ENOENT, f"{who}: the path is empty", path)
    return path
