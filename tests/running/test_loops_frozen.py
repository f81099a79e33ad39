"""Loops with layers that are not to be trained: whether their optimizer looks at that is its own.

fastnn's optimizers leave a layer as it is whose `trainable` is False. One of the program's own that
does not look trains it, and one that looks leaves the program's own layers, too.
"""

import pytest
from adopted_ways import run_file, same_adopted
from both_ways import changed
from test_loops_own_steps import IN_THREE, MADE, PROGRAM, STEPS

from fastnn.running import loops

LOOKING = IN_THREE.replace("    def step(self, layer):\n", (
    "    def step(self, layer):\n        if not getattr(layer, 'trainable', True):\n"
    "            return\n"))
SAYS = "at_first = dense1.weights.copy()\nfor epoch"
END = "print(np.array_equal(at_first, dense1.weights))\n"
APART = "do not leave the same layers as they are"


def with_optimizer(text: str, *pairs: tuple[str, str]) -> str:
    return changed(PROGRAM, ("# ADOPT\n", text + "# ADOPT\n"), (MADE, "InThree(0.5, 1e-2)"), (
        STEPS, "    optimizer.before()\n" + STEPS + "    optimizer.behind()\n"),
        ("for epoch", SAYS), *pairs) + END


def of_fastnn(source: str) -> str:
    """With fastnn's layers in the place of the program's own."""
    source = changed(source, ("\n\nclass Dense:", "import fastnn as fn\n\n\nclass Dense:"), (
        "Dense(2, 16), ReLU(), Dense(16, 3)",
        "fn.Layer_Dense(2, 16), fn.Activation_ReLU(), fn.Layer_Dense(16, 3)"))
    for name in ("dense1", "relu", "dense2"):
        source = source.replace(f"{name}.sums", f"{name}.output").replace(
            f"{name}.backprop(", f"{name}.backward(")
    return source


FROZEN = "at_first = ", "dense1.trainable = False\nat_first = "
ONE_STEP = of_fastnn(changed(PROGRAM, ("for epoch", SAYS)) + END)


@pytest.mark.parametrize("source", [with_optimizer(IN_THREE), ONE_STEP], ids=["three", "one"])
def test_an_optimizer_that_does_not_look_trains_fastnns_layers_too(source, tmp_path):
    source = changed(source if source is ONE_STEP else of_fastnn(source), FROZEN)
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert APART in "\n".join(loops.report())
    assert run_file(source, tmp_path / "program.py", True).lines[-1] == "False"


def test_an_optimizer_that_does_not_look_trains_their_own(tmp_path):
    source = changed(with_optimizer(IN_THREE), FROZEN)
    assert same_adopted(source, tmp_path) > 200, loops.report()
    assert run_file(source, tmp_path / "program.py", True).lines[-1] == "False"


def test_an_optimizer_that_looks_leaves_their_own(tmp_path):
    source = changed(with_optimizer(LOOKING), FROZEN)
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert APART in "\n".join(loops.report())
    assert run_file(source, tmp_path / "program.py", True).lines[-1] == "True"


def test_an_optimizer_that_looks_leaves_fastnns(tmp_path):
    source = changed(of_fastnn(with_optimizer(LOOKING)), FROZEN)
    assert same_adopted(source, tmp_path) > 200, loops.report()
    assert run_file(source, tmp_path / "program.py", True).lines[-1] == "True"


@pytest.mark.parametrize("first", [True, False])
def test_layers_that_are_frozen_or_not_in_a_block(first, tmp_path):
    source = changed(with_optimizer(LOOKING), (
        "at_first = ", f"dense1.trainable = {first}\nat_first = "), (
        "        print(", f"        dense1.trainable = epoch < 150 if {first} else epoch > 100\n"
        "        at_first = dense1.weights.copy()\n        print("))
    assert 30 < same_adopted(source, tmp_path) < 200, loops.report()
