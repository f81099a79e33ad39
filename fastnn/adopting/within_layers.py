"""Dense layers with their activation inside: one class makes the sums and what becomes of them.

    z = x @ W + b;  y = f(z)          dz = dy * f'(z);  dW = x.T @ dz;  db = sum(dz);  dx = dz @ W.T

f is any formula that `own_formulas.py` takes, and is checked there; where an attribute says which
(`if self.activation == "relu"`), it is the first of them that is one, and of objects with another
their own lines run.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from fastnn.adopting.bounds import with_texts
from fastnn.adopting.effects import effects
from fastnn.adopting.form import NOT_IN_RUNS, Form
from fastnn.adopting.made_text import names_of
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.own_formulas import compiled_of, results_of, texts_of
from fastnn.adopting.targets import need
from fastnn.adopting.things import SELF
from fastnn.adopting.trees import put_instead
from fastnn.layers import Layer_Dense
from fastnn.layers.products import slopes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.adopting.reader import Reading

_INPUT: Node = ("arg", 1)
_PRODUCTS = ("dot", "matmul")
_HOLDS = {"inputs": "sums", "output": "output"}  # an activation's attributes, and the layer's
_made: dict[Any, Form | None] = {}


class Layer_Dense_Activation(Layer_Dense):
    """A dense layer whose output its activation has been through."""


def as_named(theirs: dict[str, list[Reading]]) -> dict[str, list[Reading]]:
    """The readings of methods, and before them those in which an attribute has a name."""
    return {name: [*(one for reading in found for one in with_texts(reading)), *found]
            for name, found in theirs.items()}


def forms_of(theirs: dict[str, list[Reading]]) -> Iterator[Form]:
    """The forms that a class with these methods, as they are by names, may be."""
    every = [(name, one) for name, found in theirs.items() for one in found
             if len(one.needed) == 2 and one.round is None]
    layers = [(name, one, sums) for name, one in every if (sums := _sums_of(one)) is not None]
    gradients = [(name, one, back) for name, one in every if (back := _back_of(one)) is not None]
    for (name, first, sums), (other, second, back) in itertools.product(layers, gradients):
        if name == other or first.equal != second.equal:
            continue
        for formula, names in _formulas(first, sums):
            found = _form(formula, back, names)
            if found is not None:
                yield found


class _Back(NamedTuple):
    """The gradient of the sums, and whether that of the biases has one axis."""

    slope: Node
    flat: bool


def _sums_of(reading: Reading) -> Node | None:
    """The tree x @ W + b in what a method makes."""
    return next((found for node in results_of(reading)
                 if (found := _sums_in(node)) is not None), None)


def _sums_in(node: Node) -> Node | None:
    if node[:2] == ("op", "add"):
        for one, other in ((node[2], node[3]), (node[3], node[2])):
            if _is_product(one, _INPUT) and one[3][:2] == other[:2] == ("attr", SELF):
                return node
    return next((found for one in node[2:] if isinstance(one, tuple)
                 if (found := _sums_in(one)) is not None), None) if node[0] == "op" else None


def _is_product(node: Node, first: Node) -> bool:
    return node[0] == "op" and node[1] in _PRODUCTS and node[2] == first


def _back_of(reading: Reading) -> _Back | None:
    """What x.T is multiplied by, and how that is summed for the biases."""
    nodes = [cell.node for cell in effects(reading).values()]
    result = reading.result
    for one in getattr(result, "values", [result]):
        nodes.append(getattr(one, "node", NONE))
    for node in nodes:
        if node[0] == "op" and node[1] in _PRODUCTS and node[2][:2] == ("op", "transpose") and (
                node[2][2][:2] == ("attr", SELF)):
            sums = ("op", "sum", node[3], ("const", 0))
            return _Back(node[3], (*sums, ("bool", False)) in nodes)
    return None


def _formulas(reading: Reading, sums: Node) -> Iterator[tuple[Node, dict[Any, str]]]:
    """The formulas of what is made of the sums, and which attributes those and their outputs are.
    """
    for node in results_of(reading):
        formula = put_instead(node, sums, NONE)
        if node == sums or formula == node or _asks_input(formula):
            continue
        names = {key: "inputs" if cell.node == sums else "output"
                 for key, cell in effects(reading).items() if cell.node in (sums, node)}
        yield put_instead(node, sums, _INPUT), names


def _asks_input(node: Node) -> bool:
    return node == _INPUT or any(_asks_input(one) for one in node if isinstance(one, tuple))


def _form(formula: Node, back: _Back, names: dict[Any, str]) -> Form | None:
    options: dict[str, str] = {}
    texts = texts_of(formula, back.slope, names, {}, options)
    if texts is None or options:
        return None
    key = texts.formula, texts.slope, back.flat
    if key not in _made:
        own = compiled_of(texts, [])
        _made[key] = None if own is None else _compiled(own.ours, *key)
    return _made[key]


def _compiled(own: Any, formula: str, slope: str, flat: bool) -> Form:
    text = ("class Pattern:\n"
            "    def forward(self, inputs):\n"
            "        self.inputs = inputs\n"
            "        self.sums = np.dot(inputs, self.weights) + self.biases\n"
            f"        self.output = {_of_layer(formula)}\n"
            "    def backward(self, dvalues):\n"
            f"        slopes = {_of_layer(slope)}\n"
            "        self.dweights = np.dot(self.inputs.T, slopes)\n"
            f"        self.dbiases = np.sum(slopes, axis=0{'' if flat else ', keepdims=True'})\n"
            "        self.dinputs = np.dot(slopes, self.weights.T)\n")
    space = names_of(text, "a dense layer with its activation")
    return Form(Layer_Dense_Activation, space["Pattern"], {
        "forward": _forward(own), "backward": _backward(own)}, flat=flat,
        hideable=frozenset(("sums",)), **NOT_IN_RUNS)


def _of_layer(text: str) -> str:
    return re.sub(r"\b(inputs|output)\b", lambda found: f"self.{_HOLDS[found[0]]}", text)


def _forward(own: Any) -> Any:
    def forward(layer: Any, inputs: Any) -> None:
        Layer_Dense.forward(layer, inputs)
        activation = object.__new__(own)
        activation.forward(layer.output)
        layer.sums, layer.output = layer.output, activation.output
    return forward


def _backward(own: Any) -> Any:
    """TypeError before anything is set, where what was kept is not as the kernels take it."""
    asked = [name for name in _HOLDS if name in own._kept]

    def backward(layer: Any, dvalues: Any) -> None:
        activation = object.__new__(own)
        for name in asked:
            kept = getattr(layer, _HOLDS[name])
            need(kept.shape == dvalues.shape and kept.dtype == dvalues.dtype
                 and kept.flags.c_contiguous and kept.dtype.isnative)
            setattr(activation, name, kept)
        activation.backward(dvalues)
        found = slopes(layer.inputs, layer.weights, activation.dinputs)
        if found is None:
            raise TypeError("not what kernels take")
        layer.dweights, layer.dbiases, layer.dinputs = found
    return backward
