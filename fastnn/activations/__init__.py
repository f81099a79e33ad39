"""The activations: what each is, its formula and its slope, in a file of its own.

    formula     a class for all that are formulas, and for anybody's own
    careful     the careful way, where a kernel refuses
"""

from fastnn.activations.elu import Activation_ELU
from fastnn.activations.formula import Activation
from fastnn.activations.gelu import Activation_GELU
from fastnn.activations.leaky_relu import Activation_LeakyReLU
from fastnn.activations.linear import Activation_Linear
from fastnn.activations.relu import Activation_ReLU
from fastnn.activations.sigmoid import Activation_Sigmoid
from fastnn.activations.softmax import Activation_Softmax
from fastnn.activations.swish import Activation_Swish
from fastnn.activations.tanh import Activation_Tanh

__all__ = ["Activation", "Activation_ELU", "Activation_GELU", "Activation_LeakyReLU",
           "Activation_Linear", "Activation_ReLU", "Activation_Sigmoid", "Activation_Softmax",
           "Activation_Swish", "Activation_Tanh"]
