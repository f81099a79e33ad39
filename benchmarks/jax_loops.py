"""The same trainings in JAX: all epochs in one jitted `lax.scan`, gradients by `jax.grad`."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from nets import Network

State = tuple[Any, Any, Any, Any]  # parameters, momentums, cache: [(weights, biases)]; iterations


class JaxTraining:
    """A network's twin: its numbers as they are now, on JAX's device, and Adam written out."""

    def __init__(self, network: Network):
        full = len(network.X) // network.batch_size * network.batch_size
        onehot = np.eye(network.layers[-1].weights.shape[1])[network.y].astype(np.float32)
        batches = [a[:full].reshape(-1, network.batch_size, a.shape[1])
                   for a in (network.X, onehot)]
        self._data = jax.device_put((*batches, network.X[full:], onehot[full:]))
        optimizer = network.optimizer
        self._numbers = (optimizer.learning_rate, optimizer.decay, optimizer.epsilon,
                         optimizer.beta_1, optimizer.beta_2)
        self._state = state_of(network)
        jax.block_until_ready((self._data, self._state))

    def loss(self, epochs: int) -> float:
        """Train, go on from there, and give the loss of the first batch after it."""
        self._state = self.train(epochs)
        X, targets, _, _ = self._data
        return float(cross_entropy(self._state[0], X[0], targets[0]))

    def train(self, epochs: int) -> State:
        """The state some epochs from here; from here it starts each time."""
        return jax.block_until_ready(_train(self._state, self._data, self._numbers, epochs))


def state_of(network: Network) -> State:
    """Parameters and Adam's memory as JAX's arrays; zeros where there is no memory yet."""
    def pairs(weight_name, bias_name):
        return [tuple(jnp.array(vars(layer).get(name, np.zeros_like(vars(layer)[shape])))
                      for name, shape in ((weight_name, "weights"), (bias_name, "biases")))
                for layer in network.dense]
    return (pairs("weights", "biases"), pairs("weight_momentums", "bias_momentums"),
            pairs("weight_cache", "bias_cache"),
            jnp.array(network.optimizer.iterations, jnp.float32))


def cross_entropy(parameters, X, targets):
    """Mean categorical cross-entropy of softmax outputs; targets one-hot."""
    for weights, biases in parameters[:-1]:
        X = jax.nn.relu(X @ weights + biases)
    weights, biases = parameters[-1]
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(X @ weights + biases) * targets, axis=1))


@partial(jax.jit, static_argnames=("numbers", "epochs"))
def _train(state, data, numbers, epochs):
    X, targets, X_rest, targets_rest = data

    def step(state, batch):
        gradients = jax.grad(cross_entropy)(state[0], *batch)
        return adam(state, gradients, *numbers), None

    def epoch(state, _):
        if len(X) == 1:
            state, _ = step(state, (X[0], targets[0]))
        else:
            state, _ = jax.lax.scan(step, state, (X, targets))
        if len(X_rest):
            state, _ = step(state, (X_rest, targets_rest))
        return state, None

    return jax.lax.scan(epoch, state, length=epochs)[0]


def adam(state, gradients, learning_rate, decay, epsilon, one, two):
    """The book's Adam."""
    parameters, momentums, cache, iterations = state
    rate = learning_rate / (1 + decay * iterations)
    correct_one, correct_two = 1 - one ** (iterations + 1), 1 - two ** (iterations + 1)
    tree = jax.tree.map
    momentums = tree(lambda m, g: one * m + (1 - one) * g, momentums, gradients)
    cache = tree(lambda c, g: two * c + (1 - two) * g * g, cache, gradients)
    parameters = tree(
        lambda p, m, c: p - rate * (m / correct_one) / (jnp.sqrt(c / correct_two) + epsilon),
        parameters, momentums, cache)
    return parameters, momentums, cache, iterations + 1
