"""Documents with generated parts: each part stands between two markers of its name."""

import textwrap
from pathlib import Path

from report_files import ReportError


def read(path: Path) -> str:
    """A document's text."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(f"{path}: expected {path.name}, cannot read it: {error}.") from None


def filled(text: str, made: dict[str, str], document: str) -> str:
    """The document with every block in its place."""
    for name, block in made.items():
        start, end = place(text, name, document)
        text = f"{text[:start]}\n{block}\n{text[end:]}"
    return text


def drift(text: str, made: dict[str, str], document: str) -> list[str]:
    """What the document says in a block and the files do not, and the other way round."""
    lines = []
    for name, block in made.items():
        start, end = place(text, name, document)
        got, expected = text[start:end].strip().splitlines(), block.splitlines()
        lines += [f"{name}: only in {document}: {line}" for line in got if line not in expected]
        lines += [f"{name}: not in {document}: {line}" for line in expected if line not in got]
        if got != expected and not any(line.startswith(f"{name}:") for line in lines):
            lines.append(f"{name}: the lines are in another order")
    return lines


def place(text: str, name: str, document: str) -> tuple[int, int]:
    """From where to where the block of this name goes."""
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    counts = [text.count(mark) for mark in marks]
    start, end = text.find(marks[0]) + len(marks[0]), text.find(marks[1])
    if counts != [1, 1] or start > end:
        raise ReportError(f"{document} must have {marks[0]} and after it {marks[1]}, once each; "
                          f"it has {counts[0]} and {counts[1]}.")
    return start, end


def wrapped(text: str) -> str:
    """In lines as long as the documents'."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)
