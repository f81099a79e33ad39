"""Loops whose optimizer is one by an update of its own: trained at once, with its digits."""

import pytest
from adopted_ways import run_file, same_adopted, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL

from fastnn.running import loops

OWN = '''
class Own:
    def __init__(self, learning_rate, decay, m=0.9, n=0.99):
        self.learning_rate = self.current_learning_rate = learning_rate
        self.decay, self.m, self.n, self.iterations = decay, m, n, 0
    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1. / (1. + self.decay * self.iterations))
    def update_params(self, layer):
        if not hasattr(layer, "kept_w"):
            layer.kept_w, layer.kept_b = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
            layer.more_w, layer.more_b = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.kept_w = self.m * layer.kept_w + (layer.dweights + 0.001 * layer.weights)
        layer.kept_b = self.m * layer.kept_b + (layer.dbiases + 0.001 * layer.biases)
        layer.more_w = np.maximum(self.n * layer.more_w, np.abs(layer.dweights))
        layer.more_b = np.maximum(self.n * layer.more_b, np.abs(layer.dbiases))
        layer.weights -= self.current_learning_rate * layer.kept_w / (
            layer.more_w + 1e-7) / (1 - self.n ** (self.iterations + 1))
        layer.biases -= self.current_learning_rate * layer.kept_b / (
            layer.more_b + 1e-7) / (1 - self.n ** (self.iterations + 1))
    def post_update_params(self):
        self.iterations += 1
'''
MADE = "optimizer = Optimizer_Adam(learning_rate=0.05, decay=5e-5)"


def program_with(settings):
    made = f"optimizer = Own(learning_rate=0.0005, decay=5e-4{settings})"
    source = with_own_classes(changed(SPIRAL, (MADE, made)))
    return changed(source, ("# ADOPT", f"{OWN}# ADOPT"))


@pytest.mark.parametrize("settings", ["", ", m=0.5, n=0.9", ", n=1.5"])
def test_they_leave_the_same(settings, tmp_path):
    assert same_adopted(program_with(settings), tmp_path) > 30, loops.report()


@pytest.mark.parametrize("adopted", [False, True])
def test_powers_overflow_as_pythons_do(adopted, tmp_path):
    """At the 237th step; a run would go on with infinity."""
    with pytest.raises(OverflowError):
        run_file(program_with(", n=20.0"), tmp_path / "program.py", adopted)
