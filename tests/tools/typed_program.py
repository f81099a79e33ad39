"""A user's program with all its types, for `test_types.py`: mypy reads it, nobody runs it."""
# ruff: noqa: F403, F405

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import fastnn
from fastnn import *

Array = npt.NDArray[Any]


class Activation_Mish(Activation):
    """The README's. (What NumPy's exp and tanh give is Any to a checker.)"""

    @staticmethod
    def formula(inputs: Array) -> Any:
        return inputs * np.tanh(np.log(1 + np.exp(inputs)))

    @staticmethod
    def slope(dvalues: Array, inputs: Array) -> Any:
        t, s = np.tanh(np.log(1 + np.exp(inputs))), 1 / (1 + np.exp(-inputs))
        return dvalues * (t + inputs * s * (1 - t * t))


class Loss_Power(PointwiseLoss):
    sums_outputs = True

    @staticmethod
    def formula(y_pred: Array, y_true: Array, scale: float = 1.0) -> Any:
        return scale * np.abs(y_true - y_pred) ** 2

    @staticmethod
    def slope(y_pred: Array, y_true: Array, scale: float) -> Any:
        return -2 * scale * (y_true - y_pred)


class Optimizer_Nesterov(Optimizer):
    states = ("velocity",)
    learning_rate = 0.01

    @staticmethod
    def update(parameters: Array, gradient: Array, velocity: Array, lr: float, t: int,
               momentum: float = 0.9) -> tuple[Array, Array]:
        velocity = momentum * velocity - lr * gradient
        return parameters + momentum * velocity - lr * gradient, velocity


class MyInput(Layer_Input):
    pass


class MyLayer:
    def forward(self, inputs: Array, training: bool = True) -> None:
        self.output = inputs

    def backward(self, dvalues: Array) -> None:
        self.dinputs = dvalues


class MyLoss(Loss):
    def forward(self, y_pred: Array, y_true: Array) -> Array:
        return np.asarray(np.mean((y_true - y_pred) ** 2, axis=-1))

    def backward(self, dvalues: Array, y_true: Array) -> None:
        self.dinputs = 2 * (dvalues - y_true) / len(dvalues)


class MyAccuracy(Accuracy):
    def init(self, y: Array) -> None:
        self.least = float(np.min(y))

    def compare(self, predictions: Array, y: Array) -> Array:
        return np.asarray(predictions > self.least)


X, y = np.zeros((30, 2)), np.zeros(30, np.int64)
dense = Layer_Dense(2, 3, weight_regularizer_l2=5e-4, weight_scale=0.1)
dense.trainable = False
dense.set_parameters(dense.weights * 2, np.zeros((1, 3)))
for layer in (dense, Activation_ELU(alpha=0.5), Activation_GELU(), Activation_LeakyReLU(0.1),
              Activation_Linear(), Activation_ReLU(), Activation_Sigmoid(), Activation_Softmax(),
              Activation_Swish(), Activation_Tanh(), Activation_Mish(), Layer_Dropout(0.1),
              Layer_BatchNorm(3, momentum=0.8)):
    layer.forward(X, training=True)
    layer.forward([[1.0, 2.0]])
    layer.backward(layer.output)
    print(layer, layer.dinputs.shape)

for loss in (Loss_CategoricalCrossentropy(label_smoothing=0.1), Loss_BinaryCrossentropy(),
             Loss_MeanSquaredError(), Loss_MeanAbsoluteError(book_gradient=True),
             Loss_Huber(delta=2.0), Loss_Power(scale=0.5), MyLoss()):
    value = loss.calculate(X, y)
    mean, penalty = loss.calculate(X, y, include_regularization=True)
    print(f"{value:.3f} {mean + penalty:.3f}", loss.regularization_loss(dense))
    loss.backward(X, y)
    loss.new_pass()
both = Activation_Softmax_Loss_CategoricalCrossentropy(label_smoothing=0.1)
print(f"{both.forward(X, y):.3f}", both.output.shape, both.activation.output, both.loss)
both.backward(both.output, y)

for optimizer in (Optimizer_SGD(1.0, momentum=0.9), Optimizer_Adagrad(epsilon=1e-6),
                  Optimizer_RMSprop(rho=0.8), Optimizer_Adam(0.02, decay=1e-5),
                  Optimizer_AdamW(weight_decay=0.1), Optimizer_Nadam(beta_2=0.99),
                  Optimizer_Nesterov(momentum=0.8)):
    optimizer.pre_update_params()
    optimizer.update_params(dense)
    optimizer.post_update_params()
    print(optimizer.current_learning_rate * 2, optimizer.iterations + 1)

accuracy = Accuracy_Regression()
accuracy.init(X, reinit=True)
print(f"{accuracy.calculate(X, X):.3f}", MyAccuracy().calculate_accumulated())

layers = [dense, Activation_ReLU(), MyLayer()]
history = fit(layers, both, Optimizer_Adam(), X, y, epochs=10, batch_size=5, log_every=2,
              accuracy=Accuracy_Categorical(binary=True), validation_data=(X, y),
              callback=lambda row: row.loss < 0.1)
fit(layers, MyLoss(), Optimizer_Nesterov(), X.tolist(), X, accuracy=MyAccuracy())
for row in history:
    print(f"{row.epoch} {row.accuracy:.3f}", history.loss.min(), len(history[2:]))
reason = why_not(layers, both, Optimizer_SGD())
print(reason.upper() if reason is not None else "compiled")
recorded: History = history

model = Model(lines="epochs")
model.add(dense)
model.add(MyLayer())
model.set(loss=Loss_CategoricalCrossentropy(), optimizer=Optimizer_Adam(), accuracy=MyAccuracy())
model.finalize()
model.train(X, y, epochs=2, batch_size=3, print_every=1, validation_data=(X, y))
model.evaluate(X, y, batch_size=10)
print(model.predict(X).shape, model.interrupted)
model.set_parameters(model.get_parameters())
model.save_parameters("parameters.npz")
model.save(Path("model.npz"))
try:
    model = Model.load("model.npz", classes={"MyLayer": MyLayer})
except StorageError as error:
    print(error)

with profile() as p:
    pass
print(p, p.hints(), p.to_dict()["rows"])
p.to_json(Path("profile.json"))
p.to_chrome_trace("trace.json")
with compile_policy("wait"), set_dot_precision("native"):
    print(info()["exact"], warmup() + 1.0, fastnn.__version__)
