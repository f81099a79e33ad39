# %% [markdown]
"""# Regularization and dropout

Chapters 11 to 15. A network that knows its samples by heart and fails on new ones; how to see it,
and what helps: more samples, penalties on weights, dropout, and stopping in time.
"""

# %%
import nnfs
import numpy as np
from matplotlib import pyplot as plt
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn import plots
from fastnn.callbacks import EarlyStopping

nnfs.init()
X, y = spiral_data(samples=60, classes=3)
validation = spiral_data(samples=60, classes=3)


def network(l2=0.0, dropout=0.0):
    """The book's network with one large layer, from the same weights each time."""
    np.random.seed(0)
    layers = [Layer_Dense(2, 128, weight_regularizer_l2=l2, bias_regularizer_l2=l2),
              Activation_ReLU()]
    if dropout:
        layers.append(Layer_Dropout(dropout))
    layers.append(Layer_Dense(128, 3))
    return layers, Activation_Softmax_Loss_CategoricalCrossentropy()


# %% [markdown]
# With `validation_data` each recorded epoch is tried on samples that the network does not learn
# from. The training's loss falls; the validation's turns and rises. That is overfitting (chapter
# 11).

# %%
layers, loss = network()
history = fit(layers, loss, Optimizer_Adam(learning_rate=0.02, decay=5e-7), X, y, epochs=3001,
              log_every=25, validation_data=validation)
axes = history.plot()

# %% [markdown]
# Three remedies. L2 adds `lambda * sum(weights ** 2)` to the loss (chapter 14), so that weights
# stay small. Dropout silences a tenth of the neurons by chance in each step (chapter 15), so that
# none can rely on a certain other. And more samples, where there are any (chapter 11). Look at
# the loss first: a network that knows by heart is wrong with great confidence, which the accuracy
# does not see.

# %%
found = {"nothing": (layers, history)}
for name, options, samples in (("L2 5e-4", {"l2": 5e-4}, 60),
                               ("dropout 0.1", {"dropout": 0.1}, 60),
                               ("500 samples a class", {}, 500)):
    data = (X, y) if samples == 60 else spiral_data(samples=samples, classes=3)
    layers, loss = network(**options)
    history = fit(layers, loss, Optimizer_Adam(learning_rate=0.02, decay=5e-7), *data,
                  epochs=3001 if samples == 60 else 601, log_every=25, validation_data=validation)
    found[name] = layers, history
for name, (layers, history) in found.items():
    print(f"{name:20} accuracy {history.accuracy[-1]:.3f}, on other samples "
          f"{history.validation_accuracy[-1]:.3f}, loss there {history.validation_loss[-1]:.3f}")

# %% [markdown]
# What they answer where, and the samples that they have not learnt from: penalties make the
# colours paler, that is, the network less sure; more samples put the borders where they belong.

# %%
figure, axes = plt.subplots(1, 4, figsize=(14, 3.6), layout="constrained")
for one, (name, (layers, history)) in zip(axes, found.items()):
    plots.decision_boundary(layers, *validation, axes=one)
    one.set_title(name)

# %% [markdown]
# A row's `regularization_loss` is the penalty alone, and `loss` holds it: `data_loss` plus
# penalty.

# %%
row = found["L2 5e-4"][1][-1]
print(f"loss {row.loss:.4f} = data {row.data_loss:.4f} + penalty {row.regularization_loss:.4f}")

# %% [markdown]
# Stopping in time costs nothing: `EarlyStopping` watches a column of the History, ends the
# training when it got no better for some rows, and gives the best weights back.

# %%
layers, loss = network()
stopping = EarlyStopping("validation_loss", patience=20, restore_best_weights=True)
history = fit(layers, loss, Optimizer_Adam(learning_rate=0.02, decay=5e-7), X, y, epochs=3001,
              log_every=5, validation_data=validation, callback=stopping)
print(f"stopped after epoch {stopping.stopped_epoch}, best was {stopping.best_epoch} with "
      f"{stopping.best:.3f}; without stopping it came to "
      f"{found['nothing'][1].validation_loss[-1]:.3f}")
axes = history.plot()
