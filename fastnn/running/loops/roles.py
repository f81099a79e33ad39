"""Who of a program's objects is a layer, a loss, an optimizer, and what its methods mean.

fastnn's own objects have their own names. Those of an adopted class have what the proof found their
methods and attributes to be (`adopted.py`).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from fastnn import registry
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy
from fastnn.running.loops import adopted
from fastnn.running.loops.given import arguments
from fastnn.support import watching

METHODS = frozenset((
    "forward", "backward", "calculate", "regularization_loss", "predictions", "new_pass",
    "pre_update_params", "update_params", "post_update_params", "step"))


class Role(NamedTuple):
    """An object with the role of one of our classes, and its names as that class has them.

    proof: of an adopted class, else None; names: of its attributes, ours: theirs.
    """

    thing: Any
    role: str
    ours: type
    proof: Any = None
    names: Mapping[str, str] = {}

    @property
    def is_combined(self) -> bool:
        """Whether it is softmax and loss in one."""
        return issubclass(self.ours, Activation_Softmax_Loss_CategoricalCrossentropy)

    @property
    def keeps_all(self) -> bool:
        """Whether it is that, or with the accuracy, and goes backward from what it has kept."""
        return self.is_combined and adopted.keeps_all(self.proof)

    @property
    def steps_alone(self) -> bool:
        """Whether it is an optimizer that makes a step for each layer, in one call."""
        return self.proof is not None and "step" in self.proof.form.methods

    def get(self, name: str, default: Any) -> Any:
        """An attribute by our name."""
        if self.proof is None:
            return getattr(self.thing, name, default)
        return adopted.held(self.proof, self.thing, name, default)

    def holds(self, name: str, held: Any) -> bool:
        """Whether an object that it holds, if its class is made of one, is of the class proved."""
        return self.proof is None or self.proof.inner.get(name, type(held)) is type(held)

    def inner(self) -> list[tuple[Any, str, Any]]:
        """The object, and each that it holds, of an adopted class: name and what it is now."""
        names = () if self.proof is None else self.proof.inner
        return [(self.thing, name, vars(self.thing).get(name)) for name in names]

    def attribute(self, name: str) -> str | None:
        """Our name of an attribute; None where it is not a plain attribute of the object."""
        if name not in getattr(self.thing, "__dict__", ()):
            return None
        if self.proof is None:
            return name
        return next((ours for ours, theirs in self.names.items() if theirs == name), None)

    def method(self, name: str) -> str | None:
        """Our name of a method; None for what is not known to be one of our class."""
        if name in getattr(self.thing, "__dict__", ()):
            return None
        if self.proof is not None:
            if any(type(vars(self.thing).get(one)) is not kind
                   for one, kind in self.proof.inner.items()):
                return None
            ours = adopted.method(self.proof, name)
            return ours if ours in METHODS else None
        mine = watching.original(getattr(type(self.thing), name, None))
        made = registry.made_with(self.ours).get(name)
        return name if name in METHODS and made is not None and mine is made else None

    def has(self, ours: str) -> bool:
        """Whether it has a method of this name of ours, whatever it calls it."""
        return self.proof is None or adopted.has(self.proof, ours)

    def arguments(self, name: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """What is given to a method, in the order of ours; None where that is not known."""
        return given if self.proof is None else arguments(self.proof, name, given)


def role_of(thing: Any) -> Role | None:
    """The role of an object; None for anything else."""
    kind = type(thing)
    entry = registry.entry_of(kind)
    if entry is not None:
        return Role(thing, entry.role, entry.kind)
    proof = adopted.proof_of(thing)
    if proof is None:
        return None
    ours = Activation_Softmax_Loss_CategoricalCrossentropy if adopted.keeps_all(proof) else (
        proof.form.ours)
    return Role(thing, proof.form.role, ours, proof, adopted.names(kind))
