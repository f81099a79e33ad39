"""`adopt`: each class that is proved gets our methods, and the report says which did not."""

from __future__ import annotations

import atexit
import gc
import types
from abc import ABCMeta
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from fastnn import activations, registry
from fastnn.adopting import kept_readings, standing
from fastnn.adopting.besides import is_told_otherwise
from fastnn.adopting.found import Proof, adopted
from fastnn.adopting.guarded import holds_in_runs
from fastnn.adopting.guards import Unchanged, is_plain
from fastnn.adopting.mirrors import Mirror
from fastnn.adopting.names import Names
from fastnn.adopting.proof import methods_of, prove
from fastnn.adopting.report import told
from fastnn.adopting.slots import has_slots_alone
from fastnn.adopting.wrappers import wrapper
from fastnn.compile.policy import policy
from fastnn.support import watching

_OF_ONE_NAME = 8  # classes that are adopted at once
_NEVER = ('nothing is to be compiled (FASTNN_COMPILE=never), and without kernels their own methods '
          'are faster')
_CALLED = {"forward", "backward", "calculate", "pre_update_params", "update_params",
           "post_update_params"}  # by a run, where they are not ours


@dataclass
class Adoption:
    """What was adopted, and what was left as it is.

    adopted : dict
        The name of a class, and what it is: "Layer_Dense: forward, backprop as backward".
    left : dict
        The name of a class, and why, in a sentence.
    """

    adopted: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    _kinds: list[ref[type]] = field(default_factory=list, repr=False)  # they may end before this

    def undo(self) -> None:
        """Put their own methods back, where ours still stand."""
        with watching.aside():
            for one in reversed(self._kinds):
                kind = one()
                if kind is not None and kind in adopted:
                    _give_back(kind)
        self._kinds.clear()

    def __str__(self) -> str:
        return told(self.adopted, self.left)

    __repr__ = __str__  # a cell of a notebook ends with it, without a print


def _give_back(kind: type) -> None:
    """Put a class's own methods back."""
    for place, name in reversed(adopted[kind].places):
        owner = place()
        if owner is not None:
            standing.drop(owner, name, kind)
    adopted.pop(kind)
    registry.lend(kind, None)


@atexit.register
def _give_all_back() -> None:
    """Know no class any more, when Python ends: from kernels, which are never freed, a way leads to
    all that we know, and what a namespace still has open would not be closed.
    """
    with watching.aside():
        for kind in list(adopted):
            _give_back(kind)


def _let_go(kind: type) -> None:
    """Of classes of one name give the first back: a cell that is run again makes its classes
    anew, and what we know of a class, and what stands in its base, keeps it for as long as it is
    adopted. Objects of those before have their own lines then, which do the same.
    """
    same = [one for one in adopted if one.__qualname__ == kind.__qualname__
            and one.__module__ == kind.__module__]
    for one in same[:-_OF_ONE_NAME]:
        _give_back(one)


def adopt_things(things: Iterable[Any]) -> Adoption:
    """Adopt classes, those of modules, and those of a namespace."""
    collects = gc.isenabled()
    gc.disable()  # trees by the ten thousand, and no circle in them: a tenth of the time
    try:
        made = _adopted(things)
        kept_readings.write()
        return made
    finally:
        if collects:
            gc.enable()


def _adopted(things: Iterable[Any]) -> Adoption:
    made = Adoption()
    meant = _classes(things, made)
    for kind in meant:
        if kind in adopted:
            made.adopted[kind.__name__] = f"{_words(adopted[kind])}, as before"
    kinds = [kind for kind in meant if kind not in adopted]
    if policy() == "never":  # NumPy's twins and our checks take longer than their own
        made.left |= dict.fromkeys((kind.__name__ for kind in kinds), _NEVER)
        return made
    proofs: dict[type, Proof] = {}
    layers: list[Names] = [proof.names for proof in adopted.values() if _has_weights(proof)]
    for again in (False, True):  # optimizers once the layers are known
        for kind in kinds if not again or layers else []:
            if again and not (kind in proofs and proofs[kind].form.role == "optimizer"):
                continue
            found, why = _proof_of(kind, layers)
            made.left.pop(kind.__name__, None)
            if found is None:
                made.left[kind.__name__] = why
            else:
                proofs[kind] = found
                if _has_weights(found):
                    layers.append(found.names)
    settle: list[Any] = []
    whole = _whole(proofs, made)
    for kind in whole:
        _install(proofs[kind], made, settle)
    for one in settle:
        one()
    for kind in whole:
        adopted[kind].stands = stands = Unchanged(kind, adopted[kind].held())
        stands.settle()
    for kind in whole:
        _let_go(kind)
    for kind in kinds:
        if kind.__name__ in made.left and any(
                kind in other.__mro__[1:] for other in [*proofs, *adopted]):
            made.left[kind.__name__] = "others are derived from it, and they are looked at"
    return made


def _has_weights(proof: Proof) -> bool:
    return ((), "dweights") in proof.names.attributes


def _proof_of(kind: type, layers: list[Names]) -> tuple[Proof | None, str]:
    if not is_plain(kind, frozenset()):
        return None, "its objects do more than hold attributes when one is read or set"
    if hasattr(kind, "__del__"):
        return None, "it has a __del__, and its objects would end at another time"
    found, why = prove(kind, layers)
    if found is None:
        return None, why
    if not is_plain(kind, found.held()):
        return None, "an attribute is a property"
    return found, ""


def _whole(proofs: dict[type, Proof], made: Adoption) -> list[type]:
    """Those whose parts are known too, under the same names."""
    found = []
    for kind, proof in proofs.items():
        why = ""
        for name in proof.form.inner:
            theirs = proof.names.attributes.get(((), name))
            if theirs is None:
                continue
            inner: Any = proof.inner.get(theirs[1])
            part = proofs.get(inner) or adopted.get(inner) if inner else None
            if part is None:
                why = f"what it holds as {theirs[1]} is not one of the book's"
                break
            for key, value in proof.names.attributes.items():
                if key[0] == (name,) and part.names.attributes.get(((), key[1]), value[1:]) not in (
                        ((), value[-1]), value, value[1:]):
                    why = f"it calls {key[1]} otherwise than {inner.__name__} does"
        if proof.form.after_softmax and not _leaves_its_slope(kind, proofs):
            why = "its slope is that of softmax, too, and no softmax beside it leaves it that"
        if why:
            made.left[kind.__name__] = why
        else:
            found.append(kind)
    return found


def _leaves_its_slope(kind: type, proofs: dict[type, Proof]) -> bool:
    """Whether the softmax beside a loss has no slope of its own, but hands on what it is given:
    else it would be in what comes back twice.
    """
    beside = [one for one in proofs.values() if _is_softmax(one)] or [
        one for one in adopted.values() if _is_softmax(one)
        and one.kind.__module__ == kind.__module__]
    return bool(beside) and all(one.form.hands_on or "backward" not in {
        method.pattern for method in one.methods} for one in beside)


def _is_softmax(proof: Proof) -> bool:
    return proof.form.ours is activations.Activation_Softmax


def _install(proof: Proof, made: Adoption, settle: list[Any]) -> None:
    kind = proof.kind
    words = []
    for one in proof.methods:
        written = wrapper(proof, one)
        if written is None:
            continue
        theirs, before, ready = written
        settle.append(ready)
        owner = standing.owner_of(kind, one.name)
        standing.place_of(owner, one.name, theirs).put(owner, kind, before)
        proof.places.append((ref(owner), one.name))
        words.append(one.name if one.name == one.pattern else f"{one.name} as {one.pattern}")
    adopted[kind] = proof
    if proof.form.lent and _is_all_known(proof):
        registry.lend(kind, Mirror, predicts=not is_told_otherwise(proof))
    made._kinds.append(ref(kind))
    made.adopted[kind.__name__] = _words(proof) + (
        f": {', '.join(words)}" if words else "")


def _is_all_known(proof: Proof) -> bool:
    """Whether ours may stand in a run for objects of this class.

    Not where its way back, say, was not found and another of its methods may be that: one that only
    keeps what it is given does nothing amiss on its own, but a run would call ours.
    """
    lacks = proof.form.main & {"forward", "backward", "update_params", "step"} - {
        one.pattern for one in proof.methods}
    known = {one.name for one in proof.methods} | {
        name for one in proof.methods for _, name in one.theirs.followed}
    others = methods_of(proof.kind).keys() - known
    if not all(holds_in_runs(guard) for one in proof.methods for guard in one.theirs.guards):
        return False  # a run would not raise
    if has_slots_alone(proof.kind):
        return False
    if any(flag in ("one type", "each layer", "apart") or flag[0] == "within"
           for flag in proof.names.flags):
        return False
    return not (lacks and others or others & _CALLED)


def _words(proof: Proof) -> str:
    """What a class is, by the name of ours."""
    name = proof.form.ours.__name__
    return {"Activation_Own": "an activation by its own formula",
            "Layer_Dense_Activation": "a dense layer with its activation",
            "Activation_Value_and_Slope": "an activation as a function, with its slope",
            "Optimizer_Own": "an optimizer by its own formula"}.get(name, name)


def _is_of(kind: type, module: Any) -> bool:
    """Whether a class is defined in this module; of locals(), which say none, in a function."""
    if module is None:
        return "<locals>" in type.__getattribute__(kind, "__qualname__")
    return type.__getattribute__(kind, "__module__") == module


def _classes(things: Iterable[Any], made: Adoption) -> list[type]:
    """The classes that are meant. Those of metaclasses of their own are left, and not even asked:
    such a class may do anything when it is looked at.
    """
    found: dict[int, type] = {}
    for thing in things:
        if isinstance(thing, type):
            found[id(thing)] = thing
        elif isinstance(thing, (types.ModuleType, dict)):
            names = vars(thing) if isinstance(thing, types.ModuleType) else thing
            module = names.get("__name__")
            found |= {id(value): value for value in list(names.values())
                      if issubclass(type(value), type) and _is_of(value, module)}
        else:
            raise TypeError("adopt: classes, modules or a namespace (globals()) are expected, got "
                            f"{type(thing).__name__}"
                            + ("; pass its class" if hasattr(type(thing), "forward") else ""))
    plain = []
    for kind in found.values():
        if type(kind) not in (type, ABCMeta):
            made.left[type.__getattribute__(kind, "__name__")] = (
                "its class is of a class of its own")
        elif (kind.__module__ or "").partition(".")[0] != "fastnn":
            plain.append(kind)
    return plain
