"""What a loop held is let go when it is over, without the garbage collector."""

import gc

import pytest
from both_ways import changed, run
from loop_programs import SPIRAL

from fastnn.running.loops.sites import SITES

ENDS = {"to its end": "pass", "by break": "if epoch == 200: break",
        "by a loss": "if loss < 0.985: break", "by no number": "if np.isnan(loss): break",
        "by return": "if epoch == 200: return", "by an error": "if epoch == 200: 1 / 0"}
AROUND = """
class Told:
    def __del__(self):
        print('gone')

def train():
    told = Told()
LOOP
try:
    train()
except ZeroDivisionError:
    pass
print('over')
"""


@pytest.mark.parametrize("how", ENDS)
def test_a_loop_lets_go_of_its_frame(how):
    before, loop = SPIRAL.split("for epoch")
    loop = "for epoch" + loop + f"    {ENDS[how]}\n"
    inner = "y = y\n".replace("y = y\n", "X, y = data\n") + loop
    indented = "".join(f"    {line}\n" for line in inner.splitlines())
    source = changed(before + AROUND, ("LOOP\n", indented)).replace(
        "\nclass Told", "\ndata = X, y\nclass Told")
    gc.collect()
    gc.disable()
    try:
        lines = run(source, True).lines
    finally:
        gc.enable()
    assert lines[-2:] == ["gone", "over"]
    assert sum(site.trained for site in SITES.values()) > 100
