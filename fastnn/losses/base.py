"""What all losses are."""

import numpy as np

from fastnn import reference, registry
from fastnn.compile.jit import NoMatch
from fastnn.kernels import losses as _kernels
from fastnn.support import reprs
from fastnn.support.buffers import empty as _empty

_array = np.ndarray


class Loss(reference.Loss):
    """Mean of the sample losses that `forward` gives, and the penalty of the layers.

    `calculate` works with and without `new_pass`, `regularization_loss` with and without a layer.
    Subclasses define `forward(y_pred, y_true)` -> (N,) and `backward(dvalues, y_true)`.

    Source: book ch. 5, 14, 18, 19.  Differs: none.
    """

    __repr__ = reprs.constructed

    def calculate(self, output, y, *, include_regularization=False):
        """Mean loss of the batch; with `include_regularization` the pair (mean, penalty)."""
        losses = self.forward(output, y)
        try:
            result = _empty((2,), losses.dtype)
            refused = type(losses) is not _array or _kernels.mean_and_sum(losses, result)
        except (NoMatch, AttributeError):  # somebody's own forward
            refused = True
        mean, total = (np.mean(losses), np.sum(losses)) if refused else result
        self.accumulated_sum += total
        self.accumulated_count += len(losses)
        if not include_regularization:
            return mean
        return mean, self.regularization_loss()

    def calculate_accumulated(self, *, include_regularization=False):
        """Mean loss since `new_pass`; with `include_regularization` the pair (mean, penalty)."""
        if not self.accumulated_count:
            raise RuntimeError(f"{type(self).__name__}.calculate_accumulated: nothing has been "
                               "accumulated since new_pass, call calculate first")
        return super().calculate_accumulated(include_regularization=include_regularization)


registry.remember(Loss)
