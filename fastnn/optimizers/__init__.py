"""The optimizers: how each updates an array, in a file of its own.

    base        what all are, the careful way, the state on the layers
    formula     a class for all whose update is a formula, and for anybody's own
"""

from fastnn.optimizers.adagrad import Optimizer_Adagrad
from fastnn.optimizers.adam import Optimizer_Adam
from fastnn.optimizers.adamw import Optimizer_AdamW
from fastnn.optimizers.formula import Optimizer
from fastnn.optimizers.nadam import Optimizer_Nadam
from fastnn.optimizers.rmsprop import Optimizer_RMSprop
from fastnn.optimizers.sgd import Optimizer_SGD

__all__ = ["Optimizer", "Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_AdamW",
           "Optimizer_Nadam", "Optimizer_RMSprop", "Optimizer_SGD"]
