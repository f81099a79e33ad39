"""An object of an unknown class: made, called, and looked at.

A place is where a value was found: ("attribute", name) and ("item", key) steps, from the object or
from what a method returned. `observe` looks into dicts, lists, tuples and objects, not deeper than
two steps.
"""

from __future__ import annotations

import copy
import dis
import inspect
import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import frame, watching
from fastnn.checking.raised import Raised
from fastnn.checking.values import as_array
from fastnn.support.likeness import alike as alike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Place = tuple[tuple[str, Any], ...]
    Seen = dict[Place, Any]

RETURNED = ("returned", None)
STEP = "step"  # a place that begins so has what a parameter was changed by, divided by the rate
_PLAIN = (str, bytes, type, type(np), type(len), np.random.Generator, np.random.RandomState)
RAISED: list[tuple[str, Raised]] = []  # what methods have raised in this child, the first of them
_MOST_RAISED = 5000
_MOST = 40  # children of one value that are looked at


def words(place: Place) -> str:
    """A place as a program would write it: `cache['dW']`, `params.weights`."""
    text = ""
    for kind, key in place:
        if kind == "returned":
            text = "returned value"
        elif kind == STEP:
            text = "step of"
            continue
        elif kind == "attribute":
            text += str(key) if not text else f" {key}" if text == "step of" else f".{key}"
        else:
            text += f"[{key!r}]"
    return text


def observe(thing: Any, *returned: Any) -> Seen:
    """Copies of all arrays and numbers that an object holds, and of those it has returned."""
    seen: Seen = {}
    for name, value in attributes(thing):
        _note(seen, (("attribute", name),), value, 1)
    for value in returned:
        _note(seen, (RETURNED,), value, 1)
    return seen


def _note(seen: Seen, place: Place, value: Any, deeper: int) -> None:
    array = as_array(value)
    if array is not None:
        seen[place] = np.array(frame.turn(array))
    mixed = isinstance(value, (list, tuple)) and (array is None or len(value) <= 4)
    if not deeper or (array is not None and not mixed):
        return
    if isinstance(value, dict):
        children = [(("item", key), one) for key, one in list(value.items())[:_MOST]]
    elif isinstance(value, (list, tuple)):
        children = [(("item", index), one) for index, one in enumerate(value[:_MOST])]
    elif isinstance(value, _PLAIN) or callable(value):
        return
    else:
        children = [(("attribute", name), one) for name, one in attributes(value)]
    for step, one in children:
        _note(seen, (*place, step), one, deeper - 1)


def attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """Names and values of what an object holds, in slots and properties too."""
    if thing is None or isinstance(thing, _PLAIN):
        return
    names = dict.fromkeys(getattr(thing, "__dict__", {}))
    for kind in type(thing).__mro__[:-1]:
        if kind.__module__ in ("builtins", "numpy"):
            continue
        slots = vars(kind).get("__slots__", ())
        names.update(dict.fromkeys([slots] if isinstance(slots, str) else slots))
        names.update(dict.fromkeys(name for name, value in vars(kind).items()
                                   if isinstance(value, property)))
    for name in list(names)[:_MOST]:
        try:
            yield name, getattr(thing, name)
        except Exception:
            continue


def value_at(thing: Any, place: Place) -> Any:
    """The value at a place of an object."""
    for kind, key in place:
        thing = getattr(thing, key) if kind == "attribute" else thing[key]
    return thing


def put(thing: Any, place: Place, array: Any) -> None:
    """Put an array at a place, as what stands there: lists stay lists, and whole shapes stay."""
    old = value_at(thing, place)
    new: Any = np.array(frame.turn(array))
    there = as_array(old)
    if there is not None and there.size == new.size:
        new = new.reshape(there.shape)
    if isinstance(old, list):
        new = new.tolist()
    holder, (kind, key) = value_at(thing, place[:-1]), place[-1]
    try:
        if kind == "attribute":
            setattr(holder, key, new)
        else:
            holder[key] = new
    except (AttributeError, TypeError):  # a property, a tuple, something frozen
        old[...] = new


def methods(thing: Any) -> dict[str, Callable[..., Any]]:
    """The methods that a class brings along, the public ones first, in the source's order."""
    kind = thing if isinstance(thing, type) else type(thing)
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if base is object or base.__module__ in ("builtins", "abc", "typing"):
            continue
        for name, value in vars(base).items():
            plain = isinstance(value, (staticmethod, classmethod)) or inspect.isroutine(value)
            if plain and (not name.startswith("__") or name == "__call__"):
                found.setdefault(name, value)
    if not isinstance(thing, type):
        found = {name: getattr(thing, name, None) for name in found}
    public = [name for name in found if not name.startswith("_") or name == "__call__"]
    return {name: found[name] for name in [*public, *(set(found) - set(public))]
            if callable(found[name]) or isinstance(thing, type)}


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many positional arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):
        return False
    return True


def arguments_of(function: Callable[..., Any]) -> list[str]:
    """The names of a method's arguments, as it stands in its class, without self."""
    try:
        names = list(inspect.signature(getattr(function, "__func__", function)).parameters)
    except (TypeError, ValueError):
        return []
    return names if isinstance(function, staticmethod) else names[1:]


def names_in(method: Any) -> set[str]:
    """The names of globals and attributes in a method's code, and in what it defines within."""
    codes, found = [getattr(method, "__code__", None)], set()
    while codes:
        code = codes.pop()
        if code is not None:
            found.update(code.co_names)
            codes += [one for one in code.co_consts if isinstance(one, type(code))]
    return found


def sets(method: Callable[..., Any]) -> set[str]:
    """The names of the attributes that a method sets, of whatever object."""
    code = getattr(method, "__code__", None)
    return set() if code is None else {
        one.argval for one in dis.get_instructions(code) if one.opname == "STORE_ATTR"}


def looped(method: Any) -> set[str]:
    """The attributes that a method's loops go through, as they are, backwards or numbered."""
    found: set[str] = set()
    codes = [getattr(getattr(method, "__func__", method), "__code__", None)]
    while codes:
        code = codes.pop()
        if code is None:
            continue
        codes += [one for one in code.co_consts if isinstance(one, type(code))]
        named: list[str] = []  # since the last statement
        for one in dis.get_instructions(code):
            if one.opname in ("LOAD_ATTR", "LOAD_METHOD"):
                named.append(str(one.argval))
            elif one.opname == "GET_ITER":
                found.update(named)
            elif one.opname.startswith(("STORE_", "POP_TOP")):
                named = []
    return found


def touches_self(kind: Any, name: str) -> bool:
    """Whether a method looks at its object at all."""
    code = getattr(methods(kind).get(name), "__code__", None)
    if code is None or not code.co_argcount:
        return code is None
    own = code.co_varnames[0]
    return any(one.argval == own or (isinstance(one.argval, tuple) and own in one.argval)
               for one in dis.get_instructions(code)) or own in code.co_cellvars


def parameters(kind: Any) -> list[inspect.Parameter]:
    """The constructor's arguments, without *args and **kwargs."""
    try:
        found = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one for one in found if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]


def required(kind: Any) -> list[str]:
    """The constructor's arguments that have no default."""
    return [one.name for one in parameters(kind) if one.default is one.empty]


def make(kind: Any, /, *values: Any, **options: Any) -> Any:
    """An object of a class, its arguments without defaults in their order; or Raised."""
    names = required(kind)
    if len(values) < len(names):
        return Raised(TypeError(f"{names} are wanted"))
    if len(values) > len(names):
        names = [one.name for one in parameters(kind)][:len(values)]
    by_name = {one.name: one.kind is one.KEYWORD_ONLY for one in parameters(kind)}
    given = dict(zip(names, values))
    ordered = [given.pop(name) for name in list(given) if not by_name[name]]
    return attempt(kind, *ordered, **given, **options)


def attempt(function: Callable[..., Any], /, *values: Any, **options: Any) -> Any:
    """What a call returns, or what it raised."""
    key = getattr(function, "__qualname__", "")
    if key in watching.HUNG:
        return Raised(TimeoutError("it did not end"))
    try:
        with np.errstate(all="ignore"), watching.limited(key):
            return function(*values, **options)
    except watching.Hung:
        watching.HUNG.add(key)
        return Raised(TimeoutError("it did not end"))
    except (Exception, SystemExit) as error:
        raised = Raised(error)
        if len(RAISED) < _MOST_RAISED:
            RAISED.append((getattr(function, "__name__", "") if not isinstance(function, type)
                           else "__init__", raised))
        return raised


def call(thing: Any, name: str, values: tuple[Any, ...]) -> tuple[Any, list[bool]]:
    """What a method gives for copies of these values, and which of them it has changed."""
    values = tuple(map(frame.turn, values))
    given = copy.deepcopy(values)
    got = attempt(getattr(thing, name), *given)
    changed = [isinstance(one, np.ndarray) and not np.array_equal(one, two, equal_nan=True)
               for one, two in zip(given, values)]
    return got, changed


def is_called(name: str, word: str) -> bool:
    """Whether a name is nearly that word."""
    return alike(name, word) > 0.6


def orders(values: list[Any], count: int) -> Iterator[tuple[Any, ...]]:
    """All ways to pick so many of the values in order."""
    yield from itertools.permutations(values, count)
