"""Batches, gradients and targets of every kind that a class may be handed, by name."""

import numpy as np

SHAPES = [(1, 1), (1, 5), (3, 1), (2, 2), (7, 3), (33, 10), (64, 64), (150, 17), (400, 70)]


class Own(np.ndarray):
    """An array of somebody's own class."""


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def _spread(x):
    wide = np.zeros((2 * x.shape[0], 3 * x.shape[1]), x.dtype)
    wide[::2, ::3] = x
    return wide[::2, ::3]


def _sprinkled(*values):
    def made(x):
        x = x.copy()
        flat = x.reshape(-1)
        for number, value in enumerate(values):
            flat[number::len(values) + 2] = value
        return x
    return made


# Of an array of ordinary numbers with two axes.
WAYS = {
    "plain": lambda x: x,
    "zeros": lambda x: x * 0,
    "signed zeros": _sprinkled(0.0, -0.0),
    "infinite": _sprinkled(np.inf, -np.inf, np.nan),
    "rows of infinity": lambda x: np.full_like(x, -np.inf),
    "nan": lambda x: np.full_like(x, np.nan),
    "huge": lambda x: x * np.finfo(x.dtype).max / 8,
    "tiny": lambda x: x * np.finfo(x.dtype).smallest_subnormal * 100,
    "ends": _sprinkled(0.0, 1.0, 1e-7, 1 - 1e-7),
    "spread": _spread,
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "by columns": np.asfortranarray,
    "columns of more": lambda x: np.hstack([x, x])[:, :x.shape[1]],
    "read only": _read_only,
    "repeated": lambda x: np.broadcast_to(x[:1], x.shape),
    "other end": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "half": lambda x: x.astype(np.float16),
    "long": lambda x: x.astype(np.longdouble),
    "complex": lambda x: x.astype(np.complex128),
    "integers": lambda x: (3 * x).astype(np.int64),
    "bytes": lambda x: (3 * np.abs(x)).astype(np.uint8),
    "yes or no": lambda x: x > 0,
    "objects": lambda x: x.astype(object),
    "own class": lambda x: x.view(Own),
    "matrix": lambda x: x.view(np.matrix),
    "masked": lambda x: np.ma.masked_array(x, x > 1),
    "lists": lambda x: x.tolist(),
    "one sample": lambda x: x[0],
    "three axes": lambda x: x[None],
    "no samples": lambda x: x[:0],
    "no columns": lambda x: x[:, :0],
    "fewer columns": lambda x: x[:, :-1],
    "fewer samples": lambda x: x[:-1],
    "a number": lambda x: x[0, 0],
    "no axes": lambda x: np.array(x[0, 0]),
    "nothing": lambda x: None,
}


def _one_hot(labels, columns, dtype):
    return np.eye(columns, dtype=dtype)[labels]


# Targets of n samples and some columns: of labels, and of arrays like the outputs.
TARGETS = {
    "labels": lambda y, x: y,
    "labels int32": lambda y, x: y.astype(np.int32),
    "labels uint8": lambda y, x: y.astype(np.uint8),
    "labels uint64": lambda y, x: y.astype(np.uint64),
    "negative labels": lambda y, x: y - x.shape[1],
    "label too large": lambda y, x: y + x.shape[1] - 1,
    "label too small": lambda y, x: y - 3 * x.shape[1],
    "labels of floats": lambda y, x: y.astype(float),
    "labels of yes or no": lambda y, x: y > 0,
    "labels of objects": lambda y, x: y.astype(object),
    "one label": lambda y, x: y[:1],
    "fewer labels": lambda y, x: y[:-1],
    "more labels": lambda y, x: np.append(y, y),
    "spread labels": lambda y, x: np.repeat(y, 2)[::2],
    "backward labels": lambda y, x: y[::-1].copy()[::-1],
    "read-only labels": lambda y, x: _read_only(y),
    "list of labels": lambda y, x: y.tolist(),
    "column of labels": lambda y, x: y.reshape(-1, 1),
    "column of floats": lambda y, x: y.reshape(-1, 1).astype(x.dtype),
    "row of labels": lambda y, x: y.reshape(1, -1),
    "one-hot ints": lambda y, x: _one_hot(y, x.shape[1], np.int64),
    "one-hot bytes": lambda y, x: _one_hot(y, x.shape[1], np.uint8),
    "one-hot yes or no": lambda y, x: _one_hot(y, x.shape[1], bool),
    "one-hot": lambda y, x: _one_hot(y, x.shape[1], x.dtype),
    "one-hot float64": lambda y, x: _one_hot(y, x.shape[1], np.float64),
    "one-hot float32": lambda y, x: _one_hot(y, x.shape[1], np.float32),
    "one-hot by columns": lambda y, x: np.asfortranarray(_one_hot(y, x.shape[1], x.dtype)),
    "soft": lambda y, x: np.abs(x) / np.abs(x).sum(),
    "values": lambda y, x: x * 2 + 0.25,
    "itself": lambda y, x: x,
    "nan values": lambda y, x: np.full_like(x, np.nan),
    "wide": lambda y, x: np.hstack([x, x]),
    "no targets": lambda y, x: y[:0],
    "a label": lambda y, x: 0,
    "nothing": lambda y, x: None,
    "own class": lambda y, x: _one_hot(y, x.shape[1], x.dtype).view(Own),
}


def numbers(shape, dtype=np.float64, seed=1, scale=1.0):
    """Ordinary numbers."""
    return (scale * np.random.RandomState(seed).standard_normal(shape)).astype(dtype)


def labels(shape, seed=2):
    """A class for each sample."""
    return np.random.RandomState(seed).randint(0, shape[1], shape[0])
