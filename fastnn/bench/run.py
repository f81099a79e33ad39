"""A run of the suite: rows as they come, and what a file keeps of it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from fastnn.bench.machine import details, machine
from fastnn.bench.noise import Load, Watch
from fastnn.bench.pairs import Ratio, ratio
from fastnn.bench.suite import Case
from fastnn.compile.policy import compile_policy
from fastnn.compile.waiting import COMPILING
from fastnn.profiling import rates
from fastnn.support import blas

FORMAT, VERSION = "fastnn bench", 1
_PAIRS = 15
_QUICK, _FULL = 0.05, 0.12  # seconds of one call that is timed, about
_LOOK = 15.0  # seconds between two looks at the load
_THREADS = "FASTNN_NUM_THREADS"


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends a training with KeyboardInterrupt. With Python's own handler `fit` just stops,
    and what it took by then would pass for the time of the whole.
    """
    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt
    if threading.current_thread() is not threading.main_thread() or (
            signal.getsignal(signal.SIGINT) is not signal.default_int_handler):
        yield
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def one_thread() -> Iterator[bool]:
    """fastnn and NumPy's BLAS in one thread each; False where BLAS cannot be told."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        with blas.limited(1) as limited:
            yield limited
    finally:
        os.environ.pop(_THREADS, None)
        if before is not None:
            os.environ[_THREADS] = before


def run(cases: list[Case], quick: bool, say: Callable[[str], object],
        told: Callable[[dict[str, Any]], object], watch: Watch | None = None) -> dict[str, Any]:
    """Time these cases, one thread each; what a file keeps.

    say: gets a line about what is done; told: gets each row as it comes. Ctrl-C ends it, and what
    there is by then is kept, marked as a part. Rows whose sides differ are in "differ".
    """
    watch, begin = watch or Watch(_LOOK), COMPILING.seconds
    found: dict[str, Any] = {
        "format": FORMAT, "format_version": VERSION, "quick": quick, "partial": True,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"), "machine": machine(),
        "details": details(), "rates": {}, "load": [], "rows": [], "differ": []}
    with one_thread() as is_one, compile_policy("wait"), interruptible():
        try:
            first = watch.now()
            say(f"machine: {first}" + ("" if first.is_idle else
                                       "; it is busy, and the figures are marked"))
            found["rates"] = {"product": rates.product_rate(), "copy": rates.copy_rate()}
            for case in cases:
                _one(case, quick, watch, is_one, found, told)
            found["partial"] = False
        except KeyboardInterrupt:
            say("stopped by Ctrl-C: what was measured by then is kept")
        finally:
            found["compiling"] = COMPILING.seconds - begin
    found["load"] = [load._asdict() for load in watch.seen]
    return found


def _one(case: Case, quick: bool, watch: Watch, is_one: bool, found: dict[str, Any],
         told: Callable[[dict[str, Any]], object]) -> None:
    try:
        with case.ready(_QUICK if quick else _FULL) as ready:
            before = watch.now()
            times = ratio(ready.ours, ready.theirs, pairs=_PAIRS, units=ready.units,
                          before=ready.before)
            after = watch.now()
    except AssertionError as error:
        made = {"name": case.name, "what": case.what, "why": str(error)}
        found["differ"].append(made)
        told(made)
        return
    row = row_of(case, times, max(before, after), is_one)
    found["rows"].append(row)
    told(row)


def row_of(case: Case, times: Ratio, load: Load, is_one: bool) -> dict[str, Any]:
    """What is kept of a case."""
    return {"name": case.name, "what": case.what, "ours": case.ours, "theirs": case.theirs,
            "unit": case.unit, "flops": case.flops, "bytes": case.bytes, **times._asdict(),
            "our_threads": 1, "blas_threads": 1 if is_one else None,
            "taken": load.taken, "slowed": load.slowed}

