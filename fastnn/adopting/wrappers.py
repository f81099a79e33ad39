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

from fastnn.adopting.direct import direct
from fastnn.adopting.forms import forms
from fastnn.adopting.guards import NUMBERS, SET, fits, raises_nothing
from fastnn.adopting.sources import ORIGINAL, defaults_of, original
from fastnn.adopting.things import MISSING
from fastnn.adopting.unify import CONSTANTS, effects, key_of, leaves
from fastnn.support import numerics

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.proof import Proof, Proved

# What is worth a wrapper. All else of a class is a line or two, and stays theirs.
HOT = frozenset(("forward", "backward", "calculate", "update_params", "step"))
_REFUSALS = (TypeError, ValueError, RuntimeError, ArithmeticError, AttributeError)
_LAYER = ("layer",)
# Numbers, but none that decide in which types is computed.
_ANY_NUMBERS = frozenset(("accumulated_sum", "accumulated_count", "precision", "trainable"))
# Theirs may have one axis: ours are rows.
_OF_BIASES = frozenset((((), "biases"), (_LAYER, "biases"), (_LAYER, "dbiases")))


def wrapper(proof: Proof, proved: Proved) -> Any:
    """The function for one of their methods; None where ours would not be quicker.

    It is ready once `settle` was called: when all wrappers of an adoption stand in their places.
    """
    if proved.pattern not in HOT:
        return None
    theirs = inspect.getattr_static(proof.kind, proved.name)
    writer = _Writer(proof, proved, theirs)
    text = writer.written()
    file = f"<fastnn: {proof.kind.__name__}.{proved.name}>"
    exec(compile(text, file, "exec"), writer.names)
    made: Any = functools.wraps(theirs)(writer.names["wrapper"])
    made.__defaults__, made.__kwdefaults__ = theirs.__defaults__, theirs.__kwdefaults__
    setattr(made, ORIGINAL, theirs)
    return made, writer.settle


class _Writer:
    """Writes one wrapper. Its own names begin with an @, which none of theirs has; in the end that
    is a prefix that none of their arguments has.
    """

    def __init__(self, proof: Proof, proved: Proved, theirs: Any) -> None:
        self.proof, self.proved, self.theirs = proof, proved, theirs
        self.parameters = list(proved.theirs.arguments)
        self.prefix = "_ours_"
        while any(name.startswith(self.prefix) for name in self.parameters):
            self.prefix += "_"
        self.names: dict[str, Any] = {}
        self.lines: list[str] = []
        self.bound = proof.names.attributes
        self.flags = proof.names.flags
        self.reads, self.writes = leaves(proved.ours), written(proved)
        self.checked: list[tuple[str, Any, str]] = []  # (of a name, the value it had, expression)
        self.held: dict[Any, str] = {}  # our key -> the local name of what theirs has
        self.owners: dict[tuple[str, ...], str] = {(): "@own"}  # whose -> their attributes
        self.mine: dict[tuple[str, ...], str] = {(): "@d"}  # whose -> ours

    # ---------------------------------------------------------------------- text

    def written(self) -> str:
        """The text; what its names are is in `names`."""
        theirs = self._call()
        self._say("if " + " and ".join(self._conditions()) + ":", 1)
        self._take(2)
        self._say("else:", 2)
        self._say("if " + " and ".join(self._checks() or ["True"]) + ":", 3)
        self._short(4)
        self._give(4)
        self._run(4)
        self._say(theirs, 1)
        text = f"def wrapper({', '.join(self._signature())}):\n" + "\n".join(self.lines) + "\n"
        self.names = {name.replace("@", self.prefix): value for name, value in self.names.items()}
        return text.replace("@", self.prefix)

    def settle(self) -> None:
        """Know what stands where theirs has methods that were followed: ours, by now."""
        for name, kind, attribute in self.checked:
            self.names[name.replace("@", self.prefix)] = getattr(kind, attribute)
        members = self._named("@count").replace("@", self.prefix)
        self.names[members] = len(vars(self.proof.kind))

    def _say(self, line: str, depth: int) -> None:
        self.lines.append("    " * depth + line)

    def _named(self, name: str, value: Any = None) -> str:
        """A name of the wrapper's that stands for a value."""
        if name not in self.names:
            self.names[name] = value
        return name

    def _value(self, value: Any) -> str:
        for name, known in self.names.items():
            if known is value:
                return name
        return self._named(f"@v{len(self.names)}", value)

    def _signature(self) -> list[str]:
        code = self.theirs.__code__
        made = self.parameters[:]
        if code.co_kwonlyargcount:
            made.insert(code.co_argcount, "*")
        return made

    def _call(self) -> str:
        """Their own function: of one that is inherited what stands there then."""
        code = self.theirs.__code__
        given = [name if number < code.co_argcount else f"{name}={name}"
                 for number, name in enumerate(self.parameters)]
        if self.proved.name in vars(self.proof.kind):
            return f"return {self._value(self.theirs)}({', '.join(given)})"
        self._named("@super", super)
        kind = self._value(self.proof.kind)
        return f"return @super({kind}, {given[0]}).{self.proved.name}({', '.join(given[1:])})"

    # ---------------------------------------------------------------- conditions

    def _conditions(self) -> list[str]:
        """What is asked before anything of the object is looked at."""
        proof, me = self.proof, self.parameters[0]
        kind = self._value(proof.kind)
        self._named("@count")
        members = self._value(vars(proof.kind))
        found = [f"type({me}) is {kind}", f"len({members}) == @count",
                 f"({self._value(SET)}() is {self._value(_usual())} "
                 f"or {self._value(raises_nothing)}())"]
        self.names["@array"] = np.ndarray
        for names, name, value in self.proved.theirs.premises:
            table = self._value(names)
            found.append(f"{name!r} not in {table}" if value is MISSING
                         else f"{table}.get({name!r}) is {self._value(value)}")
            if inspect.isfunction(value):
                found += [f"{self._value(value)}.__code__ is {self._value(value.__code__)}",
                          f"{self._value(value)}.__defaults__ is "
                          f"{self._value(value.__defaults__)}"]
        for name in sorted(self.proved.theirs.of_numpy):
            found.append(f"{self._value(np)}.{name} is {self._value(getattr(np, name))}")
        for owner, attribute in self._followed():
            name = self._named(f"@m{len(self.names)}")
            self.checked.append((name, owner, attribute))
            found.append(f"{self._value(owner)}.{attribute} is {name}")
        for ours, theirs in sorted(self.proved.arguments.items()):
            found += self._argument(ours, self.parameters[theirs])
        for name in self.proved.theirs.fixed:
            found.append(f"{name} is {self._value(defaults_of(self.theirs)[name])}")
        if "plain products" in self.flags:
            found.append(f"not {self._value(numerics.follows_book)}()")
        return found

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
        if ours in ("inputs", "dvalues", "y_pred", "output"):
            return [f"type({name}) is @array", f"{name}.ndim == 2", f"{name}.dtype.char in 'fd'",
                    f"{name}.flags.c_contiguous"]
        if ours in ("y_true", "y") and "labels" in self.flags:
            return [f"type({name}) is @array", f"{name}.ndim == 1", f"{name}.dtype.kind in 'iu'"]
        if ours in ("y_true", "y"):
            return [f"type({name}) is @array",
                    f"({name}.dtype.kind in 'iu' if {name}.ndim == 1 else "
                    f"{name}.ndim == 2 and {name}.dtype.char in 'fd')"]
        return [f"{self._value(fits(self._layer_names()))}(type({name}))"] if (
            ours == "layer") else []

    def _layer_names(self) -> frozenset[str]:
        return frozenset(self.bound[key][1] for key in self.reads | self.writes
                         if key[0] == _LAYER and self._is_theirs(key))

    def _is_theirs(self, key: Any) -> bool:
        """Whether theirs has it, as an attribute."""
        return self.bound.get(key, CONSTANTS)[0] not in CONSTANTS

    # ------------------------------------------------------------------- objects

    def _take(self, depth: int) -> None:
        """Look the attributes up; what is not there raises KeyError."""
        me = self.parameters[0]
        self._say("try:", depth)
        self._say(f"@own = {me}.__dict__", depth + 1)
        for number, (name, _) in enumerate(_kinds_within(self.proof.form)):
            theirs = self.bound.get(((), name))
            if theirs is not None:
                self.owners[name,] = f"@own{number}"
                self._say(f"@own{number} = @own[{theirs[1]!r}].__dict__", depth + 1)
        layer = next((self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                      if self.proved.ours.arguments[ours] == "layer"), None)
        if layer is not None:
            self.owners[_LAYER] = "@layer"
            self.mine[_LAYER] = "@dl"
            self._say(f"@layer = {layer}.__dict__", depth + 1)
        for key in sorted(self.reads, key=str):
            if self._is_theirs(key) and key[0] in self.owners and not (
                    key[0] == () and key[1] in self.proof.form.inner):
                self._look(key, depth + 1)
        self._say("except (KeyError, AttributeError):", depth)
        self._say("pass", depth + 1)

    def _look(self, key: Any, depth: int) -> None:
        own, name = self.owners[key[0]], self.bound[key][1]
        local = self.held[key] = f"@k{len(self.held)}"
        if self._may_be_missing(key):
            self._named("@MISSING", MISSING)
            self._say(f"{local} = {own}.get({name!r}, @MISSING)", depth)
        elif key[0] == () and inspect.getattr_static(
                self.proof.kind, name, MISSING) is not MISSING:
            self._say(f"{local} = {self.parameters[0]}.{name}", depth)
        else:
            self._say(f"{local} = {own}[{name!r}]", depth)

    def _may_be_missing(self, key: Any) -> bool:
        """Of what an optimizer keeps on layers: the first step makes it, where theirs does."""
        return key[0] == _LAYER and key in self.writes and not _in_place(self.proved, key) and (
            not any(one[0] == "has" for one in self.bound))

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
            elif key[1] not in _OBJECTS:
                arrays.append(local)
            if key[1] == "weights":
                found += [f"{local}.ndim == 2", f"{local}.flags.c_contiguous"]
        if arrays:
            found[:0] = [" is ".join(f"type({local})" for local in arrays) + " is @array",
                         *(f"{local}.dtype.char in 'fd'" for local in arrays)]
        if states:
            there = " and ".join(f"type({local}) is @array and {local}.flags.c_contiguous"
                                 for local in states)
            missing = " is ".join([*states, "@MISSING"])
            found.append(f"(({there}) if {states[0]} is not @MISSING else {missing})")
        if self._anew():
            types = " is ".join(f"{local}.dtype" for local in arrays)
            found.append(types if len(arrays) > 1 else "True")
        weights, biases = (self.held.get((_LAYER, name)) for name in ("weights", "biases"))
        if weights and biases:
            found.append(f"({weights}.base is None is {biases}.base or not "
                         f"{self._value(np.may_share_memory)}({weights}, {biases}))")
        if "plain products" in self.flags:
            found += [f"{local}.flags.c_contiguous and {local}.dtype.isnative" for local in arrays]
            found += [f"{self.parameters[theirs]}.dtype.isnative"
                      for ours, theirs in self.proved.arguments.items()
                      if self.proved.ours.arguments[ours] in ("inputs", "dvalues")]
        return found + self._shapes() + self._of_the_objects()

    def _shapes(self) -> list[str]:
        """That gradients are of the output: theirs may broadcast, or end with the shorter."""
        if self.proved.pattern != "backward" or ((), "weights") in self.bound:
            return []
        gradients = [self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                     if self.proved.ours.arguments[ours] == "dvalues"]
        return [f"{self.held[key]}.shape == {name}.shape" for name in gradients
                for key in (((), "inputs"), ((), "output")) if key in self.held]

    def _anew(self) -> bool:
        """Whether theirs makes an array where ours changes one."""
        return any(flag[0] == "anew" for flag in self.flags if isinstance(flag, tuple))

    def _of_the_objects(self) -> list[str]:
        """That the objects have no methods of their own, and hold what theirs has made."""
        found = []
        for kind, method in self.proved.theirs.followed:
            if kind is self.proof.kind:
                found.append(f"{method!r} not in @own")
        followed = {kind for kind, _ in self.proved.theirs.followed}
        for name, kind in self.proof.inner.items():
            if kind in followed:
                found.append(f"type(@own.get({name!r})) is {self._value(kind)}")
                methods = sorted({method for one, method in self.proved.theirs.followed
                                  if one is kind})
                found += [f"{method!r} not in @own[{name!r}].__dict__" for method in methods]
        return found

    # ----------------------------------------------------------------------- run

    def _give(self, depth: int) -> None:
        """Make objects of ours of it."""
        self._named("@new", object.__new__)
        ours = self._value(self.proof.form.ours)
        self._say(f"@t = @new({ours})", depth)
        for whose in [*self.owners]:
            self.mine.setdefault(whose, f"@d_{whose[0] if whose else ''}")
        for number, (name, kind) in enumerate(_kinds_within(self.proof.form)):
            self._say(f"@h{number} = @new({self._value(kind)})", depth)
            self.mine[name,] = f"@dh{number}"
            self._say(f"@h{number}.__dict__ = @dh{number} = {{{self._items((name,))}}}", depth)
        items = self._items(())
        for number, (name, _) in enumerate(_kinds_within(self.proof.form)):
            items += f"{', ' if items else ''}{name!r}: @h{number}"
        self._say(f"@t.__dict__ = @d = {{{items}}}", depth)
        if _LAYER in self.owners:
            self._say(f"@l = @new({self._value(_Layer)})", depth)
            self._say(f"@l.__dict__ = @dl = {{{self._items(_LAYER)}}}", depth)
            states = [key for key in self.held if self._may_be_missing(key)]
            if states:
                self._say(f"if {self.held[states[0]]} is not @MISSING:", depth)
                for key in states:
                    self._say(f"@dl[{key[1]!r}] = {self._ours(key)}", depth + 1)

    def _items(self, whose: tuple[str, ...]) -> str:
        found = [f"{key[1]!r}: {self._ours(key)}" for key in self.held
                 if key[0] == whose and not self._may_be_missing(key)]
        found += [f"{key[1]!r}: {value[1]!r}" for key, value in self.bound.items()
                  if key[0] == whose and value[0] in ("const", "bool")]
        return ", ".join(found)

    def _ours(self, key: Any) -> str:
        """What theirs has, as ours is given it."""
        local = self.held[key]
        if ("anew", key) in self.flags:
            local += ".copy()"
        if key in _OF_BIASES or self._is_of_biases(key):
            held = self.held[key]
            return f"{local} if {held}.ndim != 1 else {local}.reshape(1, -1)"
        return local

    def _is_of_biases(self, key: Any) -> bool:
        return key[0] == _LAYER and key[1].startswith("bias_")

    def _run(self, depth: int) -> None:
        method = self.proof.form.methods[self.proved.pattern]
        ours = getattr(self.proof.form.ours, method) if isinstance(method, str) else method
        self._say("try:", depth)
        self._say(f"@r = {self._value(ours)}(@t, {', '.join(self._arguments())})", depth + 1)
        self._named("@REFUSALS", _REFUSALS)
        self._say("except @REFUSALS:", depth)  # what is wrong they say in their own words
        self._say("pass", depth + 1)
        self._say("else:", depth)
        for line in self._kept():
            self._say(line, depth + 1)
        result = self.proved.result
        self._say("return" if result is None else f"return {self._place(result)}", depth + 1)

    def _short(self, depth: int) -> None:
        """The arrays themselves to what computes them, where there is such a way."""
        way = direct(self.proof.form.ours, self.proved.pattern)
        method = self.proof.form.methods[self.proved.pattern]
        if way is None or not isinstance(method, str) or self._anew() or any(
                self.bound.get(key, ("const", 0)) != ("const", 0) for key in way.without):
            return
        given = {name: self.parameters[self.proved.arguments[number]] for number, name in enumerate(
            self.proved.ours.arguments) if number in self.proved.arguments}
        parts = [given.get(one) if isinstance(one, str) else self._number_or_array(one)
                 for one in way.takes]
        made = {key: f"@r[{place}]" if len(way.gives) > 1 else "@r"
                for place, key in enumerate(way.gives)}
        for key in self.writes:
            if not self._is_theirs(key) or key in made:
                continue
            origin = self._cell(key).origin
            same = [one for one in made if one != "result" and self._cell(one).number
                    == self._cell(key).number]
            if origin is not None and origin[0] == "arg":
                made[key] = given[self.proved.ours.arguments[origin[1]]]
            elif same:
                made[key] = made[same[0]]
            elif not _in_place(self.proved, key):
                return
        result = self.proved.result
        if None in parts or result == "result" and "result" not in made:
            return
        states = [self.held[key] for key in self.held if self._may_be_missing(key)]
        if states:
            self._say(f"if {states[0]} is not @MISSING:", depth)
        inner = depth + bool(states)
        self._say(f"@r = {self._value(way.function)}({', '.join(map(str, parts))})", inner)
        self._say("if @r is not None:", inner)
        for line in self._kept(made):
            self._say(line, inner + 1)
        self._say("return" if result is None else f"return {self._place(result, made)}", inner + 1)

    def _number_or_array(self, key: Any) -> str | None:
        if key in self.held:
            return f"({self._ours(key)})"
        value = self.bound.get(key, CONSTANTS)
        return repr(value[1]) if value[0] == "const" else None

    def _cell(self, key: Any) -> Any:
        return next(cell for (base, name), cell in self.proved.ours.attributes.items()
                    if key_of(("attr", base, name)) == key)

    def _kept(self, made: dict[Any, str] | None = None) -> list[str]:
        """What it has made, under their names, in the order in which theirs makes it.

        made: where it is; by default in the objects of ours.
        """
        lines = {}
        for key in self.writes:
            if self._is_theirs(key) and key[0] in self.owners and (made is None or key in made):
                theirs, own = self.bound[key], self.owners[key[0]]
                if made is not None:
                    lines[theirs] = f"{own}[{theirs[1]!r}] = {self._shaped(key, made[key])}"
                    continue
                mine = self.mine[key[0]]
                sure = key[0] != _LAYER or _in_place(self.proved, key)  # else: without momentum
                lines[theirs] = ("" if sure else f"if {key[1]!r} in {mine}: ") + (
                    f"{own}[{theirs[1]!r}] = {self._shaped(key, f'{mine}[{key[1]!r}]')}")
        for (whose, name), place in self.proved.leftovers.items():
            own = f"@own[{whose[0]!r}].__dict__" if whose else "@own"
            lines[whose, name] = f"{own}[{name!r}] = {self._place(place, made)}"
        order = [key for key, _ in effects(self.proved.theirs)]
        return [lines[key] for key in sorted(
            lines, key=lambda key: order.index(key) if key in order else -1)]

    def _shaped(self, key: Any, value: str) -> str:
        """An array of ours (1, O) in the shape that theirs has."""
        if self.proof.form.flat and key == ((), "dbiases"):
            return f"{value}.reshape(-1)"
        biases = self.held.get((_LAYER, "biases"))
        if self._is_of_biases(key) and biases:
            return f"{value} if {biases}.ndim != 1 else {value}.reshape(-1)"
        if key[1] == "biases" and key in self.held:  # changed in place: it is the same array
            held = self.held[key]
            return f"{value} if {held}.ndim != 1 else " + (
                f"{value}.reshape(-1)" if ("anew", key) in self.flags else held)
        return value

    def _arguments(self) -> list[str]:
        found = []
        for number, name in list(enumerate(self.proved.ours.arguments))[1:]:
            if name in self.proved.ours.fixed:
                continue
            if name == "layer":
                found.append("@l")
            elif number in self.proved.arguments:
                found.append(f"{name}={self.parameters[self.proved.arguments[number]]}")
        return found

    def _place(self, place: Any, made: dict[Any, str] | None = None) -> str:
        if place == "result":
            return made["result"] if made else "@r"
        kind = place[0]
        if kind == "stored" and made:
            return self._shaped(place[1], made[place[1]])
        if kind == "stored":
            return self._shaped(place[1], f"{self.mine[place[1][0]]}[{place[1][1]!r}]")
        if kind == "kept":
            key: Any = key_of(place[1])
            return f"{self.parameters[0]}.{key[1]}"
        if kind == "argument":
            return self.parameters[place[1]]
        if kind == "constant":
            return repr(place[1][1]) if place[1][0] != "none" else "None"
        parts = [self._place(one, made) for one in place[1:]]
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"


def _usual() -> Any:
    """What NumPy is told of floating-point errors now, where that raises nothing."""
    return SET() if raises_nothing() else object()


_OBJECTS = frozenset(("trainable_layers",))  # attributes that are no arrays and no numbers


class _Layer:
    """A layer as our optimizers see it."""

    weight_regularizer_l1 = weight_regularizer_l2 = bias_regularizer_l1 = bias_regularizer_l2 = 0


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


def _kinds_within(form: Any) -> list[tuple[str, type]]:
    """What objects of ours hold, and of which classes of ours."""
    return [(name, next(one.ours for one in forms() if one.pattern is pattern))
            for name, pattern in form.inner.items()]
