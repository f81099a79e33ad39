"""The plots of the report, as PNG files; in colours and marks that everybody can tell apart."""

import hashlib
import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from report_files import Found, ReportError, of_table, on_curves
from report_tables import digits, duration, number

# Okabe and Ito's, the darker of them; a mark or a hatch goes with each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS, HATCHES = "osD^vPX", ("", "///", "...", "xx", "\\\\", "++", "oo")
WIDTH = 8.5  # inches; 110 dots each are the width of a README


def drawn(rows: list[Found], folder: Path) -> list[Path]:
    """Draw what there are rows for; the files. An old plot of what is not there any more goes."""
    made = []
    for name, (choose, draw) in PLOTS.items():
        data = choose(rows)
        if data:
            made.append(path_of(folder, name))
            _save(draw(data), made[-1], stamp(data))
        else:
            path_of(folder, name).unlink(missing_ok=True)
    return made


def stale(rows: list[Found], folder: Path) -> list[str]:
    """The plots in a folder that were not drawn from these rows."""
    lines = []
    for name, (choose, _) in PLOTS.items():
        path, data = path_of(folder, name), choose(rows)
        kept = path.read_bytes() if path.exists() else b""
        if data and stamp(data).encode() not in kept:
            lines.append(f"{path.name}: drawn from other figures" if kept else
                         f"{path.name}: missing")
        elif kept and not data:
            lines.append(f"{path.name}: nothing of it was measured")
    return lines


def path_of(folder: Path, name: str) -> Path:
    """The file of a plot."""
    return folder / f"figure_{name}.png"


def stamp(data: Any) -> str:
    """A name for the figures behind a plot; it is kept in the file."""
    return "figures " + hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]


def _save(figure, path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Description": text})


def axes(height: float, columns: int = 1, **options: Any) -> tuple[Any, Any]:
    """A figure without a window, and its axes."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ReportError("The plots need matplotlib: pip install matplotlib, or leave them out "
                          "with --no-plots.") from None
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    made = figure.subplots(1, columns, squeeze=False, **options)[0]
    for one in made:
        one.spines[["top", "right"]].set_visible(False)
        one.set_axisbelow(True)
    return figure, made


# ---------------------------------------------------------------------------------- time by width


def lines_by_width(rows: list[Found]) -> list[Any]:
    """(name, [neurons], [seconds]) for both sides of each "width" curve."""
    lines = []
    for curve, found in on_curves(rows).items():
        what, _, who = curve.partition(": ")
        if what == "width" and len(found) > 1:
            xs = [row["x"] for row in found]
            precision = who.partition(", ")[2] or who
            lines.append((f"{found[0]['ours']}, {precision}", xs,
                          [row["our_seconds"] for row in found], found[0]["unit"]))
            lines.append((f"{found[0]['theirs']}, {precision}", xs,
                          [row["their_seconds"] for row in found], found[0]["unit"]))
    return lines


def draw_width(lines: list[Any]) -> Any:
    """Time against width, both logarithmic; named in the order in which the lines end."""
    figure, (ax,) = axes(4.6)
    for i, (name, xs, seconds, _) in enumerate(lines):
        ours = i % 2 == 0
        ax.plot(xs, [1e6 * s for s in seconds], color=COLOURS[i % len(COLOURS)],
                marker=MARKS[i % len(MARKS)], linestyle="-" if ours else "--", label=name)
    ax.set(xscale="log", yscale="log", xlabel="neurons in the hidden layer",
           ylabel=f"time of one {lines[0][3]} (us)", title="Time by width: lower is better")
    ticks = sorted({x for _, xs, _, _ in lines for x in xs})
    ax.set_xticks(ticks, [f"{x:,g}" for x in ticks])
    _plain_ticks(ax.yaxis)
    ax.minorticks_off()
    ax.grid(alpha=0.3)
    handles, labels = ax.get_legend_handles_labels()
    order = sorted(range(len(lines)), key=lambda i: -lines[i][2][-1])  # as the lines end
    ax.legend([handles[i] for i in order], [labels[i] for i in order], frameon=False)
    return figure


# -------------------------------------------------------------------------------- other libraries


def bars_by_library(rows: list[Found]) -> list[Any]:
    """(workload, [(library, seconds of a unit)], unit), the slowest library first."""
    groups: dict[str, list[Found]] = {}
    for row in of_table(rows, "peers"):
        groups.setdefault(row["what"], []).append(row)
    bars = []
    for what, found in groups.items():
        ours: dict[str, list[float]] = {}
        for row in found:
            ours.setdefault(row["ours"], []).append(row["our_seconds"])
        one = [(row["theirs"], row["their_seconds"]) for row in found]
        one += [(name, statistics.median(seconds)) for name, seconds in ours.items()]
        bars.append((what, sorted(one, key=lambda bar: -bar[1]), found[0]["unit"]))
    return bars


def draw_libraries(bars: list[Any]) -> Any:
    """A block of bars for each workload, the same colour for one library everywhere."""
    names = sorted({name for _, one, _ in bars for name, _ in one},
                   key=lambda name: (not name.startswith("fastnn"), name))
    count = sum(len(one) + 1.6 for _, one, _ in bars)
    figure, (ax,) = axes(0.6 + 0.26 * count)
    y, ticks = 0.0, []
    for what, one, _ in bars:
        ax.text(0, y - 0.1, what, transform=ax.get_yaxis_transform(), weight="bold", size=9)
        for name, seconds in one:
            y -= 1
            i = names.index(name)
            ax.barh(y, 1e6 * seconds, color=COLOURS[i % len(COLOURS)], height=0.8,
                    hatch=HATCHES[i % len(HATCHES)], edgecolor="white", linewidth=0)
            ax.text(1e6 * seconds, y, f" {duration(seconds)}", va="center", size=8)
            ticks.append((y, name))
        y -= 1.6
    ax.set_yticks([at for at, _ in ticks], [name for _, name in ticks], size=8)
    ax.set(xscale="log", xlabel=f"time of one {bars[0][2]} (us, logarithmic); shorter is better")
    ax.set_ylim(y + 0.9, 0.9)
    seconds = [bar[1] for _, one, _ in bars for bar in one]
    ax.set_xlim(0.5e6 * min(seconds), 4e6 * max(seconds))
    _plain_ticks(ax.xaxis)
    ax.grid(axis="x", alpha=0.3)
    return figure


# ---------------------------------------------------------------------------------- share of sgemm


def shares(rows: list[Found]) -> list[Any]:
    """(table, whether all is float32, flops of a unit, our share of sgemm's rate, theirs) in %."""
    return [(row["table"], "native float32" in row["what"], row["flops"],
             100 * row["flops"] / row["our_seconds"] / row["sgemm"],
             100 * row["flops"] / row["their_seconds"] / row["sgemm"])
            for row in rows if row.get("flops") and row.get("sgemm")
            and (row["table"] == "kernels"
                 or row["table"] == "training" and row["ours"] == "fastnn.fit")]


SIDES = (("fastnn", 3, (("o", COLOURS[0]), ("D", COLOURS[5]))),  # name, place, mark by precision
         ("NumPy", 4, (("s", COLOURS[1]), ("^", COLOURS[4]))))


def draw_shares(found: list[Any]) -> Any:
    """Share of the rate of sgemm against work; trainings and single methods beside each other."""
    tables = [name for name in ("training", "kernels") if any(one[0] == name for one in found)]
    figure, made = axes(4.8, len(tables), sharey=True)
    titles = {"training": ("whole trainings: fastnn.fit", "MFLOP an epoch"),
              "kernels": ("single methods: the objects", "MFLOP a call")}
    for ax, name in zip(made, tables, strict=True):
        chosen = [one for one in found if one[0] == name]
        xs = [1e-6 * one[2] for one in chosen]
        ax.set(xscale="log", yscale="log", xlim=(min(xs) / 2, 2.5 * max(xs)), title=titles[name][0],
               xlabel=titles[name][1])
        for plain in (True, False):
            some = [one for one in chosen if one[1] is plain]
            xs = [1e-6 * one[2] * (1 if plain else 1.15) for one in some]  # beside each other
            ax.vlines(xs, *([one[i] for one in some] for i in (3, 4)), color="0.8", linewidth=1)
            for who, place, marks in SIDES:
                mark, colour = marks[0 if plain else 1]
                ax.plot(xs, [one[place] for one in some], mark, color=colour, markersize=5.5,
                        markerfacecolor=colour if who == "fastnn" else "white",
                        label=f"{who}, {'float32' if plain else 'float64 or nnfs.init()'}")
        ax.axhline(100, color="black", linewidth=0.8, linestyle=":")
        _plain_ticks(ax.xaxis)
        ax.grid(alpha=0.3)
    made[0].set_ylabel("share of the rate of sgemm at 1024 cubed (%)")
    made[0].set_ylim(top=160)
    _plain_ticks(made[0].yaxis)
    figure.legend(*made[0].get_legend_handles_labels(), loc="outside upper center", ncols=4,
                  frameon=False, fontsize=9)
    return figure


# --------------------------------------------------------------------------- combined and separate


def pairs(rows: list[Found]) -> list[Any]:
    """(shape, curve, ratio, low, high) of combined against separate, and what others published."""
    return [(shape_of(row["what"]), curve, row["median"], row["low"], row["high"],
             row.get("published"))
            for curve, found in on_curves(of_table(rows, "softmax pair")).items() for row in found]


def shape_of(what: str) -> str:
    """The "(N, C)" that a row's text begins with."""
    found = re.match(r"\([\d, ]+\)", what)
    return found.group() if found else what


def draw_pairs(found: list[Any]) -> Any:
    """Bars side by side for each shape; dashes where others published a figure."""
    shapes, curves = ([*dict.fromkeys(one[i] for one in found)] for i in (0, 1))
    figure, (ax,) = axes(4.8)
    wide = 0.84 / len(curves)
    for shape, curve, ratio, low, high, published in found:
        i = curves.index(curve)
        x = shapes.index(shape) + (i - (len(curves) - 1) / 2) * wide
        ax.bar(x, ratio, 0.94 * wide, color=COLOURS[i % len(COLOURS)], edgecolor="white",
               hatch=HATCHES[i % len(HATCHES)], linewidth=0,
               label=None if shape != shapes[0] else curve,
               yerr=[[max(0, ratio - low)], [max(0, high - ratio)]], ecolor="0.3", capsize=2)
        ax.text(x, 1.04 * max(high, ratio), number(ratio), ha="center", va="bottom", size=8,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
        if published and i == 0:
            at = shapes.index(shape)
            for value in published.values():
                ax.plot([at - 0.46, at + 0.46], [value] * 2, "k--", linewidth=0.8, zorder=0.5)
    if any(one[5] for one in found):
        ax.plot([], [], "k--", linewidth=0.8, label="published, on other machines")
    ax.axhline(1, color="black", linewidth=0.8)
    ax.set_xticks(range(len(shapes)), shapes)
    ax.set(yscale="log", xlabel="(samples, classes)",
           ylabel="time of separate / time of combined")
    lowest, highest = min(one[3] for one in found), max(one[4] for one in found)
    ax.set_ylim(0.7 * min(1, lowest), 2 * max(10, highest))
    _plain_ticks(ax.yaxis)
    ax.grid(axis="y", alpha=0.3)
    figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=3,
                  frameon=False, fontsize=9)
    return figure


def _plain_ticks(axis: Any) -> None:
    """1, 10, 100 instead of powers, and 2 and 5 between them where there is room."""
    from matplotlib.ticker import LogLocator, NullFormatter
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(  # where decades are many, numbers at every other
        100 if high > 1e6 * low else 10, (1, 2, 5) if high < 300 * low else (1,)))
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 100 else digits(value))
    axis.set_minor_formatter(NullFormatter())


PLOTS: dict[str, tuple[Callable[[list[Found]], list[Any]], Callable[[list[Any]], Any]]] = {
    "width": (lines_by_width, draw_width), "libraries": (bars_by_library, draw_libraries),
    "sgemm": (shares, draw_shares), "pair": (pairs, draw_pairs)}
