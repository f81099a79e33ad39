"""Methods of ours under somebody's names: what stands in the place of theirs.

A wrapper hands the object's attributes, under our names, to an object of our class, has that do
the work, and hands back what it has made. It is written out for each method, since a table that is
walked at each call would cost as much as a small layer. Where anything is not as it was when the
method was proved (another type, a list, another `np`), their own function runs.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.forms import forms
from fastnn.adopting.sources import ORIGINAL
from fastnn.adopting.things import MISSING
from fastnn.adopting.unify import CONSTANTS, effects, key_of
from fastnn.support import numerics

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.proof import Proof, Proved

# What is worth a wrapper. All else of a class is a line or two, and stays theirs.
HOT = frozenset(("forward", "backward", "calculate", "update_params", "step"))
_REFUSALS = (TypeError, ValueError, RuntimeError, ArithmeticError)


def wrapper(proof: Proof, proved: Proved) -> Any:
    """The function for one of their methods; None where ours would not be quicker."""
    if proved.pattern not in HOT:
        return None
    theirs = inspect.getattr_static(proof.kind, proved.name)
    text, names = _Writer(proof, proved, theirs).written()
    exec(compile(text, f"<fastnn: {proof.kind.__name__}.{proved.name}>", "exec"), names)
    made: Any = functools.wraps(theirs)(names["wrapper"])
    made.__defaults__, made.__kwdefaults__ = theirs.__defaults__, theirs.__kwdefaults__
    setattr(made, ORIGINAL, theirs)
    return made


class _Writer:
    """Writes one wrapper."""

    def __init__(self, proof: Proof, proved: Proved, theirs: Any) -> None:
        self.proof, self.proved = proof, proved
        self.names: dict[str, Any] = {
            "_theirs": theirs, "_kind": proof.kind, "_new": object.__new__, "_array": np.ndarray,
            "_ours": proof.form.ours, "_MISSING": MISSING, "_REFUSALS": _REFUSALS,
            "_follows_book": numerics.follows_book, "_is_plain": is_plain}
        self.lines: list[str] = []
        self.depth = 0
        self.parameters = list(proved.theirs.arguments)
        self.call = f"return _theirs({', '.join(self._given())})"
        self.bound = proof.names.attributes
        self.reads, self.writes = reads(proved), written(proved)

    def _given(self) -> list[str]:
        found = inspect.signature(self.names["_theirs"]).parameters.values()
        return [one.name if one.kind is not one.KEYWORD_ONLY else f"{one.name}={one.name}"
                for one in found]

    def written(self) -> tuple[str, dict[str, Any]]:
        """The text, and what its names are."""
        signature = ", ".join(self._signature())
        self._guards()
        self._objects()
        self._run()
        body = "\n".join(f"    {line}" for line in self.lines)
        return f"def wrapper({signature}):\n{body}\n", self.names

    def _signature(self) -> list[str]:
        made, star = [], False
        for one in inspect.signature(self.names["_theirs"]).parameters.values():
            if one.kind is one.KEYWORD_ONLY and not star:
                made.append("*")
                star = True
            made.append(one.name)
        return made

    def _say(self, line: str, depth: int = 0) -> None:
        self.lines.append("    " * (self.depth + depth) + line)

    def _else(self) -> None:
        """What follows runs if nothing was raised. Their own function runs behind all of it: within
        an `except` what it raises would be told together with what ours has raised.
        """
        self._say("else:")
        self.depth += 1

    def _name(self, value: Any) -> str:
        name = f"_v{len(self.names)}"
        self.names[name] = value
        return name

    def _unless(self, condition: str) -> None:
        """Their own function runs where this does not hold."""
        self._say(f"if not ({condition}):")
        self._say(self.call, 1)

    def _guards(self) -> None:
        me = self.parameters[0]
        conditions = [f"type({me}) is _kind"]
        for names, name, value in self.proved.theirs.premises:
            table, held = self._name(names), self._name(value)
            conditions.append(f"{name!r} not in {table}" if value is MISSING
                              else f"{table}.get({name!r}) is {held}")
        for ours, theirs in sorted(self.proved.arguments.items()):
            conditions += self._argument(ours, self.parameters[theirs])
        for name in self.proved.theirs.fixed:
            default = inspect.signature(self.names["_theirs"]).parameters[name].default
            conditions.append(f"{name} is {self._name(default)}")
        if "plain products" in self.proof.names.flags:
            conditions.append("not _follows_book()")
        self._unless(" and ".join(conditions))

    def _argument(self, number: int, name: str) -> list[str]:
        ours = self.proved.ours.arguments[number]
        if ours in ("inputs", "dvalues", "y_pred", "output"):
            return [f"type({name}) is _array", f"{name}.ndim == 2", f"{name}.dtype.char in 'fd'"]
        if ours in ("y_true", "y"):
            return [f"type({name}) is _array", f"({name}.ndim == 1 or {name}.dtype.char in 'fd')"]
        return [f"_is_plain(type({name}), {self._name(self._layer_names())})"] if (
            ours == "layer") else []

    def _layer_names(self) -> frozenset[str]:
        return frozenset(self.bound[key][1] for key in self.reads | self.writes
                         if key[0] == ("layer",) and self.bound.get(key, CONSTANTS)[0]
                         not in CONSTANTS)

    # ------------------------------------------------------------------- objects

    def _objects(self) -> None:
        me = self.parameters[0]
        self._say(f"own = {me}.__dict__")
        self.owners: dict[tuple[str, ...], tuple[str, str]] = {(): ("own", "d")}
        self._say("t = _new(_ours)")
        self._say("d = t.__dict__")
        layer = next((self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                      if self.proved.ours.arguments[ours] == "layer"), None)
        if layer is not None:
            self.owners["layer",] = ("their_layer", "dl")
            self.names["_Layer"] = _Layer
            self._say(f"their_layer = {layer}.__dict__")
            self._say("l = _new(_Layer)")
            self._say("dl = l.__dict__")
        self._say("try:")
        followed = {kind for kind, _ in self.proved.theirs.followed}
        for name, kind in self.proof.inner.items():
            if kind in followed:
                self._say(f"if type(own[{name!r}]) is not {self._name(kind)}:", 1)
                self._say("raise KeyError", 2)
        for number, (name, ours) in enumerate(_kinds_within(self.proof.form)):
            self._say(f"d{number} = (h{number} := _new({self._name(ours)})).__dict__", 1)
            self._say(f"d[{name!r}] = h{number}", 1)
            theirs = self.bound.get(((), name))
            if theirs is not None:
                self.owners[name,] = (f"own{number}", f"d{number}")
                self._say(f"own{number} = own[{theirs[1]!r}].__dict__", 1)
        for key in sorted(self.reads | self.writes, key=str):
            self._take(key)
        for key, value in self.bound.items():
            if key[0] != "has" and value[0] in ("const", "bool") and key[0] in self.owners:
                self._say(f"{self.owners[key[0]][1]}[{key[1]!r}] = {value[1]!r}", 1)
        self._say("pass", 1)
        self._say("except KeyError:")
        self._say("pass", 1)
        self._else()

    def _take(self, key: Any) -> None:
        """Hand over an attribute, where it is one that was there before."""
        theirs = self.bound.get(key)
        if theirs is None or theirs[0] in CONSTANTS or key[0] not in self.owners:
            return
        if key[0] == () and key[1] in self.proof.form.inner:
            return
        if key not in self.reads:
            return
        own, mine = self.owners[key[0]]
        name, flags = theirs[1], self.proof.names.flags
        if key[0] == ("layer",) and key in self.writes and not _in_place(self.proved, key):
            state = self._state(key)
            self._say(f"{state} = {own}.get({name!r}, _MISSING)", 1)
            self._say(f"if {state} is not _MISSING:", 1)
            if self._is_of_biases(key):
                self._say(f"if {state}.ndim == 1:", 2)
                self._say(f"{state} = {state}.reshape(1, -1)", 3)
            self._say(f"{mine}[{key[1]!r}] = {state}", 2)
            return
        value = f"{own}[{name!r}]"
        if key[0] == () and inspect.getattr_static(self.proof.kind, name, MISSING) is not MISSING:
            value = f"{self.parameters[0]}.{name}"
        value += ".copy()" * (("anew", key) in flags)
        if key in _OF_BIASES:
            self._say(f"a = {value}", 1)
            value = "a if a.ndim != 1 else a.reshape(1, -1)"
        self._say(f"{mine}[{key[1]!r}] = {value}", 1)
        for word, condition in (("not negative", ">= 0"), ("not zero", "!= 0")):
            if (word, theirs) in flags:
                self._say(f"if not {mine}[{key[1]!r}] {condition}:", 1)
                self._say("raise KeyError", 2)

    def _is_of_biases(self, key: Any) -> bool:
        return key[0] == ("layer",) and key[1].startswith("bias_")

    def _shaped(self, key: Any) -> str:
        """What gives an array of ours (1, O) the shape that theirs has."""
        if self.proof.form.flat and key == ((), "dbiases"):
            return ".reshape(-1)"
        if self._is_of_biases(key) and (("layer",), "biases") in self.bound:
            return f".reshape(their_layer[{self.bound[('layer',), 'biases'][1]!r}].shape)"
        return ""

    def _state(self, key: Any) -> str:
        return f"state_{key[1]}"

    def _states(self) -> list[Any]:
        return [key for key in sorted(self.writes, key=str) if key[0] == ("layer",)
                and not _in_place(self.proved, key) and self.bound.get(key, CONSTANTS)[0]
                not in CONSTANTS]

    # ----------------------------------------------------------------------- run

    def _run(self) -> None:
        method = self.proof.form.methods[self.proved.pattern]
        ours = getattr(self.proof.form.ours, method) if isinstance(method, str) else method
        call = f"{self._name(ours)}(t, {', '.join(self._arguments())})"
        states = self._states()
        # Of a state that nobody else holds ours may use the memory again.
        for key in states:
            if key in self.reads:
                self._say(f"if {self._state(key)} is not _MISSING:")
                self._say(f"their_layer[{self.bound[key][1]!r}] = {self._state(key)} = None", 1)
        self._say("try:")
        self._say(f"result = {call}", 1)
        self._say("except _REFUSALS:")  # what is wrong they say in their own words
        self._back(states, 1)
        self._say("pass", 1)
        if states:
            self._say("except BaseException:")
            self._back(states, 1)
            self._say("raise", 1)
        self._else()
        self._keep()
        result = self.proved.result
        self._say("return" if result is None else f"return {self._place(result)}")
        self.depth = 0
        self._say(self.call)

    def _keep(self) -> None:
        """What it has made, under their names, in the order in which theirs makes it."""
        lines, states = {}, self._states()
        for key in self.writes:
            theirs = self.bound.get(key)
            if theirs is not None and theirs[0] not in CONSTANTS and key[0] in self.owners:
                own, mine = self.owners[key[0]]
                made = f"if {key[1]!r} in {mine}: " if key in states else ""  # without momentum
                lines[theirs] = (
                    f"{made}{own}[{theirs[1]!r}] = {mine}[{key[1]!r}]{self._shaped(key)}")
        for (whose, name), place in self.proved.leftovers.items():
            own = f"own[{whose[0]!r}].__dict__" if whose else "own"
            lines[whose, name] = f"{own}[{name!r}] = {self._place(place)}"
        order = [key for key, _ in effects(self.proved.theirs)]
        for key in sorted(lines, key=lambda key: order.index(key) if key in order else -1):
            self._say(lines[key])

    def _back(self, states: list[Any], depth: int) -> None:
        for key in states:
            name = self.bound[key][1]
            if key in self.reads:
                self._say(f"if {key[1]!r} in dl:", depth)
                self._say(f"their_layer[{name!r}] = dl[{key[1]!r}]{self._shaped(key)}", depth + 1)

    def _arguments(self) -> list[str]:
        found = []
        for number, name in list(enumerate(self.proved.ours.arguments))[1:]:
            if name in self.proved.ours.fixed:
                continue
            if name == "layer":
                found.append("l")
            elif number in self.proved.arguments:
                found.append(f"{name}={self.parameters[self.proved.arguments[number]]}")
        return found

    def _place(self, place: Any) -> str:
        if place == "result":
            return "result"
        kind = place[0]
        if kind == "stored":
            return f"{self.owners[place[1][0]][1]}[{place[1][1]!r}]"
        if kind == "kept":
            key: Any = key_of(place[1])
            return f"{self.parameters[0]}.{key[1]}"
        if kind == "argument":
            return self.parameters[place[1]]
        if kind == "constant":
            return repr(place[1][1]) if place[1][0] != "none" else "None"
        return f"({', '.join(self._place(one) for one in place[1:])},)"


# Theirs may have one axis: ours are rows.
_OF_BIASES = frozenset((((), "biases"), (("layer",), "biases"), (("layer",), "dbiases")))


class _Layer:
    """A layer as our optimizers see it."""

    weight_regularizer_l1 = weight_regularizer_l2 = bias_regularizer_l1 = bias_regularizer_l2 = 0


def reads(proved: Proved) -> set[Any]:
    """The attributes that ours looks at, by our names."""
    found: set[Any] = set()

    def look(node: Any) -> None:
        if node[0] == "attr":
            key = key_of(node)
            if key:
                found.add(key)
        for one in node:
            if isinstance(one, tuple):
                look(one)
    ours = proved.ours
    for key, cell in ours.attributes.items():
        if cell.node != ("attr", *key):
            look(cell.node)
    look(ours.draws)
    look(getattr(ours.result, "node", ("none",)))
    return found


def written(proved: Proved) -> set[Any]:
    """The attributes that ours sets, by our names."""
    return {key_of(("attr", *key)) for key, cell in proved.ours.attributes.items()
            if cell.node != ("attr", *key) or cell.origin not in (None, ("attr", *key))}


def _in_place(proved: Proved, key: Any) -> bool:
    """Whether ours changes the array itself."""
    cell = next(cell for (base, name), cell in proved.ours.attributes.items()
                if key_of(("attr", base, name)) == key)
    origin = cell.origin
    return origin is not None and origin[0] == "attr" and key_of(origin) == key


@functools.lru_cache(4096)
def is_plain(kind: type, names: frozenset[str]) -> bool:
    """Whether objects of a class hold these attributes as attributes, and nothing looks on."""
    if kind.__setattr__ is not object.__setattr__ or kind.__getattribute__ is not (
            object.__getattribute__) or hasattr(kind, "__getattr__"):
        return False
    if "__dict__" not in dir(kind):
        return False
    return not any(hasattr(type(found), "__set__") or hasattr(type(found), "__get__")
                   for name in names
                   if (found := inspect.getattr_static(kind, name, MISSING)) is not MISSING)


def _kinds_within(form: Any) -> list[tuple[str, type]]:
    """What objects of ours hold, and of which classes of ours."""
    return [(name, next(one.ours for one in forms() if one.pattern is pattern))
            for name, pattern in form.inner.items()]

