"""A line in a file for each recorded epoch."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from fastnn.callbacks.callback import Callback
from fastnn.engine.history import Row
from fastnn.files.replacing import folder_of
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing import IO

    from fastnn.callbacks.callback import Training
    from fastnn.engine.history import History
    from fastnn.support.annotations import FilePath


class CSVLogger(Callback):
    """Write the rows of a training to a file of comma-separated values, each as it comes.

    Parameters
    ----------
    path : where to; a file that is there is replaced
    append : bool
        Go on in a file that is there (its first line stays as it is), as after `fit(resume=)`.
    separator : str, one character

    The columns are those of the History. Numbers are written so that reading them gives the same
    digits; what was not taken (NaN) is empty.

    Source: this library, after Keras.  Differs: not in the book.
    """

    @hinting
    def __init__(self, path: FilePath, *, append: bool = False, separator: str = ",") -> None:
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"CSVLogger: separator must be one character, got {separator!r}")
        self.path = checks.path(path, "CSVLogger")
        self.append, self.separator = bool(append), separator
        self._file: IO[str] | None = None

    def check(self, training: Training) -> None:
        """Refuse a file that has no folder to be in."""
        folder_of(self.path)

    def begin(self, training: Training) -> None:
        """Open the file."""
        there = self.append and os.path.exists(self.path) and os.path.getsize(self.path) > 0
        self._file = open(self.path, "a" if self.append else "w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, delimiter=self.separator)
        if not there:
            self._writer.writerow(Row._fields)

    def __call__(self, row: Row) -> None:
        """Write a line, and see that it is in the file."""
        if self._file is None:
            raise RuntimeError("CSVLogger: fit has not called begin; pass the object as callback")
        self._writer.writerow(["" if value != value else repr(value) for value in row])
        self._file.flush()

    def end(self, history: History) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
