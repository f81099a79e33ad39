"""The one decorator every kernel wears: which signatures it has, how it is compiled, when.

`@kernel("f4:2 f4:2", "f8:2 f8:2")` names all the signatures a kernel will ever have. Each is
compiled, or loaded from the cache, when the first call needs it (`dispatcher.py`). A call with any
other types is refused before anything runs, so that a stray layout or type can neither start a
compile of its own nor reach compiled code; the object layer, which asks by `refuses`, then brings
its arrays into shape and calls again.

`@instruction` marks the steps of a training program (see `training.py`): their signatures are of
pointers, and they are called by address, from compiled code alone.

`@helper` marks functions that only kernels call.
"""

import time

from fastnn.compile import background
from fastnn.compile.dispatcher import DISABLED, Kernel
from fastnn.compile.instruction import Instruction
from fastnn.compile.late import Helper
from fastnn.compile.waiting import COMPILING

KERNELS: list[Kernel] = []  # all of them, in the order of their definition
INSTRUCTIONS: list[Instruction] = []


def kernel(*signatures, nogil=False, overlap=False, alone=False, twin=None):
    """Compile the decorated function for these signatures and no others (see the module).

    `overlap`: its arrays may be written through other pointers meanwhile. `alone`: it is not called
    through `refuses`. `twin`: the same in plain NumPy, see `background.py`.
    """
    def wrap(py_func):
        made = Kernel(py_func, signatures, nogil=nogil, overlap=overlap)
        made.is_called_alone, made.twin = alone, twin
        KERNELS.append(made)
        return made
    return wrap


def promised_kernel(name, module, text, write, ours, nogil=False, twin=None):
    """A kernel whose function is written at its first use: write() gives it and its signatures.

    ours: whether it is there when fastnn is imported.
    """
    made = Kernel.promised(name, module, text, lambda: (*write(), {"nogil": nogil}))
    made.is_imported, made.twin = ours, twin
    KERNELS.append(made)
    return made


def promised_instruction(name, module, text, write, ours, *, reach, writes, numbers):
    """An instruction of that kind; the rest as `instruction` is told."""
    how = {"numbers": numbers, "reach": reach, "writes": writes, "multiply_adds": lambda: 0}
    made = Instruction.promised(name, module, text, lambda: (*write(), how))
    made.is_imported = ours
    INSTRUCTIONS.append(made)
    return made


def instruction(*signatures, reach, writes, numbers="", multiply_adds=lambda: 0):
    """Compile the decorated function for these signatures, written as the types its pointers
    have: "f4 f8". A last argument `d` follows, the whole numbers of the call (see `training.py`).

    numbers: names of its own numbers, as they stand in `d` from OWN on.
    reach: how many elements of each pointer's memory it may read or write, as a function of any of
    these numbers, of `rows` and `total`, and of `sizes` (see `Instruction.reach`). Whoever writes a
    program is held to it: no instruction is put where an operand is shorter.
    writes: the pointers that it writes to, by name.
    multiply_adds: in its products, for a sample, as a function of its numbers.
    """
    def wrap(py_func):
        made = Instruction(py_func, signatures, numbers=numbers, reach=reach, writes=writes,
                           multiply_adds=multiply_adds)
        INSTRUCTIONS.append(made)
        return made
    return wrap


def helper(*, fastmath=False, inline=False, overlap=False):
    """A function for kernels to call; it is compiled into each of them. `overlap`: as in `kernel`.

    inline: LLVM copies it into its callers, however large and many they are. It does so anyhow with
    what is small or called once.
    """
    def wrap(py_func):
        if DISABLED:
            return py_func
        return Helper(py_func, fastmath, inline, overlap)
    return wrap


def body(made):
    """What a kernel does, as a helper: for another kernel to contain it."""
    return helper(inline=True)(made.py_func)


def files():
    """Of every signature the file that it is kept in, whether there is one or not; or None."""
    return [function.file(argument_types) for function in [*KERNELS, *INSTRUCTIONS]
            for argument_types in function.argument_types]


def _is_warm(function, argument_types, patient):
    """Whether this signature is there now, with one more of those that were waited for."""
    compiled = COMPILING.kernels
    found = function.keep_types(argument_types, patient)
    if found and COMPILING.kernels == compiled:
        COMPILING.has_one_more()
    return found


def warmup() -> float:
    """Load or compile every signature of every kernel, in a process for each core; seconds it took.

    Under NUMBA_DISABLE_JIT nothing is compiled, and it says so.
    """
    start = time.perf_counter()
    if DISABLED:
        COMPILING.tell_that_disabled()
        return 0.0
    every = [(function, types) for function in [*KERNELS, *INSTRUCTIONS]
             for types in function.argument_types]
    wanted = [(function, types) for function, types in every if function.is_missing(types)]
    requests = [function.request(types) for function, types in wanted]
    with COMPILING.expecting(len(wanted)), background.shared(requests[::-1]):
        for patient in False, True:  # what a helper is at is left for later
            wanted = [one for one in wanted if not _is_warm(*one, patient)]
    for function, argument_types in every:
        function.ready(argument_types)
    return time.perf_counter() - start
