"""What all classes have in common that are made of formulas (see `kernels/trace.py`)."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from fastnn import checks
from fastnn.kernels.formula import arguments_of


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
            raise TypeError(f"{cls.__name__}: {name} must be a function of arrays")
        setattr(cls, name, staticmethod(function))
    return True


def numbers(thing: Any, options: Iterable[str]) -> list[float] | None:
    """The values of these attributes as kernels take them.

    None where one is not Python's own: NumPy takes it in another type.
    """
    found = [getattr(thing, name) for name in options]
    return found if all(type(one) is float or type(one) in (int, bool) and abs(one) <= 2**53
                        for one in found) else None


def give_constructor(cls: type, formula: Callable, arrays: Iterable[str]) -> None:
    """A constructor of the options of the formula, where nobody has written one."""
    given, before = arguments_of(formula, arrays)[1], cls.__init__  # type: ignore[misc]
    if not given or before is not object.__init__ and not hasattr(before, "__signature__"):
        return
    options = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
               for name, default in given.items()]
    signature = inspect.Signature(options)

    def construct(self, *arguments, **named):
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            setattr(self, name, checks.number(value, type(self).__name__, name))

    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    construct.__signature__ = signature.replace(parameters=[me, *options])  # type: ignore[attr-defined]
    cls.__init__ = construct  # type: ignore[misc]
