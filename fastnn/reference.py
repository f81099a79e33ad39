"""The book's classes in plain NumPy: what fastnn computes, written to be read.

This file is the specification. The tests hold every compiled result against it bit for bit, the
benchmarks time against it, and what the compiled kernels do not take (a mixture of types that no
program of the book makes) runs through it. So nothing here may be clever: one formula a line, in
the book's order of operations. It imports NumPy alone (and words for types) and looks `np.dot`,
`np.zeros`, `np.eye` and `np.random` up at call time, so that `nnfs.init()` acts here as it acts on
the book's code.

One set of classes serves every chapter: `training` may be left out, `calculate` needs no
`new_pass`, `regularization_loss` takes a layer or none.

Shapes: N samples, I inputs, O outputs (neurons), C classes.
Source: Kinsley and Kukiela, "Neural Networks from Scratch in Python", chapters 2 to 19.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    Array = NDArray[Any]

# ---------------------------------------------------------------------------------- layers


class Layer_Input:
    """Head of a Model's chain: `output` is the batch itself. Source: chapter 18."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output` to the inputs themselves."""
        self.output = inputs


class _Trainable:
    """A layer with weights and biases."""

    trainable = True  # False: no optimizer changes the layer

    def get_parameters(self) -> tuple[Array, Array]:
        """The pair (weights, biases), the arrays themselves."""
        return self.weights, self.biases

    def set_parameters(self, weights: Array, biases: Array) -> None:
        """Put two arrays in the place of weights and biases."""
        self.weights = weights
        self.biases = biases


class Layer_Dense(_Trainable):
    """output = inputs . weights + biases. Source: chapters 3, 9, 14."""

    weight_scale = 0.01  # chapter 17 uses 0.1

    def __init__(self, n_inputs: int, n_neurons: int, weight_regularizer_l1: float = 0,
                 weight_regularizer_l2: float = 0, bias_regularizer_l1: float = 0,
                 bias_regularizer_l2: float = 0, *, weight_scale: float | None = None) -> None:
        if weight_scale is not None:
            self.weight_scale = weight_scale
        self.weights: Array = self.weight_scale * np.random.randn(n_inputs, n_neurons)
        self.biases: Array = np.zeros((1, n_neurons))
        self.weight_regularizer_l1 = weight_regularizer_l1
        self.weight_regularizer_l2 = weight_regularizer_l2
        self.bias_regularizer_l1 = bias_regularizer_l1
        self.bias_regularizer_l2 = bias_regularizer_l2

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output` = inputs . weights + biases."""
        self.inputs = inputs
        self.output: Array = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues: Array) -> None:
        """Set `dweights`, `dbiases` and `dinputs`."""
        self.dweights: Array = np.dot(self.inputs.T, dvalues)
        self.dbiases: Array = np.sum(dvalues, axis=0, keepdims=True)
        if self.weight_regularizer_l1 > 0:
            self.dweights += self.weight_regularizer_l1 * sign_of_weight(self.weights)
        if self.weight_regularizer_l2 > 0:
            self.dweights += 2 * self.weight_regularizer_l2 * self.weights
        if self.bias_regularizer_l1 > 0:
            self.dbiases += self.bias_regularizer_l1 * sign_of_weight(self.biases)
        if self.bias_regularizer_l2 > 0:
            self.dbiases += 2 * self.bias_regularizer_l2 * self.biases
        self.dinputs: Array = np.dot(dvalues, self.weights.T)

def sign_of_weight(weights: Array) -> Array:
    """Slope of |w|, with +1 at zero (and at NaN), as the book has it."""
    slope = np.ones_like(weights)
    slope[weights < 0] = -1
    return slope


class Layer_Dropout:
    """Zeroes a share `rate` of the inputs and scales the rest by 1 / (1 - rate).

    The attribute `rate` holds the share that is kept, as in the book. Source: chapter 15.
    """

    def __init__(self, rate: float) -> None:
        self.rate = 1 - rate

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`; without `training` it is a copy of the inputs."""
        self.inputs = inputs
        if not training:
            self.output: Array = inputs.copy()
            return
        self.binary_mask: Array = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs` = dvalues * binary_mask."""
        self.dinputs: Array = dvalues * self.binary_mask


class Layer_BatchNorm(_Trainable):
    """output = weights * (inputs - mean) / deviation + biases. Not in the book.

    Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
    """

    def __init__(self, n_inputs: int, *, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        self.momentum = momentum
        self.epsilon = epsilon
        self.weights: Array = np.zeros((1, n_inputs)) + 1
        self.biases: Array = np.zeros((1, n_inputs))
        self.running_mean: Array = np.zeros((1, n_inputs))
        self.running_variance: Array = np.zeros((1, n_inputs)) + 1

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`; without `training` by the running mean and variance."""
        mean, variance = self.running_mean, self.running_variance
        if training:
            mean = np.mean(inputs, axis=0, keepdims=True)
            variance = np.mean((inputs - mean) ** 2, axis=0, keepdims=True)
            unbiased = variance * (len(inputs) / max(len(inputs) - 1, 1))
            for kept, new in (self.running_mean, mean), (self.running_variance, unbiased):
                kept[...] = self.momentum * kept + (1 - self.momentum) * new
        deviation = np.sqrt(variance + self.epsilon)
        normalized = (inputs - mean) / deviation
        if training:
            self.deviation: Array = deviation
            self.normalized: Array = normalized
        self.inputs = inputs
        self.output: Array = self.weights * normalized + self.biases

    def backward(self, dvalues: Array) -> None:
        """Set `dweights`, `dbiases` and `dinputs`."""
        self.dweights: Array = np.sum(dvalues * self.normalized, axis=0, keepdims=True)
        self.dbiases: Array = np.sum(dvalues, axis=0, keepdims=True)
        slope = dvalues * self.weights
        mean = np.mean(slope, axis=0, keepdims=True)
        other = np.mean(slope * self.normalized, axis=0, keepdims=True)
        self.dinputs: Array = (slope - mean - self.normalized * other) / self.deviation


# ----------------------------------------------------------------------------- activations


class Activation:
    """output = formula(inputs), dinputs = slope(dvalues, ...), as a class says. Not in the book.

    Both name the attributes that they need: `inputs`, `output`, and options such as `alpha`.
    """

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        formula = function_of(self, "formula")
        self.output: Array = formula(*asked(self, formula))

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        slope = function_of(self, "slope")
        self.dinputs: Array = slope(dvalues, *asked(self, slope)[1:])

    def predictions(self, outputs: Array) -> Array:
        """What the network predicts, given its outputs."""
        return outputs


class Activation_ReLU(Activation):
    """output = max(0, inputs). Source: chapters 4, 9."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class Activation_LeakyReLU(Activation):
    """output = inputs where inputs > 0, else alpha * inputs. Not in the book."""

    def __init__(self, alpha: float = 0.01) -> None:
        self.alpha = alpha

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        self.output = np.where(inputs > 0, inputs, self.alpha * inputs)

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs = np.where(self.inputs > 0, dvalues, self.alpha * dvalues)


class Activation_Softmax:
    """output[n] = exp(inputs[n] - max) / sum. Source: chapters 4, 9."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output: Array = powers / np.sum(powers, axis=1, keepdims=True)

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs: Array = np.empty_like(dvalues)
        for n, (output, dvalue) in enumerate(zip(self.output, dvalues)):
            column = output.reshape(-1, 1)
            jacobian = np.diagflat(column) - np.dot(column, column.T)
            self.dinputs[n] = np.dot(jacobian, dvalue)

    def predictions(self, outputs: Array) -> Array:
        """The class of the largest output of each sample."""
        return np.argmax(outputs, axis=1)


class Activation_Sigmoid(Activation):
    """output = 1 / (1 + exp(-inputs)). Source: chapter 16."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-inputs))

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs = dvalues * (1 - self.output) * self.output

    def predictions(self, outputs: Array) -> Array:
        """1 where an output is above 0.5, else 0."""
        return (outputs > 0.5) * 1


class Activation_Tanh(Activation):
    """output = tanh(inputs). Not in the book."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        self.output = np.tanh(inputs)

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs = dvalues * (1 - self.output * self.output)


class Activation_Linear:
    """output = inputs, the same object. Source: chapter 17."""

    def forward(self, inputs: Array, training: bool = True) -> None:
        """Set `output`."""
        self.inputs = inputs
        self.output: Array = inputs

    def backward(self, dvalues: Array) -> None:
        """Set `dinputs`."""
        self.dinputs: Array = dvalues.copy()

    def predictions(self, outputs: Array) -> Array:
        """What the network predicts, given its outputs."""
        return outputs


# ---------------------------------------------------------------------------------- losses


class Loss:
    """Mean of the sample losses, and the penalty of the layers. Source: chapters 5, 14, 18."""

    trainable_layers: Iterable[Any] = ()
    accumulated_sum: Any = 0
    accumulated_count = 0
    forward: Callable[..., Array]  # a subclass's
    backward: Callable[..., None]

    def regularization_loss(self, layer: Any = None) -> Any:
        """Penalty of one layer, or of all that `remember_trainable_layers` was given."""
        loss: Any = 0
        for trained in self.trainable_layers if layer is None else [layer]:
            loss = add_penalty(loss, trained)
        return loss

    def remember_trainable_layers(self, trainable_layers: Iterable[Any]) -> None:
        """Keep the layers whose penalties count."""
        self.trainable_layers = trainable_layers

    def calculate(self, output: Array, y: Array, *, include_regularization: bool = False) -> Any:
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        sample_losses = self.forward(output, y)
        data_loss = np.mean(sample_losses)
        self.accumulated_sum += np.sum(sample_losses)
        self.accumulated_count += len(sample_losses)
        if not include_regularization:
            return data_loss
        return data_loss, self.regularization_loss()

    def calculate_accumulated(self, *, include_regularization: bool = False) -> Any:
        """Mean loss since `new_pass`."""
        data_loss = self.accumulated_sum / self.accumulated_count
        if not include_regularization:
            return data_loss
        return data_loss, self.regularization_loss()

    def new_pass(self) -> None:
        """Forget what was accumulated."""
        self.accumulated_sum = 0
        self.accumulated_count = 0


STRENGTHS = ("weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
             "bias_regularizer_l2")


def add_penalty(loss: Any, layer: Any) -> Any:
    """loss + l1 * sum |p| + l2 * sum p^2 over the weights, then over the biases, of one layer."""
    for parameters, of_l1, of_l2 in (("weights", *STRENGTHS[:2]), ("biases", *STRENGTHS[2:])):
        l1: Any = getattr(layer, of_l1, 0)
        l2: Any = getattr(layer, of_l2, 0)
        p: Any = getattr(layer, parameters, None)
        if l1 > 0:
            loss += l1 * np.sum(np.abs(p))
        if l2 > 0:
            loss += l2 * np.sum(p * p)
    return loss


class PointwiseLoss(Loss):
    """loss[n] = mean over o of formula(p, y), dinputs = slope(p, y) / O / N. Not in the book.

    With `sums_outputs` the sum over o, and no / O. Both functions may name options after these,
    which are attributes.
    """

    sums_outputs = False

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        formula = function_of(self, "formula")
        losses = formula(y_pred, y_true, *asked(self, formula)[2:])
        return np.sum(losses, axis=-1) if self.sums_outputs else np.mean(losses, axis=-1)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`, the gradient of the mean loss."""
        slope = function_of(self, "slope")
        self.dinputs: Array = slope(dvalues, y_true, *asked(self, slope)[2:])
        if not self.sums_outputs:
            self.dinputs = self.dinputs / len(dvalues[0])
        self.dinputs = self.dinputs / len(dvalues)


def function_of(thing: Any, name: str) -> Any:
    """A formula of an object or its class, which knows nothing of the object."""
    found = getattr(thing, name)
    return getattr(found, "__func__", found)


def asked(thing: Any, function: Any) -> list[Any]:
    """The attributes that a function's arguments are named after; None where there is none."""
    code = function.__code__
    return [getattr(thing, name, None) for name in code.co_varnames[:code.co_argcount]]


class Loss_CategoricalCrossentropy(Loss):
    """loss[n] = -log of the (clipped) probability of the right class. Source: chapters 5, 9.

    With `label_smoothing`, not in the book, loss[n] = -sum over c of y log p, with y smoothed.
    """

    label_smoothing = 0.0

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        if label_smoothing:
            self.label_smoothing = label_smoothing

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if self.label_smoothing:
            return np.sum(-(self.shares(y_true, len(y_pred[0])) * np.log(clipped)), axis=1)
        if len(y_true.shape) == 1:
            confidences = clipped[range(len(y_pred)), y_true]
        else:
            confidences = np.sum(clipped * y_true, axis=1)
        return -np.log(confidences)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`, the gradient of the mean loss."""
        y_true = self.shares(y_true, len(dvalues[0]))
        self.dinputs: Array = -(y_true / dvalues)  # not (-y) / p: unsigned targets have no -1
        self.dinputs = self.dinputs / len(dvalues)

    def shares(self, y_true: Array, classes: int) -> Array:
        """One-hot targets of class indices or such; smoothed, see Szegedy et al. 2016."""
        onehot, smoothing = y_true, self.label_smoothing
        if len(y_true.shape) == 1:
            onehot = np.eye(classes)[y_true]
        return (1 - smoothing) * onehot + smoothing / classes if smoothing else onehot


class Activation_Softmax_Loss_CategoricalCrossentropy:
    """Softmax and categorical cross-entropy in one. Source: chapter 9."""

    def __init__(self, *, label_smoothing: float = 0.0) -> None:
        self.activation = Activation_Softmax()
        self.loss = Loss_CategoricalCrossentropy(label_smoothing=label_smoothing)

    def forward(self, inputs: Array, y_true: Array) -> Any:
        """Set `output` and give back the mean loss."""
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`."""
        if getattr(getattr(self, "loss", None), "label_smoothing", 0):
            y_true = self.loss.shares(y_true, len(dvalues[0]))
            self.dinputs: Array = (dvalues - y_true) / len(dvalues)
            return
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)


class Loss_BinaryCrossentropy(PointwiseLoss):
    """loss[n] = -mean over o of y log p + (1 - y) log(1 - p). Source: chapter 16."""

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        losses = -(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped))
        return np.mean(losses, axis=-1)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`, the gradient of the mean loss."""
        clipped = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / clipped - (1 - y_true) / (1 - clipped)) / len(dvalues[0])
        self.dinputs = self.dinputs / len(dvalues)


class Loss_MeanSquaredError(PointwiseLoss):
    """loss[n] = mean over o of (y - p)^2. Source: chapter 17."""

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`, the gradient of the mean loss."""
        self.dinputs = -2 * (y_true - dvalues) / len(dvalues[0])
        self.dinputs = self.dinputs / len(dvalues)


class Loss_MeanAbsoluteError(PointwiseLoss):
    """loss[n] = mean over o of |y - p|. Source: chapter 17.

    Differs: the book's gradient, sign(y - p), points uphill; ours is sign(p - y).
    `book_gradient=True` gives the book's.
    """

    def __init__(self, *, book_gradient: bool = False) -> None:
        self.book_gradient = book_gradient

    def forward(self, y_pred: Array, y_true: Array) -> Array:
        """Sample losses (N,)."""
        return np.mean(np.abs(y_true - y_pred), axis=-1)

    def backward(self, dvalues: Array, y_true: Array) -> None:
        """Set `dinputs`, the gradient of the mean loss."""
        error = y_true - dvalues if self.book_gradient else dvalues - y_true
        self.dinputs = np.sign(error) / len(dvalues[0])
        self.dinputs = self.dinputs / len(dvalues)


# ------------------------------------------------------------------------------ optimizers


class Optimizer:
    """What the four optimizers share: the decaying learning rate and the step count."""

    def __init__(self, learning_rate: float, decay: float) -> None:
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0

    def pre_update_params(self) -> None:
        """Set `current_learning_rate` from decay and iterations."""
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1.0 / (1.0 + self.decay * self.iterations))

    def post_update_params(self) -> None:
        """Count one more iteration."""
        self.iterations += 1


class UpdateOptimizer(Optimizer):
    """parameters, states = update(parameters, gradient, states ..., lr, t, ...). Not in the book.

    states: what is kept on a layer, as `weight_velocity` and `bias_velocity`; zeros at first, while
    the last of them is not there.
    `update` may name options after these, which are attributes.
    """

    states: tuple[str, ...] = ()

    def __init__(self, learning_rate: float, decay: float, **options: Any) -> None:
        super().__init__(learning_rate, decay)
        for name, value in options.items():
            setattr(self, name, value)

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases, unless it is frozen."""
        if is_frozen(layer):
            return
        update = function_of(self, "update")
        options = asked(self, update)[4 + len(self.states):]
        fresh = not self.states or not hasattr(layer, f"weight_{self.states[-1]}")
        found = []
        for parameters, side in (("weights", "weight"), ("biases", "bias")):
            p, g = getattr(layer, parameters), getattr(layer, f"d{parameters}")
            names = [f"{side}_{name}" for name in self.states]
            states = [np.zeros_like(p) if fresh else getattr(layer, name) for name in names]
            made = update(np.asanyarray(p), g, *states, self.current_learning_rate,
                          self.iterations + 1, *options)
            new, *states = made if self.states else [made]
            found.append((p, parameters, new, names, [np.array(state) for state in states]))
        for p, parameters, new, names, states in found:  # both are computed of what was there
            if isinstance(p, np.ndarray):
                p[...] = new
            else:  # as += makes arrays of lists
                setattr(layer, parameters, new)
            for name, state in zip(names, states):
                setattr(layer, name, state)


class Optimizer_SGD(Optimizer):
    """u = momentum * u - lr * g;  p += u. Source: chapter 10."""

    def __init__(self, learning_rate: float = 1.0, decay: float = 0.0,
                 momentum: float = 0.0) -> None:
        super().__init__(learning_rate, decay)
        self.momentum = momentum

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases, unless it is frozen."""
        if is_frozen(layer):
            return
        lr = self.current_learning_rate
        if not self.momentum:
            layer.weights += -lr * layer.dweights
            layer.biases += -lr * layer.dbiases
            return
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        layer.weight_momentums = self.momentum * layer.weight_momentums - lr * layer.dweights
        layer.bias_momentums = self.momentum * layer.bias_momentums - lr * layer.dbiases
        layer.weights += layer.weight_momentums
        layer.biases += layer.bias_momentums


class Optimizer_Adagrad(Optimizer):
    """c += g^2;  p += -lr * g / (sqrt(c) + epsilon). Source: chapter 10."""

    def __init__(self, learning_rate: float = 1.0, decay: float = 0.0,
                 epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate, decay)
        self.epsilon = epsilon

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases, unless it is frozen."""
        if is_frozen(layer):
            return
        make_caches(layer)
        layer.weight_cache += layer.dweights**2
        layer.bias_cache += layer.dbiases**2
        lr = self.current_learning_rate
        layer.weights += -lr * layer.dweights / (np.sqrt(layer.weight_cache) + self.epsilon)
        layer.biases += -lr * layer.dbiases / (np.sqrt(layer.bias_cache) + self.epsilon)


class Optimizer_RMSprop(Optimizer):
    """c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon). Source: chapter 10."""

    def __init__(self, learning_rate: float = 0.001, decay: float = 0.0, epsilon: float = 1e-7,
                 rho: float = 0.9) -> None:
        super().__init__(learning_rate, decay)
        self.epsilon = epsilon
        self.rho = rho

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases, unless it is frozen."""
        if is_frozen(layer):
            return
        make_caches(layer)
        rho, lr = self.rho, self.current_learning_rate
        layer.weight_cache = rho * layer.weight_cache + (1 - rho) * layer.dweights**2
        layer.bias_cache = rho * layer.bias_cache + (1 - rho) * layer.dbiases**2
        layer.weights += -lr * layer.dweights / (np.sqrt(layer.weight_cache) + self.epsilon)
        layer.biases += -lr * layer.dbiases / (np.sqrt(layer.bias_cache) + self.epsilon)


class Optimizer_Adam(Optimizer):
    """m, c running means of g, g^2, corrected;  p += -lr * m / (sqrt(c) + epsilon).

    Source: chapter 10; Kingma and Ba 2015, algorithm 1.
    """

    def __init__(self, learning_rate: float = 0.001, decay: float = 0.0, epsilon: float = 1e-7,
                 beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        super().__init__(learning_rate, decay)
        self.epsilon = epsilon
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def update_params(self, layer: Any) -> None:
        """Change the layer's weights and biases, unless it is frozen."""
        if is_frozen(layer):
            return
        if not hasattr(layer, "weight_cache"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        make_caches(layer)
        beta_1, beta_2, lr = self.beta_1, self.beta_2, self.current_learning_rate
        layer.weight_momentums = beta_1 * layer.weight_momentums + (1 - beta_1) * layer.dweights
        layer.bias_momentums = beta_1 * layer.bias_momentums + (1 - beta_1) * layer.dbiases
        layer.weight_cache = beta_2 * layer.weight_cache + (1 - beta_2) * layer.dweights**2
        layer.bias_cache = beta_2 * layer.bias_cache + (1 - beta_2) * layer.dbiases**2
        correct_1 = 1 - beta_1 ** (self.iterations + 1)
        correct_2 = 1 - beta_2 ** (self.iterations + 1)
        layer.weights += -lr * (layer.weight_momentums / correct_1) / (
            np.sqrt(layer.weight_cache / correct_2) + self.epsilon)
        layer.biases += -lr * (layer.bias_momentums / correct_1) / (
            np.sqrt(layer.bias_cache / correct_2) + self.epsilon)


def is_frozen(layer: Any) -> bool:
    """Whether somebody said `layer.trainable = False`. Not in the book."""
    return not getattr(layer, "trainable", True)


def make_caches(layer: Any) -> None:
    """Zeroed caches on the layer, when the first update finds none."""
    if not hasattr(layer, "weight_cache"):
        layer.weight_cache = np.zeros_like(layer.weights)
        layer.bias_cache = np.zeros_like(layer.biases)


# -------------------------------------------------------------------------------- accuracy


class Accuracy:
    """Share of right predictions, of a batch and of a pass. Source: chapters 18, 19."""

    accumulated_sum: Any = 0
    accumulated_count = 0
    compare: Callable[..., Array]  # a subclass's

    def calculate(self, predictions: Array, y: Array) -> np.floating[Any]:
        """Share of right predictions; also accumulated."""
        comparisons = self.compare(predictions, y)
        self.accumulated_sum += np.sum(comparisons)
        self.accumulated_count += len(comparisons)
        return np.mean(comparisons)

    def calculate_accumulated(self) -> float:
        """Share of right predictions since `new_pass`."""
        return self.accumulated_sum / self.accumulated_count

    def new_pass(self) -> None:
        """Forget what was accumulated."""
        self.accumulated_sum = 0
        self.accumulated_count = 0


class Accuracy_Categorical(Accuracy):
    """A prediction is right when it is the class of the target. Source: chapter 18."""

    def __init__(self, *, binary: bool = False) -> None:
        self.binary = binary

    def init(self, y: Array) -> None:
        """Nothing to prepare."""

    def compare(self, predictions: Array, y: Array) -> Array:
        """Which predictions are right."""
        if not self.binary and len(y.shape) == 2:
            y = np.argmax(y, axis=1)
        return predictions == y


class Accuracy_Regression(Accuracy):
    """A prediction is right when it is within std(y) / 250 of the target. Source: chapter 17."""

    def __init__(self) -> None:
        self.precision: Any = None

    def init(self, y: Array, reinit: bool = False) -> None:
        """Set `precision` from the targets, once; with `reinit` anew."""
        if self.precision is None or reinit:
            self.precision = np.std(y) / 250

    def compare(self, predictions: Array, y: Array) -> Array:
        """Which predictions are within the precision."""
        return np.absolute(predictions - y) < self.precision


# ----------------------------------------------------------------------------------- model


class Model:
    """Layers in a chain, trained by `train`. Source: chapters 18 (`lines="epochs"`) and 19."""

    loss: Any  # what `set` was given
    optimizer: Any
    accuracy: Any
    combined: Any = Activation_Softmax_Loss_CategoricalCrossentropy

    def __init__(self, *, lines: str = "steps") -> None:
        self.layers: list[Any] = []
        self.softmax_classifier_output: Any = None
        self.lines = lines

    def add(self, layer: Any) -> None:
        """Append a layer or an activation."""
        self.layers.append(layer)

    def set(self, *, loss: Any = None, optimizer: Any = None, accuracy: Any = None) -> None:
        """Choose loss, optimizer and accuracy; what is left out stays as it is."""
        for name, value in (("loss", loss), ("optimizer", optimizer), ("accuracy", accuracy)):
            if value is not None:
                setattr(self, name, value)

    def finalize(self) -> None:
        """Link the layers to a chain."""
        self.input_layer = Layer_Input()
        chain: list[Any] = [self.input_layer, *self.layers, self.loss]
        for before, layer, after in zip(chain, chain[1:], chain[2:]):
            layer.prev, layer.next = before, after
        self.output_layer_activation: Any = self.layers[-1]
        self.trainable_layers = [layer for layer in self.layers if hasattr(layer, "weights")]
        self.loss.remember_trainable_layers(self.trainable_layers)
        if isinstance(self.layers[-1], Activation_Softmax) and isinstance(
                self.loss, Loss_CategoricalCrossentropy):
            self.softmax_classifier_output = self.combined()
            self.softmax_classifier_output.loss = self.loss  # whose smoothing it is

    def train(self, X: Array, y: Array, *, epochs: int = 1, batch_size: int | None = None,
              print_every: int = 1, validation_data: tuple[Array, Array] | None = None) -> None:
        """Train, and print the book's lines."""
        self.accuracy.init(y)
        if self.lines == "epochs":
            self._train_full_batch(X, y, epochs, print_every, validation_data)
            return
        for epoch in range(1, epochs + 1):
            print(f"epoch: {epoch}")
            self.loss.new_pass()
            self.accuracy.new_pass()
            batches = list(_batches(batch_size, X, y))
            for step, (batch_X, batch_y) in enumerate(batches):
                losses, accuracy = self._step(batch_X, batch_y)
                if not step % print_every or step == len(batches) - 1:
                    print(f"step: {step}, {self._line(losses, accuracy)}")
            losses = self.loss.calculate_accumulated(include_regularization=True)
            print(f"training, {self._line(losses, self.accuracy.calculate_accumulated())}")
            if validation_data is not None:
                self.evaluate(*validation_data, batch_size=batch_size)

    def _train_full_batch(self, X: Array, y: Array, epochs: int, print_every: int,
                          validation_data: tuple[Array, Array] | None) -> None:
        for epoch in range(1, epochs + 1):
            losses, accuracy = self._step(X, y)
            if not epoch % print_every:
                print(f"epoch: {epoch}, {self._line(losses, accuracy)}")
        if validation_data is not None:
            self.evaluate(*validation_data)

    def _step(self, X: Array, y: Array) -> Any:
        output = self.forward(X, training=True)
        losses = self.loss.calculate(output, y, include_regularization=True)
        predictions = self.output_layer_activation.predictions(output)
        accuracy = self.accuracy.calculate(predictions, y)
        self.backward(output, y)
        self.optimizer.pre_update_params()
        for layer in self.trainable_layers:
            self.optimizer.update_params(layer)
        self.optimizer.post_update_params()
        return losses, accuracy

    def _line(self, losses: Any, accuracy: Any) -> str:
        data_loss, regularization_loss = losses
        return (f"acc: {accuracy:.3f}, loss: {data_loss + regularization_loss:.3f} ("
                f"data_loss: {data_loss:.3f}, reg_loss: {regularization_loss:.3f}), "
                f"lr: {self.optimizer.current_learning_rate}")

    def evaluate(self, X_val: Array, y_val: Array, *, batch_size: int | None = None) -> None:
        """Print accuracy and loss on these samples, without training."""
        self.loss.new_pass()
        self.accuracy.new_pass()
        for batch_X, batch_y in _batches(batch_size, X_val, y_val):
            output = self.forward(batch_X, training=False)
            self.loss.calculate(output, batch_y)
            predictions = self.output_layer_activation.predictions(output)
            self.accuracy.calculate(predictions, batch_y)
        print(f"validation, acc: {self.accuracy.calculate_accumulated():.3f}, "
              f"loss: {self.loss.calculate_accumulated():.3f}")

    def predict(self, X: Array, *, batch_size: int | None = None) -> Array:
        """The outputs for samples X."""
        return np.vstack([self.forward(batch, training=False)
                          for (batch,) in _batches(batch_size, X)])

    def forward(self, X: Array, training: bool) -> Array:
        """The output of the chain for a batch X."""
        self.input_layer.forward(X, training)
        for layer in self.layers:
            layer.forward(layer.prev.output, training)
        return self.layers[-1].output

    def backward(self, output: Array, y: Array) -> None:
        """Gradients of all layers, from the last output and its targets."""
        layers = self.layers
        if self.softmax_classifier_output is not None:
            self.softmax_classifier_output.backward(output, y)
            layers[-1].dinputs = self.softmax_classifier_output.dinputs
            layers = layers[:-1]
        else:
            self.loss.backward(output, y)
        for layer in reversed(layers):
            layer.backward(layer.next.dinputs)

    def get_parameters(self) -> list[tuple[Array, Array]]:
        """A pair (weights, biases) of each trainable layer."""
        return [layer.get_parameters() for layer in self.trainable_layers]

    def set_parameters(self, parameters: Iterable[tuple[Array, Array]]) -> None:
        """Give each trainable layer its pair (weights, biases)."""
        for pair, layer in zip(parameters, self.trainable_layers):
            layer.set_parameters(*pair)


def _batches(batch_size: int | None, *arrays: Array) -> Iterator[tuple[Array, ...]]:
    """Tuples of consecutive slices of the arrays; all at once where batch_size is None."""
    step = batch_size or len(arrays[0])
    for start in range(0, len(arrays[0]), step):
        yield tuple(a[start:start + step] for a in arrays)
