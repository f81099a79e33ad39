"""Which networks a sweep trains: parameters of each, and the seed that its random numbers have."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from fastnn.support import checks


class Job(NamedTuple):
    """One training of a sweep. repeat: how many with the same parameters came before."""

    number: int
    parameters: dict[str, Any]
    repeat: int
    seed: int


def jobs_of(parameters: Any, repeats: Any, seed: Any) -> list[Job]:
    """All trainings in their order: those that repeat the same parameters stand side by side."""
    repeats = checks.whole(repeats, "sweep", "repeats")
    seed = checks.whole(seed, "sweep", "seed", 0)
    every = [(one, repeat) for one in combinations(parameters) for repeat in range(repeats)]
    return [Job(index, dict(one), repeat, seed_of(seed, index))
            for index, (one, repeat) in enumerate(every)]


def seed_of(seed: int, index: int) -> int:
    """What `np.random.seed` is given before the builder of this training is called.

    It depends on these two numbers alone: not on threads, nor on the order in which they end.
    """
    return int(np.random.SeedSequence(seed, spawn_key=(index,)).generate_state(1)[0])


def combinations(parameters: Any) -> list[dict[str, Any]]:
    """The keyword arguments of each call of the builder.

    A dict of lists stands for all combinations of their values, the last name's changing fastest;
    None for one call without any. All else is gone through once: a list of dicts, or scikit-learn's
    ParameterGrid or ParameterSampler.
    """
    if parameters is None:
        return [{}]
    if isinstance(parameters, Mapping):
        names = _named(parameters)
        return [dict(zip(names, values)) for values in itertools.product(
            *(_values(name, parameters[name]) for name in names))]
    if isinstance(parameters, str) or not isinstance(parameters, Iterable):
        raise TypeError("sweep: parameters must be a dict of lists or a list of dicts, got "
                        f"{checks.shown(parameters)}")
    found = []
    for one in parameters:
        if not isinstance(one, Mapping):
            raise TypeError("sweep: parameters must be a dict of lists or a list of dicts, got one "
                            f"with {checks.shown(one)}")
        found.append({name: one[name] for name in _named(one)})
    if not found:
        raise ValueError("sweep: parameters are empty, so there is nothing to train")
    return found


def _named(parameters: Mapping[Any, Any]) -> list[str]:
    for name in parameters:
        if not isinstance(name, str):
            raise TypeError("sweep: names of parameters must be text, as the builder's arguments "
                            f"are, got {checks.shown(name)}")
    return list(parameters)


def _values(name: str, values: Any) -> list[Any]:
    """The values of one parameter."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable) or (
            isinstance(values, np.ndarray) and values.ndim != 1):
        raise TypeError(f"sweep: parameters[{name!r}] must be a list of values, got "
                        f"{checks.shown(values)}; one value stands in a list, too")
    found = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if not found:
        raise ValueError(f"sweep: parameters[{name!r}] is empty, so there is nothing to train")
    return found
