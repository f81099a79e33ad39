"""A training in a file: all that is needed to go on with it, bit for bit.

The objects as a Model's file has them (`architecture.py`), the rows recorded so far, and the state
of NumPy's global random numbers, from which dropout draws.
"""

from typing import Any

import numpy as np

from fastnn import registry
from fastnn.files import architecture, plain, storage
from fastnn.files.storage import StorageError
from fastnn.support import checks

_PARTS = ("loss", "optimizer", "accuracy")


def check(layers, parts):
    """Refuse what would not come back as it was: things of somebody's own that hold state."""
    for name, thing in _by_path(layers, parts).items():
        if registry.entry_of(type(thing)) is not None:
            continue
        held = [attribute for attribute, value in vars(thing).items()
                if isinstance(value, np.ndarray) and attribute not in registry.results()]
        if name == "optimizer" or held or callable(getattr(thing, "get_parameters", None)):
            what = f"({held[0]})" if held else "(if it has any)"
            raise TypeError(f"Checkpoint: {name} is {checks.a_thing_of(type(thing).__name__)} of "
                            f"your own, whose state {what} could not be kept whole")


def save(path, layers, parts, table, batches):
    """Write a checkpoint after a recorded epoch. The file appears whole or not at all.

    parts: loss, optimizer and accuracy, by these names. table: the rows of the History. batches:
    how samples are taken, whole numbers or None by their names.
    """
    check(layers, parts)
    arrays: dict[str, Any] = {}
    things = _by_path(layers, parts)
    header = {"content": "checkpoint", "things": {
        name: architecture.describe(thing, name, arrays) for name, thing in things.items()}}
    plain.apart(arrays, "Checkpoint")
    kind, key, *numbers = np.random.get_state()
    header["random"] = [str(kind), *numbers]
    header["batches"] = batches
    storage.write(path, header, arrays | {"random": key, "history": table})


def read(path, layers, parts, columns):
    """The rows of the History in a checkpoint of such objects, a function that gives the objects
    what is in it, and its `batches`; {} where an older file has none.

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
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise StorageError(f"{path}: the file lacks a part of a checkpoint ({error})") from None
    if list(described) != list(things):
        raise StorageError(f"{path}: the file has {_said(described)}, this training "
                           f"{_said(things)}")
    if table.ndim != 2 or table.shape[1] != columns or not len(table) or table.dtype != np.float64:
        raise StorageError(f"{path}: the file's history is no table of {columns} columns")
    epochs = table[:, 0]
    if not (np.isfinite(epochs).all() and epochs[0] >= 0 and epochs[-1] < 2**53
            and (epochs % 1 == 0).all() and (np.diff(epochs) > 0).all()):
        raise StorageError(f"{path}: the file's history has epochs that do not follow each other")
    ready = [_ready(path, name, things[name], described[name], arrays) for name in things]

    def give():
        for one in ready:
            one()
        np.random.set_state(state)
    return table, give, _batches(path, header.get("batches", {}))


def _batches(path, found):
    if not isinstance(found, dict) or not all(
            value is None or type(value) is int and 0 <= value < 2**64 for value in found.values()):
        raise StorageError(f"{path}: the file's batches are no whole numbers")
    return found


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
    ours = registry.entry_of(kind, role)
    if isinstance(description, dict) and "foreign" in description and ours is None:
        return _foreign(path, name, thing, description)
    made = architecture.rebuild(description, name, arrays, role, {kind.__name__: kind})
    if ours is None or registry.entry_of(type(made), role) != ours:
        raise StorageError(f"{path}: {name} is {_two(type(made).__name__, kind.__name__)}")
    for parameter in (*(one.name for one in ours.parameters), *ours.columns):
        there, here = (getattr(one, parameter, None) for one in (made, thing))
        for what in ("shape", "dtype"):
            two = [getattr(one, what, None) for one in (there, here)]
            if two[0] != two[1]:
                raise StorageError(f"{path}: {name}.{parameter} has the {what} {two[0]} there, and "
                                   f"{two[1]} in this training")
    kept = {attribute: value for attribute, value in vars(thing).items()
            if attribute in architecture.PASSING or attribute in ("activation", "loss")}
    if not kept.keys().isdisjoint(vars(made).keys() - {"activation", "loss"}) or any(
            entry.startswith((f"{name}.activation", f"{name}.loss")) for entry in arrays):
        raise StorageError(f"{path}: {name} has attributes there that no {kind.__name__} keeps")
    return lambda: checks.put_back(thing, vars(made) | kept)


def _foreign(path, name, thing, description):
    """The same of somebody's own class: it has no state."""
    if description["foreign"] != type(thing).__name__ or description.get("parameters"):
        raise StorageError(f"{path}: {name} is "
                           f"{_two(str(description['foreign']), type(thing).__name__)}")
    return lambda: None


def _two(there, here):
    return f"{checks.a_thing_of(there)} there, and {checks.a_thing_of(here)} in this training"


def _random_state(said, key):
    """What `np.random.set_state` takes. It believes whatever position it is given."""
    kind, position, has_gauss, gauss = said
    if (kind != "MT19937" or key.shape != (624,) or key.dtype != np.uint32
            or type(position) is not int or not 0 <= position <= 624 or has_gauss not in (0, 1)
            or not np.isfinite(float(gauss))):
        raise ValueError("its random state is none")
    return (kind, key, position, int(has_gauss), float(gauss))
