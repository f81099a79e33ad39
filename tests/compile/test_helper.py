"""The helper that compiles meanwhile ends soon after its program, and kills leave a sound cache."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from processes import path_to_fastnn

pytestmark = [pytest.mark.slow,
              pytest.mark.skipif(sys.platform == "win32", reason="it looks at processes by /proc")]

PROGRAM = """
    import sys, time
    import numpy as np, nnfs
    nnfs.init()
    import fastnn
    from fastnn import reference
    from fastnn.compile import background
    from fastnn.compile.waiting import COMPILING
    from fastnn.support.repeated import Repeated
    Repeated.met = lambda *call, **more: None  # it would ask for a fourth kernel
    background._ALONE = 0.0  # on one core, too
    if not background.moment_is_free():
        print("not free")
        sys.exit()
    x = np.random.randn(50, 4).astype(np.float32)
    names = ["Activation_ReLU", "Activation_LeakyReLU", "Activation_Sigmoid"]
    pairs = [(getattr(fastnn, name)(), getattr(reference, name)()) for name in names]
    kernels = [ours._compiled.forward.kernel for ours, _ in pairs]
    until, told = time.monotonic() + float(sys.argv[1]), False
    while time.monotonic() < until and not all(k.overloads for k in kernels):
        for ours, theirs in pairs:
            ours.forward(x)
            theirs.forward(x)
            assert np.array_equal(ours.output, theirs.output)
        if not told and background._state.process:
            print(background._state.process.pid, flush=True)
            told = True
        time.sleep(0.001)
    print(sum(bool(k.overloads) for k in kernels), COMPILING.kernels, flush=True)
"""


@pytest.fixture
def begin(tmp_path):
    """A function that begins the program with an empty cache, for so many seconds at most."""
    (tmp_path / "cache").mkdir(mode=0o700)

    def begun(seconds, **environment):
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), str(seconds)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path_to_fastnn(), "FASTNN_COMPILE": "background",
                 "NUMBA_CACHE_DIR": str(tmp_path / "cache"), **environment})
    return begun


def ended(process):
    """(lines, standard error) of a program that was right."""
    out, error = process.communicate(timeout=180)
    assert process.returncode == 0, error
    if out == "not free\n":
        pytest.skip("this machine's NumPy sums in another order: programs wait")
    return out.splitlines(), error


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid, seconds=50.0):
    until = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(pid)


def files(tmp_path, pattern="*.nbc"):
    return sorted((tmp_path / "cache").rglob(pattern))


def test_kernels_come_and_the_helper_ends_after_the_program(begin, tmp_path):
    (helper, last), error = ended(begin(120))
    assert last == "3 0" and error == ""  # all loaded, none compiled by the program itself
    assert gone(int(helper))  # first: a kernel is there before the lock of its making is gone
    assert len(files(tmp_path)) == 3
    assert [one.name for one in files(tmp_path, "*.lock")] == ["writing-helper-0.lock"]  # a slot


def test_a_short_program_waits_for_nothing_and_the_next_one_has_its_kernels(begin, tmp_path):
    process = begin(0.2)
    start = time.monotonic()
    lines, error = ended(process)
    assert lines[-1] == "0 0" and error == ""
    assert time.monotonic() - start < 15
    assert gone(int(lines[0]))
    assert len(files(tmp_path)) == 3
    assert ended(begin(5))[0] == ["3 0"]


ASKED = """
    import io, sys
    import fastnn
    from fastnn import worker
    from fastnn.compile.digest import digest
    worker._LAST_BEGIN, worker._LAST = map(float, sys.argv[1:])
    kernels = [getattr(fastnn, f"Activation_{name}")._compiled.forward.kernel
               for name in ("ReLU", "LeakyReLU", "Sigmoid")]
    sys.stdin = io.StringIO("".join(  # and there the program ends
        kernel.request(kernel.argument_types[0]).line() for kernel in kernels))
    worker.main(digest())
"""


@pytest.mark.parametrize(("begins", "lasts", "made"), [
    (15, 40, [3]), (0, 40, [0, 1]), (15, 0, [0])])
def test_what_is_asked_for_is_not_gone_on_with_for_ever(tmp_path, begins, lasts, made):
    (tmp_path / "cache").mkdir(mode=0o700)
    helper = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ASKED), str(begins), str(lasts)], text=True,
        cwd=tmp_path, capture_output=True, timeout=120,
        env={**os.environ, "PYTHONPATH": path_to_fastnn(), "FASTNN_COMPILE": "wait",
             "NUMBA_CACHE_DIR": str(tmp_path / "cache")})
    assert helper.returncode == 0 and len(files(tmp_path)) in made, helper.stderr


def test_a_folder_that_is_removed_after_the_program_stays_away(begin, tmp_path):
    """As that of a TemporaryDirectory: the helper filled it anew, or while it was removed."""
    helper = ended(begin(0.2))[0][0]
    shutil.rmtree(tmp_path / "cache")
    start = time.monotonic()
    assert gone(int(helper)) and time.monotonic() - start < 10
    assert not (tmp_path / "cache").exists()


def test_a_helper_outlives_a_killed_program_for_a_moment(begin):
    process = begin(120)
    helper = process.stdout.readline()
    if helper == "not free\n":
        pytest.skip("this machine's NumPy sums in another order: programs wait")
    process.kill()
    process.communicate()
    assert gone(int(helper))


def test_a_helper_that_is_killed_is_missed_by_nobody(begin, tmp_path):
    """Another takes its place; where that is killed as well the program compiles by itself."""
    process = begin(120)
    helper = process.stdout.readline()
    if helper == "not free\n":
        pytest.skip("this machine's NumPy sums in another order: programs wait")
    for _ in range(2):
        os.kill(int(helper), signal.SIGKILL)
        until, before = time.monotonic() + 30, helper
        while helper == before and time.monotonic() < until:
            found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            helper = found[0] if found and found[0] != before.strip() else before
            time.sleep(0.01)
        if helper == before:
            break
    lines, error = ended(process)
    assert lines[-1].startswith("3 ")
    assert len(files(tmp_path)) == 3


def test_two_programs_compile_nothing_twice(begin, tmp_path):
    both = [begin(120, FASTNN_COMPILE="wait") for _ in range(2)]
    made = [int(ended(process)[0][-1].split()[1]) for process in both]
    assert sum(made) == 3 and len(files(tmp_path)) == 3


def test_killed_at_any_moment_the_cache_is_sound(begin, tmp_path):
    for n in range(16):
        if len(files(tmp_path)) == 3:  # else it goes on with what the last one has left
            for file in files(tmp_path):
                file.unlink()
        process = begin(120)
        helper = process.stdout.readline()
        if helper == "not free\n":
            pytest.skip("this machine's NumPy sums in another order: programs wait")
        if helper == "3 0\n":  # that of the program that was killed went on, and has them all
            process.communicate(timeout=60)
            assert process.returncode == 0
            continue
        time.sleep(0.25 * n)
        victims = [[int(helper)], [process.pid], [int(helper), process.pid]][n % 3]
        for pid in victims:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        if process.pid not in victims:
            assert ended(process)[0][-1].startswith("3 ")
        else:
            process.communicate()
    lines, _ = ended(begin(120))
    assert lines[-1].startswith("3 ")


RUNS = """
    import sys
    import numpy as np, nnfs
    nnfs.init()
    from networks import Case, build, fit, model_of
    import fastnn
    from fastnn.compile import background
    from fastnn.engine.changing import ChangingRun
    if not background.moment_is_free():
        sys.exit()
    begun, plain = [], ChangingRun.__init__
    ChangingRun.__init__ = lambda run, *given, **named: (begun.append(given[0].requests),
                                                         plain(run, *given, **named))[1]
    for case in Case(), Case("squared"):
        net = build(fastnn, case)
        fit(net, epochs=20, validation_data=(net.X, net.y))  # fewer go through the objects
    model = model_of(fastnn, build(fastnn, case), "epochs")
    model.train(net.X, net.y, epochs=3)
    model.evaluate(net.X, net.y)
    print([request.name for one in begun for request in one], background._state.asked)
"""


@pytest.mark.parametrize("cores", [1, 4])
def test_what_a_run_has_compiled_is_all_that_it_waits_for(tmp_path, cores):
    """It waited, at NumPy's speed, for the loop of a second thread, which no such run can have."""
    code = textwrap.dedent(RUNS).replace("begun, plain", f"background._cores = lambda: {cores}\n"
                                         "begun, plain", 1)
    (tmp_path / "cache").mkdir(mode=0o700)
    for policy in "wait", "background", "never":
        said = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=300,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([path_to_fastnn(), *sys.path]),
                              "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
                              "FASTNN_COMPILE": policy})
        assert said.returncode == 0, said.stderr
        assert said.stdout.splitlines()[-1:] in (["[] set()"], []), policy
