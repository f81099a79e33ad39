"""Where one side raises: which errors are as they should be."""

import re

from .found import REAL, Difference
from .program import Program

# Where fastnn refuses what the reference takes: part of the message, and why.
REFUSALS = [
    (r"class indices must be 0 to", "the reference takes negative labels from the end"),
    (r"class indices must be whole numbers", "whole floats are classes, others are not"),
    (r"must be .* like (the predictions|the network's outputs)",
     "NumPy would spread the targets over the predictions"),
    (r"one-hot y_true must be|y_true must be \(N,\)", "NumPy would spread the targets"),
    (r"with targets of two axes predictions must be classes",
     "NumPy would compare each output with the class"),
    (r"must be an array of numbers", "complex numbers and objects are none of the book's"),
    (r"(inputs|X) must be \(N, ", "NumPy takes one sample without its axis, up to some layer"),
    (r"is an empty batch", "NumPy goes on with means of nothing, NaN"),
    (r"must have one row for each sample|must have one label", "the reference cuts or spreads"),
]


# Where the reference raises and fastnn need not.
LENIENCES = {"float labels": "floats that are whole are classes; NumPy takes none as an index",
             "objects": "objects that are all numbers are taken as float64; NumPy's updates fail",
             "flat": "the first column of one-hot targets, in floats: the same"}

# Errors that nobody was to see.
INTERNAL = r"[Nn]o matching definition|[Nn]umba|[Tt]yping ?[Ee]rror|nopython|LLVM|[Aa]ssertion"


def errors(program: Program, way: str, got: Exception | None, expected: Exception | None
           ) -> Difference | None:
    if got is None:
        if program.misfit in LENIENCES:
            return None
        return Difference(way, REAL, "error", f"the reference alone raises {expected!r}")
    text = f"{type(got).__name__}: {got}"
    if is_internal(got):
        return Difference(way, REAL, "error", f"internal error: {text}; reference {expected!r}")
    if expected is None:
        if any(re.search(pattern, str(got)) for pattern, _ in REFUSALS):
            return None
        return Difference(way, REAL, "error", f"ours alone raises {text}")
    if type(got) not in (ValueError, TypeError, RuntimeError):
        return Difference(way, REAL, "error", f"no clear error: {text}; reference {expected!r}")
    return None


def is_internal(error: BaseException | None) -> bool:
    """Whether it, or one that it was raised for, is Numba's or a failed assertion."""
    while error is not None:
        kind = type(error)
        if kind.__module__.partition(".")[0] in ("numba", "llvmlite") or re.search(
                INTERNAL, f"{kind.__name__}: {error}"):
            return True
        error = error.__cause__ or error.__context__
    return False
