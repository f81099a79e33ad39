"""Kernels as objects: closed lists of signatures, each loaded from the cache,
compiled, or done without, as it is met.

A signature is a tuple of words: "f4:2" is a C-contiguous float32 array of two axes, "f8" a number,
"f8*" a pointer to numbers.

What is called with types that fit none is refused before anything runs: `kernel.refuses(...)` says
so. The types are checked by compiled code (`entries.py`); what fits none that is there comes to
`Kernel.search`. To load takes no Numba: that is imported by the first compile (`compiler.py`).
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

import numpy as np

from fastnn.compile import background, cache, late, linking
from fastnn.compile.arguments import Types, fits, in_brief, tidied
from fastnn.compile.background import Request
from fastnn.compile.entries import entry, layout
from fastnn.compile.settings import SETTINGS
from fastnn.compile.undivided import Uninterrupted, undivided
from fastnn.compile.waiting import COMPILING

# Nothing is compiled under NUMBA_DISABLE_JIT: then every kernel refuses everything, and the classes
# let NumPy compute.
DISABLED = SETTINGS.DISABLE_JIT or layout() is None

# Seconds that this process waits for a kernel that another one is compiling: the longest takes 6.
_PATIENCE = 15.0


class NoMatch(TypeError):
    """The kernel has no signature for these arguments; nothing was run."""


class Kernel:
    """A function with a closed list of signatures, compiled one by one as they are met.

    declared: the signatures, as text; argument_types: as tuples of words. overloads: where the code
    of each lies that is in this process.
    """

    is_imported = True  # with fastnn; somebody's own formula is not, and no helper can make it
    twin: Any = None  # what does the same until it is compiled
    is_called_alone = False  # by who cannot do without, and asks `awaited` before
    is_called = True  # by Python; an instruction by compiled code alone
    __name__: str
    __module__: str

    def __init__(self, py_func: Callable, signatures: Any, **how: bool) -> None:
        update_wrapper(self, py_func)
        self._begin()
        self._said: Any = (py_func, tuple(signatures), how)
        self.tell(how)

    @classmethod
    def promised(cls, name: str, module: str, text: str, write: Callable[[], tuple]) -> Any:
        """One with this name and docstring. write(), later, gives what the constructor takes, and
        what it is told by name as a dict.
        """
        made = cls.__new__(cls)
        # All that `staticmethod` asks for.
        vars(made).update(__name__=name, __qualname__=name, __module__=module, __doc__=text,
                          __annotations__={}, _said=write)
        made._begin()
        return made

    def _begin(self) -> None:
        self.overloads: dict[Types, int] = {}
        self.refuses: Any = self.search
        self._types: list[Types] | None = None
        self._unfit: set[Any] = set()  # arguments that fit no signature, in brief
        self._asked: dict[Any, Request] = {}  # those whose signature a helper process compiles
        self._requests: dict[Types, Request] = {}

    def tell(self, how: dict[str, Any]) -> None:
        """What the constructor is told by name: nogil, that it runs without Python's lock; overlap,
        that its arrays may be written through other pointers meanwhile.
        """
        self._nogil, self._overlap = how.pop("nogil", False), how.pop("overlap", False)

    def _written(self) -> tuple[Callable, tuple[str, ...]]:
        """(function, signatures), which those of a formula are written for."""
        if callable(self._said):
            with undivided():
                if callable(self._said):  # else another thread was first
                    py_func, signatures, how = self._said()
                    self.tell(dict(how))
                    self._said = py_func, tuple(signatures), how
        return self._said[:2]

    @property
    def py_func(self) -> Callable:
        """The function, in Python."""
        return self._written()[0]

    @property
    def declared(self) -> tuple[str, ...]:
        """The signatures, as they were declared."""
        return self._written()[1]

    @property
    def argument_types(self) -> list[Types]:
        """The same, as tuples of words."""
        if self._types is None:
            self._types = [self.parsed(signature) for signature in self.declared]
        return self._types

    # ------------------------------------------------------------------------------- calls

    def __call__(self, *arguments: Any) -> int:
        """Call it: its status, 0 where it did its work. NoMatch where no signature fits."""
        status = self.refuses(*arguments)
        if status is True:
            raise NoMatch(f"{self.__name__} has no signature for these arguments")
        return status

    def search(self, *arguments: Any) -> Any:
        """`refuses`, of what fits no signature that is in this process: the status; True where no
        signature fits, or where the caller is to do without for now.

        Of a kernel that has signatures by now entries stand in its place, and this behind them.
        """
        brief = in_brief(arguments)
        if brief in self._unfit:  # to look through the declared ones takes 50 us
            return True
        if DISABLED:
            COMPILING.tell_that_disabled()
            return True
        request = self._asked.get(brief)
        if request is not None and background.is_awaited(request):
            return self._done_without(arguments)
        for types in self.argument_types:
            if fits(arguments, types):
                if types in self.overloads:
                    tidy = tidied(arguments, types)
                    return True if tidy is None else self.refuses(*tidy)
                request = None if self.is_called_alone else self.awaited(types)
                if request is not None:
                    self._asked[brief] = request
                    return self._done_without(arguments)
                self._asked.pop(brief, None)
                self.ready(types)
                return self.refuses(*arguments)
        if len(self._unfit) < 1000:
            self._unfit.add(brief)
        return True

    def _done_without(self, arguments: tuple) -> Any:
        if self.twin is None or self.overloads:
            return True
        return _quietly(self.twin, arguments)  # a kernel warns of nothing

    # --------------------------------------------------------------------- loading, compiling

    def ready(self, types: Types) -> None:
        """Load or compile one declared signature, if that has not been done.

        Signals wait for the end of it: Ctrl-C acts between kernels.
        """
        while not self._is_ready(types):
            pass  # a signal came while another process was waited for; now it has been handled

    def _is_ready(self, types: Types) -> bool:
        with undivided():
            if types in self.overloads or self._load(types):
                return True
            with cache.alone(self, types, _PATIENCE) as alone:
                if not self._load(types):  # another process may have made it meanwhile
                    if not alone and Uninterrupted.is_awaited():
                        return False
                    code, is_whole = self._compile_anew(types)
                    if is_whole:
                        cache.save(self, types, code)
                    self._take(types, code)
        return True

    def _load(self, types: Types) -> bool:
        """Take a signature from the cache; whether it was there."""
        return cache.load(self, types, lambda code: self._take(types, code))

    def _take(self, types: Types, code: bytes) -> None:
        """Put a signature that was compiled into this process, with its entry before all others."""
        if SETTINGS.BOUNDSCHECK:
            late.compiler().provide_runtime()
        address = linking.linked(cache.symbol(self, types), code)
        self.overloads[types] = address
        if self.is_called:
            self.refuses = entry(address, self.__name__, self.refuses)

    def _compile_anew(self, types: Types) -> tuple[bytes, bool]:
        """(its object, whether another process may use that)"""
        with COMPILING.compiling():
            compiler = late.compiler()
            with compiler.alone_with_numba():
                lets_go = "always" if self.is_called_alone else "if large"
                return compiler.compiled(
                    self.py_func, types, cache.symbol(self, types), overlap=self._overlap,
                    is_called=self.is_called, lets_go=lets_go if self._nogil else "")

    # ---------------------------------------------------------------------------- who waits

    def keep(self, signature: str, patient: bool) -> bool:
        """Have the cache hold a declared signature; False where another process is at it.

        patient: wait for that one, and do it where it does not.
        """
        return self.keep_types(self.parsed(signature), patient)

    def keep_types(self, types: Types, patient: bool) -> bool:
        """The same of its types."""
        if not patient and self.is_missing(types):
            with cache.alone(self, types, 0) as alone:
                pass
            if not alone:
                return False
        self.ready(types)
        return True

    def is_missing(self, types: Types) -> bool:
        """Whether this signature is neither loaded nor on disk."""
        if types in self.overloads:
            return False
        path = self.file(types)
        return not (path is not None and path.exists() or cache.stored(self, types) is not None)

    def kept_in(self, signature: str) -> Any:
        """The file of a signature, as it was declared."""
        return self.file(self.parsed(signature))

    def awaited(self, types: Any) -> Request | None:
        """The request for a signature that the caller is to do without for now; None for none."""
        if types in self.overloads:
            return None
        request = self.request(types)
        return request if background.postponed(request) else None

    def is_wished(self, types: Any) -> bool:
        """Whether a caller who has the same digits otherwise is to do without a signature."""
        return types not in self.overloads and background.wished(self.request(types))

    def request(self, types: Types) -> Request:
        """What a helper process is asked for this signature."""
        request = self._requests.get(types)
        if request is None:
            request = self._requests[types] = Request(
                self.file(types), self.__module__, self.__name__,
                self.declared[self.argument_types.index(types)], self.is_imported,
                cache.stored(self, types) is not None)
        return request

    def is_awaited(self) -> bool:
        """Whether a helper is at a signature that was met."""
        if self._asked:
            self._asked = {brief: request for brief, request in list(self._asked.items())
                           if background.is_awaited(request)}
        return bool(self._asked)

    @staticmethod
    def parsed(signature: str) -> Types:
        """The types of a signature that was declared."""
        return tuple(signature.split())

    def file(self, types: Types) -> Any:
        """Where this signature is kept on disk; None where nothing can be."""
        return cache.path(self, types)


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


def refused(kernel: Any, *arguments: Any) -> Any:
    """`kernel.refuses`, of what only calls a kernel.

    The only place that catches it, and with nothing but the call inside: what a fault of ours
    raises on the way to a kernel comes out, and never sends a call the careful way instead.
    """
    try:
        return kernel(*arguments)
    except NoMatch:
        return True
