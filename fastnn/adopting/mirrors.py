"""Adopted objects as ours: for whole runs, which read many attributes of many objects.

A mirror is an object of our class that holds the same arrays under our names. What a run has
changed goes back under theirs with `push`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastnn import registry
from fastnn.adopting.adoption import proof_of
from fastnn.adopting.forms import Form
from fastnn.adopting.unify import CONSTANTS
from fastnn.adopting.wrappers import written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from fastnn.adopting.proof import Proof

_LAYER = ("layer",)


@dataclass(frozen=True)
class Meaning:
    """What a class is, and what its names stand for.

    ours: our class. methods: {their name: ours}. attributes: {our name: theirs}; state: the same of
    what an optimizer keeps on layers. whole: whether a run of ours does all that theirs would.
    """

    ours: type
    role: str
    methods: dict[str, str]
    attributes: dict[str, str]
    state: dict[str, str]
    whole: bool = True


def meaning(kind: type) -> Meaning | None:
    """Of an adopted class, or of one of ours; None for others."""
    proof = proof_of(kind)
    if proof is None:
        found = registry.entry_of(kind)
        if found is None:
            return None
        return Meaning(found.kind, found.role, _Same(), _Same(), _Same())
    return Meaning(proof.form.ours, proof.form.role,
                   {one.name: one.pattern for one in proof.methods}, _names(proof, ()),
                   _names(proof, _LAYER), is_whole(proof))


class _Same(dict[str, str]):
    """Every name stands for itself."""

    def __missing__(self, name: str) -> str:
        return name

    def get(self, name: str, default: Any = None) -> Any:
        """The name itself."""
        return name


def _names(proof: Proof, whose: tuple[str, ...]) -> dict[str, str]:
    return {key[1]: theirs[1] for key, theirs in proof.names.attributes.items()
            if key[0] == whose and theirs[0] not in CONSTANTS}


def is_whole(proof: Proof) -> bool:
    """Whether a run with our class does all that theirs does, of what the book has for the role."""
    have = {one.pattern for one in proof.methods}
    needed = {"layer": {"forward", "backward"}, "loss": {"forward", "backward"},
              "optimizer": {"update_params"}, "accuracy": {"compare"}}[proof.form.role]
    if not proof.form.whole or not needed <= have:
        return False
    if proof.form.role == "optimizer":
        constant = proof.names.attributes.get(((), "decay"), ("", ""))[0] in CONSTANTS
        return "post_update_params" in have and ("pre_update_params" in have or constant) or (
            constant and not _counts(proof))
    return True


def _counts(proof: Proof) -> bool:
    """Whether an update asks for the number of steps."""
    return ((), "iterations") in proof.names.attributes


class Mirror:
    """One adopted object as ours."""

    def __init__(self, thing: Any, state: dict[str, str]) -> None:
        self.thing = thing
        proof = proof_of(type(thing))
        if proof is None:
            self.ours, self._names = thing, dict[str, str]()
            return
        self.ours: Any = object.__new__(proof.form.ours)
        self._names = _names(proof, ()) | state
        own, mine = vars(thing), vars(self.ours)
        for name in registry.entry_of(proof.form.ours).settings:  # type: ignore[union-attr]
            mine[name] = 0
        for key, value in proof.names.attributes.items():
            if key[0] == () and value[0] in ("const", "bool"):
                mine[key[1]] = value[1]
        self._inner = {}
        for name, pattern in proof.form.inner.items():
            theirs = self._names.pop(name, None)
            made = Mirror(own[theirs], {}) if theirs else None
            mine[name] = made.ours if made else object.__new__(_ours_of(pattern, proof.form))
            if made:
                self._inner[name] = made
        self.pull()

    def pull(self) -> None:
        """Take over what theirs holds now."""
        own, mine = vars(self.thing), vars(self.ours)
        for name, theirs in self._names.items():
            if theirs in own:
                mine[name] = own[theirs]
            elif hasattr(self.thing, theirs):
                mine[name] = getattr(self.thing, theirs)
        for one in getattr(self, "_inner", {}).values():
            one.pull()

    def push(self) -> None:
        """Give theirs what ours holds now."""
        if self.ours is self.thing:
            return
        own, mine = vars(self.thing), vars(self.ours)
        for name, theirs in self._names.items():
            if name in mine and (theirs in own or name not in _SETTINGS):
                own[theirs] = mine[name]
        for one in getattr(self, "_inner", {}).values():
            one.push()


_SETTINGS = frozenset(("trainable",))


def _ours_of(pattern: type, form: Form) -> type:
    from fastnn.adopting.forms import forms

    assert form
    return next(one.ours for one in forms() if one.pattern is pattern)


def mirror(thing: Any, optimizer: Any = None) -> Mirror:
    """An object as ours; of a layer also what this optimizer keeps on it."""
    proof = proof_of(type(optimizer)) if optimizer is not None else None
    found = meaning(type(thing))
    state = _names(proof, _LAYER) if proof and found and found.role == "layer" else {}
    return Mirror(thing, {name: theirs for name, theirs in state.items()
                          if name.startswith(("weight_", "bias_"))})


assert written
