"""Adaptive moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import ADAM
from fastnn.optimizers.base import BOTH, Careful, plain, settings
from fastnn.optimizers.repeated import RepeatedUpdate
from fastnn.registry import register
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing import Any

_updates = RepeatedUpdate(_kernels.adam_update, BOTH)


@register("optimizer", settings=settings("epsilon", "beta_1", "beta_2"),
          compiled=lambda optimizer: ADAM)
class Optimizer_Adam(Careful, reference.Optimizer_Adam):
    """Adaptive moments.

        m = beta_1 * m + (1 - beta_1) * g;  c = beta_2 * c + (1 - beta_2) * g^2
        p += -lr * (m / (1 - beta_1^t)) / (sqrt(c / (1 - beta_2^t)) + epsilon),  t = iterations + 1

    m is `weight_momentums`, `bias_momentums`; c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, beta_1, beta_2 : float

    Without `post_update_params` t stays 1, as in the book.
    Source: book ch. 10; Kingma and Ba 2015.  Differs: none.
    """

    @hinting
    def __init__(self, learning_rate: float = 0.001, decay: float = 0.0, epsilon: float = 1e-7,
                 beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        super().__init__(learning_rate, decay, epsilon=epsilon, beta_1=beta_1, beta_2=beta_2)

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        lr, epsilon = self.current_learning_rate, self.epsilon
        beta_1, beta_2 = self.beta_1, self.beta_2
        floats = type(lr) is type(epsilon) is type(beta_1) is type(beta_2) is float
        if type(self.iterations) is not int or not (floats or plain(lr, epsilon, beta_1, beta_2)):
            return True
        t = self.iterations + 1
        given = w, dw, b, db, lr, epsilon, beta_1, beta_2, 1 - beta_1 ** t, 1 - beta_2 ** t
        return _updates.call(getattr(layer, "__dict__", None), given) is None and (
            _updates.refused(layer, given))

    def _state(self, layer: Any) -> tuple[str, ...]:
        return BOTH
