"""Why a class that is one of ours in part is not adopted."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from fastnn import reference
from fastnn.adopting.effects import effects, leaves
from fastnn.adopting.held import begins_with_zeros
from fastnn.adopting.keyed import Path
from fastnn.adopting.names import CONSTANTS, Key
from fastnn.adopting.nodes import NONE, Unread
from fastnn.adopting.reader import Reading, read
from fastnn.adopting.sources import original, source_of
from fastnn.adopting.swapped import uphill
from fastnn.adopting.syntax import walk

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof, Proved


def what_is_amiss(found: Proof, missing: list[str], readings_of_ours: Mapping[str, list[Reading]],
                  theirs: dict[str, list[Reading]], unread: dict[str, str]) -> str:
    """Why a class that is a form in part is not adopted; nothing where it may be.

    What has no counterpart may be a method of their own. It is taken for a mistake where it sets
    what a method of ours would, or where it may be the method of ours that was not found.
    """
    form = found.form
    ours = form.ours.__name__
    proved = {one.name for one in found.methods}
    proved |= {name for one in found.methods for kind, name in one.theirs.followed
               if kind is found.kind}  # parts of these
    have = {one.pattern for one in found.methods}
    names = found.names.attributes
    bound = {names[key] for key in _made_by(readings_of_ours) & names.keys()
             if names[key][0] not in CONSTANTS}
    if not have & form.enough:
        why = next((f"; {name}: {said}" for name, said in unread.items()), "")
        return f"too little of it is, operation by operation, in one of fastnn's classes{why}"
    if form.alone and len(have) < 2:
        return form.alone
    for one in uphill(found):
        return f"{one.name} is not, operation by operation, what {ours}'s is"
    if form.counted and not all(_counts(one, names, form.counted) for one in found.methods):
        return f"its steps are not counted {form.counted} the loop over the layers"
    if (name := _begun_otherwise(found)) is not None:
        return f"what it keeps as {name} does not begin with zeros"
    lacks = form.main.intersection(missing)
    arities = {_arity(getattr(form.pattern, name)): name for name in missing
               if name in lacks and _arity(getattr(form.pattern, name)) > 1}
    kept = "backward" in lacks and _arity(form.pattern.backward) == 1  # type: ignore[attr-defined]
    for name, (reading, *_) in theirs.items():
        if kept and name not in proved and len(reading.arguments) == 1 and (
                getattr(reading.result, "node", ())[:1] == ("op",)):
            return f"{name} is not, operation by operation, the backward of {ours}"
        if name in proved or _is_plain_setter(reading) or _only_calls(reading, found):
            continue
        if not lacks and _descends(reading, names):
            continue
        if effects(reading).keys() & bound or name in lacks:
            return f"{name} is not, operation by operation, what {ours}'s is"
        if len(reading.arguments) in arities and not _is_another(name, lacks):
            return (f"{name} is not, operation by operation, the "
                    f"{arities[len(reading.arguments)]} of {ours}")
    for name, why in unread.items():
        few = _arity(getattr(found.kind, name))
        if name in form.main or few in arities and not _is_another(name, lacks) or _writes(
                found.kind, name, bound):
            return f"{name}: {why}"
    return _begins_otherwise(found)


def _counts(one: Proved, names: dict[Key, Any], where: str) -> bool:
    """Whether a method counts its steps before it goes over the layers, or behind: `self.t += 1`.
    """
    if one.theirs.round is None or ((), "iterations") not in names:
        return False
    node = source_of(next(iter(one.theirs.made_of)))
    count = f"{node.args.args[0].arg}.{names[(), 'iterations'][1]}"
    loop = one.theirs.round.path[0]
    return any(ast.unparse(line) in (f"{count} += 1", f"{count} = {count} + 1")
               for line in (node.body[:loop] if where == "before" else node.body[loop:]))


def _begun_otherwise(found: Proof) -> str | None:
    """What it keeps for layers, where its lines make something else than zeros of it."""
    kept = {value[0][-1].steps[0] for value in found.names.attributes.values()
            if value[0] and isinstance(value[0][-1], Path)}
    functions = [one for base in found.kind.__mro__ for one in vars(base).values()
                 if isinstance(one, types.FunctionType)] if kept else []
    for function in functions:
        try:
            node = source_of(function)
        except Unread:
            continue
        for one in walk(node):
            for target, value in _assigned(one):
                if isinstance(target, ast.Attribute) and target.attr in kept and not (
                        begins_with_zeros(value)):
                    return target.attr
    return None


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """What an assignment gives to what: a, b = {}, {}."""
    if not isinstance(node, ast.Assign):
        return []
    found: list[tuple[ast.expr, ast.expr]] = []
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            found += zip(target.elts, node.value.elts)
        elif isinstance(target, ast.Tuple):
            found += [(one, node.value) for one in target.elts]
        else:
            found.append((target, node.value))
    return found


def _arity(function: Any) -> int:
    code = original(function).__code__
    return code.co_argcount + code.co_kwonlyargcount


def _made_by(methods: Mapping[str, list[Reading]]) -> frozenset[Key]:
    """The attributes that methods of a form set, and those of its own that they compute with."""
    found = [one for several in methods.values() for one in several]
    return frozenset(key for one in found for key in effects(one)) | frozenset(
        key for one in found for key in leaves(one) if key[0] == ())


@lru_cache(1)
def _of_the_book() -> frozenset[str]:
    """The names of all methods of the book."""
    return frozenset(name for kind in vars(reference).values() if isinstance(kind, type)
                     for name, value in vars(kind).items() if isinstance(value, types.FunctionType))


def _is_another(name: str, lacks: frozenset[str]) -> bool:
    """Whether a method has the name of one of the book that is none of these."""
    return name in _of_the_book() and name not in lacks


def _is_plain_setter(reading: Reading) -> bool:
    """Whether a method does no more than keep what it is given."""
    return all(cell.node[0] in ("arg", *CONSTANTS) for cell in effects(reading).values()) and (
        getattr(reading.result, "node", ()) == NONE)


def _only_calls(reading: Reading, found: Proof) -> bool:
    """Whether a method does what one that was proved does, by a call of it, and no more: the
    `__call__` of a base class.
    """
    return any((found.kind, one.name) in reading.followed and _does(reading) == _does(one.theirs)
               for one in found.methods)


def _does(reading: Reading) -> tuple[Any, ...]:
    """What a method leaves in its objects, what it gives back and what it draws."""
    return ({key: cell.node for key, cell in effects(reading).items()},
            getattr(reading.result, "node", reading.result), reading.draws)


def _descends(reading: Reading, names: Mapping[Key, Any]) -> bool:
    """Whether a method changes weights and biases of the object, with their gradients, and nothing
    else: `self.weights -= rate * self.dweights`. A layer of the book's has none such, and no method
    that it could be taken for.
    """
    sides = [(names.get(((), side)), names.get(((), f"d{side}"))) for side in ("weights", "biases")]
    return effects(reading).keys() == {one for one, _ in sides} and all(
        slope in leaves(reading) for _, slope in sides)


def _begins_otherwise(found: Proof) -> str:
    """Whether the constructor makes of its arguments what ours does not, where that matters."""
    if not found.form.begins:
        return ""
    try:
        made = effects(read(inspect.getattr_static(found.kind, "__init__"), found.kind))
    except Unread as why:
        return f"__init__: {why}"
    for name, (tree, otherwise) in found.form.begins.items():
        theirs = found.names.attributes.get(((), name))
        if not any(key == theirs and cell.node[:len(tree)] == tree for key, cell in made.items()):
            return otherwise
    return ""


def _writes(kind: type, name: str, keys: set[Key]) -> bool:
    """Whether a method whose source is not understood sets one of these attributes."""
    try:
        node = source_of(getattr(kind, name))
    except Unread:
        return True
    names = {key[1] for key in keys}
    return any(isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
               and one.attr in names for one in walk(node))

