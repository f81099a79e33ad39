"""Compiled functions only: arrays and scalars in, arrays written. With `compile` the one place that
knows Numba.

A kernel has one formula, allocates, raises and prints nothing, and is never called on unchecked
labels: where an index or a shape could be wrong it looks first and returns a status (see
`status.py`), before it writes anything. Kernels name no function that `nnfs.init()` replaces
(`np.dot`, `np.zeros`, `np.eye`): those would compile or fail with the order of imports.
"""
