"""Who wants to know where time goes: nobody, or the open profiles.

What runs asks `watcher()` (one global read) and tells it, if there is one, what it did and when, in
seconds of `time.perf_counter`:

    watching = watcher()
    if watching is not None:
        watching.fused(begin, end, parts)                  one compiled call of a training loop

The calling thread is taken for the one that did it. Spans of one thread may contain each other, and
the inner ones are told first, as they end: each second is counted once, for the innermost.

`fit` and Model's methods open a span of their own (`within`), so that planning a run and leaving
its results on the objects have a row: the compiled calls within need only `fused`.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from types import CodeType, FunctionType
from typing import Any, NamedTuple, Protocol

ADOPTED = "@"  # how names of ours in an adopted method begin, and none in anybody's source
PHASES = ("data", "forward", "loss", "backward", "optimizer", "metrics")


def is_adopted(code: CodeType) -> bool:
    """Whether it is that of a method of somebody's class, with ours before theirs."""
    return any(name.startswith(ADOPTED) and name[1:2].isdigit()  # pytest has @py_assert1
               for name in code.co_varnames)


class Part(NamedTuple):
    """What one object did in one phase of a compiled call.

    `calls`: how often in that call (steps, for most); `flops` and `bytes` of all of them together,
    0 where unknown. The rate shown is that of the operations, without any that of the bytes.
    """

    owner: object  # the layer, loss, optimizer or accuracy; None where it is nobody's
    phase: str  # one of PHASES
    calls: int
    seconds: float
    flops: float = 0.0
    bytes: float = 0.0


class Watcher(Protocol):
    """What the open profiles are told."""

    def fused(self, begin: float, end: float, parts: list[Part]) -> None:
        """One compiled call, from `begin` to `end`; the parts add up to about end - begin.

        What they lack of it is shown as the loop's own. Several parts may name the same owner and
        phase: they are added up.
        """

    def span(self, owner: object, phase: str, begin: float, end: float,
             flops: float = 0.0, bytes: float = 0.0) -> None:
        """One call of an object, or with `owner` a text something else with a name."""

    def within(self, owner: object) -> AbstractContextManager[object]:
        """A span that may be long and contain thousands of others, phase "engine"."""

    def stepwise(self, reason: str, things: Iterable[object]) -> None:
        """A run of these things goes step by step because of this."""

    def aside(self) -> AbstractContextManager[object]:
        """Meanwhile the methods of all classes are their own: who reads them wants to see those."""

    def converted(self, who: str, name: str, kind: str, seconds: float) -> None:
        """An argument of a method came as such a thing, and was made an array of."""


_watcher: Watcher | None = None
_originals: dict[Any, Any] = {}  # a method that is timed -> the one it calls


def replaced(by: dict[Any, Any]) -> None:
    """These methods (keys) stand in the place of others (values) while a profile is open."""
    _originals.update(by)


def restored(by: Iterable[Any]) -> None:
    """They do no more."""
    for method in by:
        _originals.pop(method, None)


def original(method: Any) -> Any:
    """The method without what profiles put around it."""
    while isinstance(method, FunctionType) and method in _originals:
        method = _originals[method]
    return method


def watcher() -> Watcher | None:
    """Who is to be told, or None: then nothing needs to be measured."""
    return _watcher


def watch(who: Watcher | None) -> None:
    """Tell this one from now on; None ends it. For `profiling` alone."""
    global _watcher
    _watcher = who


def within(owner: object) -> AbstractContextManager[object]:
    """A span for the open profiles, if there are any."""
    watching = _watcher  # read once: another thread may end the last profile
    return nullcontext() if watching is None else watching.within(owner)


def aside() -> AbstractContextManager[object]:
    """A while in which the open profiles, if there are any, have no method replaced."""
    watching = _watcher
    return nullcontext() if watching is None else watching.aside()


def stepwise(reason: str, things: Iterable[object]) -> None:
    """Tell the open profiles, if there are any, why a run of these things is not compiled."""
    watching = _watcher
    if watching is not None:
        watching.stepwise(reason, things)
