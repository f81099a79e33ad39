# %% [markdown]
"""# Optimizers side by side, and fit

Chapter 10. The book's training loop, its four optimizers side by side, and the loop handed to
`fit`: the same digits from one compiled call.
"""

# %%
import nnfs
import numpy as np
from matplotlib import pyplot as plt
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn.callbacks import LearningRateSchedule, LivePlot
from fastnn.callbacks.schedules import cosine

nnfs.init()
X, y = spiral_data(samples=100, classes=3)


def network(seed=0):
    """Layers and a loss, as new. The same seed gives the same weights."""
    np.random.seed(seed)
    layers = [Layer_Dense(2, 64), Activation_ReLU(), Layer_Dense(64, 3)]
    return layers, Activation_Softmax_Loss_CategoricalCrossentropy()


# %% [markdown]
# The loop as the book writes it, with gradient descent, a decaying learning rate and momentum.

# %%
(dense1, activation1, dense2), loss_activation = network()
optimizer = Optimizer_SGD(learning_rate=1.0, decay=1e-3, momentum=0.9)

for epoch in range(2001):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    loss = loss_activation.forward(dense2.output, y)

    predictions = np.argmax(loss_activation.output, axis=1)
    accuracy = np.mean(predictions == y)
    if not epoch % 500:
        print(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss:.3f}, "
              f"lr: {optimizer.current_learning_rate:.4f}")

    loss_activation.backward(loss_activation.output, y)
    dense2.backward(loss_activation.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)

    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.post_update_params()

# %% [markdown]
# `fit` is this loop in one call. It leaves every object as the loop does, in every bit.

# %%
layers, loss_activation = network()
history = fit(layers, loss_activation, Optimizer_SGD(learning_rate=1.0, decay=1e-3, momentum=0.9),
              X, y, epochs=2001)
print(f"loss: {history.loss[-1]:.3f}, accuracy: {history.accuracy[-1]:.3f}")
print("weights equal in every bit:", np.array_equal(layers[0].weights, dense1.weights))

# %% [markdown]
# All four from the same weights. The learning rates are the book's.

# %%
optimizers = {
    "SGD": Optimizer_SGD(decay=1e-3),
    "SGD, momentum 0.9": Optimizer_SGD(decay=1e-3, momentum=0.9),
    "AdaGrad": Optimizer_Adagrad(decay=1e-4),
    "RMSprop": Optimizer_RMSprop(learning_rate=0.02, decay=1e-5, rho=0.999),
    "Adam": Optimizer_Adam(learning_rate=0.05, decay=5e-7),
}
figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
for name, one in optimizers.items():
    layers, loss_activation = network()
    history = fit(layers, loss_activation, one, X, y, epochs=3001, log_every=10)
    axes.plot(history.epoch, history.loss, label=name, linewidth=1)
    print(f"{name:18} loss {history.loss[-1]:.3f}, accuracy {history.accuracy[-1]:.3f}")
axes.set(xlabel="epoch", ylabel="loss", ylim=(0, 1.5))
axes.grid(alpha=0.3)
legend = axes.legend(loc="upper right", ncols=2)

# %% [markdown]
# Callbacks look on or interfere after each recorded epoch. `LivePlot` draws while the network
# learns, in this cell; `LearningRateSchedule` gives the optimizer another rate for each epoch,
# here down to 0 along half a wave.

# %%
layers, loss_activation = network()
history = fit(layers, loss_activation, Optimizer_Adam(learning_rate=0.05), X, y, epochs=2001,
              log_every=10, callback=[LivePlot(X, y), LearningRateSchedule(cosine(0.05, 2001))])

# %% [markdown]
# A `History` has a row for each recorded epoch, and shows itself as a small table.

# %%
history
