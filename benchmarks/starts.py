"""What a peer starts from: a network's numbers as plain arrays, without objects of fastnn."""

from typing import Any, NamedTuple

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]  # of weights (I, O) and of biases (1, O)


class Task(NamedTuple):
    """What a network is, what it is trained on, and with which Adam."""

    X: np.ndarray
    y: np.ndarray
    batch_size: int
    widths: list[int]
    hidden: str  # the activation behind each dense layer but the last: "ReLU" or "Tanh"
    regression: bool  # mean squared error, else cross-entropy of softmax outputs
    settings: dict[str, float]  # learning_rate, decay, epsilon, beta_1, beta_2
    threads: int

    def batches(self, *arrays: Any) -> list[tuple[Any, ...]]:
        """The rows of these arrays batch by batch; the last may be shorter."""
        return [tuple(a[at:at + self.batch_size] for a in arrays)
                for at in range(0, len(self.X), self.batch_size)]


class State(NamedTuple):
    """Parameters and Adam's memory, a pair for each layer."""

    parameters: list[Pair]
    momentums: list[Pair]
    cache: list[Pair]
    iterations: int


def task_of(network: Any, threads: int) -> Task:
    """A network's data and settings."""
    widths = [len(network.dense[0].weights), *(layer.weights.shape[1] for layer in network.dense)]
    settings = {name: getattr(network.optimizer, name)
                for name in ("learning_rate", "decay", "epsilon", "beta_1", "beta_2")}
    return Task(network.X, network.y, network.batch_size, widths, network.hidden,
                network.regression, settings, threads)


def state_of(network: Any) -> State:
    """Where a network is now; zeros where Adam has no memory yet."""
    def pairs(*names):
        return [tuple(np.array(vars(layer).get(name, np.zeros_like(vars(layer)[shape])))
                      for name, shape in zip(names, ("weights", "biases"), strict=True))
                for layer in network.dense]
    return State(pairs("weights", "biases"), pairs("weight_momentums", "bias_momentums"),
                 pairs("weight_cache", "bias_cache"), network.optimizer.iterations)
