"""Many networks at once: `fastnn.sweep(builder, parameters, X, y)`, over all cores or a cluster.

    sweeping.py   sweep, the function
    grid.py       which networks there are to train, and each one's seed
    networks.py   what a builder gave, as `fit` wants it
    training.py   one of the trainings, in any thread of any process
    conditions.py what all of them compute under: precision, one thread of BLAS
    workers.py    who trains them: threads, or a Dask cluster
    folder.py     what a sweep that is killed finds again
    result.py     Sweep, the result
    command.py    python -m fastnn sweep

Nothing here is imported by `import fastnn`; the first use of `fastnn.sweep` does it.
"""

from fastnn.sweeps.result import Sweep, Trained
from fastnn.sweeps.sweeping import sweep

__all__ = ["Sweep", "Trained", "sweep"]
