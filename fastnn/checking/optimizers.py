"""Optimizers: run for a few steps on two layers, and held against the four of the book.

All numbers of the constructor are given values of their own, so that one run tells which of them is
which: it equals the book's formula under one naming alone.
"""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import called, known_optimizers, probing, scheduled, steps, stubs
from fastnn.checking.findings import Finding
from fastnn.checking.naming import crosswise, exchanged, liking, namings, values_of
from fastnn.checking.raised import Raised
from fastnn.checking.running import VALUES, Run, given, hooks_of, run_with, runs_of, where
from fastnn.checking.using import calls
from fastnn.checking.values import agree
from fastnn.checking.written import names_set

if TYPE_CHECKING:
    from typing import Any


def optimizers(kind: Any, neighbours: dict[str, Any]) -> list[Finding]:
    """What a class is as an optimizer; nothing when it changes no layer."""
    names = _numbers(kind)
    if not names or not probing.methods(kind):
        return []
    for stub in stubs.of(kind, neighbours):
        runs = list(runs_of(kind, names, stub))
        if runs:
            found = _judged(kind, names, runs)
            if found.score > 0.5 or not stub.guessed:
                return [found]
    return []


def first_error(kind: Any, neighbours: dict[str, Any]) -> tuple[str, Raised] | None:
    """The method that raises where an optimizer is used, and what: of layers of the module's, or
    else of such as have the book's names.
    """
    names = _numbers(kind)
    values = given(kind, names)
    hooks = [name for name, _ in calls(kind, ((),))]
    for name, _ in sorted(calls(kind, (("layer",),)), key=lambda one: -probing.alike(
            one[0], "update_params")):
        for stub in (one for one in stubs.of(kind, neighbours) if not one.guessed):
            for before, after in hooks_of(kind, name, hooks[:4]):
                run = run_with(kind, values, stub, name, "layer", before, after)
                if isinstance(run, tuple) and raised_itself(kind, *run):
                    return run
    return None


def raised_itself(kind: Any, _: str, raised: Raised) -> bool:
    """Whether it was not that a layer had other names, or lacked what only training gives it."""
    return raised.of is not stubs.Bare and (
        not raised.attribute or raised.of is kind or raised.attribute not in names_set(kind))


def may_be_one(kind: Any) -> bool:
    """Whether a class has numbers to be made with and a method that takes something."""
    return bool(_numbers(kind)) and any(True for _ in calls(kind, (("layer",), ())))


def _numbers(kind: Any) -> list[str]:
    """The constructor's arguments that are numbers, or have to be given."""
    return [one.name for one in probing.parameters(kind) if one.default is one.empty or (
        isinstance(one.default, (int, float)) and not isinstance(one.default, bool))][:7]


def _judged(kind: Any, names: list[str], runs: list[Run]) -> Finding:
    like = liking(kind)
    likeliest = sorted(steps.HYPERS,
                       key=lambda one: -probing.alike(kind.__name__, f"Optimizer{one}"))
    if runs[0].style == "constructor":
        names = [name for name in names if name != probing.required(kind)[0]]
    idle = _without_effect(kind, names, runs[0])
    values = given(kind, names)
    choices = [names, [name for name in names if name not in idle]] if idle else [names]
    decays = any(probing.alike(name, "weight_decay") > 0.5 for name in names)
    for right in (True, False):
        found = None if right else _of_its_own(kind, values, runs, early=True)
        if found:
            return found
        for chosen in choices:
            found = _searched(kind, chosen, values, runs, likeliest, like, idle, right)
            if found:
                return called.otherwise(kind, found)
        if right == decays:  # before all mistakes are tried, where it is called so
            found = _with_more(kind, names, values, runs, likeliest, like)
            if found:
                return found
    return _of_its_own(kind, values, runs, early=False) or scheduled.with_mistakes(
        kind, likeliest, lambda book: (
            (naming, hypers) for naming in namings(book, names, like)
            for hypers in values_of(book, naming, values)), values, runs) or _unknown(
        kind, names, values, runs, likeliest, like)


def _of_its_own(kind: Any, values: dict[str, float], runs: list[Run],
                early: bool) -> Finding | None:
    """One that the book has not: before the book's with mistakes, where it is called so."""
    if early != known_optimizers.has_name(kind.__name__):
        return None
    return scheduled.known(kind, values, runs)


def _searched(kind: Any, names: list[str], values: dict[str, float], runs: list[Run],
              likeliest: list[str], like: Any, idle: list[str],
              right: bool) -> Finding | None:
    hooks = max(len(run.words()) for run in runs)  # which all have to be called
    most = [run for run in runs if len(run.words()) == hooks]
    for book in likeliest:
        mistakes = [""] if right else [*steps.MISTAKES[book], *(
            steps.HARMLESS if book == "SGD" else ())]
        for mistake in mistakes:
            for naming in namings(book, names, like):
                for hypers in values_of(book, naming, values):
                    first = steps.simulate(book, hypers, mistake, 1)  # most are others by then
                    likely = [run for run in (runs if right else most)
                              if agree(run.rows[:1], first)]
                    rows = steps.simulate(book, hypers, mistake) if likely else first
                    for run in likely:
                        if agree(run.rows, rows) and not (right and np.isnan(rows).any()):
                            return _found(kind, book, run, naming, hypers, mistake,
                                          [name for name in idle if name not in
                                           naming.values()])
    return None


def _with_more(kind: Any, names: list[str], values: dict[str, float], runs: list[Run],
               likeliest: list[str], like: Any) -> Finding | None:
    """One of the book's with weight decay, which none of them has."""
    most = max(len(run.words()) for run in runs)
    runs = [run for run in runs if len(run.words()) == most]
    likely = sorted(names, key=lambda one: (  # what is called as one of the book's comes last
        max(probing.alike(book, one) for book in steps.DEFAULTS) > 0.99,
        -probing.alike(one, "weight_decay"), max(like(book, one) for book in steps.DEFAULTS)))
    decays = [(own, values[own]) for own in likely[:1 if probing.alike(
        likely[0], "weight_decay") > 0.5 else 2]]
    for own, decay in [*decays, *((f"{one:g}", one) for one in constants(kind, runs[0]))]:
        rest = [name for name in names if name != own]
        for book, added in itertools.product(likeliest, steps.ADDED):
            for naming in itertools.islice(namings(book, rest, like), 12 if own in names else 2):
                for hypers in values_of(book, naming, values):
                    rows = steps.simulate(book, {**hypers, "weight_decay": decay}, added)
                    run = next((run for run in runs if agree(run.rows, rows)), None)
                    if run is not None:
                        found = _found(kind, book, run, naming, hypers, added, [])
                        found.remarks.append(f"{own} {steps.ADDED[added]}")
                        return _decoupled(found, added, run)
    return None


def _decoupled(found: Finding, added: str, run: Run) -> Finding:
    """The finding; of one that is called AdamW, and decays by its gradients, what that is not."""
    if found.role == "optimizer Adam" and "adamw" in found.name.lower().replace("_", "") and (
            not added.startswith("decoupled")):
        found.differ(run.update, "weights", "p -= rate * weight_decay * p, beside Adam's step",
                     "not in the book", "weight decay not decoupled", "weight decay goes into the "
                     "gradients, and so into momentum and cache, as Adam's does: AdamW takes it "
                     "off the weights")
    return found.settle()


def constants(kind: Any, run: Run) -> list[float]:
    """The small numbers that stand in an optimizer's code, or that it holds: what it was made with
    is none of them.
    """
    codes = [getattr(one, "__code__", None) for one in probing.methods(kind).values()]
    found = [one for code in codes if code for one in code.co_consts]
    found += [float(one) for one in probing.observe(run.optimizer).values() if not one.ndim]
    return sorted({one for one in found if isinstance(one, float) and 1e-6 < one < 0.2
                   and one not in VALUES})[:3]


def _without_effect(kind: Any, names: list[str], run: Run) -> list[str]:
    """Arguments that change nothing."""
    idle = []
    for name in names:
        held = {key: value for key, value in vars(run.optimizer).items()} if hasattr(
            run.optimizer, "__dict__") else {}
        code = [getattr(one, "__code__", None) for one in probing.methods(kind).values()]
        attributes = [key for key, value in held.items()
                      if isinstance(value, float) and value == given(kind, names)[name]]
        used = any(key in one.co_names for one in code if one for key in attributes
                   if one.co_name != "__init__")
        if attributes and not used:
            idle.append(name)
    return idle


def _found(kind: Any, book: str, run: Run, naming: dict[str, str], hypers: dict[str, float],
           mistake: str, idle: list[str]) -> Finding:
    finding = Finding(kind.__name__, role=f"optimizer {book}", book=f"Optimizer_{book}", score=1.0)
    finding.vocabulary.update(run.words())
    finding.vocabulary.update(naming)
    values = {one.name: one.default for one in probing.parameters(kind)}
    finding.defaults = {name: float(values.get(naming.get(name, ""), hypers[name]))
                        if values.get(naming.get(name, "")) is not inspect.Parameter.empty
                        else hypers[name] for name in hypers}
    _name_states(finding, run, hypers)
    right = steps.simulate(book, hypers)
    if mistake in steps.ADDED:
        right = run.rows
    elif mistake in steps.HARMLESS:
        finding.remarks.append(steps.HARMLESS[mistake])
    elif mistake:
        finding.score = 0.85
        name, sentence = _named(mistake, book, run)
        attribute, case, difference = where(run.rows, right)
        finding.differ(run.update, attribute, steps.FORMULAS[book], "chapter 10", name, sentence,
                       case, difference)
    swapped = "" if mistake else exchanged(finding.defaults, naming)
    if swapped:
        finding.score = 0.85
        finding.differ("__init__", " and ".join(sorted(crosswise(finding.defaults, naming))),
                       steps.FORMULAS[book], "chapter 10", "arguments swapped", swapped)
    for name in idle:
        if not (mistake == "epsilon forgotten" and probing.alike(name, "epsilon") > 0.3):
            finding.differ("__init__", name, steps.FORMULAS[book], "chapter 10",
                           "argument not used", f"{name} is kept, and no method uses it")
    if not finding.differences and mistake not in steps.ADDED:
        _switched_off(finding, kind, book, run, naming, hypers)
    finding.same_bits = np.array_equal(run.rows, right) and mistake not in steps.ADDED
    return finding.settle()


def _switched_off(finding: Finding, kind: Any, book: str, run: Run, naming: dict[str, str],
                  hypers: dict[str, float]) -> None:
    """What it does without momentum and without decay, for which the book has branches."""
    for name in ("momentum", "decay"):
        if name not in naming:
            continue
        off = {**hypers, name: 0.0}
        again = run_with(kind, {own: off[one] for one, own in naming.items()}, run.stub, run.update,
                         run.style, run.before, run.after)
        right = steps.simulate(book, off)
        without = f"{naming[name]} = 0"
        if isinstance(again, tuple) and again[0] != "__init__":
            finding.differ(again[0], "weights", steps.FORMULAS[book], "chapter 10", "",
                           f"it raises where there is no {name}", without, again[1].row())
        elif isinstance(again, Run) and not agree(again.rows, right):
            attribute, case, difference = where(again.rows, right)
            finding.differ(run.update, attribute, steps.FORMULAS[book], "chapter 10", "",
                           f"it is right with {name}, and not without", f"{without}, {case}",
                           difference)


def _named(mistake: str, book: str, run: Run) -> tuple[str, str]:
    """The mistake's name and sentence. A rate that never decays may be one that is counted, and
    computed, and not used.
    """
    if mistake == "iterations not counted" and _counts(run):
        return "decayed rate not used", steps.RATE_NOT_USED
    return mistake.partition(",")[0], steps.MISTAKES[book][mistake]


def _counts(run: Run) -> bool:
    return any(not value.ndim and value == steps.STEPS
               for value in probing.observe(run.optimizer).values())


def _name_states(finding: Finding, run: Run, hypers: dict[str, float]) -> None:
    """What it keeps on a layer, the count of steps and the current rate."""
    decayed = hypers["learning_rate"] / (1 + hypers["decay"] * (steps.STEPS - 1))
    for place, value in probing.observe(run.optimizer).items():
        if not value.ndim and value == steps.STEPS:
            finding.vocabulary.setdefault("iterations", probing.words(place))
        elif not value.ndim and hypers["decay"] and np.isclose(value, decayed, rtol=1e-12):
            finding.vocabulary.setdefault("current_learning_rate", probing.words(place))
    made = [name for name, value in probing.attributes(run.layer)
            if name not in getattr(run.layer, "_given", ())
            and isinstance(value, np.ndarray)] if hasattr(run.layer, "_given") else []
    if made:
        finding.vocabulary["states"] = made


def _unknown(kind: Any, names: list[str], values: dict[str, float], runs: list[Run],
             likeliest: list[str], like: Any) -> Finding:
    """It changes layers, and by no formula that is known: the nearest of the book's is shown."""
    best: tuple[float, Finding] | None = None
    for book in likeliest:
        for naming in itertools.islice(namings(book, names, like), 6):
            hypers = next(values_of(book, naming, values))
            right = steps.simulate(book, hypers)
            for run in runs:
                with np.errstate(all="ignore"):
                    far = float(np.sum(np.abs(run.rows - right)))
                far = far if np.isfinite(far) else 1e9
                far -= 100.0 * probing.alike(kind.__name__, f"Optimizer{book}")
                if best is None or far < best[0]:
                    finding = Finding(kind.__name__, role=f"optimizer {book}",
                                      book=f"Optimizer_{book}", score=0.4)
                    finding.vocabulary.update({**run.words(), **naming})
                    attribute, case, difference = where(run.rows, right)
                    finding.differ(run.update, attribute, steps.FORMULAS[book], "chapter 10", "",
                                   "it follows none of the book's four formulas; this is the "
                                   "likeliest", case, difference)
                    best = far, finding.settle()
    assert best
    found = best[1]
    if all(map(called.goes_uphill, runs)):
        found.differences[0].update(mistake="wrong sign", sentence=called.UPHILL)
        return found
    if not called.is_of_the_book(kind.__name__):
        return Finding(kind.__name__, score=0.4, why="it changes layers, by none of the formulas "
                       "that are known, and is not called as one of the book's four: not judged")
    if len(names) > len(steps.HYPERS[found.role.split()[-1]]):  # more than that formula has
        return Finding(kind.__name__, score=0.4, why="it changes layers, by none of the book's "
                       "four formulas, and has arguments that none of them has")
    return found
