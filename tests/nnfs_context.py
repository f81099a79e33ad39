"""`nnfs.init()` for a while, as the benchmarks have it."""

from fastnn.bench.lanes import REPLACED, fast_lane, nnfs_in_force

__all__ = ["REPLACED", "fast_lane", "nnfs_in_force"]
