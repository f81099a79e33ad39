# %% [markdown]
"""# A Model, and pictures of clothes

Chapters 18 to 22. `Model` does what the loops before did by hand; it learns ten kinds of clothes
from pictures of 28 by 28, is saved, loaded, and asked about a picture of its own.
"""

# %%
import os
import tempfile

import nnfs
import numpy as np
from matplotlib import pyplot as plt

from fastnn import *
from fastnn import plots
from fastnn.data import create_data_mnist
from fastnn.examples.pictures import NAMES, write_pictures

nnfs.init()

# %% [markdown]
# The book's data are 70,000 pictures in the folder `fashion_mnist_images` (chapter 19 fetches
# it). If it is not here, small drawings of our own take its place, in the same folders:
# `train/0/0000.png`.

# %%
folder = "fashion_mnist_images"
if not os.path.isdir(folder):
    folder = os.path.join(tempfile.mkdtemp(), folder)
    write_pictures(folder, train=100, test=20)
X, y, X_test, y_test = create_data_mnist(folder)
X, y = X[::max(1, len(X) // 5000)], y[::max(1, len(X) // 5000)]  # some 5,000 are enough here
X.shape, X_test.shape

# %% [markdown]
# One of each kind. The numbers are those of the book, and of Fashion-MNIST.

# %%
figure, axes = plt.subplots(2, 5, figsize=(8, 3.6), layout="constrained")
for number, one in enumerate(axes.ravel()):
    one.imshow(X[y == number][0], cmap="gray")
    one.set_title(f"{number}: {NAMES[number]}", fontsize=9)
    one.set_axis_off()

# %% [markdown]
# Chapter 19 shuffles the pictures, scales them to -1 ... 1 and makes rows of them.

# %%
keys = np.array(range(X.shape[0]))
np.random.shuffle(keys)
X, y = X[keys], y[keys]
X = (X.reshape(X.shape[0], -1).astype(np.float32) - 127.5) / 127.5
X_test = (X_test.reshape(X_test.shape[0], -1).astype(np.float32) - 127.5) / 127.5

# %% [markdown]
# The model of chapter 19, trained as there. `train` prints the book's lines, and goes through all
# batches in one compiled call.

# %%
model = Model()
model.add(Layer_Dense(X.shape[1], 64))
model.add(Activation_ReLU())
model.add(Layer_Dense(64, 64))
model.add(Activation_ReLU())
model.add(Layer_Dense(64, 10))
model.add(Activation_Softmax())
model.set(loss=Loss_CategoricalCrossentropy(), optimizer=Optimizer_Adam(decay=1e-3),
          accuracy=Accuracy_Categorical())
model.finalize()
history = model.train(X, y, validation_data=(X_test, y_test), epochs=4, batch_size=128,
                      print_every=4)

# %% [markdown]
# `fit` goes on without lines, with all that the function `fit` has: here another order of samples
# in each epoch. `evaluate` gives back what it prints.

# %%
model.summary()
history = model.fit(X, y, epochs=8, batch_size=128, validation_data=(X_test, y_test), shuffle=1)
axes = history.plot()
loss, accuracy = model.evaluate(X_test, y_test)

# %% [markdown]
# What did the neurons of the first layer come to look for? Red is where they like it bright, blue
# where they like it dark. Those that look like noise still are the random numbers of the
# beginning.

# %%
axes = plots.weights(model, shape=(28, 28))

# %% [markdown]
# Saved and loaded it answers the same (chapter 21). The file holds arrays and text, and runs no
# code when it is loaded.

# %%
path = os.path.join(tempfile.mkdtemp(), "fashion_mnist.npz")
model.save(path)
loaded = Model.load(path)
confidences = loaded.predict(X_test)
print("equal in every bit:", np.array_equal(confidences, model.predict(X_test)))

# %% [markdown]
# Which kinds does it take for which (chapter 22)? A row is what a picture shows, a column what
# the model says; a perfect one has the diagonal alone. Shirts are the hard ones, in the real
# pictures too.

# %%
predictions = model.output_layer_activation.predictions(confidences)
counts = np.zeros((10, 10), int)
np.add.at(counts, (y_test, predictions), 1)

figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
axes.imshow(counts, cmap="Blues")
for (row, column), count in np.ndenumerate(counts):
    if count:
        axes.text(column, row, count, ha="center", va="center", fontsize=8,
                  color="white" if count > counts.max() / 2 else "black")
axes.set_xticks(range(10), NAMES, rotation=45, ha="right")
axes.set_yticks(range(10), NAMES)
labels = axes.set(xlabel="says", ylabel="shows")
