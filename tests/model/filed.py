"""A trained model to be saved, layers of one's own, and what must not be saved."""

import numpy as np
import pytest

import fastnn
from fastnn import registry

X, LABELS = np.random.RandomState(0).randn(12, 2), np.arange(12) % 3


def trained(*extra):
    """A model of all kinds of layers, after a step."""
    model = fastnn.Model()
    for layer in (fastnn.Layer_Dense(2, 5, 0.1, 0.1), fastnn.Activation_ReLU(),
                  fastnn.Layer_Dropout(0.1), *extra, fastnn.Layer_Dense(5, 3),
                  fastnn.Activation_Softmax()):
        model.add(layer)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    model.train(X, LABELS, print_every=100)
    return model


def refused(load, header, arrays, entry, **options):
    with pytest.raises(fastnn.StorageError) as caught:
        load(header, arrays, **options)
    assert entry in str(caught.value), caught.value
    return str(caught.value)


CLASSES = registry.public()


class Scaling:
    """A layer of somebody's own: constructor argument, parameters."""

    def __init__(self, factor, width=5):
        self.factor, self.width = factor, width
        self.gains = np.ones((1, width))

    def forward(self, inputs, training=True):
        self.inputs, self.output = inputs, inputs * self.gains * self.factor

    def backward(self, dvalues):
        self.dinputs = dvalues * self.gains * self.factor

    def get_parameters(self):
        return (self.gains,)

    def set_parameters(self, gains):
        self.gains = gains


def deep(n):
    one = []
    for _ in range(n):
        one = [one]
    return one


def doubled(n, value=()):
    for _ in range(n):
        value = (value, value)
    return value
