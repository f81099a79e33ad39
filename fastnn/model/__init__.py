"""Model, and all that it needs and the classes alone do not.

    model       the class: training, evaluation, outputs
    runs        its compiled runs, line by line
    passes      small predicts and evaluations on copies; the lock of a model
    checks      what the methods ask before they start
    steps       a training through the objects
    files       a Model <-> files; architecture, made_of and plain say what stands in them,
    storage     is one file of arrays and a header, replacing puts it in the place of another,
    pickles     reads the book's parameters
"""

from fastnn.model.model import Model

__all__ = ["Model"]
