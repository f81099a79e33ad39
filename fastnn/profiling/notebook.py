"""A report as a notebook shows it: a table with a bar for each share, without any library."""

from html import escape

from fastnn.profiling import table
from fastnn.profiling.report import Report

_SMALL = 0.0005  # shares below are left out, as in the text


def page(report: Report, hints: list[str]) -> str:
    """HTML of the table; what made kernels ready is a line of its own."""
    whole = table.running(report) or 1.0
    ready = report.wall - table.running(report)
    rows = [row for row in report.rows
            if row not in report.kernels and row.seconds >= _SMALL * whole]
    said = f"{table.seconds(report.wall)}" + (
        f", of which {table.seconds(ready)} to make kernels ready" if report.kernels else "")
    heads = "".join(f"<th style='text-align:left'>{name}</th>" for name in (
        "", "", "share", "", "total", "calls", "a call", "rate", "of machine"))
    body = "".join(_row(table.line(row, whole), row.seconds / whole) for row in rows)
    told = "".join(f"<li>{escape(hint)}</li>" for hint in hints)
    return (f"<div><b>fastnn profile</b>: {said}<table><thead><tr>{heads}</tr></thead><tbody>{body}"
            f"</tbody></table>{f'<ul>{told}</ul>' if told else ''}</div>")


def _row(cells: tuple[str, ...], share: float) -> str:
    name, phase, percent, *others = (escape(cell) for cell in cells)
    bar = (f"<svg width='100' height='10' role='img' aria-label='{percent}'><rect height='10' "
           f"width='{100 * min(1.0, share):.1f}' fill='#1f77b4'/></svg>")
    texts = "".join(f"<td style='text-align:{side}'>{text}</td>" for text, side in (
        (name, "left"), (phase, "left"), (percent, "right"), (bar, "left"),
        *((cell, "right") for cell in others)))
    return f"<tr>{texts}</tr>"
