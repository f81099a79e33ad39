"""A program under `run` beside the same under Python: how it begins, what it finds, how it ends."""

import signal
import subprocess
import sys

import pytest
from programs_of_readers import SPIRAL
from running_programs import RUN, both, ended, surroundings

PROGRAMS = {
    "its loader": "print(__loader__.name, __loader__.path, list(globals()))\n",
    "its data": "print(__loader__.get_data(__file__)[:5])\n",
    "Ctrl-C": "print('begun')\nraise KeyboardInterrupt\n",
    "Ctrl-C as a signal": """
import atexit, os, signal, time
atexit.register(print, 'at exit')
class Kept:
    def __del__(self):
        print('gone')
kept = Kept()
os.kill(os.getpid(), signal.SIGINT)
time.sleep(9)
""",
    "a status like that of Ctrl-C": "raise SystemExit(130)\n",
    "what ended it, for atexit": """
import atexit, sys, traceback
def report():
    print(sys.last_type, sys.last_value, len(traceback.extract_tb(sys.last_traceback)))
atexit.register(report)
def fails():
    return 1 / 0
fails()
""",
    "what failed keeps its objects until atexit is over": """
import atexit
class Kept:
    def __del__(self):
        print('gone')
def fails():
    kept = Kept()
    return 1 / 0
atexit.register(print, 'at exit')
fails()
""",
    "a hook that fails": "import sys\ndef hook(*error):\n    raise KeyError(1)\n"
                         "sys.excepthook = hook\n1 / 0\n",
    "a hook that exits": "import sys\nsys.excepthook = lambda *error: sys.exit(9)\n1 / 0\n",
    "no standard error": "import sys\nsys.stderr = None\nsys.exit('nobody reads this')\n",
    "a closed output": "import sys\nprint('last')\nsys.stdout.close()\n",
    "no output": "import sys\nsys.stdout = None\nprint('nowhere')\n",
    "an output that cannot be flushed": """
import sys
class Out:
    def write(self, text):
        sys.__stdout__.write(text)
    def flush(self):
        raise KeyError('none')
    def __repr__(self):
        return 'Out'
sys.stdout = Out()
print('here')
""",
    "a module that is no Python": "def f():\n    import bad\nf()\n",
    "the same, shown by the program": """
import traceback
try:
    import bad
except SyntaxError:
    traceback.print_exc()
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_what_it_is_under_python(tmp_path, name):
    (tmp_path / "bad.py").write_text("x = = 1\n")
    (tmp_path / "program.py").write_text(PROGRAMS[name])
    plain, ours = both(tmp_path, "program.py")
    assert ours == plain
    if name.startswith("Ctrl-C"):
        assert plain[0] == -signal.SIGINT


def test_what_is_typed_in(tmp_path):
    said = []
    for command in (RUN[:1], RUN):
        with subprocess.Popen([*command, "-", "a"], cwd=tmp_path, text=True, env=surroundings(),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as child:
            said.append((child.communicate(
                "import sys\nprint(sys.argv, sys.path[0], __file__, __loader__)\n"
                "class A:\n    pass\nprint(A().__class__)\n1 / 0\n"), child.returncode))
    assert said[0][1] == 1 and said[1] == said[0]


def test_bytecode(tmp_path):
    (tmp_path / "program.py").write_text("print(__name__, __file__, __loader__.path)\n")
    ended([sys.executable, "-c", "import py_compile; py_compile.compile('program.py', 'p.pyc')"],
          tmp_path)
    plain, ours = both(tmp_path, "p.pyc", "a")
    assert plain[0] == 0 and ours == plain


@pytest.mark.parametrize("arguments", [["a", "---", "b"], ["-v", "---"], ["--", "---"]])
def test_all_behind_the_program_is_its_own(tmp_path, arguments):
    (tmp_path / "program.py").write_text("import sys\nprint(sys.argv)\n")
    plain, ours = both(tmp_path, "program.py", *arguments)
    assert plain[0] == 0 and ours == plain


def test_python_goes_on_behind_it_with_its_names(tmp_path):
    """`python -i`: no exit of ours is shown."""
    (tmp_path / "program.py").write_text("x = 3\n")
    said = []
    for command in (RUN[:1], RUN):
        got = subprocess.run([command[0], "-i", *command[1:], "program.py"], input="print(x)\n",
                             cwd=tmp_path, capture_output=True, text=True, env=surroundings(),
                             check=False)
        said.append((got.returncode, got.stdout, got.stderr))
    assert said[0][1] == "3\n" and said[1] == said[0]


def test_a_report_waits_for_no_output(tmp_path):
    for end in ("sys.stdout.close()", "sys.stdout = sys.__stdout__ = None"):
        (tmp_path / "program.py").write_text(f"{SPIRAL}\nimport sys\n{end}\n")
        status, _, error = ended([*RUN, "-v", "program.py"], tmp_path)
        assert status == 0 and error.startswith("adopted: ")


def test_an_output_that_is_closed_can_be_compared(tmp_path):
    (tmp_path / "program.py").write_text("print('last')\nimport sys\nsys.stdout.close()\n")
    assert ended([*RUN, "--verify", "program.py"], tmp_path)[0] == 0
