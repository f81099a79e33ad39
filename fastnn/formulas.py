"""What all classes have in common that are made of formulas (see `kernels/trace.py`)."""

import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.kernels.formula import arguments_of, is_ours
from fastnn.support import rules
from fastnn.support.hints import hint

if TYPE_CHECKING:
    from fastnn.support.annotations import Array as Array
else:
    Array = np.ndarray  # for the signatures of formulas: NumPy's words for types load slowly


def are_new(cls: type, *names: str) -> bool:
    """Whether a class brings a formula of its own; then all are made functions of arrays.

    TypeError where one of the names is missing, or is no function.
    """
    if not any(name in vars(cls) for name in names):
        return False
    for name in names:
        function = inspect.getattr_static(cls, name, None)
        function = getattr(function, "__func__", function)
        if not inspect.isfunction(function):
            none = "" if hasattr(cls, name) else ", and there is none"
            raise TypeError(f"{cls.__name__}: {name} must be a function of arrays{none}")
        setattr(cls, name, staticmethod(function))
    return True


def need(made: Any, cls: type, *names: str) -> None:
    """Refuse to make an object of a class that has no formula."""
    if made is None:
        raise TypeError(f"{cls.__name__} is for others to be derived from, with "
                        f"{' and '.join(names)}: see help({cls.__name__})")


def take_nothing(cls: type, arguments: Any, named: Any) -> None:
    """Refuse arguments of a class without a constructor: `__new__` has taken any."""
    if (arguments or named) and cls.__init__ is object.__init__:  # type: ignore[misc]
        if arguments:
            raise TypeError(f"{cls.__name__}() takes no arguments")
        said = f"{cls.__name__}() got an unexpected keyword argument {next(iter(named))!r}"
        raise TypeError(hint((), said) or said)


def forget(cls: type, base: type, *names: str) -> None:
    """What a parent does in its own way for its own formula is nothing for another one."""
    for name in names:
        if name not in vars(cls) and getattr(cls, name) is not getattr(base, name):
            setattr(cls, name, inspect.getattr_static(base, name))


def plain_of(cls: type, other: type) -> type:
    """The class in plain NumPy that stands among the bases of a new one, else this other one."""
    return next((base for base in cls.__bases__ if base.__module__ == other.__module__), other)


MOST_WHOLE = 2**17  # of whole numbers as options: their cubes are still float64's


def numbers(thing: Any, options: Iterable[str]) -> list[float] | None:
    """The values of these attributes as kernels take them.

    None where one is not Python's own: NumPy takes it in another type; or is a whole number whose
    square or cube float64 would round, and Python would not.
    """
    found = [getattr(thing, name) for name in options]
    return found if all(type(x) is float or type(x) in (int, bool) and abs(x) <= MOST_WHOLE
                        for x in found) else None


# Points to try a slope at: far from 0, 1 and their like, where many formulas have a corner.
_POINTS = np.array([-4.1234, -1.7171, -0.6137, -0.0931, 0.0717, 0.3853, 0.8911, 1.2793, 3.3719])
_STEP = 1e-6


def check_slope(who: str, there: Callable[..., Any], back: Callable[..., Any],
                at: np.ndarray) -> None:
    """Refuse a slope that is not the derivative of the formula, by central differences.

    there(x), back(x): both in float64. What is no number at a point is not looked at there.
    """
    with np.errstate(all="ignore"):
        found = np.asarray(back(at), float)
        expected = (np.asarray(there(at + _STEP)) - np.asarray(there(at - _STEP))) / (2 * _STEP)
    sound = np.isfinite(found) & np.isfinite(expected)
    if not sound.any():
        raise ValueError(f"{who}: neither formula nor slope is a number at any of {at.size} points")
    wrong = sound & (np.abs(found - expected) > 1e-4 * (1 + np.abs(expected)))
    if wrong.any():
        n = int(np.argmax(wrong))
        raise ValueError(f"{who}: slope is {found[n]:.6g} at {at[n]:.6g}, where the formula's "
                         f"derivative is {expected[n]:.6g}")


def activation_is_sound(cls: Any, kept: tuple[str, ...]) -> None:
    """Refuse an activation whose slope is not its formula's."""
    given = [0.5 if default is inspect.Parameter.empty else default
             for default in options(cls.formula, ("inputs",)).values()]
    named = dict(zip(options(cls.formula, ("inputs",)), given))
    mine = [named[name] for name in options(cls.slope, ("dvalues", "inputs", "output"))]

    def slope(x: Any) -> Any:
        known = {"inputs": x, "output": cls.formula(x, *given)}
        return cls.slope(np.ones_like(x), *[known[name] for name in kept], *mine)

    check_slope(cls.__name__, lambda x: cls.formula(x, *given), slope, _POINTS)


def loss_is_sound(cls: Any) -> None:
    """Refuse a loss whose slope is not its formula's: of probabilities, and of any numbers."""
    arrays = ("y_pred", "y_true")
    named = options(cls.formula, arrays)
    given = [0.5 if default is inspect.Parameter.empty else default for default in named.values()]
    mine = [dict(zip(named, given)).get(name, default if default is not inspect.Parameter.empty
                                        else 0.5)
            for name, default in options(cls.slope, arrays).items()]
    for points, targets in ((np.linspace(0.0513, 0.9527, 12), (0.2137, 0.8419, 0.0, 1.0)),
                            (_POINTS, (-0.5113, 2.2971))):
        for target in targets:
            y = np.full_like(points, target)
            there = cls.formula(points, y, *given)
            moves = cls.formula(points + _STEP, y, *given) != there  # not where it is clipped
            if moves.any():
                check_slope(cls.__name__, lambda p, y=y[moves]: cls.formula(p, y, *given),
                            lambda p, y=y[moves]: cls.slope(p, y, *mine), points[moves])


def options(formula: Callable[..., Any], arrays: Iterable[str]) -> dict[str, Any]:
    """The options of a formula of these arrays, with their defaults."""
    return arguments_of(formula, arrays)[1]


# What the objects hold themselves, and what a formula is given.
_HELD = frozenset(("inputs", "output", "dvalues", "dinputs", "y_pred", "y_true", "parameters",
                   "gradient", "learning_rate", "current_learning_rate", "decay", "iterations",
                   "accumulated_sum", "accumulated_count", "trainable", "prev", "next", "self",
                   "weights", "biases", "dweights", "dbiases", "trainable_layers", "states",
                   "sums_outputs"))


def check_options(cls: type, names: Iterable[str]) -> None:
    """Refuse options that would hide what an object has under that name."""
    for name in names:
        if name in _HELD or name.startswith("_") or callable(getattr(cls, name, None)):
            raise TypeError(f"{cls.__name__}: an option cannot be called {name!r}, which is "
                            "something else already")


def give_constructor(cls: type, given: dict[str, Any]) -> None:
    """A constructor of these options with their defaults, where nobody has written one."""
    if given and not _is_written(cls):
        construct(cls, [inspect.Parameter(name, _EITHER, default=default)
                        for name, default in given.items()], _set)


def _is_written(cls: type) -> bool:
    """Whether the class has a constructor that may know its options.

    One that fastnn has written knows those of a formula of fastnn's, and of no other.
    """
    before = cls.__init__  # type: ignore[misc]
    if before is object.__init__ or hasattr(before, "__signature__"):
        return False
    return is_ours(cls) or not (inspect.isfunction(before) and is_ours(before))


TRUTH = (bool, np.bool_)


def option(value: Any, who: object, name: str) -> None:
    """The rule for an option: a number, or a truth value, which np.where takes."""
    if not isinstance(value, TRUTH):
        rules.ANY(value, who, name)


_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _set(thing: Any, **values: Any) -> None:
    for name, value in values.items():
        option(value, type(thing).__name__, name)
        setattr(thing, name, value)


def construct(cls: type, parameters: list[inspect.Parameter], put: Callable[..., Any]) -> None:
    """A constructor with these parameters, which hands their values to `put`, by their names."""
    signature = inspect.Signature(parameters)

    def construct(self: Any, *arguments: Any, **named: Any) -> None:
        try:
            bound = signature.bind(*arguments, **named)
        except TypeError as error:
            said = hint(signature.parameters, str(error)) or error
            raise TypeError(f"{type(self).__name__}: {said}") from None
        bound.apply_defaults()
        put(self, **bound.arguments)

    me = inspect.Parameter("self", _EITHER)
    construct.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[me, *parameters])
    cls.__init__ = construct  # type: ignore[misc]
