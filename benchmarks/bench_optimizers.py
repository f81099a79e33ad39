"""The optimizers' updates against NumPy's, of layers with 10^3 to 10^7 parameters.

Memory is the limit from about 10^5 on. fastnn goes once over the arrays, and from 800,000
parameters on in two threads; NumPy makes a new array at each operation.
"""

from typing import Any, NamedTuple

import pytest
from effort import effort
from primitives import BOOK, DOUBLE, Case, Mode
from rates import limited
from rosters import PLAIN, updates
from rows import Row
from sameness import assert_agree, numpy_in

import fastnn
from fastnn.bench.sides import Draw, Size, update
from fastnn.optimizers.base import MANY
from fastnn.support import threads


class Update(NamedTuple):
    """An optimizer, and how many floats of each parameter are read and written at best."""

    optimizer: str
    floats: int
    options: dict[str, Any] = {}


UPDATES = {
    "SGD": Update("Optimizer_SGD", 3),
    "SGD with momentum": Update("Optimizer_SGD", 5, {"momentum": 0.9}),
    "Adagrad": Update("Optimizer_Adagrad", 5),
    "RMSprop": Update("Optimizer_RMSprop", 5),
    "Adam": Update("Optimizer_Adam", 7),
    **{kind.__name__.removeprefix("Optimizer_"): Update(kind.__name__, 3 + 2 * len(made.states))
       for kind, made in updates()},
}
POWERS = range(3, 8)
FLOORS = {("Adam", 6): 5}


def rows() -> list:
    """All in float32; Adam in float64 too, to a million."""
    made = []
    for name in UPDATES:
        for mode in (BOOK, DOUBLE) if name == "Adam" else (BOOK,):
            for power in POWERS if mode is BOOK else POWERS[:-1]:
                marks = [pytest.mark.quick] if mode is BOOK and (name, power) in FLOORS else []
                made.append(pytest.param(name, power, mode, marks=marks,
                                         id=f"{name}-1e{power}-{mode.text}"))
    return made


def row_of(name: str, power: int, mode: Mode) -> Row:
    """What the report is told."""
    P, item = 10**power, mode.dtype().itemsize
    goal = FLOORS.get((name, power)) if mode is BOOK else None
    return Row("optimizers", f"{name}, 10^{power} parameters, {mode.text}",
               bytes=UPDATES[name].floats * item * P,
               our_threads=2 if P >= MANY and threads.count() > 1 else 1,
               curve=f"{name}, {mode.dtype.__name__}", x=P, floor=goal, headline=goal is not None)


@pytest.mark.parametrize(("name", "power", "mode"), rows())
def test_update(name, power, mode, compare, smoke):
    one = UPDATES[name]
    size = Size(0, 10 ** (power // 2), 10 ** (power - power // 2) - 1)  # and a row of biases
    if smoke:
        size = size._replace(I=min(size.I, 10))
    case = Case(update(one.optimizer, **one.options), {})
    row = row_of(name, power, mode)
    with numpy_in(mode), limited(row.blas_threads, row.our_threads):
        ours, theirs = (case.make(nn, Draw(mode.dtype), size) for nn in (fastnn, PLAIN))
        assert_agree(ours, theirs, case, mode, size)
        compare(ours.call, theirs.call, row=row,
                **({} if smoke else effort(ours.call, theirs.call)))
