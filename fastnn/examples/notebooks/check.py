# %% [markdown]
"""# Are my own classes right?

Beyond the book. You have typed the book's classes, or written a layer yourself. Two ways to find
out whether it is right: the same numbers as a class that is known to be right, and slopes measured.
"""

# %%
import nnfs
import numpy as np
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn import reference

nnfs.init()
X, y = spiral_data(samples=100, classes=3)

# %% [markdown]
# Say this is yours. There is a mistake in it, which is easily made and hard to see: the network
# learns all the same, only worse.

# %%
class My_Dense:
    """A dense layer."""

    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs, training=True):
        """Set `output`."""
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        """Set `dweights`, `dbiases` and `dinputs`."""
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.mean(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


# %% [markdown]
# `fastnn.reference` holds the book's classes in plain NumPy. Both get the same numbers, and then
# each array is compared in every bit. (`np.allclose` instead would pass what is only nearly the
# same computation.)

# %%
def compare(mine, known, inputs, dvalues):
    """Print which arrays of two layers are equal after forward and backward."""
    for layer in mine, known:
        layer.forward(inputs)
        layer.backward(dvalues)
    for name in "output", "dweights", "dbiases", "dinputs":
        if hasattr(known, name):
            one, other = getattr(mine, name), getattr(known, name)
            same = "equal" if np.array_equal(one, other) else (
                f"NOT equal, {np.abs(one - other).max():.2g} apart at most")
            print(f"{name:9} {same}")


def twins(make, known):
    """A layer of yours and a known one, with the same random weights."""
    np.random.seed(1)
    mine = make(2, 8)
    np.random.seed(1)
    return mine, known(2, 8)


dvalues = np.random.randn(300, 8).astype(np.float32)
compare(*twins(My_Dense, reference.Layer_Dense), X, dvalues)

# %% [markdown]
# The slope of the biases is a sum over the samples, not their mean. Mended, all is equal; with
# fastnn's own compiled class as well.

# %%
class Mended_Dense(My_Dense):
    """The same without the mistake."""

    def backward(self, dvalues):
        """Set `dweights`, `dbiases` and `dinputs`."""
        super().backward(dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)


for known in reference.Layer_Dense, Layer_Dense:
    print(f"beside {known.__module__}.{known.__name__}")
    compare(*twins(Mended_Dense, known), X, dvalues)

# %% [markdown]
# What no book has, nothing can be compared with. But a slope can be measured (chapter 7): a
# little to both sides, the difference by the way. In float64, or rounding hides what is looked
# for.

# %%
def largest_error(layer, inputs, step=1e-6):
    """How far `dinputs` is from slopes measured by central differences, at most."""
    dvalues = np.random.default_rng(0).normal(size=inputs.shape)
    layer.forward(inputs)
    layer.backward(dvalues)
    found = layer.dinputs.copy()
    measured = np.empty_like(found)
    for place in np.ndindex(inputs.shape):
        ends = []
        for sign in -1, 1:
            moved = inputs.copy()
            moved[place] += sign * step
            layer.forward(moved)
            ends.append(np.sum(layer.output * dvalues))
        measured[place] = (ends[1] - ends[0]) / (2 * step)
    return np.abs(found - measured).max()


class My_Softplus:
    """log(1 + exp(x)), whose slope is the sigmoid."""

    def forward(self, inputs, training=True):
        """Set `output`."""
        self.inputs = inputs
        self.output = np.log(1 + np.exp(inputs))

    def backward(self, dvalues):
        """Set `dinputs`."""
        self.dinputs = dvalues / (1 + np.exp(-self.inputs))


points = np.random.default_rng(1).normal(size=(4, 5))
print(f"softplus: {largest_error(My_Softplus(), points):.1e}")
print(f"softmax:  {largest_error(Activation_Softmax(), points):.1e}")

# %% [markdown]
# As a formula the same activation is compiled, and its slope is checked in just this way when the
# class is made. A wrong one is refused.

# %%
class Activation_Softplus(Activation):
    """log(1 + exp(x))"""

    def formula(inputs):
        """The value."""
        return np.log(1 + np.exp(inputs))

    def slope(dvalues, inputs):
        """What goes back."""
        return dvalues / (1 + np.exp(-inputs))


try:
    class Activation_Wrong(Activation_Softplus):
        """The same with a sign turned round."""

        def slope(dvalues, inputs):
            """What goes back, wrongly."""
            return dvalues / (1 + np.exp(inputs))
except ValueError as error:
    print(error)

# %% [markdown]
# And in a training your layer stands among ours. `fit` runs it step by step, and leaves what the
# compiled layer leaves.

# %%
ends = []
for make in Mended_Dense, Layer_Dense:
    np.random.seed(0)
    layers = [make(2, 32), Activation_Softplus(), make(32, 3)]
    fit(layers, Activation_Softmax_Loss_CategoricalCrossentropy(), Optimizer_SGD(), X, y,
        epochs=100)
    ends.append(layers[0].weights)
print("weights equal in every bit:", np.array_equal(*ends))
