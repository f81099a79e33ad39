"""Run a program both ways and say whether all is equal, and how much faster it was."""

from __future__ import annotations

import io
import json
import os
import select
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fastnn.running.options import Asked
from fastnn.running.verifying import child
from fastnn.running.verifying.comparing import Comparison, Result, compare

_SHOWN = 10  # differences


class NoResultError(Exception):
    """A run left nothing to compare; the sentence says what it was."""


def verify(asked: Asked, *, loops: bool, verbose: bool) -> int:
    """0: equal, 1: something differs, 2: that cannot be found out."""
    say = sys.stdout.write
    given = _input()
    try:
        plain = _run(asked, given, plain=True)
        adopted = _run(asked, given, plain=False, loops=loops)
        found = compare(plain, adopted)
        if found.differences:  # or does the program differ from itself?
            again = _run(asked, given, plain=True, hurry=True)
            if len(again.lines) != len(plain.lines):  # it goes on until some time is over
                again = _run(asked, given, plain=True)
            found = compare(plain, adopted, again)
    except NoResultError as error:
        sys.stderr.write(f"python -m fastnn run --verify: {error}\n")
        return 2
    for name, side in (("plain:  ", plain), ("adopted:", adopted)):
        say(f"{name} {side.whole:8.2f} s, of these {side.seconds:.2f} s from the program's first "
            "line on, NumPy's import aside\n")
    say(f"as a whole process {_times(plain.whole, adopted.whole)}, from the first line on "
        f"{_times(plain.seconds, adopted.seconds)}\n{adopted.spent}\n")
    if verbose:
        say(adopted.report + "\n")
    return _judge(found, plain, say)


def _times(plain: float, adopted: float) -> str:
    return f"{plain / max(adopted, 1e-9):.3g} times as fast"


def _judge(found: Comparison, plain: Result, say: Any) -> int:
    if found.by_itself:
        say(f"not compared, for two plain runs differ in them, too (a clock, say): "
            f"{counted(found.by_itself, 'line or value', 'lines and values')}\n")
    if plain.ended:
        say(f"the program ends with {plain.ended[0]}\n")
    if found.differences:
        for text in found.differences[:_SHOWN]:
            say(f"DIFFERENT: {text}\n")
        if len(found.differences) > _SHOWN:
            say(f"and {len(found.differences) - _SHOWN} more\n")
        return 1
    if plain.lines and not found.lines + found.arrays:
        say("no line and no array of it can be compared\n")
        return 2
    if found.arrays_by_itself and not found.arrays:
        say("no array of it can be compared\n")
        return 2
    say(f"equal in every bit: {counted(found.lines, 'line', 'lines')}, "
        f"{counted(found.arrays, 'array', 'arrays')}, "
        f"{counted(found.numbers, 'number or text', 'numbers and texts')}\n")
    return 0


def counted(count: int, one: str, many: str) -> str:
    """So many of them, in words."""
    return f"{count} {one if count == 1 else many}"


def _run(asked: Asked, given: bytes | None, *, plain: bool, loops: bool = True,
         hurry: bool = False) -> Result:
    environment = {"PYTHONHASHSEED": "0", "MPLBACKEND": "Agg", **os.environ}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "result")
        told = {"name": asked.name, "is_module": asked.is_module, "arguments": asked.arguments,
                "plain": plain, "hurry": hurry, "loops": loops, "result": str(file)}
        command = [sys.executable, *["-O"] * sys.flags.optimize,
                   *(f"-W{word}" for word in sys.warnoptions), child.__file__, json.dumps(told)]
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL} if given is None else {
            "input": given}
        begin = time.perf_counter()
        got = subprocess.run(command, env=environment, capture_output=True, check=False, **streams)
        whole = time.perf_counter() - begin
        if not file.exists():
            last = got.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise NoResultError(f"the {'plain' if plain else 'adopted'} run ended with status "
                                f"{got.returncode} and without its result{last and f': {last}'}")
        said = json.loads(file.read_text(encoding="utf-8"))
    return Result(got.stdout.decode(errors="replace").splitlines(), said["values"], said["ended"],
                  said["status"], said["seconds"], whole, said["report"],
                  said["spent"])


def _input() -> bytes | None:
    """What both runs are given to read: what waits in a file or a pipe, of a terminal nothing."""
    if sys.stdin is None or sys.stdin.closed:
        return None
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except io.UnsupportedOperation:  # a stream without a file
        return None
    waits = stat.S_ISREG(kind) or (
        stat.S_ISFIFO(kind) and bool(select.select([sys.stdin], [], [], 0.2)[0]))
    return sys.stdin.buffer.read() if waits else None
