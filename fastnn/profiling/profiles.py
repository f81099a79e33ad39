"""`fastnn.profile()`: the context manager."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from fastnn.compile.policy import measured
from fastnn.compile.undivided import hold_over_forks
from fastnn.profiling import foreign, hints, notebook, plot, table, trace
from fastnn.profiling.instruments import Instruments
from fastnn.profiling.recorder import Recorder
from fastnn.profiling.report import Report, report
from fastnn.profiling.tally import Tally
from fastnn.support import watching

if TYPE_CHECKING:
    from fastnn.support.annotations import FilePath

_changing = threading.RLock()  # held where profiles are opened and closed
_recorder: Recorder | None = None
_instruments: Instruments | None = None


def _locks() -> Iterator[Any]:
    yield _changing
    if _recorder is not None:  # the one that is there when nobody can change it any more
        yield _recorder.lock


hold_over_forks(_locks)


class Profile:
    """Where the time goes in a `with` block.

        with fastnn.profile() as p:
            ...
        print(p)

    `print(p)` is a table: for each object and phase its own time, widest share first. It can be
    read inside the block too; then it says what was so far. Blocks may be nested and may run in
    several threads: each sees what happens in all threads while it is open.

    Differs from a sampling profiler: our calls are measured, and what runs between them, in Python
    or in anybody's library, is one row.
    """

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self._variables = variables
        self._tally: Tally | None = None
        self._report: Report | None = None
        self._begin = 0.0
        self._found: list[str] | None = None

    def __enter__(self) -> Profile:
        if self._tally is not None or self._report is not None:
            raise RuntimeError("fastnn.profile: a profile is opened once, make another one")
        if self._variables is None:
            # Where the block stands, for the names of objects.
            self._variables = sys._getframe(1).f_globals
        with _changing:
            recorder = _open_recorder()
            with recorder.lock:
                recorder.flush()
                self._begin = perf_counter()
                self._tally = Tally(recorder.cells, self._begin, threading.get_ident())
                recorder.takers.append(self._tally)
        meet(foreign.adopted_classes())
        return self

    def __exit__(self, *error: object) -> None:
        end = perf_counter()
        with _changing:
            recorder, tally = _recorder, self._tally
            assert recorder is not None and tally is not None
            with recorder.lock:
                recorder.flush()
                recorder.takers.remove(tally)
            if not recorder.takers:
                _close_recorder()
            self._report = report(tally, end, self._variables or {})
            self._tally = self._variables = None
            if not recorder.takers:
                recorder.forget()

    def _now(self) -> Report:
        """The report: final, or of an open profile as far as it has come."""
        if self._report is not None:
            return self._report
        if self._tally is None:
            raise RuntimeError("fastnn.profile: nothing is profiled yet, use `with "
                               "fastnn.profile() as p:`")
        with _changing:
            assert _recorder is not None
            with _recorder.lock:
                _recorder.flush()
                return report(self._tally, perf_counter(), self._variables or {})

    def hints(self) -> list[str]:
        """A sentence for each thing well known to be slow that was met."""
        return hints.hints(self._now())

    def __str__(self) -> str:
        found = self._now()
        return table.as_text(found, hints.hints(found))

    def __repr__(self) -> str:
        return f"<fastnn profile of {self._now().wall:.3g} s>" if self._begin else (
            "<fastnn profile, not opened>")

    def _repr_html_(self) -> str:
        """What a notebook shows: the table, with a bar for each share."""
        if not self._begin:
            return escape(repr(self))
        found = self._now()
        return notebook.page(found, hints.hints(found))

    def to_dict(self) -> dict[str, Any]:
        """Everything in the table as numbers and texts; seconds, and shares from 0 to 1."""
        found = self._now()
        return table.as_dict(found, hints.hints(found))

    def to_json(self, path: FilePath) -> None:
        """Write `to_dict()` to a file."""
        _write(path, self.to_dict())

    def to_chrome_trace(self, path: FilePath) -> None:
        """Write a file for Perfetto (ui.perfetto.dev) or chrome://tracing.

        It holds the first 100,000 calls. Inside a compiled call the phases are sums over its steps,
        one after the other.
        """
        _write(path, trace.as_trace(self._now(), self._begin))

    def plot(self, axes: Any = None) -> Any:
        """One bar a phase, with matplotlib; gives the axes. What made kernels ready is told in the
        title: it is done once, and not what a program does.
        """
        return plot.draw(self._now(), axes)


def _write(path: FilePath, content: Any) -> None:
    Path(path).write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")


def _open_recorder() -> Recorder:
    global _recorder, _instruments
    if _recorder is None:
        recorder = Recorder()
        instruments = Instruments(recorder)
        try:
            instruments.attach()
        except BaseException:
            instruments.detach()
            raise
        recorder.meet = _meet
        recorder.aside = instruments.aside
        _recorder, _instruments = recorder, instruments
        watching.watch(recorder)
        measured(True)
    return _recorder


def _meet(things: Any) -> None:
    with _changing:
        if _instruments is not None:
            _instruments.meet(things)


def meet(kinds: Iterable[type]) -> None:
    """While a profile is open: time the methods of these classes, which are not ours."""
    with _changing:
        if _instruments is not None:
            _instruments.meet_classes(kinds)


def _close_recorder() -> None:
    global _recorder, _instruments
    assert _instruments is not None
    watching.watch(None)
    measured(False)
    _instruments.detach()
    _recorder = _instruments = None
