"""The rows of a training as events for TensorBoard."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING

import numpy as np

from fastnn.callbacks import parameters
from fastnn.callbacks.callback import VALUES, Callback
from fastnn.files.names import named
from fastnn.support import checks
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing import Any

    from fastnn.engine.called import Training
    from fastnn.engine.history import History, Row
    from fastnn.support.annotations import FilePath

_TAGS = {name: f"validation/{name.removeprefix('validation_')}" if name.startswith("validation")
         else f"training/{name}" for name in VALUES}
_BINS = 30


class TensorBoard(Callback):
    """Write each recorded epoch to a file of events, which `tensorboard --logdir` shows.

    Parameters
    ----------
    log_dir : folder, made where there is none; each training adds a file of its own
    histograms : int, default 0
        Recorded epochs from one histogram of all parameters to the next; 0: none are written.
    flush_seconds : float
        So often at most the file is brought up to date; at the end of the training it is.

    Curves are `training/loss`, `training/data_loss`, `training/regularization_loss`,
    `training/accuracy`, `training/learning_rate`, `validation/loss`, `validation/accuracy`, over
    the epochs; what was not taken (NaN) has no point. Histograms are `dense1/weights` and so on;
    of parameters that are not all finite there is none. Raises ImportError without tensorboardX;
    OSError where the folder cannot be written in.

    Source: this library, after Keras.  Differs: not in the book.
    """

    @hinting
    def __init__(self, log_dir: FilePath, *, histograms: int = 0,
                 flush_seconds: float = 5.0) -> None:
        who = "TensorBoard"
        _library()
        self.log_dir = os.fsdecode(log_dir)
        if not self.log_dir:
            raise ValueError(f"{who}: log_dir must be the name of a folder, got ''")
        self.histograms = checks.whole(histograms, who, "histograms", 0)
        self.flush_seconds = checks.number(flush_seconds, who, "flush_seconds", 0)
        self._file: Any = None
        self._layers: list[Any] = []

    def begin(self, training: Training) -> None:
        """Make the folder and the file."""
        library = _library()
        os.makedirs(self.log_dir, exist_ok=True)
        # Not its SummaryWriter: that has a thread write, and where the disk is full waits for ever.
        self._file = library.event_file_writer.EventsWriter(
            os.path.join(self.log_dir, "events"), f".{secrets.token_hex(4)}")  # one a second else
        self._layers, self._calls = training.layers, 0
        self._next = time.monotonic() + self.flush_seconds

    def __call__(self, row: Row) -> None:
        """Write the row, and the histograms if it is their turn."""
        if self._file is None:
            raise RuntimeError("TensorBoard: fit has not called begin; pass the object as callback")
        summary, proto = _library().summary, _library().proto
        found = [value for name, tag in _TAGS.items() if not np.isnan(getattr(row, name))
                 for value in summary.scalar(tag, float(getattr(row, name))).value]
        if self.histograms and self._calls % self.histograms == 0:
            found += self._histograms(summary)
        self._calls += 1
        self._file.write_event(proto.event_pb2.Event(
            step=int(row.epoch), wall_time=time.time(),
            summary=proto.summary_pb2.Summary(value=found)))
        if time.monotonic() >= self._next:
            self._file.flush()
            self._next = time.monotonic() + self.flush_seconds

    def _histograms(self, summary: Any) -> list[Any]:
        """One of each array that the layers hold."""
        return [value for name, layer in named(self._layers, "TensorBoard")
                for attribute in parameters.names(layer)
                if np.isfinite(array := np.array(getattr(layer, attribute), float)).all()
                for value in summary.histogram(f"{name}/{attribute}", array, _BINS).value]

    def end(self, history: History) -> None:
        """Bring the file up to date, and close it."""
        if self._file is not None:
            file, self._file, self._layers = self._file, None, []
            file.close()


def _library() -> Any:
    try:
        import tensorboardX
        import tensorboardX.event_file_writer
        import tensorboardX.summary
    except ImportError:
        raise ImportError("TensorBoard writes with tensorboardX, which is not installed: "
                          "pip install tensorboardX") from None
    return tensorboardX
