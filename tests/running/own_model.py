"""Classes as the book writes them in chapters 18 and 19, with its Model: those of own_classes.py,
told of the training, with predictions, sums and an accuracy.
"""

from both_ways import changed
from own_classes import OWN_CLASSES

_PREDICTIONS = {
    "ReLU": "outputs", "Softmax": "np.argmax(outputs, axis=1)", "Sigmoid": "(outputs > 0.5) * 1",
    "Linear": "outputs"}

LOSS = '''class Loss:
    def regularization_loss(self):
        regularization_loss = 0
        for layer in self.trainable_layers:
            if layer.weight_regularizer_l1 > 0:
                regularization_loss += layer.weight_regularizer_l1 * np.sum(np.abs(layer.weights))
            if layer.weight_regularizer_l2 > 0:
                regularization_loss += layer.weight_regularizer_l2 * np.sum(
                    layer.weights * layer.weights)
            if layer.bias_regularizer_l1 > 0:
                regularization_loss += layer.bias_regularizer_l1 * np.sum(np.abs(layer.biases))
            if layer.bias_regularizer_l2 > 0:
                regularization_loss += layer.bias_regularizer_l2 * np.sum(
                    layer.biases * layer.biases)
        return regularization_loss

    def remember_trainable_layers(self, trainable_layers):
        self.trainable_layers = trainable_layers

    def calculate(self, output, y, *, include_regularization=False):
        sample_losses = self.forward(output, y)
        data_loss = np.mean(sample_losses)
        self.accumulated_sum += np.sum(sample_losses)
        self.accumulated_count += len(sample_losses)
        if not include_regularization:
            return data_loss
        return data_loss, self.regularization_loss()

    def calculate_accumulated(self, *, include_regularization=False):
        data_loss = self.accumulated_sum / self.accumulated_count
        if not include_regularization:
            return data_loss
        return data_loss, self.regularization_loss()

    def new_pass(self):
        self.accumulated_sum = 0
        self.accumulated_count = 0


'''

COMBINED = '''class Activation_Softmax_Loss_CategoricalCrossentropy:
    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples


'''

REST = '''class Layer_Input:
    def forward(self, inputs, training):
        self.output = inputs


class Accuracy:
    def calculate(self, predictions, y):
        comparisons = self.compare(predictions, y)
        accuracy = np.mean(comparisons)
        self.accumulated_sum += np.sum(comparisons)
        self.accumulated_count += len(comparisons)
        return accuracy

    def calculate_accumulated(self):
        accuracy = self.accumulated_sum / self.accumulated_count
        return accuracy

    def new_pass(self):
        self.accumulated_sum = 0
        self.accumulated_count = 0


class Accuracy_Regression(Accuracy):
    def __init__(self):
        self.precision = None

    def init(self, y, reinit=False):
        if self.precision is None or reinit:
            self.precision = np.std(y) / 250

    def compare(self, predictions, y):
        return np.absolute(predictions - y) < self.precision


class Accuracy_Categorical(Accuracy):
    def __init__(self, *, binary=False):
        self.binary = binary

    def init(self, y):
        pass

    def compare(self, predictions, y):
        if not self.binary and len(y.shape) == 2:
            y = np.argmax(y, axis=1)
        return predictions == y


'''

MODEL = '''class Model:
    def __init__(self):
        self.layers = []
        self.softmax_classifier_output = None

    def add(self, layer):
        self.layers.append(layer)

    def set(self, *, loss, optimizer, accuracy):
        self.loss = loss
        self.optimizer = optimizer
        self.accuracy = accuracy

    def finalize(self):
        self.input_layer = Layer_Input()
        layer_count = len(self.layers)
        self.trainable_layers = []
        for i in range(layer_count):
            if i == 0:
                self.layers[i].prev = self.input_layer
                self.layers[i].next = self.layers[i+1]
            elif i < layer_count - 1:
                self.layers[i].prev = self.layers[i-1]
                self.layers[i].next = self.layers[i+1]
            else:
                self.layers[i].prev = self.layers[i-1]
                self.layers[i].next = self.loss
                self.output_layer_activation = self.layers[i]
            if hasattr(self.layers[i], 'weights'):
                self.trainable_layers.append(self.layers[i])
        self.loss.remember_trainable_layers(self.trainable_layers)
        if isinstance(self.layers[-1], Activation_Softmax) and \\
                isinstance(self.loss, Loss_CategoricalCrossentropy):
            self.softmax_classifier_output = \\
                Activation_Softmax_Loss_CategoricalCrossentropy()

TRAIN
    def forward(self, X, training):
        self.input_layer.forward(X, training)
        for layer in self.layers:
            layer.forward(layer.prev.output, training)
        return layer.output

    def backward(self, output, y):
        if self.softmax_classifier_output is not None:
            self.softmax_classifier_output.backward(output, y)
            self.layers[-1].dinputs = self.softmax_classifier_output.dinputs
            for layer in reversed(self.layers[:-1]):
                layer.backward(layer.next.dinputs)
            return
        self.loss.backward(output, y)
        for layer in reversed(self.layers):
            layer.backward(layer.next.dinputs)


'''

# The book's chapter 19.
BY_STEPS = '''    def train(self, X, y, *, epochs=1, batch_size=None, print_every=1,
              validation_data=None):
        self.accuracy.init(y)
        train_steps = 1
        if batch_size is not None:
            train_steps = len(X) // batch_size
            if train_steps * batch_size < len(X):
                train_steps += 1
        for epoch in range(1, epochs+1):
            print(f'epoch: {epoch}')
            self.loss.new_pass()
            self.accuracy.new_pass()
            for step in range(train_steps):
                if batch_size is None:
                    batch_X = X
                    batch_y = y
                else:
                    batch_X = X[step*batch_size:(step+1)*batch_size]
                    batch_y = y[step*batch_size:(step+1)*batch_size]
                output = self.forward(batch_X, training=True)
                data_loss, regularization_loss = \\
                    self.loss.calculate(output, batch_y, include_regularization=True)
                loss = data_loss + regularization_loss
                predictions = self.output_layer_activation.predictions(output)
                accuracy = self.accuracy.calculate(predictions, batch_y)
                self.backward(output, batch_y)
                self.optimizer.pre_update_params()
                for layer in self.trainable_layers:
                    self.optimizer.update_params(layer)
                self.optimizer.post_update_params()
                if not step % print_every or step == train_steps - 1:
                    print(f'step: {step}, acc: {accuracy:.3f}, loss: {loss!r} (' +
                          f'data_loss: {data_loss!r}, reg_loss: {regularization_loss!r}), ' +
                          f'lr: {self.optimizer.current_learning_rate}')
            epoch_data_loss, epoch_regularization_loss = \\
                self.loss.calculate_accumulated(include_regularization=True)
            epoch_accuracy = self.accuracy.calculate_accumulated()
            print(f'training, acc: {epoch_accuracy!r}, loss: {epoch_data_loss!r} (' +
                  f'reg_loss: {epoch_regularization_loss!r})')
            if validation_data is not None:
                self.loss.new_pass()
                self.accuracy.new_pass()
                X_val, y_val = validation_data
                output = self.forward(X_val, training=False)
                self.loss.calculate(output, y_val)
                predictions = self.output_layer_activation.predictions(output)
                self.accuracy.calculate(predictions, y_val)
                print(self.loss.calculate_accumulated(), self.accuracy.calculate_accumulated())

'''

# Chapter 18, before its batches.
BY_EPOCHS = '''    def train(self, X, y, *, epochs=1, print_every=1, validation_data=None):
        self.accuracy.init(y)
        self.loss.new_pass()
        self.accuracy.new_pass()
        for epoch in range(1, epochs+1):
            output = self.forward(X, training=True)
            data_loss, regularization_loss = \\
                self.loss.calculate(output, y, include_regularization=True)
            loss = data_loss + regularization_loss
            predictions = self.output_layer_activation.predictions(output)
            accuracy = self.accuracy.calculate(predictions, y)
            self.backward(output, y)
            self.optimizer.pre_update_params()
            for layer in self.trainable_layers:
                self.optimizer.update_params(layer)
            self.optimizer.post_update_params()
            if not epoch % print_every:
                print(f'epoch: {epoch}, acc: {accuracy:.3f}, loss: {loss!r} (' +
                      f'data_loss: {data_loss!r}, reg_loss: {regularization_loss!r}), ' +
                      f'lr: {self.optimizer.current_learning_rate}')
        if validation_data is not None:
            X_val, y_val = validation_data
            output = self.forward(X_val, training=False)
            print(self.loss.calculate(output, y_val))

'''


def _classes() -> str:
    source = OWN_CLASSES.replace("def forward(self, inputs):",
                                 "def forward(self, inputs, training):")
    source = changed(source, ("        self.binary_mask = np.random",
                              "        if not training:\n            self.output = inputs.copy()\n"
                              "            return\n        self.binary_mask = np.random"))
    for name, given in _PREDICTIONS.items():
        before, word, rest = source.partition(f"class Activation_{name}:\n")
        source = (f"{before}{word}    def predictions(self, outputs):\n        return {given}\n\n"
                  f"{rest}")
    for begin, end, new in (("class Loss:", "class Loss_Cat", LOSS), (
            "class Activation_Softmax_Loss_Cat", "class Loss_Bin", COMBINED)):
        at, behind = source.index(begin), source.index(end)
        source = source[:at] + new + source[behind:]
    return f"{source.rstrip()}\n\n\n{REST}"


CLASSES = _classes()


def program(train: str, rest: str) -> str:
    """A program with all classes, this `train`, and what follows."""
    return CLASSES + changed(MODEL, ("TRAIN\n", train)) + "# ADOPT\n" + rest
