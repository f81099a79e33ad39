"""A picture of the training that is drawn again while it goes on."""

from __future__ import annotations

import base64
import io
import os
import time
from typing import TYPE_CHECKING

from fastnn.callbacks.callback import Callback
from fastnn.files.replacing import folder_of
from fastnn.plots.boundary import of_the_plane
from fastnn.plots.drawing import DOTS, pyplot
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing import Any

    from fastnn.engine.called import Training
    from fastnn.engine.history import History, Row
    from fastnn.support.annotations import ArrayLike, FilePath

_MOST = 200  # pictures of a film, if nobody says how many


class LivePlot(Callback):
    """Draw the curves of a training, and what the network decides where, again and again.

    Parameters
    ----------
    X, y : samples of two inputs and their targets, or None
        Given, the plane is drawn beside the curves (`fastnn.plots.decision_boundary`).
    seconds : float
        So long a picture stays at least; drawing one takes some 0.1 s.
    path : where to, or None
        A file for an animation ("training.gif"), of a picture for each `every` recorded epochs.
        None draws in the notebook's cell, or in a window.
    every : int or None
        Recorded epochs for each picture of a file, which are all in memory until the end. None: so
        many that there are no more than 200 pictures.
    frames_per_second : int, of a file

    The training between two pictures stays compiled; with `log_every` it is asked less often
    whether one is due. Raises ImportError without matplotlib.

    Source: this library.  Differs: not in the book.
    """

    @hinting
    def __init__(self, X: ArrayLike | None = None, y: ArrayLike | None = None, *,
                 seconds: float = 0.5, path: FilePath | None = None,
                 every: int | None = None, frames_per_second: int = 20) -> None:
        who = "LivePlot"
        pyplot(who)
        if isinstance(X, str | os.PathLike):
            raise TypeError(f"{who}: X must be samples; where to draw is {who}(path={X!r}), and "
                            f"with the plane {who}(X, y, path={X!r})")
        if (X is None) != (y is None):
            raise ValueError(f"{who}: X and y are given both, or neither")
        checks.number(seconds, who, "seconds", 0)
        self.every = None if every is None else checks.whole(every, who, "every")
        self.frames_per_second = checks.whole(frames_per_second, who, "frames_per_second")
        self.path = None if path is None else _film(checks.path(path, who), who)
        self.X, self.y, self.seconds = X, y, seconds
        self._training: Training | None = None
        self._figure: Any = None

    def check(self, training: Training) -> None:
        """Refuse samples that are not of a plane, and a file that has no folder to be in."""
        if self.X is not None and self.y is not None:
            of_the_plane(self.X, self.y, "LivePlot")
        if self.path is not None:
            folder_of(self.path)

    def begin(self, training: Training) -> None:
        """Make the picture, still empty."""
        self._next, self._calls, self._drawn = 0.0, 0, 0
        self._epoch, self._shown = 0, -1
        self._apart = max(-(-training.epochs // _MOST), 1)
        columns = 1 + (training.accuracy is not None) + (self.X is not None)
        size: Any = {"figsize": (4.2 * columns, 3.6), "dpi": DOTS, "layout": "constrained"}
        show = _of_notebook() if self.path is None else None
        if self.path is None and show is None:
            self._figure = pyplot("LivePlot").figure(**size)
            self._show: Any = _Window()
        else:  # pyplot would show it once more, at the end of a cell or in a window
            from matplotlib.figure import Figure
            self._figure = Figure(**size)
            self._show = _Cell(self._figure, show) if self.path is None else _Film(
                self._figure, self.path, self.frames_per_second)
        self._axes = list(self._figure.subplots(1, columns, squeeze=False).ravel())
        self._training = training  # `end` has nothing to close where something above raised

    def __call__(self, row: Row) -> None:
        """Draw, if it is time to."""
        if self._training is None:
            raise RuntimeError("LivePlot: fit has not called begin; pass the object as callback")
        if self._is_due(row.epoch):
            self._draw()
            self._next = time.monotonic() + self.seconds
            self._epoch = row.epoch + self._apart
        self._calls += 1

    def _is_due(self, epoch: int) -> bool:
        if self.path is None:
            return time.monotonic() >= self._next
        return epoch >= self._epoch if self.every is None else self._calls % self.every == 0

    def _draw(self) -> None:
        from fastnn import plots
        training: Any = self._training
        epoch = training.history[-1].epoch
        for axes in self._axes:
            axes.clear()
        curves = self._axes[:-1] if self.X is not None else self._axes
        plots.curves(training.history, axes=curves)
        if self.X is not None:
            plots.decision_boundary(training.layers, self.X, self.y, steps=80,
                                    axes=self._axes[-1])
            self._axes[-1].set_title(f"epoch {epoch:,}", fontsize=9)
        # Axes are laid out by drawing all once more, and later pictures differ by less and less.
        is_new, self._shown = epoch != self._shown, epoch
        self._drawn += is_new
        lays_out = is_new and not self._drawn & (self._drawn - 1)
        self._figure.set_layout_engine("constrained" if lays_out else None)
        self._show.draw()

    def end(self, history: History) -> None:
        """Draw the end, and close the file."""
        if self._training is None:
            return
        try:
            if len(history):
                self._draw()
        finally:
            self._training = None
            self._show.close()


def _film(path: str, who: str) -> str:
    """The path, if Pillow writes animations of its kind: else it says so after the training."""
    from PIL import Image  # matplotlib needs it
    kind = Image.registered_extensions().get(os.path.splitext(path)[1].lower())
    if kind not in Image.SAVE_ALL:
        raise ValueError(f"{who}: path must be that of an animation, as training.gif, .webp or "
                         f".png, got {path!r}")
    return path


class _Film:
    """Pictures one after another in a file."""

    def __init__(self, figure: Any, path: str, frames_per_second: int) -> None:
        from matplotlib.animation import PillowWriter
        self._figure, self._writer = figure, PillowWriter(fps=frames_per_second)
        self._writer.setup(figure, path, dpi=figure.dpi)
        self._drawn = 0

    def draw(self) -> None:
        self._writer.grab_frame()
        self._drawn += 1

    def close(self) -> None:
        if self._drawn:
            self._writer.finish()


class _Window:
    """A picture in a window, which stays."""

    def draw(self) -> None:
        plt = pyplot("LivePlot")
        if plt.get_backend().lower() != "agg":  # which has none, and warns
            plt.pause(0.001)

    def close(self) -> None:
        """The window stays."""


class _Cell:
    """A picture in a notebook's cell, each in the place of the one before.

    It is sent as a PNG: what a figure itself becomes in a cell depends on matplotlib's backend,
    and without its inline one that is a line of text.
    """

    def __init__(self, figure: Any, display: Any) -> None:
        self._figure, self._display, self._handle = figure, display, None

    def draw(self) -> None:
        file = io.BytesIO()
        self._figure.savefig(file, format="png")
        content = {"image/png": base64.b64encode(file.getvalue()).decode("ascii"),
                   "text/plain": "<LivePlot>"}
        if self._handle is None:
            self._handle = self._display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def close(self) -> None:
        """The picture stays."""


def _of_notebook() -> Any:
    """IPython's display where this runs in a notebook; else None."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return None
    shell: Any = get_ipython()  # type: ignore[no-untyped-call]
    return display if shell is not None and hasattr(shell, "kernel") else None
