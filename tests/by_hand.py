"""The book's loop over any chain of layers, and what it leaves."""

import numpy as np


def loop(layers, loss, optimizer, X, y, epochs, batch, change=None):
    """Train; change(loss) is called after the second epoch."""
    for epoch in range(epochs):
        for start in range(0, len(X), batch):
            x, t = X[start:start + batch], y[start:start + batch]
            for layer in layers:
                layer.forward(x)
                x = layer.output
            if hasattr(loss, "activation"):
                loss.forward(x, t)
                x = loss.output
            else:
                loss.calculate(x, t)
            loss.backward(x, t)
            slope = loss.dinputs
            for layer in reversed(layers):
                layer.backward(slope)
                slope = layer.dinputs
            optimizer.pre_update_params()
            for layer in layers:
                if hasattr(layer, "weights"):
                    optimizer.update_params(layer)
            optimizer.post_update_params()
        if change and epoch == 1:
            change(loss)


def left(layers):
    """The arrays that the layers hold, by their names."""
    return {f"{n}.{name}": value for n, layer in enumerate(layers)
            for name, value in vars(layer).items() if isinstance(value, np.ndarray)}
