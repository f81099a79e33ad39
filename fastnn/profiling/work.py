"""What an object is called in a profile, and how much work its calls were."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from fastnn import reference, registry
from fastnn.profiling.foreign import as_ours, meaning
from fastnn.profiling.instruments import Combined, is_loss
from fastnn.profiling.recorder import Cell
from fastnn.profiling.tally import Sums


def names(owners: Iterable[object], variables: dict[str, Any]) -> dict[int, str]:
    """A name for each object, by id: "dense1 (2, 64)" if a variable is bound to it, else
    "Layer_Dense 1 (2, 64)", numbered in order of appearance where there are several.
    """
    things = list({id(owner): owner for owner in owners
                   if owner is not None and not isinstance(owner, str)}.values())
    bound = {id(value): name for name, value in reversed(variables.items())
             if not name.startswith("_")}
    kinds = [type(thing).__name__ for thing in things]
    met: dict[str, int] = {}
    found = {}
    for thing, kind in zip(things, kinds):
        met[kind] = met.get(kind, 0) + 1
        number = f" {met[kind]}" if kinds.count(kind) > 1 else ""
        found[id(thing)] = bound.get(id(thing), kind + number) + _shape(thing)
    return found


def _shape(thing):
    known = meaning(type(thing))
    name = known.attributes.get("weights", "weights") if known else "weights"
    weights = getattr(thing, "__dict__", {}).get(name)
    return f" {np.shape(weights)}" if weights is not None else ""


def work(cell: Cell, sums: Sums) -> tuple[float, float]:
    """(operations, bytes) of the calls; 0 where they are not known.

    A product counts 2 operations a multiply-add; elementwise work counts the bytes that have to be
    read and written once.
    """
    owner, phase, size = cell.owner, cell.phase, sums.size
    flops, moved = sums.flops, sums.bytes
    if not size:
        return flops, moved
    kind, look = as_ours(owner)
    if issubclass(kind, reference.Layer_Dense):
        weights = np.shape(look("weights"))
        if len(weights) == 2:
            I, O = weights
            if phase == "forward":
                flops += 2 * O * size / _itemsize(look("inputs"))
            elif phase == "backward":
                flops += 4 * I * size / _itemsize(look("dbiases"))
    elif issubclass(kind, reference.Layer_Dropout):  # mask and result are float64
        moved += size + 16 * size / _itemsize(look("inputs"))
    elif issubclass(kind, reference.Optimizer):
        moved += _touched(owner, kind) * size
    elif is_loss(kind):
        moved += size * (2 if phase == "backward" or issubclass(kind, Combined) else 1)
    elif kind.__module__.startswith("fastnn"):
        moved += size * {"forward": 2, "backward": 3}.get(phase, 1)
    return flops, moved


def _itemsize(array):
    return getattr(array, "itemsize", 4)


def _touched(optimizer, kind):
    """Arrays of the size of the parameters that an update reads and writes."""
    if type(optimizer) is not kind:
        return 3  # somebody's own: what it keeps is not asked
    kind = registry.public().get(kind.__name__, kind)  # the reference's too
    found = registry.entry_of(kind, "optimizer")
    return 3 + 2 * len(found.compiled(optimizer).states) if found else 0
