"""Loops in processes of their own: under `nnfs.init()`, and when Ctrl-C comes."""

import pytest
from epoch_programs import IN_ONE, NETWORK
from loop_programs import BATCHES, BINARY, HEAD, KEEPS, REGRESSION, REGULARIZED, SPIRAL

AS_FLOAT32 = {"spiral": SPIRAL, "keeps": KEEPS, "penalties and dropout": REGULARIZED,
              "binary": BINARY, "regression": REGRESSION, "batches": BATCHES}

BOTH = """
import sys
sys.path[:0] = {paths!r}
from both_ways import same_both_ways
trained, report = same_both_ways({source!r})
assert trained > 30, report
print("the same")
"""


@pytest.mark.parametrize("name", AS_FLOAT32)
def test_under_nnfs_init_both_ways_are_the_same(name, fresh_process, request):
    source = AS_FLOAT32[name].replace(HEAD, HEAD + "import nnfs\nnnfs.init()\n")
    folder = request.path.parent
    code = BOTH.format(paths=[str(folder), str(folder.parent)], source=source)
    assert fresh_process(code) == "the same\n"


ADOPTED = """
import pathlib, sys
sys.path[:0] = {paths!r}
from adopted_ways import same_adopted
from fastnn.running import loops
from fastnn.running.loops.sites import SITES
same_adopted({source!r}, pathlib.Path({folder!r}))
assert next(one for one in SITES.values() if one.variable == "epoch").trained > 30, loops.report()
print("the same")
"""
NO_PENALTIES = IN_ONE.replace("        if self.l2 > 0:\n            self.dweights += 2 * self.l2 * "
                              "self.weights\n", "").replace(", l2=0", "").replace(
                                  "        self.l2 = l2\n", "")


@pytest.mark.parametrize("source", [IN_ONE, NETWORK, NO_PENALTIES, IN_ONE.replace(
    "self.dweights +=", "self.dweights = self.dweights +")],
    ids=["dropout", "a network", "no penalties", "penalties anew"])
def test_under_nnfs_init_samples_and_masks_may_be_of_float64(source, fresh_process, request,
                                                             tmp_path):
    """Where the weights are of float32, and a layer has not all penalties of ours."""
    folder = request.path.parent
    code = ADOPTED.format(paths=[str(folder), str(folder.parent)], folder=str(tmp_path),
                          source=source.replace("import numpy as np\n", (
                              "import numpy as np\nimport nnfs\nnnfs.init()\n"), 1))
    if "= self.dweights +" in source:
        code = code.replace("> 30", "== 0")
    assert fresh_process(code) == "the same\n"


INTERRUPTED = """
import ast, os, signal, sys, threading, time, warnings
os.environ["FASTNN_COMPILE"] = "wait"
import numpy as np
from fastnn.running import loops
from fastnn.running.loops import quiet
warnings.simplefilter("default")
source = {source!r}
short = source.replace("range(10**9)", "range(60)")  # has the kernels loaded
exec(compile(loops.rewrite(ast.parse(short), "p.py"), "p.py", "exec"), {{"__name__": "__main__"}})
loops.forget()
space = {{"__name__": "__main__"}}
def types():
    while "loss" not in space:  # on a busy machine the first turn may come late
        time.sleep(0.05)
    time.sleep(1.5)
    os.kill(os.getpid(), signal.SIGINT)
typist = threading.Thread(target=types, name="fastnn: the one who types")
typist.start()
caught = False
try:
    exec(compile(loops.rewrite(ast.parse(source), "p.py"), "p.py", "exec"), space)
except KeyboardInterrupt:
    caught = True
typist.join()
assert caught
epoch, dense1 = space["epoch"], space["dense1"]
assert 100 < epoch < 10**9 - 1, epoch
assert space["optimizer"].iterations == epoch + 1
assert sum(site.trained for site in loops.sites.SITES.values()) > 100
np.random.seed(0)
plain = source.replace("range(10**9)", f"range({{epoch + 1}})")
other = {{"__name__": "__main__"}}
loops.forget()
exec(compile(loops.rewrite(ast.parse(plain), "p.py"), "p.py", "exec"), other)
for name in "weights", "biases", "dinputs", "output", "weight_cache":
    assert np.array_equal(getattr(dense1, name), getattr(other["dense1"], name)), name
assert space["loss"] == other["loss"]
print("whole")
"""


def test_ctrl_c_leaves_what_the_loop_would_have_left_between_two_turns(fresh_process):
    source = SPIRAL.replace(HEAD, HEAD + "np.random.seed(0)\n").replace(
        "range(301)", "range(10**9)").replace("if not epoch % 50:", "if epoch < 0:")
    assert fresh_process(INTERRUPTED.format(source=source)) == "whole\n"
