# %% [markdown]
"""# Backpropagation, and the short way through softmax

Chapters 7 to 9. A slope measured and a slope computed; a whole backward pass; and why softmax and
cross-entropy are one class in the book: the two slopes together are simpler than each.
"""

# %%
import timeit

import nnfs
import numpy as np
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn import plots, reference

nnfs.init()
X, y = spiral_data(samples=100, classes=3)

# %% [markdown]
# Chapter 7 measures a slope: go a little to both sides, and divide the difference by the way.
# Chapter 8 has formulas instead. Here are both, for a function of one number.

# %%
def f(x):
    """The book's parabola."""
    return 2 * x ** 2


x, step = 3.0, 1e-4
measured = (f(x + step) - f(x - step)) / (2 * step)
print(f"measured {measured:.6f}, by the formula 4 x = {4 * x}")

# %% [markdown]
# A network is such a function of many numbers, and `backward` gives all slopes at once: forward
# through layers and loss, then backward in the other order, each with the `dinputs` of the one
# behind.

# %%
dense1, activation1, dense2 = Layer_Dense(2, 64), Activation_ReLU(), Layer_Dense(64, 3)
loss_activation = Activation_Softmax_Loss_CategoricalCrossentropy()


def forward():
    """The loss of the network as it is."""
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    return loss_activation.forward(dense2.output, y)


print("loss:", forward())
loss_activation.backward(loss_activation.output, y)
dense2.backward(loss_activation.dinputs)
activation1.backward(dense2.dinputs)
dense1.backward(activation1.dinputs)
print("slopes of the first layer's weights:", dense1.dweights.shape)
print(dense1.dweights[:, :4])

# %% [markdown]
# Are they right? A slope says what the loss does when all weights go one way, so one step of
# gradient descent must lower it by about the step times the sum of the squared slopes.

# %%
before, step = forward(), 10.0
expected = step * np.sum(dense1.dweights.astype(float) ** 2)
dense1.weights -= step * dense1.dweights
after = forward()
print(f"expected {expected:.3e}, found {before - after:.3e}")

# %% [markdown]
# Now the short way (chapter 9). Softmax's slopes are a matrix for each sample, and the loss's
# slopes go through it. Together they come to `(output - one_hot) / samples`: the same numbers.

# %%
softmax_outputs = np.array([[0.7, 0.1, 0.2], [0.1, 0.5, 0.4], [0.02, 0.9, 0.08]])
class_targets = np.array([0, 1, 1])


def together(nn):
    """Backward through both at once, with the classes of a module."""
    both = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    both.backward(softmax_outputs, class_targets)
    return both.dinputs


def separately(nn):
    """Backward through the loss, then through softmax."""
    activation = nn.Activation_Softmax()
    activation.output = softmax_outputs
    loss = nn.Loss_CategoricalCrossentropy()
    loss.backward(softmax_outputs, class_targets)
    activation.backward(loss.dinputs)
    return activation.dinputs


print(together(reference))
print("largest difference:", np.abs(together(reference) - separately(reference)).max())

# %% [markdown]
# The book times both with `timeit` and finds the short way about seven times as fast. `reference`
# is the book's code in plain NumPy, `fastnn` the same classes compiled. (Three samples are so few
# that what is compared is mostly the calls.) Where a kernel is not compiled yet, NumPy computes
# until it is, and would be timed in its place: so here compiling is waited for.

# %%
import fastnn

fastnn.compile_policy("wait")
for name, nn in ("NumPy", reference), ("fastnn", fastnn):
    _ = together(nn), separately(nn)
    short = timeit.timeit(lambda: together(nn), number=2000)
    long = timeit.timeit(lambda: separately(nn), number=2000)
    print(f"{name:7} together {short / 2000 * 1e6:5.1f} us, separately "
          f"{long / 2000 * 1e6:5.1f} us: {long / short:.1f} times as long")

# %% [markdown]
# With 300 samples NumPy goes through softmax's matrices one by one in Python, and the long way is
# hundreds of times as long; compiled, it is a few times.

# %%
forward()
softmax_outputs, class_targets = loss_activation.output, y
for name, nn in ("NumPy", reference), ("fastnn", fastnn):
    short = min(timeit.repeat(lambda: together(nn), number=20, repeat=5)) / 20
    long = min(timeit.repeat(lambda: separately(nn), number=20, repeat=5)) / 20
    print(f"{name:7} together {short * 1e6:6.1f} us, separately {long * 1e6:6.1f} us: "
          f"{long / short:.1f} times as long")

# %% [markdown]
# And what slopes are for: a thousand steps against them. The layers as histograms show how many
# neurons behind the ReLU are at 0, which learn nothing from that sample.

# %%
for epoch in range(1000):
    forward()
    loss_activation.backward(loss_activation.output, y)
    dense2.backward(loss_activation.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)
    for dense in (dense1, dense2):
        dense.weights -= dense.dweights
        dense.biases -= dense.dbiases
print("loss:", forward())
axes = plots.activations([dense1, activation1, dense2], X)
