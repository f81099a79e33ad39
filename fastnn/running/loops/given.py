"""What is given to the methods of adopted classes, as ours are given it."""

import inspect
from typing import Any

from fastnn.running.loops import adopted
from fastnn.running.loops.names import MISSING
from fastnn.running.loops.texts import defaults_of, own


def arguments(proof: Any, name: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What is given to a method, in the order of ours; None where that is not known.

    What it asks for and does nothing with is left out: a dense layer may be told of the training.
    """
    found = adopted.proved(proof, name)
    given, told = given[:], ()
    names = found.theirs.arguments
    if len(given) > 1 and names[len(given):len(given) + 1] and names[len(given)] in (
            found.theirs.fixed):
        *rest, last = given
        more = told_besides(proof, name, names[len(given)], last)
        if more is None:
            return None
        given, told = tuple(rest), more
    if any(one in found.theirs.fixed for one in names[1:len(given) + 1]):
        return None  # of what is given there nothing was proved
    places = {ours: theirs for ours, theirs in sorted(found.arguments.items()) if ours > 0}
    used = [ours for ours, theirs in places.items() if theirs <= len(given)]
    if used != list(range(1, len(used) + 1)):
        return None
    method_of_ours = proof.form.methods[found.pattern]
    if any(not isinstance(method_of_ours, str) or _default(
            getattr(proof.form.ours, method_of_ours), ours) is not
           _default(getattr(proof.kind, name), theirs) for ours, theirs in places.items()
           if theirs > len(given)):
        return None  # what is left out means something else than with ours
    return (*(given[theirs - 1] for theirs in places.values() if theirs <= len(given)), *told)


def told_besides(proof: Any, name: str, word: str, symbol: Any) -> tuple[Any, ...] | None:
    """What ours is told besides where a method is given an argument that was left out when it was
    proved: nothing, where that is its default; that this is no training, where it does no more
    then than to compute. Else None.
    """
    from fastnn.adopting.besides import only_computes

    found, value = adopted.proved(proof, name), getattr(symbol, "value", MISSING)
    if word not in found.theirs.fixed:
        return (symbol,)
    if value is defaults_of(own(inspect.getattr_static(proof.kind, name)))[word]:
        return ()
    if value is False and found.pattern == "forward" and proof.form.role == "layer" and (
            only_computes(proof, name, word, False)):
        return (symbol,)
    return None


def _default(function: Any, place: int) -> Any:
    return list(inspect.signature(function).parameters.values())[place].default
