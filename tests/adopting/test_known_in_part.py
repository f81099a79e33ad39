"""Classes of which one method is ours and another is not: a run of ours does not guess it."""

import numpy as np
import pytest
from beside import DENSE, HEAD, RELU, SGD, numbers
from programs_of_classes import load
from same_states import bits

import fastnn
from fastnn.adopting import adopt

HANDS_ON = "        self.dinputs = dvalues\n"  # no mask: a mistake
LINEAR = HEAD + '''
class Linear:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = inputs
    def backward(self, dvalues):
        self.dinputs = dvalues
    def what_it_says(self, outputs):
        return outputs
'''


@pytest.mark.parametrize("code, name", [
    (RELU.partition("        self.dinputs")[0] + HANDS_ON, "ReLU"), (LINEAR, "Linear")])
def test_a_way_back_that_was_not_found_is_theirs_in_a_run(code, name):
    """fit had ours in its place, and gave the weights of another training."""
    module = load(code)
    np.random.seed(3)
    x, y = np.random.randn(20, 2), np.random.randn(20, 1)
    start = [np.random.randn(2, 6), np.random.randn(6, 1)]

    def trained(run):
        first, second = fastnn.Layer_Dense(2, 6), fastnn.Layer_Dense(6, 1)
        first.weights, second.weights = start[0].copy(), start[1].copy()
        layers = [first, getattr(module, name)(), second]
        run(layers, fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(0.1))
        return layers

    def by_hand(layers, loss, sgd):
        for _ in range(3):
            given = x
            for layer in layers:
                layer.forward(given)
                given = layer.output
            loss.backward(given, y)
            given = loss.dinputs
            for layer in reversed(layers):
                layer.backward(given)
                given = layer.dinputs
            sgd.pre_update_params()
            sgd.update_params(layers[0])
            sgd.update_params(layers[2])
            sgd.post_update_params()

    def by_fit(layers, loss, sgd):
        fastnn.fit(layers, loss, sgd, x, y, epochs=3)

    theirs = trained(by_hand)
    assert list(adopt(module).adopted.values()) == [f"Activation_{name}: forward"]
    ours = trained(by_fit)
    for one, other in zip(theirs, ours):
        assert vars(one).keys() == vars(other).keys()
        assert bits(one.dinputs) == bits(other.dinputs)
    assert bits(theirs[0].weights) == bits(ours[0].weights)


def test_what_is_handed_on_as_it_came_is_no_way_back():
    """`return outputs` stood for a copy that nobody stores."""
    module = load(LINEAR)
    assert adopt(module).adopted == {"Linear": "Activation_Linear: forward"}
    linear, x = module.Linear(), numbers(5, 3)
    linear.forward(x)
    assert linear.what_it_says(x) is x and sorted(vars(linear)) == ["inputs", "output"]


def test_a_class_without_a_way_back_is_lent_all_the_same():
    """As the book has them up to chapter 8: nothing of theirs could be it."""
    module = load(DENSE.partition("    def backward")[0])
    assert adopt(module).adopted == {"Dense": "Layer_Dense: forward"}
    model = fastnn.Model()
    model.add(module.Dense(3, 2))
    model.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Regression())
    model.finalize()
    assert model.predict(numbers(5, 3)).shape == (5, 2)


def test_a_rate_that_was_not_found_is_theirs_in_a_run():
    """Each step sets it, whatever the object was made with."""
    head, _, rest = SGD.partition("    def pre_update_params")
    code = f"{head}    def pre_update_params(self):\n        self.current_learning_rate = 0.25\n"
    code += "    def update_params" + rest.partition("    def update_params")[2]
    found = []
    for adopting in (False, True):
        module = load(code)
        if adopting:
            assert "update_params" in adopt(module).adopted["SGD"]
        layer, sgd = fastnn.Layer_Dense(3, 2), module.SGD(1.0)
        layer.weights = numbers(3, 2)
        fastnn.fit([layer], fastnn.Loss_MeanSquaredError(), sgd, numbers(5, 3), numbers(5, 2),
                   epochs=3)
        found.append(bits(layer.weights))
    assert found[0] == found[1]


DROPOUT = HEAD + '''
class Dropout:
    def __init__(self, rate):
        self.rate = 1 - rate
    def forward(self, inputs, training=True):
        self.inputs = inputs
        if not training:
            self.output = inputs * self.rate  # once more: a mistake
            return
        self.binary_mask = np.random.binomial(1, self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.binary_mask
    def backward(self, dvalues):
        self.dinputs = dvalues * self.binary_mask
'''


@pytest.mark.parametrize("asks", [
    lambda model, layers, data: model.predict(data[0]),
    lambda model, layers, data: fastnn.fit(
        layers, fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(), *data, epochs=2,
        validation_data=data)[-1]], ids=["predict", "validation"])
def test_what_is_done_without_training_is_theirs(asks):
    """Of `training=False` nothing was proved: a Model, and validations, had ours do it."""
    found = []
    for adopting in (False, True):
        module = load(DROPOUT)
        if adopting:
            assert adopt(module).adopted == {"Dropout": "Layer_Dropout: forward, backward"}
        np.random.seed(3)
        layers = [fastnn.Layer_Dense(3, 8), module.Dropout(0.5), fastnn.Layer_Dense(8, 2)]
        model = fastnn.Model()
        for layer in layers:
            model.add(layer)
        model.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Optimizer_SGD(),
                  accuracy=fastnn.Accuracy_Regression())
        model.finalize()
        found.append(bits(np.array(asks(model, layers, (numbers(9, 3), numbers(9, 2))))))
    assert found[0] == found[1]


def test_its_trainings_are_ours():
    module = load(DROPOUT)
    adopt(module)
    assert fastnn.why_not([fastnn.Layer_Dense(3, 8), module.Dropout(0.5), fastnn.Layer_Dense(8, 2)],
                          fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD()) is None
