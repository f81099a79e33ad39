"""What a wrapper takes: their attributes, and objects of ours that are made of them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from fastnn.adopting.guarded import attributes_of
from fastnn.adopting.guards import fits
from fastnn.adopting.keyed import Path, may_be_index, steps_of
from fastnn.adopting.names import CONSTANTS, is_item
from fastnn.adopting.slots import Slots, has_slots_alone
from fastnn.adopting.things import MISSING
from fastnn.adopting.writing import LAYER, Writing, kinds_within

if TYPE_CHECKING:
    from collections.abc import Iterable

# Theirs may have one axis: ours are rows.
_OF_BIASES = frozenset((((), "biases"), (LAYER, "biases"), (LAYER, "dbiases")))


class Taking(Writing):
    """Writes what becomes of theirs."""

    def _take(self, depth: int) -> None:
        """Look the attributes up; what is not there raises KeyError."""
        me = self.parameters[0]
        self._say("try:", depth)
        self._say(f"@own = {self._value(Slots)}({me})" if has_slots_alone(self.proof.kind)
                  else f"@own = {me}.__dict__", depth + 1)
        for number, (name, _) in enumerate(kinds_within(self.proof.form)):
            theirs = self.bound.get(((), name))
            if theirs is not None:
                self.owners[name,] = f"@own{number}"
                self._say(f"@own{number} = @own[{theirs[1]!r}].__dict__", depth + 1)
        layer = next((self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                      if self.proved.ours.arguments[ours] == "layer"), None)
        if layer is not None:
            self.owners[LAYER] = "@layer"
            self.mine[LAYER] = "@dl"
            self._say(f"@layer = {layer}.__dict__", depth + 1)
        self._take_holders(depth + 1)
        for key in sorted(self.reads, key=str):
            if self._is_theirs(key) and key[0] in self.owners and not (
                    key[0] == () and key[1] in self.proof.form.inner):
                self._look(key, depth + 1)
        for name in sorted({name for one in self.proved.theirs.guards
                            for name in attributes_of(one)}):
            local = self.asked[name] = f"@g{len(self.asked)}"
            self._say(f"{local} = @own[{name!r}]", depth + 1)
        self._say("except (KeyError, AttributeError, IndexError, TypeError):", depth)
        self._say("pass", depth + 1)

    def _take_holders(self, depth: int) -> None:
        """The dicts and objects in which theirs has what ours has itself.

        Of any other kind they are @EMPTY, in which nothing is found and which is asked for.
        """
        named: dict[Any, set[str]] = {}
        for whose, name in [*(self.bound[key] for key in sorted(self.reads | self.writes, key=str)
                              if self._is_theirs(key) and len(self.bound[key][0]) > len(key[0])),
                            *(key for key in self.proved.leftovers if self._is_held(key))]:
            named.setdefault((whose, is_item(name)), set()).add(name)
        for (whose, is_dict), names in named.items():
            local = self.holders[whose, is_dict] = f"@in{len(self.holders)}"
            self._named("@EMPTY", {})
            steps = whose[-1].steps if isinstance(whose[-1], Path) else (whose[-1],)
            own = len(whose) == 1 or isinstance(whose[-1], Path)
            self._say(f"{local} = {'@own' if own else '@layer'}[{steps[0]!r}]", depth)
            self._step(local, whose[-1], depth)
            self._say(f"{local} = {local} if {self._is_of(local, steps, names)} else @EMPTY"
                      if is_dict else
                      f"{local} = {local}.__dict__ if {self._value(fits(frozenset(names)))}"
                      f"(type({local})) else @EMPTY", depth)

    def _step(self, local: str, path: Any, depth: int) -> None:
        """Go on to the dict or list in which something is kept for a layer."""
        steps = path.steps if isinstance(path, Path) else ()
        for place in range(1, len(steps)):
            kind = self._is_of(local, steps[:place], steps[place:place + 1])
            self._say(f"{local} = {local}{steps[place]} if {kind} else @EMPTY", depth)

    def _is_of(self, local: str, steps: tuple[str, ...], names: Iterable[str]) -> str:
        """That it is a dict, or a list where all these may be indices, of as many as were read."""
        keyed = self.proved.theirs.keyed
        dicts = {steps_of(one)[1] for one in keyed.dicts}
        lengths = {steps_of(one)[1]: count for one, count in keyed.lengths.items()}
        a_list = f"type({local}) is {self._value(list)}"
        if steps in lengths:
            changed = {self.bound[key][0] for key in self.writes if self._is_theirs(key)} | {
                whose for whose, _ in self.proved.leftovers}
            if {steps_of(one)[1] for one in keyed.rebuilt} >= {steps} or not any(
                    steps in (one, one[1:], *(getattr(held, "steps", ()) for held in one[1:]))
                    for one in changed):
                a_list = f"({a_list} or type({local}) is {self._value(tuple)})"
            return f"{a_list} and len({local}) == {lengths[steps]}"
        a_dict = f"type({local}) is {self._value(dict)}"
        if steps in dicts or not all(may_be_index(name, keyed.varying) for name in names):
            return a_dict
        return f"({a_dict} or {a_list})"

    def _look(self, key: Any, depth: int) -> None:
        theirs, name = self._place_of(key), self.bound[key][1]
        local = self.held[key] = f"@k{len(self.held)}"
        if self._may_be_missing(key):
            self._named("@MISSING", MISSING)
            own, _, item = theirs.partition("[")
            self._say(f"{local} = {own}.get({item[:-1]}, @MISSING)", depth)
        elif self.bound[key][0] == () and not self._is_of_before(key) and inspect.getattr_static(
                self.proof.kind, name, MISSING) is not MISSING:
            self._say(f"{local} = {self.parameters[0]}.{name}", depth)
        else:
            self._say(f"{local} = {theirs}", depth)

    def _give(self, depth: int) -> None:
        """Make objects of ours of it."""
        self._named("@new", object.__new__)
        ours = self._value(self.proof.form.ours)
        self._say(f"@t = @new({ours})", depth)
        for whose in [*self.owners]:
            self.mine.setdefault(whose, f"@d_{whose[0] if whose else ''}")
        for number, (name, kind) in enumerate(kinds_within(self.proof.form)):
            self._say(f"@h{number} = @new({self._value(kind)})", depth)
            self.mine[name,] = f"@dh{number}"
            self._say(f"@h{number}.__dict__ = @dh{number} = {{{self._items((name,))}}}", depth)
        items = self._items(())
        for number, (name, _) in enumerate(kinds_within(self.proof.form)):
            items += f"{', ' if items else ''}{name!r}: @h{number}"
        self._say(f"@t.__dict__ = @d = {{{items}}}", depth)
        if LAYER in self.owners:
            self._say(f"@l = @new({self._value(_Layer)})", depth)
            self._say(f"@l.__dict__ = @dl = {{{self._items(LAYER)}}}", depth)
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

    def _number_or_array(self, key: Any) -> str | None:
        if key in self.held:
            return f"({self._ours(key)})"
        value = self.bound.get(key, CONSTANTS)
        return repr(value[1]) if value[0] == "const" else None


class _Layer:
    """A layer as our optimizers see it."""

    weight_regularizer_l1 = weight_regularizer_l2 = bias_regularizer_l1 = bias_regularizer_l2 = 0
