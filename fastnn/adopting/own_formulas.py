"""Activations of somebody's own: any formula, element by element, compiled as it is written.

What the book does not have, or has otherwise (`np.maximum(x, 0)`, `d * (x > 0)`, Swish), becomes a
class of ours made of the two formulas (`activations/formula.py`), which are checked against each
other by central differences there; that class is a form like the others.

What forward keeps for the way back (a mask, a sigmoid) is part of the form (`kept.py`): the class
of ours computes it anew, objects read what was kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from fastnn.activations import Activation
from fastnn.adopting import kept
from fastnn.adopting.effects import effects
from fastnn.adopting.form import Form
from fastnn.adopting.formula_text import NoFormula, Text
from fastnn.adopting.made_text import names_of
from fastnn.adopting.nodes import NONE, Node, is_truth

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading

_INPUT: Node = ("arg", 1)
_MOST = 600  # characters of a formula
_made: dict[Any, Form | None] = {}


def form_of(theirs: dict[str, list[Reading]]) -> Form | None:
    """The form for the class with these methods; None where it is no activation of this kind."""
    for forward, (first, *_) in theirs.items():
        if len(first.needed) != 2:
            continue
        for formula, names, more in _outputs(first):
            for backward, (second, *_) in theirs.items():
                if backward == forward or not 2 <= len(second.needed) <= 3:
                    continue  # a third is a rate, of which an activation makes nothing
                for slope in results_of(second):
                    found = _form(formula, slope, names, more)
                    if found is not None:
                        return found
    return None


def results_of(reading: Reading) -> list[Node]:
    """What a method may be there for: what it sets, or gives back."""
    found = [cell.node for cell in effects(reading).values()]
    result = getattr(reading.result, "node", NONE)
    if result != NONE and result not in found:
        found.append(result)
    return [node for node in found if node[0] == "op"]


def _outputs(reading: Reading) -> list[tuple[Node, dict[Any, str], dict[Any, Node]]]:
    """Formulas, what attributes are then (inputs and output), and what is kept besides."""
    found = []
    for node in results_of(reading):
        names: dict[Any, str] = {}
        more: dict[Any, Node] = {}
        for key, cell in effects(reading).items():
            if cell.node == _INPUT:
                names[key] = "inputs"
            elif cell.node == node:
                names[key] = "output"
            elif key[0] == ():
                more[key] = cell.node
        found.append((node, names, more))
    return found


def _form(formula: Node, slope: Node, names: dict[Any, str], more: dict[Any, Node]) -> Form | None:
    options: dict[str, str] = {}
    texts = texts_of(formula, slope, names, more, options)
    return None if texts is None else compiled_of(texts, sorted(options.values()))


def compiled_of(texts: _Formulas, options: list[str]) -> Form | None:
    """The class of ours by these texts and its pattern; None where it cannot be."""
    key = texts.formula, texts.slope, texts.by_kept, *texts.kept.values()
    if key not in _made:
        _made[key] = _compiled(texts, options)
    return _made[key]


def texts_of(formula: Node, slope: Node, names: dict[Any, str], more: dict[Any, Node],
             options: dict[str, str]) -> _Formulas | None:
    """The formulas as texts, their options added; None where they are none of an activation."""
    held = {key: f"{kept.PREFIX}{number}" for number, key in enumerate(more)}
    try:
        forward = Text("inputs", {}, options)
        there = forward.of(formula)
        values = {held[key]: Text("inputs", {}, options).of(node, kept=True)
                  for key, node in more.items()}
        inlined = Text("dvalues", names | {key: f"({values[name]})" for key, name in held.items()},
                       options, more, inlined=True)
        back = inlined.of(slope)
        known = Text("dvalues", names | held, options, more)
        by_kept = known.of(slope)
    except NoFormula:
        return None
    texts = there, back, by_kept, *values.values()
    if not _asks(back, "dvalues") or not _asks(there, "inputs") or max(map(len, texts)) > _MOST or (
            not _asks(back, "inputs") and not _asks(back, "output")):
        return None
    return _Formulas(there, back, by_kept, values, {
        held[key]: is_truth(node) for key, node in more.items()}, forward.is_float64,
        inlined.is_float64)


class _Formulas(NamedTuple):
    """The texts: forward and slope of our class, slope by what is kept, what is kept.

    truths: which of the kept are truth values. The last two say whether a formula makes float64
    whatever it is given.
    """

    formula: str
    slope: str
    by_kept: str
    kept: dict[str, str]
    truths: dict[str, bool]
    float64_there: bool
    float64_back: bool


def _asks(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def _compiled(texts: _Formulas, options: list[str]) -> Form | None:
    """The class of ours and its pattern; None where it cannot be, or where they do not agree."""
    more = "".join(f", {name}=0.1" for name in options)
    lines = []
    for name, text in (("slope", texts.slope), ("by_kept", texts.by_kept)):
        asked = [one for one in ("inputs", "output", *texts.kept, *options) if _asks(text, one)]
        lines.append(f"def {name}(dvalues{''.join(f', {one}' for one in asked)}):\n"
                     f"    return {text}\n")
    for name, text in texts.kept.items():
        asked = [one for one in options if _asks(text, one)]
        lines.append(f"def {name}(inputs{''.join(f', {one}' for one in asked)}):\n"
                     f"    return {text}\n")
    kept_lines = "".join(f"        self.{name} = {_owned(text, options)}\n"
                         for name, text in texts.kept.items())
    back = _owned(texts.by_kept, ["inputs", "output", *texts.kept, *options])
    text = (f"def formula(inputs{more}):\n    return {texts.formula}\n{''.join(lines)}"
            "class Pattern:\n"
            "    def forward(self, inputs):\n"
            "        self.inputs = inputs\n"
            f"        self.output = {_owned(texts.formula, options)}\n{kept_lines}"
            "    def backward(self, dvalues):\n"
            f"        self.dinputs = {back}\n")
    space = names_of(text, "a formula")
    space["formula"].makes_float64 = texts.float64_there
    space["slope"].makes_float64 = space["by_kept"].makes_float64 = texts.float64_back
    try:
        ours: Any = type("Activation_Own", (Activation,), {
            "formula": staticmethod(space["formula"]), "slope": staticmethod(space["slope"]),
            "__module__": "fastnn_adopted"})
        ours._settle()
        does = kept.way_back(space["by_kept"], texts.truths) if texts.kept else {}
    except (TypeError, ValueError):
        return None
    return Form(ours, space["Pattern"], {"forward": "forward", "backward": "backward"},
                does=does, kept={name: space[name] for name in texts.kept})


def _owned(text: str, names: list[str]) -> str:
    """A text with these names as attributes."""
    return re.sub(rf"\b({'|'.join(names)})\b", r"self.\1", text) if names else text
