"""`python -m tests.fuzz --seconds S --seed K`: random networks against the reference."""

import argparse
import re
import sys
import time
from collections import Counter

from .found import REAL
from .generate import MODES, generate
from .program import Program
from .run import compare
from .shrink import script, shrink
from .ways import EVALUATED, PREDICTED


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0, help="of the first network")
    parser.add_argument("--only", type=int, help="this seed alone")
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--no-shrink", action="store_true")
    options = parser.parse_args()
    return 1 if fuzz(options.seconds, options.seed, options.only, options.modes,
                     not options.no_shrink) else 0


def fuzz(seconds: float, seed: int = 0, only: int | None = None, modes: list[str] = MODES,
         shrinking: bool = True) -> int:
    """Print what differs; how many sorts of real differences there are."""
    from fastnn.compile.policy import compile_policy
    from fastnn.engine import program as engine_program

    strict, engine_program.STRICT = engine_program.STRICT, True  # as in the tests
    try:
        with compile_policy("wait"):
            return _fuzz(seconds, seed, only, modes, shrinking)
    finally:
        engine_program.STRICT = strict


def _fuzz(seconds: float, seed: int, only: int | None, modes: list[str], shrinking: bool) -> int:
    until = time.monotonic() + seconds
    networks, elements, differing = Counter(), Counter(), Counter()
    where, sorts = Counter(), Counter()
    number = seed if only is None else only
    while True:
        for mode in modes:
            if networks and only is None and time.monotonic() > until:
                break
            program = generate(number, mode)
            result = compare(program)
            networks[mode] += 1
            elements[mode] += result.elements
            for kind, count in result.differing.items():
                differing[mode, kind] += count
            for one in result.differences:
                place = mode, one.kind, one.way, kind_of(program, one.name)
                where[place] += 1
                if one.kind == REAL or only is not None:
                    sorts[one.sort] += one.kind == REAL
                    if one.kind == REAL and sorts[one.sort] > 1:
                        continue  # seen already
                    print(f"seed {number}, {mode}: {one}\n    {program!r}", flush=True)
                    if shrinking and one.kind == REAL:
                        print(script(*shrink(program, one)), flush=True)
        number += 1
        if only is not None or time.monotonic() > until:
            break
    for mode, count in networks.items():
        print(f"{mode}: {count} networks, {elements[mode]:,} elements compared")
        for (one, kind), unequal in differing.items():
            if one == mode:
                print(f"    {kind}: {unequal:,} elements")
        for (one, kind, way, name), times in sorted(where.items()):
            if one == mode:
                print(f"        {kind}, {way}, first in {name}: {times} networks")
    real = sum(count > 0 for count in sorts.values())
    print(f"real differences: {sum(sorts.values())} networks, {real} sorts; "
          f"next seed {number}")
    return real


def kind_of(program: Program, name: str) -> str:
    """`layers[3].output` as "Dense.output", `rows[3].loss` as "rows.loss"."""
    for prefix in (PREDICTED, EVALUATED):
        if name.startswith(prefix):
            return prefix + kind_of(program, name.removeprefix(prefix))
    if not name.startswith("layers["):
        return re.sub(r"\[\d+\]", "", name)
    n, _, attribute = name.removeprefix("layers[").partition("].")
    layer = program.layers[int(n)][0] if int(n) < len(program.layers) else "Softmax"
    return f"{layer}.{attribute}"


if __name__ == "__main__":
    sys.exit(main())
