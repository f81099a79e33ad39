"""Loops in cells of a notebook that has `%load_ext fastnn`: they leave what plain ones leave."""

import builtins
import gc
import re
import time
from collections.abc import Callable
from weakref import ref

import numpy as np
import pytest
from adopted_ways import with_own_classes
from both_ways import changed, lines_of
from loop_programs import BATCHES, KEEPS, REGULARIZED, SEPARATE, SPIRAL
from model_programs import by_epochs
from programs import assert_same

from fastnn.running.placing import CALLED

pytest.importorskip("IPython.core.interactiveshell")
from shells import left, new_shell, run  # noqa: E402

TRAINED = r"In \[\d+\], line \d+: the loop over \w+: \d+ of \d+ turns were trained at once"
PROGRAMS = {
    "spiral": SPIRAL, "keeps": KEEPS, "regularized": REGULARIZED,
    "separate": changed(SEPARATE, (
        "print(loss_function.accumulated_sum, loss_function.accumulated_count)\n", "")),
    "batches": changed(BATCHES, ("    loss_function.new_pass()\n", ""), (
        "    print('training', loss_function.calculate_accumulated())\n", "")),
    "adagrad": changed(
        SPIRAL, ("Adam(learning_rate=0.05, decay=5e-5)", "Adagrad(learning_rate=0.5, decay=1e-3)"))}


@pytest.fixture
def shells(monkeypatch):
    """A plain one, and one that has fastnn loaded."""
    plain, loaded = new_shell(monkeypatch), new_shell(monkeypatch)
    run(loaded, "%load_ext fastnn")
    run(plain, "None")  # as many cells
    yield plain, loaded
    if CALLED in vars(builtins):
        run(loaded, "%unload_ext fastnn")


def cells_of(source: str) -> list[str]:
    """The cells of a program: classes and objects, the loop."""
    before, word, loop = with_own_classes(source).replace("# ADOPT\n", "").partition("\nfor epoch")
    return ["import numpy as np\nnp.random.seed(0)\n" + before, word[1:] + loop]


def same(shells, capsys, *cells: str, report: bool = True) -> str:
    """Run cells in both shells, and compare what they print and leave; the report of the loaded.

    The cells' numbers are no part of it: the loaded has more.
    """
    capsys.readouterr()
    seen = []
    for shell in shells:
        np.random.seed(1)
        run(shell, *cells)
        lines = [line for line in lines_of(capsys.readouterr().out)
                 if not re.search("CPU times|Wall time", line)]
        seen.append((lines, *left(shell)))
    (lines, values, together), (other_lines, others, also_together) = seen
    assert other_lines == lines
    assert_same(others, values)
    assert also_together == together
    if report:
        run(shells[1], "%fastnn")
    return capsys.readouterr().out


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_notebook_holds_afterwards_what_it_would(shells, capsys, name):
    """Its outputs and other names of arrays, too: they share memory with the same objects."""
    setup, loop = cells_of(PROGRAMS[name])
    held = ("weights, bias = dense1.weights, dense2.biases\n"
            "held = [dense1.weights.T, dense2.weights[1]]")
    said = same(
        shells, capsys, setup, held + "\ndense1.weights", loop, "dense1.output",
        "state = {k: v for k, v in vars(dense1).items() if 'cache' in k or 'moment' in k}\n"
        "kept = list(state.values()) + [dense2.dinputs]\nvars(dense2)", loop, "dense2.dweights",
        loop)
    assert re.search(TRAINED, said), said


def test_cells_are_run_again_timed_and_nested(shells, capsys):
    setup, loop = cells_of(SPIRAL)
    said = same(shells, capsys, setup, loop, setup, loop, f"%%time\n{loop}", loop,
                f"text = {loop!r}\nget_ipython().run_cell(text) and None",
                f"%%capture captured\n{loop}", "print(captured.stdout)")
    assert len(re.findall("the loop over epoch", said)) == 1, said  # the newest
    assert re.search(TRAINED.replace(r"\d+ of \d+", "288 of 301"), said), said


def test_a_function_of_a_cell_is_trained_until_the_extension_is_unloaded(shells, capsys):
    setup, loop = cells_of(SPIRAL)
    body = "\n".join(f"    {line}" for line in loop.splitlines())
    train = f"def train():\n    global loss, accuracy, predictions, y, epoch\n{body}"
    said = same(shells, capsys, setup, train, "train()", "%time train()")
    assert re.search(r"In \[4\], line 3.* 576 of 602 turns were trained at once", said), said
    run(shells[1], "%unload_ext fastnn")
    assert same(shells, capsys, "train()", report=False) == ""
    run(shells[1], "%load_ext fastnn", "%fastnn")
    assert "the loop" not in capsys.readouterr().out
    assert re.search(TRAINED, same(shells, capsys, "None", train, "train()"))


def test_what_a_cell_raises_comes_from_its_own_lines(shells, capsys):
    setup, loop = cells_of(SPIRAL.replace("        print(", "        if epoch == 150:\n"
                                          "            1 / 0\n        print("))
    lines = []
    for shell in shells:
        run(shell, setup)
        error = shell.run_cell(loop).error_in_exec
        assert isinstance(error, ZeroDivisionError)
        assert shell.user_ns["epoch"] == 150
        trace, files = error.__traceback__, []
        while trace is not None:
            files.append((trace.tb_frame.f_code.co_filename.rpartition("/")[2], trace.tb_lineno))
            trace = trace.tb_next
        lines.append([place[1] for place in files if "interactiveshell" not in place[0]])
    assert lines[0] == lines[1] and len(lines[0]) == 1
    assert same(shells, capsys, "None", report=False) == ""


def test_a_thread_that_the_notebook_started_before_or_behind_has_loops_run_as_they_are(
        shells, capsys):
    setup, loop = cells_of(SPIRAL)
    said = same(shells, capsys, setup, "import threading\ndone = threading.Event()\n"
                "thread = threading.Thread(target=done.wait, name='mine')\nthread.start()", loop,
                "done.set()\nthread.join()\ndel thread, done")
    assert "ran as it is: another thread, mine, may look at its objects" in said


def test_a_model_of_ones_own_is_trained_in_cells(shells, capsys):
    classes, _, rest = by_epochs().partition("# ADOPT\n")
    setup, _, train = rest.partition("model.train(")
    texts = same(shells, capsys, classes, setup + "w = model.layers[0].weights",
                 f"model.train({train}", "model.layers[-1].dinputs",
                 f"%time model.train({train}", "vars(model.accuracy)")
    assert re.search("the loop over epoch: 226 of 240 turns were trained", texts), texts


STOPPED = """
first = {name: getattr(dense1, name).copy() for name in ("weights", "dinputs", "output", "biases")}
stopped, losses = epoch, loss
%unload_ext fastnn
np.random.seed(0)
"""


def test_in_a_kernel_with_ctrl_c_between_two_turns(tmp_path):
    """The kernel's own threads are nobody's, and what stands there then is of a whole turn."""
    manager = pytest.importorskip("jupyter_client.manager")
    setup, loop = cells_of(SPIRAL)
    setup = f"%load_ext fastnn\n{setup}"  # of this cell no tree is seen
    long = loop.replace("range(301)", "range(10**9)").replace("% 50:", "in (0, 700):")
    long = long.replace("not epoch in", "epoch in")
    once = loop.replace("not epoch %", "0 >")
    again = once.replace("range(301)", "range(stopped + 1)")
    running, client = manager.start_new_kernel(cwd=str(tmp_path))
    try:
        classes = setup.partition("\n")[2]
        assert said(client, setup) == "" and said(client, once) == ""  # all is compiled then
        assert said(client, classes) == ""
        texts = said(client, long, interrupt=running.interrupt_kernel)
        report = said(client, "%fastnn")
        assert len(re.findall(TRAINED, report)) == 2, report
        assert texts.endswith("KeyboardInterrupt\x1b[39m: ") and "turns.py" in texts, report
        assert said(client, STOPPED) == "" and said(client, classes) == ""
        assert said(client, again) == ""
        assert said(client, "print(stopped > 700, losses == loss, *(np.array_equal("
                            "value, getattr(dense1, name)) for name, value in first.items()))"
                    ) == "True " * 5 + "True\n"
    finally:
        client.stop_channels()
        running.shutdown_kernel(now=True)


def said(client, cell: str, interrupt: Callable[[], None] | None = None) -> str:
    """What a cell writes and shows; interrupt: to be called after its second line."""
    number, texts = client.execute(cell), ""
    while True:
        message = client.get_iopub_msg(timeout=120)
        content = message["content"]
        if message["parent_header"].get("msg_id") != number:
            continue
        if message["msg_type"] == "stream" and "compiling its kernels" not in content["text"]:
            texts += content["text"]
        elif message["msg_type"] == "error":
            texts += "\n".join(content["traceback"])
        elif content.get("execution_state") == "idle":
            return texts
        if interrupt is not None and texts.count("\n") == 2:
            time.sleep(0.3)
            interrupt()
            interrupt = None


def test_classes_of_cells_that_are_run_again_end(shells):
    _, shell = shells
    cell = ("class ReLU:\n    def forward(self, inputs):\n        self.inputs = inputs\n"
            "        self.output = np.maximum(0, inputs)\n    def backward(self, dvalues):\n"
            "        self.dinputs = dvalues.copy()\n        self.dinputs[self.inputs <= 0] = 0\n"
            "relu = ReLU()\nrelu.forward(np.ones((3, 2)))")
    run(shell, "import numpy as np")
    seen = []
    for _ in range(100):
        run(shell, cell)
        seen.append(ref(shell.user_ns["ReLU"]))
    gc.collect()
    assert sum(one() is not None for one in seen) < 10
