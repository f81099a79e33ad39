"""The reference's Model: the book's lines, and what it counts."""

import numpy as np
import pytest
from worked import equal, undecided_model

from fastnn import reference as nn

SAMPLES, CLASSES = np.ones((5, 1)), np.array([0, 1, 0, 0, 1])
NO_PENALTY = "loss: 0.693 (data_loss: 0.693, reg_loss: 0.000), lr: 0.0"


def test_model_prints_the_lines_of_chapter_19(capsys):
    model = undecided_model()
    model.train(SAMPLES, CLASSES, epochs=2, batch_size=2, print_every=3,
                validation_data=(SAMPLES[:4], CLASSES[:4]))
    expected = [f"step: 0, acc: 0.500, {NO_PENALTY}", f"step: 2, acc: 0.000, {NO_PENALTY}",
                f"training, acc: 0.600, {NO_PENALTY}", "validation, acc: 0.750, loss: 0.693"]
    got = capsys.readouterr().out.splitlines()
    assert got == ["epoch: 1", *expected, "epoch: 2", *expected]


def test_model_prints_the_lines_of_chapter_18(capsys):
    model = undecided_model(lines="epochs")
    model.train(SAMPLES, CLASSES, epochs=5, print_every=2,
                validation_data=(SAMPLES[:4], CLASSES[:4]))
    got = capsys.readouterr().out.splitlines()
    assert got == [f"epoch: 2, acc: 0.600, {NO_PENALTY}", f"epoch: 4, acc: 0.600, {NO_PENALTY}",
                   "validation, acc: 0.750, loss: 0.693"]


def test_model_predicts_without_dropout_whatever_the_batch():
    np.random.seed(0)
    model = nn.Model()
    model.add(nn.Layer_Dense(1, 3))
    model.add(nn.Layer_Dropout(0.5))
    model.set(loss=nn.Loss_MeanSquaredError(), optimizer=nn.Optimizer_SGD(),
              accuracy=nn.Accuracy_Regression())
    model.finalize()
    X = np.arange(5.0).reshape(5, 1)
    expected = X * model.layers[0].weights
    equal(model.predict(X), expected)
    equal(model.predict(X, batch_size=2), expected)


def test_model_with_the_combined_loss_learns_as_the_separate_classes_do():
    class Softmax:  # not a subclass, so that the Model does not recognise it
        def __init__(self):
            self.inner = nn.Activation_Softmax()

        def __getattr__(self, name):
            return getattr(self.inner, name)

    models = []
    for activation in (nn.Activation_Softmax, Softmax):
        np.random.seed(0)
        model = nn.Model(lines="epochs")
        model.add(nn.Layer_Dense(1, 3, weight_scale=1))
        model.add(activation())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_SGD(),
                  accuracy=nn.Accuracy_Categorical())
        model.finalize()
        model.train(np.random.randn(20, 1), np.arange(20) % 3, epochs=10, print_every=11)
        models.append(model)
    combined, separate = models
    assert separate.softmax_classifier_output is None
    assert not hasattr(combined.loss, "dinputs")
    # two roads to one gradient: about 1e-16 apart at each of 10 steps
    np.testing.assert_allclose(
        combined.layers[0].weights, separate.layers[0].weights, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("lines", "updates"), [("epochs", 3), ("steps", 9)])
def test_model_counts_updates_and_decays(lines, updates):
    model = undecided_model(lines=lines)
    model.set(optimizer=nn.Optimizer_SGD(0.5, decay=1.0))
    model.train(SAMPLES, CLASSES, epochs=3, batch_size=2, print_every=10)
    assert model.optimizer.iterations == updates
    assert model.optimizer.current_learning_rate == 0.5 * (1 / updates)


def test_model_counts_the_samples_of_one_epoch():
    model = undecided_model()
    model.train(SAMPLES, CLASSES, epochs=3, batch_size=2, print_every=10)
    assert model.loss.accumulated_count == model.accuracy.accumulated_count == 5


def test_model_tells_the_accuracy_of_the_targets():
    model = undecided_model()
    model.layers[-1] = nn.Activation_Linear()
    model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression())
    model.finalize()
    model.train(SAMPLES, np.array([[-250.0], [250], [-250], [250], [0]]), print_every=10)
    got = model.accuracy.precision
    assert got == np.sqrt(0.8)


def test_model_needs_no_optimizer_to_evaluate(capsys):
    model = nn.Model()
    model.add(nn.Layer_Dense(1, 2))
    model.add(nn.Activation_Softmax())
    model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical())
    model.finalize()
    model.set_parameters([(np.zeros((1, 2)), np.zeros((1, 2)))])
    model.evaluate(SAMPLES, CLASSES)
    assert capsys.readouterr().out == "validation, acc: 0.600, loss: 0.693\n"


def test_model_keeps_what_a_later_set_leaves_out():
    model = undecided_model()
    loss, accuracy, optimizer = model.loss, model.accuracy, nn.Optimizer_Adam()
    model.set(optimizer=optimizer)
    assert (model.loss, model.accuracy, model.optimizer) == (loss, accuracy, optimizer)
