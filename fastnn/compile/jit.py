"""The one decorator every kernel wears: which signatures it has, how it is compiled, when.

`@kernel("f4:2 f4:2", "f8:2 f8:2")` names all the signatures a kernel will ever have. Each is
compiled, or loaded from the cache, when the first call needs it. A call with any other types is
refused with `NoMatch` before anything runs, so that a stray layout or type can neither start a
compile of its own nor reach compiled code; the object layer, which asks by `refused`, then brings
its arrays into shape and calls again. The types are checked by Numba's own C dispatcher: that is
the cheapest check there is.

`@instruction` marks the steps of a training program (see `training.py`): their signatures are of
pointers, and they are called by address, from compiled code alone.

`@helper` marks functions that only kernels call.
"""

import sys
import time

import numpy as np
from numba.core import config, types
from numba.core.compiler import Compiler, CompilerBase, DefaultPassBuilder
from numba.core.errors import NumbaNotImplementedError
from numba.np.numpy_support import from_dtype, map_layout

from fastnn.compile.cache import KernelCache, folder
from fastnn.compile.undivided import undivided
from fastnn.compile.unmade import Later

# Numba compiles nothing under NUMBA_DISABLE_JIT: then every kernel refuses everything, and the
# classes let NumPy compute.
DISABLED = bool(getattr(config, "DISABLE_JIT", 0))
_OPTIONS = {"nopython": True, "error_model": "numpy", "boundscheck": None}

_TYPES = {"f4": types.float32, "f8": types.float64, "i8": types.int64, "u1": types.uint8,
          "u4": types.uint32, "b1": types.boolean}

KERNELS: list["Kernel"] = []  # all of them, in the order of their definition
INSTRUCTIONS: list["Instruction"] = []


class NoMatch(TypeError):
    """The kernel has no signature for these arguments; nothing was run."""


class _Pipeline(CompilerBase):
    """Numba's usual passes, told that no two array arguments overlap.

    Without it LLVM guards each loop with overlap checks and gives up where there are many arrays.
    """

    def define_pipelines(self):
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


class _Clock:
    """Seconds spent compiling in this process, and the one line that explains a long wait."""

    def __init__(self):
        self.seconds = 0.0
        self.kernels = 0
        self._told = False

    def tell_that_disabled(self):
        self._tell("NUMBA_DISABLE_JIT is set: NumPy computes everything, nothing is compiled")

    def tell_if_long(self):
        if self.seconds >= 2.0:
            where = "this happens once" if folder() else "there is no place to keep them"
            self._tell(f"compiling its kernels for this machine ({where}) ...")

    def _tell(self, text):
        """One line, once in a process."""
        if not self._told:
            self._told = True
            print(f"fastnn: {text}", file=sys.stderr, flush=True)


COMPILING = _Clock()


class Kernel(Later):
    """A dispatcher with a closed list of signatures, compiled one by one as they are met."""

    # As with constructors, each is told what it needs.
    def say(self, py_func, signatures, options, pipeline=_Pipeline):  # type: ignore[override]
        """What is known before it is made."""
        self.declared = signatures
        self._parsed = None
        self._unfit = set()  # arguments that fit no signature, in brief
        super().say(py_func, options, pipeline)

    def completed(self):
        """Our cache in the place of Numba's, and nothing compiled but what is declared."""
        self._cache = KernelCache(self.py_func)
        self._can_compile = False

    @property
    def argument_types(self):
        """The declared signatures, each a tuple of Numba types."""
        if self._parsed is None:
            self._parsed = [_parse(signature) for signature in self.declared]
        return self._parsed

    def ready(self, argument_types):
        """Load or compile one declared signature, if that has not been done.

        Numba's own `compile` would want its dispatcher open for any types meanwhile, and another
        thread's call would walk in. Signals wait for the end of it: Ctrl-C acts between kernels.
        """
        with undivided():
            if argument_types in self.overloads:
                return
            found = self._cache.load_overload(argument_types, self.targetctx)
            if found is None:
                found = self._compile_anew(argument_types)
                self._cache.save_overload(argument_types, found)
            else:
                self.targetctx.insert_user_function(found.entry_point, found.fndesc,
                                                    [found.library])
            self.add_overload(found)

    def file(self, argument_types):
        """Where this signature is kept on disk; None where nothing can be."""
        return self._cache.path(argument_types, self.targetctx.codegen())

    def _compile_anew(self, argument_types):
        COMPILING.tell_if_long()
        start = time.perf_counter()
        self._compiler._failed_cache.clear()  # what failed for want of memory may do now
        found = self._compiler.compile(argument_types, None)
        COMPILING.seconds += time.perf_counter() - start
        COMPILING.kernels += 1
        return found

    def typeof_pyval(self, value):
        """The type of an argument that Numba has not met before.

        Arrays in foreign byte order and arrays askew in memory are one to it: after one of these,
        one of those would be taken for a native array. Here both are of no type that fits.
        """
        if isinstance(value, np.ndarray) and not (value.flags.aligned and value.dtype.isnative):
            return types.pyobject
        if type(value) is not np.ndarray:
            return super().typeof_pyval(value)
        try:  # as Numba does, which imports numpy.ma for it, at a moment when forks do not wait
            dtype = from_dtype(value.dtype)
        except NumbaNotImplementedError:
            return types.pyobject
        return types.Array(dtype, value.ndim, map_layout(value),
                           readonly=not value.flags.writeable)

    def _search_new_conversions(self, *args, **kwargs):
        """Numba asks this when no compiled signature fits. True: look again.

        To look through the declared ones takes 50 us: what fits none is remembered.
        """
        brief = tuple([_brief(a) for a in args])
        if brief in self._unfit:
            return False
        if DISABLED:
            COMPILING.tell_that_disabled()
            return False
        met = tuple(self.typeof_pyval(a) for a in args)
        for declared in self.argument_types:
            if _fits(met, declared):
                self.ready(declared)
                return True
        if len(self._unfit) < 1000:
            self._unfit.add(brief)
        return False

    def _explain_matching_error(self, *args, **kwargs):
        """Numba asks this for its error. Its own search for near misses takes 200 us."""
        raise NoMatch(f"{self.__name__} has no signature for these arguments")


def refused(kernel, *arguments):
    """Call the kernel: its status, which is 0 where it did its work; True for a `NoMatch`.

    The only place that catches it, and with nothing but the call inside: what a fault of ours
    raises on the way to a kernel comes out, and never sends a call the careful way instead.
    """
    try:
        return kernel(*arguments)
    except NoMatch:
        return True


def _brief(value):
    """All that decides on the type of an argument, in few words."""
    if type(value) is not np.ndarray:
        return type(value)
    dtype, flags = value.dtype, value.flags
    return dtype.num, dtype.isnative, dtype.itemsize, value.ndim, flags.num


def _fits(met, declared):
    """Arrays must match exactly; scalars need only be numbers."""
    return len(met) == len(declared) and all(
        m == d or (isinstance(m, types.Number | types.Boolean)
                   and isinstance(d, types.Number | types.Boolean))
        for m, d in zip(met, declared))


class Instruction(Kernel):
    """A compiled function of pointers, for other compiled code to call by its address.

    Attributes, as `instruction` was told them: `numbers` and `operands`, names in their order
    (`named`: the numbers without the places that are not used); `written`, the places of the
    operands that are written.
    """

    def say(self, py_func, signatures, numbers, reach,  # type: ignore[override]
            writes, multiply_adds):
        """What is known before it is made."""
        options = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        super().say(py_func, [_pointers(words) for words in signatures], options)
        self._addresses, self._known = {}, frozenset(signatures)
        self.numbers, self.operands = tuple(numbers.split()), _names(py_func)[:-1]
        self.named = frozenset(self.numbers) - {"_"}
        self.written = tuple(self.operands.index(name) for name in writes.split())
        self._reach, self._reach_asks = reach, _names(reach)
        self._flops, self._flops_ask = multiply_adds, _names(multiply_adds)

    def reach(self, known):
        """How many elements each operand is read or written for, from where its pointer points.

        known: by their names, the instruction's numbers, those of the call (`rows`, `total`) and
        `sizes`, the bytes of an element of each operand.
        """
        return self._reach(*[known[name] for name in self._reach_asks])

    def multiply_adds(self, numbers):
        """Those of a sample, in products; 0 where there are none."""
        return self._flops(*[numbers[name] for name in self._flops_ask])

    def address(self, signature):
        """Where the code for this signature (pointers' types, as "f4 f8") lies in memory.

        KeyError for one that was not declared.
        """
        if signature not in self._addresses:
            if not self.has(signature):
                raise KeyError(f"{self.__name__}: {signature}")
            argument_types = _parse(_pointers(signature))
            with undivided():
                self.ready(argument_types)
                found = self.overloads[argument_types]
                self._addresses[signature] = found.library.get_pointer_to_function(
                    found.fndesc.llvm_func_name)
        return self._addresses[signature]

    def has(self, signature):
        """Whether this signature was declared."""
        return signature in self._known and not DISABLED


def _pointers(signature):
    """"f4 f8" as the types of an instruction's arguments: "f4* f8* i8*"."""
    return " ".join(f"{word}*" for word in [*signature.split(), "i8"])


def _parse(signature):
    """Numba types from words: "f4:2" is a C-contiguous float32 array of two axes, "f8" a number,
    "f8*" a pointer to numbers.
    """
    made = []
    for word in signature.split():
        name, _, axes = word.rstrip("*").partition(":")
        kind = types.Array(_TYPES[name], int(axes), "C") if axes else _TYPES[name]
        made.append(types.CPointer(kind) if word.endswith("*") else kind)
    return tuple(made)


def kernel(*signatures, nogil=False, overlap=False):
    """Compile the decorated function for these signatures and no others (see the module).

    `overlap`: its arrays may be written through other pointers meanwhile.
    """
    def wrap(py_func):
        made = Kernel(py_func, signatures, _OPTIONS | {"nogil": nogil},
                      Compiler if overlap else _Pipeline)
        KERNELS.append(made)
        return made
    return wrap


def promised_kernel(name, module, text, write, nogil=False):
    """A kernel whose function is written at its first use: write() gives it and its signatures."""
    made = Kernel.promised(name, module, text, lambda: (*write(), _OPTIONS | {"nogil": nogil}))
    KERNELS.append(made)
    return made


def promised_instruction(name, module, text, write, *, reach, writes, numbers):
    """An instruction of that kind; the rest as `instruction` is told."""
    made = Instruction.promised(
        name, module, text, lambda: (*write(), numbers, reach, writes, lambda: 0))
    INSTRUCTIONS.append(made)
    return made


def _names(function):
    """The names of a function's arguments."""
    return function.__code__.co_varnames[:function.__code__.co_argcount]


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
        made = Instruction(py_func, signatures, numbers, reach, writes, multiply_adds)
        INSTRUCTIONS.append(made)
        return made
    return wrap


def helper(*, fastmath=False, inline=False, overlap=False):
    """A function for kernels to call; it is compiled into each of them. `overlap`: as in `kernel`.

    LLVM works on a helper once for each helper that stands between it and a kernel. `inline` has
    Numba copy it into its caller first: for helpers with one caller, and for tiny ones. (Program
    A's kernels compile in 17 s with that and in 25 without; with all inline in 18.)
    """
    def wrap(py_func):
        if DISABLED:
            return py_func
        return Later(py_func, _OPTIONS | {"fastmath": fastmath,
                                          "inline": "always" if inline else "never"},
                     Compiler if overlap else _Pipeline)
    return wrap


def body(made):
    """What a kernel does, as a helper: for another kernel to contain it."""
    return helper(inline=True)(made.py_func)


def files():
    """Of every signature the file that it is kept in, whether there is one or not; or None."""
    return [function.file(argument_types) for function in [*KERNELS, *INSTRUCTIONS]
            for argument_types in function.argument_types]


def warmup() -> float:
    """Load or compile every signature of every kernel; seconds it took.

    Under NUMBA_DISABLE_JIT nothing is compiled, and it says so.
    """
    start = time.perf_counter()
    if DISABLED:
        COMPILING.tell_that_disabled()
        return 0.0
    for function in [*KERNELS, *INSTRUCTIONS]:
        for argument_types in function.argument_types:
            function.ready(argument_types)
    return time.perf_counter() - start
