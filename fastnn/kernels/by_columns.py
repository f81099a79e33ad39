"""Kernels and instructions out of one function of arrays, rows and numbers: layers of columns.

The function is written once, as kernels are. From it come, for float32 and for float64, a kernel
that the object's method calls and an instruction of training programs, with the same code in both;
and what both have to bring, by name. The instruction wants all samples of a step at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fastnn.compile.dispatcher import Kernel
from fastnn.compile.instruction import Instruction
from fastnn.compile.jit import helper, instruction, kernel
from fastnn.kernels.formula import function, source_of


class Argument(NamedTuple):
    """An argument: its mark and its rows, see `by_columns`; a number has none."""

    name: str
    mark: str
    rows: str


class ByColumns(NamedTuple):
    """A function, compiled.

    arrays, numbers: all but the first; the numbers, names, are one operand of the instruction, its
    second. held: what is read of an object, of which `types`. results: names of
    what is made; rows: of these, then of scratch, 0 for N.
    """

    kernel: Kernel
    instruction: Instruction
    arrays: tuple[Argument, ...]
    numbers: tuple[str, ...]
    held: tuple[str, ...]
    types: list[type]
    results: tuple[str, ...]
    rows: tuple[int, ...]


def by_columns(words: str) -> Callable[[Callable], ByColumns]:
    """Compile the decorated function of these arguments.

    "inputs:NO training epsilon +mean:1O weights:1O >output:NO ~work:2O": what a method is given;
    `training`, if that is asked for; what the object holds under these names;
    what is made. NO: a row for each sample, 1O: one row; no axes: a number. Marks: + changed in
    place, > a result, ~ scratch.
    """
    given, *others = map(_argument, words.split())
    arrays = tuple(array for array in others if array.rows)
    numbers = tuple(array.name for array in others if not array.rows)
    held = [array for array in others if array.mark in ("", "+") and array.name != "training"]
    made = [array for array in others if array.mark in (">", "~")]
    names = [array.name for array in (given, *others)]

    def reach(rows, width):
        return [rows * width, *[len(numbers)] * bool(numbers),
                *((rows if array.rows == "N" else int(array.rows)) * width for array in arrays)]

    def wrap(py_func):
        def written(name, arguments, refused, values):
            found = function(name, source_of(name, arguments, refused,
                                             f"    body({', '.join(values)})\n"), body=inner)
            found.__doc__ = py_func.__doc__
            return found

        name, inner = py_func.__name__, helper()(py_func)
        N, O = (f"{given.name}.shape[{axis}]" for axis in (0, 1))
        refused = " or ".join([f"{given.name}.size == 0", *(
            f"{array.name}.shape != ({array.rows.replace('N', N)}, {O})" for array in arrays)])
        places = {name: f"carray(numbers, {len(numbers)})[{n}]" for n, name in enumerate(numbers)}
        places |= {array.name: f"block({array.name}, d)" if array.rows == "N" else
                   f"carray({array.name}, ({array.rows}, d[OWN]))" for array in (given, *arrays)}
        pointers = [given.name, *["numbers"] * bool(numbers), *(array.name for array in arrays)]
        whole = kernel(*(" ".join("f8" if name in numbers else f"{kind}:2" for name in names)
                         for kind in ("f4", "f8")))(written(name, names, refused, names))
        step = instruction(
            *(" ".join("f8" if name == "numbers" else kind for name in pointers)
              for kind in ("f4", "f8")), numbers="width", reach=reach,
            writes=" ".join(array.name for array in arrays if array.mark))(
                written(f"{name}_step", [*pointers, "d"], "",
                        [places[name] for name in names]))
        return ByColumns(whole, step, arrays, numbers, tuple(array.name for array in held),
                         [np.ndarray if array.rows else float for array in held],
                         tuple(array.name for array in made if array.mark == ">"),
                         tuple(int(array.rows.replace("N", "0")) for array in made))
    return wrap


def _argument(word):
    name, _, axes = word.lstrip("+>~").partition(":")
    return Argument(name, word[0] if word[0] in "+>~" else "", axes[:1])
