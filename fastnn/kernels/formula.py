"""Kernels and instructions out of formulas (`trace.py`): one for the objects, one for whole runs.

A formula is written once, in plain NumPy. From it come, for the types that NumPy would give its
arrays, a kernel that the object's method calls and an instruction of training programs
(`training.py`), with the same code in both. The cache knows them by that code.
"""

import inspect
import itertools
import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import carray

from fastnn.compile.jit import Instruction, Kernel, body, helper, instruction, kernel
from fastnn.kernels.elementary import exp, log, tanh
from fastnn.kernels.losses import row_means, row_sums
from fastnn.kernels.simd import get, put
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.trace import TRANSCENDENTAL, Code, Untraceable, traced
from fastnn.kernels.training import MOST_POINTERS, OWN, ROWS, TOTAL

_FLOATS = {"f4": np.float32, "f8": np.float64}


@helper(inline=True)
def block(pointer, d):
    """The rows of this block as an array (rows, width)."""
    return carray(pointer, (d[ROWS], d[OWN]))


_NAMES = {"get": get, "put": put, "exp": exp, "log": log, "tanh": tanh, "sqrt": math.sqrt,
          "pow": math.pow, "float64": np.float64, "OK": OK, "SHAPE": SHAPE, "TOTAL": TOTAL,
          "ROWS": ROWS, "inf": math.inf, "nan": math.nan, "carray": carray, "block": block,
          "row_means": row_means, "row_sums": row_sums}


class Compiled(NamedTuple):
    """A formula, compiled.

    arrays, options: the names of its arguments. uses: what of float64 arrays is NumPy's own affair,
    in words ("the exponential"), or "". alone: the arrays with which something is computed before
    they meet another: of whole numbers NumPy would do that in another type. under: those that go
    into what `uses` says. formula: what was compiled.
    """

    kernel: Kernel
    instruction: Instruction
    arrays: tuple[str, ...]
    options: tuple[str, ...]
    uses: str
    alone: frozenset[str]
    under: frozenset[str]
    formula: Callable


@lru_cache(512)
def _parameters_of(formula: Callable) -> tuple[inspect.Parameter, ...]:
    """Of a function; it is asked for six times as a class is made, and takes 50 us."""
    return tuple(inspect.signature(formula).parameters.values())


def arguments_of(formula: Callable, arrays: Iterable[str]) -> tuple[tuple, dict[str, Any]]:
    """(those of its arguments that are among `arrays`, the others with their defaults).

    TypeError where an option stands before an array, or is no plain argument.
    """
    found = _parameters_of(formula)
    mine = tuple(one.name for one in found if one.name in arrays)
    options = found[len(mine):]
    if tuple(one.name for one in found[:len(mine)]) != mine or any(
            one.kind not in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in found):
        raise TypeError(f"{formula.__qualname__}: its arguments must be arrays ("
                        f"{', '.join(arrays)}), then options, each with a name; got "
                        f"{inspect.signature(formula)}")
    return mine, {one.name: one.default for one in options}


def named(options: Iterable[str]) -> tuple[str, ...]:
    """The options as they are called in code, where an `i` would be the element's number."""
    return tuple(f"own_{one}" for one in options)


def elementwise(name: str, formula: Callable, arrays: Iterable[str], result: str) -> Compiled:
    """`result` = formula(*arrays, *options), element by element, of arrays (N, O).

    arrays: what the formula may ask for; its other arguments are options, plain numbers.
    """
    arrays, given = arguments_of(formula, arrays)
    options, code = tuple(given), _traced(formula, arrays, tuple(given))
    types = _types(formula, arrays, len(options), 0)
    loop = _loop(arrays, code, f"put({result}, i, {code.results[0]})")
    arguments = (*arrays, *named(options), result)
    made = _kernel(name, arguments, _unlike(arrays, (result,)), loop,
                   _signatures(types, options, ":2"))

    def reach(rows, width):
        return (*[rows * width] * len(arrays), *[1] * len(options), rows * width)

    step = _step(f"{name}_step", made, arguments,
                 [*_blocks(arrays), *_numbers(options), *_blocks([result])])
    return _compiled(formula, made, instruction(*_words(types, options), numbers="width",
                                                writes=result, reach=reach)(step),
                     arrays, options, code)


_TARGETS = "y_pred", "y_true"


def _options_of(formula):
    found, options = arguments_of(formula, _TARGETS)
    if found != _TARGETS:
        raise TypeError(f"{formula.__qualname__}: its first arguments must be y_pred and y_true, "
                        f"got {inspect.signature(formula)}")
    return tuple(options)


def pointwise_losses(name: str, formula: Callable, summed: bool = False) -> Compiled:
    """losses[n] = mean_o formula(y_pred[n, o], y_true[n, o], *options), or the sum.

    The kernel's arguments: both arrays (N, O), the options, work (N, O), losses (N,).
    """
    options = _options_of(formula)
    code, types = _traced(formula, _TARGETS, options), _types(formula, _TARGETS, len(options), 1)
    loop = (_loop(_TARGETS, code, f"put(work, i, {code.results[0]})")
            + f"    {'row_sums' if summed else 'row_means'}(work, losses)\n")
    arguments = (*_TARGETS, *named(options), "work", "losses")
    made = _kernel(name, arguments,
                   f"{_unlike(_TARGETS, ('work',))} or losses.size != y_pred.shape[0]", loop,
                   _signatures(types, options, ":2 {}:1"))

    def reach(rows, width):
        return (rows * width, rows * width, *[1] * len(options), rows * width, rows)

    step = _step(f"{name}_step", made, arguments,
                 [*_blocks(_TARGETS), *_numbers(options), "block(work, d)",
                  "carray(losses, d[ROWS])"])
    return _compiled(formula, made, instruction(*_words(types, options, " {}"), numbers="width",
                                                writes="work losses", reach=reach)(step),
                     _TARGETS, options, code)


def pointwise_slope(name: str, slope: Callable, summed: bool = False) -> Compiled:
    """dinputs = slope(y_pred, y_true, *options) / O / N, element by element, of arrays (N, O).

    The kernel's arguments: both arrays, the options, dinputs. The instruction divides by the
    samples of the whole batch. summed: not by O.
    """
    options = _options_of(slope)
    code, types = _traced(slope, _TARGETS, options), _types(slope, _TARGETS, len(options), 1)
    found, arguments = code.results[0], (*_TARGETS, *named(options), "dinputs")
    share = "" if summed else f" / type({found})(O)"
    loop = "    O = y_pred.shape[1]\n" + _loop(
        _TARGETS, code, f"put(dinputs, i, {found}{share} / type({found})(total))")
    part = function("part", source_of("part", (*arguments, "total"), "", loop))
    inner = helper(inline=True)(part)

    def made_of(name, last, values):
        source = (f"def {name}({', '.join([*arguments, *last])}):\n"
                  f"    return part({', '.join(values)})\n")
        found = function(name, source, part=inner)
        found.source = part.source + source
        return found

    whole = made_of(name, (), [*arguments, "y_pred.shape[0]"])
    checked = function(name, source_of(name, arguments, _unlike(_TARGETS, ("dinputs",)),
                                      f"    return whole({', '.join(arguments)})\n"),
                        whole=helper(inline=True)(whole))
    checked.source += whole.source
    made = kernel(*_signatures(types, options, ":2"))(checked)

    def reach(rows, width):
        return (rows * width, rows * width, *[1] * len(options), rows * width)

    step = made_of(f"{name}_step", ("d",), [*_blocks(_TARGETS), *_numbers(options),
                                            "block(dinputs, d)", "d[TOTAL]"])
    return _compiled(slope, made, instruction(*_words(types, options), numbers="width",
                                              writes="dinputs", reach=reach)(step),
                     _TARGETS, options, code)


def _compiled(formula, made, step, arrays, options, code):
    uses = TRANSCENDENTAL[min(code.uses)] if code.uses else ""
    alone, under = (frozenset(one.removesuffix("_i") for one in names)
                    for names in (code.alone, code.under))
    return Compiled(made, step, tuple(arrays), options, uses, alone, under, formula)


# ----------------------------------------------------------------------------------- the text


def _traced(formula, arrays, options) -> Code:
    """The code of a formula, with the elements of the arrays in variables of their own."""
    if len(arrays) + len(options) > MOST_POINTERS - 2:
        raise Untraceable(f"a formula may have {MOST_POINTERS - 2 - len(arrays)} options at most, "
                          f"got {len(options)}")
    return traced(formula, [f"{one}_i" for one in arrays], named(options))


def _unlike(arrays, others) -> str:
    """Whether arrays differ in shape, or there is nothing in them."""
    first = arrays[0]
    return " or ".join([f"{first}.size == 0", *(f"{one}.shape != {first}.shape"
                                                for one in (*arrays[1:], *others))])


def _loop(arrays, code: Code, last: str) -> str:
    loaded = [f"{one}_i = get({one}, i)" for one in arrays]
    return (f"{indented(code.once, 4)}    for i in range({arrays[0]}.size):\n"
            f"{indented([*loaded, *code.each, last], 8)}")


def source_of(name, arguments, refused, lines) -> str:
    """The source of a kernel: these lines, unless it is `refused`."""
    check = f"    if {refused}:\n        return SHAPE\n" if refused else ""
    return f"def {name}({', '.join(arguments)}):\n{check}{lines}    return OK\n"


def _kernel(name, arguments, refused, lines, signatures):
    return kernel(*signatures)(function(name, source_of(name, arguments, refused, lines)))


def _step(name, made, arguments, values):
    """The function of an instruction: the kernel's code, on what the pointers point to."""
    source = (f"def {name}({', '.join([*arguments, 'd'])}):\n"
              f"    return body({', '.join(values)})\n")
    found = function(name, source, body=body(made))
    found.source = made.py_func.source + source
    return found


def _blocks(names):
    return [f"block({one}, d)" for one in names]


def _numbers(names):
    return [f"carray({one}, 1)[0]" for one in named(names)]


def indented(lines: Iterable[str], by: int) -> str:
    """The lines, each moved to the right."""
    return "".join(f"{' ' * by}{line}\n" for line in lines)


def function(name: str, source: str, **more: Any) -> Any:
    """The function that this source defines, as one of this module."""
    space: dict[str, Any] = {**_NAMES, **more, "__name__": __name__}
    exec(compile(source, f"<{name}>", "exec"), space)
    found = space[name]
    found.__doc__ = f"{name}: written from a formula, see its class."
    found.source = source  # by which the cache knows it
    return found


# ---------------------------------------------------------------------------------- the types


def _types(formula: Callable, arrays: tuple[str, ...], options: int, like: int
           ) -> list[tuple[str, ...]]:
    """Types of the arrays, and of what NumPy makes of them, last: those that kernels are for.

    All of one type; and mixtures whose result has the type of the array number `like`.
    """
    found = []
    for kinds in itertools.product(_FLOATS, repeat=len(arrays)):
        with np.errstate(all="ignore"):
            made = formula(*(np.full(1, 0.5, _FLOATS[kind]) for kind in kinds), *[0.5] * options)
        result = next(name for name, kind in _FLOATS.items() if np.asarray(made).dtype == kind)
        if len(set(kinds)) == 1 and result != kinds[0]:
            raise Untraceable(f"of {_FLOATS[kinds[0]].__name__} arrays the formula makes "
                              f"{_FLOATS[result].__name__}")
        if result == kinds[like]:
            found.append((*kinds, result))
    return found


def _signatures(types, options, last):
    """Of kernels: arrays of two axes, numbers, and the result, written as `last` has it."""
    return [" ".join([*(f"{one}:2" for one in kinds[:-1]), *["f8"] * len(options),
                      f"{kinds[-1]}{last.format(kinds[-1])}"]) for kinds in types]


def _words(types, options, last=""):
    """Of instructions: the types that pointers point to."""
    return [" ".join([*kinds[:-1], *["f8"] * len(options), kinds[-1] + last.format(kinds[-1])])
            for kinds in types]
