"""Who behaves as which of fastnn's classes: a dialect's class or anybody's subclass may.

It is taken for ours where the methods that matter are those our class had when it was made, and
where attributes are nothing but attributes: a property of the class, or a `__setattr__` of its own,
would want to be asked at each step.
"""

from fastnn import watching
from fastnn.engine.program import Unfit

_methods: dict[type, dict] = {}  # of a class of ours, as they were made
_sizes: dict[type, int] = {}  # names in the dictionaries of our classes, and of what they are from

# What is read and written by others than the constructors.
RESULTS = frozenset(("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask"))
_SET = RESULTS | {"trainable", "weight_momentums", "bias_momentums", "weight_cache", "bias_cache",
                  "current_learning_rate", "iterations", "accumulated_sum", "accumulated_count",
                  "precision"}
_ACCESS = frozenset(("__setattr__", "__getattribute__", "__getattr__"))


def remember(*kinds):
    """These are classes of ours, as they should be: whatever is put on them later is not."""
    for kind in kinds:
        _methods[kind] = {name: getattr(kind, name) for name in dir(kind)}
        for one in kind.__mro__:
            _sizes[one] = len(vars(one))


def kind_of(thing, kinds, methods):
    """Which of our classes `thing` behaves as. Unfit where it does not, method by method."""
    for kind in kinds:
        if isinstance(thing, kind):
            made = _methods[kind]
            for method in methods:
                mine = watching.original(getattr(type(thing), method, None))
                if mine is not made[method] or method in getattr(thing, "__dict__", {}):
                    raise Unfit(f"{type(thing).__name__} has its own {method}")
            return kind
    raise Unfit(f"{type(thing).__name__} is not one of fastnn's classes")


def check_attributes(thing):
    """Unfit where to read or write an attribute may do more than that."""
    for cls in type(thing).__mro__:
        names = vars(cls)
        if _sizes.get(cls) == len(names):
            continue
        for name in names.keys() & (_ACCESS | _SET | getattr(thing, "__dict__", {}).keys()):
            if name in _ACCESS or hasattr(type(names[name]), "__set__"):
                raise Unfit(f"{cls.__name__} has a {name} of its own")
