"""Adopted objects as ours: for whole runs, which read many attributes of many objects.

A mirror is an object of our class that holds the same arrays under our names. What a run has
changed goes back under theirs with `agree`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from fastnn import registry
from fastnn.adopting.forms import forms
from fastnn.adopting.found import proof_of
from fastnn.adopting.names import Key, bare
from fastnn.adopting.things import MISSING
from fastnn.adopting.unify import STATES
from fastnn.adopting.whole import LAYER, is_as_read, is_whole, names, places
from fastnn.adopting.wrappers import HOT
from fastnn.support.aliases import aliases

if TYPE_CHECKING:
    from typing import Any



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
                   names(proof, ()), names(proof, LAYER), is_whole(proof))


class _Same(dict[str, str]):
    """Every name stands for itself, but for those that a dialect has another for."""

    def __missing__(self, name: str) -> str:
        return name

    def get(self, name: str, default: Any = None) -> Any:
        """The name itself, or what it stands for."""
        return self[name]


class Mirror:
    """One adopted object as ours."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.ours: Any = thing
        proof = proof_of(type(thing))
        self._proof = proof = proof if proof and is_as_read(proof, thing) else None
        self._agreed: dict[str, tuple[Any, Any]] = {}  # as theirs has it, and ours
        self._flat = proof is not None and proof.form.flat
        self._inner: dict[str, Mirror] = {}
        self._names: dict[str, Key] = {}
        self._methods = [] if proof is None else [one for one in proof.methods
                                                  if one.pattern in HOT]
        if proof is None:
            return
        self.ours = object.__new__(_named(proof.form.ours, type(thing).__name__))
        self._names = places(proof, ())
        self._names.pop("trainable_layers", None)  # objects: each side has its own
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
            state: dict[str, Key] = places(proof, LAYER) if proof else {}
            if state.get("weights", ()) == self._names.get("biases"):
                state = {_of_the_other_side(name): theirs for name, theirs in state.items()}
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

    def theirs(self, name: str) -> Any:
        """What theirs has under a name of ours."""
        whose, theirs = self._names[name]
        return self._holder(whose)[bare(theirs)]

    def passing(self) -> set[str]:
        """Those of their attributes that a step leaves, and makes anew."""
        ours = registry.results() | {"accumulated_sum", "accumulated_count"}
        return {theirs for name, (whose, theirs) in self._names.items()
                if not whose and name in ours} | {
            name for (whose, name), _ in self._further() if not whose}

    def detach(self, name: str) -> Any:
        """Have ours hold a copy, which is given back; theirs keeps what it has."""
        made = self.theirs(name).copy()
        vars(self.ours)[name] = _row(made) if name in _OF_BIASES else made
        self._agreed[name] = self.theirs(name), vars(self.ours)[name]
        return made

    def attach(self, name: str, array: Any) -> None:
        """Have theirs hold the copy, too."""
        whose, theirs = self._names[name]
        self._holder(whose)[bare(theirs)] = array
        self._agreed[name] = array, vars(self.ours)[name]

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


_OF_BIASES = frozenset(("biases", "dbiases", *(one for one in STATES if one.startswith("bias_"))))


def _of_the_other_side(name: str) -> str:
    """A state's name where an optimizer was proved with biases for weights: it treats both alike,
    and without a layer beside it nothing says which is which.
    """
    side, _, state = name.partition("_")
    return f"{_OTHER[side]}_{state}" if side in _OTHER else name


_OTHER = {"weight": "bias", "bias": "weight"}


def _row(a: Any) -> Any:
    """An array (O,) as (1, O), the same memory."""
    return a.reshape(1, -1) if getattr(a, "ndim", 2) == 1 else a


@lru_cache(256)
def _named(ours: type, name: str) -> type:
    """Our class under their name, which messages, tables and profiles say then."""
    return ours if name == ours.__name__ else type(ours)(
        name, (ours,), {"__module__": ours.__module__, "__doc__": ours.__doc__})


def _ours_of(pattern: type) -> type:
    return next(one.ours for one in forms() if one.pattern is pattern)


def mirror(thing: Any, optimizer: Any = None) -> Mirror:
    """An object as ours; of a layer also what this optimizer keeps on it."""
    made = Mirror(thing)
    if optimizer is not None:
        made.keep(optimizer)
    return made
