"""Model.summary: the layers, their widths and their parameters."""

import numpy as np

import fastnn


def made(*layers):
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    return model


def printed(model, capsys):
    assert model.summary() is None
    return capsys.readouterr().out.splitlines()


def test_each_layer_has_a_line(capsys):
    model = made(fastnn.Layer_Dense(2, 64), fastnn.Activation_ReLU(), fastnn.Layer_Dropout(0.1),
                 fastnn.Layer_BatchNorm(64), fastnn.Layer_Dense(64, 3), fastnn.Activation_Softmax())
    model.layers[0].trainable = False
    model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_Adam())
    lines = printed(model, capsys)
    cells = [line.split() for line in lines]
    assert cells[0] == ["layer", "output", "parameters"] and set(lines[1]) == {"-"}
    assert lines[2].startswith("0  Layer_Dense(2, 64")
    assert cells[2][-3:] == ["(N,", "64)", "192"] and cells[3][-2:] == ["(N,", "64)"]
    assert cells[5][-1] == "128" and cells[6][-3:] == ["(N,", "3)", "195"]
    assert lines[8] == "515 parameters, 192 of them frozen"
    assert lines[9:] == ["loss: Loss_CategoricalCrossentropy()",
                         "optimizer: Optimizer_Adam(learning_rate=0.001)"]


def test_what_is_not_known_is_not_made_up(capsys):
    class Own:
        def forward(self, inputs, training=True):
            self.output = inputs

        def backward(self, dvalues):
            self.dinputs = dvalues

        def __repr__(self):
            return "Own"
    lines = printed(made(Own(), fastnn.Layer_Dense(3, 1)), capsys)
    assert lines[2].split() == ["0", "Own", "?"]
    assert lines[-1] == "4 parameters"
    assert printed(fastnn.Model(), capsys)[-1] == "0 parameters"


def test_nothing_is_changed(capsys):
    model = made(fastnn.Layer_Dense(2, 3))
    before = {name: id(value) for name, value in vars(model.layers[0]).items()}
    model.summary()
    assert {name: id(value) for name, value in vars(model.layers[0]).items()} == before
    assert np.shape(model.layers[0].weights) == (2, 3)
