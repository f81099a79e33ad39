"""The two ways to a gradient that chapter 9 times: combined, and loss and activation apart."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np
from effort import seconds_of
from rates import limited
from sameness import assert_near

import fastnn
from fastnn import reference
from fastnn.bench.lanes import nnfs_in_force

LIBRARIES = {"fastnn": fastnn, "NumPy": reference}


class Size(NamedTuple):
    """Samples and classes, and how often each way is timed and called each time.

    parts: the separate way is timed on one part of the samples after the other, a part a round,
    and the time counted so many times: else there would be one round, of half a minute.
    """

    N: int
    C: int
    rounds: int
    combined: int
    separate: int
    parts: int
    meaning: str  # what separate / combined says at this size

    def __str__(self) -> str:
        return f"({self.N}, {self.C})"


SIZES = [
    Size(3, 3, 200, 50, 50, 1,  # 10,000 calls, as in the notebook
         "on nine numbers nearly all is Python: the ratio counts NumPy's calls, with a loop over "
         "three samples among them; fastnn's is small because its separate way is two calls"),
    Size(300, 3, 31, 5, 1, 1,
         "NumPy's ratio is that of a Python loop over 300 samples and a few calls, and grows with "
         "the samples; fastnn's loop is compiled, and half of its combined way is still the calls"),
    Size(10_000, 10, 7, 5, 1, 1,
         "the same loop over 10,000 samples, and in NumPy's combined way most of the time goes "
         "into picking one probability a sample; fastnn's ratio is that of the arithmetic, a "
         "matrix (10, 10) a sample against a row of 10"),
    Size(4096, 1000, 8, 2, 1, 8,
         "arithmetic and memory, no longer Python: a matrix (1000, 1000) a sample against a row of "
         "1000; fastnn makes no matrix but goes through all its entries for the same digits, so "
         "its ratio is in the hundreds too"),
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


def sides(outputs: np.ndarray, targets: np.ndarray) -> Sides:
    """A call for each library and way."""
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

    Agreement is asserted of up to 64 samples before anything is timed, and of what was timed.
    """
    outputs, targets = data(size.N, size.C)
    whole = sides(outputs, targets)
    times: dict[tuple[str, str], list[float]] = {key: [] for key in whole}
    with numpy_of(book), limited(blas_threads=1, our_threads=1):
        assert_one_gradient(_called(sides(outputs[:64], targets[:64])), book)
        for library in LIBRARIES:
            whole[library, "combined"]()
        for turn in range(size.rounds):
            chosen = part(size, turn)
            cut = sides(outputs[chosen], targets[chosen])
            gradients = {}
            for (library, way), seconds in times.items():
                separately = way == "separate"
                call, calls = (cut if separately else whole)[library, way], getattr(size, way)
                gradients[library, way], spent = timed(call, calls)
                seconds.append(spent * (size.parts if separately else 1))
            if size.parts > 1:
                gradients |= {key: cut[key]() for key in cut if key[1] == "combined"}
            assert_one_gradient(gradients, book)
    return times


def part(size: Size, turn: int) -> slice:
    """The samples that the separate way gets in a round."""
    length = size.N // size.parts
    first = turn % size.parts * length
    return slice(first, first + length)


def timed(call: Callable[[], np.ndarray], calls: int) -> tuple[np.ndarray, float]:
    """The result, and the seconds of one call."""
    def repeat():
        for _ in range(calls):
            results.append(call())
            del results[:-1]  # as in the notebook, where a name is bound anew
    results: list[np.ndarray] = []
    seconds = seconds_of(repeat)
    return results[0], seconds / calls


def _called(calls):
    return {key: call() for key, call in calls.items()}
