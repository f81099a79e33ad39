"""Which class of ours somebody's class is, method by method, and under which names."""

from __future__ import annotations

import ast
import itertools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastnn.adopting.forms import Form, forms, readings
from fastnn.adopting.nodes import Unread
from fastnn.adopting.reader import Reading, in_all_ways, source_of
from fastnn.adopting.unify import CONSTANTS, Gave_Up, Key, Names, Unifier, effects


@dataclass
class Proved:
    """A method of theirs that does what ours does."""

    name: str  # theirs
    pattern: str  # the form's method
    ours: Reading
    theirs: Reading
    arguments: dict[int, int]  # ours: theirs
    pairs: Any
    leftovers: dict[Key, Any]
    result: Any


@dataclass
class Proof:
    """A class of theirs that is a class of ours."""

    kind: type
    form: Form
    names: Names
    methods: list[Proved]
    inner: dict[str, type]


def methods_of(kind: type) -> dict[str, Any]:
    """The functions of a class and those it is derived from, by name."""
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if base is object:
            continue
        for name, value in vars(base).items():
            if isinstance(value, (types.FunctionType, staticmethod)) and (
                    not name.startswith("__") or name == "__call__"):
                found.setdefault(name, value)
    return {name: value for name, value in found.items() if isinstance(value, types.FunctionType)}


def inner_of(kind: type) -> dict[str, type]:
    """The classes of objects that a constructor makes: `self.activation = Softmax()`."""
    found: dict[str, type] = {}
    try:
        function: Any = kind.__init__
        node = source_of(function)
    except Unread:
        return found
    for one in ast.walk(node):
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) and isinstance(
                one.value.func, ast.Name):
            made = function.__globals__.get(one.value.func.id)
            for target in one.targets:
                if isinstance(made, type) and isinstance(target, ast.Attribute) and isinstance(
                        target.value, ast.Name) and target.value.id == node.args.args[0].arg:
                    found[target.attr] = made
    return found


def prove(kind: type) -> tuple[Proof | None, str]:
    """The form that a class is; else why not, in a few words."""
    methods, inner = methods_of(kind), inner_of(kind)
    if not methods:
        return None, "it has no methods of its own"
    read_so, unread = {}, {}
    for name, function in methods.items():
        read_so[name], unread[name] = in_all_ways(function, kind, inner)
    read_so = {name: found for name, found in read_so.items() if found}
    unread = {name: why for name, why in unread.items() if name not in read_so}
    best: tuple[int, Proof | None, str] = (0, None, "it computes nothing that the book's classes do")
    for number, form in enumerate(forms()):
        found, missing = _as_form(kind, form, readings(number), read_so, inner)
        if found is None:
            continue
        why = _what_is_amiss(found, missing, read_so, unread)
        if not why and (best[1] is None or len(found.methods) > best[0]):
            best = len(found.methods), found, ""
        elif best[1] is None and len(found.methods) > best[0]:
            best = len(found.methods), None, why
    if best[0] == 0 and unread:
        name, why = next(iter(unread.items()))
        return None, f"{name}: {why}"
    return best[1], best[2]


def _as_form(kind: type, form: Form, ours: dict[str, list[Reading]], theirs: dict[str, list[Reading]],
             inner: dict[str, type]) -> tuple[Proof | None, list[str]]:
    """The class as a form, as far as it goes; the methods of the form that it has not."""
    unifier = Unifier(form.absent, form.scalars)
    best: tuple[Names, list[Proved]] = Names(), []
    order = list(form.methods)

    def go(at: int, names: Names, done: list[Proved]) -> None:
        nonlocal best
        if len(done) > len(best[1]):
            best = names, done
        if at == len(order) or len(best[1]) == len(order):
            return
        taken = {one.name for one in done}
        matched = False
        for reading, name, other, found in _ways(unifier, ours[order[at]], theirs, taken, names):
            matched = True
            last, (leftovers, result) = found
            made = Proved(name, order[at], reading, other, last.arguments, None, leftovers,
                          result)
            go(at + 1, Names(last.attributes, {}, last.flags), [*done, made])
            if len(best[1]) == len(order):
                return
        if not matched:
            go(at + 1, names, done)
    try:
        go(0, Names(), [])
    except Gave_Up:
        return None, order
    if not best[1]:
        return None, order
    have = {one.pattern for one in best[1]}
    return (Proof(kind, form, best[0], best[1], inner),
            [name for name in order if name not in have])


def _ways(unifier: Unifier, ours: list[Reading], theirs: dict[str, list[Reading]], taken: set[str],
          names: Names) -> Iterator[Any]:
    for name, others in theirs.items():
        if name in taken:
            continue
        for reading, other in itertools.product(ours, others):
            unifier.steps = 0
            found = next(unifier.readings(reading, other, names), None)
            if found:
                yield reading, name, other, found
                break


def _what_is_amiss(found: Proof, missing: list[str], theirs: dict[str, list[Reading]],
                   unread: dict[str, str]) -> str:
    """Why a class that is a form in part is not adopted; nothing where it may be."""
    proved = {one.name for one in found.methods}
    bound = {value for key, value in found.names.attributes.items()
             if key[-1] in _MADE and value[0] not in CONSTANTS}
    for name, (reading, *_) in theirs.items():
        if name in proved:
            continue
        writes = set(dict(effects(reading).items())) & bound
        if writes:
            return f"{name} is not what {found.form.ours.__name__}'s is"
        if name in missing and name in _NAMES:
            return f"{name} is not what {found.form.ours.__name__}'s is"
    for name, why in unread.items():
        if name in _NAMES or _writes(found.kind, name, bound):
            return f"{name}: {why}"
    have = {one.pattern for one in found.methods}
    if not have & {"forward", "update_params", "compare", "step"}:
        return "too little of it is in one of the book's classes"
    return ""


_MADE = frozenset(("output", "dinputs", "dweights", "dbiases", "inputs", "binary_mask"))
_NAMES = frozenset(("forward", "backward", "calculate", "update_params", "pre_update_params",
                    "post_update_params", "compare"))


def _writes(kind: type, name: str, keys: set[Key]) -> bool:
    """Whether a method whose source is not understood sets one of these attributes."""
    try:
        node = source_of(getattr(kind, name))
    except Unread:
        return True
    names = {key[1] for key in keys}
    return any(isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
               and one.attr in names for one in ast.walk(node))

