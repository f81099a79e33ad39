"""Pictures show what is there, leave the network as it is, and say what is missing."""

import re
import sys

import numpy as np
import pytest

import fastnn
from fastnn import plots
from fastnn.engine.history import Row
from fastnn.plots.small import curve

matplotlib = pytest.importorskip("matplotlib", reason="the pictures need matplotlib")
matplotlib.use("Agg")


def history(n=5, **columns):
    table = np.full((n, len(Row._fields)), np.nan)
    table[:, 0] = np.arange(n)
    for name, values in columns.items():
        table[:, Row._fields.index(name)] = values
    made = fastnn.History()
    made._extend(table)
    return made


def network(outputs=3):
    rng = np.random.default_rng(1)
    layers = [fastnn.Layer_Dense(2, 8), fastnn.Activation_ReLU(), fastnn.Layer_Dropout(0.5),
              fastnn.Layer_Dense(8, outputs)]
    layers.append(fastnn.Activation_Softmax() if outputs > 1 else fastnn.Activation_Sigmoid())
    x = X = rng.normal(size=(30, 2)).astype("f4")
    for layer in layers:
        layer.forward(x, training=True)
        x = layer.output
    return layers, X, np.arange(30) % max(2, outputs)


def state(layers):
    return [(name, id(value)) for layer in layers for name, value in vars(layer).items()]


def test_curves_have_what_was_recorded():
    loss, accuracy = np.linspace(1, 0.1, 5), np.linspace(0.3, 0.9, 5)
    axes = history(loss=loss, accuracy=accuracy, validation_loss=loss + 1).plot()
    assert [one.get_ylabel() for one in axes] == ["loss", "accuracy"]
    lines = axes[0].get_lines()
    assert [line.get_label() for line in lines] == ["loss", "validation loss"]
    assert np.array_equal(lines[1].get_ydata(), loss + 1)
    assert np.array_equal(axes[1].get_lines()[0].get_xdata(), np.arange(5))
    (only,) = plots.curves(history(loss=loss))
    assert only.get_ylabel() == "loss" and only.get_legend() is None


def test_curves_into_given_axes_and_of_nothing():
    from matplotlib import pyplot
    _, made = pyplot.subplots(1, 2)
    assert plots.curves(history(loss=1.0, accuracy=1.0), axes=made)[1] is made[1]
    with pytest.raises(ValueError, match="2 pictures are to be drawn, and there are axes for 1"):
        plots.curves(history(loss=1.0, accuracy=1.0), axes=made[0])
    with pytest.raises(ValueError, match="no epoch was recorded"):
        fastnn.History().plot()
    for other in [history(loss=1.0)], None, {"loss": [1.0]}:
        with pytest.raises(TypeError, match="expected a History, as fit gives one, got "):
            plots.curves(other)


@pytest.mark.parametrize("outputs", [1, 2, 3, 12, 20, 30])
def test_boundary_has_the_colour_of_the_largest_output(outputs):
    layers, X, y = network(outputs)
    before = state(layers)
    axes = plots.decision_boundary(layers, X, y, steps=20)
    assert state(layers) == before
    image = axes.get_images()[0].get_array()
    assert image.shape == (20, 20, 4)
    left, right, bottom, top = axes.get_images()[0].get_extent()
    assert left < X[:, 0].min() and right > X[:, 0].max() and top > X[:, 1].max()
    plane = np.stack(np.meshgrid(np.linspace(left, right, 20), np.linspace(bottom, top, 20)), -1)
    answers = plane.reshape(-1, 2).astype("f4")
    for layer in layers:
        layer.forward(answers, training=False)
        answers = layer.output
    classes = answers.argmax(axis=1) if outputs > 1 else (answers[:, 0] > 0.5).astype(int)
    colours = np.asarray(image).reshape(-1, 4)[:, :3]
    if outputs > 1:
        assert len(np.unique(colours, axis=0)) == len(np.unique(classes))
        for a in np.unique(classes):
            assert len(np.unique(colours[classes == a], axis=0)) == 1
    else:
        warm = colours[:, 0] > colours[:, 2]
        sure = np.abs(answers[:, 0] - 0.5) > 0.05
        assert np.array_equal(warm[sure], classes[sure].astype(bool))


@pytest.mark.parametrize("count", [10, 12, 20, 40])
def test_each_class_has_a_colour_of_its_own(count):
    X, y = np.random.default_rng(0).normal(size=(count, 2)), np.arange(count)
    axes = plots.decision_boundary([fastnn.Layer_Dense(2, count)], X, y, steps=5)
    axes.figure.canvas.draw()
    (dots,) = axes.collections
    assert len(np.unique(dots.get_facecolors(), axis=0)) == count


def test_boundary_of_whole_numbers_is_asked_between_them():
    layers, _, _ = network()
    axes = plots.decision_boundary(layers, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    image = np.asarray(axes.get_images()[0].get_array()).reshape(-1, 4)
    assert len(np.unique(image, axis=0)) > 1000


def test_boundary_of_a_model_and_of_one_hot_targets():
    layers, X, y = network()
    model = fastnn.Model()
    for layer in layers:
        model.add(layer)
    plots.decision_boundary(model, X, np.eye(3)[y], steps=5)
    for X_wrong in (X[:, :1], X[:5]):
        with pytest.raises(ValueError, match=r"X must be \(N, 2\) and y of as many samples"):
            plots.decision_boundary(model, X_wrong, y)
    with pytest.raises(TypeError, match="must be a Model or a list of layers, got ndarray"):
        plots.decision_boundary(X, X, y)


def test_weights_are_images():
    layers, _, _ = network()
    axes = plots.weights(layers)
    assert [one.get_title() for one in axes] == ["2 to 8", "8 to 3"]
    assert np.array_equal(axes[1].get_images()[0].get_array(), layers[3].weights)
    low, high = axes[1].get_images()[0].get_clim()
    assert low == -high == -np.abs(layers[3].weights).max()
    neurons = plots.weights(layers[3], shape=(2, 4))
    assert len(neurons) == 3
    assert np.array_equal(neurons[1].get_images()[0].get_array(),
                          layers[3].weights[:, 1].reshape(2, 4))
    with pytest.raises(ValueError, match="the layer has 8 inputs, and shape must have as many"):
        plots.weights(layers[3], shape=(3, 3))
    with pytest.raises(ValueError, match="no layer has weights"):
        plots.weights([fastnn.Activation_ReLU()])


def test_activations_count_what_comes_out():
    layers, X, _ = network()
    before = state(layers)
    axes = plots.activations(layers, X, bins=10)
    assert state(layers) == before
    assert len(axes) == 5
    assert re.fullmatch(r"Activation_ReLU, \d+ % zeros", axes[1].get_title())
    assert sum(patch.get_height() for patch in axes[4].patches) == 90


# --------------------------------------------------------------------------------- notebooks


def test_a_history_in_a_notebook_is_a_table_and_a_curve():
    html = history(500, loss=np.linspace(2, 1, 500), accuracy=0.5)._repr_html_()
    assert "500 recorded, the last of epoch 499" in html and "<b>0.5</b>" in html
    assert "validation" not in html and "aria-label='loss by epoch, from 2 to 1'" in html
    assert "no epoch was recorded" in fastnn.History()._repr_html_()


def test_a_curve_keeps_its_peaks_and_stays_small():
    values = np.zeros(100_000)
    values[77_777] = 5
    found = curve(values)
    points = [tuple(map(float, one.split(","))) for one in
              re.search(r"points='([^']*)'", found)[1].split()]
    assert len(points) < 500 and min(y for _, y in points) == 1.0
    assert curve(np.array([np.nan, np.inf])) == ""
    assert "points='1.0,1.0 239.0,1.0'" in curve(np.array([3.0, np.nan, 3.0]))


def test_a_history_as_dict_and_frame():
    pandas = pytest.importorskip("pandas")
    made = history(3, loss=[3.0, 2.0, 1.0], learning_rate=0.1)
    assert made.to_dict() == {"epoch": [0, 1, 2], "loss": [3.0, 2.0, 1.0],
                              "learning_rate": [0.1, 0.1, 0.1]}
    frame = made.to_frame()
    assert isinstance(frame, pandas.DataFrame) and frame.index.name == "epoch"
    assert frame.loss.tolist() == [3.0, 2.0, 1.0]


@pytest.mark.parametrize(("module", "call", "said"), [
    ("matplotlib", lambda: history(loss=1.0).plot(), "plots.curves draws with matplotlib"),
    ("pandas", lambda: history(loss=1.0).to_frame(), "makes a table of pandas")])
def test_what_is_not_installed_is_said(monkeypatch, module, call, said):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=said):
        call()
