"""Adaptive moments with Nesterov's look ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.optimizers.formula import Optimizer

if TYPE_CHECKING:
    from fastnn.support.annotations import Array


class Optimizer_Nadam(Optimizer):
    """Adam with Nesterov's momentum: the step takes the next mean, as far as it is known.

        m = beta_1 * m + (1 - beta_1) * g;  c = beta_2 * c + (1 - beta_2) * g^2
        n = beta_1 * m / (1 - beta_1^(t + 1)) + (1 - beta_1) * g / (1 - beta_1^t)
        p -= lr * n / (sqrt(c / (1 - beta_2^t)) + epsilon),  t = iterations + 1

    m is `weight_momentums`, `bias_momentums`; c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, beta_1, beta_2 : float

    Source: Dozat 2016, with a constant beta_1.  Differs: not in the book.
    """

    states = ("momentums", "cache")
    learning_rate = 0.002

    if TYPE_CHECKING:  # the formula makes it
        epsilon: float
        beta_1: float
        beta_2: float

        def __init__(self, learning_rate: float = 0.002, decay: float = 0.0,
                     epsilon: float = 1e-7, beta_1: float = 0.9,
                     beta_2: float = 0.999) -> None: ...

    @staticmethod
    def update(parameters: Array, gradient: Array, momentums: Array, cache: Array, lr: float,
               t: int, epsilon: float = 1e-7, beta_1: float = 0.9,
               beta_2: float = 0.999) -> tuple[Array, ...]:
        """One step of all of them."""
        momentums = beta_1 * momentums + (1 - beta_1) * gradient
        cache = beta_2 * cache + (1 - beta_2) * gradient**2
        ahead = (beta_1 * momentums / (1 - beta_1**(t + 1))
                 + (1 - beta_1) * gradient / (1 - beta_1**t))
        step = ahead / (np.sqrt(cache / (1 - beta_2**t)) + epsilon)
        return parameters - lr * step, momentums, cache
