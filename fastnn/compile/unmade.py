"""Dispatchers that Numba makes when they are first asked for anything.

It takes 70 us to make one, and fastnn has 260, of which a program uses a few. Until then such an
object is of a class that makes it and changes to its own: a call goes straight to Numba's C
dispatcher afterwards, as if it had been made at once. Of one that is only promised even the
function is written then.
"""

from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Any

from numba.core.registry import CPUDispatcher

from fastnn.compile.undivided import undivided


class Later(CPUDispatcher):
    """A dispatcher that is made at its first use. `completed` is called then."""

    def __init__(self, *said: Any) -> None:
        self.say(*said)
        self.__class__ = _unmade(type(self))

    @classmethod
    def promised(cls, name: str, module: str, text: str, write: Callable[[], tuple]) -> Any:
        """One with this name and docstring. write() gives what the constructor takes, later."""
        dispatcher: Any = cls.__new__(cls)
        # All that `staticmethod` asks for.
        vars(dispatcher).update(__name__=name, __qualname__=name, __module__=module, __doc__=text,
                         __annotations__={}, _write=write)
        dispatcher.__class__ = _unmade(cls)
        return dispatcher

    def say(self, py_func: Callable, options: dict[str, Any], pipeline: type) -> None:
        """What is known before it is made."""
        update_wrapper(self, py_func)
        self.py_func = py_func
        self._to_make = {"targetoptions": options, "pipeline_class": pipeline}

    def completed(self) -> None:
        """What is to be said of it after Numba has made its part."""


class _Unmade:
    """All that Numba's part has is missing still: whoever asks for some of it finds it made."""

    __slots__ = ()
    _own_class: type

    def __call__(self, *arguments, **named):
        _make(self)
        return self(*arguments, **named)

    def __getattr__(self, name):
        _make(self)
        return getattr(self, name)

    @property
    def _numba_type_(self):
        _make(self)
        return self._numba_type_


def _unmade_of(kind: type) -> Any:
    return type(kind.__name__, (_Unmade, kind),
                {"__slots__": (), "__module__": kind.__module__, "_own_class": kind})


_unmade: Callable[[type], Any] = cache(_unmade_of)


def _make(dispatcher: Any) -> None:
    with undivided():
        if isinstance(dispatcher, _Unmade):  # else another thread was first
            if not _is_entered(dispatcher):
                if "_write" in vars(dispatcher):
                    dispatcher.say(*dispatcher._write())
                CPUDispatcher.__init__(  # type: ignore[arg-type]
                    dispatcher, dispatcher.py_func, **dispatcher._to_make)
            dispatcher.completed()
            dispatcher.__class__ = dispatcher._own_class


def _is_entered(dispatcher: Any) -> bool:
    """Whether Numba has it in its table, the last thing it does: it enters nothing twice.

    So it is where an error came right behind that.
    """
    return ("_type" in vars(dispatcher)
            and dispatcher.typingctx._lookup_global(dispatcher) is not None)
