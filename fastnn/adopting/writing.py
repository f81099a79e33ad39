"""A wrapper's text while it is written: its lines, its names, and what stands for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.adopting.effects import leaves
from fastnn.adopting.forms import forms
from fastnn.adopting.names import CONSTANTS, is_item, key_of, subscript
from fastnn.adopting.rounds import is_outside

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof, Proved

LAYER = ("layer",)
LATER = object()


class Writing:
    """Its own names begin with an @, which none of theirs has; in the end that is a prefix that
    none of their arguments has.
    """

    def __init__(self, proof: Proof, proved: Proved, theirs: Any) -> None:
        self.proof, self.proved, self.theirs = proof, proved, theirs
        self.parameters = list(proved.theirs.arguments)
        self.round = proved.theirs.round
        self.prefix = "_ours_"
        taken = [*self.parameters, *(self.round.names + self.round.own if self.round else ())]
        while any(name.startswith(self.prefix) for name in taken):
            self.prefix += "_"
        self.names: dict[str, Any] = {}
        self.lines: list[str] = []
        self.bound = proof.names.attributes
        self.flags = proof.names.flags
        self.reads, self.writes = leaves(proved.ours), written(proved)
        self.classes: list[Any] = []  # `Unchanged` of each that is asked for
        self.checked: list[tuple[str, Any, str]] = []  # (of a name, the value it had, expression)
        self.held: dict[Any, str] = {}  # our key -> the local name of what theirs has
        self.asked: dict[str, str] = {}  # attributes that conditions ask -> their local names
        self.owners: dict[tuple[str, ...], str] = {(): "@own"}  # whose -> their attributes
        self.holders: dict[Any, str] = {}  # (whose of theirs, whether a dict) -> what is in it
        self.mine: dict[tuple[str, ...], str] = {(): "@d"}  # whose -> ours

    def _say(self, line: str, depth: int) -> None:
        self.lines.append("    " * depth + line)

    def _named(self, name: str, value: Any = LATER) -> str:
        """A name of the wrapper's that stands for a value, or for one that it is given later."""
        if name not in self.names:
            self.names[name] = value
        return name

    def _value(self, value: Any) -> str:
        for name, known in self.names.items():
            if known is value:
                return name
        return self._named(f"@v{len(self.names)}", value)

    def _place_of(self, key: Any) -> str:
        """Where theirs has an attribute of ours."""
        theirs = self.bound[key]
        whose, name = theirs
        if is_outside(name):
            return str(name[1:-1])
        if len(whose) > len(key[0]):
            return f"{self.holders[whose, is_item(name)]}{subscript(name)}"
        return f"{self.owners[key[0]]}[{name!r}]"

    def _is_theirs(self, key: Any) -> bool:
        """Whether theirs has it, as an attribute."""
        return self.bound.get(key, CONSTANTS)[0] not in CONSTANTS

    def _may_be_missing(self, key: Any) -> bool:
        """Of what an optimizer keeps on layers: the first step makes it, where theirs does."""
        return key[0] == LAYER and key in self.writes and not in_place(self.proved, key) and (
            not any(one[0] == "has" for one in self.bound))

    def _is_held(self, theirs: Any) -> bool:
        """Whether theirs has it in a dict or an object that is no more than a place for it."""
        whose = theirs[0]
        return len(whose) == 2 or len(whose) == 1 and whose != LAYER and (
            whose[0] not in self.proof.inner)

    def _is_of_before(self, key: Any) -> bool:
        """Whether it is the mask of a forward before, which is handed on, or another takes its
        place: it may be anything, but one of the object's own.
        """
        return key[1] == "binary_mask" and self.proved.pattern == "forward"

    def _is_kept(self, key: Any) -> bool:
        """Whether it is what ours does not keep."""
        return key[0] == () and key[1] in self.proof.form.kept

    def _anew(self) -> bool:
        """Whether theirs makes an array where ours changes one."""
        return any(flag[0] == "anew" for flag in self.flags if isinstance(flag, tuple))

    def _within(self) -> list[Any]:
        """The states that theirs changes in place, where ours makes new ones."""
        return [key for key in self.held if ("within", key) in self.flags]

    def _is_state_in_place(self, key: Any) -> bool:
        """Whether it is a state of an optimizer that is changed in place: by theirs."""
        return ("within", key) in self.flags or key[0] == LAYER and key in self.writes and (
            key[1] not in ("weights", "biases") and self._cell(key).changed)

    def _is_of_biases(self, key: Any) -> bool:
        return key[0] == LAYER and key[1].startswith("bias_")

    def _cell(self, key: Any) -> Any:
        return next(cell for (base, name), cell in self.proved.ours.attributes.items()
                    if key_of(("attr", base, name)) == key)


def written(proved: Proved) -> set[Any]:
    """The attributes that ours sets, by our names."""
    return {key_of(("attr", *key)) for key, cell in proved.ours.attributes.items()
            if cell.node != ("attr", *key) or cell.origin not in (None, ("attr", *key))}


def in_place(proved: Proved, key: Any) -> bool:
    """Whether ours changes the array itself."""
    cell = next(cell for (base, name), cell in proved.ours.attributes.items()
                if key_of(("attr", base, name)) == key)
    origin = cell.origin
    return origin is not None and origin[0] == "attr" and key_of(origin) == key


def kinds_within(form: Any) -> list[tuple[str, type]]:
    """What objects of ours hold, and of which classes of ours."""
    return [(name, next(one.ours for one in forms() if one.pattern is pattern))
            for name, pattern in form.inner.items()]
