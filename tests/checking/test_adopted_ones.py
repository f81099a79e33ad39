"""Classes that compute by kernels: adopted ones, and those derived from ours."""

import os

import pytest
from processes import run_in_fresh_process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork: calls have no end there")
def test_nothing_is_compiled_while_a_class_is_checked(tmp_path):
    """It took longer than a call may, and right classes were said to differ."""
    (tmp_path / "theirs.py").write_text("""
import numpy as np
import fastnn

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)

class Derived(fastnn.Layer_Dense):
    def forward(self, inputs, training=True):
        super().forward(inputs)
""")
    said = run_in_fresh_process(f"""
        import sys, fastnn
        sys.path.insert(0, {str(tmp_path)!r})
        import theirs
        assert fastnn.adopt(theirs.Dense).adopted
        print(fastnn.check(theirs.Dense, theirs.Derived, fastnn.Activation_Softmax))
    """, env={"FASTNN_COMPILE": "wait", "NUMBA_CACHE_DIR": str(tmp_path / "empty")})
    assert said.splitlines() == [
        "Dense, dense layer: right, the same bits as the book's",
        "Derived, dense layer: right, the same bits as the book's",
        "Activation_Softmax, softmax: right, the same bits as the book's"]
    assert not list(tmp_path.rglob("*.nbc"))
