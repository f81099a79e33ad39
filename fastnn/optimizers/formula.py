"""Optimizers whose update is a formula: one class for all of them, and for anybody's own."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from fastnn import formulas, reference, registry
from fastnn.kernels.formula_updates import update
from fastnn.optimizers.base import Careful, plain, settings
from fastnn.optimizers.repeated import RepeatedUpdate

if TYPE_CHECKING:
    from typing_extensions import Self

_GIVEN_BY_CLASS = ("states", "learning_rate")
_GIVEN = ("parameters", "gradient", "lr", "t")


@registry.register("optimizer", settings=settings(), is_base=True)
class Optimizer(Careful, reference.UpdateOptimizer):
    """An optimizer that is a formula, element by element: the base class for your own.

        class Optimizer_Nesterov(Optimizer):
            states = ("velocity",)
            learning_rate = 0.01

            def update(parameters, gradient, velocity, lr, t, momentum=0.9):
                velocity = momentum * velocity - lr * gradient
                return parameters + momentum * velocity - lr * gradient, velocity

    states : what is kept beside each array, as `weight_velocity` and `bias_velocity` on the layer;
        zeros at first
    learning_rate : the constructor's default
    update(parameters, gradient, states ..., lr, t, options ...) : the new parameters and states, in
        plain NumPy. lr is the current learning rate, t the number of the step, from 1 on.
    options : further arguments with their defaults; the constructor takes them after learning_rate
        and decay, and they are attributes

    The update is compiled, and refused where it cannot be, as the formula of an `Activation` is.

    Attributes: learning_rate, current_learning_rate, decay, iterations, the options.
    Differs: not in the book.
    """

    states: tuple[str, ...] = ()
    learning_rate: float = 0.001
    update: Any
    _made: Any = None
    _formula: Any = None
    _updates: Any = None
    _names: tuple[str, ...] = ()

    def __new__(cls, *arguments: Any, **named: Any) -> Self:  # noqa: D102
        formulas.need(cls._made, cls, "update")
        return super().__new__(cls)

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        another = cls._made is not None and not vars(cls).keys().isdisjoint(_GIVEN_BY_CLASS)
        if not formulas.are_new(cls, "update") and not another:
            return
        cls.states = tuple(cls.states)
        cls._made = update(f"{cls.__name__}_update", cls.update, cls.states)
        made = cls._made
        cls._formula = staticmethod(made.formula)
        formulas.check_options(cls, made.numbers)
        _check_states(cls)
        cls._names = tuple(f"{side}_{name}" for name in cls.states for side in ("weight", "bias"))
        cls._updates = RepeatedUpdate(made.kernel, cls._names)
        formulas.construct(cls, [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
            for name, default in (("learning_rate", cls.learning_rate), ("decay", 0.0),
                                  *formulas.options(cls.update, (*_GIVEN, *cls.states)).items())],
            _initialize)
        registry.register("optimizer", compiled=lambda optimizer: made,
                          settings=settings() | dict.fromkeys(made.numbers, formulas.option))(cls)

    def _refused(self, layer: Any, w: Any, dw: Any, b: Any, db: Any) -> bool:
        numbers = [self.current_learning_rate, self.iterations + 1,
                   *[getattr(self, name) for name in self._made.numbers]]
        if not plain(*numbers) or self.update is not self._formula:
            return True
        given = w, dw, b, db, *numbers
        return self._updates.call(getattr(layer, "__dict__", None), given) is None and (
            self._updates.refused(layer, given))

    def _state(self, layer: Any) -> tuple[str, ...]:
        return self._names


def _initialize(self: Any, learning_rate: float, decay: float, **options: Any) -> None:
    numbers = {name: value for name, value in options.items()
               if not isinstance(value, formulas.TRUTH)}
    Careful.__init__(self, learning_rate, decay, **numbers)
    vars(self).update(options)  # those that are True or False, too


def _check_states(cls: type[Optimizer]) -> None:
    """Refuse states that no layer would be without, so that they were never made."""
    for entry in registry.entries("layer"):
        held = {*entry.settings, *entry.options, *(
            strength for parameter in entry.parameters for strength in parameter.strengths)}
        for state in cls.states:
            for name in f"weight_{state}", f"bias_{state}":
                if name in held or hasattr(entry.kind, name):
                    raise TypeError(f"{cls.__name__}: a state cannot be called {state!r}: {name} "
                                    f"is an attribute of {entry.kind.__name__} already")
