"""The hints below the table, and `python -m fastnn profile`."""

import re
import time

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from processes import run_in_fresh_process
from profiled import network, step

import fastnn
from fastnn.profiling import rates

# ------------------------------------------------------------------------------------- hints


def hints(work) -> str:
    with fastnn.profile() as p:
        work()
    return "\n".join(p.hints())


def test_hint_at_float64():
    x = np.ones((50, 40))
    layer = fastnn.Layer_Dense(40, 30)
    for kind in ("f8", "f4"):  # makes the kernels ready
        layer.weights, layer.biases = layer.weights.astype(kind), layer.biases.astype(kind)
        for _ in range(12):  # and those of products that come often
            layer.forward(x.astype(kind))
            layer.backward(np.ones((50, 30), kind))
    layer.weights, layer.biases = layer.weights.astype("f8"), layer.biases.astype("f8")
    assert "Layer_Dense (40, 30) has float64 weights" in hints(lambda: layer.forward(x))
    layer.weights, layer.biases = layer.weights.astype("f4"), layer.biases.astype("f4")
    assert "is given float64 inputs" in hints(lambda: layer.forward(x))
    assert hints(lambda: layer.forward(x.astype("f4"))) == ""
    assert "gets float64 gradients" in hints(lambda: layer.backward(np.ones((50, 30))))


def test_hint_at_fit_and_at_what_keeps_from_it(book_numpy):
    X, y = spiral_data(samples=5, classes=3)

    def loop(layers, loss, optimizer, epochs=100):
        for _ in range(epochs):
            step(layers, loss, optimizer, X, y)
    assert "fit([layers ...], loss, optimizer, X, y, epochs=...)" in hints(
        lambda: loop(*network()))
    assert "fit(" not in hints(lambda: loop(*network(), epochs=20))
    parts = network()
    parts[2].learning_rate = np.float64(0.05)
    assert "learning_rate is not a plain Python number" in hints(lambda: loop(*parts))


@pytest.mark.clock
def test_hint_at_accuracy_in_numpy(book_numpy):
    X, y = spiral_data(samples=5, classes=3)
    layers, loss, optimizer = network()

    def work(seconds):
        for _ in range(5):
            loss.forward(np.ones((15, 3), "f4"), y)
            time.sleep(seconds)
            loss.backward(loss.output, y)
            layers[0].forward(X)
            time.sleep(0.01 - seconds)
    work(0.0)
    text = "passes between a loss and its backward"
    assert text in hints(lambda: work(0.01))
    # On a machine with much else to do any two calls may be far apart.
    assert any(text not in hints(lambda: work(0.0)) for _ in range(5))


def test_hint_at_threads_of_blas(monkeypatch):
    from fastnn.support import blas
    layer = fastnn.Layer_Dense(3000, 80)
    x = np.ones((60, 3000), "f4")
    monkeypatch.setattr(blas, "threads", lambda: 2)
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 * threads)
    expected = "(60, 3000) @ (3000, 80) takes 2 ms in 2 threads of BLAS and 1 ms in one"
    assert expected in hints(lambda: layer.forward(x))
    assert "BLAS" not in hints(lambda: fastnn.Layer_Dense(2, 3).forward(np.ones((4, 2), "f4")))
    monkeypatch.setattr(rates, "product_seconds", lambda N, I, O, threads: 1e-3 / threads)
    assert "BLAS" not in hints(lambda: layer.forward(x))


def test_rates_are_measured_and_threads_given_back(monkeypatch):
    monkeypatch.undo()
    from fastnn.support import blas
    assert 1e8 < rates.product_rate() < 1e14 and 1e8 < rates.copy_rate() < 1e13
    before = blas.threads()
    seconds = rates.product_seconds(50, 50, 50, 1)
    assert blas.threads() == before and (seconds is None or 0 < seconds < 1)


# ---------------------------------------------------------------------- python -m fastnn profile

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
