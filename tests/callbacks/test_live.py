"""LivePlot draws the same training as without it, into a file, a notebook's cell or a window."""

import base64
import io
import sys
import types
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from processes import path_to_fastnn
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


def test_a_film_of_many_epochs_has_few_pictures(tmp_path, monkeypatch):
    """They are all in memory until it is written: those of 10,000 epochs would take 18 GB."""
    from PIL import Image
    monkeypatch.setattr("fastnn.callbacks.live._MOST", 4)
    fit(LivePlot(path=tmp_path / "few.gif"), epochs=9)
    with Image.open(tmp_path / "few.gif") as film:
        assert film.n_frames == 4  # of 0, 3, 6, and the end


def test_axes_are_laid_out_as_long_as_that_moves_them(tmp_path, monkeypatch):
    """To lay them out is to draw all once more."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine
    laid_out, execute = [], ConstrainedLayoutEngine.execute

    def counting(self, figure):
        laid_out.append(drawn[-1])
        return execute(self, figure)
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", counting)
    drawn, live = [0], LivePlot(X, y, path=tmp_path / "film.gif")
    draw = live._draw
    monkeypatch.setattr(live, "_draw", lambda: (drawn.append(drawn[-1] + 1), draw()))
    fit(live, epochs=8)
    assert drawn[-1] == 9 and set(laid_out) == {1, 2, 4, 8}


def test_in_a_notebook_one_picture_is_replaced(monkeypatch):
    from PIL import Image
    shown = []

    class Handle:
        def update(self, content, raw):
            shown.append(("update", size(content)))

    def size(content):
        with Image.open(io.BytesIO(base64.b64decode(content["image/png"]))) as image:
            return image.size

    def display(content, raw, display_id):
        shown.append(("new", size(content)))
        return Handle()
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=1)
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    fit(LivePlot(seconds=0))
    assert shown == [("new", (840, 360))] + 6 * [("update", (840, 360))]
    assert not matplotlib.pyplot.get_fignums()  # or the cell shows it once more at its end


CELLS = """
import sys
sys.path[:0] = {paths}
from trained import data, parts
import fastnn
from fastnn.callbacks import LivePlot
X, y = data()
layers, loss, optimizer = parts()
---
history = fastnn.fit(layers, loss, optimizer, X, y, epochs=30, verbose=True,
                     callback=LivePlot(X, y, seconds=0.0))
---
from matplotlib import pyplot
print(pyplot.get_fignums())
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", [None, "Agg"])
def test_a_real_notebook_shows_one_picture_and_the_last(monkeypatch, backend):
    """Whatever backend matplotlib has there. Beside it stands the live line, and no warning."""
    from PIL import Image
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.delenv("MPLBACKEND", raising=False)
    if backend:
        monkeypatch.setenv("MPLBACKEND", backend)
    code = CELLS.format(paths=[str(Path(__file__).parent), path_to_fastnn()]).split("---")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in code])
    came = Counter()

    class Client(nbclient.NotebookClient):
        def process_message(self, message, cell, index):
            came[index, message["msg_type"]] += 1
            return super().process_message(message, cell, index)
    Client(notebook, timeout=300, kernel_name="python3").execute()
    assert came[1, "display_data"] == 1 and came[1, "update_display_data"] == 30
    first, training, last = (cell.outputs for cell in notebook.cells)
    assert not first and "".join(last[0].text) == "[]\n"
    text = "".join(one.text for one in training if one.output_type == "stream")
    assert "100%" in text and "Warning" not in text
    picture, = (one.data for one in training if one.output_type == "display_data")
    with Image.open(io.BytesIO(base64.b64decode(picture["image/png"]))) as image:
        assert image.size == (1260, 360)
        assert np.asarray(image.convert("RGB")).std() > 10


def test_no_more_pictures_than_there_is_time_for(monkeypatch):
    drawn = []
    monkeypatch.setattr(LivePlot, "_draw", lambda self: drawn.append(1))
    fit(LivePlot(seconds=1000), epochs=50)
    assert len(drawn) == 2  # the first, and the end


@pytest.mark.parametrize(("options", "error", "said"), [
    ({"X": X}, ValueError, "X and y are given both"),
    ({"X": "a.gif"}, TypeError, r"where to draw is LivePlot\(path='a.gif'\), and with the plane"),
    ({"seconds": -1}, ValueError, "seconds must"),
    ({"every": 0}, ValueError, "every must be at least 1"),
    ({"path": "a.mp4"}, ValueError, "path must be that of an animation, as training.gif, .* got "
                                    "'a.mp4'"),
    ({"path": "training"}, ValueError, "path must be that of an animation")])
def test_refusals(options, error, said):
    with pytest.raises(error, match=said):
        LivePlot(**options)


@pytest.mark.parametrize(("options", "error", "said"), [
    ({"path": "none/training.gif"}, FileNotFoundError, "there is no folder 'none' to save it in"),
    ({"X": X[:, :1], "y": y}, ValueError, r"X must be \(N, 2\) and y of as many samples"),
    ({"X": X, "y": 0}, ValueError, r"X must be \(N, 2\) and y of as many samples")])
def test_what_cannot_be_drawn_is_refused_before_anything_is_trained(
        options, error, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers, loss, optimizer = parts()
    before = left(layers, optimizer)
    with pytest.raises(error, match=said):
        fastnn.fit(layers, loss, optimizer, X, y, epochs=2, callback=LivePlot(**options))
    assert_equal(left(layers, optimizer), before)


def test_a_film_that_cannot_be_begun_says_why(tmp_path):
    folder = tmp_path / "training.gif"
    folder.mkdir()
    with pytest.raises(OSError, match="training.gif"):
        fit(LivePlot(path=folder))


def test_a_training_that_fails_leaves_a_whole_film(tmp_path):
    from PIL import Image

    def fail(row):
        if row.epoch == 2:
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        fit([LivePlot(path=tmp_path / "training.gif"), fail])
    with Image.open(tmp_path / "training.gif") as film:
        assert film.n_frames == 3  # the end looks as the last one: GIF keeps one of them
