"""Methods that are given another code, or other defaults, in a guarded block: the loop runs as it
is from there on.
"""

import pytest
from adopted_ways import same_adopted, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL

from fastnn.running import loops

OTHERS = """\
class Others:
    def pre_update_params(self):
        self.current_learning_rate = self.learning_rate / 2

    def post_update_params(self):
        self.iterations += 3

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs) + 0.01

    def calculate(self, output, y):
        return 2 * np.mean(self.forward(output, y))


"""
CALCULATE = "    def calculate(self, output, y):\n"
TWICE = """\
    def calculate(self, output, y, twice=False):
        if twice:
            return 2 * np.mean(self.forward(output, y))
"""


def _with(statement: str, *pairs: tuple[str, str]) -> str:
    then = f"        if epoch == 150:\n            {statement}\n        print("
    source = with_own_classes(changed(SPIRAL, ("        print(", then)))
    return changed(source, *pairs, ("# ADOPT\n", OTHERS + "# ADOPT\n"))


@pytest.mark.parametrize("method", [
    "Rates.pre_update_params", "Rates.post_update_params", "Activation_ReLU.forward",
    "Loss.calculate"])
def test_another_code(method, tmp_path):
    name = method.rpartition(".")[2]
    trained = same_adopted(_with(f"{method}.__code__ = Others.{name}.__code__"), tmp_path)
    assert 140 < trained < 150, loops.report()


def test_other_defaults(tmp_path):
    source = _with("Loss.calculate.__defaults__ = (True,)", (CALCULATE, TWICE))
    assert 140 < same_adopted(source, tmp_path) < 150, loops.report()


def test_a_method_of_the_same_name_of_another_class(tmp_path):
    """As of one that was defined again in a notebook."""
    there = "Kept = Rates\n" + OTHERS.replace("Others", "Rates")
    source = changed(_with("Kept.pre_update_params = Rates.pre_update_params"), (OTHERS, ""))
    trained = same_adopted(changed(source, ("\nfor epoch", f"\n{there}for epoch")), tmp_path)
    assert 140 < trained < 150, loops.report()
