"""Random networks, trained four ways: `python -m tests.fuzz --seconds S --seed K`.

    program     one network with its data and its run, as plain values    generate   random ones
    ways        by hand, with fastnn.fit, with Model.train                run        what differs
    order       arrays in the order of computation
    rounding    by how much arrays may differ in the fast lane            errors     of both sides
    unequal     which arrays differ                                       found      a difference
    trace       where a difference beyond rounding begins                 jumps      where it may
    shrink      the smallest program that still differs                   __main__   the command
"""

import sys
from pathlib import Path

_TESTS = str(Path(__file__).parent.parent)
if _TESTS not in sys.path:  # `python -m tests.fuzz`; pytest has it already
    sys.path.insert(0, _TESTS)
