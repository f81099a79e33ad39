"""Activations that are ReLU's, or their own slope's, near 0 alone."""

import numpy as np
import pytest

import fastnn


class Clipped:
    """min(max(x, 0), 6), as ReLU6 is."""

    def forward(self, x):
        self.x = x
        self.output = np.minimum(np.maximum(x, 0), 6)

    def backward(self, dvalues):
        self.dinputs = dvalues * ((self.x > 0) & (self.x < 6))


class ClippedForwards(Clipped):
    """Its slope is ReLU's."""

    def backward(self, dvalues):
        self.dinputs = dvalues * (self.x > 0)


class Softplus:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.log(1 + np.exp(inputs))

    def backward(self, dvalues):
        self.dinputs = dvalues / (1 + np.exp(-self.inputs))


class SoftplusEnds(Softplus):
    """It goes on as the inputs, and its slope goes on as 0."""

    def backward(self, dvalues):
        self.dinputs = np.where(self.inputs > 5, 0, dvalues / (1 + np.exp(-self.inputs)))


class Exponential:
    def forward(self, inputs):
        self.output = np.exp(inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues * self.output


class Square:
    def forward(self, x):
        self.x = x
        self.output = x ** 2

    def backward(self, dvalues):
        self.dinputs = dvalues * 2 * self.x


@pytest.mark.parametrize("kind", [Clipped, Softplus, Exponential, Square])
def test_their_own_slope_is_theirs_far_out_too(kind):
    (finding,) = fastnn.check(kind).classes
    assert (finding["verdict"], finding["role"]) == ("right", "activation of its own")


def test_what_ends_is_no_relu():
    (finding,) = fastnn.check(ClippedForwards).classes
    assert (finding["verdict"], finding["role"]) == ("differs", "relu")
    assert finding["differences"][0]["case"] == "inputs up to 20"


def test_a_slope_that_ends_is_not_called_right():
    (finding,) = fastnn.check(SoftplusEnds).classes
    assert finding["verdict"] != "right"
