"""Programs with classes of their own, as the book writes them: plain, and adopted and rewritten."""

import ast
import contextlib
import io
import linecache
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from both_ways import Ran, left_in, lines_of
from loop_programs import HEAD
from own_classes import OWN_CLASSES
from programs import assert_same

from fastnn.running import loops
from fastnn.running.loops.sites import SITES, Site

ADOPT = "import fastnn\nadoption = fastnn.adopt(globals())\ndel fastnn\n"


def with_own_classes(source: str) -> str:
    """The program with the classes in it, instead of an import of fastnn's."""
    assert source.startswith(HEAD)
    rest = source[len(HEAD):].replace(", weight_scale=0.1", "")
    return f"{OWN_CLASSES}from nnfs.datasets import sine_data, spiral_data\n# ADOPT\n{rest}"


def run_file(source: str, path: Path, adopted: bool) -> Ran:
    """Run a program from a file, so that its classes have a source."""
    text = source.replace("# ADOPT\n", ADOPT if adopted else "\n\n\n")
    path.write_text(text)
    linecache.checkcache(str(path))
    tree = ast.parse(text)
    if adopted:
        loops.forget()
        tree = loops.rewrite(tree, path.name)
    np.random.seed(0)
    space: dict[str, Any] = {"__name__": "__main__"}
    said = io.StringIO()
    with contextlib.redirect_stdout(said), warnings.catch_warnings():
        warnings.resetwarnings()
        exec(compile(tree, str(path), "exec"), space)
    adoption = space.pop("adoption", None)
    if adoption is not None:
        adoption.undo()
    return Ran(lines_of(said.getvalue()), left_in(space), "")


def same_adopted(source: str, folder: Path) -> int:
    """Fails unless plain and adopted print and leave the same; turns that were trained."""
    plain = run_file(source, folder / "program.py", False)
    adopted = run_file(source, folder / "program.py", True)
    assert adopted.lines == plain.lines and adopted.error == plain.error
    assert_same(adopted.left, plain.left)
    return sum(site.trained for site in SITES.values())


def of_epochs() -> Site:
    """The loop over epochs."""
    return next(site for site in SITES.values() if site.variable == "epoch")


def trained_the_same(source: str, folder: Path, least: int) -> None:
    """Fails unless both ways leave the same, and so many epochs were trained at once."""
    same_adopted(source, folder)
    assert of_epochs().trained >= least, loops.report()


def left_the_same(source: str, folder: Path, words: str = "") -> None:
    """Fails unless both ways leave the same, and no epoch was trained, for a reason of these words.
    """
    same_adopted(source, folder)
    assert of_epochs().trained == 0, loops.report()
    assert words in (of_epochs().why or ""), loops.report()
