"""python -m fastnn examples: list the notebooks, print some, or copy them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import BinaryIO

from fastnn.examples.cells import notebook_of
from fastnn.examples.shelf import Example, every, example
from fastnn.files.replacing import replace
from fastnn.support.handlers import of_a_handler


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 1 where something could not be done."""
    chosen = _parser().parse_args(arguments)
    try:
        found = [example(name) for name in dict.fromkeys(chosen.names)]
        if chosen.copy:
            _copy(found or every(), chosen.to, chosen.force)
        elif chosen.to is not None or chosen.force:
            raise ValueError("--to and --force belong to --copy")
        elif found:
            print("\n".join(one.script for one in found), end="")
        else:
            print(listed())
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, OSError) as error:
        if of_a_handler(error):
            raise
        print(f"python -m fastnn examples: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fastnn examples",
        description="Notebooks, one for each part of the book. Without arguments: which there are.")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="print these as Python; with --copy: copy these alone")
    parser.add_argument("--copy", action="store_true",
                        help="write .ipynb files, of all or of NAMEs")
    parser.add_argument("--to", metavar="FOLDER",
                        help="where to (default: here); it is made if it is not there")
    parser.add_argument("--force", action="store_true", help="write over files that are there")
    return parser


def listed() -> str:
    """The table of the notebooks."""
    rows = [("name", "of the book", "what it shows"), *(one[:3] for one in every())]
    widths = [max(len(row[at]) for row in rows) for at in (0, 1)]
    lines = [f"{name:{widths[0]}}  {part:{widths[1]}}  {title}" for name, part, title in rows]
    return "\n".join([*lines, "", "python -m fastnn examples NAME           prints one as Python",
                      "python -m fastnn examples --copy [NAME]  writes notebooks (.ipynb) here"])


def _copy(found: list[Example], to: str | None, force: bool) -> None:
    """Write their notebooks. Where one may not be written over, none is."""
    folder = os.curdir if to is None else to
    paths = [os.path.normpath(os.path.join(folder, f"{one.name}.ipynb")) for one in found]
    there = [path for path in paths if os.path.lexists(path)]
    if there and not force:
        others = f", and {len(there) - 1} more" if len(there) > 1 else ""
        raise FileExistsError(f"there is already {there[0]!r}{others}; --force writes over")
    try:
        os.makedirs(folder, exist_ok=True)
        for one, path in zip(found, paths, strict=True):
            replace(path, partial(_fill, notebook_of(one.name, one.cells()).encode("utf-8")))
            print(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(f"cannot write into {folder!r}: {error.strerror}") from None


def _fill(content: bytes, stream: BinaryIO) -> None:
    stream.write(content)
