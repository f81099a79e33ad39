"""`python -m fastnn run --verify`: both ways, in processes of their own."""

import subprocess
import sys
from pathlib import Path

import pytest
from programs_of_readers import SPIRAL, are_adopted
from running_programs import RUN, ended
from test_session import notebook

from fastnn import reference


def verified(folder, text, *arguments, name="program.py", **options) -> tuple[int, list[str], str]:
    (folder / name).write_text(text)
    status, out, error = ended([*RUN, "--verify", "-v", name, *arguments], folder, **options)
    return status, out.splitlines(), error


def test_a_training_is_equal_in_every_bit(tmp_path):
    status, lines, error = verified(tmp_path, SPIRAL)
    assert (status, error) == (0, "")
    assert lines[0].startswith("plain:   ") and lines[1].startswith("adopted: ")
    assert "times as fast" in lines[2] and lines[3].startswith("of the adopted run ")
    assert are_adopted("\n".join(lines))
    assert lines[-1].startswith("equal in every bit: 3 lines, ")
    arrays = int(lines[-1].split(", ")[1].split()[0])
    assert arrays >= 15


CLOCKED = """
import random, sys, time
from datetime import datetime
begin = time.time()
import numpy as np
print("drawn", np.random.rand(), np.random.default_rng().normal(), random.random(), {"a", "b", "c"})
print(f"took {time.time() - begin:.0f} s for", input(), len(sys.stdin.read()))
print(datetime.now(), time.strftime("%H:%M:%S"))
weights = np.random.randn(3)
seconds = time.perf_counter() - begin
"""


def test_clocks_are_left_out_and_unseeded_numbers_drawn_alike(tmp_path):
    """The numbers that it reads from its standard input are given to all runs."""
    status, lines, error = verified(tmp_path, CLOCKED, stdin=None, input="five\nmore\n")
    assert status == 0, lines
    assert "two plain runs differ in them, too" in lines[-2]
    # ("took 0 s" is the same in both, or not.)
    assert lines[-1].startswith("equal in every bit: 2 lines, 1 array,") or (
        lines[-1].startswith("equal in every bit: 1 line, 1 array,"))


def test_lines_until_some_time_is_over_are_compared(tmp_path):
    """Under the hurried clock it ends at the first."""
    status, lines, error = verified(tmp_path, (
        "import time\nbegin = time.time()\nfor turn in range(3):\n"
        "    if time.time() - begin > 100:\n        break\n    time.sleep(0.15)\n"
        "    print(turn)\n"))
    assert status == 0 and lines[-1].startswith("equal in every bit: 3 lines, "), (lines, error)


def test_where_nothing_is_compared_nothing_is_called_equal(tmp_path):
    status, lines, _ = verified(tmp_path, "import time\nprint(time.time_ns())\n")
    assert status == 2 and lines[-1].startswith("no line and no array"), lines


def test_libraries_that_keep_the_class_of_dates_find_pythons_own(tmp_path):
    """pandas crashed when it met another in its place."""
    pytest.importorskip("pandas")
    status, lines, error = verified(tmp_path, "import time\nimport pandas\nbegin = time.time()\n"
                                    "print(pandas.Timestamp(2020, 1, 1))\n")
    assert status == 0 and lines[-1].startswith("equal in every bit: 1 line,"), (lines, error)


def test_what_differs_is_told(tmp_path):
    status, lines, _ = verified(tmp_path, "import sys\nimport numpy as np\n"
                                "print('begun')\nseen = 'fastnn' in sys.modules\nprint(seen)\n"
                                "w = np.ones(3)\nif seen:\n    w[1] += 1e-9\n    more = 1\n")
    assert status == 1
    assert [line for line in lines if line.startswith("DIFFERENT")] == [
        "DIFFERENT: line 2: plain 'False', adopted 'True'",
        "DIFFERENT: seen: False in plain, True in adopted",
        "DIFFERENT: w: 1 of 3 elements (ndarray of <f8) differ, by at most 1e-09",
        "DIFFERENT: more: only in the adopted run"]


@pytest.mark.parametrize("text, status, said", [
    ("print('x')\nraise KeyError(3)\n", 0, "the program ends with KeyError: 3"),
    ("import sys\nsys.exit(4)\n", 0, "the program ends with SystemExit: 4")])
def test_a_program_that_fails_alike_is_equal(tmp_path, text, status, said):
    got, lines, _ = verified(tmp_path, text)
    assert got == status and said in lines


def test_a_run_without_a_result_is_one_sentence(tmp_path):
    status, lines, error = verified(tmp_path, "import os\nos._exit(0)\n")
    assert (status, lines) == (2, []) and error.count("\n") == 1
    assert "the plain run ended with status 0 and without its result" in error


def test_a_notebook_is_compared_too(tmp_path):
    classes, _, rest = SPIRAL.partition("nnfs.init()")
    status, lines, _ = verified(tmp_path, notebook(
        classes, "%matplotlib inline\nnnfs.init()" + rest, "dense1.weights.sum()"),
        name="book.ipynb")
    assert status == 0, lines
    assert lines[-1].startswith("equal in every bit: 4 lines, ")


def test_the_plain_run_is_plain(tmp_path):
    """Python and NumPy, and nothing of ours: a program that imports fastnn gets it anew."""
    (tmp_path / "program.py").write_text(
        "import sys\n"
        "found = [name for name in sys.modules if name.startswith(('fastnn', 'numba'))]\n"
        "import fastnn\nassert hasattr(fastnn, 'fit')\nprint(sys.path[0], found)\n"
        "assert not found, found\n")
    got = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True)
    assert got.returncode == 0
    status, lines, _ = verified(tmp_path, (tmp_path / "program.py").read_text())
    plain, _, adopted = lines[-1].partition("adopted")
    assert any("plain ends with exit status 0" in line for line in lines), lines


@pytest.mark.slow
def test_the_books_own_classes_in_its_own_programs(tmp_path):
    """A copy of the reference, as a module that the program brings along."""
    (tmp_path / "book.py").write_text(Path(reference.__file__).read_text())
    status, lines, error = verified(tmp_path, f"""
import sys
sys.path.append({str(Path(__file__).parents[1])!r})
import book, nnfs, programs
nnfs.init()
kept = {{name: program(book, 5) for name, program in programs.PROGRAMS.items()}}
""")
    assert (status, error) == (0, ""), lines
    assert {"  Layer_Dense: Layer_Dense: forward, backward",
            "  Optimizer_Adam: Optimizer_Adam: update_params"} <= set(lines)
    assert int(lines[-1].split(", ")[1].split()[0]) > 200
