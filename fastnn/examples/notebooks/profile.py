# %% [markdown]
"""# Where the time goes

Beyond the book. `profile` sees inside compiled code, where no other Python profiler does: what
each object takes, how much of that is Python, and what to change.
"""

# %%
import os
import tempfile

import nnfs
import numpy as np
from nnfs.datasets import spiral_data

from fastnn import *

nnfs.init()
X, y = spiral_data(samples=100, classes=3)
dense1, activation1, dense2 = Layer_Dense(2, 64), Activation_ReLU(), Layer_Dense(64, 3)
loss_activation = Activation_Softmax_Loss_CategoricalCrossentropy()
optimizer = Optimizer_Adam(learning_rate=0.05, decay=5e-7)


def loop(epochs):
    """The book's loop."""
    for epoch in range(epochs):
        dense1.forward(X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        loss_activation.forward(dense2.output, y)
        loss_activation.backward(loss_activation.output, y)
        dense2.backward(loss_activation.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()


# %% [markdown]
# The loop by hand first. Whatever runs within the `with` is in the table: a row for each object
# and what it did, and one for the Python between them. Its hints say what to change.

# %%
loop(20)  # compiles what is not kept from another day
with profile() as by_hand:
    loop(1000)
print(by_hand)

# %% [markdown]
# The hint was `fit`. In its profile the phases within the one compiled call are told apart as
# well.

# %%
layers = [dense1, activation1, dense2]
with profile():  # as above
    fit(layers, loss_activation, optimizer, X, y, epochs=20)
with profile() as fitted:
    fit(layers, loss_activation, optimizer, X, y, epochs=1000)
print(fitted)

# %% [markdown]
# The same as a picture, one bar for each phase.

# %%
axes = fitted.plot()

# %% [markdown]
# What is in the table is there as numbers, too; so two profiles can be compared.

# %%
first, second = by_hand.to_dict(), fitted.to_dict()
print(f"by hand {first['wall']:.3f} s, with fit {second['wall']:.3f} s: "
      f"{first['wall'] / second['wall']:.1f} times as long")

# %% [markdown]
# A layer of your own is a part like any other. `fit` then goes step by step, as `why_not` says in
# a sentence, and the profile shows what that costs.

# %%
class Activation_Cube:
    """x ** 3, with the book's methods and nothing else."""

    def forward(self, inputs, training=True):
        """Set `output`."""
        self.inputs = inputs
        self.output = inputs ** 3

    def backward(self, dvalues):
        """Set `dinputs`."""
        self.dinputs = dvalues * 3 * self.inputs ** 2


np.random.seed(0)
layers = [Layer_Dense(2, 64, weight_scale=0.5), Activation_Cube(), Layer_Dense(64, 3)]
optimizer = Optimizer_Adam(learning_rate=0.01)
print(why_not(layers, loss_activation, optimizer))
with profile() as own:
    fit(layers, loss_activation, optimizer, X, y, epochs=300)
print(own)

# %% [markdown]
# A trace is a file for ui.perfetto.dev, which draws each call on a line of time. And a whole
# program is profiled as it is by `python -m fastnn profile program.py`.

# %%
path = os.path.join(tempfile.mkdtemp(), "trace.json")
own.to_chrome_trace(path)
print(f"{os.path.getsize(path):,} bytes")
