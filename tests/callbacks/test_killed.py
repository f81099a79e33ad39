"""A training that is killed again and again, and resumed from its checkpoint.

FASTNN_KILL_SECONDS: how long it is disturbed (10 where nothing is said).
"""

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
import nnfs
from nnfs.datasets import spiral_data
nnfs.init()
import fastnn
from fastnn.callbacks import Checkpoint

path, out, epochs = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
X, y = spiral_data(samples=40, classes=3)
layers = [fastnn.Layer_Dense(2, 32, weight_regularizer_l2=5e-4), fastnn.Activation_ReLU(),
          fastnn.Layer_Dropout(0.1), fastnn.Layer_Dense(32, 3)]
history = fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                     fastnn.Optimizer_Adam(0.02, decay=1e-4), X, y, epochs=epochs, batch_size=32,
                     log_every=10, shuffle=4, callback=Checkpoint(path),
                     resume=path if path.exists() else None, verbose=False)
np.savez(out, *[array for layer in (layers[0], layers[3])
                for array in (layer.weights, layer.biases)], history.table())
"""


def arrays(path):
    with np.load(path) as found:
        return [found[name] for name in found.files]


@pytest.mark.slow
def test_ends_as_one_that_nobody_disturbed(tmp_path):
    seconds = float(os.environ.get("FASTNN_KILL_SECONDS", "10"))
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    epochs = str(int(600 * max(10, seconds)) // 10 * 10)

    def started(name, *more):
        return subprocess.Popen([sys.executable, str(program), str(tmp_path / f"{name}.fastnn"),
                                 str(tmp_path / f"{name}.npz"), *more])

    assert started("whole", epochs).wait() == 0
    draw, end, kills = random.Random(1), time.monotonic() + seconds, 0
    while time.monotonic() < end and not (tmp_path / "killed.npz").exists():
        process = started("killed", epochs)
        try:
            process.wait(draw.uniform(0.5, 2.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        else:
            assert process.returncode == 0
    if not (tmp_path / "killed.npz").exists():
        assert started("killed", epochs).wait() == 0
    assert kills > 0
    for one, other in zip(arrays(tmp_path / "whole.npz"), arrays(tmp_path / "killed.npz")):
        assert np.array_equal(one, other, equal_nan=True)
    names = {path.name for path in tmp_path.iterdir()} - {
        "program.py", "whole.fastnn", "whole.npz", "killed.npz"}
    assert all("killed.fastnn" in name for name in names)  # halves of files beside the whole one
