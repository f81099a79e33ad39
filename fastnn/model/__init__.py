"""Model, and all that it needs and the classes alone do not.

    model       the class: training, evaluation, outputs
    runs        its compiled runs, line by line
    passes      small predicts and evaluations on copies; the lock of a model
    checks      what the methods ask before they start
    steps       a training through the objects
    summary     its layers as a table
    files       a Model <-> files (see `fastnn/files/`)
"""

from fastnn.model.model import Model

__all__ = ["Model"]
