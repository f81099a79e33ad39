"""The readings of a form's methods: what no method of theirs can be is not read at all.

To read all forms takes longer than the classes of a file. Most of their methods a look at the code
rules out: it looks up no `exp`, or wants more arguments.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any

from fastnn.adopting import kept_readings
from fastnn.adopting.effects import operations
from fastnn.adopting.form import Form
from fastnn.adopting.looked_up import looked_up
from fastnn.adopting.reader import Reading, in_all_ways

# Operations that nothing of ours does without looking up this very name: a test asks all of it.
TOLD = frozenset(("argmax", "binomial", "clip", "einsum", "exp", "eye", "log", "max", "maximum",
                  "mean", "product", "sign", "sqrt", "std", "sum", "tanh", "transpose"))
_BY_OTHERS = {"product": {"dot", "matmul"}, "transpose": {"T", "transpose"}}  # or these


class Ours(Mapping[str, list[Reading]]):
    """By the names of a form's methods: whole, and with arguments left out.

    number: of a form that is there in every process, whose readings are kept.
    """

    def __init__(self, form: Form, number: int | None = None) -> None:
        self._form, self._number = form, number
        self._read: dict[str, list[Reading]] = {}
        self._told: dict[str, tuple[int, frozenset[str]]] = {}

    def __getitem__(self, name: str) -> list[Reading]:
        if name not in self._read:
            if name not in self._form.methods:
                raise KeyError(name)
            self._read[name] = self._found(name)
        return self._read[name]

    def _found(self, name: str) -> list[Reading]:
        known = None if self._number is None else kept_readings.kept(self._number, name)
        if known is not None:
            return known
        found = _read(getattr(self._form.pattern, name), self._form)
        if self._number is not None:
            kept_readings.keep(self._number, name, found)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._form.methods)

    def __len__(self) -> int:
        return len(self._form.methods)

    def may_be(self, name: str, theirs: Reading) -> bool:
        """Whether a method of the form may be this of theirs, before it is read."""
        if name not in self._told:
            self._told[name] = self.told(name)
        needed, names = self._told[name]
        return len(theirs.arguments) >= needed and operations(theirs) & TOLD <= names

    def told(self, name: str) -> tuple[int, frozenset[str]]:
        """What the code of a method and of all that it may call says: how many arguments it needs,
        and the names that are looked up.
        """
        function: Any = getattr(self._form.pattern, name)
        code = function.__code__
        needed = code.co_argcount + code.co_kwonlyargcount - len(
            function.__defaults__ or ()) - len(function.__kwdefaults__ or ())
        kinds = (self._form.pattern, *self._form.inner.values())
        known: set[Any] = set()
        found: set[str] = set()
        todo = [function]
        while todo:
            one = todo.pop()
            if one in known:
                continue
            known.add(one)
            names = looked_up(one.__code__)
            found |= names
            todo += [value for name in names for value in (
                one.__globals__.get(name), *(getattr(kind, name, None) for kind in kinds))
                if isinstance(value, types.FunctionType)]
        found.update(word for word, names in _BY_OTHERS.items() if found & names)
        return needed, frozenset(found)


def _read(function: Any, form: Form) -> list[Reading]:
    """The readings of a method; of one that calls no other the same for all forms."""
    if function not in _alone:
        found = in_all_ways(function, form.pattern, form.inner)[0]
        if any(one.followed for one in found):
            return found
        _alone[function] = found
    return _alone[function]


_alone: dict[Any, list[Reading]] = {}
