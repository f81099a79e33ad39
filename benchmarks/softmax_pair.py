"""The two ways to a gradient that chapter 9 times: combined, and loss and activation apart."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from effort import seconds_of
from nnfs_context import nnfs_in_force
from rates import limited
from sameness import assert_near

import fastnn
from fastnn import reference

LIBRARIES = {"fastnn": fastnn, "NumPy": reference}


class Size(NamedTuple):
    """Samples and classes, and how often each way is timed and called each time."""

    N: int
    C: int
    rounds: int
    combined: int
    separate: int
    meaning: str  # what separate / combined says at this size

    def __str__(self) -> str:
        return f"({self.N}, {self.C})"


SIZES = [
    Size(3, 3, 20, 500, 500,  # 10,000 calls, as in the notebook
         "nine numbers: what is timed is Python, objects made and functions called; the ratio "
         "counts NumPy's calls, a loop over 3 samples among them, and fastnn's is small because "
         "its separate way is cheap"),
    Size(300, 3, 15, 20, 4,
         "NumPy's ratio is its Python loop of 300 turns against a few calls and grows with N; "
         "fastnn loops too, but compiled, and pays for its calls still"),
    Size(10_000, 10, 7, 5, 1,
         "the same loop of 10,000 turns over small matrices; the combined way is bound by memory "
         "and by the indexing of one probability a sample"),
    Size(4096, 1000, 1, 5, 1,
         "a matrix (1000, 1000) for each sample against one pass: the separate way has 1000 times "
         "the arithmetic in either library, and the ratio says that"),
]


def numpy_of(book: bool) -> AbstractContextManager[None]:
    """`nnfs.init()`, or NumPy as it is imported."""
    return nnfs_in_force(dot_precision_workaround=True) if book else nullcontext()


def data(N: int, C: int) -> tuple[np.ndarray, np.ndarray]:
    """Softmax outputs and class indices; (3, 3) are chapter 9's."""
    if (N, C) == (3, 3):
        return (np.array([[0.7, 0.1, 0.2], [0.1, 0.5, 0.4], [0.02, 0.9, 0.08]]),
                np.array([0, 1, 1]))
    generator = np.random.default_rng(0)
    powers = np.exp(generator.standard_normal((N, C)))
    return powers / powers.sum(axis=1, keepdims=True), generator.integers(0, C, N)


def combined(nn: Any, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The gradient by the class that has both; the object is made anew, as in the book."""
    both = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    both.backward(outputs, targets)
    return both.dinputs


def separate(nn: Any, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The gradient of the loss, and from it the activation's."""
    activation = nn.Activation_Softmax()
    activation.output = outputs
    loss = nn.Loss_CategoricalCrossentropy()
    loss.backward(outputs, targets)
    activation.backward(loss.dinputs)
    return activation.dinputs


WAYS = {"combined": combined, "separate": separate}
Sides = dict[tuple[str, str], Callable[[], np.ndarray]]


def sides(N: int, C: int) -> Sides:
    """A call for each library and way."""
    outputs, targets = data(N, C)

    def call(nn, way):
        return lambda: way(nn, outputs, targets)
    return {(library, name): call(nn, way) for library, nn in LIBRARIES.items()
            for name, way in WAYS.items()}


def assert_one_gradient(gradients: dict[tuple[str, str], np.ndarray], book: bool) -> None:
    """fastnn's equal NumPy's, to the bit under nnfs.init(); and both ways come to the same.

    The separate way multiplies by a matrix; under nnfs.init() its products are float32, without
    their sums of C terms are in another order.
    """
    for way in WAYS:
        got, expected = gradients["fastnn", way], gradients["NumPy", way]
        exact = book or way == "combined"
        assert_near(way, got, expected, 0 if exact else got.shape[1] * np.finfo(got.dtype).eps)
    for library in LIBRARIES:
        assert_near(f"both ways of {library}", gradients[library, "separate"],
                    gradients[library, "combined"], 1e-6 if book else 1e-13)


def measured(size: Size, book: bool) -> dict[tuple[str, str], list[float]]:
    """Seconds of a call, for each side and round; all four sides in turn, once they agree.

    At the largest size the separate ways take too long to be called only to be compared: there
    the first 64 samples are, and then what the timed calls gave.
    """
    cut = 64 if size.rounds == 1 else size.N
    calls = sides(size.N, size.C)
    with numpy_of(book), limited(blas_threads=1, our_threads=1):
        assert_one_gradient({key: call() for key, call in sides(cut, size.C).items()}, book)
        for library in LIBRARIES:
            calls[library, "combined"]()
        times: dict[tuple[str, str], list[float]] = {key: [] for key in calls}
        gradients = {}
        for _ in range(size.rounds):
            for key, call in calls.items():
                repeat = getattr(size, key[1])

                def some(call=call, key=key, repeat=repeat):
                    for _ in range(repeat):
                        gradients[key] = call()
                times[key].append(seconds_of(some) / repeat)
        assert_one_gradient(gradients, book)
    return times
