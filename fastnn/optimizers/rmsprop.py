"""Root mean square propagation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import RMSPROP
from fastnn.optimizers.base import CACHES, Careful, plain, settings
from fastnn.optimizers.repeated import RepeatedUpdate
from fastnn.registry import register
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing import Any

_updates = RepeatedUpdate(_kernels.rmsprop_update, CACHES)


@register("optimizer", settings=settings("epsilon", "rho"),
          compiled=lambda optimizer: RMSPROP)
class Optimizer_RMSprop(Careful, reference.Optimizer_RMSprop):
    """Root mean square propagation.

        c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon)

    c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, rho : float

    Source: book ch. 10.  Differs: none.
    """

    @hinting
    def __init__(self, learning_rate: float = 0.001, decay: float = 0.0, epsilon: float = 1e-7,
                 rho: float = 0.9) -> None:
        super().__init__(learning_rate, decay, epsilon=epsilon, rho=rho)

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        lr, epsilon, rho = self.current_learning_rate, self.epsilon, self.rho
        if not plain(lr, epsilon, rho):
            return True
        given = w, dw, b, db, lr, epsilon, rho
        return _updates.call(getattr(layer, "__dict__", None), given) is None and (
            _updates.refused(layer, given))

    def _state(self, layer: Any) -> tuple[str, ...]:
        return CACHES
