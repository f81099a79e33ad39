"""Who behaves as which of fastnn's classes: a dialect's class or anybody's subclass may.

It is taken for ours where the methods that matter are those our class had when it was made, and
where attributes are nothing but attributes: a property of the class, or a `__setattr__` of its own,
would want to be asked at each step.
"""

from fastnn import registry, watching
from fastnn.activations.formula import Elementwise
from fastnn.engine.program import Unfit
from fastnn.losses.formula import Pointwise

# What is read and written by others than the constructors.
RESULTS = frozenset(("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask"))
_SET = RESULTS | {"trainable", "current_learning_rate", "iterations", "accumulated_sum",
                  "accumulated_count", "precision"}
STATE = ("weight_", "bias_")  # how the names of an optimizer's state begin
_ACCESS = frozenset(("__setattr__", "__getattribute__", "__getattr__"))
# The methods that matter, by role. A class without one of them has no say in it.
METHODS = {"layer": ("forward", "backward", "formula", "slope"),
           "loss": ("forward", "backward", "calculate", "regularization_loss", "formula", "slope"),
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
    if not _is_known(role, found.compiled):
        raise Unfit(f"{type(thing).__name__} is not compiled")
    return found


# What else may stand as `compiled` in an entry, but for formulas.
_WORDS = {"layer": ("dense", "dropout", "identity", "softmax"),
          "loss": ("categorical", "softmax and categorical"),
          "accuracy": ("categorical", "regression")}


def _is_known(role, compiled):
    """Whether this is a way that the engine knows."""
    if role == "optimizer":
        return callable(compiled)
    return isinstance(compiled, Elementwise if role == "layer" else Pointwise) or (
        isinstance(compiled, str) and compiled in _WORDS[role])


def compiled_of(thing, role="layer"):
    """How the engine does it, whatever its methods; None for what is not ours."""
    found = registry.entry_of(type(thing), role)
    return found and found.compiled


def check_attributes(thing):
    """Unfit where to read or write an attribute may do more than that."""
    for cls in type(thing).__mro__:
        if registry.is_as_made(cls):
            continue
        names = vars(cls)
        state = {name for name in names if name.startswith(STATE)}
        for name in names.keys() & (_ACCESS | _SET | state | getattr(thing, "__dict__", {}).keys()):
            if name in _ACCESS or hasattr(type(names[name]), "__set__"):
                raise Unfit(f"{cls.__name__} has a {name} of its own")
