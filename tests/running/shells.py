"""Shells of IPython in this process, and what notebooks leave in them."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from both_ways import left_in

_SHELLS_OWN = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def new_shell(monkeypatch: Any) -> Any:
    """A shell that writes nothing to anybody's folder."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    monkeypatch.setenv("IPYTHONDIR", "/nonexistent")
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


def run(shell: Any, *cells: str) -> None:
    """Run cells; what one raises is raised."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for cell in cells:
            shell.run_cell(cell, store_history=True).raise_error()


def left(shell: Any) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """What cells have left: the values by name, and which names are of one memory."""
    names = {name: value for name, value in shell.user_ns.items()
             if not name.startswith("_") and name not in _SHELLS_OWN}
    shown = {f"shown{n}": value for n, value in enumerate(shell.user_ns["Out"].values())}
    return left_in({**names, **shown}), _together(_arrays({**names, **shown}.items()))


def _arrays(items: Iterable[tuple[str, Any]], around: tuple[int, ...] = ()
            ) -> list[tuple[str, np.ndarray]]:
    found = []
    for name, value in items:
        inside = (*around, id(value))
        if isinstance(value, np.ndarray):
            found.append((name, value))
        elif id(value) in around or len(around) > 4:  # layers of a Model know each other
            continue
        elif not isinstance(value, type) and type(value).__module__ == "__main__":
            found += _arrays(((f"{name}.{word}", one) for word, one in vars(value).items()), inside)
        elif isinstance(value, list):
            found += _arrays(((f"{name}[{n}]", one) for n, one in enumerate(value)), inside)
    return found


def _together(arrays: list[tuple[str, np.ndarray]]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for name, array in arrays:
        groups.setdefault(array.__array_interface__["data"][0], []).append(name)
    return sorted(sorted(group) for group in groups.values() if len(group) > 1)
