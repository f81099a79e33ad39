"""The losses: what each is, in a file of its own.

    base            what all losses are
    formula         a class for all that are formulas of one output and its target
    crossentropy    what the categorical ones make of arrays
    of_functions    what loops of programs train with whose losses are functions
    weighted        what the estimators of `fastnn.sklearn` train with
"""

from fastnn.losses import of_functions as _of_functions  # noqa: F401  the same
from fastnn.losses import weighted as _weighted  # noqa: F401  so that its kernels are known
from fastnn.losses.absolute import Loss_MeanAbsoluteError
from fastnn.losses.base import Loss
from fastnn.losses.binary import Loss_BinaryCrossentropy
from fastnn.losses.categorical import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss_CategoricalCrossentropy,
)
from fastnn.losses.formula import PointwiseLoss
from fastnn.losses.huber import Loss_Huber
from fastnn.losses.squared import Loss_MeanSquaredError

__all__ = ["Activation_Softmax_Loss_CategoricalCrossentropy", "Loss", "Loss_BinaryCrossentropy",
           "Loss_CategoricalCrossentropy", "Loss_Huber", "Loss_MeanAbsoluteError",
           "Loss_MeanSquaredError", "PointwiseLoss"]
