"""Whether an optimizer by a formula of its own is meant: no mistake of somebody's is adopted.

Its update has to be a known one (`known_updates.py`), and around it the numbers have to be what
such an optimizer's are: kept as the constructor is given them, within their bounds, the rate the
one that decays, the steps counted from 0 and once for all layers. What is not that is left, with
what it looks like: `checking/steps.py` knows the mistakes.
"""

from __future__ import annotations

import inspect
import itertools
import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.constructed import Constructed, is_number
from fastnn.adopting.effects import effects
from fastnn.adopting.form import SELF
from fastnn.adopting.known_updates import Known, Run, abstract, kind_of
from fastnn.adopting.nodes import Unread
from fastnn.adopting.rounds import is_outside
from fastnn.adopting.things import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from fastnn.adopting.reader import Reading
    from fastnn.adopting.update_text import Formula, Numbers

# From where to where defaults and constants may be, the ends left out. A mean that forgets more
# than half with each step is one with its shares swapped.
_BOUNDS = {"lr": (0, 100), "mu": (-1e-9, 1), "rho": (0.4, 1), "b1": (0.4, 1), "b2": (0.4, 1),
           "eps": (0, 0.2), "wd": (-1e-9, 0.5), "damp": (-1e-9, 0.5), "limit": (0, np.inf)}
_WORDS = {"lr": "rate", "mu": "momentum", "rho": "share", "b1": "beta_1", "b2": "beta_2",
          "eps": "epsilon", "wd": "weight decay", "damp": "dampening", "limit": "limit"}
_UPHILL = "the step is added in the direction of the gradient, which is uphill"
_OF_NONE = ("its update is none of those that are known (momentum, Nesterov's, AdaDelta, AdaMax, "
            "AMSGrad, ...), and may be one with a mistake in it")
_PER_LAYER = ("its iterations are counted for each layer, and should be once for all of them: "
              "decay and bias correction go too fast")


def what_is_wrong(kind: type, formula: Formula, reading: Reading, numbers: Numbers) -> str:
    """Why an update is not adopted; nothing where it may be."""
    known = kind_of(formula)
    if not known:
        return _mistaken(formula)
    counts = {key for key in effects(reading) if key in numbers.counts}
    asks = bool(re.search(r"\bt\b", repr((formula.states, formula.steps))))
    decays = formula.within or bool(numbers.computed)
    if counts and (asks or decays):
        return _PER_LAYER
    if formula.rate is not None and numbers.computed - {formula.rate}:
        return "the rate that it computes is not the one that its step takes"
    if (asks or decays) and len(numbers.counts) != 1:
        return "its steps are not counted by one number"
    try:
        begun = Constructed(kind)
    except Unread as why:
        return f"__init__: {why}"
    if (asks or decays) and begun.of(*numbers.counts) != 0:
        return "its steps are not counted from 0 on"
    if idle := begun.idle():
        return f"{idle} is kept, and no method uses it"
    whys = [_amiss(formula, one, begun, computed=bool(numbers.computed)) for one in known]
    return "" if "" in whys else whys[0]


def _amiss(formula: Formula, known: Known, begun: Constructed, *, computed: bool) -> str:
    """What is wrong with the numbers of an update that is a known one."""
    if computed and known.roles.get("lr") != "lr":
        return f"as {known.name} it has another rate than the one that it computes"
    values: dict[str, Any] = {}
    for name, role in known.roles.items():
        if name in known.numbers:
            if role in ("lr", "damp"):
                return f"as {known.name} its {_WORDS[role]} would be {known.numbers[name]}"
            values[role] = known.numbers[name]
            continue
        key = formula.rate if name == "lr" else (SELF, name.removeprefix("option_"))
        if key is None:
            continue  # it is computed within
        found = begun.of(key)
        if is_outside(key[1]) or found is MISSING and computed and name == "lr":
            continue  # `steps_around.py` and the proof ask how it is made
        if found is MISSING:
            return f"what it has as {key[1]} is not what its constructor is given"
        if found is not inspect.Parameter.empty:
            values[role] = found
    for role, value in values.items():
        low, high = _BOUNDS[role]
        if not is_number(value) or not low < value < high:
            return f"as {known.name} its {_WORDS[role]} would be {value}"
    if values.get("b1", 0) > values.get("b2", 1):
        return f"as {known.name} its beta_1 and beta_2 are swapped"
    if "damp" in known.roles.values() and "damp" not in values:
        return f"as {known.name} nothing says what its dampening is"
    return ""


@cache
def _mistaken(formula: Formula) -> str:
    """What an update that is not known looks like."""
    turned = formula._replace(steps=tuple(("-" if sign == "+" else "+", text)
                                          for sign, text in formula.steps))
    if kind_of(turned):
        return _UPHILL
    from fastnn.checking import steps  # only here: it brings all of the checker

    function, names, _ = abstract(formula)
    if len(names) > len(steps.HYPERS["Adam"]):
        return _OF_NONE
    theirs = Run(names, len(formula.states), function)
    try:
        rates = theirs.rates() or names
    except ArithmeticError:  # of Python's own numbers: 1 / 0
        return _OF_NONE
    for book, mistakes in steps.MISTAKES.items():
        hypers = [one for one in steps.HYPERS[book] if one != "decay"]
        for mistake, order in itertools.product(mistakes, itertools.permutations(
                hypers, len(names))):
            if mistake in steps.OF_RATES or "learning_rate" not in order or (
                    names[order.index("learning_rate")] not in rates):
                continue
            roles = {name: "lr" if one == "learning_rate" else one
                     for name, one in zip(names, order)}
            if theirs.agrees(roles, _as_the_book(steps.change_of, book, roles, mistake), 2,
                              equal_nan=True):
                return f"as Optimizer_{book}: {steps.MISTAKES[book][mistake]}"
    return _OF_NONE


def _as_the_book(change_of: Callable[..., Any], book: str, roles: Mapping[str, str], mistake: str
                 ) -> Callable[..., Any]:
    """A step of one of the book's with a mistake in it; what it has more than theirs is any number.
    """
    def step(values: Mapping[str, float], t: int, p: Any, g: Any, states: Any) -> Any:
        hypers = {"momentum": 0.55, "rho": 0.65, "beta_1": 0.45, "beta_2": 0.85, "epsilon": 0.15}
        hypers |= {roles[name]: value for name, value in values.items()}
        return p + change_of(book, g, states, hypers["lr"], t - 1, hypers, mistake), states
    return step

