"""Adopted objects as ours: for whole runs, which read many attributes of many objects.

A mirror is an object of our class that holds the same arrays under our names. What a run has
changed goes back under theirs with `agree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn import registry
from fastnn.adopting.forms import forms
from fastnn.adopting.names import CONSTANTS, Key, bare
from fastnn.adopting.patterns import AlwaysQuotient, EachCall, EachCallIfDecay, Quotient
from fastnn.adopting.proof import proof_of
from fastnn.adopting.slots import has_slots_alone
from fastnn.adopting.things import MISSING
from fastnn.adopting.together import Softmax_Loss_Accuracy
from fastnn.adopting.wrappers import HOT
from fastnn.support import numerics
from fastnn.support.aliases import aliases

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof

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
        other = aliases(kind)
        return Meaning(found.kind, found.role, _Same(other),
                       _Same({ours: theirs for theirs, ours in other.items()}), _Same())
    return Meaning(proof.form.ours, proof.form.role,
                   {one.name: one.pattern for one in proof.methods if one.theirs.round is None},
                   _names(proof, ()),
                   _names(proof, _LAYER), is_whole(proof))


class _Same(dict[str, str]):
    """Every name stands for itself, but for those that a dialect has another for."""

    def __missing__(self, name: str) -> str:
        return name

    def get(self, name: str, default: Any = None) -> Any:
        """The name itself, or what it stands for."""
        return self[name]


def _places(proof: Proof, whose: tuple[str, ...]) -> dict[str, Key]:
    """Where theirs has the attributes of ours: (held by what, name)."""
    return {key[1]: (theirs[0][len(whose):] if whose in ((), _LAYER) else (), theirs[1])
            for key, theirs in proof.names.attributes.items()
            if key[0] == whose and theirs[0] not in CONSTANTS and key[1] not in proof.form.kept}


def _names(proof: Proof, whose: tuple[str, ...]) -> dict[str, str]:
    """Those that are attributes of theirs."""
    return {name: theirs[1] for name, theirs in _places(proof, whose).items() if not theirs[0]}


def is_whole(proof: Proof) -> bool:
    """Whether a run with our class does all that theirs does, of what the book has for the role.

    It may take class numbers alone (the flag "labels"): whoever runs it looks at the targets.
    """
    return proof.form.whole and _does_all(proof)


def divides(proof: Proof) -> bool:
    """Whether a run with our optimizer does all that theirs does, but for the rate: a quotient."""
    return issubclass(proof.form.pattern, (Quotient, AlwaysQuotient)) and _does_all(proof)


def steps_alone(proof: Proof) -> bool:
    """Whether a run with our optimizer does all that theirs does, if it makes one step for each
    layer. A rate that is no attribute has to be computed in each of them.
    """
    pattern, asked = proof.form.pattern, proof.names.attributes
    rate = issubclass(pattern, EachCall) or issubclass(pattern, EachCallIfDecay) and (
        "current_learning_rate" in _names(proof, ()))
    return rate and _on_attributes(proof) and ((), "iterations") in asked and any(
        one.pattern == "step" for one in proof.methods)


def keeps_all(proof: Proof) -> bool:
    """Whether it is softmax, loss and accuracy in one, which goes backward from what it keeps."""
    return issubclass(proof.form.ours, Softmax_Loss_Accuracy) and _on_attributes(proof) and {
        "forward", "backward"} <= {one.pattern for one in proof.methods}


def _does_all(proof: Proof) -> bool:
    have = {one.pattern for one in proof.methods}
    needed = {"layer": {"forward", "backward"}, "loss": {"forward", "backward"},
              "optimizer": {"update_params"}, "accuracy": {"compare"}}[proof.form.role]
    if not _on_attributes(proof) or not needed <= have:
        return False
    if proof.form.role == "optimizer":
        asked = proof.names.attributes
        rate = "pre_update_params" in have or ((), "decay") not in asked
        count = "post_update_params" in have or ((), "iterations") not in asked
        return rate and count
    return True


def is_plain(proof: Proof) -> bool:
    """Whether those of its methods that were proved do what ours do, on attributes of the object.
    """
    return proof.form.whole and _on_attributes(proof)


def _on_attributes(proof: Proof) -> bool:
    if "each layer" in proof.names.flags or has_slots_alone(proof.kind):
        return False  # a run calls it for one layer, and looks at what objects' dicts hold
    held = any(theirs[0] not in CONSTANTS and len(theirs[0]) > len(key[0])
               for key, theirs in proof.names.attributes.items())  # loops know attributes alone
    bound = any(one.theirs.there or one.theirs.nothing or one.theirs.given or one.theirs.equal
                or one.theirs.guards for one in proof.methods)  # to what objects have
    return not (held or bound)


def what_no_run_does(proof: Proof) -> str:
    """What an adopted class is to have or not, for a run to do what it does; "" for what no word is
    said of.
    """
    name = next((one.name for one in proof.methods if one.theirs.guards), "")
    return f"{name} raises on conditions of its own" if name else ""


class Mirror:
    """One adopted object as ours."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.ours: Any = thing
        proof = proof_of(type(thing))
        self._proof = proof = proof if proof and _is_as_read(proof, thing) else None
        self._agreed: dict[str, tuple[Any, Any]] = {}  # as theirs has it, and ours
        self._flat = proof is not None and proof.form.flat
        self._inner: dict[str, Mirror] = {}
        self._names: dict[str, Key] = {}
        self._methods = [] if proof is None else [one for one in proof.methods
                                                  if one.pattern in HOT]
        if proof is None:
            return
        self.ours = object.__new__(proof.form.ours)
        self._names = _places(proof, ())
        own, mine = vars(thing), vars(self.ours)
        for name in registry.entry_of(proof.form.ours).settings:  # type: ignore[union-attr]
            mine[name] = 0
        for key, value in proof.names.attributes.items():
            if key[0] == () and value[0] in ("const", "bool"):
                mine[key[1]] = value[1]
        for name, pattern in proof.form.inner.items():
            theirs = self._names.pop(name, None)
            made = Mirror(own[theirs[1]]) if theirs else None
            mine[name] = made.ours if made else object.__new__(_ours_of(pattern))
            if made:
                self._inner[name] = made
        self.agree()

    def keep(self, optimizer: Any) -> None:
        """Of a layer: what this optimizer keeps on it has the names that theirs has for it."""
        found, proof = meaning(type(self.thing)), proof_of(type(optimizer))
        if found is not None and found.role == "layer" and self.ours is not self.thing:
            state: dict[str, Key] = _places(proof, _LAYER) if proof else {}
            self._names |= {name: theirs for name, theirs in state.items()
                            if name.startswith(("weight_", "bias_")) and name not in self._names}
            self.agree()

    def agree(self) -> None:
        """What was changed on one of the two is so on both; theirs goes first."""
        mine = vars(self.ours)
        for name, (whose, theirs) in self._names.items():
            own, theirs = self._holder(whose), bare(theirs)
            before = self._agreed.get(name, (MISSING, MISSING))
            there = own.get(theirs, MISSING)
            if there is MISSING and before[0] is MISSING and not whose:
                there = getattr(type(self.thing), theirs, MISSING)  # of the class
            if there is not before[0] and there is not MISSING:
                mine[name] = _row(there) if name in _OF_BIASES else there
            elif name in mine and mine[name] is not before[1]:
                own[theirs] = there = self._shaped(name, mine[name])
            self._agreed[name] = there, mine.get(name, MISSING)
        for one in self._inner.values():
            one.agree()
        for (whose, name), place in self._further():
            if place[0] == "stored" and (value := self._held(place[1])) is not MISSING:
                self._holder(whose)[bare(name)] = value
            elif place[0] == "constant":
                self._holder(whose)[bare(name)] = place[1][1] if place[1][0] != "none" else None

    def finish(self, arguments: dict[str, Any]) -> None:
        """What theirs keeps of what its methods were given; arguments: by our names for them."""
        self._finish_kept(arguments.get("inputs"))
        for one in self._methods:
            names = one.ours.arguments
            for (whose, name), place in one.leftovers.items():
                ours = [mine for mine, theirs in one.arguments.items() if place[1] == theirs]
                if place[0] == "argument" and ours and names[ours[0]] in arguments:
                    self._holder(whose)[bare(name)] = arguments[names[ours[0]]]

    def _finish_kept(self, inputs: Any) -> None:
        """What theirs keeps of the way there, and ours does not."""
        proof = self._proof
        for name, function in proof.form.kept.items() if proof and inputs is not None else ():
            whose, theirs = proof.names.attributes[(), name]  # type: ignore[union-attr]
            code = function.__code__
            options = [vars(self.ours)[one] for one in code.co_varnames[1:code.co_argcount]]
            self._holder(whose)[bare(theirs)] = function(inputs, *options)

    def _further(self) -> list[tuple[Any, Any]]:
        return [item for one in self._methods for item in one.leftovers.items()]

    def _holder(self, whose: tuple[str, ...]) -> dict[str, Any]:
        """Their attributes: of the object, or of what it holds under this name; nothing where it
        does not.
        """
        held = vars(self.thing).get(whose[0]) if whose else self.thing
        if type(held) is dict:
            return held
        return vars(held) if hasattr(held, "__dict__") else {}

    def _held(self, key: Any) -> Any:
        whose, name = key
        if whose:
            return vars(vars(self.ours)[whose[0]]).get(name, MISSING)
        whose, theirs = self._names.get(name, ((), ""))
        return self._holder(whose).get(bare(theirs), vars(self.ours).get(name, MISSING))

    def _shaped(self, name: str, value: Any) -> Any:
        """What ours has, in the shape that theirs has."""
        if name == "dbiases" and self._flat and value is not None:
            return value.reshape(-1)
        biases = self._held(((), "biases"))
        if name.startswith("bias_") and name in _OF_BIASES and getattr(biases, "ndim", 2) == 1:
            return value.reshape(-1)
        return value


def _is_as_read(proof: Proof, thing: Any) -> bool:
    """Whether an object has what its methods were read with."""
    held = vars(thing)
    if any(one.theirs.narrows != one.ours.narrows for one in proof.methods) and not _of_one_type(
            held):
        return False
    if any(getattr(thing, name, None) != value for one in proof.methods
           for name, value in one.theirs.equal.items()):
        return False
    if any(held.get(name, MISSING) is not None for one in proof.methods
           for name in one.theirs.nothing):
        return False
    return all(held.get(name) is not None for one in proof.methods for name in one.theirs.there
               ) and all(held.get(name) is function for one in proof.methods
                         for name, function in one.theirs.given.items())


def _of_one_type(held: dict[str, Any]) -> bool:
    """Whether an array keeps its type, whatever of these is added to it: in place or not is one."""
    inside = [one if type(one) is dict else getattr(one, "__dict__", {}) for one in held.values()]
    kinds = {one.dtype.char for values in (held, *inside) for one in values.values()
             if type(one) is np.ndarray and one.dtype.kind == "f"}
    return len(kinds) < 2 and (kinds <= {"f"} or not numerics.rounds_products())


_OF_BIASES = frozenset(("biases", "dbiases", "bias_momentums", "bias_cache"))


def _row(a: Any) -> Any:
    """An array (O,) as (1, O), the same memory."""
    return a.reshape(1, -1) if getattr(a, "ndim", 2) == 1 else a


def _ours_of(pattern: type) -> type:
    return next(one.ours for one in forms() if one.pattern is pattern)


def mirror(thing: Any, optimizer: Any = None) -> Mirror:
    """An object as ours; of a layer also what this optimizer keeps on it."""
    made = Mirror(thing)
    if optimizer is not None:
        made.keep(optimizer)
    return made
