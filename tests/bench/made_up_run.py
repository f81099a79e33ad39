"""A run as a file keeps it, with made-up figures."""

import copy

MACHINE = {"cpu": "Some processor", "cores": 2, "os": "Linux x86_64", "python": "3.11.7",
           "blas": "openblas 0.3", "numpy": "2.4.6", "numba": "0.68.1", "scipy": "1.17.1",
           "nnfs": "0.5.1", "fastnn": "0.1.0", "date": "2026-11-22"}


def row(name, ratio=6.0, **more):
    """A row that took us 100 us, and its quartiles 5 % around the ratio."""
    return {"name": name, "what": f"what {name} is", "ours": "fastnn.fit", "theirs": "NumPy",
            "unit": "epoch", "flops": 5e5, "bytes": 1e5, "median": ratio, "low": 0.95 * ratio,
            "high": 1.05 * ratio, "least": 0.9 * ratio, "pairs": 15, "our_seconds": 1e-4,
            "their_seconds": ratio * 1e-4, "our_minimum": 9e-5, "their_minimum": 9e-5 * ratio,
            "our_threads": 1, "blas_threads": 1, "taken": 0.01, "slowed": 1.02, **more}


def found(*rows, **more):
    """A run of these rows; of two, one of which loses."""
    made = {"format": "fastnn bench", "format_version": 1, "quick": True, "partial": False,
            "date": "2026-11-29T20:00:00+00:00", "machine": dict(MACHINE),
            "details": {"level 2 cache": 2097152, "clock": "2.6 GHz"},
            "rates": {"product": 6e10, "copy": 1.2e10},
            "load": [{"taken": 0.01, "slowed": 1.01, "average": 0.2}], "compiling": 0.0,
            "rows": list(rows) or [row("fit"), row("tanh", 0.6, flops=None)], "differ": []}
    return copy.deepcopy({**made, **more})
