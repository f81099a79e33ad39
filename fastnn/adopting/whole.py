"""Of which adopted classes, and of which of their objects, a run does all that theirs would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.guarded import holds_in_runs
from fastnn.adopting.local_functions import is_such
from fastnn.adopting.names import CONSTANTS, Key, bare
from fastnn.adopting.narrowing import narrows_otherwise
from fastnn.adopting.output_patterns import Softmax_Loss_of_Output
from fastnn.adopting.patterns import AlwaysQuotient, EachCall, EachCallIfDecay, Quotient
from fastnn.adopting.rounds import is_outside
from fastnn.adopting.slots import has_slots_alone
from fastnn.adopting.things import MISSING
from fastnn.adopting.together import Softmax_Loss_Accuracy
from fastnn.support import numerics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.adopting.found import Proof

LAYER = ("layer",)


def places(proof: Proof, whose: tuple[str, ...]) -> dict[str, Key]:
    """Where theirs has the attributes of ours: (held by what, name)."""
    return {key[1]: (theirs[0][len(whose):] if whose in ((), LAYER) else (), theirs[1])
            for key, theirs in proof.names.attributes.items()
            if key[0] == whose and theirs[0] not in CONSTANTS and key[1] not in proof.form.kept}


def names(proof: Proof, whose: tuple[str, ...]) -> dict[str, str]:
    """Those that are attributes of theirs."""
    return {name: theirs[1] for name, theirs in places(proof, whose).items() if not theirs[0]}


def is_whole(proof: Proof, thing: Any = None) -> bool:
    """Whether a run with our class does all that theirs does, of what the book has for the role.

    It may take class numbers alone (the flag "labels"): whoever runs it looks at the targets.
    thing: an object of which it is asked, as it is now; else of all that there may be.
    """
    return proof.form.whole and _does_all(proof, thing)


def has_quotient(proof: Proof) -> bool:
    """Whether an optimizer's rate is a quotient, and ours is not."""
    return issubclass(proof.form.pattern, (Quotient, AlwaysQuotient))


def divides(proof: Proof, thing: Any = None) -> bool:
    """Whether a run with our optimizer does all that theirs does, but for the rate: a quotient."""
    return has_quotient(proof) and _does_all(proof, thing)


def steps_alone(proof: Proof, thing: Any = None) -> bool:
    """Whether a run with our optimizer does all that theirs does, if it makes one step for each
    layer. A rate that is no attribute has to be computed in each of them.
    """
    pattern, asked = proof.form.pattern, proof.names.attributes
    rate = issubclass(pattern, EachCall) or issubclass(pattern, EachCallIfDecay) and (
        "current_learning_rate" in names(proof, ()))
    return rate and is_as_proved(proof, thing) and ((), "iterations") in asked and any(
        one.pattern == "step" for one in proof.methods)


def keeps_all(proof: Proof) -> bool:
    """Whether it is softmax and loss in one, perhaps with the accuracy, which goes backward from
    what it keeps: its own output at least. Each forward sets anew all that it keeps, and settings
    it has none.
    """
    settings = [theirs for key, theirs in proof.names.attributes.items()
                if key[1] == "label_smoothing" and theirs != ("const", 0)]
    anew = issubclass(proof.form.ours, Softmax_Loss_Accuracy) or not settings and (
        issubclass(proof.form.pattern, Softmax_Loss_of_Output) and not proof.inner)
    return anew and {"forward", "backward"} <= {one.pattern for one in proof.methods}


def gives(proof: Proof, name: str) -> str | None:
    """What a method of theirs gives back, by our name of the attribute that is this very array;
    "" for nothing, and None for anything else.
    """
    found = next((one.result for one in proof.methods if one.name == name), "result")
    if not isinstance(found, tuple) or found[0] != "stored" or found[1][0] != ():
        return None if found else ""
    name_of_ours: str = found[1][1]
    return name_of_ours


def goes_round(proof: Proof, thing: Any) -> bool:
    """Whether a run with our optimizer does all that theirs does in the rounds of a method of its
    own, which goes over layers. What comes before a round's work, and whether the method counts
    its steps behind the rounds, is for its callers to read.
    """
    rounds = [one for one in proof.methods if one.theirs.round is not None]
    flags = proof.names.flags
    return len(rounds) == 1 and proof.form.whole and _has_all(proof, counts=False) and (
        rounds[0].pattern == "update_params" and not rounds[0].leftovers
        and "one type" not in flags and not any(flag[0] == "within" for flag in flags)
        and not any(is_outside(str(theirs[-1])) for theirs in proof.names.attributes.values())
        and _holds_of(proof, thing))


def _does_all(proof: Proof, thing: Any) -> bool:
    return is_as_proved(proof, thing) and _has_all(proof)


def _has_all(proof: Proof, *, counts: bool = True) -> bool:
    """counts: whether an optimizer that asks how many steps there were has to have a method for
    that.
    """
    have = {one.pattern for one in proof.methods}
    needed = {"layer": {"forward", "backward"}, "loss": {"forward", "backward"},
              "optimizer": {"update_params"}, "accuracy": {"compare"}}[proof.form.role]
    if not needed <= have:
        return False
    if proof.form.role == "optimizer":
        asked = proof.names.attributes
        rate = "pre_update_params" in have or ((), "decay") not in asked
        count = not counts or "post_update_params" in have or ((), "iterations") not in asked
        return rate and count
    return True


def is_plain(proof: Proof, thing: Any = None) -> bool:
    """Whether those of its methods that were proved do what ours do, on attributes of the object.
    """
    return proof.form.whole and is_as_proved(proof, thing)


def is_bound(proof: Proof) -> bool:
    """Whether what its methods do depends on what an object has: weights that the first forward
    makes, conditions under which it raises, parameters in a dictionary.
    """
    return any(theirs[0] not in CONSTANTS and len(theirs[0]) > len(key[0])
               for key, theirs in proof.names.attributes.items()) or any(
        one.theirs.there or one.theirs.nothing or one.theirs.given or one.theirs.equal
        or one.theirs.guards for one in proof.methods)


def is_as_proved(proof: Proof, thing: Any) -> bool:
    """Whether what was proved holds of an object in a run; without one, of all that there may be.
    """
    if {"each layer", "apart"} & proof.names.flags:
        return False  # a run calls it for one layer, and looks at attributes that are no properties
    return _holds_of(proof, thing)


def _holds_of(proof: Proof, thing: Any) -> bool:
    if has_slots_alone(proof.kind):
        return False  # a run looks at what objects' dicts hold
    if not is_bound(proof):
        return True
    if thing is None or not all(
            holds_in_runs(guard) for one in proof.methods for guard in one.theirs.guards):
        return False
    held = [(key, theirs[0]) for key, theirs in proof.names.attributes.items()
            if theirs[0] not in CONSTANTS and len(theirs[0]) > len(key[0])]
    if any(key[1] == "trainable" or key[0] == () and (
            proof.form.role != "layer" or len(names) > 1
            or type(vars(thing).get(names[0])) is not dict) for key, names in held):
        return False  # who asks for more than a layer's parameters knows attributes alone
    return is_as_read(proof, thing)


def held(proof: Proof, thing: Any, name: str, default: Any) -> Any:
    """What an object has under a name of ours, be it in a dictionary of its own."""
    whose, theirs = places(proof, ()).get(name, (("",), ""))
    if not whose:
        return getattr(thing, theirs, default)
    inside = vars(thing).get(whose[0])
    return inside.get(bare(theirs), default) if type(inside) is dict else default


def what_no_run_does(proof: Proof, thing: Any) -> str:
    """What an adopted class or an object of it is to have or not, for a run to do what it does; ""
    for what no word is said of.
    """
    name = next((one.name for one in proof.methods
                 if not all(map(holds_in_runs, one.theirs.guards))), "")
    return f"{name} raises on conditions of its own" if name else what_is_otherwise(proof, thing)


def is_as_read(proof: Proof, thing: Any) -> bool:
    """Whether an object has what its methods were read with."""
    return not what_is_otherwise(proof, thing)


def what_is_otherwise(proof: Proof, thing: Any) -> str:
    """What an object has otherwise than its methods were read with; "" for nothing."""
    if "plain products" in proof.names.flags:  # see `conditions.py`
        if not numerics.are_plain():
            return "`@` has other digits than np.dot under nnfs.init()"
        if np.size(held(proof, thing, "weights", ())) == 1:
            return "`@` and np.dot differ in the sign of 0 for a single weight"
    if any("result" in one.leftovers.values() for one in proof.methods):
        return "it keeps what it gives back"  # the number of its last batch
    held_by = vars(thing)
    if any(narrows_otherwise(proof, one) for one in proof.methods) and not _of_one_type(
            held_by):
        return ("its arrays are float32 and float64" if len(_types(held_by)) > 1 else
                "its arrays are of another type than its methods were read for")
    for name in _not_as_read(proof, thing):
        return f"its {name} is not what its methods were read with"
    return ""


def _not_as_read(proof: Proof, thing: Any) -> Iterator[str]:
    held_by = vars(thing)
    for one in proof.methods:
        yield from (name for name, value in one.theirs.equal.items()
                    if getattr(thing, name, None) != value)
        yield from (name for name in one.theirs.nothing
                    if held_by.get(name, MISSING) is not None)
        yield from (name for name in one.theirs.there if held_by.get(name) is None)
        yield from (name for name, function in one.theirs.given.items()
                    if not is_such(function, held_by.get(name)))


def _of_one_type(held: dict[str, Any]) -> bool:
    """Whether an array keeps its type, whatever of these is added to it: in place or not is one."""
    kinds = _types(held)
    return len(kinds) < 2 and (kinds <= {"f"} or not numerics.rounds_products())


def _types(held: dict[str, Any]) -> set[str]:
    inside = [one if type(one) is dict else getattr(one, "__dict__", {}) for one in held.values()]
    return {one.dtype.char for values in (held, *inside) for one in values.values()
            if type(one) is np.ndarray and one.dtype.kind == "f"}
