"""What the four optimizers do to two layers in a few steps: the book's formulas, and wrong ones.

`simulate` without a mistake is the reference's arithmetic, operation by operation (a test holds one
against the other); a mistake's name changes one of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

STEPS = 4
HYPERS = {"SGD": ("learning_rate", "decay", "momentum"),
          "Adagrad": ("learning_rate", "decay", "epsilon"),
          "RMSprop": ("learning_rate", "decay", "epsilon", "rho"),
          "Adam": ("learning_rate", "decay", "epsilon", "beta_1", "beta_2")}
DEFAULTS = {"learning_rate": (1.0, 0.001, 0.01, 0.1), "decay": (0.0,), "momentum": (0.0, 0.9),
            "epsilon": (1e-7, 1e-8, 1e-6, 1e-10), "rho": (0.9,), "beta_1": (0.9,),
            "beta_2": (0.999,)}
FORMULAS = {"SGD": "u = momentum * u - rate * g;  p += u",
            "Adagrad": "c += g^2;  p += -rate * g / (sqrt(c) + epsilon)",
            "RMSprop": "c = rho * c + (1 - rho) * g^2;  p += -rate * g / (sqrt(c) + epsilon)",
            "Adam": "m = beta_1 m + (1 - beta_1) g, c = beta_2 c + (1 - beta_2) g^2;  "
                    "p += -rate * m' / (sqrt(c') + epsilon), m' = m / (1 - beta_1^(t + 1)), "
                    "c' = c / (1 - beta_2^(t + 1))"}
_EVERY = {
    "wrong sign": "the step is added in the direction of the gradient, which is uphill",
    "iterations counted per layer": "the iterations are counted once for each layer, and should be "
                                    "once for all of them: decay goes too fast",
    "iterations counted per layer, in one rate": "the iterations are counted once for each layer, "
                                                 "and should be once for all of them: decay and "
                                                 "bias correction go too fast",
    "iterations not counted": "the iterations are not counted, so the rate does not decay",
    "iterations counted too early": "the first step has the rate of the second",
    "decay of what has decayed": "the current rate is divided again and again; each is computed of "
                                 "the first rate",
    "decay subtracted": "the rate is multiplied by 1 - decay * t, not by 1 / (1 + decay * t)",
    "decay without parentheses": "the rate is multiplied by 1 + decay * t: 1 / 1 + decay * t lacks "
                                 "parentheses around the sum, and the rate grows",
    "decay added": "decay * t is added to the rate, and the rate grows; it should be divided by "
                   "1 + decay * t",
    "decay as a power": "the rate is multiplied by decay^t, not by 1 / (1 + decay * t)",
    "parameters replaced": "the step takes the place of the parameters, and should be added to "
                           "them: = where += should be",
    "biases forgotten": "the biases are not changed",
    "state not kept": "momentum or cache begins anew with every step"}
RATE_NOT_USED = ("the iterations are counted, and each step takes the first rate all the same, not "
                 "the current one")
_PER_LAYER = ("iterations counted per layer", "iterations counted per layer, in one rate")
_CACHED = {
    "square forgotten": "the gradient is not squared in the cache",
    "root forgotten": "the root of the cache is missing",
    "doubled where squared": "the gradient is doubled in the cache, and should be squared",
    "root multiplied": "the step is multiplied by the root of the cache, and should be divided",
    "epsilon forgotten": "epsilon is not added to the root: where the gradient was always 0 the "
    "step is 0 / 0",
    "epsilon within the root": "epsilon is added within the root, and should be outside",
    "epsilon behind the division": "epsilon is added to the quotient, and should be added to the "
    "root that divides: parentheses are missing"}
ADAGRADS_SUM = ("the squared gradients are added up, which is Adagrad: neither is the cache "
                "multiplied by rho, nor the new square by 1 - rho")
RUNNING_MEAN = "it is a running mean, with (1 - momentum) * gradient"
MISTAKES: dict[str, dict[str, str]] = {
    "SGD": {**_EVERY,
            "wrong sign of momentum": "the momentum is subtracted, and should be added",
            "running mean": RUNNING_MEAN,
            "running mean, of steps": "it is a running mean, with (1 - momentum) * rate * "
                                      "gradient"},
    "Adagrad": {**_EVERY, **_CACHED},
    "RMSprop": {**_EVERY, **_CACHED,
                "1 - rho forgotten": "the squared gradient is not multiplied by 1 - rho",
                "rho and 1 - rho swapped": "rho and 1 - rho are swapped",
                "rho forgotten, and 1 - rho": ADAGRADS_SUM,
                "rho forgotten": "the cache is not multiplied by rho before the new square is "
                "added, and grows for ever"},
    "Adam": {**_EVERY, **_CACHED,
             "bias correction with the wrong iteration": "the bias is corrected with the power t, "
             "which is 0 at the first step, and should be with t + 1",
             "bias correction one iteration late": "the bias is corrected with the power t + 2, "
             "and should be with t + 1",
             "bias correction forgotten": "momentum and cache are used without bias correction",
             "bias correction of momentum forgotten": "the momentum is used without bias "
             "correction",
             "bias correction of cache forgotten": "the cache is used without bias correction",
             "bias correction kept": "the corrected values are kept as momentum and cache, and "
             "corrected again by the next step",
             "decayed rate not used": RATE_NOT_USED,
             "iterations begin at 1": "the iterations begin at 1, and t + 1 is counted from 0: "
             "decay and bias correction are one step ahead",
             "product for power": "the bias is corrected by 1 - beta * (t + 1), and should be by "
             "the power: 1 - beta^(t + 1)",
             "beta_1 for the cache": "the cache is made with beta_1, and should be with beta_2",
             "beta_1 for the cache and its correction": "cache and its bias correction are made "
             "with beta_1, and should be with beta_2",
             "beta_1 in the cache's correction": "the bias of the cache is corrected with beta_1, "
             "and should be with beta_2",
             "beta_2 for the momentum": "the momentum is made with beta_2, and should be with "
             "beta_1",
             "beta_2 for the momentum and its correction": "momentum and its bias correction are "
             "made with beta_2, and should be with beta_1",
             "beta_2 in the momentum's correction": "the bias of the momentum is corrected with "
             "beta_2, and should be with beta_1",
             "beta and 1 - beta swapped": "beta and 1 - beta are swapped in both means",
             "square of the momentum": "the cache is made of the squared momentum, and should be "
             "of the squared gradient",
             "gradient for the momentum": "the step is made of the gradient, and should be of the "
             "momentum",
             "1 - beta_1 forgotten": "the gradient is not multiplied by 1 - beta_1",
             "1 - beta_2 forgotten": "the squared gradient is not multiplied by 1 - beta_2"}}
# Of the rate, of the count of steps and of what is done with the step: not of the step itself.
OF_RATES = frozenset(_EVERY) - {"wrong sign", "state not kept"} | {
    "decayed rate not used", "iterations begin at 1"}
HARMLESS = {"rate outside the momentum": "the rate multiplies the momentum, not what goes into it; "
            "another than the book's where the rate decays"}
# What some optimizers have beside the book's: `weight_decay` is a hyperparameter of these alone.
_DECOUPLED = ("with each step: decoupled weight decay, which is AdamW's, and not of the book's "
              "optimizers")
_ADDED_TO = "the book has regularizers for that"
ADDED = {"weight decay": f"times the weights is added to their gradients; {_ADDED_TO}",
         "weight decay, of biases too": f"times the parameters is added to the gradients; "
                                        f"{_ADDED_TO}",
         "decoupled weight decay": f"times the rate is taken off the weights {_DECOUPLED}",
         "decoupled weight decay, of biases too":
             f"times the rate is taken off the parameters {_DECOUPLED}",
         "decoupled weight decay, without the rate":
             f"is taken off the weights, without the rate, {_DECOUPLED}",
         "decoupled weight decay, without the rate, of biases too":
             f"is taken off the parameters, without the rate, {_DECOUPLED}"}


@cache
def data() -> tuple[list[tuple[Any, Any]], list[list[tuple[Any, Any]]]]:
    """Weights and biases of two layers, and their gradients at each step."""
    draw = np.random.default_rng(23)
    shapes = ((3, 4), (4, 2))
    start = [(draw.normal(size=one), draw.normal(size=(1, one[1]))) for one in shapes]
    slopes = [[(draw.normal(size=one), draw.normal(size=(1, one[1]))) for one in shapes]
              for _ in range(STEPS)]
    return start, slopes


def simulate(kind: str, hypers: dict[str, float], mistake: str = "", count: int = STEPS) -> Any:
    """Weights and biases of all layers after each of so many steps, in one row of numbers each."""
    start, slopes = data()
    parameters = [[p.copy() for p in pair] for pair in start]
    states = [[[np.zeros_like(p), np.zeros_like(p)] for p in pair] for pair in start]
    t, rate, rows = int(mistake == "iterations begin at 1"), hypers["learning_rate"], []
    for gradients in slopes[:count]:
        rate = rate_of(hypers, t, rate, mistake)
        for index, pair in enumerate(parameters):
            if mistake == "iterations counted per layer":
                rate = rate_of(hypers, t, rate, mistake)
            for side, p in enumerate(pair):
                state = states[index][side]
                slope, shrunk = _added(gradients[index][side], p, side, hypers, mistake)
                change = change_of(kind, slope, state, rate, t, hypers, mistake)
                change = change - (1.0 if "without" in mistake else rate) * shrunk
                if side and mistake == "biases forgotten":
                    continue
                if mistake == "parameters replaced":
                    p[:] = change
                    continue
                p += change
            t += mistake in _PER_LAYER
        t += mistake not in (*_PER_LAYER, "iterations not counted")
        rows.append(np.concatenate([p.ravel() for pair in parameters for p in pair]))
    return np.array(rows)


def change_of(kind: str, g: Any, state: list[Any], rate: float, t: int, hypers: dict[str, float],
              mistake: str = "") -> Any:
    """What a step adds to parameters; state: momentum and cache, which become what is kept."""
    if mistake == "state not kept":
        state[:] = [np.zeros_like(g), np.zeros_like(g)]
    change = _CHANGES[kind](g, state, rate, t, hypers, mistake)
    return -change if mistake == "wrong sign" else change


def _added(g: Any, p: Any, side: int, hypers: dict[str, float], mistake: str) -> tuple[Any, Any]:
    """The gradient with what is added to it, and what is taken off beside the step."""
    if mistake not in ADDED or (side and "too" not in mistake):
        return g, 0.0
    more = hypers["weight_decay"] * p
    return (g, more) if mistake.startswith("decoupled") else (g + more, 0.0)


def rate_of(hypers: dict[str, float], t: int, before: float, mistake: str) -> float:
    """The rate of the step behind t others; `before`: that of the last."""
    first, decay = hypers["learning_rate"], hypers["decay"]
    if not decay or mistake == "decayed rate not used":
        return first
    if mistake == "decay of what has decayed":
        return before * (1.0 / (1.0 + decay * t))
    if mistake == "decay subtracted":
        return first * (1 - decay * t)
    if mistake == "decay without parentheses":
        return first * (1 + decay * t)
    if mistake == "decay added":
        return first + decay * t
    if mistake == "decay as a power":
        return first * decay**t
    return first * (1.0 / (1.0 + decay * (t + (mistake == "iterations counted too early"))))


def _sgd(g: Any, state: list[Any], rate: float, t: int, hypers: dict[str, float],
         mistake: str) -> Any:
    mu = hypers["momentum"]
    if not mu:
        return -rate * g
    if mistake == "rate outside the momentum":
        state[0] = mu * state[0] + g
        return -rate * state[0]
    if mistake == "running mean":
        state[0] = mu * state[0] + (1 - mu) * g
        return -rate * state[0]
    sign = -1 if mistake == "wrong sign of momentum" else 1
    share = 1 - mu if mistake == "running mean, of steps" else 1.0
    state[0] = sign * mu * state[0] - share * rate * g
    return state[0]


def _scaled(m: Any, c: Any, rate: float, epsilon: float, mistake: str) -> Any:
    with np.errstate(all="ignore"):
        if mistake == "root forgotten":
            return -rate * m / (c + epsilon)
        if mistake == "root multiplied":
            return -rate * m * (np.sqrt(c) + epsilon)
        if mistake == "epsilon forgotten":
            return -rate * m / np.sqrt(c)
        if mistake == "epsilon within the root":
            return -rate * m / np.sqrt(c + epsilon)
        if mistake == "epsilon behind the division":
            return -rate * m / np.sqrt(c) + epsilon
        return -rate * m / (np.sqrt(c) + epsilon)


def _square(g: Any, mistake: str) -> Any:
    if mistake == "doubled where squared":
        return g * 2
    return g if mistake == "square forgotten" else g**2


def _adagrad(g: Any, state: list[Any], rate: float, t: int, hypers: dict[str, float],
             mistake: str) -> Any:
    state[1] = state[1] + _square(g, mistake)
    return _scaled(g, state[1], rate, hypers["epsilon"], mistake)


def _rmsprop(g: Any, state: list[Any], rate: float, t: int, hypers: dict[str, float],
             mistake: str) -> Any:
    kept, new = hypers["rho"], 1 - hypers["rho"]
    if mistake in ("1 - rho forgotten", "rho forgotten, and 1 - rho"):
        new = 1.0
    if mistake == "rho and 1 - rho swapped":
        kept, new = new, kept
    if mistake.startswith("rho forgotten"):
        kept = 1.0
    state[1] = kept * state[1] + new * _square(g, mistake)
    return _scaled(g, state[1], rate, hypers["epsilon"], mistake)


def _adam(g: Any, state: list[Any], rate: float, t: int, hypers: dict[str, float],
          mistake: str) -> Any:
    beta_1, beta_2 = _betas(hypers, mistake)
    new_1 = 1.0 if mistake == "1 - beta_1 forgotten" else 1 - beta_1
    new_2 = 1.0 if mistake == "1 - beta_2 forgotten" else 1 - beta_2
    m = state[0] = beta_1 * state[0] + new_1 * g
    squared = state[0] if mistake == "square of the momentum" else g
    c = state[1] = beta_2 * state[1] + new_2 * _square(squared, mistake)
    by_1, by_2 = _corrections(hypers, t, mistake)
    with np.errstate(all="ignore"):
        if mistake not in ("bias correction forgotten", "bias correction of momentum forgotten"):
            m = m / by_1
        if mistake not in ("bias correction forgotten", "bias correction of cache forgotten"):
            c = c / by_2
    if mistake == "bias correction kept":
        state[:] = [m, c]
    if mistake == "gradient for the momentum":
        m = g
    return _scaled(m, c, rate, hypers["epsilon"], mistake)


def _betas(hypers: dict[str, float], mistake: str) -> tuple[float, float]:
    """What momentum and cache are made with."""
    beta_1, beta_2 = hypers["beta_1"], hypers["beta_2"]
    if mistake.startswith("beta_1 for the cache"):
        return beta_1, beta_1
    if mistake.startswith("beta_2 for the momentum"):
        return beta_2, beta_2
    if mistake == "beta and 1 - beta swapped":
        return 1 - beta_1, 1 - beta_2
    return beta_1, beta_2


def _corrections(hypers: dict[str, float], t: int, mistake: str) -> tuple[Any, Any]:
    """What momentum and cache are divided by."""
    beta_1, beta_2 = hypers["beta_1"], hypers["beta_2"]
    if mistake in ("beta_1 for the cache and its correction", "beta_1 in the cache's correction"):
        beta_2 = beta_1
    if mistake in ("beta_2 for the momentum and its correction",
                   "beta_2 in the momentum's correction"):
        beta_1 = beta_2
    if mistake == "product for power":
        return np.float64(1 - beta_1 * (t + 1)), np.float64(1 - beta_2 * (t + 1))
    power = t + {"bias correction with the wrong iteration": 0,
                 "bias correction one iteration late": 2}.get(mistake, 1)
    return np.float64(1 - beta_1**power), np.float64(1 - beta_2**power)


_CHANGES = {"SGD": _sgd, "Adagrad": _adagrad, "RMSprop": _rmsprop, "Adam": _adam}
