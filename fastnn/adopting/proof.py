"""Which class of ours somebody's class is, method by method, and under which names."""

from __future__ import annotations

import ast
import inspect
import itertools
import types
from collections.abc import Iterable, Iterator
from typing import Any

from fastnn.adopting import (
    own_formulas,
    own_updates,
    uniform_forms,
    value_and_slope,
    within_layers,
)
from fastnn.adopting.amiss import what_is_amiss
from fastnn.adopting.bounds import with_bounds
from fastnn.adopting.form import Form
from fastnn.adopting.forms import forms, readings
from fastnn.adopting.found import Proof, Proved
from fastnn.adopting.local_functions import is_pattern
from fastnn.adopting.looked_up import looked_up
from fastnn.adopting.names import CONSTANTS, Names, key_of
from fastnn.adopting.nodes import Unread
from fastnn.adopting.ours import Ours
from fastnn.adopting.reader import Reading, functions_given, in_all_ways, read_round
from fastnn.adopting.sources import original, source_of
from fastnn.adopting.steps_around import sets_numbers
from fastnn.adopting.syntax import walk
from fastnn.adopting.trees import Gave_Up
from fastnn.adopting.unify import Unifier


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
    """The classes of objects that a constructor makes: `self.activation = Softmax()`.

    Those without methods are places for attributes, and no more.
    """
    found: dict[str, type] = {}
    try:
        function: Any = inspect.getattr_static(kind, "__init__")
        node = source_of(function)
    except Unread:
        return found
    for one in walk(node):
        if not isinstance(one, ast.Assign):
            continue
        for target in one.targets:
            pairs = [(target, one.value)]
            if isinstance(target, ast.Tuple) and isinstance(one.value, ast.Tuple):
                pairs = list(zip(target.elts, one.value.elts))
            for name, value in pairs:
                if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
                    value = value.values[-1]  # what it is if no other is given
                made = function.__globals__.get(value.func.id) if isinstance(
                    value, ast.Call) and isinstance(value.func, ast.Name) else None
                if isinstance(made, type) and methods_of(made) and isinstance(
                        name, ast.Attribute) and isinstance(
                        name.value, ast.Name) and name.value.id == node.args.args[0].arg:
                    found[name.attr] = made
    return found


def prove(kind: type, layers: Iterable[Names] = ()) -> tuple[Proof | None, str]:
    """The form that a class is; else why not, in a few words.

    layers: the names of layers beside it. What treats weights and biases alike, as an optimizer
    does, is told by them which are which.
    """
    methods, inner = methods_of(kind), inner_of(kind)
    if not methods:
        return None, "it has no methods of its own"
    inner_methods = [one for held in inner.values() for one in methods_of(held).values()]
    read_so, unread, given = {}, {}, functions_given(kind)
    rounds: dict[str, list[Reading]] = {}
    for name, function in methods.items():
        read_so[name], unread[name] = in_all_ways(function, kind, inner, given)
        if not read_so[name] and (one := _round(function, kind, inner, given)) is not None:
            rounds[name] = [one]
    read_so = {name: [one for reading in found for one in with_bounds(reading)]
               for name, found in read_so.items() if found}
    unread = {name: why for name, why in unread.items() if name not in read_so}
    nothing = "nothing of it is, operation by operation, what one of fastnn's classes does"
    best: tuple[int, Proof | None, str] = (0, None, nothing)
    known = _names_within([*methods.values(), *inner_methods, *given.values()])
    for number, form in enumerate(forms()):
        if best[1] is not None and best[0] == len(methods):
            break  # no form has more of it (a quarter of the time of a file of classes)
        if not known.issuperset(form.asks.split()):
            continue
        for theirs in _orders(read_so, rounds if form.role == "optimizer" else {}):
            found, missing = _as_form(kind, form, readings(number), theirs, inner, layers)
            if found is None:
                continue
            known_now = {one.name for one in found.methods}
            why = what_is_amiss(found, missing, readings(number), read_so, {
                name: said for name, said in unread.items() if name not in known_now})
            if not why and (best[1] is None or len(found.methods) > best[0]):
                best = len(found.methods), found, ""
            elif best[1] is None and len(found.methods) > best[0]:
                best = len(found.methods), None, why
    for own, so in _made_for(read_so) if best[1] is None else ():
        ours = Ours(own)
        found, missing = _as_form(kind, own, ours, so, inner, ())
        why = "" if found is None or missing else what_is_amiss(
            found, missing, ours, read_so, unread)
        if found is not None and not missing and not why:
            return found, ""
        best = best if not why else (len(methods), None, why)
    if best[1] is None:
        update, why = _own_update(kind, read_so, rounds, inner, layers, unread)
        if update is not None or why:
            return update, why
    if best[0] == 0 and unread:
        name, why = next(iter(unread.items()))
        return None, f"{name}: {why}"
    return best[1], best[2]


def _made_for(read_so: dict[str, list[Reading]]
              ) -> Iterator[tuple[Form, dict[str, list[Reading]]]]:
    """The forms that are made of what a class computes, and the readings that may be theirs."""
    own = own_formulas.form_of(read_so)
    for one in (*([own] if own else []), *uniform_forms.forms_of(read_so),
                *value_and_slope.forms_of(read_so)):
        yield one, read_so
    named = within_layers.as_named(read_so)
    for one in within_layers.forms_of(named):
        yield one, named


def _own_update(kind: type, alone: dict[str, list[Reading]], rounds: dict[str, list[Reading]],
                inner: dict[str, type], layers: Iterable[Names], unread: dict[str, str]
                ) -> tuple[Proof | None, str]:
    """The class as an optimizer by a formula of its own, with as many of its methods as there are
    in one form; else why it is left, where it has a formula.
    """
    known = [one for one in map(_of_layers, layers) if one.attributes]
    best: Proof | None = None
    whys: list[str] = []
    for theirs in _orders(alone, rounds):
        for form in itertools.chain.from_iterable(
                own_updates.forms_of(kind, theirs, known, whys)):
            ours = Ours(form)
            found, missing = _as_form(kind, form, ours, theirs, inner, layers)
            if found is None or best is not None and len(found.methods) <= len(
                    best.methods) or not own_updates.is_by_a_rate(found):
                continue
            proved = {one.name for one in found.methods}
            if not what_is_amiss(found, missing, ours, alone, {
                    name: why for name, why in unread.items() if name not in proved}):
                best = found
                if len(proved) == len(alone | rounds):
                    return best, ""
        if best is not None:
            break
    if best is not None and sets_numbers(getattr(kind, name) for name in unread
                                         if name not in rounds):
        return None, "a method that is not understood sets numbers of it"
    return best, "" if best is not None else next(iter(whys), "")


def _orders(alone: dict[str, list[Reading]], rounds: dict[str, list[Reading]]
            ) -> list[dict[str, list[Reading]]]:
    """The methods in the orders in which they are tried: where one goes over layers and calls
    another for each, that other may not be enough, as it does not count the steps.
    """
    return [alone | rounds, rounds | alone] if rounds else [alone]


def _round(function: Any, kind: type, inner: dict[str, type], given: dict[str, Any]
           ) -> Reading | None:
    """What a method does for each of several layers; None where that is not read."""
    try:
        return read_round(function, kind, inner, given)
    except (Unread, RecursionError):
        return None


def _names_within(functions: Iterable[Any]) -> set[str]:
    """What functions, and those of their modules that they name, look up."""
    found: set[str] = set()
    todo = [getattr(original(one), "__code__", None) and original(one) for one in functions]
    seen: set[Any] = set()
    while todo:
        function = todo.pop()
        if function is None or function in seen:
            continue
        seen.add(function)
        names = looked_up(function.__code__)
        found |= names
        if is_pattern(function):
            todo += [one.cell_contents for one in function.__closure__ or ()]
        for name in names:
            value = function.__globals__.get(name)
            if isinstance(value, types.FunctionType):
                todo.append(value)
            elif isinstance(value, type) and value.__module__ == function.__module__:
                todo += [one for one in vars(value).values()
                         if isinstance(one, types.FunctionType)]
    return found


def _as_form(kind: type, form: Form, ours: Ours, theirs: dict[str, list[Reading]],
             inner: dict[str, type], layers: Iterable[Names]) -> tuple[Proof | None, list[str]]:
    """The class as a form, as far as it goes; the methods of the form that it has not."""
    unifier = Unifier(form.absent, form.scalars, form.hideable, hands_on=form.hands_on)
    best: tuple[Names, list[Proved]] = Names(), []
    starts = [*(_of_layers(names) for names in layers if form.role == "optimizer"), Names()]
    order = list(form.methods)

    def go(at: int, names: Names, done: list[Proved]) -> None:
        nonlocal best
        if len(done) > len(best[1]):
            best = names, done
        if at == len(order) or len(best[1]) == len(order):
            return
        taken = {one.name for one in done}
        matched = False
        for reading, name, other, found in _ways(unifier, ours, order[at], theirs, taken, names):
            matched = True
            last, (leftovers, result) = found
            made = Proved(name, order[at], reading, other, last.arguments, leftovers,
                          result, last.flags)
            known = Names(last.attributes, {}, names.flags | last.flags, last.constants)
            if other.round is not None:
                known = known.flag("each layer")
            if not other.keyed.is_plain or any(
                    type(value) is property for _, _, value in other.premises):
                known = known.flag("apart")
            if _targets_of(reading, other, last) & other.two_axes:
                known = known.flag("apart")  # a run may have class numbers
            go(at + 1, known, [*done, made])
            if len(best[1]) == len(order):
                return
        if not matched:
            go(at + 1, names, done)
    try:
        for start in starts:
            go(0, start, [])
            if len(best[1]) == len(order):
                break
    except Gave_Up:
        return None, order
    if not best[1]:
        return None, order
    have = {one.pattern for one in best[1]}
    return (Proof(kind, form, best[0], best[1], inner),
            [name for name in order if name not in have])


def _targets_of(ours: Reading, theirs: Reading, names: Names) -> set[Any]:
    """What stands for the targets in theirs, given or kept."""
    found: set[Any] = {("arg", place) for number, place in names.arguments.items()
                       if ours.arguments[number] in ("y_true", "y")}
    return found | {node for node in theirs.two_axes if node[0] == "attr" and key_of(
        node) == names.attributes.get(((), "y_true"))}


def _of_layers(names: Names) -> Names:
    """What an optimizer finds on such layers."""
    wanted = ("weights", "biases", "dweights", "dbiases")
    found = {name: names.attributes[(), name] for name in wanted if ((), name) in names.attributes}
    return Names({(("layer",), name): (("layer", *theirs[0]), theirs[1])
                  for name, theirs in found.items() if theirs[0] not in CONSTANTS})


def _ways(unifier: Unifier, ours: Ours, pattern: str, theirs: dict[str, list[Reading]],
          taken: set[str], names: Names) -> Iterator[Any]:
    for name, others in theirs.items():
        likely = [] if name in taken else [one for one in others if ours.may_be(pattern, one)]
        for reading, other in itertools.product(ours[pattern] if likely else (), likely):
            if other.round is not None and len(reading.arguments) != 2:
                continue  # what ours does for a layer
            unifier.steps = 0
            found = next(unifier.readings(reading, other, names), None)
            if found and not other.arrays - {0} - {
                    theirs for ours, theirs in found[0].arguments.items()
                    if reading.arguments[ours] not in ("layer", "training")}:
                yield reading, name, other, found
                break
