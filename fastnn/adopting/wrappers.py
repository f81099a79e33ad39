"""Methods of ours under somebody's names: what stands in the place of theirs.

A wrapper hands the object's attributes, under our names, to an object of our class, has that do
the work, and hands back what it has made. It is written out for each method, since a table that is
walked at each call would cost as much as a small layer. Where anything is not as it was when the
method was proved (another type, a list, another `np`), their own lines run, which stand behind ours
(`merging.py`).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from fastnn.adopting.conditions import Conditions
from fastnn.adopting.direct import direct
from fastnn.adopting.giving import Giving
from fastnn.adopting.merging import Before
from fastnn.adopting.sources import original
from fastnn.adopting.standing import owner_of
from fastnn.adopting.writing import LAYER, in_place

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof, Proved

# What is worth a wrapper. All else of a class is a line or two, and stays theirs.
HOT = frozenset(("forward", "backward", "calculate", "update_params", "step"))
_REFUSALS = (TypeError, ValueError, RuntimeError, ArithmeticError, AttributeError)


def wrapper(proof: Proof, proved: Proved) -> tuple[Any, Before, Any] | None:
    """What stands before the lines of one of their methods; None where ours would not be quicker.

    Also their function, and `settle`, to be called when all of an adoption stand in their places.
    """
    if proved.pattern not in HOT or proof.form.does.get(proved.pattern, proof) is None:
        return None
    if proved.theirs.round and proved.name not in vars(owner_of(proof.kind, proved.name)):
        return None  # what stands in another module's class is asked for at each call, not round
    theirs = inspect.getattr_static(proof.kind, proved.name)
    writer = _Writer(proof, proved, theirs)
    text = writer.written()
    writer.before = Before(text, writer.prefix, writer.names, proved.theirs.round)
    return theirs, writer.before, writer.settle


class _Writer(Conditions, Giving):
    """Writes one wrapper."""

    before: Before  # with what its names stand for

    def written(self) -> str:
        """The text; what its names are is in `names`."""
        self._say("if " + " and ".join(self._conditions()) + ":", 1)
        self._take(2)
        self._say("else:", 2)
        self._say("if " + " and ".join(self._checks() or ["True"]) + ":", 3)
        if not self._short(4):
            self._give(4)
            self._run(4)
        if self.round is None:
            self._inherited()
        text = f"def wrapper({', '.join(self._signature())}):\n" + "\n".join(self.lines) + "\n"
        self.names = {name.replace("@", self.prefix): value for name, value in self.names.items()}
        return text.replace("@", self.prefix)

    def settle(self) -> None:
        """Know what stands where theirs has methods that were followed: ours, by now."""
        before = self.before
        for name, kind, attribute in self.checked:
            name = name.replace("@", self.prefix)
            before.follow(name, getattr(kind, attribute))
            before.followed.append(name)
        for one in self.classes:
            one.settle()

    def _signature(self) -> list[str]:
        code = self.theirs.__code__
        made = self.parameters[:]
        if self.round:
            return made
        if code.co_kwonlyargcount:
            made.insert(code.co_argcount, "*")
        return made

    def _inherited(self) -> None:
        """Of a method that is inherited what stands there now, if that is another."""
        if owner_of(self.proof.kind, self.proved.name) is not self.proof.kind or (
                self.proved.name in vars(self.proof.kind)):
            return
        code = self.theirs.__code__
        me, *given = [name if number < code.co_argcount else f"{name}={name}"
                      for number, name in enumerate(self.parameters)]
        kind = self._value(self.proof.kind)
        line = self._value(self.proof.kind.__mro__)
        same = [f"type({me}) is {kind}", f"{kind}.__mro__ is {line}"]
        for name, owner, attribute in self.checked:
            if attribute == self.proved.name and owner is not self.proof.kind:
                same += [f"{self._value(owner)}.{attribute} is {name}", *self._body(
                    name, original(getattr(owner, attribute)))]
        self._named("@super", super)
        self._say(f"if not ({' and '.join(same)}):", 1)
        self._say(f"return @super({kind}, {me}).{self.proved.name}({', '.join(given)})", 2)

    def _run(self, depth: int) -> None:
        form = self.proof.form
        method = form.does.get(self.proved.pattern) or form.methods[self.proved.pattern]
        ours = getattr(form.ours, method) if isinstance(method, str) else method
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

    def _short(self, depth: int) -> bool:
        """The arrays themselves to what computes them, where there is such a way; whether their own
        lines do the rest.
        """
        way = direct(self.proof.form.ours, self.proved.pattern)
        method = self.proof.form.methods[self.proved.pattern]
        if way is None or not isinstance(method, str) or self._anew() or (
                self.proved.pattern in self.proof.form.does) or any(
                self.bound.get(key, ("const", 0)) != ("const", 0) for key in way.without):
            return False
        given = {name: self.parameters[self.proved.arguments[number]] for number, name in enumerate(
            self.proved.ours.arguments) if number in self.proved.arguments}
        parts = [given.get(one) if isinstance(one, str) else self._number_or_array(one)
                 for one in way.takes]
        made = {key: f"@r[{place}]" if len(way.gives) > 1 else "@r"
                for place, key in enumerate(way.gives)}
        for key in self.writes:
            if not self._is_theirs(key) or key in made or self._is_kept(key):
                continue
            origin = self._cell(key).origin
            same = [one for one in made if one != "result" and self._cell(one).number
                    == self._cell(key).number]
            if origin is not None and origin[0] == "arg":
                made[key] = given[self.proved.ours.arguments[origin[1]]]
            elif same:
                made[key] = made[same[0]]
            elif not in_place(self.proved, key):
                return False
        result = self.proved.result
        if None in parts or result == "result" and "result" not in made:
            return False
        states = [self.held[key] for key in self.held if self._may_be_missing(key)]
        asked = [f"{state} is not @MISSING" for state in states[:1]]
        if (LAYER, "trainable") in self.held:  # what is not trained goes by an object
            asked.append(f"{self.held[LAYER, 'trainable']} is True")
        if asked:
            self._say(f"if {' and '.join(asked)}:", depth)
        inner = depth + bool(asked)
        within = len(self._within()) == len(way.gives) and way.within
        self._say(f"@r = {self._value(within or way.function)}"
                  f"({', '.join(map(str, parts))})", inner)
        self._say("if @r is not None:", inner)
        for line in self._kept(made):
            self._say(line, inner + 1)
        self._say("return" if result is None else f"return {self._place(result, made)}", inner + 1)
        return way.by_theirs

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
