"""What there is: every class that fastnn knows, and what it is made of.

A class says it once, where it is defined (`register`). Who needs to know asks here: the engine (how
it is compiled), files (what is saved), the package (what it offers), the tests (what is to be
tested). What is not here is somebody's own: it runs through its own methods, step by step.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from fastnn.compile.linking import forever
from fastnn.support.rules import Rule

ROLES = ("layer", "loss", "optimizer", "accuracy")
_Kind = TypeVar("_Kind", bound=type)


class Parameter(NamedTuple):
    """An array that an optimizer changes.

    name, side: `weights` and `weight`, whose gradient is `dweights` and whose state is
    `weight_momentums` and the like. strengths: the attributes with its penalties l1 and l2.
    """

    name: str
    side: str
    strengths: tuple[str, ...] = ()


class LayerRule(NamedTuple):
    """How a step of a training program goes through a layer (see `engine/plan/plan.py`).

    forward(plan, layer, x) : writes its instructions, and gives the Operand of the output
    backward(plan, layer, x, y, slope, needed) : the same back; gives the gradient of the inputs,
        None where that is the one that came in, or where it is not needed
    whole : whether it wants all samples of a step at once
    passes : whether its output may be its input, in training or not
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    whole: bool = False
    passes: bool = False


class Entry(NamedTuple):
    """What a class is made of.

    compiled: how the engine does it, or a function of the object that says it; None where it goes
    step by step.
    settings: attributes that each object has; options: that it may have; with a rule for each.
    parameters: what an optimizer changes; columns: further arrays (1, O), that a layer keeps.
    passing: what a step leaves on an object, beside what all leave (`inputs` and the like): made
    anew, not saved. is_base: whether it is nothing by itself, but for others to be derived from,
    which register themselves then.
    """

    kind: type
    role: str
    compiled: Any = None
    settings: dict[str, Rule] = {}
    options: dict[str, Rule] = {}
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()
    is_base: bool = False


_entries: dict[type, Entry] = {}
_methods: dict[type, dict[str, Any]] = {}  # of a class, as they were made
_sizes: dict[type, int] = {}  # names in the dictionaries of the classes, and of what they are from


def register(role: str, **made: Any) -> Callable[[_Kind], _Kind]:
    """The decorated class is one of fastnn's, as it is now: what is put on it later is not."""
    if role not in ROLES:
        raise ValueError(f"register: the role must be one of {ROLES}, got {role!r}")

    def wrap(kind: _Kind) -> _Kind:
        _have_cleared(kind.__module__)
        remember(kind)
        _entries[kind] = Entry(kind, role, **made)
        return kind
    return wrap


def _have_cleared(name: str) -> None:
    """Have Python clear somebody's module at its end, by keeping it until then.

    Kernels, which are never freed, lead to the formulas of somebody's class, and functions to the
    names of their module. Of a module that has gone its names would never go: what is written to a
    file that it left open would be lost.
    """
    if name.partition(".")[0] != "fastnn" and name in sys.modules:
        forever(sys.modules[name])


def remember(kind: type) -> None:
    """The methods of this class are those it has now, and its bases are as they were known."""
    _methods[kind] = {name: getattr(kind, name) for name in dir(kind)}
    _sizes[kind] = len(vars(kind))
    for base in kind.__mro__:
        _sizes.setdefault(base, len(vars(base)))


def entries(role: str | None = None) -> list[Entry]:
    """All classes, or those of a role, in the order in which they were registered."""
    there = list(_entries.values())  # in one: another thread may be adding a class
    return [entry for entry in there if role in (None, entry.role)]


def entry_of(kind: type, role: str | None = None) -> Entry | None:
    """The entry of a class, or of the nearest one that it is derived from; None for no such."""
    for base in kind.__mro__:
        found = _entries.get(base)
        if found is not None and role in (None, found.role):
            return found
    return None


class _Lender(NamedTuple):
    make: Callable[..., Any]
    predicts: bool


_lenders: WeakKeyDictionary[type, _Lender] = WeakKeyDictionary()


def lend(kind: type, make: Callable[..., Any] | None, predicts: bool = True) -> None:
    """Have runs that are given objects of this class take what `make(thing)` lends them
    (see `engine/lent.py`); None: no longer. predicts: also where they say that nothing is trained.
    """
    if make is None:
        _lenders.pop(kind, None)
    else:
        _lenders[kind] = _Lender(make, predicts)


def lender(kind: type, predicts: bool = True) -> Callable[..., Any] | None:
    """What lends an object of ours for one of this class; None where it is taken itself.

    predicts: whether it will be told, too, that nothing is trained.
    """
    found = _lenders.get(kind) if _lenders else None
    return None if found is None or predicts and not found.predicts else found.make


def ours_of(thing: Any) -> Any:
    """An object of ours with the arrays of one whose class was adopted, to be read; else itself."""
    make = lender(type(thing))
    return thing if make is None else make(thing).ours


def results() -> frozenset[str]:
    """The attributes that a step leaves on objects, replaced by each step."""
    return _RESULTS.union(*(entry.passing for entry in entries()))


_RESULTS = frozenset(("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask"))


def made_with(kind: type) -> dict[str, Any]:
    """The methods that a registered class was made with."""
    return _methods[kind]


def is_as_made(kind: type) -> bool:
    """Whether a class has no more names in it than when it was registered."""
    return _sizes.get(kind) == len(vars(kind))


def public(kinds: Iterable[type] = ()) -> dict[str, type]:
    """The registered classes of this package and these others by their names."""
    package = __name__.partition(".")[0]
    known = [entry.kind for entry in entries() if not entry.is_base]
    return {kind.__name__: kind for kind in [*known, *kinds]
            if not kind.__name__.startswith("_")
            and kind.__module__.partition(".")[0] == package}


def bases() -> dict[str, type]:
    """The classes for anybody's own to be derived from, by their names."""
    return {entry.kind.__name__: entry.kind for entry in entries() if entry.is_base}
