"""Small sets of samples, the same each time."""

import numpy as np


def classes(n=120):
    """Three clouds of four columns, and which of them a sample is from."""
    rng = np.random.RandomState(0)
    y = rng.randint(0, 3, n)
    return rng.randn(n, 4) + 2 * np.eye(3, 4)[y], y


def values(n=120):
    """A smooth function of three columns."""
    rng = np.random.RandomState(1)
    X = rng.uniform(-1, 1, (n, 3))
    return X, np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
