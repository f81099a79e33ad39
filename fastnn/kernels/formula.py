"""Kernels and instructions out of formulas (`trace.py`): one for the objects, one for whole runs.

A formula is written once, in plain NumPy. From it come, for the types that NumPy would give its
arrays, a kernel that the object's method calls and an instruction of training programs
(`training.py`), with the same code in both. The cache knows them by that code.
"""

import inspect
import itertools
import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from fastnn.compile.jit import helper, promised_instruction, promised_kernel
from fastnn.kernels import twins
from fastnn.kernels.elementary import exp, log, tanh, tanh_native
from fastnn.kernels.elements import get, put, wide_vectors
from fastnn.kernels.losses import row_means, row_sums
from fastnn.kernels.status import OK, SHAPE
from fastnn.kernels.trace import Code, Untraceable, traced
from fastnn.kernels.trace_check import check
from fastnn.kernels.training import MOST_POINTERS, OWN, ROWS, TOTAL
from fastnn.kernels.views import block, carray

_FLOATS = {"f4": np.float32, "f8": np.float64}


_NAMES = {"get": get, "put": put, "exp": exp, "log": log, "tanh": tanh,
          "tanh_native": tanh_native, "sqrt": math.sqrt,
          "pow": math.pow, "float64": np.float64, "OK": OK, "SHAPE": SHAPE, "TOTAL": TOTAL,
          "ROWS": ROWS, "OWN": OWN, "inf": math.inf, "nan": math.nan, "carray": carray,
          "block": block, "row_means": row_means, "row_sums": row_sums,
          "wide_vectors": wide_vectors}


def is_ours(thing: Any) -> bool:
    """Whether this class or function is fastnn's own, which tests have tried and found sound."""
    return str(thing.__module__).partition(".")[0] == __name__.partition(".")[0]


class computed_once:  # noqa: N801
    """`functools.cached_property` without a lock.

    Until Python 3.11 that has one, for which a child waits for ever that was forked meanwhile. Two
    threads may both compute this; they find the same.
    """

    def __init__(self, compute: Callable[[Any], Any]):
        self._compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        return vars(instance).setdefault(self._name, self._compute(instance))


class Compiled:
    """A formula, compiled: a kernel and an instruction.

    name: of the kernel. arrays, options: the names of the formula's arguments. like: the number of
    the array whose type results have. write(code, types): gives the function of the kernel and its
    signatures, that of the instruction and its. twin: what the kernel does, in plain NumPy. step:
    what an instruction is told. Attribute native: another instruction, for float32 where rounding
    does not count; None where it would be the same.

    fastnn's own formulas are traced and written at their first use (an import takes 25 ms less),
    all others here: Untraceable for what cannot be compiled.
    """

    def __init__(self, name: str, formula: Callable, arrays: Iterable[str],
                 options: tuple[str, ...], like: int, write: Callable[..., tuple],
                 twin: Callable, **step: Any):
        self.formula, self.arrays, self.options = formula, tuple(arrays), options
        self._like, self._write = like, write
        ours = is_ours(formula)
        if not ours:
            code, _ = self._found
            check(code, formula, _elements(self.arrays), named(options))
        self.kernel = promised_kernel(name, __name__, about(name), lambda: self._written[:2], ours,
                                      twin=twin)
        name = f"{name}_step"
        self.instruction = promised_instruction(
            name, __name__, about(name), lambda: self._written[2:], ours, **step)
        self.native = None
        if ours and formula.__code__.co_names == ("np", "tanh"):  # with more it may cancel (GELU)
            self.native = promised_instruction(
                f"{name}_native", __name__, about(name), self._write_native, ours, **step)

    @computed_once
    def _found(self) -> tuple[Code, list[tuple[str, ...]]]:
        return (_traced(self.formula, self.arrays, self.options),
                _types(self.formula, self.arrays, len(self.options), self._like))

    @computed_once
    def _written(self) -> tuple:
        return self._write(*self._found)

    def _write_native(self) -> tuple:
        code = self._found[0].calling("tanh_native", "tanh")
        # Of 512 bits 0.33 ns an element, of 256 0.48.
        code = code._replace(once=[*code.once, "wide_vectors()"])
        return self._write(code, [("f4",) * (len(self.arrays) + 1)], "_native")[2:]

    @computed_once
    def uses(self) -> bool:
        """Whether there is an exponential in it, or the like."""
        return bool(self._found[0].uses)

    @computed_once
    def alone(self) -> frozenset[str]:
        """The arrays with which something is computed before they meet another.

        Of whole numbers NumPy would do that in another type.
        """
        return frozenset(name.removesuffix("_i") for name in self._found[0].alone)

    @computed_once
    def under(self) -> frozenset[str]:
        """The arrays that go into what `uses` says."""
        return frozenset(name.removesuffix("_i") for name in self._found[0].under)


@lru_cache(512)
def _parameters_of(formula: Callable) -> tuple[inspect.Parameter, ...]:
    """Of a function; it is asked for six times as a class is made, and takes 50 us."""
    return tuple(inspect.signature(formula).parameters.values())


def arguments_of(formula: Callable, arrays: Iterable[str]) -> tuple[tuple, dict[str, Any]]:
    """(those of its arguments that are among `arrays`, the others with their defaults).

    TypeError where an option stands before an array, or is no plain argument.
    """
    found = _parameters_of(formula)
    mine = tuple(p.name for p in found if p.name in arrays)
    options = found[len(mine):]
    if tuple(p.name for p in found[:len(mine)]) != mine or any(
            p.kind not in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in found):
        raise TypeError(f"{formula.__qualname__}: its arguments must be arrays ("
                        f"{', '.join(arrays)}), then options, each with a name; got "
                        f"{inspect.signature(formula)}")
    return mine, {p.name: p.default for p in options}


def named(options: Iterable[str]) -> tuple[str, ...]:
    """The options as they are called in code, where an `i` would be the element's number."""
    return tuple(f"own_{option}" for option in options)


def elementwise(name: str, formula: Callable, arrays: Iterable[str], result: str) -> Compiled:
    """`result` = formula(*arrays, *options), element by element, of arrays (N, O).

    arrays: what the formula may ask for; its other arguments are options, plain numbers.
    """
    name, (arrays, given) = identifier(name), arguments_of(formula, arrays)
    options = tuple(given)
    arguments = (*arrays, *named(options), result)

    def write(code, types, kind=""):
        loop = _loop(arrays, code, f"put({result}, i, {code.results[0]})")
        whole = function(name, source_of(name, arguments, _unlike(arrays, (result,)), loop))
        step = _step(f"{name}_step{kind}", whole, arguments,
                     [*_blocks(arrays), *_numbers(options), *_blocks([result])])
        return whole, _signatures(types, options, ":2"), step, _words(types, options)

    def reach(rows, width):
        return (*[rows * width] * len(arrays), *[1] * len(options), rows * width)

    return Compiled(name, formula, arrays, options, 0, write,
                    twins.elementwise(name if is_ours(formula) else "", formula, len(arrays)),
                    numbers="width", writes=result, reach=reach)


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
    name, options = identifier(name), _options_of(formula)
    arguments = (*_TARGETS, *named(options), "work", "losses")

    def write(code, types):
        loop = (_loop(_TARGETS, code, f"put(work, i, {code.results[0]})")
                + f"    {'row_sums' if summed else 'row_means'}(work, losses)\n")
        whole = function(name, source_of(
            name, arguments, f"{_unlike(_TARGETS, ('work',))} or losses.size != y_pred.shape[0]",
            loop))
        step = _step(f"{name}_step", whole, arguments,
                     [*_blocks(_TARGETS), *_numbers(options), "block(work, d)",
                      "carray(losses, d[ROWS])"])
        return (whole, _signatures(types, options, ":2 {}:1"), step,
                _words(types, options, " {}"))

    def reach(rows, width):
        return (rows * width, rows * width, *[1] * len(options), rows * width, rows)

    return Compiled(name, formula, _TARGETS, options, 1, write, twins.losses(formula, summed),
                    numbers="width", writes="work losses", reach=reach)


def pointwise_slope(name: str, slope: Callable, summed: bool = False) -> Compiled:
    """dinputs = slope(y_pred, y_true, *options) / O / N, element by element, of arrays (N, O).

    The kernel's arguments: both arrays, the options, dinputs. The instruction divides by the
    samples of the whole batch. summed: not by O.
    """
    name, options = identifier(name), _options_of(slope)
    arguments = (*_TARGETS, *named(options), "dinputs")

    def write(code, types):
        found = code.results[0]
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
        step = made_of(f"{name}_step", ("d",), [*_blocks(_TARGETS), *_numbers(options),
                                                "block(dinputs, d)", "d[TOTAL]"])
        return checked, _signatures(types, options, ":2"), step, _words(types, options)

    def reach(rows, width):
        return (rows * width, rows * width, *[1] * len(options), rows * width)

    return Compiled(name, slope, _TARGETS, options, 1, write, twins.slope(slope, summed),
                    numbers="width", writes="dinputs", reach=reach)


# ----------------------------------------------------------------------------------- the text


def _traced(formula, arrays, options) -> Code:
    """The code of a formula, with the elements of the arrays in variables of their own."""
    if len(arrays) + len(options) > MOST_POINTERS - 2:
        raise Untraceable(f"a formula may have {MOST_POINTERS - 2 - len(arrays)} options at most, "
                          f"got {len(options)}")
    code = traced(formula, _elements(arrays), named(options))
    if len(code.results) > 1:
        raise Untraceable(f"{formula.__qualname__}: a formula must give one array, got a tuple of "
                          f"{len(code.results)}")
    return code


def _elements(arrays) -> list[str]:
    return [f"{name}_i" for name in arrays]


def _unlike(arrays, others) -> str:
    """Whether arrays differ in shape, or there is nothing in them."""
    first = arrays[0]
    return " or ".join([f"{first}.size == 0", *(f"{name}.shape != {first}.shape"
                                                for name in (*arrays[1:], *others))])


def _loop(arrays, code: Code, last: str) -> str:
    loaded = [f"{name}_i = get({name}, i)" for name in arrays]
    return (f"{indented(code.once, 4)}    for i in range({arrays[0]}.size):\n"
            f"{indented([*loaded, *code.each, last], 8)}")


def source_of(name, arguments, refused, lines) -> str:
    """The source of a kernel: these lines, unless it is `refused`."""
    check = f"    if {refused}:\n        return SHAPE\n" if refused else ""
    return f"def {name}({', '.join(arguments)}):\n{check}{lines}    return OK\n"


def _step(name, whole, arguments, values):
    """The function of an instruction: the kernel's code, on what the pointers point to."""
    source = (f"def {name}({', '.join([*arguments, 'd'])}):\n"
              f"    return body({', '.join(values)})\n")
    found = function(name, source, body=helper(inline=True)(whole))
    found.source = whole.source + source
    return found


def _blocks(names):
    return [f"block({name}, d)" for name in names]


def _numbers(names):
    return [f"carray({name}, 1)[0]" for name in named(names)]


def identifier(name: str) -> str:
    """A name for functions and files out of a class's, which `type(name, ...)` may give any."""
    name = re.sub(r"\W", "_", name, flags=re.ASCII)
    if name[:1].isdigit():
        name = f"_{name}"
    return name if len(name) <= 80 else name[:40] + name[-40:]


def indented(lines: Iterable[str], by: int) -> str:
    """The lines, each moved to the right."""
    return "".join(f"{' ' * by}{line}\n" for line in lines)


def about(name: str) -> str:
    """The docstring of what is written."""
    return f"{name}: written from a formula, see its class."


def function(name: str, source: str, **more: Any) -> Any:
    """The function that this source defines, as one of this module."""
    space: dict[str, Any] = {**_NAMES, **more, "__name__": __name__}
    exec(compile(source, f"<{name}>", "exec"), space)
    found = space[name]
    found.__doc__ = about(name)
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
        dtype = np.asarray(made).dtype
        result = next((name for name, kind in _FLOATS.items() if dtype == kind), str(dtype))
        if len(set(kinds)) == 1 and result != kinds[0] and not getattr(
                formula, "makes_float64", False):  # those of others' classes do, where these do
            raise Untraceable(f"{getattr(formula, '__qualname__', 'formula')}: of "
                              f"{_FLOATS[kinds[0]].__name__} arrays the formula makes "
                              f"{dtype}")
        if result == kinds[like]:
            found.append((*kinds, result))
    return found


def _signatures(types, options, last):
    """Of kernels: arrays of two axes, numbers, and the result, written as `last` has it."""
    return [" ".join([*(f"{kind}:2" for kind in kinds[:-1]), *["f8"] * len(options),
                      f"{kinds[-1]}{last.format(kinds[-1])}"]) for kinds in types]


def _words(types, options, last=""):
    """Of instructions: the types that pointers point to."""
    return [" ".join([*kinds[:-1], *["f8"] * len(options), kinds[-1] + last.format(kinds[-1])])
            for kinds in types]
