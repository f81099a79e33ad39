"""What a peer starts from: a network's numbers as plain arrays, without objects of fastnn."""

from typing import Any, NamedTuple

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]  # of weights (I, O) and of biases (1, O)


class Start(NamedTuple):
    """Data, settings, parameters and Adam's memory of a ReLU network with softmax outputs."""

    X: np.ndarray
    y: np.ndarray
    batch_size: int
    threads: int
    settings: dict[str, float]  # learning_rate, decay, epsilon, beta_1, beta_2
    parameters: list[Pair]
    momentums: list[Pair]
    cache: list[Pair]
    iterations: int

    def batches(self, *arrays: Any) -> list[tuple[Any, ...]]:
        """The rows of these arrays batch by batch; the last may be shorter."""
        return [tuple(a[at:at + self.batch_size] for a in arrays)
                for at in range(0, len(self.X), self.batch_size)]


def start_of(network: Any, threads: int) -> Start:
    """Where a network is now; zeros where Adam has no memory yet."""
    def pairs(prefix, names):
        return [tuple(np.array(vars(layer).get(prefix + name, np.zeros_like(vars(layer)[shape])))
                      for name, shape in zip(names, ("weights", "biases"), strict=True))
                for layer in network.dense]
    optimizer = network.optimizer
    return Start(
        network.X, network.y, network.batch_size, threads,
        {name: getattr(optimizer, name)
         for name in ("learning_rate", "decay", "epsilon", "beta_1", "beta_2")},
        pairs("", ("weights", "biases")), pairs("", ("weight_momentums", "bias_momentums")),
        pairs("", ("weight_cache", "bias_cache")), optimizer.iterations)
