"""Kill a sweep at random moments, again and again, and call it again: `python killing.py SECONDS`.

Each round is a sweep in a folder of its own. A child that trains it is killed some time after it
has begun, another one takes its place, until one gets to the end; what that one has must be, to
the bit, what a sweep without a folder has: Histories, and parameters of the networks kept.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

import swept

import fastnn

LONGEST = 1.0  # seconds until a kill, at most; with each kill of a round a little more, as on a
MORE = 1.1  # slow machine nothing might be done by then


def options_of(number: int) -> dict[str, Any]:
    """A round's sweep: builders, threads and what is kept take turns."""
    builder = swept.BUILDERS[number % len(swept.BUILDERS)]
    slow = builder in (swept.foreign, swept.drawing)
    X, y = swept.data(builder)
    return {"builder": builder, "X": X, "y": y, "parameters": swept.GRID, "repeats": 5,
            "epochs": 60 if slow else 2000, "log_every": 100, "seed": number,
            "shuffle": number % 4 == 1, "threads": 1 + number % 2,
            "keep": ("best", "all", None)[number % 3],
            "validation_data": (X[:9], y[:9]) if number % 2 else None}


def digest(found: Any) -> str:
    """Of all bits that two equal sweeps share."""
    kept = [one and b"".join(one) for one in swept.weights(found)]
    return hashlib.sha256(repr((swept.bits(found), kept)).encode()).hexdigest()


def child(number: int, folder: str) -> None:
    """Say when the sweep begins, and what it came to."""
    options = options_of(number)
    print("begun", flush=True)
    print(digest(fastnn.sweep(**options, folder=folder)), flush=True)


def rounds(seconds: float, seed: int = 0) -> tuple[int, int]:
    """Kill for so long; how many rounds and kills there were. AssertionError where bits differ."""
    moments, end = random.Random(seed), time.monotonic() + seconds
    number = kills = 0
    while number == 0 or time.monotonic() < end:
        undisturbed = fastnn.sweep(**options_of(number))
        expected = digest(undisturbed)
        with tempfile.TemporaryDirectory() as folder:
            of_round = 0
            while (got := one_child(number, folder, moments.uniform(
                    0, LONGEST * MORE ** of_round))) is None:
                of_round += 1
            left = sorted(os.listdir(folder))
        assert got == expected, f"round {number}, seed {seed}, after {of_round} kills"
        kept = sum(one is not None for one in swept.weights(undisturbed))
        assert len(left) == 1 + len(undisturbed) + kept, left
        number, kills = number + 1, kills + of_round
    return number, kills


def one_child(number: int, folder: str, moment: float) -> str | None:
    """What a child came to; None where it was killed before that."""
    with subprocess.Popen([sys.executable, __file__, "child", str(number), folder],
                          stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "begun\n"
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
        said = process.stdout.read().strip()
    assert said or process.returncode == -signal.SIGKILL, process.returncode
    return said or None


if __name__ == "__main__":
    if sys.argv[1] == "child":
        child(int(sys.argv[2]), sys.argv[3])
    else:
        print("{} rounds, {} kills: all equal".format(*rounds(float(sys.argv[1]), *map(
            int, sys.argv[2:]))))
