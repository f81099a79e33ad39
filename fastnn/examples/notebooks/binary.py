# %% [markdown]
"""# Two classes, one output

Chapter 16. Binary logistic regression: a sigmoid in place of softmax, binary cross-entropy in place
of the categorical, and targets of 0 and 1 in a column.
"""

# %%
import nnfs
import numpy as np
from nnfs.datasets import spiral_data

from fastnn import *
from fastnn import plots

nnfs.init()
X, y = spiral_data(samples=100, classes=2)
y = y.reshape(-1, 1)  # a row for each sample, a column for each output
X.shape, y.shape

# %% [markdown]
# The network ends in a sigmoid, and its loss is an object of its own. The first layer has the
# book's penalties.

# %%
dense1 = Layer_Dense(2, 64, weight_regularizer_l2=5e-4, bias_regularizer_l2=5e-4)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(64, 1)
activation2 = Activation_Sigmoid()
loss_function = Loss_BinaryCrossentropy()
optimizer = Optimizer_Adam(decay=5e-7)

# %% [markdown]
# A thousand epochs of the book's loop. What is above 0.5 counts as class 1.

# %%
for epoch in range(1001):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    activation2.forward(dense2.output)

    data_loss = loss_function.calculate(activation2.output, y)
    regularization_loss = (loss_function.regularization_loss(dense1)
                           + loss_function.regularization_loss(dense2))
    predictions = (activation2.output > 0.5) * 1
    accuracy = np.mean(predictions == y)
    if not epoch % 200:
        print(f"epoch: {epoch}, acc: {accuracy:.3f}, loss: {data_loss + regularization_loss:.3f} "
              f"(data_loss: {data_loss:.3f}, reg_loss: {regularization_loss:.3f})")

    loss_function.backward(activation2.output, y)
    activation2.backward(loss_function.dinputs)
    dense2.backward(activation2.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)

    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.post_update_params()

# %% [markdown]
# `fit` goes on from here, for it takes the objects as they are. It cannot guess what counts as
# right for one output, so `accuracy` says it. The validation's samples are new.

# %%
X_val, y_val = spiral_data(samples=100, classes=2)
y_val = y_val.reshape(-1, 1)
layers = [dense1, activation1, dense2, activation2]
history = fit(layers, loss_function, optimizer, X, y, epochs=6001, log_every=50,
              accuracy=Accuracy_Categorical(binary=True), validation_data=(X_val, y_val))
axes = history.plot()

# %% [markdown]
# With one output the plane goes from one class to the other; white is where the sigmoid says 0.5.

# %%
axes = plots.decision_boundary(layers, X_val, y_val)
axes.set_title(f"{100 * history.validation_accuracy[-1]:.0f} % of new samples right")

# %% [markdown]
# The other way to two classes: softmax with two outputs and targets 0 and 1 in a row. It has one
# weight more for each neuron behind it, and says the same.

# %%
np.random.seed(0)
layers = [Layer_Dense(2, 64), Activation_ReLU(), Layer_Dense(64, 2)]
history = fit(layers, Activation_Softmax_Loss_CategoricalCrossentropy(), Optimizer_Adam(decay=5e-7),
              X, y.ravel(), epochs=3001, log_every=50, validation_data=(X_val, y_val.ravel()))
print(f"accuracy {history.accuracy[-1]:.3f}, on new samples {history.validation_accuracy[-1]:.3f}")
