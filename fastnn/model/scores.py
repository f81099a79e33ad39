"""What a Model's training and evaluation give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


class Scores(NamedTuple):
    """An evaluation's mean loss, without penalties, and its share of right predictions; NaN for
    what is none.
    """

    loss: float
    accuracy: float


def scores(loss: Any, accuracy: Any, width: int) -> tuple[str, Scores]:
    """The line that `evaluate` prints, and its numbers, from what loss and accuracy added up.

    width: predictions of a sample. (The book's line counts several as so many samples' right ones.)
    """
    right, mean = accuracy.calculate_accumulated(), loss.calculate_accumulated()
    share = number(right)
    if width > 1:
        with dropped(AttributeError, TypeError):
            share = number(accuracy.accumulated_sum / (accuracy.accumulated_count * width))
    return f"validation, acc: {right:.3f}, loss: {mean:.3f}", Scores(number(mean), share)


def width_of(predictions: Any) -> int:
    """Predictions of a sample."""
    with dropped(TypeError, ValueError):
        return max(1, np.size(predictions) // max(1, len(predictions)))
    return 1


def number(value: Any) -> float:
    """As a float; NaN for what a class of somebody's own may give."""
    with dropped(TypeError, ValueError):
        return float(value)
    return float("nan")


class Rows:
    """The rows of a training through the objects, epoch by epoch, as `Run.rows` has them."""

    def __init__(self, per_epoch: int) -> None:
        self._per_epoch, self._rows = per_epoch, list[list[float]]()
        self._right, self._samples, self._width = 0.0, 0, 1

    def step(self, model: Any, done: int, found: Any, right: float, rate: Any, samples: int
             ) -> None:
        """Take what step number `done`, from 0 on, gave; right: how many predictions of it were."""
        (data_loss, penalty), accuracy = found
        if done % self._per_epoch == 0:
            self._right, self._samples = 0.0, 0
        mean = number(accuracy)
        if mean > 0 and right > 0:  # a sample may have several predictions
            self._width = max(1, round(right / (mean * samples)))
        self._right, self._samples = self._right + right, self._samples + samples
        if (done + 1) % self._per_epoch:
            return
        with np.errstate(all="ignore"), dropped(AttributeError, TypeError):
            if self._per_epoch > 1:
                data_loss = model.loss.accumulated_sum / model.loss.accumulated_count
                mean = self._right / (self._samples * self._width)
            self._rows.append([done // self._per_epoch, number(data_loss + penalty),
                               number(data_loss), number(penalty), mean, number(rate)])

    def table(self, every: int, last: int) -> NDArray[np.float64]:
        """Those of epochs that are recorded: one in `every`, counted from 1 on, and the last."""
        return np.array([row for row in self._rows
                         if (row[0] + 1) % every == 0 or row[0] == last]).reshape(-1, 6)


def with_scores(rows: NDArray[np.float64], found: dict[int, Scores]) -> NDArray[np.float64]:
    """Rows with two columns more: the Scores of their epochs, or NaN."""
    none = Scores(np.nan, np.nan)
    more = [found.get(int(epoch), none) for epoch in rows[:, 0]]
    return np.hstack([rows, np.array(more, np.float64).reshape(-1, 2)])


def right_of(model: Any) -> float:
    """How many right predictions its accuracy counted so far; NaN where it does not."""
    return number(getattr(model.accuracy, "accumulated_sum", None))
