"""What a wrapper asks: whether all is as it was when the method was proved."""

from __future__ import annotations

import inspect
import itertools
import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np

from fastnn import activations
from fastnn.adopting.effects import makes_numbers
from fastnn.adopting.guarded import Asking
from fastnn.adopting.guards import NUMBERS, SET, Unchanged, apart, fits, raises_nothing
from fastnn.adopting.keyed import Path
from fastnn.adopting.local_functions import is_pattern, is_such
from fastnn.adopting.merging import CODE
from fastnn.adopting.names import key_of
from fastnn.adopting.narrowing import narrows_otherwise
from fastnn.adopting.sources import defaults_of, original
from fastnn.adopting.stepping import Stepping
from fastnn.adopting.things import MISSING
from fastnn.adopting.unify import STATES
from fastnn.adopting.writing import LAYER
from fastnn.support import numerics, own_numpy, warned

if TYPE_CHECKING:
    from typing import Any

# Numbers, but none that decide in which types is computed.
_ANY_NUMBERS = frozenset(("accumulated_sum", "accumulated_count", "precision", "trainable",
                          "training"))
_BATCHES = frozenset(("inputs", "dvalues", "y_pred", "output"))  # arguments that are arrays
_KEYS = frozenset((int, str))  # types of what a loop gives besides layers
# Attributes that are no arrays and no numbers.
_OBJECTS = frozenset(("trainable_layers", "activation_object"))


class Conditions(Stepping):
    """Writes what is asked of the world, the arguments and the attributes."""

    def _conditions(self) -> list[str]:
        """What is asked before anything of the object is looked at."""
        proof, me = self.proof, self.parameters[0]
        kind = self._value(proof.kind)
        found = [f"type({me}) is {kind}", self._unchanged_class(proof.kind, proof.held()),
                 f"({self._value(SET)}() is {self._value(_usual())} and {self._as_warned()} "
                 f"or {self._value(raises_nothing)}())",
                 f"{self._value(sys.gettrace)}() is None"]  # a debugger is to see their lines
        self.names["@array"] = np.ndarray
        for names, name, value in self.proved.theirs.premises:
            table = self._value(names)
            found.append(f"{name!r} not in {table}" if value is MISSING
                         else f"{table}.get({name!r}) is {self._value(value)}")
            if type(value) is property:
                found += self._unchanged(value.fget)
            if inspect.isfunction(value):
                found += self._unchanged(value)
        for name in sorted(self.proved.theirs.of_numpy):
            found.append(f"({self._value(np)}.{name} is {self._value(own_numpy.now(name))} or "
                         f"{self._value(own_numpy.is_own)}({name!r}))")
        for owner, attribute in self._followed():
            name = self._named(f"@m{len(self.names)}")
            self.checked.append((name, owner, attribute))
            found.append(f"{self._value(owner)}.{attribute} is {name}")
            found += self._body(name, original(getattr(owner, attribute)))
        for ours, theirs in sorted(self.proved.arguments.items()):
            found += self._argument(ours, self.parameters[theirs])
        found += self._keys()
        for name in self.proved.theirs.fixed:
            found.append(f"{name} is {self._value(defaults_of(self.theirs)[name])}")
        found += self._of_the_class()
        if "NumPy's eye" in self.flags:
            plain = getattr(np.eye, "__module__", "") == "numpy"
            found.append(f"{self._value(np)}.eye is {self._value(np.eye)}" if plain else "False")
        if "plain products" in self.flags:
            found.append(f"{self._value(numerics.are_plain)}()")
        return found

    def _unchanged_class(self, kind: type, names: frozenset[str]) -> str:
        """That a class has no other names, and no property among these."""
        stands = Unchanged(kind, names)
        self.classes.append(stands)
        return (f"({self._value(stands.version)}[0] == {self._value(stands.now)}[0] "
                f"or {self._value(stands.again)}())")

    def _as_warned(self) -> str:
        """That warnings are filtered as they are now, when none is raised."""
        filters, each = warned.state()
        same = f"{self._value(warnings)}.filters is {self._value(filters)}"
        return f"{same} and {self._value(filters)} == {self._value(each)}"

    def _of_the_class(self) -> list[str]:
        """That attributes of the class are what they were: a property would be called."""
        names = {self.bound[key][1] for key in self.reads if self._is_theirs(key)
                 and self.bound[key][0] == ()}
        found = []
        for name in sorted(names | self.proved.theirs.equal.keys()):
            owner = next((base for base in self.proof.kind.__mro__ if name in vars(base)), None)
            if owner is not None:
                found.append(f"{self._value(vars(owner))}.get({name!r}) is "
                             f"{self._value(vars(owner)[name])}")
        return found

    def _keys(self) -> list[str]:
        """That what keys are made of is hashed as Python does it."""
        keyed = self.proved.theirs.keyed
        return [*(f"type({name}) in {self._value(_KEYS)}" for name in sorted(keyed.varying)),
                *(f"type({name}).{word} is {self._value(getattr(object, word))}"
                  for name in sorted(keyed.objects) for word in ("__hash__", "__eq__"))]

    def _unchanged(self, function: Any) -> list[str]:
        """That a function is what was read."""
        return [f"{self._value(function)}.{name} is {self._value(getattr(function, name))}"
                for name in ("__code__", "__defaults__", "__kwdefaults__")]

    def _body(self, name: str, function: Any) -> list[str]:
        """That what stands where this function was read has its code, or ours, and its defaults."""
        return [f"{name}.__code__ is {self._named(name + CODE)}", *(
            f"{name}.{word} is {self._value(value)}" for word in ("__defaults__", "__kwdefaults__")
            if (value := getattr(function, word)) is not None)]

    def _followed(self) -> list[tuple[type, str]]:
        """Methods that theirs calls; and where it is inherited what it is inherited from."""
        found = list(self.proved.theirs.followed)
        own = (self.proof.kind, self.proved.name)
        for kind, name in [*found, *([] if own in found else [own])]:
            here = original(getattr(kind, name))
            found += [(base, name) for base in kind.__mro__[1:]
                      if original(vars(base).get(name)) is here][:1]
        return found

    def _argument(self, number: int, name: str) -> list[str]:
        ours = self.proved.ours.arguments[number]
        if ours in _BATCHES:  # a copy keeps the order of bytes, and what ours computes has not
            return [f"type({name}) is @array", f"{name}.ndim == 2", f"{name}.dtype.char in 'fd'",
                    f"{name}.dtype.isnative", f"{name}.flags.c_contiguous", *self._not_one(name)]
        if ours in ("y_true", "y") and "labels" in self.flags:
            return [f"type({name}) is @array", f"{name}.ndim == 1", f"{name}.dtype.kind in 'iu'"]
        if ours in ("y_true", "y"):
            return self._targets(name) + ([f"{name}.ndim == 2"] if (
                "arg", self.proved.arguments[number]) in self.proved.theirs.two_axes else [])
        return [f"{self._value(fits(self._layer_names(), self._states()))}(type({name}))"] if (
            ours == "layer") else self._rate(ours, name)

    def _not_one(self, name: str) -> list[str]:
        """Where theirs has `@`: that no operand is a single number. NumPy's dot multiplies such by
        the other, and -0.0 stays so; `@` adds to 0.0. Of softmax an operand is as wide as a row.
        """
        if "plain products" not in self.flags:
            return []
        rows = issubclass(self.proof.form.ours, activations.Activation_Softmax)
        return [f"{name}.shape[1] != 1" if rows else f"{name}.size != 1"]

    def _targets(self, name: str) -> list[str]:
        return [f"type({name}) is @array",
                f"({name}.dtype.kind in 'iu' if {name}.ndim == 1 else "
                f"{name}.ndim == 2 and {name}.dtype.char in 'fd')"]

    def _layer_names(self) -> frozenset[str]:
        found = [self.bound[key] for key in self.reads | self.writes
                 if key[0] == LAYER and self._is_theirs(key)]
        return frozenset(name if whose == LAYER else whose[-1] for whose, name in found
                         if not isinstance(whose[-1], Path))

    def _states(self) -> frozenset[str]:
        """What an optimizer keeps on layers, as attributes of theirs."""
        return frozenset(self.bound[key][1] for key in self.reads | self.writes
                         if self._is_theirs(key) and self.bound[key][0] == LAYER
                         and self._may_be_missing(key))

    def _checks(self) -> list[str]:
        """What is asked of the attributes."""
        found: list[str] = []
        arrays, states = [], []
        for key, local in self.held.items():
            if self._may_be_missing(key):
                states.append(local)
            elif key in self.proof.form.scalars:
                if key[1] not in _ANY_NUMBERS:
                    found.append(f"type({local}) in {self._value(NUMBERS)}")
                for word, condition in (("not negative", ">= 0"), ("not zero", "!= 0")):
                    if (word, self.bound[key]) in self.flags:
                        found.append(f"{local} {condition}")
            elif key[1] == "y_true":
                found += self._targets(local)
                found += [f"{local}.ndim == 1"] if "labels" in self.flags else []
            elif key[1] not in _OBJECTS and not self._is_of_before(key):
                arrays.append(local)
            if self.bound[key] in {key_of(one) for one in self.proved.theirs.two_axes
                                   if one[0] == "attr"}:
                found.append(f"{local}.ndim == 2")
            if key[1] in ("weights", "y_pred"):
                found += [f"{local}.ndim == 2", f"{local}.flags.c_contiguous"]
        if arrays:
            found[:0] = [" is ".join(f"type({local})" for local in arrays) + " is @array",
                         *(f"{local}.dtype.char in 'fd'" for local in arrays)]
        found += self._axes_of_biases()
        if states:
            there = " and ".join(f"type({local}) is @array and {local}.flags.c_contiguous"
                                 for local in states)
            missing = " is ".join([*states, "@MISSING"])
            found.append(f"(({there}) if {states[0]} is not @MISSING else {missing})")
        if self._anew() or "one type" in self.flags or self._within():
            types = " is ".join(f"{local}.dtype" for local in arrays)
            found.append(types if len(arrays) > 1 else "True")
            found += [f"({one} is @MISSING or {one}.dtype is {arrays[0]}.dtype)"
                      for one in states if arrays]
        if "one type" in self.flags:  # what begins as a number is laid out as what is added to it
            found += [f"{one}.flags.c_contiguous and {one}.dtype.isnative" for one in arrays]
            found += [f"{self.held[LAYER, name]}.shape == {self.held[LAYER, f'd{name}']}.shape"
                      for name in ("weights", "biases")]
        found += [f"{local}.flags.c_contiguous" for local in self._states_there()]  # new ones are
        found += self._apart(states) + self._takes_the_state() + self._of_the_step()
        if "plain products" in self.flags:
            found += [f"{local}.flags.c_contiguous and {local}.dtype.isnative" for local in arrays]
            found += [f"{local}.size != 1" for key, local in self.held.items()
                      if key[1] in ("weights", "inputs")]
        if narrows_otherwise(self.proof, self.proved):
            found += self._of_one_type(arrays, states)
        return (self._guards() + found + self._places() + self._shapes() + self._lengths()
                + self._of_the_objects())

    def _apart(self, states: list[str]) -> list[str]:
        """That what an optimizer changes in place no other array of the layer looks at: ours reads
        and writes in an order of its own.
        """
        own = [self.held[LAYER, name] for name in ("weights", "biases", "dweights", "dbiases")
               if (LAYER, name) in self.held]
        if len(own) < 4:
            return []
        found = [self._are_apart(own[:2], own[2:])]
        # Nor at the parameters what begins with the states: of biases they may be read behind.
        for some, may_be in ((states, f"{states[0]} is @MISSING or " if states else ""),
                             (self._states_there(), "")):
            if some:
                found.append(f"({may_be}{self._are_apart(own[:2], some)})")
        changed = [self.held[key] for key in self.held if self._is_state_in_place(key)]
        if changed:
            found.append(self._are_apart(changed, own))
            missing = [f"{local} is @MISSING" for local in changed[:1] if local in states]
            found[-1] = f"({' or '.join([*missing, found[-1]])})"
        return found

    def _states_there(self) -> list[str]:
        """The states that are there, or nothing of ours runs."""
        return [local for key, local in self.held.items()
                if key[1] in STATES and not self._may_be_missing(key)]

    def _takes_the_state(self) -> list[str]:
        """That what ours has made may be written into the arrays that theirs changes in place."""
        found = []
        for key in self._within():
            local = self.held[key]
            parameters = self.held[LAYER, "weights" if key[1][0] == "w" else "biases"]
            fits_in = f"{local}.shape == {parameters}.shape and {local}.flags.writeable"
            found.append(f"({local} is @MISSING or {fits_in})" if self._may_be_missing(key)
                         else fits_in)
        return found

    def _are_apart(self, changed: list[str], others: list[str]) -> str:
        """That the first share memory with none of all: arrays of their own are just others."""
        every = [*changed, *others]
        pairs = [f"{one} is not {other}" for place, one in enumerate(changed)
                 for other in every[place + 1:]]
        alone = " is ".join(f"{one}.base" for one in every)
        return (f"({alone} is None and {' and '.join(pairs)} or {self._value(apart)}"
                f"({len(changed)}, {', '.join(every)}))")

    def _guards(self) -> list[str]:
        """That theirs raises nothing, and first what has to be for that to be asked."""
        asking = Asking(lambda number: self.parameters[number], self.asked.__getitem__,
                        self._value)
        found = [asking.of(one) for one in self.proved.theirs.guards]
        return asking.needs + found

    def _of_one_type(self, arrays: list[str], states: list[str]) -> list[str]:
        """That `a += b` and `a = a + b` are one: where all arrays have one type, products too."""
        named = [(self.proved.ours.arguments[ours], self.parameters[theirs])
                 for ours, theirs in self.proved.arguments.items()]
        given = [local for name, local in named if name in _BATCHES]
        targets = [local for name, local in [*named, *(
            (key[1], local) for key, local in self.held.items())] if name in ("y_true", "y")]
        first, *others = [f"{one}.dtype.char" for one in [*arrays, *given]] or ["'f'"]
        wide = any(makes_numbers(one) for one in self.proved.ours.attributes.values())
        return [*(f"{one} == {first}" for one in others),
                *(f"({one} is @MISSING or {one}.dtype.char == {first})" for one in states),
                *(f"({one}.ndim == 1 or {one}.dtype.char == {first})" for one in targets),
                f"{first} == 'd'" if wide else "True",  # what it makes itself is of float64
                f"({first} == 'f' or not {self._value(numerics.rounds_products)}())"]

    def _axes_of_biases(self) -> list[str]:
        """That gradients of biases have no more axes: theirs may refuse, or make rows of them."""
        biases, slopes = (self.held.get((LAYER, name)) for name in ("biases", "dbiases"))
        return [f"{biases}.ndim >= {slopes}.ndim"] if biases and slopes else []

    def _places(self) -> list[str]:
        """That what holds attributes is what it was taken for, and that no two are one."""
        if not self.holders:
            return []
        places = [*self.owners.values(), *self.holders.values()]
        return [*(f"{local} is not @EMPTY" for local in self.holders.values()),
                *(f"{a} is not {b}" for a, b in itertools.combinations(places, 2)
                  if b in self.holders.values())]

    def _is_value(self, name: str, value: Any) -> str:
        """That an attribute, of the object or of its class, is this number or text."""
        local = self._named(f"@n{len(self.names)}")
        get, missing = self._value(getattr), self._value(MISSING)
        return (f"type({local} := {get}({self.parameters[0]}, {name!r}, {missing})) is "
                f"{self._value(type(value))} and {local} == {value!r}")

    def _lengths(self) -> list[str]:
        """That two arrays have as many rows, where theirs counts those of the other."""
        flags = [flag for flag in self.proved.flags
                 if isinstance(flag, tuple) and flag[0] == "as many"]
        return [f"len({self._array(mine, ours=True)}) == len({self._array(other, ours=False)})"
                for _, mine, other in sorted(flags, key=str)]

    def _array(self, node: Any, *, ours: bool) -> str:
        """The expression for an argument, or for an attribute: ours, or theirs."""
        if node[0] == "arg":
            return self.parameters[self.proved.arguments[node[1]] if ours else node[1]]
        key: Any = key_of(node)
        return self.held[key] if ours else next(
            local for held, local in self.held.items() if self.bound[held] == key)

    def _shapes(self) -> list[str]:
        """That gradients are of the output: theirs may broadcast, or end with the shorter."""
        if self.proved.pattern != "backward" or ((), "weights") in self.bound:
            return []
        gradients = [self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                     if self.proved.ours.arguments[ours] == "dvalues"]
        return [f"{self.held[key]}.shape == {name}.shape" for name in gradients
                for key in (((), "inputs"), ((), "output")) if key in self.held]

    def _of_the_objects(self) -> list[str]:
        """That the objects have no methods of their own, and hold what theirs has made."""
        found = [f"@own.get({name!r}) is not None" for name in sorted(self.proved.theirs.there)]
        found += [f"@own.get({name!r}, @array) is None"
                  for name in sorted(self.proved.theirs.nothing)]
        found += [self._is_value(name, value) for name, value in self.proved.theirs.equal.items()]
        for name, function in self.proved.theirs.given.items():
            held = f"@own.get({name!r})"
            found += [f"{self._value(is_such)}({self._value(function)}, {held})"] if (
                is_pattern(function)) else [
                f"{held} is {self._value(function)}", *self._unchanged(function)]
        for kind, method in self.proved.theirs.followed:
            if kind is self.proof.kind:
                found.append(f"{method!r} not in @own")
        followed = {kind for kind, _ in self.proved.theirs.followed}
        for name, kind in self.proof.inner.items():
            if kind in followed:
                found.append(f"type(@own.get({name!r})) is {self._value(kind)}")
                found.append(self._unchanged_class(kind, self.proof.held_within(name)))
                methods = sorted({method for one, method in self.proved.theirs.followed
                                  if one is kind})
                found += [f"{method!r} not in @own[{name!r}].__dict__" for method in methods]
        return found


def _usual() -> Any:
    """What NumPy is told of floating-point errors now, where that raises nothing."""
    return SET() if raises_nothing() else object()
