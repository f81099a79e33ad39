"""Nothing of what a checked class or function does stays on the machine.

Who asks whether a file is right only wants to look. Its methods are called with arrays, though, and
so are its functions: one that saves, removes or starts something would do so. In the child of
`isolation.py` all of that is refused, by the audit hooks that Python has for it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = frozenset(("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown",
                      "os.utime", "os.setxattr", "os.rename", "os.link", "os.symlink"))
_REACHES = frozenset(("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.kill", "os.killpg",
                      "subprocess.Popen", "socket.connect", "socket.bind", "socket.sendto"))


def leave_none() -> None:
    """Have this process change no file and reach no other, from now on and for good."""
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path, _, flags = arguments
        if isinstance(flags, int) and flags & _WRITES and not _is_harmless(path):
            raise PermissionError(f"a class that is checked writes no file, got {path!r}")
    elif event in _CHANGES:
        raise PermissionError(f"a class that is checked changes no file, got {event}")
    elif event in _REACHES:
        raise PermissionError(f"a class that is checked starts and reaches no process, got {event}")


def _is_harmless(path: Any) -> bool:
    """Whether it is open already, or leads nowhere."""
    return isinstance(path, int) or os.fsdecode(path) == os.devnull
