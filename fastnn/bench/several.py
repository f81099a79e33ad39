"""Several runs beside each other: two that are compared, or a class of students' machines."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from fastnn.bench.figures import machine_line, number
from fastnn.bench.noise import doubts

TOLERANCE = 0.1  # a machine's ratios differ by as much from run to run
_SAME = ("cpu", "cores", "python", "numpy", "blas", "numba", "fastnn")


class Several:
    """Runs with a label each.

    changes: whether there are two, and what got slower from the first to the second is asked.
    """

    def __init__(self, runs: list[dict[str, Any]], labels: list[str], changes: bool = False):
        self.runs, self.changes = runs, changes
        labels = ["".join(sign if sign.isprintable() else "?" for sign in label)
                  for label in labels]  # names of files that others have handed in
        self.labels = [label if labels.count(label) == 1 else f"{label} {at}"
                       for at, label in enumerate(labels, 1)]
        self._rows = [{(row["name"], row["what"]): row for row in run["rows"]} for run in runs]

    def lines(self) -> Iterator[tuple[str, str, list[dict[str, Any] | None]]]:
        """(what, ours, the row of each run or None) of each row that any run has."""
        for key in dict.fromkeys(key for rows in self._rows for key in rows):
            found = [rows.get(key) for rows in self._rows]
            first = next(row for row in found if row)
            yield first["what"], first["ours"], found

    def change(self, found: list[dict[str, Any] | None]) -> float | None:
        """The second's ratio divided by the first's."""
        old, new = found[0], found[-1]
        return new["median"] / old["median"] if old and new else None

    def slower(self) -> list[tuple[float, dict[str, Any], dict[str, Any]]]:
        """(change, old row, new row) of what fell by more than the tolerance, beyond both rows'
        quartiles, and is sound in both; the worst first.
        """
        found = []
        for _, _, (old, *_, new) in self.lines():
            if old and new and not doubts(old) and not doubts(new):
                change = new["median"] / old["median"]
                if change < 1 - TOLERANCE and new["high"] < old["low"]:
                    found.append((change, old, new))
        return sorted(found, key=lambda change: change[0])

    def said(self) -> list[str]:
        """What comes of it, a line each."""
        return self._compared() if self.changes else self._merged()

    def _compared(self) -> list[str]:
        old, new = self.runs[0]["machine"], self.runs[-1]["machine"]
        lines = [f"Not the same {name}: {old[name]}, then {new[name]}." for name in _SAME
                 if old[name] != new[name]]
        both = [found for *_, found in self.lines() if found[0] and found[-1]]
        noisy = sum(bool(doubts(a) or doubts(b)) for a, b in both if a and b)
        lost = self.slower()
        lines += [f"{change:.2f}: {number(a['median'])}, then {number(b['median'])}: {b['what']}, "
                  f"{b['ours']}" for change, a, b in lost]
        lines.append(f"{len(lost)} of {len(both)} rows got slower (their ratio fell by more than "
                     f"{100 * TOLERANCE:.0f} %, beyond the quartiles)"
                     + (f"; {noisy} are noisy, and say nothing." if noisy else "."))
        for run, one, other in (("first", 0, -1), ("second", -1, 0)):
            more = [what for what, _, found in self.lines() if found[one] and not found[other]]
            if more:
                lines.append(f"Only in the {run}: {'; '.join(more)}.")
        return lines

    def _merged(self) -> list[str]:
        lines = [f"{label}: {machine_line(run['machine'])}"
                 for label, run in zip(self.labels, self.runs, strict=True)]
        sound = [[row["median"] for row in found if row and not doubts(row)]
                 for *_, found in self.lines()]
        sound = [ratios for ratios in sound if ratios]
        everywhere = sum(min(ratios) >= 1 for ratios in sound)
        lines.append(f"{len(self.runs)} machines; of {len(sound)} rows that are sound on some of "
                     f"them {everywhere} are faster than NumPy on each of these, "
                     f"{sum(max(ratios) < 1 for ratios in sound)} on none.")
        return lines

    def text(self) -> str:
        """A table, and what comes of it."""
        out = []
        for what, ours, found in self.lines():
            cells = [f"{number(row['median']) + '*' * bool(doubts(row)):>8}" if row else " " * 8
                     for row in found]
            known = [row["median"] for row in found if row]
            middle = "" if self.changes else f"{number(statistics.median(known)):>8}"
            out.append(f"{''.join(cells)}{middle}  {what}, {ours}")
        heads = "".join(f"{label[:7]:>8}" for label in self.labels)
        return "\n".join([heads + ("" if self.changes else f"{'median':>8}"), *out,
                          "*: noisy", *self.said()])
