"""What `fastnn.check` answers: for people as text and in notebooks, for programs as data."""

from __future__ import annotations

import html
import json
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FORMAT = 1
_MARKS = {"right": "right", "differs": "differs", "base class": "a base class",
          "not recognised": "not recognised", "did not end": "did not end", "raises": "raises"}
_BAD = {"differs", "raises", "did not end"}


class Report:
    """The findings of `fastnn.check`, one for each class.

    Attributes
    ----------
    classes : list of dict
        name, line, verdict ("right", "differs", "raises", "base class", "not recognised", "did not
        end"), role, book, same_bits, gradients, vocabulary, differences, remarks, why.
    right : bool
        Whether there is a class that is right, and none that differs, raises or did not end.
    error : str
        Why a file could not be read, or has nothing to check; "" of all others.
    """

    def __init__(self, classes: list[dict[str, Any]], file: str = "",
                 remarks: list[str] | None = None, error: str = "") -> None:
        self.classes = classes
        self.file = file
        self.remarks = remarks or []
        self.error = error

    @property
    def right(self) -> bool:
        """Whether no class differs, and at least one was recognised."""
        verdicts = [one["verdict"] for one in self.classes]
        return "right" in verdicts and not _BAD & set(verdicts)

    def __getitem__(self, name: str) -> dict[str, Any]:
        for one in self.classes:
            if one["name"] == name:
                return one
        raise KeyError(f"no class {name!r} was checked: {[one['name'] for one in self.classes]}")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data; `help(fastnn.check)` has the format."""
        made = {"format": FORMAT, "file": self.file, "right": self.right,
                "classes": self.classes, "remarks": self.remarks, "error": self.error}
        return _plain(made)

    def to_json(self) -> str:
        """The same as JSON; numbers that JSON does not have are "nan", "inf" and "-inf"."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def __str__(self) -> str:
        return "\n".join([*(line for one in self.classes for line in lines(one)), *self.remarks])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(
            f"<p><b>{html.escape(first)}</b>" + "".join(f"<br>{_spaced(line)}" for line in rest)
            + "</p>" for first, *rest in map(lines, self.classes))


def _spaced(line: str) -> str:
    return html.escape(line).replace("  ", "&emsp;")


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def lines(one: dict[str, Any]) -> Iterator[str]:
    """One class, as a teacher would say it."""
    verdict = _MARKS[one["verdict"]]
    if one["verdict"] == "right":
        bits = "the same bits as the book's" if one["same_bits"] else "to rounding"
        verdict = f"right, {bits}"
        verdict = verdict if one["book"] else "right"
    role = f", {one['role']}" if one["role"] else ""
    yield f"{one['name']}{role}: {verdict}" + (f" ({one['why']})" if one["why"] else "")
    for row in one["differences"]:
        yield f"  {row['method']}: {row['attribute']} {_how(row)}"
        if row["sentence"]:
            yield "    " + (f"{row['mistake']}: " if row["mistake"] else "") + row["sentence"]
        if row["formula"]:
            yield f"    {row['formula']} ({row['chapter']})"
    for remark in one["remarks"]:
        yield f"  note: {remark}"


def _how(row: dict[str, Any]) -> str:
    case = f", with {row['case']}" if row["case"] else ""
    if row.get("raised"):
        at = f", {row['at']}" if row.get("at") else ""
        verb = "raises" if row["attribute"] == "it" else "cannot be computed:"
        return f"{verb} {row['raised']}{case}{at}"
    if row.get("got_shape") is not None:
        return f"is {tuple(row['got_shape'])}, expected {tuple(row['expected_shape'])}{case}"
    if row.get("got") is not None and isinstance(row["got"], float):
        at = f"{row['element']} " if row.get("element") else ""
        return (f"{at}is {row['got']:.9g}, expected {row['expected']:.9g}, "
                f"off by {row['by']:.3g}{case}")
    verb = "are" if " and " in row["attribute"] else "is"
    return f"{verb} not as {'they' if verb == 'are' else 'it'} should be{case}"
