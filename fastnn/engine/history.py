"""What a training run recorded: rows of numbers, by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.plots.small import page
from fastnn.support import reprs
from fastnn.support.words import OF_HISTORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, SupportsIndex, overload

    from numpy.typing import NDArray


class Row(NamedTuple):
    """The values of one recorded epoch; what was not asked for is NaN."""

    epoch: int
    loss: float
    data_loss: float
    regularization_loss: float
    accuracy: float
    learning_rate: float
    validation_loss: float
    validation_accuracy: float


_ALWAYS = 2  # epoch and loss: of a loss that is NaN there is a column, too


class History:
    """The recorded epochs of a run, one array for each value, as long as there are rows.

    Attributes
    ----------
    epoch : int64, counted from 0 as `range(epochs)` counts
    loss, data_loss, regularization_loss, accuracy, learning_rate : float64
        Before the epoch's update. Where an epoch has several batches, data_loss and accuracy are
        over all of them, each before its own update; the other two belong to the last batch.
    validation_loss, validation_accuracy : float64
        After the epoch.
    interrupted : bool
        Whether Ctrl-C came while the run went on: it has fewer rows then.

    `len(history)`, `history[i]` and iteration give rows. Values are NumPy's digits in float64: a
    float32 loss prints as it would by itself.

    Source: this library.  Differs: not in the book.
    """

    def __init__(self, *, interrupted: bool = False) -> None:
        self._table = np.empty((0, len(Row._fields)))
        self._length = 0
        self.interrupted = interrupted

    if not TYPE_CHECKING:  # checkers are to tell what there is not
        def __getattr__(self, name: str) -> Any:
            """Nothing: an AttributeError, with a hint where another library has such a name."""
            words = OF_HISTORY.get(name)
            if words is None:
                return object.__getattribute__(self, name)  # in Python's words
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}: "
                                 f"{words}", name=name, obj=self)

    def _extend(self, rows: NDArray[np.float64]) -> None:
        """Put rows behind the others; values of a validation, the last two, are NaN so far."""
        length = self._length + len(rows)
        if length > len(self._table):
            table = np.full((max(16, 2 * self._length, length), len(Row._fields)), np.nan)
            table[:self._length] = self._table[:self._length]
            self._table = table
        self._table[self._length:length, :rows.shape[1]] = rows
        self._length = length

    def _validated(self, loss: float, accuracy: float) -> None:
        """Values of a validation, for the last row."""
        self._table[self._length - 1, -2:] = loss, accuracy

    def __len__(self) -> int:
        return self._length

    if TYPE_CHECKING:
        @overload
        def __getitem__(self, i: SupportsIndex) -> Row: ...
        @overload
        def __getitem__(self, i: slice) -> list[Row]: ...

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[n] for n in range(len(self))[i]]
        if isinstance(i, str):
            raise TypeError(f"History: rows have numbers; what a column is called is "
                            f"{' or '.join(f'.{name}' for name in Row._fields)}, got [{i!r}]")
        values = self._table[:self._length][i].tolist()
        return Row(int(values[0]), *values[1:])

    def __iter__(self) -> Iterator[Row]:
        return (self[i] for i in range(len(self)))

    __repr__ = reprs.history

    def table(self) -> NDArray[np.float64]:
        """All rows, in the order of `Row`; a copy."""
        return self._table[:self._length].copy()

    def to_dict(self) -> dict[str, list[float]]:
        """The loss, and the columns that have values, as lists by their names, as Keras's history
        has them.
        """
        table = self._table[:self._length]
        found: dict[str, list[Any]] = {
            name: table[:, at].tolist() for at, name in enumerate(Row._fields)
            if at < _ALWAYS or not np.isnan(table[:, at]).all()}
        found["epoch"] = self.epoch.tolist()
        return found

    def to_frame(self) -> Any:
        """A pandas DataFrame of the columns that have values; its index are the epochs.

        Raises ImportError where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("History.to_frame makes a table of pandas, which is not installed: "
                              "pip install pandas") from None
        return pandas.DataFrame(self.to_dict()).set_index("epoch")

    def plot(self, *, axes: Any = None) -> Any:
        """Draw loss and accuracy by epoch, those of the validation beside them.

        axes : matplotlib's axes, one or two, to draw into; None makes a figure.
        Returns the axes. Raises ImportError where matplotlib is not installed.
        """
        from fastnn.plots.history import curves
        return curves(self, axes=axes)

    def _repr_html_(self) -> str:
        return page(self)

    def _column(self, name: str) -> NDArray[np.float64]:
        return self._table[:self._length, Row._fields.index(name)].copy()

    @property
    def epoch(self) -> NDArray[np.int64]:
        """Which epochs were recorded."""
        return self._column("epoch").astype(np.int64)

    @property
    def loss(self) -> NDArray[np.float64]:
        """data_loss + regularization_loss, rounded as NumPy's scalars are."""
        return self._column("loss")

    @property
    def data_loss(self) -> NDArray[np.float64]:
        """Mean loss of the samples."""
        return self._column("data_loss")

    @property
    def regularization_loss(self) -> NDArray[np.float64]:
        """The penalties of the layers."""
        return self._column("regularization_loss")

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """Share of right predictions."""
        return self._column("accuracy")

    @property
    def learning_rate(self) -> NDArray[np.float64]:
        """The optimizer's current_learning_rate."""
        return self._column("learning_rate")

    @property
    def validation_loss(self) -> NDArray[np.float64]:
        """Mean loss of the validation samples."""
        return self._column("validation_loss")

    @property
    def validation_accuracy(self) -> NDArray[np.float64]:
        """Share of right predictions on the validation samples."""
        return self._column("validation_accuracy")
