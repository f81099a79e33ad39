"""The same trainings in JAX: a jitted step, or all epochs in one jitted `lax.scan`.

Gradients by `jax.grad`, Adam written out. Denormal numbers are flushed to zero; no loss is read.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from starts import State, Task


class JaxTraining:
    """A network's twin in JAX."""

    def __init__(self, task: Task, whole: bool):
        targets = (task.y if task.regression
                   else np.eye(task.widths[-1])[task.y].astype(np.float32))
        self._whole = whole
        self._batches = jax.device_put(task.batches(task.X, targets))
        full = [batch for batch in self._batches if len(batch[0]) == task.batch_size]
        self._data = (tuple(map(jnp.stack, zip(*full, strict=True))),
                      tuple(self._batches[len(full):]))
        self._loss = partial(mean_loss, hidden=task.hidden, regression=task.regression)
        numbers = tuple(task.settings[name] for name in (
            "learning_rate", "decay", "epsilon", "beta_1", "beta_2"))
        self._rule = self._loss, numbers

    def reset(self, state: State) -> None:
        """Go to this state."""
        *pairs, iterations = state
        self._state = jax.block_until_ready(
            jax.device_put((*pairs, np.float32(iterations)), may_alias=False))

    def train(self, epochs: int) -> None:
        """Go on from here."""
        if self._whole:
            self._state = _epochs(self._state, self._data, self._rule, epochs)
        else:
            for _ in range(epochs):
                for batch in self._batches:
                    self._state = _step(self._state, batch, self._rule)
        jax.block_until_ready(self._state)

    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        return float(self._loss(self._state[0], *self._batches[0]))


HIDDEN = {"ReLU": jax.nn.relu, "Tanh": jnp.tanh}


def mean_loss(parameters, X, targets, hidden, regression):
    """Squared error, or categorical cross-entropy of softmax outputs and one-hot targets."""
    for weights, biases in parameters[:-1]:
        X = HIDDEN[hidden](X @ weights + biases)
    weights, biases = parameters[-1]
    outputs = X @ weights + biases
    if regression:
        return jnp.mean(jnp.square(outputs - targets))
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(outputs) * targets, axis=1))


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


def _after(state, batch, rule):
    loss, numbers = rule
    return adam(state, jax.grad(loss)(state[0], *batch), *numbers)


_step = partial(jax.jit, static_argnames="rule", donate_argnames="state")(_after)


@partial(jax.jit, static_argnames=("rule", "epochs"))
def _epochs(state, data, rule, epochs):
    full, rest = data

    def epoch(state, _):
        if len(full[0]) == 1:
            state = _after(state, (full[0][0], full[1][0]), rule)
        else:
            state, _ = jax.lax.scan(lambda state, batch: (_after(state, batch, rule), None),
                                    state, full)
        for batch in rest:
            state = _after(state, batch, rule)
        return state, None

    return jax.lax.scan(epoch, state, length=epochs)[0]
