"""What a profile found, as rows: numbers and texts, no objects."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from fastnn.compile.dispatcher import Kernel
from fastnn.profiling.hints import largest_product, of_conversions, of_objects
from fastnn.profiling.recorder import Cell
from fastnn.profiling.tally import Sums, Tally
from fastnn.profiling.work import names, work

BETWEEN = "Python between our calls"
OWN = "fastnn.profile itself"
ENGINE = "engine"


class Row(NamedTuple):
    """One object in one phase."""

    name: str
    phase: str  # of a step; "engine", "loop", "python", "profile"; "loading", "compiling"
    calls: int
    seconds: float  # its own: without the calls inside it that have rows
    flops: float
    bytes: float


class Report(NamedTuple):
    """All rows of a profile, widest first, and what its table, hints and trace need."""

    wall: float
    rows: list[Row]  # they add up to `wall`, if there was one thread
    kernels: list[Row]  # "loading" and "compiling", of these rows
    threads: int
    traced: list[tuple]  # (cell, begin, end, thread, ((cell, seconds), ...)) as columns, see Tally
    texts: dict[int, tuple[str, str]]  # name and phase of each cell
    untraced: int
    before_backward: float
    stepwise: tuple[str, ...]  # why runs were not compiled
    of_objects: tuple[str, ...]  # hints
    product: tuple[int, int, int] | None  # the largest that goes to BLAS


def report(tally: Tally, end: float, variables: dict[str, Any]) -> Report:
    """The tally as it stands at `end`."""
    found = [(tally.cells[n], sums) for n, sums in tally.sums.items()]
    left_open = tally.still_open(end)
    found += [(tally.cells[n], Sums()) for n in {span[0] for span in left_open}
              if n not in tally.sums]
    cells = [cell for cell, _ in found]
    called = names((cell.owner for cell in cells), variables)
    texts = {cell.index: (_name(cell, called), cell.phase) for cell in cells}
    rows = []
    for cell, sums in found:
        more = [own for n, _, _, own in left_open if n == cell.index]
        rows.append(Row(*texts[cell.index], sums.calls + len(more), sums.seconds + sum(more),
                        *work(cell, sums)))
    wall = end - tally.begin
    told = tally.told.get(tally.thread, 0.0) + sum(
        own for _, _, thread, own in left_open if thread == tally.thread)
    rows.append(Row(BETWEEN, "python", 0, max(0.0, wall - told), 0.0, 0.0))
    rows.sort(key=lambda row: -row.seconds)
    traced = [*tally.traced, *((thread, np.array([n]), np.array([begin]), np.array([end]), {})
                               for n, begin, thread, _ in left_open)]
    kernels = [row for row in rows if row.phase in ("loading", "compiling")]
    running = wall - sum(row.seconds for row in kernels)
    return Report(wall, rows, kernels, len({tally.thread, *tally.told}), traced, texts,
                  tally.untraced, tally.before_backward,
                  tuple(sorted(tally.stepwise)),
                  (*of_objects(found, called, running), *of_conversions(tally.converted, running)),
                  largest_product(cells))


def events(report: Report) -> Iterator[tuple]:
    """(name, phase, begin, end, thread, ((name, phase, seconds), ...)) of all that is traced."""
    texts = report.texts
    for thread, *columns, shares in report.traced:
        for n, (cell, begin, end) in enumerate(zip(*(column.tolist() for column in columns))):
            yield (*texts[cell], begin, end, thread,
                   tuple((*texts[inner], seconds) for inner, seconds in shares.get(n, ())))


def _name(cell: Cell, called: dict[int, str]) -> str:
    if isinstance(cell.owner, str):
        return cell.owner
    if isinstance(cell.owner, Kernel):
        return cell.owner.py_func.__name__
    return called.get(id(cell.owner), cell.phase)  # the phase is a name where it is nobody's
