# %% [markdown]
"""# Neurons, layers and a loss

Chapters 2 to 6. What a network is made of: neurons as one product, activations, a loss, and how
far one comes by guessing weights. The classes are the book's, and one import line brings them.
"""

# %%
import nnfs
import numpy as np
from nnfs.datasets import spiral_data, vertical_data

from fastnn import *
from fastnn import plots

nnfs.init()
X, y = spiral_data(samples=100, classes=3)
X.shape, y.shape

# %% [markdown]
# A layer of neurons is one product and a sum (chapter 3). `Layer_Dense` does just that, so NumPy
# by hand gives the same numbers, in every bit.

# %%
dense1 = Layer_Dense(2, 3)
dense1.forward(X)

by_hand = np.dot(X, dense1.weights) + dense1.biases
print(dense1.output[:5])
print("equal in every bit:", np.array_equal(dense1.output, by_hand))

# %% [markdown]
# ReLU cuts off what is below 0; softmax turns the outputs of the last layer into probabilities,
# which add up to 1 in each row (chapter 4).

# %%
activation1 = Activation_ReLU()
dense2 = Layer_Dense(3, 3)
activation2 = Activation_Softmax()

activation1.forward(dense1.output)
dense2.forward(activation1.output)
activation2.forward(dense2.output)
print(activation2.output[:5])
print("sums of rows:", activation2.output[:5].sum(axis=1))

# %% [markdown]
# The loss says how wrong they are (chapter 5). A network that knows nothing of three classes is
# at log(3) = 1.0986, and right in about a third of the samples.

# %%
loss_function = Loss_CategoricalCrossentropy()
loss = loss_function.calculate(activation2.output, y)
accuracy = np.mean(np.argmax(activation2.output, axis=1) == y)
print(f"loss: {loss:.4f}, accuracy: {accuracy:.3f}")

# %% [markdown]
# Chapter 6 looks for better weights by chance: change them a little, keep what is better. On data
# that lie side by side that works. These are thousands of small forward passes, and each of them
# is compiled.

# %%
X, y = vertical_data(samples=100, classes=3)
dense1, dense2 = Layer_Dense(2, 3), Layer_Dense(3, 3)
layers = [dense1, activation1, dense2, activation2]
lowest_loss = np.inf

for iteration in range(4000):
    kept = [(dense.weights.copy(), dense.biases.copy()) for dense in (dense1, dense2)]
    for dense in (dense1, dense2):
        dense.weights += 0.05 * np.random.randn(*dense.weights.shape)
        dense.biases += 0.05 * np.random.randn(*dense.biases.shape)

    output = X
    for layer in layers:
        layer.forward(output)
        output = layer.output
    loss = loss_function.calculate(output, y)

    if loss < lowest_loss:
        lowest_loss = loss
        if iteration % 20 == 0:
            accuracy = np.mean(np.argmax(output, axis=1) == y)
            print(f"iteration {iteration}: loss {loss:.4f}, accuracy {accuracy:.3f}")
    else:
        for dense, (weights, biases) in zip((dense1, dense2), kept):
            dense.weights, dense.biases = weights, biases

# %% [markdown]
# What did it find? `plots.decision_boundary` colours the plane by the answer of a list of layers,
# the paler the less sure it is.

# %%
axes = plots.decision_boundary(layers, X, y)
axes.set_title(f"found by chance, loss {lowest_loss:.3f}")

# %% [markdown]
# On the spiral chance gets nowhere. That needs the gradient: `python -m fastnn examples
# backprop`.
