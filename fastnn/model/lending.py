"""Models of adopted classes (`fastnn.adopt`): what was added stays in them, and beside such a model
stands another, whose chain is of objects of ours that hold the same arrays (see `engine/lent.py`).
That one does the work. Both agree before and after each method.
"""

from __future__ import annotations

import functools
from operator import is_
from typing import TYPE_CHECKING

from fastnn import registry
from fastnn.engine.lent import Lent
from fastnn.model.passes import turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_METHODS = ("train", "fit", "evaluate", "predict", "forward", "backward", "finalize", "summary",
            "get_parameters", "set_parameters", "save_parameters", "load_parameters", "__repr__")
_APART = frozenset((  # what only one of the two has
    "_lent", "_worker", "_agreed", "_seen", "_turn", "_running"))
_MISSING: Any = object()
_ROLES = ("loss", "optimizer", "accuracy")


def lent(model: Any, thing: Any) -> Any:
    """What does a thing's work in this model: itself, where its class was not adopted."""
    if registry.lender(type(thing)) is None:
        return thing
    if not isinstance(model, _Lending):
        kind: Any = type(model)
        worker = kind.__new__(kind)
        vars(model).update(_lent=Lent([], None), _worker=worker, _agreed={})
        vars(worker)["_lent"] = vars(model)["_lent"]
        model.__class__ = _lending(kind)
    return vars(model)["_lent"].lend(thing)


class _Lending:
    """What methods of such a model do besides."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copies and pickles are of what was added; they borrow anew."""
        with _both(self):
            held = {name: value for name, value in vars(self).items() if name not in _APART}
        held["softmax_classifier_output"] = None  # `finalize` finds it, and it holds ours
        return _again, (type(self).__mro__[2], held)


def _again(kind: Any, held: dict[str, Any]) -> Any:
    """A model like one that was copied, or pickled where its classes may not have been adopted."""
    model: Any = kind.__new__(kind)
    vars(model).update(held)
    for thing in [*model.layers, *(held.get(role) for role in _ROLES)]:
        lent(model, thing)
    if "_lent" in vars(model) and "input_layer" in held:
        linked = held.get("_linked")
        model.finalize()
        vars(model)["_linked"] = linked
    return model


@functools.lru_cache(64)
def _lending(kind: type) -> type:
    """The class of such models, under the same name."""
    names = {name: _by_worker(kind, name) for name in _METHODS}
    return type(kind.__name__, (_Lending, kind), names | {
        "__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__,
        "finalize": _linking(names["finalize"])})


def _by_worker(kind: type, name: str) -> Any:
    @functools.wraps(getattr(kind, name))
    def run(self: Any, *args: Any, **named: Any) -> Any:
        with _both(self) as worker:
            return getattr(kind, name)(worker, *args, **named)
    return run


def _linking(finalize: Any) -> Any:
    """finalize, which tells theirs what it tells ours."""
    @functools.wraps(finalize)
    def run(self: Any) -> None:
        finalize(self)
        lent: Lent = vars(self)["_lent"]
        chain = [self.input_layer, *self.layers, self.loss]
        for before, layer, after in zip(chain, chain[1:], chain[2:]):
            if lent.ours(layer) is not layer:  # another stands in the chain of both
                layer.prev, layer.next = before, after
        tell = getattr(self.loss, "remember_trainable_layers", None)
        if lent.ours(self.loss) is not self.loss and callable(tell):
            tell(self.trainable_layers)
    return run


class _both:
    """The model that does the work, while both are to agree."""

    def __init__(self, model: Any) -> None:
        self._model, self._worker = model, vars(model)["_worker"]
        self._lent: Lent = vars(model)["_lent"]

    def __enter__(self) -> Any:
        with turn(self._worker):
            self._agree()
            self._lent.keep_on_layers(getattr(self._worker, "optimizer", None))
            self._lent.agree()
        return self._worker

    def __exit__(self, *raised: object) -> None:
        with turn(self._worker):
            self._lent.agree()
            self._agree()

    def _agree(self) -> None:
        """What was changed on one of the two is so on both, each object by its other side; the
        model that is shown goes first.
        """
        model, worker, lent = vars(self._model), vars(self._worker), self._lent
        for thing in [*model.get("layers", ()), *map(model.get, _ROLES)]:
            lent.lend(thing)
        agreed = model["_agreed"]
        for name in (model.keys() | worker.keys()) - _APART:
            before = agreed.get(name, (_MISSING, _MISSING))
            if not _is_same(model.get(name, _MISSING), before[0]):
                _give(model, worker, name, lent.ours)
            elif not _is_same(worker.get(name, _MISSING), before[1]):
                _give(worker, model, name, lent.theirs)
            agreed[name] = tuple(_kept(held.get(name, _MISSING)) for held in (model, worker))


def _give(source: Any, target: Any, name: str, other: Callable[[Any], Any]) -> None:
    if name not in source:
        target.pop(name, None)
    elif type(source[name]) is list:
        target[name] = [other(one) for one in source[name]]
    else:
        target[name] = other(source[name])


def _kept(value: Any) -> Any:
    """What says later whether a value is still the same, also where a list was added to."""
    return list(value) if type(value) is list else value


def _is_same(value: Any, kept: Any) -> bool:
    if type(value) is list and type(kept) is list:
        return len(value) == len(kept) and all(map(is_, value, kept))
    return value is kept
