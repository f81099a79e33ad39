"""Layers, losses and optimizers of somebody's own that are called otherwise than the book's, or
leave less behind: what can be done is done as by hand, the rest is one sentence.
"""

import numpy as np
import pytest

import fastnn

X = np.random.RandomState(0).randn(30, 2)
Y = np.arange(30) % 3
WIDE = np.random.RandomState(1).randn(30, 3)


class Doubling:
    def forward(self, inputs, training=True):
        self.inputs, self.output = inputs, inputs * 2

    def backward(self, dvalues):
        self.dinputs = dvalues * 2


class WithoutTraining(Doubling):
    def forward(self, inputs):
        self.output = inputs * 2


class NamedTraining(Doubling):
    def forward(self, inputs, *, training):
        self.output = inputs * 2


class ANumberBeside(Doubling):
    def forward(self, inputs, factor=2.0):
        self.output = inputs * factor


class GivesBack:
    def forward(self, inputs):
        return inputs * 2

    def backward(self, dvalues):
        return dvalues * 2


class GivesBackAtFirst(GivesBack):
    """What was there before is not what it is now."""

    def __init__(self):
        self.output = self.dinputs = None


LIKE_DOUBLING = [WithoutTraining, NamedTraining, ANumberBeside, GivesBack, GivesBackAtFirst]


def network(layer):
    np.random.seed(3)
    return [fastnn.Layer_Dense(2, 8), layer, fastnn.Layer_Dense(8, 3)]


def fitted(layer, loss=None, optimizer=None, y=Y, **options):
    layers = network(layer)
    history = fastnn.fit(
        layers, loss or fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
        optimizer or fastnn.Optimizer_Adam(0.01), X, y, epochs=4, batch_size=11, **options)
    return [layers[0].weights, layers[2].weights, layers[2].biases], history.table()


def in_a_model(layer, how):
    model = fastnn.Model()
    for one in (*network(layer), fastnn.Activation_Softmax()):
        model.add(one)
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam(0.01),
              accuracy=fastnn.Accuracy_Categorical())
    model.finalize()
    return how(model), [one.weights for one in model.trainable_layers]


def same(one, other):
    for mine, theirs in zip(one, other, strict=True):
        assert np.array_equal(mine, theirs, equal_nan=True)


@pytest.mark.parametrize("kind", LIKE_DOUBLING)
def test_fit_calls_them_as_a_loop_by_hand_does(kind):
    (arrays, rows), (other, rows_of_other) = fitted(kind()), fitted(Doubling())
    same([*arrays, rows], [*other, rows_of_other])


MODEL = {
    "train": lambda model: model.train(X, Y, epochs=3, batch_size=11, print_every=9).table(),
    "fit": lambda model: model.fit(X, Y, epochs=3, validation_data=(X, Y)).table(),
    "evaluate": lambda model: np.array(model.evaluate(X, Y, batch_size=11)),
    "predict": lambda model: model.predict(X, batch_size=11),
    "forward": lambda model: model.forward(X),
}


@pytest.mark.parametrize("how", MODEL)
@pytest.mark.parametrize("kind", [kind for kind in LIKE_DOUBLING if kind is not ANumberBeside])
def test_a_model_calls_them_so_too(kind, how):
    (found, arrays), (other, arrays_of_other) = (
        in_a_model(layer, MODEL[how]) for layer in (kind(), Doubling()))
    same([found, *arrays], [other, *arrays_of_other])


class TakesThree(Doubling):
    def forward(self, inputs, training, rng):
        self.output = inputs


class TakesNothing(Doubling):
    def forward(self):
        self.output = 1


class OutputElsewhere(Doubling):
    def forward(self, inputs):
        self.out = inputs * 2


class BackwardTakesTwo(Doubling):
    def backward(self, dvalues, rate):
        self.dinputs = dvalues


class SlopeElsewhere(Doubling):
    def backward(self, dvalues):
        self.dx = dvalues


class GivesBackItsWeights(Doubling):
    def backward(self, dvalues):
        return np.zeros((2, 2))


FORWARDS = {
    TakesThree: "layers[1].forward must take (inputs) or (inputs, training), TakesThree.forward "
                "takes (inputs, training, rng)",
    TakesNothing: "layers[1].forward must take (inputs) or (inputs, training), "
                  "TakesNothing.forward takes ()",
    OutputElsewhere: "layers[1].forward must leave an array as self.output, or return it: "
                     "OutputElsewhere.forward returned nothing, and its object has no output, but",
}
BACKWARDS = {
    BackwardTakesTwo: "layers[1].backward must take (dvalues), BackwardTakesTwo.backward takes "
                      "(dvalues, rate)",
    SlopeElsewhere: "layers[1].backward must leave an array as self.dinputs, or return it: "
                    "SlopeElsewhere.backward returned nothing, and its object has no dinputs, but",
    GivesBackItsWeights: "GivesBackItsWeights.backward returned an array of shape (2, 2) and type "
                         "float64, and its object has no dinputs, but",
}


def refused(message, call):
    stream = np.random.get_state()[1].copy()
    with pytest.raises(TypeError) as caught:
        call()
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert np.array_equal(stream, np.random.get_state()[1])


@pytest.mark.parametrize("kind, message", [*FORWARDS.items(), *BACKWARDS.items()])
def test_what_cannot_be_called_is_one_sentence_and_nothing_changes(kind, message):
    layers = network(kind())
    before = [{name: value.copy() if isinstance(value, np.ndarray) else value
               for name, value in vars(layer).items()} for layer in layers]
    refused(f"fit: {message}" if message.startswith("layers") else message, lambda: fastnn.fit(
        layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
        fastnn.Optimizer_Adam(), X, Y))
    for layer, held in zip(layers, before):
        assert vars(layer).keys() == held.keys()
        assert all(np.array_equal(vars(layer)[name], value) for name, value in held.items())


@pytest.mark.parametrize("how", MODEL)
@pytest.mark.parametrize("kind, message", FORWARDS.items())
def test_a_model_says_it_too(kind, message, how):
    refused(message, lambda: in_a_model(kind(), MODEL[how]))


@pytest.mark.parametrize("kind, message", BACKWARDS.items())
def test_a_model_says_it_when_it_trains(kind, message):
    refused(message, lambda: in_a_model(kind(), MODEL["train"]))


class Squared:
    def calculate(self, output, y):
        return np.mean((output - y) ** 2)

    def backward(self, dvalues, y):
        self.dinputs = 2 * (dvalues - y) / dvalues.size


class GivesItsSlope(Squared):
    def backward(self, dvalues, y):
        return 2 * (dvalues - y) / dvalues.size


class NoMean(Squared):
    def calculate(self, output, y):
        return (output - y) ** 2


class GivesNothing(Squared):
    def calculate(self, output, y):
        self.value = 1.0


class TwoOfThem(Squared):
    def calculate(self, output, y):
        return 1.0, 0.0


class OfOutputs(Squared):
    def calculate(self, output):
        return np.mean(output)


class Forward:
    def forward(self, output, y):
        return np.mean(output)


def test_a_loss_that_gives_its_slope_back_is_understood():
    (arrays, rows), (other, rows_of_other) = (
        fitted(Doubling(), kind(), y=WIDE) for kind in (GivesItsSlope, Squared))
    same([*arrays, rows], [*other, rows_of_other])


@pytest.mark.parametrize("loss, message", [
    (NoMean, "fit: loss.calculate must return one number, NoMean.calculate returned an array of "),
    (GivesNothing, "fit: loss.calculate must return one number, GivesNothing.calculate returned "
                   "nothing"),
    (TwoOfThem, "fit: loss.calculate must return one number, TwoOfThem.calculate returned (1.0, "),
    (OfOutputs, "fit: loss.calculate must take (output, y), OfOutputs.calculate takes (output)"),
    (Forward, "fit: loss must be an object with calculate, backward, got a Forward, which has no "
              "calculate and no backward")])
def test_losses_that_are_none_are_one_sentence(loss, message):
    layer = Doubling()
    refused(message, lambda: fitted(layer, loss(), y=WIDE))
    assert vars(layer) == {}


def test_a_loss_of_ones_own_that_is_not_of_samples_is_told():
    class Mean(fastnn.Loss):
        def forward(self, y_pred, y_true):
            return np.mean(y_pred)

    loss = Mean()
    loss.new_pass()
    refused("Mean.forward must return a loss for each sample, (N,), got",
            lambda: loss.calculate(WIDE, WIDE))
    assert loss.accumulated_count == 0 == loss.accumulated_sum


def test_a_model_says_what_its_loss_lacks():
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 3))
    model.set(loss=Squared())
    refused("Model.finalize: loss must be an object with remember_trainable_layers, as a class "
            "derived from fastnn.Loss is (fit needs none), got a Squared, which has no",
            model.finalize)
    assert not hasattr(model, "input_layer")


class Plain:
    def __init__(self, rate=0.1):
        self.rate = rate

    def update_params(self, layer):
        layer.weights += -self.rate * layer.dweights
        layer.biases += -self.rate * layer.dbiases


class Counting(Plain):
    def post_update(self):
        """Would never be called."""


def test_an_optimizer_that_only_updates_is_called_as_by_hand():
    """The first ones of chapter 10."""
    (arrays, rows), (other, rows_of_other) = (
        fitted(Doubling(), optimizer=one) for one in (Plain(), fastnn.Optimizer_SGD(0.1)))
    same(arrays, other)
    same([rows[:, :5]], [rows_of_other[:, :5]])  # without a learning rate to be read


def test_one_with_other_methods_is_not_guessed_at():
    refused("optimizer must be an object with pre_update_params, update_params, "
            "post_update_params, got a Counting, which has no pre_update_params and no "
            "post_update_params", lambda: fitted(Doubling(), optimizer=Counting()))


class OtherNames(Doubling):
    """Its parameters are not where optimizers look for them."""

    def __init__(self, steps=0.0):
        self.W, self.steps = np.eye(8), steps

    def forward(self, inputs):
        self.inputs, self.output = inputs, inputs @ self.W

    def backward(self, dvalues):
        self.dW = self.inputs.T @ dvalues
        self.W -= self.steps * self.dW
        self.dinputs = dvalues @ self.W.T


def test_a_layer_that_nobody_trains_is_told():
    with pytest.warns(UserWarning, match=r"layers\[1\], an OtherNames, is not trained: its W "):
        fitted(OtherNames())


def test_one_that_steps_by_itself_is_not(recwarn):
    fitted(OtherNames(0.1))
    assert not recwarn.list
