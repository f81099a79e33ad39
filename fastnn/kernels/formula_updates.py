"""Kernels and instructions out of an optimizer's formula: how it updates an array of parameters."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from fastnn.compile.jit import helper, promised_instruction, promised_kernel
from fastnn.kernels import twins_updates
from fastnn.kernels.formula import (
    about,
    arguments_of,
    function,
    identifier,
    indented,
    is_ours,
    named,
    source_of,
)
from fastnn.kernels.instructions_updates import CURRENT, ITERATIONS, N_RATES, NUMBERS, Update
from fastnn.kernels.trace import Untraceable, traced
from fastnn.kernels.trace_check import check
from fastnn.kernels.training import MOST_POINTERS, OWN

_GIVEN = "lr", "t"
_MOST = 8  # numbers of an optimizer's own, which stand in `rates`
_F4, _F8 = np.float32, np.float64


def update(name: str, formula: Callable, states: tuple[str, ...]) -> Update:
    """parameters, *states = formula(parameters, gradient, *states, lr, t, *options)

    The kernel's arguments: weights, dweights, the states of the weights, then the same of the
    biases, lr, t and the options.
    """
    called, name = formula.__qualname__, identifier(name)
    arrays = ("parameters", "gradient", *states)
    found, given = arguments_of(formula, arrays)
    options = tuple(name for name in given if name not in _GIVEN)
    if len(states) > MOST_POINTERS - 3:
        raise TypeError(f"{called}: at most {MOST_POINTERS - 3} states, got {len(states)}")
    if found != arrays or tuple(given)[:2] != _GIVEN or len(options) > _MOST:
        raise TypeError(f"{called}: its arguments must be {', '.join([*arrays, *_GIVEN])} and at "
                        f"most {_MOST} options, got {', '.join([*found, *given])}; what else it "
                        f"keeps for an array is named by the class: states = (\"m\",)")
    inside = ("parameters", "gradient", *(f"kept_{state}" for state in states))

    @cache
    def traced_part():
        return (_part(formula, inside, (*_GIVEN, *named(options))),
                _types(formula, states, len(options)))

    if not is_ours(formula):  # see `formula.Compiled`
        traced_part()
        check(*_traced(formula, inside, (*_GIVEN, *named(options))))
    words = "{}_parameters", "d{}", *(f"{{}}_{state}" for state in states)
    sides = [[word.format(side) for word in words] for side in ("weight", "bias")]

    def whole():
        part, types = traced_part()
        return _whole(name, part, sides, named(options)), [
            " ".join([*(f"{kind}:2" for kind in kinds), *["f8"] * (2 + len(options))])
            for kinds in types]

    def step():
        part, types = traced_part()
        words = sorted({" ".join([*kinds[len(arrays):], "f8"]) for kinds in types})
        return _step(f"{name}_step", part, inside, options), words

    def reach(size):
        return (*[size] * len(arrays), N_RATES)

    ours = is_ours(formula)
    made = promised_kernel(name, function.__module__, about(name), whole, ours, nogil=True,
                           twin=twins_updates.update(formula, len(states)))
    found = promised_instruction(f"{name}_step", function.__module__, about(f"{name}_step"),
                                 step, ours, numbers="size", reach=reach,
                                 writes=" ".join([inside[0], *inside[2:]]))
    return Update(found, states, options, kernel=made, formula=formula)


def _traced(formula, arrays, numbers):
    """(code, formula, names of elements, numbers), as `check` takes them."""
    elements = [f"{name}_i" for name in arrays]
    return traced(formula, elements, numbers), formula, elements, numbers


def _part(formula, arrays, numbers):
    """The update of one array, as a helper."""
    code, *_ = _traced(formula, arrays, numbers)
    written = [arrays[0], *arrays[2:]]
    if len(code.results) != len(written):
        given = ", ".join(name.removeprefix("kept_") for name in written)
        raise Untraceable(f"{formula.__qualname__}: an update must give {given}, "
                          f"got {len(code.results)}")
    lines = [*(f"{name}_i = get({name}, i)" for name in arrays), *code.each,
             *(f"put({name}, i, {result})" for name, result in zip(written, code.results))]
    return function("part", source_of("part", (*arrays, *numbers), "", (
        f"{indented(code.once, 4)}    for i in range(parameters.size):\n{indented(lines, 8)}")))


def _whole(name, part, sides, options):
    unlike = " or ".join(f"{array}.shape != {side[0]}.shape"
                         for side in sides for array in side[1:])
    calls = "".join(f"    part({', '.join([*side, *_GIVEN, *options])})\n" for side in sides)
    made = function(name, source_of(name, [*sides[0], *sides[1], *_GIVEN, *options], unlike, calls),
                    part=helper()(part))
    made.source += part.source
    return made


def _step(name, part, arrays, options):
    numbers = ["r[CURRENT]", "r[ITERATIONS]", *(f"r[NUMBERS + {k}]" for k in range(len(options)))]
    values = [*(f"carray({array}, d[OWN])" for array in arrays), *numbers]
    made = function(name, f"def {name}({', '.join([*arrays, 'rates', 'd'])}):\n"
                    "    r = carray(rates, N_RATES)\n"
                    f"    return part({', '.join(values)})\n", part=helper(inline=True)(part),
                    CURRENT=CURRENT, ITERATIONS=ITERATIONS, NUMBERS=NUMBERS, N_RATES=N_RATES,
                    OWN=OWN)
    made.source += part.source
    return made


def _types(formula, states, options):
    """Types of weights' and biases' arrays: all float32, all float64; and float32 parameters with
    a float64 gradient of the biases, where NumPy's state is float64 then.
    """
    names = {_F4: "f4", _F8: "f8"}
    found = []
    for parameters, gradient in ((_F4, _F4), (_F4, _F8), (_F8, _F8)):
        state: Any = [gradient] * len(states)
        with np.errstate(all="ignore"):
            made = formula(*(np.full(1, 0.5, kind) for kind in (parameters, gradient, *state)),
                           *[0.5, 1], *[0.5] * options)
        made = made if isinstance(made, tuple) else (made,)
        if [array.dtype for array in made[1:]] == state:
            side = [names[kind] for kind in (parameters, gradient, *state)]
            first = side if parameters == gradient else ["f4"] * len(side)
            found.append((*first, *side))
        elif parameters == gradient:
            raise Untraceable(f"of {parameters.__name__} arrays the update makes "
                              f"{', '.join(str(array.dtype) for array in made)}")
    return found
