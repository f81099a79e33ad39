"""Methods beside those of ours that are no mistakes: what hands on to one of them, a layer's own
step. What only looks like that may be a mistake, and the class is left.
"""

import numpy as np
import pytest
from beside import DENSE, RELU
from programs_of_classes import load
from same_states import bits

from fastnn.adopting import adopt

GIVES = DENSE.replace("+ self.biases\n", "+ self.biases\n        return self.output\n")
CALL = "    def __call__(self, inputs):\n        return self.forward(inputs)\n"
STEP = ("    def step(self, rate):\n        self.weights -= rate * self.dweights\n"
        "        self.biases -= rate * self.dbiases\n")
DESCENT = ("    def step(self, rate):\n        self.weights = self.weights - rate * self.dweights\n"
           "        self.biases = self.biases - rate * self.dbiases\n")


@pytest.mark.parametrize("code", [
    GIVES + CALL, DENSE + CALL.replace("return ", ""), DENSE + STEP, DENSE + DESCENT,
    GIVES + CALL + STEP, RELU + CALL])
def test_a_class_with_such_a_method_is_adopted_and_does_the_same(code):
    left = []
    for adopted in (False, True):
        module = load(code)
        if adopted:
            assert len(adopt(module).adopted) == 1
        np.random.seed(5)
        layer = module.Dense(3, 4) if "Dense" in code else module.ReLU()
        for _ in range(3):
            given = np.random.randn(6, 3)
            back = np.random.randn(6, 4 if "Dense" in code else 3)
            found = layer(given) if "__call__" in code else layer.forward(given)
            layer.backward(back)
            if "step" in code:
                layer.step(0.1)
            left.append([*map(bits, vars(layer).values()), found if found is None else bits(found)])
    assert left[:3] == left[3:]


@pytest.mark.parametrize("old, new", [
    ("self.forward(inputs)", "self.forward(inputs * 2)"),
    ("self.forward(inputs)", "self.forward(inputs) * 2"),
    ("return self.forward(inputs)", "self.output = 2 * inputs"),
    ("* self.dweights", "* self.dbiases"),
    ("        self.biases -= rate * self.dbiases\n", ""),
    ("self.weights -= rate * self.dweights", "self.dweights *= rate"),
    ("* self.dbiases\n", "* self.dbiases\n        self.dinputs = None\n")])
def test_one_that_does_more_is_taken_for_a_mistake(old, new):
    code = GIVES + CALL + STEP
    assert code.count(old) == 1
    assert not adopt(load(code.replace(old, new))).adopted
