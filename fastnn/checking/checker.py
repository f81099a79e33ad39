"""`check`: each class in a child process of its own, then those that need the others."""

from __future__ import annotations

import inspect
import os
import sys
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING

from fastnn.checking import columns, frame, models, optimizers, pairs, penalty_loss, probing
from fastnn.checking import source as sources
from fastnn.checking.examine import examine
from fastnn.checking.findings import Finding
from fastnn.checking.isolation import Died, TooLong, isolated
from fastnn.checking.order import learnt, order_by
from fastnn.checking.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Neighbours = dict[str, Any]

SECONDS = 20.0
_OPEN = ("not recognised", "raises")  # with the classes around it, it may be something
_SHORT = 5.0  # for a class that was not asked for
_FAR = 400.0  # for a whole file, a whole module, and a class with those around it
_LATER = 5.0  # behind a file's end: its child tells what it knows until then


class _Time:
    """What each class may take, and what all of them together: a module may have hundreds."""

    def __init__(self, each: float, of: str) -> None:
        self.each, self.of, self.whole = each, of, max(_FAR, each)
        self.end = time.monotonic() + self.whole

    def child(self, work: Callable[[], Any], alone: bool, most: float | None = None) -> Any:
        """What a child answers; TooLong, which says whose time is over, and Died."""
        each = self.each if most is None else min(self.each, most)
        left = self.end - time.monotonic()
        over = (f"{self.of} took more than {self.whole:g} s" if left < each else
                f"it took more than {each:g} s")
        if left <= 0:
            raise TooLong(over)
        try:
            return isolated(work, min(each, left), alone=alone)
        except TooLong as late:
            raise TooLong(f"{over}, at last in {late}" if str(late) else over) from None

    def remarks(self) -> list[str]:
        """That not all was looked at: of functions there is no line else."""
        late = time.monotonic() > self.end
        return [f"{self.of} took more than {self.whole:g} s: what did not end until then was not "
                "looked at"] if late else []


def check_things(things: tuple[Any, ...], seconds: float) -> Report:
    """Classes, functions, modules and files, each looked at in a child of this process."""
    made: list[dict[str, Any]] = []
    file = ""
    remarks: list[str] = []
    for thing in things:
        if isinstance(thing, (str, os.PathLike)):
            report = check_file(Path(thing), seconds)
            made += report.classes
            file, remarks = report.file, remarks + report.remarks
        elif isinstance(thing, types.ModuleType):
            own = {name: one for name, one in vars(thing).items()
                   if getattr(one, "__module__", None) == thing.__name__}
            limit = _Time(seconds, f"the module {thing.__name__}")
            found = _all(own, own, limit)
            made += found
            remarks += _not_judged(own, found) + limit.remarks()
        elif isinstance(thing, type) or inspect.isfunction(thing):
            module = sys.modules.get(thing.__module__)
            around = {name: one for name, one in (vars(module) if module else {}).items()
                      if getattr(one, "__module__", None) == thing.__module__}
            made += _all({thing.__name__: thing}, around,
                         _Time(seconds, "it, with what its module has beside it,"))
        else:
            hint = ("; pass its classes" if isinstance(thing, dict) else
                    "; pass its class" if hasattr(type(thing), "forward") else "")
            raise TypeError("check: a class, a function, a module or a file is expected, got "
                            f"{type(thing).__name__}{hint}")
    return Report(made, file, remarks)


def check_file(path: Path, seconds: float = SECONDS) -> Report:
    """A file's classes; its definitions run in a child alone. CannotRead."""
    source = sources.read(path)
    limit = _Time(seconds, "the file")

    def work() -> tuple[list[dict[str, Any]], list[str]]:
        names, failed = sources.load(source)
        wanted = {name: names[name] for name in source.defined() if name in names}
        found = {one["name"]: one for one in _all(wanted, wanted, limit, alone=False)}
        made = []
        for name, line in source.defined().items():
            if name in failed:
                found[name] = _finding(name, "not recognised",
                                       f"it cannot be defined: {failed[name]}")
            if name in found:
                made.append({**found[name], "line": line})
        return made, _not_judged(wanted, made) if made else []

    remarks: list[str] = []
    try:
        classes, remarks = isolated(work, limit.whole + _LATER, forks=True)
    except TooLong:
        classes = [_finding(name, "did not end", f"the file took more than {limit.whole:g} s")
                   for name in source.defined()]
    except Died as error:
        classes = [_finding(name, "did not end", str(error)) for name in source.defined()]
    said = source.remarks + remarks + limit.remarks()
    if not classes and not said:
        said = ["none of its functions is recognised: what they compute is no value of the book's"]
    return Report(classes, str(path), said)


def _all(things: Neighbours, around: Neighbours, limit: _Time,
         alone: bool = True) -> list[dict[str, Any]]:
    """All findings: first each by itself; then what may need the dense layers that were found."""
    found = {name: _one(thing, around, {}, limit, alone) for name, thing in things.items()
             if isinstance(thing, type) or inspect.isfunction(thing)}
    open_ones = [name for name, one in found.items() if isinstance(things[name], type) and (
        one["verdict"] in _OPEN or (
            one["verdict"] == "differs" and (
                one["score"] < 0.7 or one["role"].startswith("optimizer"))))
        and optimizers.may_be_one(things[name])]
    if open_ones:
        dense = {}
        for name, thing in around.items():
            if isinstance(thing, type) and len(probing.parameters(thing)) > 0:
                one = found.get(name) or _one(thing, around, {}, limit, alone, _SHORT)
                if one["role"] == "dense layer":
                    dense[name] = thing
        for name in open_ones if dense else ():
            again = _one(things[name], around, dense, limit, alone)
            if again["verdict"] != "not recognised":
                found[name] = again
    layout = _layout(found, around, limit, alone)
    for name, one in found.items():
        if columns.depends(one, layout):
            found[name] = _one(things[name], around, {}, limit, alone, layout=layout)
    known = learnt(things, {name: one for name, one in found.items()
                            if not isinstance(things[name], type)})
    for name, one in found.items():
        told = order_by(things[name], known) if known and one["role"].endswith(
            "'s gradient") else None
        if told:
            found[name] = _one(things[name], around, {}, limit, alone, layout=layout, order=told)
    dense = {name: around[name] for name, one in found.items()
             if one["role"] == "dense layer" and name in around}
    if any(map(pairs.may_share, found.values())):
        pairs.share([*found.values(), *(
            _one(thing, around, {}, limit, alone, _SHORT) for name, thing in around.items()
            if name not in found and isinstance(thing, type))])
    for name, thing in things.items():
        if isinstance(thing, type) and (found[name]["verdict"] == "base class" or (
                "loss" in found[name]["role"] or "entropy" in found[name]["role"]
                or "error" in found[name]["role"])):
            _add_penalty(found[name], thing, dense, limit, alone)
    for name, thing in things.items():
        if found.get(name, {}).get("verdict") in _OPEN and models.may_be_one(thing):
            found[name] = _model(thing, around, found, limit, alone, found[name])
    return [one for name, one in found.items() if isinstance(things[name], type)
            or len(things) == 1 or (one["role"] and one["score"] > 0.8
                                    and "accuracy" not in one["role"])]


def _layout(found: dict[str, dict[str, Any]], around: Neighbours, limit: _Time,
            alone: bool) -> str:
    """Whether samples are rows or columns in this module, where a class's finding depends on it."""
    if not any(columns.may_depend(one) or frame.REMARK in one["remarks"]
               for one in found.values()):
        return ""
    return columns.of_file([*found.values(), *(
        _one(thing, around, {}, limit, alone, _SHORT) for name, thing in around.items()
        if name not in found and isinstance(thing, type) and len(probing.parameters(thing)) > 1)])


def _not_judged(things: Neighbours, made: list[dict[str, Any]]) -> list[str]:
    """A remark on the functions of which nothing is said."""
    names = [name for name, thing in things.items() if inspect.isfunction(thing)
             and name not in {one["name"] for one in made}]
    if not names:
        return []
    one = len(names) == 1
    return [f"not judged: {', '.join(names)}, {'a function' if one else 'functions'} that "
            f"{'is' if one else 'are'} none of the book's by value or by name"]


def _one(thing: Any, around: Neighbours, dense: Neighbours, limit: _Time,
         alone: bool, most: float | None = None, layout: str = "",
         order: tuple[str, str] | None = None) -> dict[str, Any]:
    try:
        return limit.child(lambda: examine(thing, around, dense, layout, order), alone, most)
    except (TooLong, Died) as error:
        return _finding(thing.__name__, "did not end", str(error))


def _add_penalty(one: dict[str, Any], thing: Any, dense: Neighbours, limit: _Time,
                 alone: bool) -> None:
    """What a loss adds for a layer's regularizers; a base class that has it wrong differs."""
    if not penalty_loss.has_one(thing):
        return
    try:
        more = limit.child(lambda: penalty_loss.penalty(thing, dense), alone)
    except (TooLong, Died) as error:
        one["remarks"].append(f"what it adds for regularizers was not looked at: {error}")
        return
    if more:
        one["vocabulary"].update(more["vocabulary"])
        one["differences"] += more["differences"]
        if more["differences"]:
            one.update(verdict="differs", same_bits=False, role=one["role"] or "base class")


def _model(thing: Any, around: Neighbours, found: dict[str, dict[str, Any]], limit: _Time,
           alone: bool, otherwise: dict[str, Any]) -> dict[str, Any]:
    """A Model, trained with the classes around it; `otherwise` where it is none."""
    known = {name: found.get(name) or _one(one, around, {}, limit, alone, _SHORT)
             for name, one in around.items() if isinstance(one, type) and one is not thing}
    try:
        made = limit.child(lambda: models.model(thing, around, known), alone)
        return otherwise if (made["verdict"], otherwise["verdict"]) == (
            "not recognised", "raises") else made
    except (TooLong, Died) as error:
        return _finding(thing.__name__, "did not end", str(error))


def _finding(name: str, verdict: str, why: str) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(Finding(name, verdict, why=why))
