"""Optimizers by any formula that is known, at any rates: what the book has not is named, and a rate
that goes by a schedule of its own is none of the book's mistakes.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing, steps
from fastnn.checking.findings import Finding
from fastnn.checking.known_optimizers import (
    BOOKS,
    Family,
    Fit,
    families,
    fits,
    is_called,
    mistaken,
    weights_alone,
    words_of,
)
from fastnn.checking.naming import exchanged
from fastnn.checking.running import Run, where

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_MOST = 24  # ways to name the numbers of a formula
_RATES = ("iterations counted too early", "decay of what has decayed", "decay subtracted",
          "decay without parentheses", "decay added", "decay as a power")
_BOOK = {"b1": "beta_1", "b2": "beta_2", "eps": "epsilon", "mu": "momentum", "rho": "rho",
         "wd": "weight_decay", "damp": "dampening", "limit": "limit"}


def known(kind: Any, values: dict[str, float], runs: list[Run]) -> Finding | None:
    """What a class is by a formula that is known; None where it is none, or its rate is odd."""
    runs = _likeliest(runs)
    constants = {f"{one:g}": one for one in _constants(kind, runs[0], values)}
    numbers = {**{own: one for own, one in values.items() if one < 1}, **constants}
    best: tuple[float, Finding] | None = None
    for family in families():
        found = _of_family(kind, family, numbers, values, runs)
        if found:  # of two that are the same in so few steps: the one that needs all its numbers
            used = len(set(values) & {str(one) for one in found.vocabulary.values()}) + 0.5 * (
                is_called(kind.__name__, family.name))
            if best is None or used > best[0]:
                best = used, found
    return best[1] if best else next(filter(None, (
        _of_family(kind, family, numbers, values, runs) for family in mistaken(kind.__name__))),
        None)


def _likeliest(runs: list[Run]) -> list[Run]:
    """The ways to use it with most of its methods, two at most."""
    runs = [run for run in runs if np.isfinite(run.rows).all()] or runs
    most = max(len(run.words()) for run in runs)
    return [run for run in runs if len(run.words()) == most][:2]


def _of_family(kind: Any, family: Family, numbers: dict[str, float], values: dict[str, float],
               runs: list[Run]) -> Finding | None:
    for run in runs:
        fit = _fitted(family, numbers, run)
        found = fit and _finding(kind, fit, values, run)
        if found:
            return found
    return None


def _fitted(family: Family, numbers: dict[str, float], run: Run) -> Fit | None:
    for naming in _namings(family, list(numbers)):
        for on in (1.0, weights_alone()) if "wd" in family.hypers else (1.0,):
            fit = fits(family, naming, numbers, run.rows, on)
            if fit:
                return fit
    return None


def _namings(family: Family, names: list[str]) -> Iterator[dict[str, str]]:
    """Which number of the class is which of the formula, the likeliest first."""
    def worth(chosen: tuple[str, ...]) -> float:
        return sum(max(probing.alike(own, word) for word in words_of(hyper))
                   for hyper, own in zip(family.hypers, chosen))

    orders = sorted(itertools.permutations(names, len(family.hypers)), key=worth, reverse=True)
    for chosen in orders[:_MOST]:
        yield dict(zip(family.hypers, chosen))


def _constants(kind: Any, run: Run, values: dict[str, float]) -> list[float]:
    """The numbers between 0 and 1 that stand in the code, or that it holds."""
    codes = [getattr(one, "__code__", None) for one in probing.methods(kind).values()]
    found = [one for code in codes if code for one in code.co_consts]
    found += [float(one) for one in probing.observe(run.optimizer).values() if not one.ndim]
    return sorted({one for one in found if isinstance(one, float) and 0 < one < 1
                   and one not in values.values() and one != 0.5}, reverse=True)[:4]


def _finding(kind: Any, fit: Fit, values: dict[str, float], run: Run) -> Finding | None:
    """What is said of an optimizer of this formula; None where its rates are not explained."""
    family = fit.family
    naming = {_BOOK[name]: own for name, own in fit.naming.items()
              if name in _BOOK and own in values}
    base = next((one for one in sorted(BOOKS, key=len, reverse=True)
                 if family.name in (one, f"{one} with weight decay")), "")
    book = BOOKS.get(base, "")
    finding = Finding(kind.__name__, role=f"optimizer {book or family.name}", score=0.95,
                      book=f"Optimizer_{book}" if book else "",
                      vocabulary={**run.words(), **naming})
    formula = family.text.replace(" * on", "")
    if not book:
        finding.remarks.append(f"the book does not have it; it follows the formula of "
                               f"{family.name}: {formula}")
    elif "wd" in family.hypers:
        finding.remarks.append("weight decay is added to the gradients; the book has regularizers "
                               "for that")
    rest = {own: value for own, value in values.items() if own not in naming.values()}
    said = _of_rates(fit, rest, run) if fit.rates else ("", "", "")
    if said is None:
        return None
    argument, mistake, sentence = said
    if argument:
        finding.vocabulary["learning_rate"] = argument
    if family.mistake and not mistake:
        mistake, sentence = family.mistake, family.sentence
    if mistake:
        finding.score = 0.85
        finding.differ(run.update, "weights and biases", formula, "not in the book" if not book else
                       "chapter 10", mistake, sentence)
    elif sentence:
        finding.remarks.append(sentence)
    defaults = {one.name: one.default for one in probing.parameters(kind)}
    betas = {name: own for name, own in naming.items() if name.startswith("beta_")}
    swapped = exchanged({name: defaults[own] for name, own in betas.items()}, betas)
    if swapped and not mistake:
        finding.differ("__init__", "beta_1 and beta_2", formula, "not in the book",
                       "arguments swapped", swapped)
    return finding.settle()


def _of_rates(fit: Fit, rest: dict[str, float], run: Run) -> tuple[str, str, str] | None:
    """The argument that is the rate; what is wrong with the rates, or what is said of them."""
    rates = np.array(fit.rates)
    if (rates < -1e-12).all():
        return "", "wrong sign", "the step goes in the direction of the gradient, which is uphill"
    firsts = sorted(rest, key=lambda own: -max(probing.alike(own, word)
                                               for word in words_of("lr")))
    for own in firsts:
        if np.allclose(rates, rest[own], rtol=1e-9, atol=0):
            decay = next((one for one in rest if one != own
                          and probing.alike(one, "decay") > 0.9), "")
            return (own, "decayed rate not used", steps.RATE_NOT_USED) if decay else (own, "", "")
        for decay in rest:
            if decay != own and np.allclose(rates, _rates(rest[own], rest[decay], ""), rtol=1e-9,
                                            atol=0):
                return own, "", ""
    for own, decay in itertools.permutations(rest, 2):
        if probing.alike(decay, "decay") > 0.7:
            for mistake in _RATES:
                if np.allclose(rates, _rates(rest[own], rest[decay], mistake), rtol=1e-9):
                    return own, mistake, steps.MISTAKES["SGD"][mistake]
    return _schedule(rates, rest, firsts, run)


def _schedule(rates: Any, rest: dict[str, float],
              firsts: list[str], run: Run) -> tuple[str, str, str] | None:
    """What is said of rates by a schedule that is not the book's; None of odd ones, and where it
    holds a rate that is another: what is left out of a step may look like a schedule.
    """
    own = firsts[0] if firsts else ""
    first = rest.get(own, 0.0)
    moving = [float(one) for one in probing.observe(run.optimizer).values() if not one.ndim
              and 0 < one < first and not np.isclose(one, list(rest.values())).any()]
    if moving and not np.isclose(moving, rates[-1], rtol=1e-9).any():
        return None
    usable = (rates > -1e-12) & (rates < first * (1 + 1e-9))
    if not own or np.ptp(rates) < 1e-9 or not usable.all():
        return None
    decay = next((one for one in rest if one != own and probing.alike(one, "decay") > 0.9), "")
    t = np.arange(len(rates))
    usual = decay and any(np.allclose(rates, one) for one in (
        first * np.exp(-rest[decay] * t), first / np.sqrt(1 + rest[decay] * t)))
    grows = rates[0] < rates[1] - 1e-12
    if decay and not usual and not grows and len(rest) == 2:
        return None  # it should have been the book's, it seems
    shares = ", ".join(f"{rate / first:.3g}" for rate in rates)
    what = "a warm-up" if grows else "a schedule"
    return own, "", (f"its rate goes by {what} of its own, which the book does not have: {shares} "
                     f"of {own} in the first steps; that was not judged")


def _rates(first: float, decay: float, mistake: str) -> Any:
    found, before = [], first
    for t in range(steps.STEPS):
        before = steps.rate_of({"learning_rate": first, "decay": decay}, t, before, mistake)
        found.append(before)
    return np.array(found)


def with_mistakes(kind: Any, likeliest: list[str], namings: Any, values: dict[str, float],
                  runs: list[Run]) -> Finding | None:
    """One of the book's four with a mistake in its step, at rates of a schedule of its own."""
    runs = _likeliest(runs)
    for book in likeliest:
        for mistake in (one for one in steps.MISTAKES[book] if one not in steps.OF_RATES):
            for naming, hypers in itertools.islice(namings(book), 16):
                for run in runs:
                    rates = _solved(book, mistake, hypers, run.rows)
                    right = None if rates is None else _solved(book, "", hypers, run.rows)
                    if rates is None or (right is not None and np.allclose(rates, right)):
                        continue  # such a one shows nothing of the mistake
                    rest = {own: value for own, value in values.items() if own not in [
                        one for name, one in naming.items() if name not in (
                            "learning_rate", "decay")]}
                    firsts = sorted(rest, key=lambda own: -max(
                        probing.alike(own, word) for word in words_of("lr")))
                    said = _schedule(rates, rest, firsts, run)
                    if said:
                        finding = Finding(kind.__name__, role=f"optimizer {book}", score=0.85,
                                          book=f"Optimizer_{book}",
                                          vocabulary={**run.words(), **naming},
                                          remarks=[said[2]])
                        attribute, case, difference = where(run.rows, steps.simulate(book, hypers))
                        finding.differ(run.update, attribute, steps.FORMULAS[book], "chapter 10",
                                       mistake.partition(",")[0], steps.MISTAKES[book][mistake],
                                       case, difference)
                        return finding.settle()
    return None


def _solved(book: str, mistake: str, hypers: dict[str, float], rows: Any) -> Any:
    """The rate of each step, if there is one by which the parameters are what they are."""
    start, slopes = steps.data()
    p = np.concatenate([one.ravel() for pair in start for one in pair])
    state = [np.zeros_like(p), np.zeros_like(p)]
    rates = []
    for t, (gradients, row) in enumerate(zip(slopes, rows)):
        g = np.concatenate([one.ravel() for pair in gradients for one in pair])
        ends = [steps.change_of(book, g, list(state), rate, t, hypers, mistake)
                for rate in (0.0, 1.0)]
        with np.errstate(all="ignore"):
            moved = ends[1] - ends[0]
            rate = float(np.sum((row - p - ends[0]) * moved) / np.sum(moved * moved))
        change = steps.change_of(book, g, state, rate, t, hypers, mistake)
        if not np.isfinite(rate) or not np.allclose(p + change, row, rtol=1e-9, atol=1e-11):
            return None
        rates.append(rate)
        p = row
    return np.array(rates)
