"""Two ways to train a network: in one call, and by the book's loop."""

import numpy as np
from nets import Network

import fastnn

ENDS_ONLY = 1_000_000_000  # log_every: only the first and the last epoch are recorded


def fit(network: Network, epochs: int, log_every: int = ENDS_ONLY) -> float:
    """Train in one call; the data loss of the last epoch."""
    history = fastnn.fit(network.layers, network.loss, network.optimizer, network.X, network.y,
                         epochs=epochs, batch_size=network.batch_size, accuracy=network.accuracy,
                         log_every=log_every)
    return history[-1].data_loss


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
