"""Optimizers of somebody's own: any update, element by element, compiled as it is written.

What is none of the book's five (momentum that the rate multiplies afterwards, Nesterov's in its
several ways, AdaDelta, a weight decay within the gradient, other groupings) becomes a class of ours
made of its formula (`optimizers/formula.py`). Beside it a pattern is written, which does to a layer
what the class does; whether theirs is this is proved as it is of any form. What is found here is
only what is to be tried.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.adopting.begun import zeros_of
from fastnn.adopting.effects import effects
from fastnn.adopting.form import FROZEN, LAYER, SELF, Form
from fastnn.adopting.forms import ways_of_an_optimizer
from fastnn.adopting.formula_text import NoFormula
from fastnn.adopting.made_text import names_of
from fastnn.adopting.names import CONSTANTS, Names
from fastnn.adopting.patterns import EachCount
from fastnn.adopting.powers import with_powers
from fastnn.adopting.sound_updates import what_is_wrong
from fastnn.adopting.steps_around import what_is_wrong_around
from fastnn.adopting.together import each_count
from fastnn.adopting.update_text import STATES, Formula, Numbers, Side, formula_of, sides_of
from fastnn.optimizers import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from fastnn.adopting.found import Proof
    from fastnn.adopting.reader import Reading

_MOST = 1500  # characters of a formula
_made: dict[Any, list[Form]] = {}


def forms_of(kind: type, theirs: Mapping[str, list[Reading]], layers: Sequence[Names],
             whys: list[str]) -> Iterator[list[Form]]:
    """What a class with these methods may be: a formula, and the ways to write it.

    layers: what it finds on layers that are known. whys: gets why a formula is not taken.
    """
    numbers = Numbers.of(theirs)
    for reading, *_ in theirs.values():
        if len(reading.arguments) != 2:
            continue
        steps = any(key and key[0] == SELF for key in effects(reading))
        for first, other in sides_of(reading):
            try:
                formula = formula_of(first, numbers.rates, numbers.counts)
            except NoFormula:
                continue
            second = _like(formula, other, numbers)
            if second is None or len(repr(formula)) > _MOST:
                continue
            if why := _wrong(kind, formula, reading, numbers, theirs):
                whys.append(why)
                continue
            for sides in _in_order(first, second, layers):
                yield _forms(formula, zeros_of(reading, sides), steps=steps or formula.within)


def _wrong(kind: type, formula: Formula, reading: Reading, numbers: Numbers,
           theirs: Mapping[str, list[Reading]]) -> str:
    """Why a class may have a mistake, in its update or around it; nothing where it has none."""
    whys = (what_is_wrong_around(kind, one, formula) for several in theirs.values()
            for one in several if one.round is not None)
    return what_is_wrong(kind, formula, reading, numbers) or next(filter(None, whys), "")


def is_by_a_rate(found: Proof) -> bool:
    """Whether the rate that a class computes is of one that it is given: 1 / (1 + decay * count) is
    one of 1, and would be a rate that was forgotten.
    """
    made = found.names.attributes.get((SELF, "learning_rate"))
    return made is None or made[0] not in CONSTANTS


def _in_order(first: Side, second: Side, layers: Sequence[Names]) -> list[tuple[Side, Side]]:
    """Weights before biases, as layers tell. Of layers that have neither, as another file's may,
    nothing is told: either may be the weights then.
    """
    both = [(first, second), (second, first)]
    return [one for one in both if any(_are_of(one, names) for names in layers)] or both


def _are_of(sides: tuple[Side, Side], layer: Names) -> bool:
    return all(layer.attributes.get((LAYER, name)) == side.parameters
               for name, side in zip(("weights", "biases"), sides))


def _like(formula: Formula, side: Side, numbers: Numbers) -> Side | None:
    """The other side, its states in the order in which the formula is the same."""
    for parameters in side.trees:
        others = [key for key in side.trees if key != parameters]
        for states in itertools.permutations(others):
            found = side._replace(parameters=parameters, states=states)
            try:
                if formula_of(found, numbers.rates, numbers.counts) == formula:
                    return found
            except NoFormula:
                continue
    return None


def _forms(formula: Formula, zeros: Any, *, steps: bool) -> list[Form]:
    if zeros is None:
        return []
    key = formula, steps, tuple((asked, tuple(made)) for asked, made in zeros.items())
    if key not in _made:
        _made[key] = _compiled(formula, zeros, steps=steps)
    return _made[key]


def _compiled(formula: Formula, zeros: Mapping[str, list[str]], *, steps: bool) -> list[Form]:
    """The class of ours and the ways to write it; none where it cannot be compiled."""
    states = STATES[:len(formula.states)]
    new = [f"    new_{name} = {text}\n" for name, text in formula.states]
    step = "".join(f" {sign} {text}" for sign, text in formula.steps)
    text = (f"def update({', '.join(['parameters', 'gradient', *states, 'lr', 't'])}"
            f"{''.join(f', {name}=0.1' for name in formula.options)}):\n{''.join(new)}"
            f"    return {', '.join([f'parameters{step}', *(f'new_{one}' for one in states)])}\n"
            f"{_pattern(formula, zeros)}")
    space = names_of(text, "an update", Book=reference.Optimizer)
    try:
        ours = type("Optimizer_Own", (Optimizer,), {
            "states": states, "update": staticmethod(space["update"]),
            "current_learning_rate": 0.0, "iterations": 0, "__module__": "fastnn_adopted"})
    except (TypeError, ValueError, ArithmeticError):  # the last of `rate / 0`
        return []
    body = space["Pattern"]
    made = ways_of_an_optimizer(ours, [body], steps=steps)
    if steps:
        made.append(Form(ours, type("Pattern", (EachCount, body), {}), {"step": each_count}, FROZEN,
                         whole=False))
    return [with_powers(form, formula.powers) for form in made] if formula.powers else made


def _pattern(formula: Formula, zeros: Mapping[str, list[str]]) -> str:
    """A class that does to a layer what ours does: parameters in place, states anew."""
    lines = ["if not getattr(layer, 'trainable', True):", "    return"]
    for asked, made in zeros.items():
        lines.append(f"if not hasattr(layer, {asked!r}):")
        lines += [f"    layer.{name} = np.zeros_like(layer.{_SIDES[name.partition('_')[0]]})"
                  for name in made]
    for side, parameters in _SIDES.items():
        lines += [_of_side(f"new_{name} = {text}", side, parameters, formula)
                  for name, text in formula.states]
    for side, parameters in _SIDES.items():
        lines += [_of_side(f"parameters {sign}= {text}", side, parameters, formula)
                  for sign, text in formula.steps]
    lines += [f"layer.{side}_{name} = new_{side}_{name}" for side in _SIDES
              for name, _ in formula.states]
    return ("class Pattern(Book):\n    def update_params(self, layer):\n"
            + "".join(f"        {line}\n" for line in lines))


_SIDES = {"weight": "weights", "bias": "biases"}


def _of_side(text: str, side: str, parameters: str, formula: Formula) -> str:
    """A line of the formula, of the attributes of one side of a layer."""
    words = {"parameters": f"layer.{parameters}", "gradient": f"layer.d{parameters}",
             "lr": "self.current_learning_rate", "t": "(self.iterations + 1)"}
    words |= {name: f"layer.{side}_{name}" for name, _ in formula.states}
    words |= {f"new_{name}": f"new_{side}_{name}" for name, _ in formula.states}
    words |= {name: f"self.{name}" for name in formula.options}
    return re.sub(rf"(?<![\w.])({'|'.join(words)})\b", lambda found: words[found[1]], text)
