# %% [markdown]
"""# Many networks at once

Beyond the book. Which width, which learning rate, and was it luck? `sweep` trains all combinations
from several seeds, over all cores, and each is the network that `fit` alone would have made.
"""

# %%
import tempfile

import nnfs
import numpy as np
from matplotlib import pyplot as plt
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn import plots, sweep

nnfs.init()
X, y = spiral_data(samples=60, classes=3)
validation = spiral_data(samples=60, classes=3)

# %% [markdown]
# A builder makes one network of its parameters: new layers, a loss and an optimizer in each call.

# %%
def builder(hidden, rate):
    """A 2-hidden-3 network for the spiral."""
    return ([Layer_Dense(2, hidden), Activation_ReLU(), Layer_Dense(hidden, 3)],
            Activation_Softmax_Loss_CategoricalCrossentropy(), Optimizer_Adam(learning_rate=rate))


# %% [markdown]
# A dict of lists stands for all combinations. `repeats` trains each from so many seeds.

# %%
parameters = {"hidden": [16, 64], "rate": [0.005, 0.02, 0.05]}
found = sweep(builder, parameters, X, y, epochs=601, log_every=20, repeats=4,
              validation_data=validation, seed=7)
found

# %% [markdown]
# Was it luck? Four seeds of each: where dots of one column lie far apart, a single run says
# little.

# %%
labels = [f"{hidden}\n{rate}" for hidden in parameters["hidden"] for rate in parameters["rate"]]
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for one in found:
    place = labels.index(f"{one.parameters['hidden']}\n{one.parameters['rate']}")
    axes.plot(place, one.last().validation_accuracy, "o", color="C0", alpha=0.6)
axes.set_xticks(range(len(labels)), labels)
axes.set(xlabel="neurons, and learning rate", ylabel="accuracy on other samples")
axes.grid(alpha=0.3)

# %% [markdown]
# The best is kept as it was trained. Which one that is, the validation's loss says, unless you
# do.

# %%
best = found.best()
print(best.parameters, f"loss {best.last().validation_loss:.3f}")
layers, loss, optimizer = best.network
axes = plots.decision_boundary(layers, *validation)

# %% [markdown]
# No training depends on the others. With its seed the builder and `fit` make the same network
# again.

# %%
np.random.seed(best.seed)
again, loss, optimizer = builder(**best.parameters)
fit(again, loss, optimizer, X, y, epochs=601)
print("weights equal in every bit:", np.array_equal(again[0].weights, layers[0].weights))

# %% [markdown]
# With a folder a sweep may be killed: what is finished lies there, and the same call goes on.
# Here the second call finds all of it done.

# %%
folder = tempfile.mkdtemp()
for attempt in "first", "second":
    found = sweep(builder, {"hidden": [16], "rate": [0.02, 0.05]}, X, y, epochs=201, repeats=2,
                  folder=folder)
    print(f"{attempt} call: {found}")
