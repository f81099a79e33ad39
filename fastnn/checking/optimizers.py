"""Optimizers: run for a few steps on two layers, and held against the four of the book.

All numbers of the constructor are given values of their own, so that one run tells which of them is
which: it equals the book's formula under one naming alone.
"""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing, steps, stubs
from fastnn.checking.findings import Finding
from fastnn.checking.naming import liking, namings, values_of
from fastnn.checking.running import VALUES, Run, runs_of
from fastnn.checking.using import calls
from fastnn.checking.values import agree, first_difference

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
    values = dict(zip(names, VALUES))
    for chosen in ([names, [name for name in names if name not in idle]] if idle else [names]):
        found = _searched(kind, chosen, values, runs, likeliest, like, idle)
        if found:
            return found
    return _unknown(kind, names, values, runs, likeliest, like)


def _searched(kind: Any, names: list[str], values: dict[str, float], runs: list[Run],
              likeliest: list[str], like: Any, idle: list[str]) -> Finding | None:
    hooks = max(len(run.words()) for run in runs)  # which all have to be called
    most = [run for run in runs if len(run.words()) == hooks]
    for right in (True, False):
        for book in likeliest:
            mistakes = [""] if right else [*steps.MISTAKES[book], *(
                steps.HARMLESS if book == "SGD" else ())]
            for mistake in mistakes:
                for naming in namings(book, names, like):
                    for hypers in values_of(book, naming, values):
                        rows = steps.simulate(book, hypers, mistake)
                        for run in (runs if right else most):
                            if agree(run.rows, rows):
                                return _found(kind, book, run, naming, hypers, mistake,
                                              [name for name in idle if name not in
                                               naming.values()])
    return None


def _without_effect(kind: Any, names: list[str], run: Run) -> list[str]:
    """Arguments that change nothing."""
    idle = []
    for name in names:
        held = {key: value for key, value in vars(run.optimizer).items()} if hasattr(
            run.optimizer, "__dict__") else {}
        code = [getattr(one, "__code__", None) for one in probing.methods(kind).values()]
        attributes = [key for key, value in held.items()
                      if isinstance(value, float) and value == dict(zip(names, VALUES))[name]]
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
    if mistake in steps.HARMLESS:
        finding.remarks.append(steps.HARMLESS[mistake])
    elif mistake:
        finding.score = 0.85
        finding.differ(run.update, _where(run.rows, right)[0], steps.FORMULAS[book], "chapter 10",
                       mistake.partition(",")[0], steps.MISTAKES[book][mistake],
                       _where(run.rows, right)[1], first_difference(run.rows, right))
    crossed = _crossed(finding.defaults, naming)
    if crossed and not mistake:
        finding.score = 0.85
        finding.differ(run.update, " and ".join(naming[one] for one in crossed),
                       steps.FORMULAS[book], "chapter 10", "arguments swapped",
                       f"{naming[crossed[0]]} is used as {crossed[0]}, and "
                       f"{naming[crossed[1]]} as {crossed[1]}; by their defaults it is the other "
                       "way round")
    for name in idle:
        finding.differ("__init__", name, steps.FORMULAS[book], "chapter 10", "argument not used",
                       f"{name} is kept, and no method uses it")
    finding.same_bits = np.array_equal(run.rows, right)
    return finding.settle()


def _crossed(defaults: dict[str, float], naming: dict[str, str]) -> tuple[str, str] | None:
    """The two betas, each with the default of the other."""
    one, two = "beta_1", "beta_2"
    if one in naming and two in naming and defaults[one] > defaults[two]:
        first, second = steps.DEFAULTS[one], steps.DEFAULTS[two]
        if defaults[one] in second and defaults[two] in first:
            return one, two
    return None


def _where(rows: Any, right: Any) -> tuple[str, str]:
    """Parameters and step of the first difference."""
    far = np.argwhere(~np.isclose(rows, right, rtol=1e-9, atol=1e-12))
    if not len(far):
        return "", ""
    step, index = far[0]
    ends = np.cumsum([12, 4, 8, 2])
    which = int(np.searchsorted(ends, index, side="right"))
    return ("weights", "biases")[which % 2], f"step {step + 1}, layer {which // 2 + 1}"


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
                    attribute, case = _where(run.rows, right)
                    finding.differ(run.update, attribute, steps.FORMULAS[book], "chapter 10", "",
                                   "it follows none of the book's four formulas; this is the "
                                   "likeliest", case, first_difference(run.rows, right))
                    best = far, finding.settle()
    assert best
    found = best[1]
    if len(names) > len(steps.HYPERS[found.role.split()[-1]]):  # more than that formula has
        return Finding(kind.__name__, score=0.4, why="it changes layers, by none of the book's "
                       "four formulas, and has arguments that none of them has")
    return found
