"""Numba for the kernels' modules, imported when something has to be compiled and not before.

Compiled code that is kept needs no Numba to run, and to import it takes half of a short program's
start. So what the modules in `kernels/` take of it stands here under the same names: its modules
are imported when something of theirs is asked for, and what its decorators would make at once is
made when compiled code first meets it (`compiler.py`). Nothing of these may be asked for while a
module of ours is imported.
"""

from functools import update_wrapper
from typing import Any

from fastnn.compile.search_path import imported


class _Module:
    """A module that is imported by the first question to it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(imported(self._name), name)
        setattr(self, name, found)
        return found


types: Any = _Module("numba.core.types")
cgutils: Any = _Module("numba.core.cgutils")
arrayobj: Any = _Module("numba.np.arrayobj")
ir: Any = _Module("llvmlite.ir")


def compiler() -> Any:
    """`compiler.py`, which imports Numba."""
    return imported(f"{__package__}.compiler")


class Made:
    """A function for compiled callers alone, of which Numba's part is made when one is compiled."""

    _part: Any = None

    def __init__(self, py_func: Any, *said: Any) -> None:
        update_wrapper(self, py_func)
        self.py_func, self._said = py_func, said

    def part(self) -> Any:
        """Numba's part."""
        if self._part is None:
            self._part = self._make(compiler())
        return self._part

    def _make(self, compiler: Any) -> Any:
        raise NotImplementedError

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Python has nothing to call here."""
        raise TypeError(f"{self.__name__} is for kernels to call")  # type: ignore[attr-defined]


class Helper(Made):
    """A function that only kernels call."""

    def _make(self, compiler: Any) -> Any:
        return compiler.helper_of(self.py_func, *self._said)

    @property
    def _numba_type_(self) -> Any:
        return self.part()._numba_type_


class Intrinsic(Made):
    """Code in LLVM's language for kernels to contain."""

    def _make(self, compiler: Any) -> Any:
        return compiler.intrinsic_of(self.py_func, *self._said)

    @property
    def _numba_type_(self) -> Any:
        return compiler().type_of(self.part())


def intrinsic(define: Any = None, *, prefer_literal: bool = False) -> Any:
    """As `numba.extending.intrinsic`."""
    if define is None:
        return lambda define: Intrinsic(define, prefer_literal)
    return Intrinsic(define, prefer_literal)


_overloads: list[tuple[Any, Any]] = []


def overload(function: Any) -> Any:
    """As `numba.extending.overload`."""
    def wrap(define: Any) -> Any:
        _overloads.append((function, define))
        return define
    return wrap


def overloads() -> list[tuple[Any, Any]]:
    """Those that Numba has not been told of yet: (function, what it is compiled from)."""
    found = _overloads[:]
    _overloads.clear()
    return found
