"""`python -m fastnn profile`: a program is profiled, and runs as Python runs it."""

import json
import re
import zipfile

import pytest
from processes import run_in_fresh_process
from profiled import check_trace

COMMAND = """
import subprocess, sys
got = subprocess.run([sys.executable, "-m", "fastnn", "profile", *{arguments}],
                     capture_output=True, text=True)
print(got.returncode, got.stdout, "STDERR", got.stderr)
"""


def command(*arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output and standard error, but for what is said while kernels compile:
    that depends on the tests that ran before.
    """
    text = run_in_fresh_process(COMMAND.format(arguments=list(map(str, arguments))))
    status, _, rest = text.partition(" ")
    output, error = rest.split("STDERR")
    return int(status), output, re.sub("fastnn: compiling its kernels .*\n?", "", error)


SCRIPT = """
import re
import sys
import numpy as np
import neighbour
from fastnn import *
dense1 = Layer_Dense(2, 3)
if __name__ == "__main__":
    dense1.forward(np.ones((4, 2)))
    print("arguments", sys.argv[1:], sys.modules["__main__"].dense1 is dense1)
"""


def test_a_script_is_profiled_with_its_variables_names(tmp_path):
    (tmp_path / "neighbour.py").write_text("")
    (tmp_path / "script.py").write_text(SCRIPT)
    status, output, error = command(tmp_path / "script.py", "a", "--b")
    assert (status, error.strip()) == (0, "")
    assert "arguments ['a', '--b'] True" in output
    assert "dense1 (2, 3)" in output and "fastnn profile: " in output


@pytest.mark.parametrize(("end", "status", "said"), [
    ("raise ValueError('no')", 1, "ValueError: no"), ("sys.exit(3)", 3, ""),
    ("sys.exit('enough')", 1, "enough"), ("sys.exit()", 0, ""), ("1 +", 1, "SyntaxError")])
def test_however_a_script_ends_the_table_is_printed(tmp_path, end, status, said):
    (tmp_path / "script.py").write_text(f"import sys\n{end}\n")
    got, output, error = command(tmp_path / "script.py")
    assert got == status and "fastnn profile: " in output
    assert said in error and "script.py\", line" not in error.split(said or "x")[-1]
    assert "profiling" not in error, "the traceback shows the profiler"


def test_no_such_script_is_one_sentence(tmp_path):
    status, output, error = command(tmp_path / "none.py")
    assert status == 2 and output.strip() == ""
    assert error.strip() == (f"python -m fastnn profile: {tmp_path / 'none.py'} cannot be read: "
                             "No such file or directory")


def test_the_demonstration_is_profiled():
    status, output, error = command()
    assert (status, error.strip()) == (0, "")
    assert "epoch: 2000" in output and "Layer_Dense 1 (2, 64)" in output and "hint: " in output


# ------------------------------------------------------------------------ as Python would run it

SHOWS = """
import sys
print(json_of := [sys.argv, sys.path[0], __name__, __file__, str(__spec__), __package__,
                  sys.modules["__main__"].__dict__ is globals(), type(__builtins__).__name__])
"""


@pytest.fixture
def program(tmp_path):
    """A script, a package, a module in it, a folder and an archive, all with the same text."""
    (tmp_path / "pack").mkdir()
    for name in ("script.py", "pack/__init__.py", "pack/__main__.py", "pack/module.py",
                 "__main__.py"):
        (tmp_path / name).write_text("" if "init" in name else SHOWS)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        archive.writestr("__main__.py", SHOWS)
    return tmp_path


BOTH = """
import os, re, subprocess, sys
os.chdir({folder!r})
for way in ([], ["-m", "fastnn", "profile"]):
    got = subprocess.run([sys.executable, *way, *{arguments}], capture_output=True, text=True)
    print(got.returncode, re.sub("0x[0-9a-f]+", "", got.stdout.partition("fastnn profile: ")[0]),
          got.stderr, sep="\\n", end="\\0")
"""


def both(folder, *arguments):
    """What Python and the profiler make of the same arguments."""
    text = run_in_fresh_process(BOTH.format(folder=str(folder), arguments=list(arguments)))
    plain, profiled, _ = text.split("\0")
    return plain, re.sub("fastnn: compiling its kernels .*\n?", "", profiled)


@pytest.mark.parametrize("arguments", [
    ["script.py", "a", "--json", "-m"], ["-m", "pack", "x"], ["-m", "pack.module", "--trace", "y"],
    ["-mpack"], ["archive.zip", "z"], ["-m", "script"]])
def test_a_program_finds_what_python_gives_it(program, arguments):
    plain, profiled = both(program, *arguments)
    assert plain.startswith("0\n") and profiled == plain


def test_a_folder_is_run_too(program):
    plain, profiled = both(program, str(program), "a")
    assert plain.startswith("0\n") and profiled == plain


@pytest.mark.parametrize("end", [
    "sys.exit(-1)", "sys.exit(True)", "sys.exit((1, 2))", "raise KeyError(3) from OSError()",
    "sys.excepthook = lambda *error: print('mine', error[0].__name__)\n1 / 0", "1 +",
    "def inner():\n    return 1 / 0\ninner()", "raise SystemExit"])
def test_a_program_ends_as_under_python(tmp_path, end):
    (tmp_path / "script.py").write_text(f"import sys\nprint('begun')\n{end}\n")
    for arguments in (["script.py"], ["-m", "script"]):
        plain, profiled = both(tmp_path, *arguments)
        plain = re.sub('  File "<frozen (runpy|importlib).*\n', "", plain)
        if end == "1 +":  # of a module that does not compile Python shows who imported it
            plain = plain.replace("Traceback (most recent call last):\n", "")
        assert profiled == plain


def test_a_program_that_pickles_and_has_processes_of_its_own(tmp_path):
    (tmp_path / "script.py").write_text("""
import multiprocessing
import pickle
class Mine:
    pass
def double(x):
    return 2 * x
if __name__ == "__main__":
    print(type(pickle.loads(pickle.dumps(Mine()))) is Mine)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(double, [3]))
""")
    for arguments in (["script.py"], ["-m", "script"]):
        plain, profiled = both(tmp_path, *arguments)
        assert plain == "0\nTrue\n[6]\n\n" and profiled == plain


# --------------------------------------------------------------------------------------- options


def test_files_are_written_before_and_after_the_program(tmp_path):
    (tmp_path / "script.py").write_text(
        "import os, sys\nos.chdir('/')\nprint('own', sys.argv[1:])\n"
        "from fastnn import Activation_ReLU\nActivation_ReLU().forward([[1.0]])\n")
    table, trace, script = (tmp_path / name for name in ("t.json", "trace.json", "script.py"))
    for arguments, own in (([f"--json={table}", "--trace", trace, script, "--json", "x"],
                            "['--json', 'x']"),
                           ([script, "--trace", trace, "--json", table, "---", "y", "---"],
                            "['y', '---']"),
                           (["--json", table, "--trace", trace, "--", script], "[]")):
        table.unlink(missing_ok=True)
        trace.unlink(missing_ok=True)
        status, output, _ = command(*arguments)
        assert status == 0 and f"own {own}" in output
        assert {"rows", "wall"} <= set(json.loads(table.read_text()))
        check_trace(trace)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--json", "{0}/none/x.json", "s.py"], "--json {0}/none/x.json: expected a file to write"),
    (["--trace", "{0}", "s.py"], "--trace {0}: expected a file to write"),
    (["--json"], "argument --json: expected one argument"), (["-m"], "-m needs a module"),
    (["--sort", "s.py"], "unrecognized arguments: --sort"),
    (["-m", "no_such"], "there is no module no_such"),
    (["-m", "json"], "json is a package without a __main__"),
    (["-m", "no.such"], "no module no.such can be run: No module named 'no'"),
    (["-m", "sys"], "sys has no code that can be run"), (["-m", ""], "there is no module"),
    (["{0}"], "{0} has no __main__.py to run")])
def test_nothing_runs_where_the_options_are_wrong(tmp_path, arguments, said):
    status, output, error = command(*(one.format(tmp_path) for one in arguments))
    assert (status, output.strip()) == (2, "")
    assert error.strip().startswith("python -m fastnn profile: ") and said.format(tmp_path) in error
    assert error.strip().count("\n") == 0


def test_the_program_is_no_file_to_write(tmp_path):
    """Who forgets the file, as if --json were a word alone, keeps the program."""
    for name in ("s.py", "s.ipynb"):
        (tmp_path / name).write_text("print(1)\n")
        status, output, error = command("--json", tmp_path / name)
        assert (status, output.strip()) == (2, "") and "this is a program" in error
        assert (tmp_path / name).read_text() == "print(1)\n"


def test_who_gives_our_options_to_the_program_is_told(tmp_path):
    (tmp_path / "s.py").write_text("import argparse\nargparse.ArgumentParser().parse_args()\n")
    status, _, error = command(tmp_path / "s.py", "--json", "x")
    assert status == 2 and "--json went to the program, which stands before" in error


def test_help_is_shown_for_the_profiler_alone(tmp_path):
    status, output, _ = command("--help")
    assert status == 0 and "--trace FILE" in output and "---" in output
    (tmp_path / "s.py").write_text("import sys\nprint(sys.argv[1:])\n")
    assert "['--help']" in command(tmp_path / "s.py", "--help")[1]
