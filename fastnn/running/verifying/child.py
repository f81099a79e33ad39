"""One run of a program in a process of its own, started by this file's path.

Plainly it runs without anything of ours: no Numba is imported, and a program that imports fastnn
itself gets it anew. Both ways start random numbers alike that the program does not seed, or no two
runs could be compared. What the program ends with goes to a file as JSON.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sys
import time
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

_PACKAGE = os.path.abspath(__file__)
for _ in range(3):
    _PACKAGE = os.path.dirname(_PACKAGE)
_ENTROPY = 0x5EED_0F_A_FA57_2117


def main(asked: dict[str, Any]) -> int:
    """Run what is asked for; the program's exit status."""
    sys.path[0] = os.path.dirname(_PACKAGE)  # not this folder; as_main puts the program's there
    secrets.randbits = lambda k: _ENTROPY % (1 << k)  # which NumPy's unseeded generators ask
    if asked["plain"]:
        _without_contents("fastnn")
    from fastnn.running.session import Session
    from fastnn.running.verifying import clocks, values
    from fastnn.support.handlers import dropped

    session = Session(asked["name"], asked["is_module"], asked["arguments"],
                      loops=asked["loops"], plain=asked["plain"])
    if asked["plain"]:
        for name in [name for name in sys.modules if name.partition(".")[0] == "fastnn"]:
            del sys.modules[name]
    ended: list[str] = []
    module = session.opened_for_good()
    clock = time.perf_counter
    if asked["hurry"]:
        clocks.hurry()
    random.seed(_ENTROPY)
    numpy = _Importing(clock)
    sys.meta_path.insert(0, numpy)
    begin = clock()
    status = session.run(module, lambda error: ended.append(_said(error)))
    with dropped(OSError, ValueError, AttributeError):  # it may have closed it
        sys.stdout.flush()
    seconds = clock() - begin - numpy.seconds
    sys.meta_path.remove(numpy)
    found = values.collected(vars(module), session.program.place)
    said = {"status": status, "seconds": seconds, "ended": ended, "values": found,
            "report": "" if asked["plain"] else session.report(),
            "spent": "" if asked["plain"] else _spent(session.adoptions.seconds)}
    with open(asked["result"], "w", encoding="utf-8") as file:
        json.dump(said, file)
    return status


def _without_contents(name: str) -> None:
    """A package whose modules can be imported, without what it imports itself."""
    package = ModuleType(name)
    package.__path__ = [_PACKAGE]
    sys.modules[name] = package


class _Importing(MetaPathFinder):
    """Times NumPy's import: a plain program imports it itself, fastnn has before."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.seconds = 0.0
        self._clock = clock

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Python's own spec, with a loader that is timed."""
        spec = PathFinder.find_spec(name, path, target) if name == "numpy" else None
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def timed(module: ModuleType) -> None:
                begin = self._clock()
                execute(module)
                self.seconds += self._clock() - begin
            setattr(spec.loader, "exec_module", timed)  # noqa: B010
        return spec


def _spent(reading: float) -> str:
    """What the adopted run took before it was any faster."""
    from fastnn.compile.waiting import COMPILING

    compiling = (f", and {COMPILING.seconds:.2f} s to compile {COMPILING.kernels} kernels, which "
                 "are kept for the next") if COMPILING.kernels else ""
    return f"of the adopted run {reading:.2f} s went to read its classes{compiling}"


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
