"""The adaptive gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.compile.jit import NoMatch
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import ADAGRAD
from fastnn.optimizers.base import CACHES, Careful, plain, settings, sized
from fastnn.registry import register

if TYPE_CHECKING:
    from typing import Any

_array = np.ndarray


@register("optimizer", settings=settings("epsilon"),
          compiled=lambda optimizer: ADAGRAD)
class Optimizer_Adagrad(Careful, reference.Optimizer_Adagrad):
    """Adaptive gradient.

        c += g^2;  p += -lr * g / (sqrt(c) + epsilon)     c is `weight_cache`, `bias_cache`

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon : float

    Source: book ch. 10; Duchi, Hazan and Singer 2011.  Differs: none.
    """

    def __init__(self, learning_rate: float = 1.0, decay: float = 0.0,
                 epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate, decay, epsilon=epsilon)

    def _refused(self, layer: Any) -> bool:
        lr, epsilon = self.current_learning_rate, self.epsilon
        try:
            w, dw, b, db = layer.weights, layer.dweights, layer.biases, layer.dbiases
            wc, bc = layer.weight_cache, layer.bias_cache
            if not type(w) is type(dw) is type(wc) is type(b) is type(db) is type(bc) is _array:
                return True
            return not plain(lr, epsilon) or sized(_kernels.adagrad_update, w)(
                w, dw, wc, b, db, bc, lr, epsilon)
        except (NoMatch, AttributeError):
            return True

    _in_place = CACHES

    def _state(self, layer: Any) -> tuple[str, ...]:
        return CACHES
