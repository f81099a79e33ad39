"""Samples in another order, as an instruction of a training program (see `training.py`)."""

from fastnn.compile.jit import instruction
from fastnn.kernels.elements import get, put
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.training import OWN, TOTAL
from fastnn.kernels.views import carray

SAMPLES = OWN + 1


@instruction("f4 i8 f4", "f8 i8 f8", "i8 i8 i8", "u1 i8 u1", numbers="width samples",
             writes="batch",
             reach=lambda total, width, samples: (samples * width, total, total * width))
def take_rows(source, order, batch, d):
    """batch[n] = source[order[n]], of source (samples, width), for the whole batch"""
    width, samples = d[OWN], d[SAMPLES]
    rows, places, out = carray(source, 1), carray(order, 1), carray(batch, 1)
    for n in range(d[TOTAL]):
        place = get(places, n)
        if place < 0 or place >= samples:
            return SHAPE
        for i in range(width):
            put(out, n * width + i, get(rows, place * width + i))
    return OK
