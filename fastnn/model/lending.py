"""Models of adopted classes (`fastnn.adopt`): the chain is of objects of ours, which hold the same
arrays as those that were added (see `engine/lent.py`). Both agree before and after each method.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from fastnn import registry
from fastnn.engine.lent import Lent
from fastnn.support import watching

if TYPE_CHECKING:
    from typing import Any

_METHODS = ("train", "fit", "evaluate", "predict", "finalize", "summary", "get_parameters",
            "set_parameters", "save_parameters", "load_parameters", "save")


def lent(model: Any, thing: Any) -> Any:
    """What a model's chain has in the place of a thing: itself, where its class was not adopted."""
    if registry.lender(type(thing)) is None:
        return thing
    held = vars(model).setdefault("_lent", Lent([], None))
    if not isinstance(model, _Lending):
        model.__class__ = _lending(type(model))  # type: ignore[arg-type]
    return held.lend(thing)


class _Lending:
    """What methods of such a model do besides."""


@functools.lru_cache(64)
def _lending(kind: type) -> type:
    """The class of such models, under the same name."""
    names = {name: _agreeing(name, getattr(kind, name)) for name in _METHODS}
    return type(kind.__name__, (_Lending, kind), names | {
        "__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__})


def _agreeing(name: str, method: Any) -> Any:
    @functools.wraps(method)
    def run(self: Any, *args: Any, **named: Any) -> Any:
        held = vars(self)["_lent"]
        held.keep_on_layers(getattr(self, "optimizer", None))
        held.agree()
        try:
            return method(self, *args, **named)
        finally:
            held.agree()
    watching.replaced({run: method})
    return run
