"""Activations of somebody's own: any formula, element by element, compiled as it is written.

What the book does not have, or has otherwise (`np.maximum(x, 0)`, `d * (x > 0)`, Swish), becomes a
class of ours made of the two formulas (`activations/formula.py`), which are checked against each
other by central differences there; that class is a form like the others.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.activations import Activation
from fastnn.adopting.effects import effects
from fastnn.adopting.forms import Form
from fastnn.adopting.names import key_of
from fastnn.adopting.nodes import NONE, Node

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading

_INPUT: Node = ("arg", 1)
_BINARY = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "eq": "=="}
_CALLED = {"exp", "log", "sqrt", "tanh", "abs", "sign", "square", "maximum", "minimum", "where",
           "clip"}
_MOST = 600  # characters of a formula
_made: dict[tuple[str, str], Form | None] = {}


class _NoFormula(Exception):
    """It is not computed element by element."""


def form_of(theirs: dict[str, list[Reading]]) -> Form | None:
    """The form for the class with these methods; None where it is no activation of this kind."""
    for forward, (first, *_) in theirs.items():
        if len(first.needed) != 2:
            continue
        for formula, names in _outputs(first):
            for backward, (second, *_) in theirs.items():
                if backward == forward or len(second.needed) != 2:
                    continue
                for slope in _results(second):
                    found = _form(formula, slope, names)
                    if found is not None:
                        return found
    return None


def _results(reading: Reading) -> list[Node]:
    """What a method may be there for: what it sets, or gives back."""
    found = [cell.node for _, cell in effects(reading)]
    result = getattr(reading.result, "node", NONE)
    if result != NONE and result not in found:
        found.append(result)
    return [node for node in found if node[0] == "op"]


def _outputs(reading: Reading) -> list[tuple[Node, dict[Any, str]]]:
    """Formulas, and what attributes are then: inputs and output."""
    found = []
    for node in _results(reading):
        names = {}
        for key, cell in effects(reading):
            if cell.node == _INPUT:
                names[key] = "inputs"
            elif cell.node == node:
                names[key] = "output"
        found.append((node, names))
    return found


def _form(formula: Node, slope: Node, names: dict[Any, str]) -> Form | None:
    options: dict[str, str] = {}
    try:
        texts = (_text(formula, "inputs", {}, options), _text(slope, "dvalues", names, options))
    except _NoFormula:
        return None
    if "dvalues" not in texts[1] or "inputs" not in texts[0] or max(map(len, texts)) > _MOST or (
            "inputs" not in texts[1] and "output" not in texts[1]):
        return None
    if texts not in _made:
        _made[texts] = _compiled(*texts, sorted(options.values()))
    return _made[texts]


def _text(node: Node, argument: str, names: dict[Any, str], options: dict[str, str]) -> str:
    """A tree as Python."""
    kind = node[0]
    if kind == "const":
        return repr(node[1])
    if node == _INPUT:
        return argument
    if kind == "attr":
        key = key_of(node)
        if key is None or key[0]:
            raise _NoFormula
        return names.get(key) or options.setdefault(key[1], f"option_{key[1]}")
    if kind != "op":
        raise _NoFormula
    word, args = node[1], node[2:]
    if word == "set":
        base, condition, value = (_text(one, argument, names, options) for one in args)
        if args[1][0] != "op" or args[1][1] not in ("lt", "le", "eq", "not"):
            raise _NoFormula
        return f"np.where({condition}, {value}, {base})"
    parts = [_text(one, argument, names, options) for one in args]
    if word in _BINARY:
        return f"({parts[0]} {_BINARY[word]} {parts[1]})"
    if word == "neg":
        return f"(-{parts[0]})"
    if word == "not":
        return f"(~{parts[0]})"
    if word in _CALLED and "None" not in parts:
        return f"np.{word}({', '.join(parts)})"
    raise _NoFormula


def _compiled(formula: str, slope: str, options: list[str]) -> Form | None:
    """The class of ours and its pattern; None where it cannot be, or where they do not agree."""
    more = "".join(f", {name}=0.1" for name in options)
    used = [name for name in ("inputs", "output") if name in slope]
    kept = "".join(f", {name}" for name in used) + "".join(
        f", {name}" for name in options if name in slope)
    own = {name: f"self.{name}" for name in ("inputs", "output", *options)}
    text = (f"def formula(inputs{more}):\n    return {formula}\n"
            f"def slope(dvalues{kept}):\n    return {slope}\n"
            "class Pattern:\n"
            "    def forward(self, inputs):\n"
            "        self.inputs = inputs\n"
            f"        self.output = {_named(formula, options, own)}\n"
            "    def backward(self, dvalues):\n"
            f"        self.dinputs = {_named(slope, [*used, *options], own)}\n")
    file = f"<fastnn: a formula, {len(_made)}>"
    linecache.cache[file] = len(text), None, text.splitlines(True), file
    space: dict[str, Any] = {"np": np, "__name__": "fastnn_adopted"}
    exec(compile(text, file, "exec"), space)
    try:
        ours = type("Activation_Own", (Activation,), {
            "formula": staticmethod(space["formula"]), "slope": staticmethod(space["slope"]),
            "__module__": "fastnn_adopted"})
        ours._settle()  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return None
    return Form(ours, space["Pattern"], {"forward": "forward", "backward": "backward"})


def _named(text: str, names: list[str], own: dict[str, str]) -> str:
    for name in names:
        text = text.replace(name, own[name])
    return text
