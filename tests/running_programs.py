"""A program under Python and under `python -m fastnn run`, in processes of their own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from processes import path_to_fastnn

RUN = [sys.executable, "-m", "fastnn", "run"]


def surroundings() -> dict[str, str]:
    """The environment of such a process: fastnn is found."""
    return {**os.environ, "PYTHONPATH": path_to_fastnn()}


def ended(command: list[str], folder: Path, **options) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, but for what is said of compiling."""
    got = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300,
                         env=surroundings(),
                         **{"stdin": subprocess.DEVNULL, **options})
    return got.returncode, got.stdout, re.sub("fastnn: compiling its kernels .*\n?", "", got.stderr)


def both(folder: Path, *arguments: str) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
    """The same arguments for Python and for `run`."""
    return (ended([sys.executable, *arguments], folder), ended([*RUN, *arguments], folder))
