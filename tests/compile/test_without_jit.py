"""NUMBA_DISABLE_JIT=1: NumPy computes everything, with the same digits, and one line says so."""

import os
import subprocess
import sys
import textwrap

import pytest
from processes import path_to_fastnn

PROGRAM = """
    import sys
    import numpy as np
    import nnfs
    nnfs.init()
    import fastnn
    from fastnn import reference

    def run(nn, fit):
        np.random.seed(3)
        X, y = np.random.randn(40, 2), np.arange(40) % 3
        layers = [nn.Layer_Dense(2, 8, 0.01, 0.01), nn.Activation_ReLU(), nn.Layer_Dropout(0.1),
                  nn.Layer_Dense(8, 5), nn.Activation_Sigmoid(), nn.Layer_Dense(5, 4),
                  nn.Activation_Tanh(), nn.Layer_Dense(4, 3)]
        loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        for optimizer in (nn.Optimizer_SGD(momentum=0.5), nn.Optimizer_Adam()):
            if fit:
                fastnn.fit(layers, loss, optimizer, X, y, epochs=3)
                continue
            for _ in range(3):
                x = X
                for layer in layers:
                    layer.forward(x)
                    x = layer.output
                loss.forward(x, y)
                loss.backward(loss.output, y)
                slope = loss.dinputs
                for layer in reversed(layers):
                    layer.backward(slope)
                    slope = layer.dinputs
                optimizer.pre_update_params()
                for layer in layers:
                    if hasattr(layer, "weights"):
                        optimizer.update_params(layer)
                optimizer.post_update_params()
        return [one for layer in layers if hasattr(layer, "weights")
                for one in (layer.weights, layer.biases, layer.dweights)]

    expected = run(reference, False)
    for fit in (False, True):
        assert all(map(np.array_equal, run(fastnn, fit), expected)), fit
    from fastnn.engine import why_not
    layers = [fastnn.Layer_Dense(2, 3)]
    print(why_not(layers, fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD()))
    print(fastnn.info()["cache"])
    print(fastnn.warmup())
    model = fastnn.Model()
    model.add(fastnn.Layer_Dense(2, 1))
    model.add(fastnn.Activation_Linear())
    model.set(loss=fastnn.Loss_MeanSquaredError(), optimizer=fastnn.Optimizer_SGD(),
              accuracy=fastnn.Accuracy_Regression())
    model.finalize()
    model.train(np.ones((9, 2)), np.ones((9, 1)), epochs=20, print_every=100)
    print(model.predict(np.ones((9, 2))).shape)
"""


@pytest.mark.parametrize("kernels", ["on disk", "nowhere"])
def test_numpy_computes_everything_and_one_line_says_so(tmp_path, kernels):
    env = {"PYTHONPATH": path_to_fastnn(), "NUMBA_DISABLE_JIT": "1"}
    if kernels == "nowhere":
        env["NUMBA_CACHE_DIR"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(PROGRAM)], text=True,
                          capture_output=True, env={**os.environ, **env})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ("fastnn: NUMBA_DISABLE_JIT is set: NumPy computes everything, "
                           "nothing is compiled\n")
    lines = done.stdout.splitlines()
    assert lines[0] == "NUMBA_DISABLE_JIT is set, so nothing is compiled"
    assert lines[1] == "none: NUMBA_DISABLE_JIT is set, nothing is compiled"
    assert lines[2] == "0.0" and lines[-1] == "(9, 1)"
    assert list(tmp_path.iterdir()) == []
