"""A run, or several, as one HTML file that needs nothing else: tables, pictures, and the data."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from fastnn.bench import figures
from fastnn.bench.drawing import dots, on_roof, roofline
from fastnn.bench.files import embedded
from fastnn.bench.noise import CONTRADICTION, SPREAD, Load, doubts
from fastnn.bench.several import Several

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 84em; margin: 2em auto;
       padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { padding: .25em .7em; text-align: left; border-bottom: 1px solid #ddd;
         vertical-align: top }
td:nth-child(2) { min-width: 15em } td:nth-child(10) { min-width: 9em }
td.n, th.n { text-align: right; white-space: nowrap }
tr.lost td.r { color: #c0392b; font-weight: 600 } tr.noisy { color: #777; font-style: italic }
.warning { background: #fff3cd; border-left: 4px solid #e0a800; padding: .5em 1em }
.scroll, figure { overflow-x: auto; margin: 0 } svg { max-width: 100%; height: auto }
small { color: #555 }
"""


def _page(title: str, body: Iterable[str], data: Iterable[str] = ()) -> str:
    return "\n".join([
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title>", f"<style>{_STYLE}</style>", "</head>", "<body>",
        f"<h1>{escape(title)}</h1>", *filter(None, body), *data, "</body>", "</html>", ""])


def page(found: dict[str, Any]) -> str:
    """One run."""
    rows, rates = found["rows"], found["rates"]
    roof = roofline(rows, rates)
    pictures = ["<h2>Ratios</h2>" if rows else "", f"<figure>{dots(rows)}</figure>" * bool(rows)]
    if roof:
        pictures += [
            "<h2>Rates, and what the machine has</h2>", f"<figure>{roof}</figure>",
            f"<p><small>Filled: fastnn; hollow: NumPy. The numbers are the table's; of "
            f"{len(rows) - len(on_roof(rows))} rows no operations are counted. What fits into "
            "caches may lie above the copy's slope; under nnfs.init() products are summed in "
            "float64, for which the roof is half as high.</small></p>"]
    lost = figures.losing(rows)
    return _page("fastnn against NumPy on this machine", [
        f"<p>{escape(figures.machine_line(found['machine']))}; {escape(found['date'])}"
        f"{', a quick run' if found['quick'] else ''}. One thread each.</p>",
        *(f'<p class="warning">{escape(text)}.</p>' for text in figures.warnings(found)),
        "<p>How many times as fast as the same in plain NumPy: the median of pairs that were "
        "timed in turn, and between which values half of them lie. That both sides agree was "
        "tried before: in every bit, or to rounding in native float32.</p>",
        _table(rows, rates), *pictures,
        "<h2>What loses</h2>", f"<p>{escape(lost)}.</p>",
        "<h2>Machine</h2>", _facts(found),
        f"<p><small>Noisy: the quartiles are further apart than {SPREAD:g} of the median, or the "
        f"median ratio is off the ratio of the median times by more than {CONTRADICTION:g}, or "
        "others were at work.</small></p>"], [embedded(found)])


def _table(rows: list[dict[str, Any]], rates: dict[str, float]) -> str:
    if not rows:
        return "<p>No row was measured.</p>"
    body = [_cells([
        (str(at), "n"), (row["what"], ""), (row["ours"], ""), (figures.number(row["median"]),
                                                                "n r"),
        (figures.quartiles(row), "n"), (figures.duration(row["our_seconds"]), "n"),
        (figures.duration(row["their_seconds"]), "n"), (f"a{'n' * (row['unit'][:1] in 'aeiou')} "
                                                        f"{row['unit']}", ""),
        (figures.rate(row, rates), "n"), (figures.marks(row), "")],
        " ".join(["lost"] * figures.loses(row) + ["noisy"] * bool(doubts(row))))
        for at, row in enumerate(rows, 1)]
    heads = [("", "n"), ("what", ""), ("ours", ""), ("times as fast", "n"), ("half of them", "n"),
             ("fastnn", "n"), ("NumPy", "n"), ("for", ""), ("rate, of the machine's", "n"),
             ("doubts", "")]
    return _html_table(heads, body)


def _html_table(heads: list[tuple[str, str]], body: list[str]) -> str:
    head = "".join(f'<th class="{kind}">{escape(text)}</th>' for text, kind in heads)
    return (f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}'
            "</tbody></table></div>")


def _cells(cells: list[tuple[str, str]], kind: str = "") -> str:
    inner = "".join(f'<td class="{of}">{escape(text)}</td>' for text, of in cells)
    return f'<tr class="{kind}">{inner}</tr>'


def _facts(found: dict[str, Any]) -> str:
    facts = {**found["machine"], **found["details"]}
    facts |= {name: f"{1e-9 * value:.1f} {unit}" for name, value, unit in (
        ("large product", found["rates"].get("product"), "GFLOP/s, float32, one thread"),
        ("large copy", found["rates"].get("copy"), "GB/s, read and written")) if value}
    facts |= {f"look {at} at the load": str(Load(**load))
              for at, load in enumerate(found["load"], 1)}
    facts["compiling"] = f"{found['compiling']:.1f} s, before anything was timed"
    return _html_table([("", ""), ("", "")], [_cells([(str(name), ""), (str(value), "")])
                                              for name, value in facts.items()])


def together(several: Several, title: str) -> str:
    """Several runs: a line a row, a column a machine; and each machine's own words."""
    heads = [("what", ""), ("ours", ""), *((label, "n r") for label in several.labels)]
    body = []
    for what, ours, found in several.lines():
        cells = [(figures.number(row["median"]) + "*" * bool(doubts(row)) if row else "", "n r")
                 for row in found]
        if several.changes:
            change = several.change(found)
            cells.append(("" if change is None else f"{change:.2f}", "n"))
        body.append(_cells([(what, ""), (ours, ""), *cells]))
    if several.changes:
        heads.append(("second / first", "n"))
    machines = []
    for label, run in zip(several.labels, several.runs, strict=True):
        machines += [f"<h2>{escape(label)}</h2>",
                     f"<p>{escape(figures.machine_line(run['machine']))}; "
                     f"{escape(run['date'])}.</p>",
                     *(f'<p class="warning">{escape(text)}.</p>'
                       for text in figures.warnings(run)),
                     f"<p>{escape(figures.losing(run['rows']))}.</p>",
                     f"<figure>{dots(run['rows'])}</figure>"]
    return _page(title, [
        "<p>How many times as fast fastnn is as the same in plain NumPy, on each machine. "
        "*: noisy.</p>", *(f"<p>{escape(text)}</p>" for text in several.said()),
        _html_table(heads, body), *machines])
