"""One way to write a class of ours, and the settings and methods that several have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastnn import reference, registry
from fastnn.adopting.nodes import TRUE, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ZERO: Node = ("const", 0)
SELF: tuple[str, ...] = ()
LAYER = ("layer",)


@dataclass(frozen=True)
class Form:
    """One way to write a class of ours.

    methods: of the pattern, with what does it of ours: a method's name, or a function of our
    object.
    absent: settings that a class may do without, with the values that this can mean.
    inner: the forms of objects that it holds.
    does: what does a method for objects, where that is not what does it in a run; None: theirs.
    runs: our method in a loop that is handed over, where `methods` has a function of our object;
    means_all: whether it is the mean of all numbers at once, which of several outputs is another
    sum than ours.
    kept: attributes that ours does not keep, and a function of inputs and settings for each.
    """

    ours: Any
    pattern: type
    methods: Mapping[str, str | Callable[..., Any]]
    absent: Mapping[Any, tuple[Node, ...]] = field(default_factory=dict)
    inner: dict[str, type] = field(default_factory=dict)
    does: Mapping[str, Callable[..., Any] | None] = field(default_factory=dict)
    kept: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    means_all: bool = False
    lent: bool = True  # whether objects of ours may stand in their place in a run: the same digits
    whole: bool = True  # whether `fit` does it as it does our class
    flat: bool = False  # whether gradients of biases have one axis
    asks: str = ""  # the names, and "for", in one text, without which nobody writes it
    said_role: str = ""
    counted: str = ""  # where steps have to be counted: "before" the loop over layers, "behind" it
    alone: str = ""  # why one of its methods alone does not tell that a class is this
    hideable: frozenset[str] = frozenset()  # what ours sets, and theirs need not keep
    steps: bool = False  # whether loops know its way back as a step, by a rate that it is given
    hands_on: bool = False  # whether its way back hands on what it is given, and is no more
    after_softmax: bool = False  # whether its slope is that of the softmax before it, too
    in_order: bool = False  # whether its slope with swapped arguments is one that goes uphill
    begins: Mapping[str, tuple[Node, str]] = field(default_factory=dict)  # how a constructor has
    # to make a setting of what it is given: the beginning of the tree, and what else it would be

    @property
    def main(self) -> frozenset[str]:
        """The methods that a class of this role is there for."""
        return _MAIN[self.role] & self.methods.keys()

    @property
    def enough(self) -> frozenset[str]:
        """The methods one of which has to be found."""
        held = frozenset(("backward",)) if self.inner else frozenset()
        found = (_ENOUGH[self.role] | held) & self.methods.keys()
        return found or frozenset(self.methods.keys() & {"calculate"})

    @property
    def role(self) -> str:
        """The role of our class."""
        if self.said_role:
            return self.said_role
        found = registry.entry_of(self.ours)
        assert found
        return found.role

    @property
    def scalars(self) -> frozenset[tuple[Any, str]]:
        """Attributes that are numbers, and may be constants of theirs."""
        found = registry.entry_of(self.ours)
        names = {"current_learning_rate", "iterations", "accumulated_sum", "accumulated_count",
                 "precision", "label_smoothing", "training"}
        if found is not None:
            names |= {*found.settings, *found.options}
        kinds = (SELF, LAYER, *((name,) for name in self.inner))
        return frozenset((whose, name) for whose in kinds for name in names) | frozenset(
            (LAYER, name) for name in (*reference.STRENGTHS, "trainable"))


_MAIN = {"layer": frozenset(("forward", "backward")),
         "loss": frozenset(("forward", "backward", "calculate")),
         "optimizer": frozenset(("pre_update_params", "update_params", "post_update_params",
                                 "step")),
         "accuracy": frozenset(("compare", "calculate"))}
_ENOUGH = {"layer": frozenset(("forward",)), "loss": frozenset(("forward",)),
           "optimizer": frozenset(("update_params", "step")),
           "accuracy": frozenset(("compare", "calculate"))}


Absent = dict[Any, "tuple[Node, ...]"]
STRENGTHS: Absent = {(SELF, name): (ZERO,) for name in reference.STRENGTHS}
OF_LAYER: Absent = {(LAYER, name): (ZERO,) for name in reference.STRENGTHS}
FROZEN: Absent = {(LAYER, "trainable"): (TRUE,)}
PARAMETERS = {"get_parameters": "get_parameters", "set_parameters": "set_parameters"}
SHARE = {"rate": (("op", "sub", ("const", 1)),
                   "the rate that it is given is not the share that it drops")}
BOTH = {"forward": "forward", "backward": "backward"}
CALCULATE = {"calculate": "calculate"}
LOSS = {**BOTH, "calculate": "calculate", "calculate_accumulated": "calculate_accumulated",
         "new_pass": "new_pass", "remember_trainable_layers": "remember_trainable_layers",
         "regularization_loss": "regularization_loss"}
STEP = {"pre_update_params": "pre_update_params", "update_params": "update_params",
         "post_update_params": "post_update_params"}
SMOOTHING: Absent = {(SELF, "label_smoothing"): (ZERO,), (("loss",), "label_smoothing"): (ZERO,)}
BINARY: Absent = {(SELF, "binary"): (ZERO,)}
BOOK_GRADIENT: Absent = {(SELF, "book_gradient"): (ZERO, ("const", 1))}
ACCURACY = {"calculate": "calculate", "compare": "compare", "init": "init",
             "calculate_accumulated": "calculate_accumulated", "new_pass": "new_pass"}
NOT_IN_RUNS: dict[str, Any] = {"whole": False, "lent": False}
