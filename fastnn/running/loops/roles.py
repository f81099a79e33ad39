"""Who of a program's objects is a layer, a loss, an optimizer, and what its methods mean.

fastnn's own objects have their own names. Those of a class that was adopted have what
`fastnn.adopting` found their methods and attributes to be.
"""

import sys
from typing import Any, NamedTuple

from fastnn import registry
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy
from fastnn.support import watching

_METHODS = frozenset((
    "forward", "backward", "calculate", "regularization_loss", "predictions", "new_pass",
    "pre_update_params", "update_params", "post_update_params"))


class Role(NamedTuple):
    """An object with the role of one of our classes, and its names as that class has them."""

    thing: Any
    role: str
    ours: type
    is_adopted: bool
    methods: dict[str, tuple[str, ...]]  # the object's names: ours
    attributes: dict[str, str]

    @property
    def is_combined(self) -> bool:
        """Whether it is softmax and loss in one."""
        return issubclass(self.ours, Activation_Softmax_Loss_CategoricalCrossentropy)

    def attribute(self, name: str) -> str | None:
        """Our name of an attribute; None where it is not a plain attribute of the object."""
        if name not in getattr(self.thing, "__dict__", ()):
            return None
        return self.attributes.get(name) if self.is_adopted else name

    def method(self, name: str) -> tuple[str, ...] | None:
        """Our names of a method; None for what is not known to be one of our class."""
        if name in getattr(self.thing, "__dict__", ()):
            return None
        if self.is_adopted:
            return self.methods.get(name)
        mine = watching.original(getattr(type(self.thing), name, None))
        made = registry.made_with(self.ours).get(name)
        return (name,) if name in _METHODS and made is not None and mine is made else None


def role_of(thing: Any) -> Role | None:
    """The role of an object; None for anything else."""
    kind = type(thing)
    entry = registry.entry_of(kind)
    if entry is not None:
        return Role(thing, entry.role, entry.kind, False, {}, {})
    adopting = sys.modules.get("fastnn.adopting")  # nothing was adopted before its first import
    meaning = adopting.meaning(kind) if adopting is not None else None
    if meaning is None:
        return None
    methods = {name: tuple(ours.split()) for name, ours in meaning.methods.items()}
    attributes = {theirs: ours for ours, theirs in meaning.attributes.items()}
    return Role(thing, meaning.role, meaning.ours, True, methods, attributes)
