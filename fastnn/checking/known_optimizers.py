"""Optimizers that the book does not have, as formulas of one step, and what goes wrong in them.

Each formula is of p (parameters), g (gradients), t (the step's number), of what is kept (one
letter) and of numbers; `on` is 1 where weight decay is. All are linear in the rate `lr`, so the
rate of each step is solved for, and a schedule of somebody's own hides no formula.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.checking import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_BELIEF = ("m = b1 * m + (1 - b1) * g; c = b2 * c + (1 - b2) * (g - m)**2 + eps; "
           "mean = m / (1 - b1**t); squares = c / (1 - b2**t); ")
_MORE = {  # beside those that are adopted
    "AdaBelief, with epsilon in what is kept":
        _BELIEF + "p = p - lr * mean / (sqrt(squares) + eps)",
    "centred RMSprop, with epsilon within the root":
        "c = rho * c + (1 - rho) * g**2; a = rho * a + (1 - rho) * g; "
        "p = p - lr * g / sqrt(c - a**2 + eps)",
    "AdaMax without epsilon": "m = b1 * m + (1 - b1) * g; u = maximum(b2 * u, abs(g)); "
                              "p = p - lr * m / (1 - b1**t) / u",
    "Nesterov's momentum, as a step back and one ahead":
        "w = v; v = mu * v - lr * g; p = p - mu * w + (1 + mu) * v",
    "SGD of clipped gradients": "p = p - lr * clip(g, -limit, limit)"}
BOOKS = {"SGD": "SGD", "momentum": "SGD", "momentum, with the rate in it": "SGD",
         "Adagrad": "Adagrad", "RMSprop": "RMSprop", "Adam": "Adam"}
_AROUND = (("", "{}"), (" with weight decay", "g = g + wd * p * on; {}"),
           (" with decoupled weight decay", "less = lr * wd * p * on; {}; p = p - less"))
_BEHIND = " with decoupled weight decay, behind the step"  # of what the step has left
_NAMES = {"lr": ("learning_rate", "lr", "eta"), "mu": ("momentum", "mu", "beta"),
          "rho": ("rho", "decay_rate", "beta", "gamma"), "b1": ("beta_1", "b1"),
          "b2": ("beta_2", "b2"), "eps": ("epsilon", "eps"), "wd": ("weight_decay", "wd"),
          "damp": ("dampening",), "limit": ("clip_value", "limit", "threshold")}
_PLAIN = ("signs", "sgd", "momentum", "adagrad", "rmsprop", "centred", "adam")  # names of many
_WORDS = {name: getattr(np, name) for name in ("sqrt", "sign", "abs", "maximum", "clip")}
# Of a formula: what is replaced by what, the mistake's name, and what is said of it.
_MISTAKES = (
    (r" / \(1 - b1\*\*t\)", "", "bias correction of momentum forgotten",
     "the momentum is used without bias correction"),
    (r" / \(1 - b2\*\*t\)", "", "bias correction of cache forgotten",
     "the cache is used without bias correction"),
    (r" / \(1 - b[12]\*\*t\)", "", "bias correction forgotten",
     "momentum and cache are used without bias correction"),
    (r"\*\*t\b", "**(t - 1)", "bias correction with the wrong iteration",
     "the power of the bias correction is 0 at the first step, and should be 1"),
    (r"\(1 - b1\) \* g / ", "g / ", "1 - beta_1 forgotten",
     "the gradient that is added to the momentum is not multiplied by 1 - beta_1"),
    (r"\(1 - b1\) \* ", "", "1 - beta_1 forgotten",
     "the gradient is not multiplied by 1 - beta_1"),
    (r"\(1 - (b2|rho)\) \* ", "", "1 - beta_2 forgotten",
     "what is squared is not multiplied by what is left to 1"),
    (r"(g|\(g - m\))\*\*2", r"\1", "square forgotten", "what is kept in the cache is not squared"),
    (r"sqrt\(", "(", "root forgotten", "the root of the cache is missing"),
    (r"sign\(", "(", "sign forgotten", "the step is the mean itself, and should be its sign"),
    (r"abs\(g\)", "g", "absolute value forgotten",
     "the largest gradient is taken, and should be the largest absolute value"),
    (r"\+ mu \* v - lr \* g", "+ mu * v + lr * g", "wrong sign",
     "the gradient is added in the step, and should be subtracted"),
    (r"\(g \+ mu \* v\)", "(g + v)", "momentum forgotten",
     "what is kept is not multiplied by the momentum in the step"),
    (r"mu \* v - lr \* g$", "v - lr * g", "momentum forgotten",
     "what is kept is not multiplied by the momentum in the step"))


class Family(NamedTuple):
    """An optimizer's formula, with the mistake that is in it."""

    name: str
    text: str
    code: Any
    states: tuple[str, ...]
    hypers: tuple[str, ...]  # without the rate
    has_rate: bool
    mistake: str = ""
    sentence: str = ""


class Fit(NamedTuple):
    """A formula that an optimizer's steps are, with the rate of each."""

    family: Family
    naming: Mapping[str, str]
    rates: tuple[float, ...]


@cache
def _formulas() -> dict[str, str]:
    from fastnn.adopting.known_updates import FORMULAS  # only here: it brings all of adopting

    return {**FORMULAS, **_MORE}


@cache
def families() -> tuple[Family, ...]:
    """All that are right."""
    made = []
    for more, around in _AROUND:
        for name, formula in _formulas().items():
            if "lr" in formula or not more:
                made.append(_family(f"{name}{more}", around.format(formula)))
    made.append(_family(f"Adam{_BEHIND}", _formulas()["Adam"] + "; p = p - now * wd * p * on"))
    return tuple(sorted(made, key=lambda one: len(one.hypers)))


def mistaken(called: str) -> Iterator[Family]:
    """Those with a mistake, of the formulas that a class is called like."""
    for name, formula in _formulas().items():
        if name not in BOOKS and is_called(called, name):
            for old, new, mistake, sentence in _MISTAKES:
                wrong = re.sub(old, new, formula)
                if wrong != formula:
                    yield _family(name, wrong)._replace(text=formula, mistake=mistake,
                                                        sentence=sentence)


def is_called(called: str, name: str) -> bool:
    """Whether a class's name has that of an optimizer in it."""
    low = re.sub("[^a-z]", "", called.lower())
    first = re.split("[ ,']", name)[0].lower()
    if re.search(f"(no|non|not|without){first}|{first}(less|free)", low):
        return False
    return (first in low and first not in _PLAIN) or (
        first == "nesterov" and low.endswith("nag"))


def has_name(called: str) -> bool:
    """Whether a class is called like one that the book has not."""
    return any(is_called(called, name) for name in _formulas() if name not in BOOKS)


def _family(name: str, text: str) -> Family:
    code = compile(text, "<a known update>", "exec")
    states = sorted(one for one in set(code.co_names) - set("pgtw") if len(one) == 1)
    return Family(name, text, code, tuple(states),
                  tuple(one for one in _NAMES if one in code.co_names and one != "lr"),
                  "lr" in code.co_names)


def fits(family: Family, naming: Mapping[str, str], values: Mapping[str, float], rows: Any,
         on: Any = 1.0) -> Fit | None:
    """The formula, if the parameters behind all steps are what it leaves, at whatever rates.

    on: 1 where weights decay.
    """
    start, slopes = steps.data()
    p = _flat(start)
    kept: dict[str, Any] = dict.fromkeys(family.states, np.zeros_like(p))
    space = {name: values[own] for name, own in naming.items()}
    rates = []
    for t, (gradients, row) in enumerate(zip(slopes, rows), 1):
        common = {**space, "p": p, "g": _flat(gradients), "t": t, "on": on, **kept}
        still = {} if family.has_rate else _step(family, common)
        if family.has_rate:
            rate = _rate(family, common, row)
            if not np.isfinite(rate):
                return None
            still = _step(family, {**common, "lr": rate, "now": rate})
            rates.append(rate)
        if not np.allclose(still["p"], row, rtol=1e-9, atol=1e-11):
            return None
        p, kept = row, {name: still[name] for name in family.states}
    return Fit(family, naming, tuple(rates))


def _rate(family: Family, common: dict[str, Any], row: Any) -> float:
    """The rate of a step that ends in this row; of one that has it squared, by trial."""
    rate = 0.0
    for _ in range(1 if "now" not in family.code.co_names else 25):
        still, moved = (_step(family, {**common, "lr": one, "now": rate})["p"]
                        for one in (0.0, 1.0))
        with np.errstate(all="ignore"):
            way = moved - still
            rate = float(np.sum((row - still) * way) / np.sum(way * way))
    return rate


def _step(family: Family, space: dict[str, Any]) -> dict[str, Any]:
    made = {"__builtins__": {}, **_WORDS, **space}
    with np.errstate(all="ignore"):
        exec(family.code, made)
    return made


def weights_alone() -> Any:
    """1 where weights are in a row of all parameters, and 0 where biases are."""
    start, _ = steps.data()
    return np.concatenate([np.full(p.size, 1.0 - side)
                           for pair in start for side, p in enumerate(pair)])


def _flat(pairs: Any) -> Any:
    return np.concatenate([p.ravel() for pair in pairs for p in pair])


def words_of(hyper: str) -> tuple[str, ...]:
    """How a number of a formula is called."""
    return _NAMES[hyper]
