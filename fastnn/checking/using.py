"""One way of using a class: how it is made, where its parameters are, which methods are called."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import frame, probing
from fastnn.checking.cases import RATE
from fastnn.checking.matching import Look
from fastnn.checking.raised import Raised
from fastnn.checking.values import as_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.probing import Place, Seen

Form = "tuple[str, ...]"  # names of a case's arrays, "rate" or "True"


@dataclass(frozen=True)
class Use:
    """Everything that is needed to use an object of the class as the book would."""

    kind: Any
    arguments: tuple[Any, ...] = ()  # names of a case's numbers, or values
    options: tuple[tuple[str, Any], ...] = ()
    weights: Place | None = None
    biases: Place | None = None
    transposed: bool = False
    calls: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # Methods called before all others, with no arguments or with no layers; "loss.remember" is one
    # of what the object has as `loss`.
    first: tuple[str, ...] = ()
    reset: str = ""  # a method without arguments that is called before each round, as zero_grad

    def then(self, method: str, form: tuple[str, ...]) -> Use:
        """The same, and one more call."""
        return replace(self, calls=(*self.calls, (method, form)))

    def to(self, count: int) -> Use:
        """The same, and no more than so many calls."""
        return replace(self, calls=self.calls[:count])


@dataclass
class Trace:
    """What was seen of one object: a Look for each call, which arguments were changed, and which
    methods drew random numbers.
    """

    looks: list[Look] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)


def argument(case: Case, word: Any) -> Any:
    """The value that a word stands for: an array of the case, one of its sizes, or itself."""
    if not isinstance(word, str):
        return word
    sizes = {"I": lambda: case.W.shape[0], "O": lambda: case.W.shape[1], "rate": lambda: RATE}
    if word in sizes:
        return sizes[word]()
    return True if word == "True" else case.arrays.get(word, word)


def made_of(use: Use, case: Case) -> Any:
    """A fresh object with the case's weights and biases, or Raised."""
    np.random.seed(1)
    thing = probing.make(use.kind, *(argument(case, word) for word in use.arguments),
                         **dict(use.options))
    if isinstance(thing, Raised):
        return thing
    for path in use.first:
        held, _, name = path.rpartition(".")
        holder = getattr(thing, held, None) if held else thing
        if holder is not None:
            probing.call(holder, name, () if probing.takes(getattr(holder, name), 0) else ([],))
    if use.weights and not has(thing, use.weights) and use.calls:  # made by the first forward
        method, form = use.calls[0]
        probing.call(thing, method, tuple(argument(case, word) for word in form))
    return parametrized(thing, use, case)


def parametrized(thing: Any, use: Use, case: Case) -> Any:
    """The object, its weights and biases the case's."""
    try:
        if use.weights:
            probing.put(thing, use.weights, case.W.T if use.transposed else case.W)
        if use.biases:
            probing.put(thing, use.biases, case.b)
    except Exception as error:
        return Raised(error)
    if use.reset:
        done = probing.attempt(getattr(thing, use.reset))
        return done if isinstance(done, Raised) else thing
    return thing


def has(thing: Any, place: Place) -> bool:
    """Whether there is an array or a list at a place."""
    try:
        return as_array(probing.value_at(thing, place)) is not None
    except Exception:
        return False


def _next_numbers() -> Any:
    """What NumPy's and Python's global streams would give next."""
    numpys: Any = np.random.get_state()
    return numpys[1].tobytes(), numpys[2], hash(random.getstate())


@lru_cache(maxsize=5000)
def trace(use: Use, case: Case, warm: bool = False, seed: int | None = None) -> Trace:
    """Make an object and call its methods in turn; `warm`: once before with other numbers; `seed`:
    of the global streams that they draw from.
    """
    found = Trace()
    thing = made_of(use, case)
    if isinstance(thing, Raised):
        found.looks = [Look(case, {}, thing) for _ in use.calls]
        return found
    if seed is not None:
        np.random.seed(seed)
        random.seed(seed)
    layout: dict[str, Any] = {}
    if use.biases:
        layout["biases"] = frame.shape(probing.value_at(thing, use.biases))
    if use.weights:
        layout["transposed"] = use.transposed
    layout["parameters"] = (use.weights, use.biases)
    if warm:
        for method, form in use.calls:
            probing.call(thing, method, tuple(other(argument(case, word)) for word in form))
        parametrized(thing, use, case)
    for method, form in use.calls:
        before, numbers = probing.observe(thing), _next_numbers()
        got, changed = probing.call(thing, method, tuple(argument(case, word) for word in form))
        if _next_numbers() != numbers:
            found.drawn.append(method)
        after = got if isinstance(got, Raised) else probing.observe(thing, got)
        partial = probing.observe(thing) if isinstance(got, Raised) else {}
        if not isinstance(after, Raised):
            after |= _steps(use, before, after, form)
        found.looks.append(Look(case, before, after, layout, partial))
        found.changed += [(method, word) for word, one in zip(form, changed) if one]
        if isinstance(got, Raised):
            found.looks += [Look(case, {}, got, layout)
                            for _ in range(len(use.calls) - len(found.looks))]
            break
    return found


def _steps(use: Use, before: Seen, after: Seen, form: tuple[str, ...]) -> Seen:
    """The gradients by which a call has changed the parameters: of a layer that steps by itself, by
    a rate that it is given or has.
    """
    rates = [RATE] if "rate" in form else [
        float(value) for value in before.values() if not value.ndim and 0 < value < 1][:4]
    found = {}
    for place in (use.weights, use.biases):
        old, new = before.get(place or ()), after.get(place or ())
        if place and old is not None and new is not None and old.shape == new.shape and (
                not np.array_equal(old, new, equal_nan=True)):
            for index, rate in enumerate(rates):
                found[((probing.STEP, index), *place)] = (old - new) / rate
    return found


def other(value: Any) -> Any:
    """Another argument of the same shape, for the round before."""
    return value[::-1] * 1.5 if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def traces(use: Use, cases: Iterable[Case], warm: bool = False) -> list[Trace]:
    """The traces of all cases."""
    return [trace(use, case, warm) for case in cases]


def draws(use: Use, cases: Iterable[Case], index: int, place: Place) -> bool:
    """Whether a call leaves other numbers at a place each time, for the same arguments."""
    for case in list(cases)[:2]:
        drawn = use.calls[index][0] in trace(use, case).drawn
        looks = [trace.__wrapped__(use, case, seed=seed).looks[index].after
                 for seed in range(30 if drawn else 2)]  # few may be alike: dropout of a hundredth
        values: list[Any] = [one.get(place) for one in looks if not isinstance(one, Raised)]
        if any(not np.array_equal(values[0], value, equal_nan=True) for value in values[1:]):
            return True
    return False


def column(found: list[Trace], index: int) -> list[Look]:
    """The looks after one of the calls, of all cases."""
    return [one.looks[index] for one in found]


def calls(kind: Any, forms: tuple[tuple[str, ...], ...],
          without: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """All methods with all argument lists that they take."""
    for name, function in probing.methods(kind).items():
        if name in without:
            continue
        plain = getattr(function, "__func__", function)
        own = 0 if isinstance(function, staticmethod) else 1  # self
        for form in forms:
            if probing.takes(plain, len(form) + own):
                yield name, form
