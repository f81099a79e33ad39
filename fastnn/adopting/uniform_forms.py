"""Forms of dropout by uniform numbers: `uniform_dropout.py`.

    mask = (np.random.rand(*x.shape) < keep) / keep
    y = x * mask;  dx = dy * mask
or
    mask = np.random.rand(*x.shape) > p
    y = x * mask / (1 - p);  dx = dy * mask / (1 - p)

and each with the other comparisons, with truth values or ones as the mask, and with the ways to
drop nothing. Which of them are looked at says what a method compares with what it draws.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING

from fastnn.adopting.effects import effects
from fastnn.adopting.form import NOT_IN_RUNS, SHARE, Form
from fastnn.adopting.made_text import names_of
from fastnn.adopting.nodes import NONE, Node
from fastnn.adopting.uniform_dropout import (
    Kept,
    as_it_is,
    forward,
    of_inputs,
    switched,
    truths,
    uniform,
)

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.reader import Reading

_DROPPED = {"rate": (("arg",), "the rate that it is given is not the share that it drops")}
_SIGNS = {("lt", False): "<", ("le", False): "<=", ("lt", True): ">", ("le", True): ">="}
_MASKS: dict[str, Any] = {"({}) / {}": None, "{}": truths, "({}).astype(inputs.dtype)": of_inputs,
                          "({}).astype(float)": as_it_is}
_NOT = {"copy": "self.output = inputs.copy()", "same": "self.output = inputs"}


def forms_of(theirs: dict[str, list[Reading]]) -> list[Form]:
    """The forms that a class with these methods may be; none where it draws nothing."""
    found: list[Form] = []
    for reading in itertools.chain(*theirs.values()):
        if not _parts(reading.draws, "uniform"):
            continue
        for node in [*(cell.node for cell in effects(reading).values()),
                     getattr(reading.result, "node", NONE)]:
            for word in ("lt", "le"):
                for one in _parts(node, word):
                    found += [form for form in _forms_by(word, one) if form not in found]
    return found


def _parts(node: Node, word: str) -> list[Node]:
    """The operations of this name in a tree."""
    found = [node] if node[:2] == ("op", word) else []
    return found + [one for part in node if isinstance(part, tuple) for one in _parts(part, word)]


def _forms_by(word: str, node: Node) -> list[Form]:
    """By a comparison of what was drawn."""
    _, _, first, second = node
    is_second = second[:2] == ("op", "uniform")
    bound = first if is_second else second
    if not is_second and first[:2] != ("op", "uniform"):
        return []
    turned = bound[:3] == ("op", "sub", ("const", 1))
    sign = _SIGNS[word, is_second]
    dropped = turned if sign[0] == "<" else not turned
    return list(_forms(Kept(sign, turned, dropped)))


@lru_cache(16)
def _forms(kept: Kept) -> tuple[Form, ...]:
    """All ways to write it with this comparison."""
    found = []
    share = "(1 - self.rate)" if kept.dropped else "self.rate"
    bound = "(1 - self.rate)" if kept.turned else "self.rate"
    truth = f"np.random.random_sample(inputs.shape) {kept.sign} {bound}"
    for mask, make in _MASKS.items():
        more = "" if make is None else f" / {share}"
        drops = [f"self.binary_mask = {mask.format(truth, share)}",
                 f"self.output = inputs * self.binary_mask{more}"]
        back = f"self.dinputs = dvalues * self.binary_mask{more}"
        for otherwise in ("copy", "same", *(("ones",) if make is None else ())):
            for switch in ("training", "self.training"):
                found.append(_form(kept, make, otherwise, switch, drops, back))
    return tuple(found)


def _form(kept: Kept, make: Any, otherwise: str, switch: str, drops: list[str], back: str) -> Form:
    by_object = switch.startswith("self")
    if otherwise == "ones":
        lines = [f"if {switch}:", f"    {drops[0]}", "else:",
                 "    self.binary_mask = np.ones_like(inputs)", drops[1]]
    else:
        lines = [f"if {switch}:", *(f"    {one}" for one in drops), "else:",
                 f"    {_NOT[otherwise]}"]
    text = ("class Pattern:\n"
            f"    def forward(self, inputs{'' if by_object else ', training=True'}):\n"
            "        self.inputs = inputs\n" + "".join(f"        {one}\n" for one in lines)
            + f"    def backward(self, dvalues):\n        {back}\n")
    space = names_of(text, "dropout by uniform numbers")
    does = (switched if by_object else forward)(otherwise, make)
    whole = make is None and otherwise == "copy" and not by_object
    return Form(uniform(kept), space["Pattern"], {
        "forward": "forward" if whole else does, "backward": "backward"},
        does={} if make is None else {"backward": None},
        begins=_DROPPED if kept.dropped else SHARE, **({} if whole else NOT_IN_RUNS))
