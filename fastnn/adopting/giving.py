"""What a wrapper gives back: what ours has made, under their names and in their shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.effects import effects
from fastnn.adopting.keyed import steps_of
from fastnn.adopting.names import is_item, key_of, subscript
from fastnn.adopting.nodes import GONE
from fastnn.adopting.taking import Taking
from fastnn.adopting.writing import LAYER, in_place

if TYPE_CHECKING:
    from typing import Any


def _written(array: Any, numbers: Any) -> Any:
    """The array, with these numbers in it."""
    if numbers is not array:
        np.copyto(array, numbers)
    return array


class Giving(Taking):
    """Writes what is set, and what is returned."""

    def _kept(self, made: dict[Any, str] | None = None) -> list[str]:
        """What it has made, under their names, in the order in which theirs makes it.

        made: where it is; by default in the objects of ours.
        """
        lines = {}
        rebuilt = {steps_of(node)[1]: kind
                   for node, kind in self.proved.theirs.keyed.rebuilt.items()}
        anew: dict[Any, dict[str, str]] = {}
        dicts: dict[str, dict[str, str]] = {
            steps_of(node)[1][0]: {} for node in self.proved.theirs.keyed.made}
        for key in self.writes:
            if self._is_theirs(key) and self._is_kept(key):
                lines[self.bound[key]] = f"{self._place_of(key)} = {self._computed(key[1])}"
            elif self._is_theirs(key) and key[0] in self.owners and (made is None or key in made):
                theirs, place = self.bound[key], self._place_of(key)
                if (parts := dicts.get(theirs[0][-1]) if len(theirs[0]) == 1 else None) is not None:
                    parts[theirs[1]] = self._put(key, made[key] if made is not None else (
                        f"{self.mine[key[0]]}[{key[1]!r}]"))
                    continue
                if (theirs[0][-1:]) in rebuilt:
                    value = made[key] if made is not None else f"{self.mine[key[0]]}[{key[1]!r}]"
                    anew.setdefault(theirs[0], {})[theirs[1]] = self._put(key, value)
                    continue
                if made is not None:
                    lines[theirs] = f"{place} = {self._put(key, made[key])}"
                    continue
                mine = self.mine[key[0]]
                sure = key[0] != LAYER or in_place(self.proved, key)  # else: without momentum
                lines[theirs] = ("" if sure else f"if {key[1]!r} in {mine}: ") + (
                    f"{place} = {self._put(key, f'{mine}[{key[1]!r}]')}")
        for (_, name), parts in anew.items():
            items = ", ".join(f"({parts[one]})" for one in sorted(parts))
            lines[LAYER, name] = f"{self.owners[LAYER]}[{name!r}] = " + (
                f"[{items}]" if rebuilt[name,] == "list" else f"({items},)")
        for (whose, name), place in self.proved.leftovers.items():
            if len(whose) == 1 and whose[0] in dicts:
                dicts[whose[0]][name] = self._place(place, made)
                continue
            own = f"@own[{whose[0]!r}].__dict__" if whose else "@own"
            if self._is_held((whose, name)):
                own = self.holders[whose, is_item(name)]
            lines[whose, name] = f"del {own}{subscript(name)}" if place == GONE else (
                f"{own}{subscript(name)} = {self._place(place, made)}")
        for node, names in self.proved.theirs.keyed.made.items():
            held = steps_of(node)[1][0]
            items = ", ".join(f"{one[1:-1]}: {dicts[held][one]}" for one in names)
            lines[(), held] = f"{self.owners[()]}[{held!r}] = {{{items}}}"
        order = list(effects(self.proved.theirs))
        return [lines[key] for key in sorted(
            lines, key=lambda key: order.index(key) if key in order else -1)]

    def _computed(self, name: str) -> str:
        """What ours does not keep, by its function."""
        function = self.proof.form.kept[name]
        inputs, *options = function.__code__.co_varnames[:function.__code__.co_argcount]
        given = next(self.parameters[theirs] for ours, theirs in self.proved.arguments.items()
                     if self.proved.ours.arguments[ours] == inputs)
        values = [self._number_or_array(((), name)) for name in options]
        return f"{self._value(function)}({', '.join([given, *map(str, values)])})"

    def _shaped(self, key: Any, value: str) -> str:
        """An array of ours (1, O) in the shape that theirs has."""
        if self.proof.form.flat and key == ((), "dbiases"):
            return f"{value}.reshape(-1)"
        biases = self.held.get((LAYER, "biases"))
        if self._is_of_biases(key) and biases:
            return f"{value} if {biases}.ndim != 1 else {value}.reshape(-1)"
        if key[1] == "biases" and key in self.held:  # changed in place: it is the same array
            held = self.held[key]
            return f"{value} if {held}.ndim != 1 else " + (
                f"{value}.reshape(-1)" if ("anew", key) in self.flags else held)
        return value

    def _put(self, key: Any, value: str) -> str:
        """An array of ours as it becomes theirs: of a state that they change in place the array
        that they have, for whoever looks at it.
        """
        value = self._shaped(key, value)
        if ("within", key) not in self.flags:
            return value
        held = self.held[key]
        written = f"{self._value(_written)}({held}, {value})"
        return f"({value}) if {held} is @MISSING else {written}" if self._may_be_missing(
            key) else written

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
        if kind == "list":
            return f"[{', '.join(parts)}]"
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
