"""Loops of whole programs: `python -m fastnn run`, and in modules that a program brings along."""

import re
import signal
import subprocess
import time

from adopted_ways import with_own_classes
from loop_programs import HEAD, REGRESSION, SPIRAL
from running_programs import RUN, both, ended, surroundings

SEEDED = "import numpy\nnumpy.random.seed(0)\n"
TRAINED = r"line \d+: the loop over epoch: \d+ of (301|251) turns were trained at once, as fit does"


def test_a_program_prints_the_same_and_its_loop_is_trained_at_once(tmp_path):
    (tmp_path / "program.py").write_text(SEEDED + with_own_classes(SPIRAL))
    plain, ours = both(tmp_path, "program.py")
    assert plain[0] == 0 and plain[1].count("epoch") == 7
    assert ours == plain
    _, said, report = ended([*RUN, "-v", "program.py"], tmp_path)
    assert said == plain[1] and re.search(TRAINED, report), report
    _, said, report = ended([*RUN, "-v", "--no-loops", "program.py"], tmp_path)
    assert said == plain[1] and "trained at once" not in report


def test_a_loop_in_a_module_is_trained_too(tmp_path):
    source = SEEDED + with_own_classes(REGRESSION)
    (tmp_path / "training.py").write_text(source)
    (tmp_path / "program.py").write_text("import training\nprint(training.loss)\n")
    plain, ours = both(tmp_path, "program.py")
    assert plain[0] == 0 and ours == plain
    assert re.search(TRAINED, ended([*RUN, "-v", "program.py"], tmp_path)[2])


def test_objects_of_ours_are_trained_at_once_as_well(tmp_path):
    (tmp_path / "program.py").write_text(SPIRAL.replace(HEAD, HEAD + "np.random.seed(1)\n"))
    plain, ours = both(tmp_path, "program.py")
    assert plain[0] == 0 and ours == plain
    assert re.search(TRAINED, ended([*RUN, "-v", "program.py"], tmp_path)[2])


def test_ctrl_c_is_raised_on_the_loops_own_line(tmp_path):
    """In a training: behind the second line that is printed, long before the third."""
    source = SPIRAL.replace(HEAD, HEAD + "np.random.seed(1)\n").replace(
        "range(301)", "range(10**9)").replace("if not epoch % 50:", "if epoch in (0, 50000):")
    (tmp_path / "program.py").write_text(source.replace("_rate}')", "_rate}', flush=True)"))
    line = source[:source.index("for epoch")].count("\n") + 1
    with subprocess.Popen([*RUN, "program.py"], cwd=tmp_path, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=surroundings()) as child:
        assert child.stdout.readline() and child.stdout.readline()
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        _, error = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGINT
    assert error[error.index("Traceback"):].splitlines() == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path / "program.py"}", line {line}, in <module>',
        "    for epoch in range(10**9):", "KeyboardInterrupt"]
