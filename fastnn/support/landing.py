"""Where a command is to write, asked before it begins."""

import os
from pathlib import Path

# Who forgets the file gives the program in its place: `profile --json program.py`.
_PROGRAMS = {".py", ".pyw", ".ipynb"}


class NoPlaceError(Exception):
    """Why nothing can be written there, in one sentence."""


def place_for(path: str) -> Path:
    """The whole path of a file that can be written, as far as can be known before; a program that
    runs meanwhile may go to another folder. Nothing is written yet.
    """
    place = Path(path).absolute()
    if not path or place.is_dir() or not place.parent.is_dir():
        raise NoPlaceError(f"{path}: expected a file to write, in a folder that there is")
    if place.exists() and place.suffix in _PROGRAMS:
        raise NoPlaceError(f"{path}: expected a file to write, and this is a program, which would "
                           "be written over")
    if not os.access(place if place.exists() else place.parent, os.W_OK):
        raise NoPlaceError(f"{path}: nothing may be written there")
    return place
