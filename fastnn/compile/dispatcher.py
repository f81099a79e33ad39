"""Kernels and instructions as objects: dispatchers of Numba's with a closed list of signatures,
each loaded from the cache, compiled, or done without, as it is met.

What is called with types that fit none is refused before anything runs: `kernel.refuses(...)` says
so. The types are checked by compiled code of ours (`entries.py`), and where that finds none that
fit, by Numba's own dispatcher.
"""

from functools import cache
from typing import Any

import numpy as np
from numba.core import config, types
from numba.core.compiler import CompilerBase
from numba.core.errors import NumbaNotImplementedError
from numba.np.numpy_support import from_dtype, map_layout

from fastnn.compile import background
from fastnn.compile.background import Request
from fastnn.compile.cache import KernelCache
from fastnn.compile.entries import entry
from fastnn.compile.passes import passes
from fastnn.compile.undivided import Uninterrupted, undivided
from fastnn.compile.unmade import Later
from fastnn.compile.waiting import COMPILING

# Numba compiles nothing under NUMBA_DISABLE_JIT: then every kernel refuses everything, and the
# classes let NumPy compute.
DISABLED = bool(getattr(config, "DISABLE_JIT", 0))
# No kernel makes an array, so none is counted either (`_nrt`).
OPTIONS = {"nopython": True, "error_model": "numpy", "boundscheck": None, "_nrt": False}

_TYPES = {"f4": types.float32, "f8": types.float64, "i8": types.int64, "u1": types.uint8,
          "u4": types.uint32, "b1": types.boolean}

# Seconds that this process waits for a kernel that another one is compiling: the longest takes 6.
_PATIENCE = 15.0

_array = np.ndarray


class NoMatch(TypeError):
    """The kernel has no signature for these arguments; nothing was run."""


class Overlapping(CompilerBase):
    """How kernels are compiled whose arrays may be written through other pointers meanwhile."""

    def define_pipelines(self):
        """As Numba asks for them."""
        return passes(self.state)


class Pipeline(Overlapping):
    """How all others are: told that no two array arguments overlap.

    Without it LLVM guards each loop with overlap checks and gives up where there are many arrays.
    """

    def define_pipelines(self):
        """As Numba asks for them."""
        self.state.flags.noalias = True
        return super().define_pipelines()


class Kernel(Later):
    """A dispatcher with a closed list of signatures, compiled one by one as they are met."""

    is_imported = True  # with fastnn; somebody's own formula is not, and no helper can make it
    _own_class: Any = None  # of one that is awaited
    twin = None  # what does the same until it is compiled
    is_called_alone = False  # by who cannot do without, and asks `awaited` before

    # As with constructors, each is told what it needs.
    def say(self, py_func, signatures, options, pipeline=Pipeline):  # type: ignore[override]
        """What is known before it is made."""
        self.declared = signatures
        self._parsed = None
        self._unfit = set()  # arguments that fit no signature, in brief
        self._asked = {}  # those whose signature a helper process compiles, and the request
        self._requests = {}  # by signature
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
        while not self._is_ready(argument_types):
            pass  # a signal came while another process was waited for; now it has been handled

    def _is_ready(self, argument_types):
        with undivided():
            if argument_types in self.overloads or self._load(argument_types):
                return True
            place = self._cache.alone(argument_types, self.targetctx.codegen(), _PATIENCE)
            with place as alone:
                if not self._load(argument_types):  # another process may have made it meanwhile
                    if not alone and Uninterrupted.is_awaited():
                        return False
                    found = self._compile_anew(argument_types)
                    self._cache.save_overload(argument_types, found)
                    self.add_overload(found)
        return True

    def _load(self, argument_types):
        """Take a signature from the cache; whether it was there."""
        found = self._cache.load_overload(argument_types, self.targetctx)
        if found is None:
            return False
        self.targetctx.insert_user_function(found.entry_point, found.fndesc, [found.library])
        self.add_overload(found)
        return True

    def add_overload(self, cres):
        """Take a signature that was compiled or loaded, with its entry in front of all others."""
        super().add_overload(cres)
        self.refuses = entry(cres, self.refuses)  # type: ignore[method-assign]

    def refuses(self, *arguments):
        """Call it: its status, 0 where it did its work; True where no signature fits.

        Of a kernel that has signatures by now an entry stands here, and this behind all of them.
        """
        return refused(self, *arguments)

    def keep(self, signature, patient):
        """Have the cache hold a declared signature; False where another process is at it.

        patient: wait for that one, and do it where it does not.
        """
        return self.keep_types(self.parsed(signature), patient)

    def keep_types(self, argument_types, patient):
        """The same of its types."""
        if not patient and self.is_missing(argument_types):
            with self._cache.alone(argument_types, self.targetctx.codegen(), 0) as alone:
                pass
            if not alone:
                return False
        self.ready(argument_types)
        return True

    def is_missing(self, argument_types):
        """Whether this signature is neither loaded nor on disk."""
        if argument_types in self.overloads:
            return False
        path = self.file(argument_types)
        return not (path is not None and path.exists() or self._is_stored(argument_types))

    def _is_stored(self, argument_types):
        return self._cache.stored(argument_types, self.targetctx.codegen()) is not None

    def kept_in(self, signature):
        """The file of a signature, as it was declared."""
        return self.file(self.parsed(signature))

    def awaited(self, argument_types):
        """The request for a signature that the caller is to do without for now; None for none."""
        if argument_types in self.overloads:
            return None
        request = self.request(argument_types)
        return request if background.postponed(request) else None

    def is_wished(self, argument_types):
        """Whether a caller who has the same digits otherwise is to do without a signature."""
        return argument_types not in self.overloads and background.wished(
            self.request(argument_types))

    def request(self, argument_types):
        """What a helper process is asked for this signature."""
        request = self._requests.get(argument_types)
        if request is None:
            request = self._requests[argument_types] = Request(
                self.file(argument_types), self.__module__, self.__name__,
                self.declared[self.argument_types.index(argument_types)], self.is_imported,
                self._is_stored(argument_types))
        return request

    def is_awaited(self):
        """Whether a helper is at a signature that was met."""
        if self._asked:
            self._asked = {brief: request for brief, request in list(self._asked.items())
                           if background.is_awaited(request)}
        return bool(self._asked)

    @staticmethod
    def parsed(signature):
        """The types of a signature that was declared."""
        return _parse(signature)

    def file(self, argument_types):
        """Where this signature is kept on disk; None where nothing can be."""
        return self._cache.path(argument_types, self.targetctx.codegen())

    def _compile_anew(self, argument_types):
        with COMPILING.compiling():
            self._compiler._failed_cache.clear()  # what failed for want of memory may do now
            return self._compiler.compile(argument_types, None)

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
        brief = _brief(args)
        if brief in self._unfit:
            return False
        if DISABLED:
            COMPILING.tell_that_disabled()
            return False
        request = self._asked.get(brief)
        if request is not None and background.is_awaited(request):
            return False
        met = tuple(self.typeof_pyval(a) for a in args)
        for declared in self.argument_types:
            if _fits(met, declared):
                request = None if self.is_called_alone else self.awaited(declared)
                if request is not None:
                    self._asked[brief] = request
                    kind = type(self)  # another thread may be at the same
                    if self.twin and not self.overloads and not issubclass(kind, _Awaited):
                        self.__class__ = _awaited_of(kind)
                    return False
                self._asked.pop(brief, None)
                self.ready(declared)
                return True
        if len(self._unfit) < 1000:
            self._unfit.add(brief)
        return False

    def _explain_matching_error(self, *args, **kwargs):
        """Numba asks this for its error. Its own search for near misses takes 200 us."""
        raise NoMatch(f"{self.__name__} has no signature for these arguments")


try:
    from numpy._core.umath import _extobj_contextvar as _extobj
    from numpy._core.umath import _make_extobj

    _ignoring = _make_extobj(all="ignore")

    def _quietly(function, arguments):
        """Call it under np.errstate(all="ignore"), in a tenth of that one's time."""
        before = _extobj.set(_ignoring)
        try:
            return function(*arguments)
        finally:
            _extobj.reset(before)
except (ImportError, TypeError):
    def _quietly(function, arguments):
        with np.errstate(all="ignore"):
            return function(*arguments)


class _Awaited:
    """A kernel that is not there yet: its twin is called, without all that Numba does first."""

    __slots__ = ()
    _own_class: type
    _asked: dict
    twin: Any

    def __call__(self, *arguments):
        request = self._asked.get(_brief(arguments))
        if request is None or not background.is_awaited(request):
            self.__class__ = self._own_class or type(self)  # another thread may have been first
            return self(*arguments)
        return _quietly(self.twin, arguments)  # a kernel warns of nothing


@cache
def _awaited_of(kind):
    return type(kind.__name__, (_Awaited, kind),
                {"__slots__": (), "__module__": kind.__module__, "_own_class": kind})


def refused(kernel, *arguments):
    """`kernel.refuses`, the long way; also of what only calls a kernel.

    The only place that catches it, and with nothing but the call inside: what a fault of ours
    raises on the way to a kernel comes out, and never sends a call the careful way instead.
    """
    try:
        return kernel(*arguments)
    except NoMatch:
        if not isinstance(kernel, _Awaited):
            return True
    return kernel(*arguments)  # by its twin


def _brief(arguments):
    """All that decides on the types of arguments, in few words."""
    return tuple([(a.dtype, a.ndim, a.flags.num) if type(a) is _array else type(a)
                  for a in arguments])


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
        options = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        super().say(py_func, [_pointers(words) for words in signatures], options)
        self._addresses, self._known = {}, frozenset(signatures)
        self.numbers, self.operands = tuple(numbers.split()), names_of(py_func)[:-1]
        self.named = frozenset(self.numbers) - {"_"}
        self.written = tuple(self.operands.index(name) for name in writes.split())
        self._reach, self._reach_asks = reach, names_of(reach)
        self._flops, self._flops_ask = multiply_adds, names_of(multiply_adds)

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

    def awaited(self, signature):
        """As of a kernel, of a signature as it is declared here."""
        if signature in self._addresses:
            return None
        return super().awaited(_parse(_pointers(signature)))

    def is_wished(self, signature):
        """Whether a caller who has the same digits otherwise is to do without this signature."""
        return signature not in self._addresses and super().is_wished(_parse(_pointers(signature)))

    def is_still_missing(self, signature):
        """`is_missing`, of a signature as it is declared here."""
        return signature not in self._addresses and self.is_missing(_parse(_pointers(signature)))

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


def names_of(function):
    """The names of a function's arguments."""
    return function.__code__.co_varnames[:function.__code__.co_argcount]
