"""What a program leaves open is finished when Python ends, as it would be without us."""

from pathlib import Path

import pytest
from loop_programs import SPIRAL as WITH_OURS
from newcomers import SPIRAL as NEWCOMER
from programs_of_readers import SPIRAL
from running_programs import RUN, ended

from fastnn.running.session import Session

NAMED = "a file of an object, which a function names"
WAYS = {
    "a file": "f = open('kept', 'w')\nf.write('kept')\n",
    NAMED: """
class Log:
    def __init__(self):
        self.file = open('kept', 'w')
        self.file.write('kept')
log = Log()
def say():
    return log
""",
    "a file of what refers to itself": """
class Log:
    def __init__(self):
        self.file, self.itself = open('kept', 'w'), self
        self.file.write('kept')
log = Log()
""",
    "a class's file": "class Log:\n    file = open('kept', 'w')\nLog.file.write('kept')\n",
    "rows": "import csv\nrows = csv.writer(open('kept', 'w'))\nrows.writerow([1, 2])\n",
    "a packed file": "import gzip\nf = gzip.GzipFile('kept', 'wb', mtime=0)\nf.write(b'kept')\n",
    "an archive": """
import zipfile
archive = zipfile.ZipFile('kept', 'w')
archive.writestr(zipfile.ZipInfo('inside', (2000, 1, 1, 1, 1, 1)), 'kept')
""",
    "a shelf": "import shelve\nshelf = shelve.open('kept', writeback=True)\nshelf['a'] = [1]\n"
               "shelf['a'].append(2)\n",
    "a file for a while": "import tempfile\nf = tempfile.NamedTemporaryFile('w', dir='.')\n",
    "a finalizer": """
class Rows(list):
    def __del__(self):
        print('rows', *self, flush=True)
rows = Rows([1, 2])
round = Rows([3])
round.append(round.pop() and 4)
def add(row):
    rows.append(row)
""",
    "a generator": """
def lines():
    try:
        yield
    finally:
        print('closed')
it = lines()
next(it)
""",
    "another module's name": "import json\njson.f = open('kept', 'w')\njson.f.write('kept')\n",
    "a module of its own": "import own\nown.f.write('kept')\n",
}
SEED = "import numpy\nnumpy.random.seed(1)\n"
ENDS = {"nothing else": "", "adopted classes": SPIRAL, "a loop of ours": SEED + WITH_OURS,
        "classes of other words": SEED + NEWCOMER}


def left(command: list[str], folder: Path) -> tuple[object, dict[str, bytes]]:
    """What a process says and what is in its folder then; the programs are the same."""
    said = ended(command, folder)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
             if path.is_file() and path.suffix != ".pyc"}
    return said, files


def both_left(folder: Path, source: str) -> tuple[object, object]:
    """The same of a program that runs plainly, and of it under `run`, each in a folder of its own.
    """
    found = []
    for name, command in (("plain", RUN[:1]), ("ours", RUN)):
        (folder / name).mkdir()
        (folder / name / "program.py").write_text(source)
        (folder / name / "own.py").write_text("f = open('kept', 'w')\ndef none():\n    pass\n")
        found.append(left([*command, "program.py"], folder / name))
    return found[0], found[1]


@pytest.mark.parametrize("way, end", [*((way, "adopted classes") for way in WAYS),
                                      *((NAMED, end) for end in ENDS if end != "adopted classes")])
def test_what_is_left_open_is_finished(tmp_path, way, end):
    plain, ours = both_left(tmp_path, WAYS[way] + ENDS[end])
    assert plain[0][0] == 0 and ours == plain


def test_it_is_finished_under_profile_too(tmp_path):
    (tmp_path / "program.py").write_text(WAYS["a file of what refers to itself"] + SPIRAL)
    status, _, _ = ended([*RUN[:3], "profile", "program.py"], tmp_path)
    assert status == 0 and (tmp_path / "kept").read_text() == "kept"


def test_it_is_finished_where_the_program_adopts_itself(tmp_path):
    """`fastnn.adopt(globals())` in a program that Python runs."""
    (tmp_path / "program.py").write_text(WAYS[NAMED] + SPIRAL.replace(
        "\nnnfs.init()", "\nimport fastnn\nassert fastnn.adopt(globals()).adopted\nnnfs.init()"))
    status, _, error = ended([*RUN[:1], "program.py"], tmp_path)
    assert (status, error) == (0, "") and (tmp_path / "kept").read_text() == "kept"


CUBE = """
import numpy as np
import fastnn
class Cube(fastnn.Activation):
    def formula(inputs):
        return inputs * inputs * inputs
    def slope(dvalues, inputs):
        return 3.0 * dvalues * inputs * inputs
cube = Cube()
cube.forward(np.ones((3, 4)))
cube.backward(np.ones((3, 4)))
"""


@pytest.mark.parametrize("command", [RUN[:1], RUN, [*RUN[:3], "profile"]])
@pytest.mark.parametrize("way", ["a file", NAMED])
def test_it_is_finished_where_the_program_has_a_formula_of_its_own(tmp_path, command, way):
    """Kernels are never freed, and those of a formula lead to the program's names."""
    (tmp_path / "program.py").write_text(WAYS[way] + CUBE)
    status, _, error = ended([*command, "program.py"], tmp_path)
    assert (status, error) == (0, "") and (tmp_path / "kept").read_text() == "kept"


def test_nothing_of_ours_is_in_the_way_when_it_ends(tmp_path, asked):
    """Its classes have their own methods again, and it is the `__main__` that Python clears."""
    (tmp_path / "program.py").write_text("class Dense:\n    pass\nDense()\n")
    session = Session(str(tmp_path / "program.py"), False, [])
    with session.opened() as main:
        session.run(main)
    session._let_go()
    assert asked == [["Dense"], ["undone", "Dense"]]


@pytest.mark.parametrize("program", [SPIRAL, SEED + WITH_OURS, SEED + NEWCOMER])
def test_objects_end_with_their_last_name(tmp_path, program):
    """Whatever a loop was: why it was left, or that it is over, holds none of them in a circle."""
    (tmp_path / "program.py").write_text("import gc\ngc.disable()\n" + program + """
import weakref
for name in sorted(globals()):
    if hasattr(globals()[name], 'forward') and not isinstance(globals()[name], type):
        weakref.finalize(globals()[name], print, name, 'is gone')
        globals()[name] = None
        print(name, 'is over')
""")
    (plain, *_), (ours, *_) = (left([*command, "program.py"], tmp_path)
                               for command in (RUN[:1], RUN))
    assert ours == plain and " is gone" in plain[1]
