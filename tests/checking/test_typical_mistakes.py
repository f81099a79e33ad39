"""One mistake each in classes as the book has them: found, and named, and nothing else said."""

import json

import pytest

from fastnn.checking import command

DENSE = """
class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)
"""
REGULARIZED = """
class Layer_Dense:
    def __init__(self, n_inputs, n_neurons, l1=0, l2=0):
        self.l1, self.l2 = l1, l2
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.l1 > 0:
            dL1 = np.ones_like(self.weights)
            dL1[self.weights < 0] = -1
            self.dweights += self.l1 * dL1
        if self.l2 > 0:
            self.dweights += 2 * self.l2 * self.weights
        self.dinputs = np.dot(dvalues, self.weights.T)
"""
RELU = """
class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0
"""
SIGMOID = """
class Activation_Sigmoid:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-inputs))
    def backward(self, dvalues):
        self.dinputs = dvalues * (1 - self.output) * self.output
"""
SOFTMAX = """
class Activation_Softmax:
    def forward(self, inputs):
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (single_output, single_dvalues) in enumerate(zip(self.output, dvalues)):
            single_output = single_output.reshape(-1, 1)
            jacobian = np.diagflat(single_output) - np.dot(single_output, single_output.T)
            self.dinputs[index] = np.dot(jacobian, single_dvalues)
"""
ENTROPY = """
class Loss_CategoricalCrossentropy:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        samples = len(y_pred)
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = p[range(samples), y_true]
        else:
            c = np.sum(p * y_true, axis=1)
        return -np.log(c)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        labels = len(dvalues[0])
        if len(y_true.shape) == 1:
            y_true = np.eye(labels)[y_true]
        self.dinputs = -y_true / dvalues / samples
"""
BINARY = """
class Loss_BinaryCrossentropy:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        sample_losses = -(y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped))
        sample_losses = np.mean(sample_losses, axis=-1)
        return sample_losses
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        outputs = len(dvalues[0])
        clipped_dvalues = np.clip(dvalues, 1e-7, 1 - 1e-7)
        self.dinputs = -(y_true / clipped_dvalues - (1 - y_true) / (1 - clipped_dvalues)) / outputs
        self.dinputs = self.dinputs / samples
"""
SQUARED = """
class Loss_MeanSquaredError:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred)**2, axis=-1)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        outputs = len(dvalues[0])
        self.dinputs = -2 * (y_true - dvalues) / outputs
        self.dinputs = self.dinputs / samples
"""
ABSOLUTE = """
class Loss_MeanAbsoluteError:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        return np.mean(np.abs(y_true - y_pred), axis=-1)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        outputs = len(dvalues[0])
        self.dinputs = np.sign(dvalues - y_true) / outputs
        self.dinputs = self.dinputs / samples
"""
DROPOUT = """
class Layer_Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, inputs):
        self.inputs = inputs
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask
    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask
"""
COMBINED = """
class Softmax:
    def forward(self, inputs):
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (single_output, single_dvalues) in enumerate(zip(self.output, dvalues)):
            single_output = single_output.reshape(-1, 1)
            jacobian = np.diagflat(single_output) - np.dot(single_output, single_output.T)
            self.dinputs[index] = np.dot(jacobian, single_dvalues)

class L_CategoricalCrossentropy:
    def calculate(self, output, y):
        return np.mean(self.forward(output, y))
    def forward(self, y_pred, y_true):
        samples = len(y_pred)
        p = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if len(y_true.shape) == 1:
            c = p[range(samples), y_true]
        else:
            c = np.sum(p * y_true, axis=1)
        return -np.log(c)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        labels = len(dvalues[0])
        if len(y_true.shape) == 1:
            y_true = np.eye(labels)[y_true]
        self.dinputs = -y_true / dvalues / samples

class Activation_Softmax_Loss_CategoricalCrossentropy:
    def __init__(self):
        self.activation = Softmax()
        self.loss = L_CategoricalCrossentropy()
    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples
"""
# a class, what is changed into what, and how that is called
CASES = [
    (DENSE, ' + self.biases', '', 'biases forgotten'),
    (DENSE, ' + self.biases', ' * self.biases', 'biases multiplied'),
    (DENSE, 'np.dot(self.inputs.T, dvalues)',
     'np.dot(self.inputs.T, dvalues) / len(dvalues)', 'mean over samples taken twice'),
    (DENSE, 'np.dot(self.inputs.T, dvalues)', 'np.dot(dvalues.T, self.inputs)', 'transposed'),
    (DENSE, 'self.dinputs = np.dot(dvalues, self.weights.T)',
     'self.dinputs = np.dot(dvalues, self.dweights.T)', 'gradient for the weights'),
    (DENSE, 'self.dinputs = ', 'dinputs = ', 'missing'),
    (DENSE, '        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)\n', '', 'missing'),
    (DENSE, 'self.output = np.dot(inputs, self.weights) + self.biases',
     'inputs -= inputs.mean()\n        self.output = np.dot(inputs, self.weights) + self.biases',
     'forgotten copy'),
    (DENSE, 'self.output = np.dot(inputs, self.weights) + self.biases',
     'self.output = np.maximum(0, np.dot(inputs, self.weights) + self.biases)',
     'activation within'),
    (DENSE, 'np.sum(dvalues, axis=0', 'np.sum(self.output, axis=0', 'output for dvalues'),
    (REGULARIZED, '2 * self.l2', '-2 * self.l2', 'wrong sign'),
    (REGULARIZED, 'self.dweights += 2', 'self.dweights = 2', 'gradient replaced'),
    (REGULARIZED, 'dL1[self.weights < 0] = -1',
     'dL1[self.weights < 0] = 0', 'slope at negative weights'),
    (REGULARIZED, 'dL1[self.weights < 0] = -1', 'dL1[self.weights > 0] = -1', 'wrong sign'),
    (RELU, 'self.dinputs[self.inputs <= 0] = 0', 'self.dinputs[dvalues <= 0] = 0', 'wrong mask'),
    (RELU, 'self.dinputs[self.inputs <= 0] = 0',
     'self.dinputs[self.inputs <= 0] *= 0.01', 'slope below 0'),
    (RELU, 'self.dinputs = dvalues.copy()\n        self.dinputs[self.inputs <= 0] = 0',
     'return dvalues', 'mask forgotten'),
    (SIGMOID, 'np.exp(-inputs)', 'np.exp(inputs)', 'wrong sign'),
    (SIGMOID, '(1 + np.exp', '(1 - np.exp', 'wrong sign'),
    (SIGMOID, '(1 - self.output)', '(1 + self.output)', 'wrong sign'),
    (SIGMOID, ' * self.output\n', '\n', 'factor forgotten'),
    (SIGMOID, '(1 - self.output) * self.output',
     '(1 - self.inputs) * self.inputs', 'inputs for output'),
    (SIGMOID, 'dvalues * (1', '-dvalues * (1', 'wrong sign'),
    (SIGMOID, 'dvalues * (1 - self', '(1 - self', 'chain rule forgotten'),
    (SOFTMAX, 'axis=1', 'axis=0', 'wrong axis'),
    (SOFTMAX, 'np.sum(exp_values, axis=1, keepdims=True)', 'np.sum(exp_values)', 'missing axis'),
    (SOFTMAX, 'np.exp(inputs - np.max(inputs, axis=1, keepdims=True))',
     'np.exp(inputs) - np.max(inputs, axis=1, keepdims=True)', 'maximum subtracted too late'),
    (SOFTMAX, '- np.dot(single_output, single_output.T)',
     '+ np.dot(single_output, single_output.T)', 'wrong sign'),
    (SOFTMAX, ' - np.dot(single_output, single_output.T)', '', 'diagonal alone'),
    (SOFTMAX, 'np.dot(single_output, single_output.T)',
     'np.dot(single_output.T, single_output)', 'inner product'),
    (SOFTMAX, 'np.exp(inputs - np.max(inputs, axis=1, keepdims=True))',
     'np.exp(inputs / np.max(inputs, axis=1, keepdims=True))', 'maximum divided by'),
    (ENTROPY, ' / samples\n', '\n', 'missing mean over samples'),
    (ENTROPY, '-y_true / dvalues', 'y_true / dvalues', 'wrong sign'),
    (ENTROPY, '-y_true / dvalues', '-y_true * dvalues', 'product for division'),
    (ENTROPY, '-y_true / dvalues / samples',
     '-y_true * np.log(dvalues) / samples', 'logarithm in the slope'),
    (ENTROPY, '-y_true / dvalues', '-dvalues / y_true', 'division the wrong way round'),
    (SQUARED, '-2 * (', '-(', 'factor of 2 missing'),
    (SQUARED, '-2 * (y_true - dvalues)', '-2 * (y_true - dvalues)**2', 'square kept'),
    (SQUARED, 'np.mean((y_true - y_pred)**2, axis=-1)',
     'np.sqrt(np.mean((y_true - y_pred)**2, axis=-1))', 'root'),
    (SQUARED, '(y_true - y_pred)**2', 'np.abs(y_true - y_pred)', 'root'),
    (SQUARED, '**2', '**3', 'wrong power'),
    (SQUARED, '**2', '*2', 'doubled where squared'),
    (SQUARED, 'np.mean((y_true - y_pred)**2, axis=-1)',
     'np.mean(y_true - y_pred, axis=-1)**2', 'square of the mean'),
    (ABSOLUTE, '/ outputs\n', '\n', 'missing mean over outputs'),
    (ABSOLUTE, 'np.sign(dvalues - y_true)', '(dvalues - y_true)', 'difference for sign'),
    (ABSOLUTE, 'np.sign(dvalues - y_true)', 'np.abs(dvalues - y_true)', 'absolute value for sign'),
    (DROPOUT, ') / self.rate\n', ')\n', 'scaling forgotten'),
    (DROPOUT, '1 - rate', 'rate', 'rate is the share that is kept'),
    (DROPOUT, '1, self.rate, size', '1, 1 - self.rate, size', 'rate is the share that is kept'),
    (DROPOUT, 'dvalues * self.binary_mask', 'dvalues', 'mask forgotten'),
    (DROPOUT, 'dvalues * self.binary_mask',
     'dvalues * np.random.binomial(1, self.rate, size=dvalues.shape) / self.rate', 'another mask'),
    (DROPOUT, 'size=inputs.shape', 'size=(1, inputs.shape[1])', 'one mask for all'),
    (DROPOUT, '/ self.rate', '* self.rate', 'wrong scaling'),
    (COMBINED, 'self.dinputs / samples', 'self.dinputs', 'missing mean over samples'),
    (COMBINED, '-= 1', '+= 1', 'wrong sign'),
    (COMBINED, 'self.dinputs[range(samples), y_true] -= 1',
     'self.dinputs -= 1', 'target of all classes'),
    (COMBINED, 'self.dinputs[range(samples), y_true] -= 1',
     'self.dinputs[:, y_true] -= 1', 'target of all samples'),
    (BINARY, '= -(y_true * np.log', '= (y_true * np.log', 'wrong sign'),
    (BINARY, ' + (1 - y_true) * np.log(1 - clipped)', '', 'half forgotten'),
    (BINARY, ' - (1 - y_true) / (1 - clipped_dvalues)', '', 'half forgotten'),
    (BINARY, '-(y_true / clipped', '(y_true / clipped', 'wrong sign'),
    (BINARY, 'clipped_dvalues - (1', 'clipped_dvalues + (1', 'wrong sign'),
    (BINARY, ' / outputs\n', '\n', 'missing mean over outputs'),
    (BINARY, '        self.dinputs = self.dinputs / samples\n', '', 'missing mean over samples'),
    (BINARY, ' / outputs\n', ' / samples\n', 'mean over samples taken for outputs'),
    (BINARY, ' / samples\n', ' / outputs\n', 'mean over outputs taken for samples'),
    (BINARY, '+ (1 - y_true) * np', '- (1 - y_true) * np', 'wrong sign'),
    (BINARY, 'np.log(1 - clipped)', 'np.log(clipped)', 'wrong logarithm'),
    (BINARY, 'np.mean(sample_losses, axis=-1)',
     'np.sum(sample_losses, axis=-1)', 'missing mean over outputs'),
    (BINARY, 'np.mean(sample_losses, axis=-1)', 'np.mean(sample_losses, axis=0)', 'wrong axis'),
    (BINARY, 'y_true * np.log(clipped) + (1 - y_true) * np.log(1 - clipped)',
     'y_true * np.log(1 - clipped) + (1 - y_true) * np.log(clipped)',
     'terms exchanged'),
    (BINARY, 'y_true * np.log(clipped) + ', '', 'half forgotten'),
    (BINARY, 'y_true / clipped_dvalues - ', '', 'half forgotten'),
]


@pytest.mark.parametrize(("text", "old", "new", "mistake"), CASES,
                         ids=[f"{one[3]} {number}" for number, one in enumerate(CASES)])
def test_a_mistake_is_named_and_no_other(tmp_path, capsys, text, old, new, mistake):
    assert old in text
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\n" + text.replace(old, new))
    assert command.main([str(path), "--json"]) == 1
    *others, one = json.loads(capsys.readouterr().out)["classes"]
    assert {two["verdict"] for two in others} <= {"right"}
    (row,) = one["differences"]
    assert (one["verdict"], row["mistake"]) == ("differs", mistake) and row["sentence"]


@pytest.mark.parametrize("text", sorted({one[0] for one in CASES}))
def test_without_it_each_is_right(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text("import numpy as np\n" + text)
    assert command.main([str(path), "--json"]) == 0
    assert all(one["verdict"] == "right" for one in json.loads(capsys.readouterr().out)["classes"])
