"""What the methods of an adopted class mean, as long as they are those that were proved.

`fastnn.adopting` is not imported for that: where nobody has, nothing is adopted.
"""

import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any

_MADE = "<fastnn: "  # how the file of a method of ours is called that stands in theirs' place


def proof_of(kind: type) -> Any:
    """The proof of an adopted class of which a run does all that its own methods do; else None."""
    if "fastnn.adopting" not in sys.modules:
        return None
    from fastnn.adopting.mirrors import is_whole
    from fastnn.adopting.proof import proof_of as found_of

    proof = found_of(kind)
    return proof if proof is not None and is_whole(proof) else None


def names(kind: type) -> Mapping[str, str]:
    """The names of its attributes, ours: theirs."""
    from fastnn.adopting.mirrors import meaning

    found = meaning(kind)
    return {} if found is None else found.attributes


def method(proof: Any, name: str) -> str | None:
    """Our method that one of theirs is; None for one that was not proved, or is not what it was."""
    found = _proved(proof, name)
    if found is None or not all(_is_theirs(kind, one) for kind, one in (
            (proof.kind, name), *found.theirs.followed)):
        return None
    for table, global_name, value in found.theirs.premises:
        now = table.get(global_name, value if global_name not in table else None)
        if now is not value:
            return None
    ours = proof.form.methods[found.pattern]
    return ours if isinstance(ours, str) else None


def has(proof: Any, ours: str) -> bool:
    """Whether one of its methods is this one of ours."""
    return any(proof.form.methods[one.pattern] == ours for one in proof.methods)


def arguments(proof: Any, name: str, given: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What is given to a method, in the order of ours; None where that is not known."""
    found = _proved(proof, name)
    places = {ours: theirs for ours, theirs in sorted(found.arguments.items()) if ours > 0}
    if sorted(places) != sorted(places.values()) or sorted(places) != list(
            range(1, len(places) + 1)) or len(given) > len(places):
        return None
    if any(_default(getattr(proof.form.ours, proof.form.methods[found.pattern]), ours) is not
           _default(getattr(proof.kind, name), theirs) for ours, theirs in places.items()
           if theirs > len(given)):
        return None  # what is left out means something else than with ours
    return tuple(given[theirs - 1] for theirs in places.values() if theirs <= len(given))


def _default(function: Any, place: int) -> Any:
    return list(inspect.signature(function).parameters.values())[place].default


def _proved(proof: Any, name: str) -> Any:
    return next((one for one in proof.methods if one.name == name), None)


def _is_theirs(kind: type, name: str) -> bool:
    """Whether a method is the one of the class's source, or ours in its place."""
    function = inspect.getattr_static(kind, name, None)
    if not isinstance(function, types.FunctionType):
        return False
    if function.__code__.co_filename.startswith(_MADE):
        return True
    return (function.__code__.co_name == name and "__wrapped__" not in vars(function) and any(
        function.__qualname__ == f"{base.__qualname__}.{name}" for base in kind.__mro__))
