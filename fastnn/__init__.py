"""fastnn: the classes of "Neural Networks from Scratch in Python", compiled, digit for digit."""

from fastnn.accuracy import Accuracy, Accuracy_Categorical, Accuracy_Regression
from fastnn.activations import (
    Activation_LeakyReLU,
    Activation_Linear,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Softmax,
    Activation_Tanh,
)
from fastnn.layers import Layer_Dense, Layer_Dropout, Layer_Input
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss,
    Loss_BinaryCrossentropy,
    Loss_CategoricalCrossentropy,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
)
from fastnn.numerics import set_dot_precision
from fastnn.optimizers import (
    Optimizer_Adagrad,
    Optimizer_Adam,
    Optimizer_RMSprop,
    Optimizer_SGD,
)
