"""Small models for predict and evaluate, with layers of one's own, and threads that use them."""

import threading
from typing import Any

import numpy as np
import pytest

import fastnn

THREADS, PREDICTS = 8, 200
SIZES = {"one": (1, None), "few": (7, None), "few, in batches": (7, 3), "many, in batches": (90, 4)}
every_size = pytest.mark.parametrize("size", SIZES)


class Halving:
    """A layer of somebody's own."""

    def forward(self, inputs, training):
        self.output = inputs / 2

    def backward(self, dvalues):
        self.dinputs = dvalues / 2


class Layer_Add:
    """A layer of somebody's own, which adds the output of an earlier one (a skip connection)."""

    def __init__(self, source):
        self.source, self.calls = source, 0

    def forward(self, inputs, training):
        self.calls += 1
        self.output = inputs + self.source.output

    def backward(self, dvalues):
        self.dinputs = dvalues


class Counting(fastnn.Activation_ReLU):
    """Ours, with a forward that counts."""

    calls = 0

    def forward(self, inputs, training=True):
        self.calls += 1
        super().forward(inputs, training)


class Loss_Counting(fastnn.Loss_CategoricalCrossentropy):
    """Ours, with a forward that counts."""

    calls = 0

    def forward(self, y_pred, y_true):
        self.calls += 1
        return super().forward(y_pred, y_true)


def build(kind: str = "softmax", nn: Any = fastnn) -> Any:
    np.random.seed(3)
    model = nn.Model()
    first = nn.Layer_Dense(3, 16, weight_scale=0.5)
    hidden = [nn.Activation_ReLU(), nn.Layer_Dropout(0.2), nn.Layer_Dense(16, 3, weight_scale=0.5)]
    if kind == "foreign":
        hidden = [Halving(), Layer_Add(first), *hidden]
    elif kind == "counting":
        hidden = [Counting(), *hidden[1:]]
    for layer in (first, *hidden):
        model.add(layer)
    if kind == "regression":
        model.add(nn.Activation_Linear())
        model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression())
        model.accuracy.precision = 0.5
    else:
        model.add(nn.Activation_Softmax())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical())
    model.set(optimizer=nn.Optimizer_SGD(0.01))
    model.finalize()
    return model


def inputs(thread: int, call: int, rows: int) -> np.ndarray:
    return np.random.default_rng([thread, call]).normal(size=(rows, 3)).astype("f4")


def in_threads(work, count=THREADS) -> None:
    """work(thread) in so many threads; what one raises is raised here."""
    errors: list[BaseException] = []
    begin = threading.Barrier(count)

    def run(thread):
        try:
            begin.wait()
            work(thread)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if errors:
        raise errors[0]


def wrong_rows(model, rows, batch_size, predicts=PREDICTS) -> int:
    """How many outputs of 8 threads are not those that one thread gets."""
    expected = {(t, n): model.predict(inputs(t, n, rows), batch_size=batch_size)
                for t in range(THREADS) for n in range(predicts)}
    wrong = []

    def work(thread):
        for n in range(predicts):
            X = inputs(thread, n, rows)
            got = model.predict(X, batch_size=batch_size)
            if not np.array_equal(got, expected[thread, n]):
                wrong.append((thread, n))

    in_threads(work)
    return len(wrong)
