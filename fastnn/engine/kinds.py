"""Who behaves as which of fastnn's classes: a dialect's class or anybody's subclass may.

It is taken for ours where the methods that matter are those our class had when it was made, and
where attributes are nothing but attributes: a property of the class, or a `__setattr__` of its own,
would want to be asked at each step. An `Alias` does no more than read and write another attribute,
so a class may have any, but under the names that runs themselves read and write.
"""

import inspect
from typing import Any

from fastnn import registry
from fastnn.activations.formula import Elementwise
from fastnn.engine.program import Unfit
from fastnn.kernels.instructions_updates import Update
from fastnn.layers.by_columns import OfColumns
from fastnn.losses.formula import Pointwise
from fastnn.registry import LayerRule
from fastnn.support import watching
from fastnn.support.aliases import Alias

# What is read and written by others than the constructors.
_SET = frozenset(("trainable", "current_learning_rate", "iterations", "accumulated_sum",
                  "accumulated_count", "precision"))
_SIDES = ("weight", "bias")  # parameters, their state and strengths
_ACCESS = frozenset(("__setattr__", "__getattribute__", "__getattr__"))
_BOOK_STATES = frozenset(("momentums", "cache"))  # what the book's optimizers keep on a layer
# The methods that matter, by role. A class without one of them has no say in it.
METHODS = {"layer": ("forward", "backward", "formula", "slope"),
           "loss": ("forward", "backward", "calculate", "regularization_loss", "formula", "slope",
                    "shares"),
           "optimizer": ("pre_update_params", "update_params", "post_update_params", "update"),
           "accuracy": ("calculate", "compare", "init")}


def check_methods(thing, kind, methods):
    """Unfit where `thing` is no such thing as this class of ours, or has methods of its own."""
    if not isinstance(thing, kind):
        raise Unfit(f"{type(thing).__name__} is not one of fastnn's classes")
    made, own = registry.made_with(kind), getattr(thing, "__dict__", {})
    for method in methods:
        mine = watching.original(getattr(type(thing), method, None))
        if mine is not made.get(method) or method in own:
            raise Unfit(f"{type(thing).__name__} has its own {method}")


def entry_of(thing, role, methods=None):
    """The entry of our class that `thing` behaves as. Unfit where it does not, method by method.

    methods: those that matter; by default all that do for this role.
    """
    found = registry.entry_of(type(thing), role)
    if found is None:
        raise Unfit(f"{type(thing).__name__} is not one of fastnn's classes")
    check_methods(thing, found.kind, METHODS[role] if methods is None else methods)
    if getattr(thing, "sums_outputs", False) is not getattr(thing, "_summed", False):
        raise Unfit(f"{type(thing).__name__}.sums_outputs is not what was compiled")
    if not _is_known(role, compiled_of(thing, role)):
        raise Unfit(f"{type(thing).__name__} is not compiled")
    return found


_RULES: dict[str, Any] = {"layer": (Elementwise, OfColumns, LayerRule), "loss": Pointwise,
                          "optimizer": Update}
# What else may stand as `compiled` in an entry.
_WORDS = {"layer": ("dense", "dropout", "identity", "softmax"),
          "loss": ("categorical", "softmax and categorical"),
          "accuracy": ("categorical", "regression")}


def _is_known(role, compiled):
    """Whether this is a way that the engine knows."""
    return isinstance(compiled, _RULES.get(role, ())) or (
        isinstance(compiled, str) and compiled in _WORDS.get(role, ()))


def compiled_of(thing, role="layer"):
    """How the engine does it, whatever its methods; None for what is not ours.

    What depends on the object's own settings is a function of it.
    """
    found = registry.entry_of(type(thing), role)
    made = found and found.compiled
    return made(thing) if inspect.isfunction(made) else made


def check_attributes(thing):
    """Unfit where to read or write an attribute may do more than that."""
    used = None
    for cls in type(thing).__mro__:
        if registry.is_as_made(cls):
            continue
        names = vars(cls)
        matter = {name for name in names if name.startswith(_SIDES)}.union(
            _ACCESS, _SET, registry.results(), getattr(thing, "__dict__", ()))
        for name in names.keys() & matter:
            if type(names[name]) is Alias and name not in _ACCESS:
                used = used or _used(thing)
                if name not in used:
                    continue
            if name in _ACCESS or hasattr(type(names[name]), "__set__"):
                raise Unfit(f"{cls.__name__} has a {name} of its own")


def _used(thing):
    """The names that runs read and write on an object."""
    used = _SET.union(registry.results(), getattr(thing, "__dict__", ()))
    entry = registry.entry_of(type(thing))
    if entry is not None:
        used = used.union(entry.settings, entry.options, entry.columns, *(
            (parameter.name, *parameter.strengths) for parameter in entry.parameters))
    states = _BOOK_STATES.union(*(getattr(one.kind, "states", ())
                                  for one in registry.entries("optimizer")))
    return used.union(f"{side}_{state}" for side in _SIDES for state in states)
