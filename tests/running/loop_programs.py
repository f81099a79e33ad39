"""Programs whose loops are trainings, as readers of the book write them."""

from both_ways import changed

HEAD = """\
import numpy as np
from nnfs.datasets import sine_data, spiral_data
from fastnn import *

"""

SPIRAL = HEAD + """\
X, y = spiral_data(samples=20, classes=3)
dense1 = Layer_Dense(2, 16)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(16, 3)
loss_activation = Activation_Softmax_Loss_CategoricalCrossentropy()
optimizer = Optimizer_Adam(learning_rate=0.05, decay=5e-5)

for epoch in range(301):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    loss = loss_activation.forward(dense2.output, y)

    predictions = np.argmax(loss_activation.output, axis=1)
    if len(y.shape) == 2:
        y = np.argmax(y, axis=1)
    accuracy = np.mean(predictions == y)

    if not epoch % 50:
        print(f'epoch: {epoch}, acc: {accuracy:.9f}, loss: {loss!r}, '
              f'lr: {optimizer.current_learning_rate}')

    loss_activation.backward(loss_activation.output, y)
    dense2.backward(loss_activation.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)

    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.post_update_params()
"""

SEPARATE = HEAD + """\
X, y = spiral_data(samples=20, classes=3)
dense1 = Layer_Dense(2, 16)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(16, 3)
activation2 = Activation_Softmax()
loss_function = Loss_CategoricalCrossentropy()
optimizer = Optimizer_SGD(learning_rate=1.0, decay=1e-3, momentum=0.9)

for epoch in range(301):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    activation2.forward(dense2.output)
    loss = loss_function.calculate(activation2.output, y)
    if epoch % 100 == 0 or epoch == 300:
        print(epoch, loss)
    loss_function.backward(activation2.output, y)
    activation2.backward(loss_function.dinputs)
    dense2.backward(activation2.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)
    optimizer.pre_update_params()
    optimizer.update_params(dense2)
    optimizer.update_params(dense1)
    optimizer.post_update_params()
print(loss_function.accumulated_sum, loss_function.accumulated_count)
"""

REGULARIZED = changed(
    SPIRAL,
    ("Layer_Dense(2, 16)", "Layer_Dense(2, 16, weight_regularizer_l2=5e-4, "
     "bias_regularizer_l1=5e-4)\ndropout1 = Layer_Dropout(0.1)"),
    ("dense2.forward(activation1.output)",
     "dropout1.forward(activation1.output)\n    dense2.forward(dropout1.output)"),
    ("    loss = loss_activation.forward(dense2.output, y)\n",
     "    data_loss = loss_activation.forward(dense2.output, y)\n"
     "    regularization_loss = \\\n        loss_activation.loss.regularization_loss(dense1) + \\\n"
     "        loss_activation.loss.regularization_loss(dense2)\n"
     "    loss = data_loss + regularization_loss\n"),
    ("loss: {loss!r}", "loss: {loss!r} ({data_loss}, {regularization_loss})"),
    ("activation1.backward(dense2.dinputs)",
     "dropout1.backward(dense2.dinputs)\n    activation1.backward(dropout1.dinputs)"))

BINARY = HEAD + """\
X, y = spiral_data(samples=30, classes=2)
y = y.reshape(-1, 1)
dense1 = Layer_Dense(2, 16, weight_regularizer_l2=5e-4, bias_regularizer_l2=5e-4)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(16, 1)
activation2 = Activation_Sigmoid()
loss_function = Loss_BinaryCrossentropy()
optimizer = Optimizer_Adam(decay=5e-7)

for epoch in range(251):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    activation2.forward(dense2.output)
    data_loss = loss_function.calculate(activation2.output, y)
    regularization_loss = loss_function.regularization_loss(dense1) + \\
        loss_function.regularization_loss(dense2)
    loss = data_loss + regularization_loss
    predictions = (activation2.output > 0.5) * 1
    accuracy = np.mean(predictions == y)
    if not epoch % 100:
        print(f'epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss!r}')
    loss_function.backward(activation2.output, y)
    activation2.backward(loss_function.dinputs)
    dense2.backward(activation2.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)
    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.post_update_params()

X_test, y_test = spiral_data(samples=10, classes=2)
dense1.forward(X_test)
activation1.forward(dense1.output)
dense2.forward(activation1.output)
activation2.forward(dense2.output)
print(loss_function.calculate(activation2.output, y_test.reshape(-1, 1)))
"""

REGRESSION = HEAD + """\
X, y = sine_data(60)
dense1 = Layer_Dense(1, 16, weight_scale=0.1)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(16, 16, weight_scale=0.1)
activation2 = Activation_ReLU()
dense3 = Layer_Dense(16, 1, weight_scale=0.1)
activation3 = Activation_Linear()
loss_function = Loss_MeanSquaredError()
optimizer = Optimizer_Adam(learning_rate=0.005, decay=1e-3)
accuracy_precision = np.std(y) / 250

for epoch in range(251):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    activation2.forward(dense2.output)
    dense3.forward(activation2.output)
    activation3.forward(dense3.output)
    data_loss = loss_function.calculate(activation3.output, y)
    regularization_loss = loss_function.regularization_loss(dense1) + \\
        loss_function.regularization_loss(dense2) + \\
        loss_function.regularization_loss(dense3)
    loss = data_loss + regularization_loss
    predictions = activation3.output
    accuracy = np.mean(np.absolute(predictions - y) < accuracy_precision)
    if not epoch % 100:
        print(f'epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss!r}, ' +
              f'lr: {optimizer.current_learning_rate}')
    loss_function.backward(activation3.output, y)
    activation3.backward(loss_function.dinputs)
    dense3.backward(activation3.dinputs)
    activation2.backward(dense3.dinputs)
    dense2.backward(activation2.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)
    optimizer.pre_update_params()
    optimizer.update_params(dense1)
    optimizer.update_params(dense2)
    optimizer.update_params(dense3)
    optimizer.post_update_params()
"""

IN_A_FUNCTION = HEAD + """\
def train(X, y, epochs, print_every=40):
    layers = [Layer_Dense(2, 16), Activation_ReLU(), Layer_Dense(16, 3)]
    loss_activation = Activation_Softmax_Loss_CategoricalCrossentropy()
    optimizer = Optimizer_RMSprop(learning_rate=0.02, decay=1e-5, rho=0.999)
    losses = []
    for epoch in range(epochs):
        output = X
        for layer in layers:
            layer.forward(output)
            output = layer.output
        loss = loss_activation.forward(output, y)
        if epoch % print_every == 0:
            losses.append(loss)
            print(epoch, loss)
        loss_activation.backward(loss_activation.output, y)
        dvalues = loss_activation.dinputs
        for layer in reversed(layers):
            layer.backward(dvalues)
            dvalues = layer.dinputs
        optimizer.pre_update_params()
        for layer in layers:
            if hasattr(layer, 'weights'):
                optimizer.update_params(layer)
        optimizer.post_update_params()
    return layers, losses, optimizer, output, dvalues, layer

X, y = spiral_data(samples=20, classes=3)
result = train(X, y, 301)
again = train(X, y, 120)
"""

IN_A_METHOD = HEAD + """\
class Network:
    def __init__(self):
        self.dense1 = Layer_Dense(2, 16)
        self.activation1 = Activation_ReLU()
        self.dense2 = Layer_Dense(16, 3)
        self.loss = Activation_Softmax_Loss_CategoricalCrossentropy()
        self.optimizer = Optimizer_Adagrad(decay=1e-4)

    def train(self, X, y, epochs):
        for epoch in range(1, epochs + 1):
            self.dense1.forward(X)
            self.activation1.forward(self.dense1.output)
            self.dense2.forward(self.activation1.output)
            loss = self.loss.forward(self.dense2.output, y)
            self.loss.backward(self.loss.output, y)
            self.dense2.backward(self.loss.dinputs)
            self.activation1.backward(self.dense2.dinputs)
            self.dense1.backward(self.activation1.dinputs)
            self.optimizer.pre_update_params()
            self.optimizer.update_params(self.dense1)
            self.optimizer.update_params(self.dense2)
            self.optimizer.post_update_params()
            if epoch % 75 == 0:
                print(epoch, loss, self.dense1.dweights.sum())
        return loss

network = Network()
X, y = spiral_data(samples=20, classes=3)
last = network.train(X, y, 300)
"""

BATCHES = HEAD + """\
X, y = spiral_data(samples=200, classes=3)
keys = np.random.permutation(len(X))
X, y = X[keys], y[keys]
BATCH_SIZE = 16
EPOCHS = 3
dense1 = Layer_Dense(2, 16)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(16, 3)
activation2 = Activation_Softmax()
loss_function = Loss_CategoricalCrossentropy()
optimizer = Optimizer_Adam(learning_rate=0.01, decay=1e-4)
steps = len(X) // BATCH_SIZE
if steps * BATCH_SIZE < len(X):
    steps += 1

for epoch in range(1, EPOCHS + 1):
    print('epoch:', epoch)
    loss_function.new_pass()
    for step in range(steps):
        batch_X = X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]
        batch_y = y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]
        dense1.forward(batch_X)
        activation1.forward(dense1.output)
        dense2.forward(activation1.output)
        activation2.forward(dense2.output)
        loss = loss_function.calculate(activation2.output, batch_y)
        predictions = np.argmax(activation2.output, axis=1)
        accuracy = np.mean(predictions == batch_y)
        loss_function.backward(activation2.output, batch_y)
        activation2.backward(loss_function.dinputs)
        dense2.backward(activation2.dinputs)
        activation1.backward(dense2.dinputs)
        dense1.backward(activation1.dinputs)
        optimizer.pre_update_params()
        optimizer.update_params(dense1)
        optimizer.update_params(dense2)
        optimizer.post_update_params()
        if not step % 20 or step == steps - 1:
            print(f'step: {step}, acc: {accuracy:.3f}, loss: {loss!r}')
    print('training', loss_function.calculate_accumulated())
"""

BATCHES_BY_START = changed(
    BATCHES,
    ("for step in range(steps):", "for start in range(0, len(X), BATCH_SIZE):\n"
     "        end = min(start + BATCH_SIZE, len(X))"),
    ("batch_X = X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]", "batch_X = X[start:end]"),
    ("batch_y = y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]", "batch_y = y[start:end]"),
    ("if not step % 20 or step == steps - 1:", "if start % 160 == 0:"),
    ("step: {step}", "start: {start}"))

BATCHES_OR_NONE = changed(
    BATCHES,
    ("        batch_X = X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]\n"
     "        batch_y = y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]\n",
     "        if BATCH_SIZE is None:\n            batch_X = X\n            batch_y = y\n"
     "        else:\n            batch_X = X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]\n"
     "            batch_y = y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]\n"))

KEEPS = changed(
    SPIRAL, ("for epoch", "losses, accuracies, turns = [], [], []\n"
             "history = {'loss': [], 'rate': []}\nfor epoch"),
    ("    if not epoch % 50:\n", "    losses.append(loss)\n    accuracies.append(accuracy)\n"
     "    turns.append(epoch)\n    history['loss'].append(float(loss))\n"
     "    history['rate'].append(optimizer.current_learning_rate)\n    if not epoch % 50:\n"
     "        print(len(losses), np.mean(losses))\n"))
