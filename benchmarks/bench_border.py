"""The book's loop by the kind of its arrays: against NumPy's classes, and against plain arrays.

What comes as a subclass, read-only, in another type or order is made what the kernels take, at each
call: that is to cost no more than a seventh of the step. The accuracy is taken by the object, which
converts too; `np.mean(predictions == y)` of a pandas Series costs 100 us in any program.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rates import limited
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.nets import Network
from fastnn.bench.pairs import ratio
from fastnn.bench.workloads import SPIRAL_64

Arrays = tuple[Any, Any]
WORKLOAD = SPIRAL_64._replace(book=True)
STEPS = 50


def read_only(a: np.ndarray) -> np.ndarray:
    """A copy nobody may write to."""
    made = a.copy()
    made.flags.writeable = False
    return made


KINDS: dict[str, Callable[[np.ndarray, np.ndarray], Arrays]] = {
    "plain arrays": lambda X, y: (X, y),
    "labels of int32": lambda X, y: (X, y.astype(np.int32)),
    "read-only labels": lambda X, y: (X, read_only(y)),
    "both read-only": lambda X, y: (read_only(X), read_only(y)),
    "pandas, to_numpy()": lambda X, y: (pd.DataFrame(X).to_numpy(), pd.Series(y).to_numpy()),
    "DataFrame and Series": lambda X, y: (pd.DataFrame(X), pd.Series(y)),
    "X in Fortran's order": lambda X, y: (np.asfortranarray(X), y),
    "X of float64": lambda X, y: (X.astype(np.float64), y),
    "X of int32": lambda X, y: (np.round(X * 10).astype(np.int32), y),
    "both big-endian": lambda X, y: (X.astype(">f4"), y.astype(">i8")),
    "X strided": lambda X, y: (np.repeat(X, 2, axis=0)[::2], y),
    "X a subclass": lambda X, y: (X.view(np.recarray), y),
}
PANDAS = {"DataFrame and Series"}  # NumPy's classes cannot go back from a frame without copies


class Loop:
    """A network, and the arrays it is fed with."""

    def __init__(self, nn: ModuleType, kind: str):
        network = Network(WORKLOAD, nn)
        self.network, self.accuracy = network, nn.Accuracy_Categorical()
        self.X, self.y = KINDS[kind](network.X.astype(np.float32), network.y.astype(np.int64))

    def __call__(self, steps: int = STEPS) -> float:
        """Some steps; the last loss."""
        network, loss = self.network, 0.0
        for _ in range(steps):
            output = self.X
            for layer in network.layers:
                layer.forward(output)
                output = layer.output
            loss = network.loss.forward(output, self.y)
            self.accuracy.calculate(np.argmax(network.loss.output, axis=1), self.y)
            network.loss.backward(network.loss.output, self.y)
            slope = network.loss.dinputs
            for layer in reversed(network.layers):
                layer.backward(slope)
                slope = layer.dinputs
            network.optimizer.pre_update_params()
            for layer in network.dense:
                network.optimizer.update_params(layer)
            network.optimizer.post_update_params()
        return float(loss)


@pytest.mark.parametrize("kind", [
    pytest.param(kind, marks=[pytest.mark.quick] * (kind == "pandas, to_numpy()"))
    for kind in KINDS])
def test_kind(kind, numpy_for, compare, tell, smoke):
    with numpy_for(WORKLOAD), limited(blas_threads=1, our_threads=1):
        ours, plain, theirs = Loop(fastnn, kind), Loop(fastnn, "plain arrays"), Loop(
            reference, kind)
        steps = 2 if smoke else STEPS
        assert ours(steps) == theirs(steps)
        compare(lambda: ours(steps), lambda: theirs(steps), units=(steps, steps),
                pairs=15, row=Row("steps", f"spiral-64 2-64-3, {kind}, nnfs.init(), equal in every "
                                  "bit", ours="the loop with fastnn", theirs="the loop with NumPy",
                                  unit="step"))
        if not smoke:
            found = ratio(lambda: plain(steps), lambda: ours(steps), units=(steps, steps), pairs=15)
            tell(f"{found.median:.2f} times what plain arrays take", times_plain=found.median)
