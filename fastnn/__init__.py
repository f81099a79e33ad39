"""fastnn: the classes of "Neural Networks from Scratch in Python", compiled, digit for digit.

    from fastnn import *        instead of the book's class definitions
"""

from fastnn import spelling
from fastnn.accuracy import Accuracy, Accuracy_Categorical, Accuracy_Regression
from fastnn.activations import (
    Activation_LeakyReLU,
    Activation_Linear,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Softmax,
    Activation_Tanh,
)
from fastnn.engine import fit, why_not
from fastnn.engine.history import History
from fastnn.info import info
from fastnn.kernels.jit import warmup
from fastnn.layers import Layer_Dense, Layer_Dropout, Layer_Input
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss,
    Loss_BinaryCrossentropy,
    Loss_CategoricalCrossentropy,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
)
from fastnn.model import Model
from fastnn.numerics import set_dot_precision
from fastnn.optimizers import (
    Optimizer_Adagrad,
    Optimizer_Adam,
    Optimizer_RMSprop,
    Optimizer_SGD,
)
from fastnn.profiling import profile
from fastnn.storage import StorageError

__version__ = "0.1.0"

__all__ = [
    "Accuracy", "Accuracy_Categorical", "Accuracy_Regression",
    "Activation_LeakyReLU", "Activation_Linear", "Activation_ReLU", "Activation_Sigmoid",
    "Activation_Softmax", "Activation_Softmax_Loss_CategoricalCrossentropy", "Activation_Tanh",
    "History", "Layer_Dense", "Layer_Dropout", "Layer_Input",
    "Loss", "Loss_BinaryCrossentropy", "Loss_CategoricalCrossentropy", "Loss_MeanAbsoluteError",
    "Loss_MeanSquaredError",
    "Model",
    "Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_RMSprop", "Optimizer_SGD",
    "StorageError", "fit", "info", "profile", "set_dot_precision", "warmup",
    "why_not",
]


def __getattr__(name):
    """A class under another spelling: `fastnn.Activation_Relu`, `fastnn.Optimizer_RMSProp`."""
    return spelling.find(name, globals())
