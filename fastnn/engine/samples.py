"""Where the instructions of a run find its samples: in X itself or, batch by batch, in a copy."""

from typing import Any

import numpy as np

from fastnn.engine.program import Unfit, by_data, by_sample
from fastnn.layers.products import columns_of
from fastnn.support import room


class Samples:
    """X, as it was given, for batches of so many samples.

    dtype: what instructions take. order: the Order of the samples, or None. by_columns: whether the
    first layer may take what lies in columns. data: what instructions read.
    """

    def __init__(self, X, dtype, batch, *, order, by_columns):
        self.X, self.order = X, order
        X = np.asarray(X)
        columns = "" if order is not None else columns_of(x=X)  # what is taken lies in rows
        if columns is None or columns and not by_columns:
            raise Unfit("X does not lie in C order, and NumPy sums its products otherwise; "
                        "np.ascontiguousarray(X) does")
        flags = X.flags
        plain = flags.c_contiguous and flags.aligned and X.dtype.isnative and X.dtype == dtype
        self._copy: Any = None if plain else room.empty((batch, X.shape[1]), dtype)
        self._there: Any = None  # where in X the batch in the copy begins, and its samples
        self.data = (by_data(X) if plain
                     else by_sample(self._copy)._replace(columns=bool(columns)))

    @property
    def are_copied(self):
        """Whether each batch is copied before it is computed with."""
        return self._copy is not None

    def stage(self, start, rows, clock):
        """Copy the batch that begins there, where it is not copied yet."""
        if self._there == (start, rows) and self.order is None:
            return
        begin = None if clock is None else clock.began()
        batch = self.rows_from(start, rows)
        np.copyto(self._copy[:len(batch)], batch, casting="unsafe")
        self._there = start, rows
        if clock is not None:
            clock.staged(begin, self._copy[:len(batch)].nbytes)

    def forget(self):
        """X may have been changed: copy the batch anew."""
        self._there = None

    def rows_from(self, start, rows):
        """Samples of a batch as they were given, from this place of the order on."""
        if self.order is None:
            return self.X[start:start + rows]
        return np.take(self.X, self.order.array[start:start + rows], axis=0)
