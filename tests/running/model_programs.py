"""Programs that train a Model of their own, as readers of chapters 18 and 19 do."""

from both_ways import changed
from own_model import BY_EPOCHS, BY_STEPS, CLASSES, program

SPIRAL = """\
from nnfs.datasets import sine_data, spiral_data
X, y = spiral_data(samples=100, classes=3)
X_test, y_test = spiral_data(samples=20, classes=3)
keys = np.array(range(X.shape[0]))
np.random.shuffle(keys)
X = X[keys]
y = y[keys]
model = Model()
model.add(Layer_Dense(2, 16, weight_regularizer_l2=5e-4, bias_regularizer_l2=5e-4))
model.add(Activation_ReLU())
model.add(Layer_Dropout(0.1))
model.add(Layer_Dense(16, 3))
model.add(Activation_Softmax())
model.set(
    loss=Loss_CategoricalCrossentropy(),
    optimizer=Optimizer_Adam(learning_rate=0.05, decay=5e-5),
    accuracy=Accuracy_Categorical()
)
model.finalize()
model.train(X, y, validation_data=(X_test, y_test), TRAINED)
"""
STEPS = "epochs=3, batch_size=8, print_every=15"
EPOCHS = "epochs=120, print_every=40"

REGRESSION = changed(
    SPIRAL, ("X, y = spiral_data(samples=100, classes=3)", "X, y = sine_data(120)"),
    ("X_test, y_test = spiral_data(samples=20, classes=3)", "X_test, y_test = sine_data(30)"),
    ("Layer_Dense(2, 16", "Layer_Dense(1, 16"), ("Layer_Dense(16, 3)", "Layer_Dense(16, 1)"),
    ("Activation_Softmax()", "Activation_Linear()"), ("model.add(Layer_Dropout(0.1))\n", ""),
    ("Loss_CategoricalCrossentropy()", "Loss_MeanSquaredError()"),
    ("Accuracy_Categorical()", "Accuracy_Regression()"))

BINARY = changed(
    SPIRAL, ("X, y = spiral_data(samples=100, classes=3)",
             "X, y = spiral_data(samples=100, classes=2)\ny = y.reshape(-1, 1)"),
    ("X_test, y_test = spiral_data(samples=20, classes=3)",
     "X_test, y_test = spiral_data(samples=20, classes=2)\ny_test = y_test.reshape(-1, 1)"),
    ("Layer_Dense(16, 3)", "Layer_Dense(16, 1)"), ("Activation_Softmax()", "Activation_Sigmoid()"),
    ("Loss_CategoricalCrossentropy()", "Loss_BinaryCrossentropy()"),
    ("Accuracy_Categorical()", "Accuracy_Categorical(binary=True)"),
    ("Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "Optimizer_RMSprop(0.01, 1e-4)"))

ONE_HOT = changed(SPIRAL, ("y = y[keys]", "y = np.eye(3)[y[keys]]\ny_test = np.eye(3)[y_test]"))

NETWORK = """\
from nnfs.datasets import spiral_data


class Network:
    def __init__(self):
        self.dense1, self.activation1 = Layer_Dense(2, 16), Activation_ReLU()
        self.dense2, self.softmax = Layer_Dense(16, 3), Activation_Softmax()
        self.loss, self.optimizer = Loss_CategoricalCrossentropy(), Optimizer_SGD(0.5, 1e-3, 0.9)
        self.loss.new_pass()

    def forward(self, X, y=None):
        self.dense1.forward(X, True)
        self.activation1.forward(self.dense1.output, True)
        self.dense2.forward(self.activation1.output, training=True)
        self.softmax.forward(self.dense2.output, True)
        if y is None:
            return self.softmax.output
        return self.loss.calculate(self.softmax.output, y)

    def backward(self, y):
        self.loss.backward(self.softmax.output, y)
        dvalues = self.loss.dinputs
        for layer in (self.softmax, self.dense2, self.activation1, self.dense1):
            layer.backward(dvalues)
            dvalues = layer.dinputs

    def update(self):
        self.optimizer.pre_update_params()
        for layer in [self.dense1, self.dense2]:
            self.optimizer.update_params(layer)
        self.optimizer.post_update_params()


X, y = spiral_data(samples=50, classes=3)
network = Network()
for epoch in range(121):
    loss = network.forward(X, y)
    network.backward(y)
    network.update()
    if not epoch % 40:
        print(epoch, loss, np.mean(np.argmax(network.forward(X), axis=1) == y))
"""


def by_steps(source: str = SPIRAL, train: str = BY_STEPS) -> str:
    """The whole program, its Model trained in batches."""
    return program(train, source.replace("TRAINED", STEPS))


def by_epochs(source: str = SPIRAL, train: str = BY_EPOCHS) -> str:
    """The same, all samples at once."""
    return program(train, source.replace("TRAINED", EPOCHS))


TRAINED = {
    "batches": by_steps(), "epochs": by_epochs(),
    "regression in batches": changed(by_steps(REGRESSION), ("batch_size=8", "batch_size=4")),
    "regression": by_epochs(REGRESSION),
    "binary in batches": by_steps(BINARY), "binary": by_epochs(BINARY),
    "one-hot in batches": by_steps(ONE_HOT), "one-hot": by_epochs(ONE_HOT),
    "keeps the last of each turn": by_epochs(train=changed(
        BY_EPOCHS, ("            self.backward(output, y)\n",
                    "            self.last = loss\n            self.output = output\n"
                    "            self.backward(output, y)\n"))),
    "keeps losses": by_epochs(train=changed(
        BY_EPOCHS, ("        for epoch", "        self.losses = []\n        for epoch"),
        ("            self.backward(output, y)\n",
         "            self.losses.append(data_loss)\n            self.backward(output, y)\n"))),
    "three methods of a network": CLASSES + "# ADOPT\n" + NETWORK,
    "trained twice": by_epochs(changed(SPIRAL, ("TRAINED)\n", "TRAINED)\nmodel.train(X, y, "
                                                "epochs=60)\nprint(vars(model.layers[0]))\n"))),
    "another layer's output now and then": by_epochs(train=changed(
        BY_EPOCHS, ("                print(f'epoch", "                self.forward(X[:5], False)\n"
                    "                print(f'epoch"))),
}
