"""Adaptive moments with decoupled weight decay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.optimizers.formula import Optimizer

if TYPE_CHECKING:
    from fastnn.support.annotations import Array


class Optimizer_AdamW(Optimizer):
    """Adam whose weight decay does not go through its moments.

        m = beta_1 * m + (1 - beta_1) * g;  c = beta_2 * c + (1 - beta_2) * g^2
        p -= lr * weight_decay * p
        p -= lr * (m / (1 - beta_1^t)) / (sqrt(c / (1 - beta_2^t)) + epsilon),  t = iterations + 1

    m is `weight_momentums`, `bias_momentums`; c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, beta_1, beta_2 : float
    weight_decay : float
        Of weights and biases alike.

    Source: Loshchilov and Hutter 2019, algorithm 2.  Differs: not in the book.
    """

    states = ("momentums", "cache")
    learning_rate = 0.001

    if TYPE_CHECKING:  # the formula makes it
        epsilon: float
        beta_1: float
        beta_2: float
        weight_decay: float

        def __init__(self, learning_rate: float = 0.001, decay: float = 0.0,
                     epsilon: float = 1e-7, beta_1: float = 0.9, beta_2: float = 0.999,
                     weight_decay: float = 0.01) -> None: ...

    @staticmethod
    def update(parameters: Array, gradient: Array, momentums: Array, cache: Array, lr: float,
               t: int, epsilon: float = 1e-7, beta_1: float = 0.9, beta_2: float = 0.999,
               weight_decay: float = 0.01) -> tuple[Array, ...]:
        """One step of all of them."""
        momentums = beta_1 * momentums + (1 - beta_1) * gradient
        cache = beta_2 * cache + (1 - beta_2) * gradient**2
        step = (momentums / (1 - beta_1**t)) / (np.sqrt(cache / (1 - beta_2**t)) + epsilon)
        return parameters - lr * weight_decay * parameters - lr * step, momentums, cache
