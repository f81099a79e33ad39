# %% [markdown]
"""# Regression: learning a sine

Chapter 17. Numbers instead of classes: a network that learns a sine from one input, with a linear
output and the mean squared error; and why the scale of the first weights decides it.
"""

# %%
import nnfs
import numpy as np
from matplotlib import pyplot as plt
from nnfs.datasets import sine_data

from fastnn import *

nnfs.init()
X, y = sine_data(samples=500)
X.shape, y.shape

# %% [markdown]
# The book counts an answer as right when it is nearer than a 250th of the targets' spread.

# %%
accuracy_precision = np.std(y) / 250
print(f"right within {accuracy_precision:.5f}")

# %% [markdown]
# Two hidden layers. Chapter 17 begins with weights of 0.01 times normal numbers, as in all
# chapters before, and the network does not learn the whole curve; then it takes 0.1. Here that is
# an argument.

# %%
def network(weight_scale):
    """The book's 1-64-64-1, from the same random numbers each time."""
    np.random.seed(0)
    return [Layer_Dense(1, 64, weight_scale=weight_scale), Activation_ReLU(),
            Layer_Dense(64, 64, weight_scale=weight_scale), Activation_ReLU(),
            Layer_Dense(64, 1, weight_scale=weight_scale), Activation_Linear()]


# %% [markdown]
# A step of the loop by hand, to see that nothing is new but the loss and the accuracy.

# %%
layers, loss_function = network(0.1), Loss_MeanSquaredError()
output = X
for layer in layers:
    layer.forward(output)
    output = layer.output
loss = loss_function.calculate(output, y)
accuracy = np.mean(np.absolute(output - y) < accuracy_precision)
print(f"loss: {loss:.4f}, accuracy: {accuracy:.3f}")

loss_function.backward(output, y)
dvalues = loss_function.dinputs
for layer in reversed(layers):
    layer.backward(dvalues)
    dvalues = layer.dinputs
print("slope of the last bias:", layers[4].dbiases)

# %% [markdown]
# Both scales, with `fit`. A callback is any function of a row: this one keeps what the network
# says at some epochs, to be drawn below.

# %%
seen = {}
for scale in (0.01, 0.1):
    layers = network(scale)

    def keep(row, layers=layers, scale=scale):
        """Keep the predictions of this epoch."""
        if row.epoch in (0, 50, 100, 500):
            seen[scale, row.epoch] = layers[-1].output.copy()

    history = fit(layers, loss_function, Optimizer_Adam(learning_rate=0.01, decay=1e-3), X, y,
                  epochs=501, log_every=50, accuracy=Accuracy_Regression(), callback=keep)
    print(f"scale {scale}: loss {history.loss[-1]:.6f}, accuracy {history.accuracy[-1]:.3f}")

# %% [markdown]
# The line of the data is grey. From small weights the network finds the middle of the curve, and
# is stuck there; from larger ones it finds all of it.

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True, layout="constrained")
for one, scale in zip(axes, (0.01, 0.1)):
    one.plot(X, y, color="0.75", linewidth=5, label="data")
    for (at, epoch), output in seen.items():
        if at == scale:
            one.plot(X, output, linewidth=1.5, label=f"after {epoch} epochs")
    one.set(title=f"weights of {scale} times normal numbers", xlabel="x")
    one.grid(alpha=0.3)
axes[0].set_ylabel("y")
legend = axes[1].legend(fontsize=8)

# %% [markdown]
# Between the samples and beyond them: a network of ReLUs is made of straight pieces, and goes
# straight on where it has seen nothing.

# %%
wide = np.linspace(-0.5, 1.5, 400).reshape(-1, 1)
output = wide
for layer in layers:
    layer.forward(output, training=False)
    output = layer.output
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.axvspan(0, 1, color="0.93", label="where samples are")
axes.plot(wide, np.sin(2 * np.pi * wide), color="0.6", label="sine")
axes.plot(wide, output, label="network")
axes.grid(alpha=0.3)
legend = axes.legend()
