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
from fastnn.adopting.names import CONSTANTS, Key
from fastnn.adopting.nodes import NONE, Unread
from fastnn.adopting.reader import Reading, read
from fastnn.adopting.sources import original, source_of

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.found import Proof


def what_is_amiss(found: Proof, missing: list[str], readings_of_ours: dict[str, list[Reading]],
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
    for one in found.methods if form.in_order else ():
        if one.pattern == "backward" and one.arguments[1] > one.arguments[2]:
            return f"{one.name} is not, operation by operation, what {ours}'s is"
    lacks = form.main.intersection(missing)
    arities = {_arity(getattr(form.pattern, name)): name for name in missing
               if name in lacks and _arity(getattr(form.pattern, name)) > 1}
    kept = "backward" in lacks and _arity(form.pattern.backward) == 1  # type: ignore[attr-defined]
    for name, (reading, *_) in theirs.items():
        if kept and name not in proved and len(reading.arguments) == 1 and (
                getattr(reading.result, "node", ())[:1] == ("op",)):
            return f"{name} is not, operation by operation, the backward of {ours}"
        if name in proved or _is_plain_setter(reading) or _hands_on(found.kind, name, proved):
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


def _arity(function: Any) -> int:
    code = original(function).__code__
    return code.co_argcount + code.co_kwonlyargcount


def _made_by(methods: dict[str, list[Reading]]) -> frozenset[Key]:
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


def _hands_on(kind: type, name: str, proved: set[str]) -> bool:
    """Whether a method does no more than to call one that is known: `return self.forward(inputs)`.
    """
    node = source_of(inspect.getattr_static(kind, name))
    first, *given = [one.arg for one in node.args.args] or [""]
    body = node.body[ast.get_docstring(node) is not None:]
    if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
        return False
    call = body[0].value
    return (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name) and call.func.value.id == first
            and call.func.attr in proved and not call.keywords
            and [getattr(one, "id", None) for one in call.args] == given)


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
               and one.attr in names for one in ast.walk(node))

