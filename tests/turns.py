"""Whose turn it is where tests run side by side (`pytest -n auto`): one that takes times has the
machine to itself.

Each test holds a lock that they share; one marked `clock` waits until it is alone with it. All pass
a gate before, so that who waits to be alone is not overtaken for ever. Without pytest-xdist, or
where there is no flock (Windows), nobody waits.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]


@contextmanager
def _held(file: IO[str], how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


@pytest.fixture(scope="session")
def turn_locks(request: pytest.FixtureRequest,
           tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IO[str], IO[str]] | None]:
    """The gate and the machine; None where no other test runs."""
    if fcntl is None or not hasattr(request.config, "workerinput"):
        yield None
        return
    together: Path = tmp_path_factory.getbasetemp().parent  # that of all workers of this session
    with open(together / "gate", "w") as gate, open(together / "machine", "w") as machine:
        yield gate, machine


@pytest.fixture(autouse=True)
def turn(request: pytest.FixtureRequest,
         turn_locks: tuple[IO[str], IO[str]] | None) -> Iterator[None]:
    """The machine with the others, or alone where the test is marked `clock`."""
    if turn_locks is None:
        yield
        return
    gate, machine = turn_locks
    with ExitStack() as until_done:
        with _held(gate, fcntl.LOCK_EX):
            alone = request.node.get_closest_marker("clock")
            until_done.enter_context(_held(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield
