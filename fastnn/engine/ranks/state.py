"""What all ranks must have alike, and what the first one gives to the others."""

from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from fastnn import registry

_SUMS = ("accumulated_sum", "accumulated_count")
_NUMBERS = bool | int | float | str | np.generic | None


class Change(NamedTuple):
    """An attribute that is another now: of which of the things, its name and value."""

    thing: int
    name: str
    value: Any


def kept(thing):
    """The numbers and arrays that a thing keeps from step to step, by name."""
    passing = registry.results()
    return {name: value for name, value in getattr(thing, "__dict__", {}).items()
            if name not in passing and name not in _SUMS
            and (isinstance(value, _NUMBERS) or _is_plain(value))}


def _is_plain(value):
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub"


def described(parts):
    """What there is, to be compared between ranks: words, by words."""
    found: dict[str, Any] = {"the layers": [type(layer).__name__ for layer in parts.layers]}
    for name, thing in _named(parts):
        found[f"the class of {name}"] = type(thing).__name__
        for attribute, value in kept(thing).items():
            array = _is_plain(value)
            found[f"{name}.{attribute}"] = (f"{value.shape} of {value.dtype}" if array
                                            else repr(value))
    return found


def _named(parts):
    """(words for it, thing) of all things, those that the combined class holds included."""
    count = len(parts.layers)
    for n, thing in enumerate(parts.inner_things):
        role = next((name for name, one in parts.roles.items() if one is thing), None)
        yield (f"layers[{n}]" if n < count else role or f"the loss's {type(thing).__name__}"), thing


def differing(mine):
    """For `Ranks.alike`: descriptions of ranks that have other layers have other entries."""
    return {"the layers": mine.pop("the layers"), "the names of attributes": sorted(mine), **mine}


def give(ranks, parts):
    """Make the things of all ranks what they are on rank 0."""
    things = parts.inner_things
    numbers, arrays = [], []
    for n, thing in enumerate(things):
        for name, value in kept(thing).items():
            if _is_plain(value):
                arrays.append((n, name, value.shape, value.dtype.str))
            else:
                numbers.append(Change(n, name, value))
    numbers, arrays = ranks.exchange((numbers, arrays))[0]
    if not ranks.first:
        for n, name, shape, dtype in arrays:  # what is missing or has another shape there
            here = vars(things[n]).get(name)
            if not (isinstance(here, np.ndarray) and here.flags.writeable
                    and (here.shape, here.dtype.str) == (shape, dtype)):
                setattr(things[n], name, np.zeros(shape, dtype))
        apply(numbers, things)
    for n, name, _, _ in arrays:
        ranks.give(vars(things[n])[name])


class Before:
    """The things as they were, to find what somebody changed."""

    def __init__(self, things):
        self._things = things
        self._kept = [{name: value.copy() if _is_plain(value) else value
                       for name, value in kept(thing).items()} for thing in things]

    def changes(self):
        """What is another now, for `apply`."""
        return [Change(n, name, value)
                for n, (thing, before) in enumerate(zip(self._things, self._kept))
                for name, value in kept(thing).items()
                if name not in before or not _same(before[name], value)]


def _same(before, now):
    if type(before) is not type(now):
        return False
    if isinstance(now, np.ndarray):
        return (before.shape, before.dtype) == (now.shape, now.dtype) and (
            before.tobytes() == now.tobytes())
    return before is now or before == now or before != before and now != now


def apply(changes, things):
    """Make these changes here, too."""
    for n, name, value in changes:
        here = vars(things[n]).get(name)
        if isinstance(value, np.ndarray) and isinstance(here, np.ndarray) and (
                here.flags.writeable and (here.shape, here.dtype) == (value.shape, value.dtype)):
            here[...] = value
        elif here is not value:
            setattr(things[n], name, value)


def equalize(ranks, parts):
    """Parameters and optimizer state of rank 0 for all, where processors made other digits."""
    arrays = [value for thing in parts.things for value in kept(thing).values()
              if _is_plain(value)]
    digests = ranks.exchange([_digest(value) for value in arrays])
    for array, *said in zip(arrays, *digests):
        if any(one != said[0] for one in said[1:]):
            ranks.give(array)


def _digest(array):
    return blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).digest()


def digest_of_stream():
    """Of the state of NumPy's global random numbers."""
    _, key, position, *_ = np.random.get_state()
    return _digest(np.append(key, np.uint32(position)))
