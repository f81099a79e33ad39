"""What `fit` calls after each recorded epoch: to stop it, to write down, to change the rate.

    from fastnn.callbacks import EarlyStopping
    fastnn.fit(layers, loss, optimizer, X, y, epochs=1000, validation_data=(X_val, y_val),
               callback=[EarlyStopping(patience=20, restore_best_weights=True)])

A callback is any function of a Row; a `Callback` is told besides when the training begins and ends.

    callback.py     what a callback is, and which of two values is better
    stopping.py     EarlyStopping
    schedules.py    LearningRateSchedule
    csv_logger.py   CSVLogger
    checkpoint.py   Checkpoint
    live.py         LivePlot
    tensorboard.py  TensorBoard
    parameters.py   copies of what training changes

Several callbacks become one in `engine/called.py`; `fit(resume=...)` reads `files/checkpoint.py`.

Nothing here is imported by `import fastnn`; the first use of `fastnn.callbacks` does it.
"""

from fastnn.callbacks.callback import Callback, Training
from fastnn.callbacks.checkpoint import Checkpoint
from fastnn.callbacks.csv_logger import CSVLogger
from fastnn.callbacks.live import LivePlot
from fastnn.callbacks.schedules import LearningRateSchedule
from fastnn.callbacks.stopping import EarlyStopping
from fastnn.callbacks.tensorboard import TensorBoard

__all__ = ["CSVLogger", "Callback", "Checkpoint", "EarlyStopping", "LearningRateSchedule",
           "LivePlot", "TensorBoard", "Training"]
