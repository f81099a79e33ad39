"""The same trainings in PyTorch: modules with fused Adam, or a whole step in `torch.compile`.

Denormal numbers are flushed to zero, as fastnn and JAX do in native float32; PyTorch's default
leaves them, and they may double an epoch's time. No loss is read.
"""

from itertools import pairwise

import torch
from starts import State, Task
from torch.nn import functional


def batches_of(task: Task) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The batches of samples and class indices; threads and denormal numbers are set here too."""
    torch.set_flush_denormal(True)  # before there are threads, which inherit it
    torch.set_num_threads(task.threads)
    return task.batches(torch.from_numpy(task.X), torch.from_numpy(task.y).long())


def tensors(pairs) -> list[torch.Tensor]:
    """Copies as PyTorch has them, one after the other: weights (O, I), biases (O,)."""
    return [torch.from_numpy(array.copy()) for weights, biases in pairs
            for array in (weights.T, biases[0])]


class EagerTraining:
    """A network's twin as PyTorch's users write it."""

    def __init__(self, task: Task):
        self._settings, self._batches = task.settings, batches_of(task)
        modules: list[torch.nn.Module] = []
        for I, O in pairwise(task.widths):
            modules += [torch.nn.Linear(I, O), torch.nn.ReLU()]
        self._network = torch.nn.Sequential(*modules[:-1])
        self._optimizer = torch.optim.Adam(
            self._network.parameters(), fused=True, eps=task.settings["epsilon"],
            betas=(task.settings["beta_1"], task.settings["beta_2"]))

    def reset(self, state: State) -> None:
        """Go to this state."""
        *pairs, self._iterations = state
        for parameter, now, momentum, cache in zip(self._network.parameters(),
                                                   *map(tensors, pairs), strict=True):
            parameter.data.copy_(now)
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(state.iterations)), "exp_avg": momentum,
                "exp_avg_sq": cache}

    def train(self, epochs: int) -> None:
        """Go on from here."""
        rate, decay = self._settings["learning_rate"], self._settings["decay"]
        optimizer = self._optimizer
        for _ in range(epochs):
            for X, y in self._batches:
                optimizer.param_groups[0]["lr"] = rate / (1 + decay * self._iterations)
                optimizer.zero_grad()
                functional.cross_entropy(self._network(X), y).backward()
                optimizer.step()
                self._iterations += 1

    @torch.no_grad()
    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        X, y = self._batches[0]
        return float(functional.cross_entropy(self._network(X), y))


class CompiledTraining:
    """A network's twin with forward, backward and Adam in one compiled function.

    Modules and an optimizer that are compiled one by one are slower than eager ones where a step
    takes less than a millisecond: each call checks first whether it is still the same.
    """

    def __init__(self, task: Task):
        self._settings, self._batches = task.settings, batches_of(task)
        self._step = torch.compile(self._update, dynamic=False)

    def reset(self, state: State) -> None:
        """Go to this state."""
        *pairs, iterations = state
        self._state = list(map(tensors, pairs))
        self._iterations = torch.tensor(iterations, dtype=torch.float64)

    @torch.no_grad()
    def train(self, epochs: int) -> None:
        """Go on from here."""
        for _ in range(epochs):
            for X, y in self._batches:
                self._step(*self._state, self._iterations, X, y)

    @torch.no_grad()
    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        return float(cross_entropy(self._state[0], *self._batches[0]))

    def _update(self, parameters, momentums, cache, iterations, X, y):
        """A step of the book's Adam, in place."""
        settings = self._settings
        one, two = settings["beta_1"], settings["beta_2"]
        gradients = torch.func.grad(cross_entropy)(parameters, X, y)
        rate = settings["learning_rate"] / (1 + settings["decay"] * iterations)
        iterations += 1
        rate, first, second = (number.float() for number in (
            rate, 1 - one ** iterations, 1 - two ** iterations))
        for p, m, c, g in zip(parameters, momentums, cache, gradients, strict=True):
            m.mul_(one).add_((1 - one) * g)
            c.mul_(two).add_((1 - two) * g * g)
            p.sub_(rate * (m / first) / ((c / second).sqrt() + settings["epsilon"]))


def cross_entropy(parameters, X, y):
    """Mean categorical cross-entropy of softmax outputs."""
    *hidden, (weights, biases) = zip(parameters[::2], parameters[1::2], strict=True)
    for pair in hidden:
        X = functional.relu(functional.linear(X, *pair))
    return functional.cross_entropy(functional.linear(X, weights, biases), y)
