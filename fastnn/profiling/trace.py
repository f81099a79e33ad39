"""A report as a Chrome trace, for Perfetto (ui.perfetto.dev) and chrome://tracing.

Of a compiled call only sums are known: its phases are laid out one after the other inside it, and
their `args` say so.
"""

import os
from collections.abc import Iterator
from typing import Any

from fastnn.profiling.report import Report
from fastnn.profiling.report import events as all_events

_SUMMED = "summed over the steps of the call; the order is not the real one"


def as_trace(report: Report, begin: float) -> dict[str, Any]:
    """What `json.dump` makes a trace file of. Times in microseconds since `begin`."""
    process = os.getpid()
    traced = list(all_events(report))
    threads = sorted({call[4] for call in traced})
    events = [_note("process_name", "fastnn", process, 0)]
    events += [_note("thread_name", f"thread {n}", process, thread)
               for n, thread in enumerate(threads, 1)]
    for call in traced:
        events += _events(call, begin, process)
    told: dict[str, Any] = {"profiled_seconds": report.wall, "events_left_out": report.untraced}
    if report.untraced:
        told["note"] = (f"the last {report.untraced} calls are in the table alone: a trace holds "
                        f"the first {len(traced)} events")
    return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": told}


def _note(kind, text, process, thread):
    return {"name": kind, "ph": "M", "ts": 0, "dur": 0, "pid": process, "tid": thread,
            "args": {"name": text}}


def _events(call: tuple, zero: float, process: int) -> Iterator[dict[str, Any]]:
    name, phase, begin, end, thread, parts = call

    def event(name, phase, begin, end, **more):
        # Both ends are rounded, not the length: so what lies inside stays inside.
        start, stop = round(1e9 * (begin - zero)), round(1e9 * (end - zero))
        return {"name": f"{name}, {phase}", "cat": phase, "ph": "X", "ts": start / 1000,
                "dur": (stop - start) / 1000, "pid": process, "tid": thread, **more}

    yield event(name, phase, begin, end)
    for inner, inner_phase, seconds in parts:
        until = min(begin + seconds, end)
        yield event(inner, inner_phase, begin, until, args={"order": _SUMMED})
        begin = until
