"""Slopes of losses by a program's own formula, element by element:

    def binary_cross_entropy_prime(y_true, y_pred):
        return ((1 - y_true) / (1 - y_pred) - y_true / y_pred) / np.size(y_true)

Such a formula becomes a loss of ours that goes backward as the function does. What it computes as a
loss is none that anybody is shown: `functions.py` knows which of those are recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.formula_text import NoFormula, Text
from fastnn.adopting.made_text import names_of
from fastnn.adopting.nodes import op
from fastnn.losses import PointwiseLoss

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.nodes import Node

_ARGUMENTS = ("arg", 1), ("arg", 2)
_NAMES = "y_pred", "y_true"
_MOST = 600  # characters of a formula
_made: dict[str, Any] = {}


def loss_of(node: Node, outputs: int) -> tuple[Any, bool] | None:
    """The loss of ours with this slope, and whether it is divided by the number of all elements,
    and not of samples; None where it is no such formula. outputs: which argument these are.
    """
    negative = node[:2] == ("op", "neg")
    if negative:  # -(a / n) is -a / n
        node = node[2]
    if node[:2] != ("op", "div") or node[3][:2] not in (("op", "size"), ("op", "len")) or (
            node[3][2] not in _ARGUMENTS):
        return None
    writer = _Text(outputs)
    try:
        text = writer.of(op("neg", node[2]) if negative else node[2])
    except NoFormula:
        return None
    if writer.options or writer.is_float64 or len(text) > _MOST or not all(
            name in text for name in _NAMES):
        return None
    if text not in _made:
        _made[text] = _compiled(text)
    return None if _made[text] is None else (_made[text], node[3][1] == "size")


class _Text(Text):
    """Writes a tree of two arrays."""

    def __init__(self, outputs: int) -> None:
        super().__init__(_NAMES[outputs != 0], {}, {})
        self._second = _NAMES[outputs == 0]

    def _text(self, node: Node) -> str:
        return self._second if node == _ARGUMENTS[1] else super()._text(node)


def _compiled(text: str) -> Any:
    """The class of ours; None where it cannot be."""
    lines = ("def formula(y_pred, y_true):\n    return (y_true - y_pred) ** 2\n"
             f"def slope(y_pred, y_true):\n    return {text}\n")
    space = names_of(lines, "a slope")
    try:
        return type("_Loss_of_a_Function", (PointwiseLoss,), {
            "formula": staticmethod(space["formula"]), "slope": staticmethod(space["slope"]),
            "sums_outputs": True, "__module__": __name__})
    except (TypeError, ValueError):
        return None
