"""A program run as it is and rewritten, in one process: what each prints and leaves."""

import ast
import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from programs import assert_same, walk

from fastnn.running import loops
from fastnn.running.loops.sites import SITES


def lines_of(said: str) -> list[str]:
    """What was printed, but for where objects lie."""
    return re.sub("0x[0-9a-f]+", "0x", said).splitlines()


class Ran(NamedTuple):
    """lines: what it printed; left: arrays, numbers, texts and types by name; error: its words."""

    lines: list[str]
    left: dict[str, np.ndarray]
    error: str


def run(source: str, rewritten: bool) -> Ran:
    tree = ast.parse(source)
    if rewritten:
        loops.forget()
        tree = loops.rewrite(tree, "program.py")
    np.random.seed(0)
    space: dict[str, Any] = {"__name__": "__main__"}
    said, error = io.StringIO(), ""
    with contextlib.redirect_stdout(said), warnings.catch_warnings():
        warnings.resetwarnings()
        try:
            exec(compile(tree, "program.py", "exec"), space)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    return Ran(lines_of(said.getvalue()), left_in(space), error)


def left_in(space: dict[str, Any]) -> dict[str, np.ndarray]:
    """What a program has left: its names, and where NumPy's random stream stands."""
    left = {path: value for name, item in space.items() if not name.startswith("__")
            for path, value in _left(name, item)}
    left["random"] = np.random.random(3)
    return left


def _left(name: str, item: Any) -> Iterator[tuple[str, np.ndarray]]:
    if isinstance(item, ModuleType | FunctionType | type):
        return
    if isinstance(item, dict):
        item = SimpleNamespace(**item)
    elif isinstance(item, list):
        item = [SimpleNamespace(**one) if isinstance(one, dict) else one for one in item]
    yield from walk(name, item)
    if isinstance(item, str | type(None)):
        yield name, np.array(str(item))
    if isinstance(item, list):
        yield f"types in {name}", np.array([type(one).__name__ for one in item])


def same_both_ways(source: str) -> tuple[int, str]:
    """Fails unless both ways print and leave the same; turns that were trained, and the report."""
    plain, rewritten = run(source, False), run(source, True)
    assert rewritten.lines == plain.lines
    assert rewritten.error == plain.error
    assert_same(rewritten.left, plain.left)
    return sum(site.trained for site in SITES.values()), "\n".join(loops.report())


def changed(source: str, *pairs: tuple[str, str]) -> str:
    """The source with each first text replaced by the second; it has to be there, once."""
    for old, new in pairs:
        assert source.count(old) == 1, f"{old!r} is there {source.count(old)} times"
        source = source.replace(old, new)
    return source
