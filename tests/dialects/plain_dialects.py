"""The notebooks' behaviour in plain NumPy, dialect by dialect."""

from types import SimpleNamespace

import numpy as np

from fastnn import reference


class FlatDense(reference.Layer_Dense):
    def backward(self, dvalues):
        super().backward(dvalues)
        self.dbiases = dvalues.sum(axis=0)


class Quotient:
    def pre_update_params(self):
        if self.decay:
            slower = 1 + self.decay * self.iterations
            self.current_learning_rate = self.learning_rate / slower


class FlatSGD(Quotient, reference.Optimizer_SGD):
    def __init__(self, learning_rate=0.5, decay=0.0, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)
        self.initial_rate = learning_rate


class FlatAdagrad(Quotient, reference.Optimizer_Adagrad):
    def __init__(self, learning_rate=0.5, decay=0.0, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon)


class FlatRMSProp(Quotient, reference.Optimizer_RMSprop):
    pass


PLAIN_FLAT_BIASES = SimpleNamespace(**vars(reference) | {
    "Layer_Dense": FlatDense, "Optimizer_SGD": FlatSGD, "Optimizer_Adagrad": FlatAdagrad,
    "Optimizer_RMSProp": FlatRMSProp})


class BackpropDense(reference.Layer_Dense):
    backprop = reference.Layer_Dense.backward

    def forward(self, inputs):
        super().forward(inputs)
        self.forward_pass = self.output


class BackpropReLU(reference.Activation_ReLU):
    backprop = reference.Activation_ReLU.backward


class BackpropLoss:
    def forward(self, inputs, y_true):
        self.y_true = y_true if y_true.ndim == 1 else y_true.argmax(axis=1)
        powers = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.softmax_probabilities = powers / powers.sum(axis=1, keepdims=True)
        self.pred_labels = self.softmax_probabilities.argmax(axis=1)
        self.accuracy = np.mean(self.pred_labels == self.y_true)
        rows = np.arange(len(inputs))
        self.confidences = self.softmax_probabilities.clip(1e-7, 1 - 1e-7)[rows, self.y_true]
        self.loss = np.mean(-np.log(self.confidences))

    def backprop(self):
        self.dvalues = self.softmax_probabilities.copy()
        self.dvalues[np.arange(len(self.y_true)), self.y_true] -= 1
        self.dvalues = self.dvalues / len(self.y_true)


class PerCall:
    """`steps` gives what is subtracted from a parameter; the count is the one after this call."""

    defaults: dict[str, float] = {}

    def __init__(self, learning_rate=None, **options):
        vars(self).update(self.defaults | options)
        self.init_learning_rate = learning_rate or self.defaults["learning_rate"]
        self.iterations = 0

    def update_param(self, layer):
        rate = self.init_learning_rate * (1.0 / (1.0 + self.decay * self.iterations))
        self.iterations += 1
        for letter, parameters, slope in (("w", layer.weights, layer.dweights),
                                          ("b", layer.biases, layer.dbiases)):
            parameters -= self.steps(vars(layer), letter, slope, rate)


class PerCallSGD(PerCall):
    defaults = {"learning_rate": 1.0, "decay": 0.0, "momentum_ratio": 0.0}

    def steps(self, state, letter, slope, rate):
        if not self.momentum_ratio:
            return rate * slope
        name = f"pre_{letter}_momentums"
        before = state.get(name, np.zeros_like(slope))
        state[name] = self.momentum_ratio * before - rate * slope
        return -state[name]


class PerCallAdaGrad(PerCall):
    defaults = {"learning_rate": 1.0, "decay": 1e-4, "epsilon": 1e-7}

    def steps(self, state, letter, slope, rate):
        cache = state.setdefault(f"{letter}_cache", np.zeros_like(slope))
        cache += slope**2
        return rate * slope / (np.sqrt(cache) + self.epsilon)


class PerCallRMSProp(PerCall):
    defaults = {"learning_rate": 0.001, "decay": 1e-4, "rho": 0.9, "epsilon": 1e-7}

    def steps(self, state, letter, slope, rate):
        before = state.get(f"{letter}_cache", np.zeros_like(slope))
        cache = state[f"{letter}_cache"] = self.rho * before + (1 - self.rho) * slope**2
        return rate * slope / (np.sqrt(cache) + self.epsilon)


class PerCallAdam(PerCall):
    defaults = {"learning_rate": 0.001, "decay": 0.0, "epsilon": 1e-7, "beta_1": 0.9,
                "beta_2": 0.999}

    def steps(self, state, letter, slope, rate):
        means, squares = f"{letter}_momentum", f"{letter}_cache"
        one, two, zeros = self.beta_1, self.beta_2, np.zeros_like(slope)
        state[means] = one * state.get(means, zeros) + (1 - one) * slope
        state[squares] = two * state.get(squares, zeros) + (1 - two) * slope**2
        mean = state[means] / (1 - one**self.iterations)
        square = state[squares] / (1 - two**self.iterations)
        return rate * mean / (np.sqrt(square) + self.epsilon)


PLAIN_BACKPROP = SimpleNamespace(
    Dense_layer=BackpropDense, Activation_ReLU=BackpropReLU, Softmax_loss=BackpropLoss,
    Optimizer_SGD=PerCallSGD, Optimizer_AdaGrad=PerCallAdaGrad, Optimizer_RMSProp=PerCallRMSProp,
    Optimizer_Adam=PerCallAdam)


class ShortDense(reference.Layer_Dense):
    def forward(self, inputs):
        super().forward(inputs)
        self.outputs = self.output


class ShortLoss(reference.Loss_CategoricalCrossentropy):
    def forward(self, y_pred, y_true):
        self.y_pred, self.y_true = y_pred, y_true
        return super().forward(y_pred, y_true)


class ShortSoftmaxLoss(reference.Activation_Softmax_Loss_CategoricalCrossentropy):
    def __init__(self):
        super().__init__()
        self.loss = ShortLoss()


class ShortDescent:
    def __init__(self, learning_rate=1):
        self.learning_rate = learning_rate

    def update_parameters(self, layer):
        layer.weights += -self.learning_rate * layer.dweights
        layer.biases += -self.learning_rate * layer.dbiases


PLAIN_SHORT_NAMES = SimpleNamespace(
    Dense=ShortDense, ReLU=reference.Activation_ReLU, GradientDescent=ShortDescent,
    Activation_Softmax_Loss_CategoricalCrossEntropy=ShortSoftmaxLoss)


def passing_dvalues(book):
    """A reference class that leaves its gradient in `dvalues`, as the drafts did."""
    class Draft(book):
        def backward(self, *arguments):
            super().backward(*arguments)
            self.dvalues = self.dinputs
    return Draft


class DraftSoftmax(reference.Activation_Softmax):
    def backward(self, dvalues):
        self.dvalues = dvalues.copy()


class DraftCrossentropy(reference.Loss_CategoricalCrossentropy):
    def forward(self, y_pred, y_true):
        losses = super().forward(y_pred, y_true)
        return np.sum(losses) / len(losses)

    def backward(self, dvalues, y_true):
        self.dvalues = (dvalues - np.eye(dvalues.shape[1])[y_true]) / len(dvalues)


class DraftBinary(reference.Loss):
    def forward(self, y_pred, y_true):
        p = y_pred.clip(1e-7, 1 - 1e-7)
        return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))

    def backward(self, dvalues, y_true):
        p = dvalues.clip(1e-7, 1 - 1e-7)
        self.dvalues = -(y_true / p - (1 - y_true) / (1 - p))


class DraftSquared(reference.Loss):
    def forward(self, y_pred, y_true):
        return 2 * np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues, y_true):
        self.dvalues = -(y_true - dvalues)


class DraftAbsolute(reference.Loss_MeanAbsoluteError):
    def backward(self, dvalues, y_true):
        self.dvalues = -np.sign(y_true - dvalues)


class Compounding:
    def pre_update_params(self):
        if self.decay:
            self.learning_rate *= 1.0 / (1.0 + self.decay * self.iterations)
            self.current_learning_rate = self.learning_rate


class DraftSGD(Compounding, reference.Optimizer_SGD):
    def __init__(self, learning_rate=1.0, decay=0.1, momentum=0.0):
        super().__init__(learning_rate, decay, momentum)


PLAIN_DRAFTS = SimpleNamespace(
    **{name: passing_dvalues(getattr(reference, name)) for name in (
        "Layer_Dense", "Layer_Dropout", "Activation_ReLU", "Activation_Sigmoid",
        "Activation_Linear")},
    **{name: type(name, (Compounding, getattr(reference, name)), {}) for name in (
        "Optimizer_Adagrad", "Optimizer_RMSprop", "Optimizer_Adam")},
    Optimizer_SGD=DraftSGD, Activation_Softmax=DraftSoftmax,
    Loss_CategoricalCrossentropy=DraftCrossentropy, Loss_BinaryCrossentropy=DraftBinary,
    Loss_MeanSquaredError=DraftSquared, Loss_MeanAbsoluteError=DraftAbsolute)
