"""Two pictures of a run as SVG, without any library: ratios as dots, and rates below a roof."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any

from fastnn.bench.figures import loses, number
from fastnn.bench.noise import doubts

_OURS, _LOST, _GREY, _ROOF = "#1f77b4", "#c0392b", "#777", "#444"
_LINE = 22  # pixels from one row of dots to the next
_LABEL, _WIDE = 330, 760


def _svg(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    return (f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" '
            f'aria-label="{escape(label)}" font-family="inherit" font-size="12">'
            f'{"".join(parts)}</svg>')


def _text(x: float, y: float, text: str, anchor: str = "start", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _stroke(x: float, y: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return (f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
            f'{more}/>')


class _Log:
    """A logarithmic axis: values to pixels, and where its marks are."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + (self.end - self.start) * min(1.0, max(0.0, share))

    def ticks(self) -> list[float]:
        """1, 2, 5, 10 and so on; of many decades whole ones alone."""
        few = self.high / self.low < 3e3
        found = [digit * 10.0**power for power in range(math.floor(math.log10(self.low)),
                                                        math.ceil(math.log10(self.high)) + 1)
                 for digit in ((1, 2, 5) if few else (1,))]
        return [tick for tick in found if self.low <= tick <= self.high]


def dots(rows: list[dict[str, Any]]) -> str:
    """Each row's median ratio, with its quartiles as a line; 1 is as fast as the other side."""
    if not rows:
        return ""
    low = 0.8 * min(1.0, *(row["low"] for row in rows))
    high = 1.25 * max(1.0, *(row["high"] for row in rows))
    axis = _Log(low, high, _LABEL, _WIDE - 60)
    bottom = _LINE * len(rows) + 8
    parts = []
    for tick in axis.ticks():
        parts += [_stroke(axis(tick), 4, axis(tick), bottom, "#ddd"),
                  _text(axis(tick), bottom + 15, f"{tick:g}", "middle", f' fill="{_GREY}"')]
    parts.append(_stroke(axis(1), 4, axis(1), bottom, _ROOF, ' stroke-width="1.5"'))
    for at, row in enumerate(rows):
        y = _LINE * (at + 0.7)
        colour = _GREY if doubts(row) else _LOST if loses(row) else _OURS
        fill = "white" if doubts(row) else colour
        parts += [f"<g><title>{escape(row['what'])}, {escape(row['ours'])}</title>",
                  _text(_LABEL - 12, y + 4, _cut(row["name"]), "end"),
                  _stroke(axis(row["low"]), y, axis(row["high"]), y, colour,
                          ' stroke-width="3" stroke-opacity="0.45"'),
                  f'<circle cx="{axis(row["median"]):.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" '
                  f'stroke="{colour}" stroke-width="1.5"/>',
                  _text(axis(row["high"]) + 9, y + 4, number(row["median"]), "start",
                        f' fill="{colour}"'), "</g>"]
    parts.append(_text((_LABEL + _WIDE) / 2 - 30, bottom + 32,
                       "times as fast as NumPy; hollow: noisy", "middle"))
    return _svg(_WIDE, bottom + 40, "times as fast, by row", parts)


def _cut(text: str) -> str:
    return text if len(text) <= 48 else f"{text[:47]}…"


def on_roof(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows whose operations and bytes are known."""
    return [row for row in rows if row.get("flops") and row.get("bytes")]


def roofline(rows: list[dict[str, Any]], rates: dict[str, float]) -> str:
    """Operations a second against operations for a byte, below what the machine has measured: the
    copy's rate times them, and at most that of a large product. Numbers are places in `rows`.
    """
    shown = on_roof(rows)
    if not shown or not {"product", "copy"} <= rates.keys():
        return ""
    product, copy = rates["product"], rates["copy"]
    left, right, top, base = 70.0, _WIDE - 20.0, 16.0, 380.0
    at = [row["flops"] / row["bytes"] for row in shown]
    speeds = [row["flops"] / row[who] for row in shown for who in ("our_seconds", "their_seconds")]
    x = _Log(min(*at, 0.25 * product / copy) / 2, max(*at, 4 * product / copy) * 2, left, right)
    y = _Log(min(speeds) / 2, max(product, *speeds) * 2, base, top)
    parts = []
    for tick in x.ticks():
        parts += [_stroke(x(tick), top, x(tick), base, "#eee"),
                  _text(x(tick), base + 16, f"{tick:g}", "middle", f' fill="{_GREY}"')]
    for tick in y.ticks():
        parts += [_stroke(left, y(tick), right, y(tick), "#eee"),
                  _text(left - 6, y(tick) + 4, f"{1e-9 * tick:g}", "end", f' fill="{_GREY}"')]
    edge = product / copy
    first = max(x.low, y.low / copy)
    parts.append(f'<polyline fill="none" stroke="{_ROOF}" stroke-width="2" points="'
                 f'{x(first):.1f},{y(first * copy):.1f} {x(edge):.1f},{y(product):.1f} '
                 f'{right:.1f},{y(product):.1f}"/>')
    parts += [_text(right - 4, y(product) - 6, f"large product, {1e-9 * product:.0f} GFLOP/s",
                    "end"),
              _text(x(edge) - 10, y(product) - 6, f"copy, {1e-9 * copy:.0f} GB/s", "end")]
    for index, (row, place) in enumerate(zip(shown, at, strict=True)):
        ours, theirs = (y(row["flops"] / row[who]) for who in ("our_seconds", "their_seconds"))
        side = 9 if index % 2 else -9
        colour = _LOST if loses(row) else _OURS
        parts += [f"<g><title>{escape(row['what'])}, {escape(row['ours'])}</title>",
                  _stroke(x(place), ours, x(place), theirs, colour, ' stroke-opacity="0.5"'),
                  f'<circle cx="{x(place):.1f}" cy="{theirs:.1f}" r="4" fill="white" '
                  f'stroke="{_GREY}"/>',
                  f'<circle cx="{x(place):.1f}" cy="{ours:.1f}" r="4.5" fill="{colour}"/>',
                  _text(x(place) + side, ours + 4, str(rows.index(row) + 1),
                        "start" if side > 0 else "end", ' font-size="11"'), "</g>"]
    parts += [_text((left + right) / 2, base + 36, "operations for each byte of arrays that the "
                    "book's methods read and write", "middle"),
              _text(16, (top + base) / 2, "GFLOP/s", "middle",
                    f' transform="rotate(-90 16 {(top + base) / 2:.0f})"')]
    return _svg(_WIDE, base + 46, "rates against the machine's own", parts)
