"""Sizes, random streams and special values for calls of single kernels."""

import numpy as np
import pytest
from kernel_calls import calls, name_of
from kernel_cases import CASES

every_call = pytest.mark.parametrize(
    ("kernel", "types"), calls(), ids=[name_of(*call) for call in calls()])

# Ends and middles of: tiles of 4 and 8 rows, vectors of 8 and 16 lanes, sums in plain order (below
# 8), in one block (to 128) and in halves; NARROW and SHORT in packing.py are 4.
ROWS = (1, 2, 3, 4, 7, 8, 9, 31, 128, 129, 300)
COLUMNS = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 64, 127, 128, 129, 257)
INNER = (1, 2, 3, 4, 5, 8, 9, 16, 17, 64, 129)
SIZES = [
    *((ROWS[i % 11], INNER[i * 4 % 11], O) for i, O in enumerate(COLUMNS)),
    *((N, INNER[i * 3 % 11], COLUMNS[i * 5 % 17]) for i, N in enumerate(ROWS)),
    (1, 1, 1), (1, 3, 1000), (2, 1000, 3), (300, 2, 3), (300, 64, 3), (300, 2, 50),
    (300, 64, 64), (300, 5, 1), (1000, 1, 1),
]


def settings_of(kernel):
    return range(len(CASES[kernel.__name__].settings))


def generator(*parts):
    """The same numbers in every run, others for every test."""
    return np.random.default_rng(list("/".join(map(str, parts)).encode()))


SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e-7, 1e-300]


def special_values(dtype, largest):
    """NaN, infinities, zeros, numbers without full precision, and the largest, of a float type."""
    info = np.finfo(dtype)
    values = [*SPECIAL, info.smallest_subnormal, -info.smallest_subnormal, info.smallest_normal]
    return np.array(values + ([info.max, -info.max] if largest else []), dtype=np.float64)


def strewn(made, names, share, largest, rng):
    """Copies of the arguments in which a share of the elements of these arrays is special."""
    made = dict(made)
    for name in names:
        a = made[name].copy()
        hit = rng.random(a.shape) < share
        a[hit] = rng.choice(special_values(a.dtype, largest), int(np.sum(hit))).astype(a.dtype)
        made[name] = a
    return made
