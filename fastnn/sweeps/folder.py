"""What a sweep leaves in its folder, so that it goes on after a kill with what was done.

    sweep.fastnn         what is swept: a folder of another sweep is refused
    run-00012.fastnn     a finished training: its History
    network-00012.fastnn its trained network, a checkpoint, where networks are kept

Each appears whole or not at all, a network before its run. A run without a file is trained anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.engine.history import History, Row
from fastnn.files import checkpoint, plain, storage
from fastnn.files.storage import StorageError
from fastnn.support.streams import seeded
from fastnn.sweeps.grid import Job
from fastnn.sweeps.networks import Network, taken
from fastnn.sweeps.training import Outcome, Task

_RUN = re.compile(r"run-(\d{5,})\.fastnn")
_NETWORK = re.compile(r"network-(\d{5,})\.fastnn")


class Folder:
    """The folder of one sweep."""

    def __init__(self, path: Any, task: Task, jobs: list[Job], kept: dict[str, Any]) -> None:
        """Make it, or look at what is in it. kept: what else two sweeps may differ in.

        StorageError for a folder of another sweep; OSError where nothing can be written.
        """
        self._path, self._task = os.fsdecode(path), task
        about = _about(task, jobs, kept)
        os.makedirs(self._path, exist_ok=True)
        manifest = self._name("sweep")
        runs = any(map(_RUN.fullmatch, os.listdir(self._path)))  # first: another process may begin
        if os.path.exists(manifest):
            self._compare(manifest, about)
        elif runs:
            raise StorageError(f"sweep: {self._path} has runs in it but no sweep.fastnn, which "
                               "says of which sweep; choose another folder")
        else:
            storage.write(manifest, {"content": "sweep", "sweep": about}, {})

    def _name(self, kind: str, index: int | None = None) -> str:
        number = "" if index is None else f"-{index:05d}"
        return os.path.join(self._path, f"{kind}{number}.fastnn")

    def _compare(self, manifest: str, about: dict[str, Any]) -> None:
        header, _ = storage.read(manifest)
        there = header.get("sweep")
        if header.get("content") != "sweep" or not isinstance(there, dict):
            raise StorageError(f"{manifest}: expected the file of a sweep, found one of "
                               f"{header.get('content')!r}")
        for name, here in json.loads(json.dumps(about)).items():
            if not _same(there.get(name), here):
                raise StorageError(
                    f"sweep: {self._path} holds another sweep: {name} was "
                    f"{_short(there.get(name), here)} there and is {_short(here, there.get(name))} "
                    "here; choose another folder, or remove this one")

    def write(self, outcome: Outcome, keeps: bool) -> None:
        """Keep what came of a training, with its network or without."""
        history, network = outcome.history, outcome.network
        assert history is not None
        if keeps and network is not None:
            checkpoint.save(self._name("network", outcome.number), network.parts.layers,
                            network.parts.roles, history.table(), {})
        storage.write(self._name("run", outcome.number),
                      {"content": "run of a sweep", "index": outcome.number,
                       "seconds": outcome.seconds}, {"history": history.table()})

    def forget(self, index: int) -> None:
        """Remove a network that is no longer to be kept, where another process has not done so."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._name("network", index))

    def forget_others(self, best: int) -> None:
        """Remove all networks but this one: those that a kill has left."""
        for name in os.listdir(self._path):
            found = _NETWORK.fullmatch(name)
            if found and int(found[1]) != best:
                self.forget(int(found[1]))

    def found(self, job: Job) -> Outcome | None:
        """What came of this training when it was done before."""
        path = self._name("run", job.number)
        if not os.path.exists(path):
            return None
        header, arrays = storage.read(path)
        table = arrays.get("history")
        if (header.get("content") != "run of a sweep" or header.get("index") != job.number
                or not isinstance(header.get("seconds"), float) or table is None
                or table.dtype != np.float64 or table.ndim != 2 or not len(table)
                or table.shape[1] != len(Row._fields)):
            raise StorageError(f"{path}: expected run {job.number} of a sweep, found something "
                               "else; remove it, and it is trained anew")
        history = History()
        history._extend(table)
        return Outcome(job.number, header["seconds"], history)

    def network(self, job: Job) -> Network:
        """The trained network of a run that was found: built anew, and given its state."""
        path = self._name("network", job.number)
        if not os.path.exists(path):
            raise StorageError(f"{path}: the network of run {job.number} is missing; remove "
                               f"{self._name('run', job.number)}, too, and it is trained anew")
        with seeded(job.seed):
            network = taken(self._task.builder(**job.parameters))
            _, give, _ = checkpoint.read(path, network.parts.layers, network.parts.roles,
                                      len(Row._fields))
            give()
        return network


def check_kept(network: Network) -> None:
    """Refuse a network that would not come back from its file as it was."""
    checkpoint.check(network.parts.layers, network.parts.roles)


def _about(task: Task, jobs: list[Job], kept: dict[str, Any]) -> dict[str, Any]:
    """What two sweeps may differ in, as JSON keeps it."""
    options = dict(task.options)
    validation = options.pop("validation_data")
    return {
        "builder": _called(task.builder),
        "parameters": [_plain(job.parameters) for job in jobs if not job.repeat],
        "repeats": 1 + max(job.repeat for job in jobs),
        "X": _digest(task.X), "y": _digest(task.y),
        "validation_data": None if validation is None else [_digest(one) for one in validation],
        **options, "precision": [task.conditions.nnfs, task.conditions.precision], **kept}


def _called(builder: Callable[..., Any]) -> str:
    """The builder's name; what it does is not looked at."""
    builder = getattr(builder, "func", builder)  # of a functools.partial
    name = getattr(builder, "__qualname__", type(builder).__qualname__)
    return f"{getattr(builder, '__module__', '')}.{name}"


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in parameters.items():
        value = value.item() if isinstance(value, np.generic) else value
        try:
            plain.argument(value, f"parameter {name}")
        except (TypeError, ValueError) as error:
            raise type(error)(f"sweep, with a folder: {error}") from None
        found[name] = value
    return found


def _digest(array: Any) -> str:
    """Type, shape and SHA-256 of the values."""
    digest = hashlib.sha256()
    for start in range(0, len(array), 4096):  # of a memory map never all at once
        digest.update(np.ascontiguousarray(array[start:start + 4096]).tobytes())
    return f"{array.dtype.str} {array.shape} {digest.hexdigest()[:16]}"


def _same(there: Any, here: Any) -> bool:
    """Equal, and of one type: 1 is not 1.0, whose runs might differ. NaN equals itself."""
    return json.dumps(there, sort_keys=True) == json.dumps(here, sort_keys=True)


def _short(value: Any, other: Any) -> str:
    """What is said of a value: of a long list how long it is, and where it is no longer the other.
    """
    text = json.dumps(value)
    if len(text) <= 60:
        return text
    if isinstance(value, list) and isinstance(other, list):
        first = next((n for n, pair in enumerate(zip(value, other)) if not _same(*pair)),
                     min(len(value), len(other)))
        found = f", number {first} {_short(value[first], None)}" if first < len(value) else ""
        return f"a list of {len(value)}{found}"
    return f"{text[:57]}..."
