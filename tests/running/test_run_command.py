"""`python -m fastnn run`: a program is run as Python runs it."""

import pytest
from programs_of_readers import SPIRAL, are_adopted
from running_programs import RUN, both, ended

from fastnn.running import command

SHOWS = """
import inspect, os, pickle, sys
import layers
class Mine(layers.Dense):
    '''A class.'''
    def forward(self, x):
        return x
mine = pickle.loads(pickle.dumps(Mine()))
print(sys.argv, sys.path[0], __name__, __file__, __spec__ is None, __package__, __doc__)
print(type(mine) is Mine, inspect.getsource(Mine), layers.__file__, os.getcwd())
print(sys.modules["__main__"].__dict__ is globals(), sorted(globals()), type(__builtins__).__name__)
if __name__ == "__main__" and hasattr(os, "fork"):
    import multiprocessing
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(layers.double, [3]), flush=True)
"""


def test_a_program_finds_what_python_gives_it(tmp_path):
    (tmp_path / "layers.py").write_text(
        "class Dense:\n    pass\ndef double(x):\n    return 2 * x\n")
    (tmp_path / "program.py").write_text(SHOWS)
    plain, ours = both(tmp_path, "program.py", "a", "-v", "--verify")
    assert plain[0] == 0 and "[6]" in plain[1] and ours == plain


@pytest.mark.parametrize("end", [
    "sys.exit(3)", "sys.exit('enough')", "raise KeyError(3) from OSError()", "1 +",
    "sys.excepthook = lambda *error: print('mine', error[0].__name__)\n1 / 0",
    "class Dense:\n    def inner(self):\n        return 1 / 0\nDense().inner()",
    SPIRAL + "def train():\n    dense2.forward(X)\ntrain()",  # a batch of another width
    SPIRAL + "new = Dense(2, 3)\nnew.backprop(X)", SPIRAL + "relu.forward()"])
def test_a_program_ends_as_under_python(tmp_path, end):
    (tmp_path / "program.py").write_text(f"import sys\nprint('begun')\n{end}\n")
    plain, ours = both(tmp_path, "program.py")
    assert ours == plain


def test_atexit_and_threads_find_all_of_it(tmp_path):
    """What Python runs when `__main__` has come to its end."""
    (tmp_path / "late.py").write_text("class Dense:\n    pass\ndense = Dense()\n")
    (tmp_path / "program.py").write_text("""
import atexit, pickle, sys, threading, time
class Mine:
    pass
def save():
    print(len(pickle.dumps(Mine())), sys.argv)
def work():
    time.sleep(0.3)
    import late
    print(late.dense is not None, type(late.dense).__module__)
atexit.register(save)
threading.Thread(target=work).start()
mine = Mine()
print("end")
""")
    plain, ours = both(tmp_path, "program.py", "a")
    assert plain[0] == 0 and plain[2] == "" and ours == plain


def test_what_was_adopted_is_told_behind_the_run_even_if_it_fails(tmp_path):
    (tmp_path / "program.py").write_text(SPIRAL + "1 / 0\n")
    status, out, error = ended([*RUN, "-v", "program.py"], tmp_path)
    assert status == 1 and "epoch: 20," in out
    trace, _, report = error.partition("ZeroDivisionError: division by zero\n")
    assert "program.py" in trace
    assert report.startswith("adopted: ") and are_adopted(report)


def test_a_module_by_its_name(tmp_path):
    (tmp_path / "program.py").write_text(
        "import sys\nclass A:\n    pass\nprint(A(), sys.argv[1:])\n")
    (status, plain, _), ours = both(tmp_path, "-m", "program", "x")
    assert status == 0 and ours[0] == 0
    assert ours[1].partition(" at ")[0] == plain.partition(" at ")[0]
    assert ours[1].endswith("['x']\n")


@pytest.mark.parametrize("arguments, said", [
    ([], "expected a program or a notebook"), (["none.py"], "none.py cannot be read"),
    (["--fast", "x.py"], "unrecognized arguments: --fast"), (["-m"], "-m needs a module"),
    (["none.ipynb"], "none.ipynb cannot be read"), (["--verify", "none.py"], "cannot be read")])
def test_what_cannot_be_run_is_one_sentence(capsys, arguments, said):
    assert command.main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and said in error and error.count("\n") == 1
    assert error.startswith("python -m fastnn run: ")


def test_help(capsys):
    assert command.main(["--help"]) == 0
    assert "--verify" in capsys.readouterr().out
