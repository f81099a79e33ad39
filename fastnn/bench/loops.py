"""Three ways to train a network: in one call, by the book's loop, and as a Model."""

from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from types import ModuleType
from typing import Any

import numpy as np

import fastnn
from fastnn.bench.nets import Network

ENDS_ONLY = 1_000_000_000  # log_every: only the first and the last epoch are recorded
Training = Callable[[Network, int], float]  # some epochs of a network: the last data loss


def fit(network: Network, epochs: int, log_every: int = ENDS_ONLY) -> float:
    """Train in one call; the data loss of the last epoch."""
    history = fastnn.fit(network.layers, network.loss, network.optimizer, network.X, network.y,
                         epochs=epochs, batch_size=network.batch_size, accuracy=network.accuracy,
                         log_every=log_every)
    return history[-1].data_loss


recorded = partial(fit, log_every=1)


def loop(network: Network, epochs: int) -> float:
    """Train as the book's programs do, loss and accuracy at each step; the last data loss."""
    layers, optimizer, dense = network.layers, network.optimizer, network.dense
    combined = not network.regression
    loss = network.loss.loss if combined else network.loss
    precision = np.std(network.y) / 250
    for _ in range(epochs):
        loss.new_pass()
        for start in range(0, len(network.X), network.batch_size):
            X = network.X[start:start + network.batch_size]
            y = network.y[start:start + network.batch_size]
            output = X
            for layer in layers:
                layer.forward(output)
                output = layer.output
            if combined:
                network.loss.forward(output, y)
                output = network.loss.output
                np.mean(np.argmax(output, axis=1) == y)
            else:
                network.loss.calculate(output, y)
                np.mean(np.absolute(output - y) < precision)

            network.loss.backward(output, y)
            dvalues = network.loss.dinputs
            for layer in reversed(layers):
                layer.backward(dvalues)
                dvalues = layer.dinputs
            optimizer.pre_update_params()
            for layer in dense:
                optimizer.update_params(layer)
            optimizer.post_update_params()
    return float(loss.calculate_accumulated())


def finished_model(network: Network, nn: ModuleType, lines: str) -> Any:
    """A Model of the network's own objects. lines: as Model takes them."""
    model = nn.Model(lines=lines)
    for layer in network.layers:
        model.add(layer)
    if not network.regression:
        model.add(nn.Activation_Softmax())
    model.set(loss=network.loss if network.regression else nn.Loss_CategoricalCrossentropy(),
              optimizer=network.optimizer, accuracy=network.accuracy)
    model.finalize()
    return model


def model_of(network: Network, nn: ModuleType) -> Training:
    """A Model of the network's own objects; what trains it and gives the last data loss.

    Full batches print as in chapter 18, where each epoch is a step, others as in chapter 19; all
    goes to memory.
    """
    full = network.batch_size >= len(network.X)
    model = finished_model(network, nn, "epochs" if full else "steps")

    def train(network: Network, epochs: int) -> float:
        with redirect_stdout(StringIO()):
            model.train(network.X, network.y, epochs=epochs, print_every=100,
                        batch_size=None if full else network.batch_size)
        return float(model.loss.calculate_accumulated())
    return train
