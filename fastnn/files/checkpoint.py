"""A training in a file: all that is needed to go on with it, bit for bit.

The objects as a Model's file has them (`architecture.py`), the rows recorded so far, and the state
of NumPy's global random numbers, from which dropout draws.
"""

from typing import Any

import numpy as np

from fastnn import registry
from fastnn.files import architecture, plain, storage
from fastnn.files.storage import StorageError

_PARTS = ("loss", "optimizer", "accuracy")


def save(path, layers, parts, table):
    """Write a checkpoint after a recorded epoch. The file appears whole or not at all.

    parts: loss, optimizer and accuracy, by these names. table: the rows of the History.
    """
    arrays: dict[str, Any] = {}
    things = _by_path(layers, parts)
    header = {"content": "checkpoint", "things": {
        name: architecture.describe(thing, name, arrays) for name, thing in things.items()}}
    plain.apart(arrays, "Checkpoint")
    kind, key, *numbers = np.random.get_state()
    header["random"] = [str(kind), *numbers]
    storage.write(path, header, arrays | {"random": key, "history": table})


def read(path, layers, parts, columns):
    """The rows of the History in a checkpoint of such objects, and a function that gives the
    objects what is in it.

    columns: of the History. StorageError for a file of something else.
    """
    header, arrays = storage.read(path)
    if header.get("content") != "checkpoint":
        raise StorageError(f"{path}: expected a checkpoint, found a file of "
                           f"{header.get('content')!r}")
    things = _by_path(layers, parts)
    try:
        described = dict(header["things"])
        state = _random_state(header["random"], arrays.pop("random"))
        table = arrays.pop("history")
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StorageError(f"{path}: the file lacks a part of a checkpoint ({error})") from None
    if list(described) != list(things):
        raise StorageError(f"{path}: the file has {_said(described)}, this training "
                           f"{_said(things)}")
    if table.ndim != 2 or table.shape[1] != columns or not len(table) or table.dtype != np.float64:
        raise StorageError(f"{path}: the file's history is no table of {columns} columns")
    ready = [_ready(path, name, things[name], described[name], arrays) for name in things]

    def give():
        for one in ready:
            one()
        np.random.set_state(state)
    return table, give


def _by_path(layers, parts):
    things = {f"layers.{n}": layer for n, layer in enumerate(layers)}
    return things | {name: parts[name] for name in _PARTS if parts.get(name) is not None}


def _said(names):
    layers = sum(name.startswith("layers.") for name in names)
    return ", ".join([f"{layers} layers", *(name for name in names if name in _PARTS)])


def _ready(path, name, thing, description, arrays):
    """What gives the thing its state; refused here where it cannot be."""
    role = "layer" if name.startswith("layers.") else name
    kind = type(thing)
    if isinstance(description, dict) and "foreign" in description:
        return _foreign(path, name, thing, description, arrays)
    made = architecture.rebuild(description, name, arrays, role, {kind.__name__: kind})
    ours = registry.entry_of(kind, role)
    if ours is None or registry.entry_of(type(made), role) != ours:
        raise StorageError(f"{path}: {name} is a {type(made).__name__} there, and a "
                           f"{kind.__name__} in this training")
    for parameter in (*(one.name for one in ours.parameters), *ours.columns):
        there, here = (np.shape(getattr(one, parameter, ())) for one in (made, thing))
        if there != here:
            raise StorageError(f"{path}: {name}.{parameter} has the shape {there} there, and "
                               f"{here} in this training")
    return lambda: vars(thing).update(vars(made))


def _foreign(path, name, thing, description, arrays):
    """The same of somebody's own class: what its get_parameters gave."""
    if description["foreign"] != type(thing).__name__:
        raise StorageError(f"{path}: {name} is a {description['foreign']} there, and a "
                           f"{type(thing).__name__} in this training")
    start = f"{name}.parameters."
    given = [value for entry, value in arrays.items() if entry.startswith(start)]
    return lambda: thing.set_parameters(*given) if given else None


def _random_state(said, key):
    kind, position, has_gauss, gauss = said
    state = (str(kind), key, int(position), int(has_gauss), float(gauss))
    np.random.RandomState(0).set_state(state)  # refuses what is none
    return state
