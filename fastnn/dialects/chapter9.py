"""Notebook 002: chapter 9 of the book, softmax by its Jacobian next to the combined class.

    from fastnn.dialects.chapter9 import *

    Layer_Dense  Activation_ReLU  Activation_Softmax
    Loss  Loss_CategoricalCrossentropy  Activation_Softmax_Loss_CategoricalCrossentropy

Differs: softmax keeps its inputs in `inpus` too, also as the `activation` of the combined class.
"""

from typing import Any

from fastnn import activations, losses
from fastnn.activations import Activation_ReLU
from fastnn.dialects._parts import vocabulary
from fastnn.layers import Layer_Dense
from fastnn.losses import Loss, Loss_CategoricalCrossentropy

__all__ = [
    "Activation_ReLU", "Activation_Softmax", "Activation_Softmax_Loss_CategoricalCrossentropy",
    "Layer_Dense", "Loss", "Loss_CategoricalCrossentropy",
]


_softmax: Any = vocabulary(inputs="inpus")


class Activation_Softmax(_softmax, activations.Activation_Softmax):
    """The book's."""


class Activation_Softmax_Loss_CategoricalCrossentropy(
        losses.Activation_Softmax_Loss_CategoricalCrossentropy):
    """The book's, with this module's softmax."""

    def __init__(self):
        super().__init__()
        self.activation = Activation_Softmax()
