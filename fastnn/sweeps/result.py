"""Sweep: what came of the trainings, one after the other, as a table, and the best of them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fastnn.callbacks.callback import Monitor
from fastnn.engine.history import History, Row
from fastnn.support import checks
from fastnn.sweeps.grid import Job

_SHOWN = 8  # rows that a notebook shows
_FIRST = ("loss", "accuracy", "validation_loss", "validation_accuracy")


class Trained(NamedTuple):
    """One training of a sweep.

    repeat: how many with the same parameters came before. seed: what `np.random.seed` was given
    before the builder was called. history: None where it failed or was not done. network: what the
    builder gave, trained, where it was kept. seconds: how long it took, beside the others.
    """

    number: int
    parameters: dict[str, Any]
    repeat: int
    seed: int
    history: History | None
    network: Any
    error: Exception | None
    seconds: float

    def last(self) -> Row:
        """The last row of its History. ValueError where it has none."""
        if self.history is None or not len(self.history):
            raise ValueError(f"Trained.last: run {self.number} failed or was not done")
        return self.history[-1]


class Sweep:
    """The trainings of `fastnn.sweep`, in the order of their parameters.

    `len(sweep)`, `sweep[i]` and iteration give them, each a Trained.

    Attributes
    ----------
    histories : list of History, None where a training failed or was not done
    parameters : list of dict
    errors : dict from the number of a training that failed to what was raised in it
    interrupted : bool; whether Ctrl-C ended the sweep before all were done

    Source: this library.  Differs: not in the book.
    """

    def __init__(self, jobs: list[Job], monitor: str) -> None:
        self.monitor, self.interrupted = monitor, False
        self._trained = [Trained(*job, None, None, None, np.nan) for job in jobs]

    def _set(self, index: int, **values: Any) -> None:
        self._trained[index] = self._trained[index]._replace(**values)

    def __len__(self) -> int:
        return len(self._trained)

    def __getitem__(self, i: Any) -> Any:
        return self._trained[i]

    def __iter__(self) -> Iterator[Trained]:
        return iter(self._trained)

    @property
    def histories(self) -> list[History | None]:
        """The History of each."""
        return [one.history for one in self]

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """What the builder was given for each."""
        return [one.parameters for one in self]

    @property
    def errors(self) -> dict[int, Exception]:
        """What was raised in those that failed."""
        return {one.number: one.error for one in self if one.error is not None}

    def done(self) -> int:
        """How many were trained to their end."""
        return sum(one.history is not None for one in self)

    def best(self, monitor: str | None = None, mode: str = "auto") -> Trained:
        """The training whose last row has the best value; of equal ones the first.

        monitor: a column of the History; None is the sweep's own. mode: "min", "max" or "auto",
        "max" for accuracies. ValueError where no training has such a value.
        """
        monitor = self.monitor if monitor is None else monitor
        watched = Monitor("Sweep.best", monitor, mode)
        found: Trained | None = None
        for one in self:
            found = better(found, one, watched)
        if found is None:
            raise ValueError(f"Sweep.best: no training has a {monitor} in its last row; "
                             f"{self.done()} of {len(self)} are done")
        return found

    def to_dict(self) -> dict[str, list[Any]]:
        """The table of `to_frame` as lists by the names of their columns."""
        names = dict.fromkeys(name for one in self for name in one.parameters)
        found: dict[str, list[Any]] = {
            "repeat": [one.repeat for one in self], "seed": [one.seed for one in self]}
        for name in names:
            found[f"param_{name}"] = [one.parameters.get(name) for one in self]
        rows = [one.last() if one.history else None for one in self]
        for name in Row._fields:
            values = [np.nan if row is None else getattr(row, name) for row in rows]
            if name in ("epoch", "loss") or not np.isnan(values).all():
                found[name] = values
        found["seconds"] = [one.seconds for one in self]
        found["error"] = ["" if one.error is None else told(one.error) for one in self]
        return found

    def to_frame(self) -> Any:
        """A pandas DataFrame, a row for each training.

        Columns: repeat, seed, the parameters ("param_hidden"), the last row of the History
        ("epoch", "loss", ...; NaN where it failed or was not done), seconds, error.
        Raises ImportError where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("Sweep.to_frame makes a table of pandas, which is not installed: "
                              "pip install pandas") from None
        return pandas.DataFrame(self.to_dict()).rename_axis("run")

    def ranked(self) -> list[Trained]:
        """Those that are done, the best first; NaN last."""
        watched = Monitor("Sweep", self.monitor, "auto")
        sign = -1 if "accuracy" in self.monitor else 1

        def place(one: Trained) -> tuple[bool, float, int]:
            value = sign * watched.of(one.last())
            return bool(np.isnan(value)), value, one.number
        return sorted((one for one in self if one.history), key=place)

    def __repr__(self) -> str:
        text = f"Sweep of {len(self)} training{'s' * (len(self) != 1)}, {self.done()} done"
        if self.errors:
            text += f", {len(self.errors)} failed"
        if self.interrupted:
            text += ", interrupted"
        ranked = self.ranked()
        if ranked:
            best = ranked[0]
            text += (f", best {self.monitor} {getattr(best.last(), self.monitor):.4g} "
                     f"with {checks.shown(best.parameters)}, run {best.number}")
        return text

    def _repr_html_(self) -> str:
        ranked = self.ranked()[:_SHOWN]
        names = dict.fromkeys(name for one in ranked for name in one.parameters)
        values = [name for name in _FIRST
                  if any(not np.isnan(getattr(one.last(), name)) for one in ranked)]
        head = ["run", "seed", *names, *(name.replace("_", " ") for name in values)]
        rows = [[one.number, one.seed, *(checks.shown(one.parameters.get(name)) for name in names),
                 *(f"{getattr(one.last(), name):.4g}" for name in values)] for one in ranked]
        said = repr(self).partition(", best ")[0]
        table = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
        shown = f", the best {len(ranked)} by {self.monitor}" if len(ranked) < len(self) else ""
        return (f"<div><b>Sweep</b>{html.escape(said.removeprefix('Sweep') + shown)}"
                f"<table><tr>{_cells('th', head)}</tr>{table}</table></div>")


def better(one: Trained | None, other: Trained | None, monitor: Monitor) -> Trained | None:
    """The one with the better value in the last row of its History; of equal ones the first.

    None stands for no training, and is what comes of two without a value.
    """
    left, right = (np.nan if trained is None or not trained.history
                   else monitor.of(trained.last()) for trained in (one, other))
    if np.isnan(left) and np.isnan(right):
        return None
    if one is not None and other is not None and left == right:
        return min(one, other, key=lambda trained: trained.number)
    return one if monitor.is_better(left, right) else other


def told(error: Exception) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _cells(kind: str, values: list[Any]) -> str:
    return "".join(f"<{kind} style='padding-right:1em'>{html.escape(str(one))}</{kind}>"
                   for one in values)
