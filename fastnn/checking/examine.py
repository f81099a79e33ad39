"""Which role a class has: all are tried, and the one whose values it gives is taken."""

from __future__ import annotations

import inspect
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from fastnn.checking import (
    accumulating,
    accuracies,
    activations,
    columns,
    combined,
    dropout,
    functions,
    layers,
    losses,
    optimizers,
    own_activations,
    own_losses,
    own_slopes,
    probing,
    raising,
    roles,
    through,
    watching,
)
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.raised import Raised
from fastnn.checking.using import trace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_CLOSE = 0.35  # a role that the name says is taken before another that fits better by this
_HALF = 0.5  # a gradient that is a known mistake of another's, or any for that matter, gives this
_BY_VALUES = {one.name for one in (*roles.ACTIVATIONS, roles.CLASSES, roles.BINARY, *roles.NUMBERS)}
_LEAST = 0.3  # of a role's values: below it is none of the book's


def examine(thing: Any, neighbours: dict[str, Any], dense: dict[str, Any],
            layout: str = "", order: tuple[str, str] | None = None) -> dict[str, Any]:
    """The finding of one class or function, as plain data.

    `neighbours`: the module's others; `dense`: those that are dense layers, for optimizers;
    `layout`: whether its module's samples are rows or columns, `order`: of predictions and targets
    of a function, where these are known.
    """
    if not isinstance(thing, type):
        judged = functions.judged(thing, layout, order)
        if judged:
            return asdict(judged)
    kind = thing if isinstance(thing, type) else _as_class(thing)
    trace.cache_clear()
    probing.RAISED.clear()
    found = _in_rows(kind, neighbours, dense)
    if isinstance(thing, type):
        turned = columns.instead(kind, found, layout)
        if turned and _with_its_backward(kind, turned).verdict != "not recognised":
            found = turned
    if found.verdict == "not recognised":
        found = _endless(kind) or found
    found.name = thing.__name__
    return asdict(found)


def _in_rows(kind: Any, neighbours: dict[str, Any], dense: dict[str, Any]) -> Finding:
    """The finding of a class as the book uses it."""
    best: tuple[float, Finding] | None = None
    seen = []
    for finding in _all(kind, dense):
        seen.append(finding)
        liking = max(probing.alike(kind.__name__, finding.role),
                     probing.alike(kind.__name__, finding.book))
        worth = finding.score + 0.15 * liking
        if best is None or worth > best[0]:
            best = worth, finding
        if finding.role == "dropout" or (finding.score >= 1 and finding.verdict == "right"):
            break  # no other role's values are the same
    own = _of_its_own(kind) if best is None or _is_a_guess(best[1]) else None
    if own is not None:
        best = own.score, own
    elif best is not None and best[1].score <= _HALF and best[1].role in _BY_VALUES and (
            _is_a_guess(best[1])):
        best = None
    found = best[1] if best and best[1].score >= _LEAST else _nothing(kind, neighbours)
    found = accumulating.beside(kind, _as_called(kind, found, seen), neighbours)
    if found.verdict == "differs" or found.role == "linear":
        nothing = _nothing(kind, neighbours)
        found = nothing if nothing.verdict == "base class" else found
    found = _if_made_in_vain(kind, found)
    if found.verdict == "not recognised":
        found = raising.finding(kind, dense) or found
    elif found.verdict != "base class":
        found = _with_its_backward(kind, raising.instead(kind, dense, found))
    return found


def _of_its_own(kind: Any) -> Finding | None:
    """A loss or an activation that the book has not, and whose backward is not its slope."""
    return own_losses.loss(kind) or own_activations.activation(kind)


def _is_a_guess(found: Finding) -> bool:
    """Whether its values are none of the role's, by no mistake that is known, and its name says
    nothing of the role: then it is something else.
    """
    if found.role in (own_slopes.ACTIVATION, own_slopes.LOSS):
        return False
    first = found.differences[0] if found.differences else {}
    other = found.verdict == "differs" and not first.get("mistake") and not first.get(
        "raised") and first["method"] != found.vocabulary.get("backward")
    return found.score < _LEAST or (other and max(
        probing.alike(found.name, name) for name in (found.role, found.book)) < 0.6)


def _as_called(kind: Any, found: Finding, seen: list[Finding]) -> Finding:
    """The finding; or, where that is no better, what is wrong with what the name says it is."""
    accuracy = "accuracy" in found.role
    if found.verdict == "base class" or (found.verdict == "right" and not accuracy):
        return found
    way = raising.meant(kind)
    if way is None or way.role == found.role or raising.of_columns(kind, way):
        return found
    named = [one for one in seen if one.role == way.role and one.verdict == "differs"
             and not one.differences[0].get("raised")]
    if not named or not (accuracy or found.verdict == "not recognised"
                         or named[0].score >= found.score - _CLOSE):
        return found
    return named[0]


def _all(kind: Any, dense: dict[str, Any]) -> Iterable[Finding]:
    for look in (dropout.dropout, layers.dense, activations.activation, combined.combined,
                 combined.sigmoid_loss):
        found = look(kind)
        if found:
            yield found
    yield from losses.losses(kind)
    yield from accuracies.accuracies(kind)
    yield from optimizers.optimizers(kind, dense)


def _nothing(kind: Any, neighbours: dict[str, Any]) -> Finding:
    """A class of no role: a base class of others, or one that could not be used."""
    below = [one.__name__ for one in neighbours.values()
             if isinstance(one, type) and one is not kind and kind in one.__mro__]
    if below:
        verb = "derives" if len(below) == 1 else "derive"
        return Finding(kind.__name__, "base class", why=f"{', '.join(below)} {verb} from it")
    made = probing.make(kind, *[0.1] * len(probing.required(kind)))
    why = "nothing that it computes is a value of the book's classes"
    if isinstance(made, Raised) and not probing.required(kind):
        why = f"it cannot be made: {made}"
    chain = through.holds_many(kind)
    if chain:
        why = (f"it goes through its {chain}, in which there is nothing: a network is judged by "
               "its parts, and by its train, if it has one")
    if not probing.methods(kind):
        why = "it has no methods of its own"
    return Finding(kind.__name__, why=why)


def _endless(kind: Any) -> Finding | None:
    """The finding of a class of which a method did not end, and nothing else is known."""
    hung = [name for name, one in {**probing.methods(kind), "__init__": kind}.items()
            if getattr(one, "__qualname__", "") in watching.HUNG]
    if not hung:
        return None
    return Finding(kind.__name__, "did not end",
                   why=f"{' and '.join(hung)} did not end within {watching.SECONDS:g} s")


def _if_made_in_vain(kind: Any, found: Finding) -> Finding:
    """The finding; of a class that raises, and wants more to be made than the book's do, none:
    what it was given may be the reason.
    """
    more = probing.required(kind)[2 if found.role.startswith("dense layer") else 0:]
    if not more or not found.differences or not all(
            row.get("raised") for row in found.differences):
        return found
    return Finding(kind.__name__, why=through.made_in_vain(more, found.differences[0]["raised"]))


def _with_its_backward(kind: Any, found: Finding) -> Finding:
    """The finding; no "right" where the class goes backward and nothing was recognised of that."""
    if found.verdict != "right" or NO_BACKWARD not in found.remarks:
        return found
    known = {str(one) for one in found.vocabulary.values()}
    for name, function in probing.methods(kind).items():
        if probing.is_called(name, "backward") and name not in known and (
                "NotImplementedError" not in probing.names_in(function)):
            return replace(found, verdict="not recognised", why=(
                f"as {found.role} it is right, but nothing that its {name} sets or gives back is "
                "the gradient"))
    return found


def _as_class(function: Any) -> Any:
    """A function as a class whose objects are called."""
    return type(function.__name__, (), {"__call__": staticmethod(function),
                                        "__doc__": inspect.getdoc(function)})
