"""LivePlot draws the same training as without it, into a file, a notebook's cell or a window."""

import sys
import types

import numpy as np
import pytest
from trained import assert_equal, data, left, parts

import fastnn
from fastnn.callbacks import LivePlot

matplotlib = pytest.importorskip("matplotlib", reason="the pictures need matplotlib")
matplotlib.use("Agg")
X, y = data()


def fit(callback=None, epochs=6):
    layers, loss, optimizer = parts()
    history = fastnn.fit(layers, loss, optimizer, X, y, epochs=epochs, callback=callback)
    return left(layers, optimizer), history


def test_an_animation_has_a_picture_for_each_epoch(tmp_path):
    from PIL import Image  # matplotlib brings it
    expected = fit()[0]
    path = tmp_path / "training.gif"
    assert_equal(fit(LivePlot(X, y, path=path, every=2))[0], expected)
    with Image.open(path) as film:
        assert film.n_frames == 4 and film.size == (1260, 360)  # of 0, 2, 4, and the end
        first = np.asarray(film.convert("RGB")).copy()
        film.seek(3)
        last = np.asarray(film.convert("RGB"))
    assert (first != last).any() and first.std() > 10


def test_in_a_notebook_one_picture_is_replaced(monkeypatch):
    shown = []

    class Handle:
        def update(self, figure):
            shown.append(("update", len(figure.axes)))

    def display(figure, display_id):
        shown.append(("new", len(figure.axes)))
        return Handle()
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=1)
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    fit(LivePlot(seconds=0))
    assert shown == [("new", 2)] + 6 * [("update", 2)]


def test_no_more_pictures_than_there_is_time_for(monkeypatch):
    drawn = []
    monkeypatch.setattr(LivePlot, "_draw", lambda self: drawn.append(1))
    fit(LivePlot(seconds=1000), epochs=50)
    assert len(drawn) == 2  # the first, and the end


@pytest.mark.parametrize(("options", "error", "said"), [
    ({"X": X}, ValueError, "X and y are given both"), ({"seconds": -1}, ValueError, "seconds must"),
    ({"every": 0}, ValueError, "every must be at least 1")])
def test_refusals(options, error, said):
    with pytest.raises(error, match=said):
        LivePlot(**options)


def test_a_training_that_fails_leaves_a_whole_film(tmp_path):
    from PIL import Image

    def fail(row):
        if row.epoch == 2:
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        fit([LivePlot(path=tmp_path / "training.gif"), fail])
    with Image.open(tmp_path / "training.gif") as film:
        assert film.n_frames == 3  # the end looks as the last one: GIF keeps one of them
