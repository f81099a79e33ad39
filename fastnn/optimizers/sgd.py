"""Stochastic gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import MOMENTUM, SGD
from fastnn.optimizers.base import MOMENTUMS, Careful, plain, settings, sized
from fastnn.optimizers.repeated import RepeatedUpdate
from fastnn.registry import register
from fastnn.support.hints import hinting
from fastnn.support.rules import is_zero

if TYPE_CHECKING:
    from typing import Any

_updates = RepeatedUpdate(_kernels.momentum_update, MOMENTUMS)


@register("optimizer", settings=settings("momentum"),
          compiled=lambda optimizer: SGD if is_zero(optimizer, "momentum") else MOMENTUM)
class Optimizer_SGD(Careful, reference.Optimizer_SGD):
    """Stochastic gradient descent, with momentum if asked for.

        p += -lr * g                           momentum 0
        u = momentum * u - lr * g;  p += u     else; u is `weight_momentums`, `bias_momentums`

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    momentum : float

    Attributes: learning_rate, current_learning_rate, decay, iterations.
    `pre_update_params` and `post_update_params` may be left out: lr is constant then.
    Source: book ch. 10.  Differs: none.
    """

    @hinting
    def __init__(self, learning_rate: float = 1.0, decay: float = 0.0,
                 momentum: float = 0.0) -> None:
        super().__init__(learning_rate, decay, momentum=momentum)

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        lr, momentum = self.current_learning_rate, self.momentum
        if not plain(lr, momentum):
            return True
        if not momentum:
            return sized(_kernels.sgd_update, w)(w, dw, b, db, lr)
        given = w, dw, b, db, lr, momentum
        return _updates.call(getattr(layer, "__dict__", None), given) is None and (
            _updates.refused(layer, given))

    def _state(self, layer: Any) -> tuple[str, ...]:
        return MOMENTUMS if self.momentum else ()
