"""Each primitive of the objects against its twin in NumPy: over sizes and types, in one thread."""

from itertools import product

import pytest
from effort import effort
from primitives import BOOK, CASES, Case, Mode
from rates import limited
from rosters import PLAIN
from rows import Row
from sameness import assert_agree, numpy_in

import fastnn
from fastnn.bench.sides import Draw, Size

QUICK = {("dense forward", "middle"), ("dense backward", "thin in"), ("ReLU forward", "middle"),
         ("softmax backward", "small")}
FLOORS = {("softmax backward", "small", BOOK): 100}


def rows() -> list:
    """Every primitive, size and mode that there is, as pytest's parameters."""
    made = []
    for name, case in CASES.items():
        for (label, size), mode in product(case.sizes.items(), case.modes):
            marks = [pytest.mark.quick] if mode is BOOK and (name, label) in QUICK else []
            made.append(pytest.param(name, label, size, mode, marks=marks,
                                     id=f"{name}-{shape(size)}-{mode.text}"))
    return made


def shape(size: Size) -> str:
    """(N, O), or both factors of a product."""
    N, I, O = size
    return f"({N}, {I}) by ({I}, {O})" if I else f"({N}, {O})"


def row_of(name: str, label: str, size: Size, mode: Mode, case: Case) -> Row:
    """What the report is told."""
    item = mode.dtype().itemsize
    return Row("kernels", f"{name}, {shape(size)}, {mode.text}",
               flops=case.flops(size) if case.flops else None,
               bytes=case.bytes(size, item) if case.bytes else None,
               floor=FLOORS.get((name, label, mode)),
               headline=(name, label, mode) in FLOORS)


@pytest.mark.parametrize(("name", "label", "size", "mode"), rows())
def test_kernel(name, label, size, mode, compare, smoke):
    case = CASES[name]
    if smoke and label in ("middle", "large"):
        size = size._replace(N=8)
    row = row_of(name, label, size, mode, case)
    with numpy_in(mode), limited(row.blas_threads, row.our_threads):
        ours, theirs = (case.make(nn, Draw(mode.dtype), size) for nn in (fastnn, PLAIN))
        assert_agree(ours, theirs, case, mode, size)
        compare(ours.call, theirs.call, row=row,
                **({} if smoke else effort(ours.call, theirs.call)))
