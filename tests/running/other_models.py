"""Models of one's own that a loop cannot be trained at once with, each by one thing; and those that
change midway.
"""

from both_ways import changed
from model_programs import SPIRAL, by_epochs
from own_model import BY_EPOCHS, BY_STEPS, program

RETURN = "        return layer.output\n"
FORWARD = "            output = self.forward(X, training=True)\n"
BACK = "            self.backward(output, y)\n"
PRINT = "                print(f'epoch"


def _model(*pairs: tuple[str, str]) -> str:
    """The Model, all samples at once, with these texts replaced in the whole program."""
    return changed(by_epochs(), *pairs)


def _train(*pairs: tuple[str, str]) -> str:
    """The same, replaced in its `train` alone."""
    return by_epochs(train=changed(BY_EPOCHS, *pairs))


def _before(lines: str, *pairs: tuple[str, str]) -> str:
    """The same, with lines before the training."""
    return changed(_model(*pairs), ("model.train(", f"{lines}model.train("))


def _midway(lines: str) -> str:
    """With something done once, in the turn of epoch 80 behind its line."""
    return _train((PRINT, "                if epoch == 80:\n" + "".join(
        f"                    {line}\n" for line in lines.splitlines()) + PRINT))


# name: (program, words of the sentence that says why)
OTHERS = {
    "forward prints": (_model((RETURN, "        print(layer.output.sum())\n" + RETURN)),
                       "calls print in each turn"),
    "forward counts": (_model((RETURN, "        self.calls += 1\n" + RETURN), (
        "self.layers = []", "self.layers = []\n        self.calls = 0")), "changes self.calls"),
    "forward counts by another name": (
        _model((RETURN, "        self.calls = self.calls + 1\n" + RETURN), (
            "self.layers = []", "self.layers = []\n        self.calls = 0")),
        "an attribute is read before it is set"),
    "forward counts what the object before says": (
        _model((RETURN, "        self.input_layer.calls = self.calls\n"
                        "        self.calls = self.input_layer.calls * 2\n" + RETURN),
               ("        self.input_layer = Layer_Input()\n", "        self.input_layer = "
                "Layer_Input()\n        self.calls = self.input_layer.calls = 1\n")),
        "an attribute is read before it is set"),
    "forward keeps each output": (
        _model((RETURN, "        self.kept.append(layer.output)\n" + RETURN), (
            "self.layers = []", "self.layers = []\n        self.kept = []")), "does not record"),
    "forward keeps outputs in a dictionary": (
        _model((RETURN, "        self.kept[layer] = layer.output\n" + RETURN), (
            "self.layers = []", "self.layers = []\n        self.kept = {}")), "sets self.kept"),
    "forward draws": (_model((RETURN, "        self.noise = np.random.random()\n" + RETURN), (
        "self.layers = []", "self.layers = []\n        self.noise = 0")), "np.random.random"),
    "forward gives something else": (_model((RETURN, "        return layer.output * 1\n")),
                                     "not that of the output"),
    "forward is a generator": (_model(
        (RETURN, "        yield layer.output\n"),
        (FORWARD, FORWARD.replace("self.forward(X, training=True)",
                                  "next(self.forward(X, training=True))")),
        ("output = self.forward(X_val, training=False)",
         "output = next(self.forward(X_val, training=False))")), "calls next"),
    "forward is decorated": (_model((
        "    def forward(self, X, training):\n        self.input",
        "    @say\n    def forward(self, X, training):\n        self.input"), (
        "class Model:\n", "def say(f):\n    def told(self, *a, **k):\n        self.told = a\n"
        "        return f(self, *a, **k)\n    return told\n\n\nclass Model:\n")),
        "called in a way"),
    "forward calls itself": (_model((RETURN, "        self.again(3)\n" + RETURN), (
        "    def backward(self, output, y):", "    def again(self, n):\n"
        "        if n > 0:\n            self.again(n - 1)\n        print(n)\n\n"
        "    def backward(self, output, y):")), "calls print"),
    "a default that is a list": (_model((
        "    def forward(self, X, training):\n        self.input",
        "    def forward(self, X, training, kept=[]):\n        kept.append(len(kept))\n"
        "        self.kept = list(kept)\n        self.input")), "called in a way"),
    "a global of the program": (changed(
        by_epochs(), (RETURN, "        global calls\n        calls = 1\n" + RETURN)), "global"),
    "a name that the loop sets": (
        by_epochs(changed(SPIRAL, (
            "model.train(X, y, validation_data=(X_test, y_test), TRAINED)\n",
            "model.loss.new_pass()\nmodel.accuracy.new_pass()\nloss = 0\nfor epoch in range(100):\n"
            "    output = model.forward(X, True)\n    loss = model.loss.calculate(output, y)\n"
            "    model.backward(output, y)\n    model.optimizer.pre_update_params()\n"
            "    for one in model.trainable_layers:\n"
            "        model.optimizer.update_params(one)\n"
            "    model.optimizer.post_update_params()\n"))).replace(
                RETURN, "        self.seen = loss * 1\n" + RETURN).replace(
                    "self.layers = []", "self.layers = []\n        self.seen = 0"),
        "comes from the turn before"),
    "an attribute that looks": (_model((
        "    def forward(self, X, training):\n        self.input",
        "    @property\n    def output(self):\n        return self.kept\n\n    @output.setter\n"
        "    def output(self, value):\n        print('set')\n        self.kept = value\n\n"
        "    def forward(self, X, training):\n        self.output = X\n        self.input")),
        "sets self.output"),
    "attributes that are set with a will": (_model((
        "class Model:\n", "class Model:\n    def __setattr__(self, name, value):\n"
        "        print(name)\n        object.__setattr__(self, name, value)\n\n"),
        (RETURN, "        self.output = layer.output\n" + RETURN)), "sets self.output"),
    "an attribute of a name of the class's": (_model(
        (RETURN, "        self.__seen = layer.output\n" + RETURN)), "is not what runs"),
    "an attribute set for the first time": (_model(
        (RETURN, "        if len(self.optimizer.__dict__) > 0:\n            self.seen = X\n"
         + RETURN)), "__dict__"),
    "a layer that another one stands behind": (_before(
        "model.layers[3].prev = model.layers[0]\n"), "goes forward beside the training"),
    "the gradient is handed on changed": (_model(
        ("self.layers[-1].dinputs = self.softmax_classifier_output.dinputs",
         "self.layers[-1].dinputs = self.softmax_classifier_output.dinputs * 1")),
        "sets self.layers"),
    "the gradient is handed to another layer": (_model(
        ("self.layers[-1].dinputs = self.softmax_classifier_output.dinputs",
         "self.layers[-1].dinputs = self.softmax_classifier_output.dinputs\n"
         "            self.layers[1].dinputs = self.layers[-1].dinputs")), "handed"),
    "a layer less is trained": (_before("del model.trainable_layers[0]\n"),
                                "does not update each layer"),
    "predictions of another layer": (_before(
        "model.output_layer_activation = Activation_Softmax()\n"
        "model.output_layer_activation.output = np.ones((300, 3))\n"), "not given the predictions"),
    "the accuracy of other targets": (_train(
        ("self.accuracy.calculate(predictions, y)\n            self.b",
         "self.accuracy.calculate(predictions, z)\n            self.b"),
        ("        for epoch", "        z = y[::-1].copy()\n        for epoch")),
        "called in a way that is not known"),
    "an accuracy of one's own": (_before(
        "", ("class Accuracy_Categorical(Accuracy):", "class Accuracy_Categorical(Accuracy):\n"
             "    told = 0\n\n    def new_pass(self):\n        super().new_pass()\n\n"
             "    def calculate(self, predictions, y):\n        self.told += 1\n"
             "        return super().calculate(predictions, y)\n")),
        "Accuracy_Categorical is not adopted"),
    "a penalty that counts": (_model(("        regularization_loss = 0\n        for layer in "
                                      "self.trainable_layers:", "        regularization_loss = 0\n"
                                      "        self.asked = 1\n        for layer in "
                                      "self.trainable_layers:")), "regularization_loss"),
    "a loss that counts when it is asked for more": (_model(
        ("            return data_loss\n        return data_loss, self.regularization_loss()\n\n"
         "    def calculate_acc", "            return data_loss\n        self.asked = 1\n"
         "        return data_loss, self.regularization_loss()\n\n    def calculate_acc")),
        "self.loss.calculate"),
}

# What is done once, at epoch 80; the loop has to notice, and trains on or runs as it is.
MIDWAY = {
    "another layer": "self.layers[0] = self.layers[0]\nself.layers.insert(1, self.layers.pop(1))",
    "the layers in another list": "self.layers = list(self.layers)",
    "a layer less": "self.layers[2].prev.next = self.layers[2].next\n"
                    "self.layers[2].next.prev = self.layers[2].prev\ndel self.layers[2]",
    "a layer taken for another": "self.layers[3].prev = self.layers[1]",
    "a method of the object": "old = self.forward\n"
                              "self.forward = lambda X, training: (print('mine'), "
                              "old(X, training))[1]",
    "a method of the class": "Model.old = Model.forward\nModel.forward = lambda self, X, training: "
                             "(print('class'), self.old(X, training))[1]",
    "the code of a method": "def forward(self, X, training):\n    print('code')\n"
                            "    self.input_layer.forward(X, training)\n"
                            "    for layer in self.layers:\n"
                            "        layer.forward(layer.prev.output, training)\n"
                            "    return layer.output\nModel.forward.__code__ = forward.__code__",
    "a property": "self.input_layer.__class__.output = property(lambda self: vars(self)['output'], "
                  "lambda self, value: print('set') or vars(self).update(output=value))",
    "another optimizer": "self.optimizer = Optimizer_SGD(0.1)",
    "no combined class": "self.softmax_classifier_output = None",
    "another combined class": "self.softmax_classifier_output = "
                              "Activation_Softmax_Loss_CategoricalCrossentropy()",
    "the sums anew": "self.loss.new_pass()\nself.accuracy.new_pass()",
    "a sum of another type": "self.accuracy.accumulated_sum = 0.5",
    "another accuracy": "self.accuracy = Accuracy_Categorical()\nself.accuracy.new_pass()",
    "other penalties": "self.loss.trainable_layers = self.loss.trainable_layers[:1]",
    "penalties of what is no layer": "self.loss.trainable_layers = [type('Own', (), dict(vars("
                                     "self.layers[0]), weights=property(lambda self: print('asked')"
                                     " or np.ones(3))))()]",
}
PROGRAMS_MIDWAY = {name: _midway(lines) for name, lines in MIDWAY.items()}


def _between(lines: str) -> str:
    """The same between two epochs of batches."""
    done = "".join(f"                {line}\n" for line in lines.splitlines())
    train = changed(BY_STEPS, ("            for step", "            if epoch == 9:\n" + done
                               + "            for step"))
    return program(train, SPIRAL.replace("TRAINED", "epochs=17, batch_size=10, print_every=99"))


# By batches: what a plan is kept of from one epoch to the next.
OF_BATCHES = {
    "other samples": "X = X[::-1].copy()", "other targets": "y = (y + 1) % 3",
    "samples of another type": "X = X.astype(np.float32)",
    "fewer samples": "X, y, train_steps = X[:200], y[:200], 20",
    "other batches": "batch_size, train_steps = 15, 20",
    "more targets than samples": "y = np.concatenate([y, y[:3]])",
}
PROGRAMS_BETWEEN = {name: _between(lines) for name, lines in (MIDWAY | OF_BATCHES).items()}
