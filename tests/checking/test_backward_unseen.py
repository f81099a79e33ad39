"""Classes whose backward is none that is known: right is none of them."""

import types

import pytest

import fastnn

FORWARD = '''
import numpy as np
class Dropout:
    def __init__(self, rate):
        self.rate = rate
    def forward(self, x):
        self.mask = np.random.binomial(1, 1 - self.rate, size=x.shape) / (1 - self.rate)
        return x * self.mask
'''
LOSS = '''
import numpy as np
class MSE:
    def forward(self, y_pred, y_true):
        self.p, self.y = y_pred, y_true
        return np.mean((y_pred - y_true) ** 2)
'''


def finding(code):
    """What is said of the one class of this source."""
    module = types.ModuleType("unseen")
    exec(code, vars(module))
    (one,) = [kind for kind in vars(module).values() if isinstance(kind, type)]
    one.__module__ = "unseen"
    (found,) = fastnn.check(one).to_dict()["classes"]
    return found


@pytest.mark.parametrize("head", ["backward(self, d)", "backward(self, d, lr)", "backprop(self, d)",
                                  "backward_pass(self, d)"])
def test_a_dropout_is_judged_by_its_backward(head):
    right = finding(f"{FORWARD}    def {head}:\n        return d * self.mask\n")
    assert right["verdict"] == "right" and "backward" in right["vocabulary"]
    for body, mistake in (("d", "mask forgotten"), ("d * 17", ""),
                          ("d * (self.mask != 0)", "scaling forgotten")):
        wrong = finding(f"{FORWARD}    def {head}:\n        return {body}\n")
        if head.startswith(("backprop", "backward_pass")) and "mask" not in body:
            continue  # what is called less like it and does not look at the mask may be anything
        assert wrong["verdict"] == "differs", wrong
        assert wrong["differences"][0]["mistake"] == mistake


def test_a_dropout_that_only_goes_forward_is_right():
    for more in ("", "    def predict(self, x):\n        return x\n",
                 "    def backward(self, d):\n        raise NotImplementedError\n"):
        assert finding(FORWARD + more)["verdict"] == "right"


def test_a_loss_whose_backward_gives_no_gradient_is_not_right():
    found = finding(f"{LOSS}    def backward(self):\n        return 2 * np.mean(self.p - self.y)\n")
    assert found["verdict"] == "not recognised" and "its backward" in found["why"]
    assert finding(LOSS)["verdict"] == "right"
