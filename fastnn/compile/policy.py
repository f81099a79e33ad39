"""What happens where a kernel is not compiled yet: who chose what, for the process or a thread."""

import contextlib
import os
import threading
from collections.abc import Iterator

POLICIES = ("background", "wait", "never")
VARIABLE = "FASTNN_COMPILE"


class _Chosen:
    """For this process; "": what the environment says."""

    word = ""
    is_measured = False


_chosen = _Chosen()
_own = threading.local()


def policy() -> str:
    """The policy that is in force. What is measured is to be the kernels' time, not NumPy's."""
    if not _chosen.word:
        _chosen.word = os.environ.get(VARIABLE, "") or "background"
    if getattr(_own, "waits", False):
        return "wait"
    found = _chosen.word
    if found not in POLICIES:
        _chosen.word = ""
        raise ValueError(f"{VARIABLE}: expected one of {', '.join(POLICIES)}, got {found!r}")
    return "wait" if found == "background" and _chosen.is_measured else found


def measured(yes: bool) -> None:
    """Whether somebody measures times now."""
    _chosen.is_measured = yes


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Have this thread compile what it misses, whatever is chosen for the process. (Of two threads
    that chose "wait" for the process, and then again what was before, one went on without it, and
    the other left it behind.)
    """
    before, _own.waits = getattr(_own, "waits", False), True
    try:
        yield
    finally:
        _own.waits = before


class compile_policy:  # noqa: N801  as `set_dot_precision`
    """Choose what happens where a kernel is not compiled yet, from now on or, as a context manager,
    for a while.

    "background"  NumPy computes, while a helper process at low priority compiles (the default).
                  Only where that gives the same digits, which is not so in the fast lane, nor
                  under `nnfs.init()` without AVX-512: there as "wait". On one core the helper
                  begins after 6 s
    "wait"        compile it, then go on
    "never"       NumPy computes; nothing is compiled, what is there already is used

    The variable FASTNN_COMPILE of the environment says the same. It holds for the whole process.
    Raises ValueError for any other word.

    >>> with compile_policy("wait"):
    ...     pass
    """

    def __init__(self, policy: str) -> None:
        if policy not in POLICIES:
            raise ValueError('compile_policy: expected "background", "wait" or "never", '
                             f"got {policy!r}")
        self._policy, self._outer = policy, [_chosen.word]  # before the call, then before blocks
        self._fresh = True
        _chosen.word = policy

    def __enter__(self) -> "compile_policy":
        if not self._fresh:
            self._outer.append(_chosen.word)
        self._fresh, _chosen.word = False, self._policy
        return self

    def __exit__(self, *exception: object) -> None:
        _chosen.word = self._outer.pop()
