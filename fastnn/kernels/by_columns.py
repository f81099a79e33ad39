"""Kernels and instructions out of one function of arrays, rows and numbers: layers of columns.

The function is written once, as kernels are. From it come, for float32 and for float64, a kernel
that the object's method calls and an instruction of training programs, with the same code in both;
and what both have to bring, by name. The instruction wants all samples of a step at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fastnn.compile.jit import Instruction, Kernel, helper, instruction, kernel
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
    arrays = tuple(one for one in others if one.rows)
    numbers = tuple(one.name for one in others if not one.rows)
    held = [one for one in others if one.mark in ("", "+") and one.name != "training"]
    made = [one for one in others if one.mark in (">", "~")]
    names = [one.name for one in (given, *others)]

    def reach(rows, width):
        return [rows * width, *[len(numbers)] * bool(numbers),
                *((rows if one.rows == "N" else int(one.rows)) * width for one in arrays)]

    def wrap(py_func):
        def written(name, arguments, refused, values):
            found = function(name, source_of(name, arguments, refused,
                                             f"    body({', '.join(values)})\n"), body=inner)
            found.__doc__ = py_func.__doc__
            return found

        name, inner = py_func.__name__, helper()(py_func)
        N, O = (f"{given.name}.shape[{axis}]" for axis in (0, 1))
        refused = " or ".join([f"{given.name}.size == 0", *(
            f"{one.name}.shape != ({one.rows.replace('N', N)}, {O})" for one in arrays)])
        places = {one: f"carray(numbers, {len(numbers)})[{n}]" for n, one in enumerate(numbers)}
        places |= {one.name: f"block({one.name}, d)" if one.rows == "N" else
                   f"carray({one.name}, ({one.rows}, d[OWN]))" for one in (given, *arrays)}
        pointers = [given.name, *["numbers"] * bool(numbers), *(one.name for one in arrays)]
        whole = kernel(*(" ".join("f8" if one in numbers else f"{kind}:2" for one in names)
                         for kind in ("f4", "f8")))(written(name, names, refused, names))
        step = instruction(
            *(" ".join("f8" if one == "numbers" else kind for one in pointers)
              for kind in ("f4", "f8")), numbers="width", reach=reach,
            writes=" ".join(one.name for one in arrays if one.mark))(
                written(f"{name}_step", [*pointers, "d"], "",
                        [places[one] for one in names]))
        return ByColumns(whole, step, arrays, numbers, tuple(one.name for one in held),
                         [np.ndarray if one.rows else float for one in held],
                         tuple(one.name for one in made if one.mark == ">"),
                         tuple(int(one.rows.replace("N", "0")) for one in made))
    return wrap


def _argument(word):
    name, _, axes = word.lstrip("+>~").partition(":")
    return Argument(name, word[0] if word[0] in "+>~" else "", axes[:1])
