"""The adaptive gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import ADAGRAD
from fastnn.optimizers.base import CACHES, Careful, plain, settings, sized
from fastnn.registry import register
from fastnn.support.hints import hinting

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

    @hinting
    def __init__(self, learning_rate: float = 1.0, decay: float = 0.0,
                 epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate, decay, epsilon=epsilon)

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        lr, epsilon = self.current_learning_rate, self.epsilon
        wc, bc = getattr(layer, "weight_cache", None), getattr(layer, "bias_cache", None)
        if not type(wc) is type(bc) is _array or not plain(lr, epsilon):
            return True
        return sized(_kernels.adagrad_update, w)(w, dw, wc, b, db, bc, lr, epsilon)

    _in_place = CACHES

    def _state(self, layer: Any) -> tuple[str, ...]:
        return CACHES
