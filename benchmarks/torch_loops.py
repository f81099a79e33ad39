"""The same trainings in PyTorch: nn.Linear, cross_entropy and fused Adam, eager or compiled.

Denormal numbers are flushed to zero, as fastnn and JAX do in native float32; PyTorch's default
leaves them, and they may double an epoch's time. No loss is read.
"""

import numpy as np
import torch
from starts import Start
from torch import nn

VERSION = torch.__version__


class TorchTraining:
    """A network's twin in PyTorch."""

    def __init__(self, start: Start, compiled: bool):
        torch.set_flush_denormal(True)  # before there are threads, which inherit it
        torch.set_num_threads(start.threads)
        self._start = start
        modules: list[nn.Module] = []
        for weights, _ in start.parameters:
            modules += [nn.Linear(*weights.shape), nn.ReLU()]
        self._network = nn.Sequential(*modules[:-1])
        batches = start.batches(torch.from_numpy(start.X), torch.from_numpy(start.y).long())
        self._batches = batches
        # As a tensor, or each rate would be compiled anew.
        self._rate = torch.tensor(start.settings["learning_rate"], dtype=torch.float32)
        self._optimizer = torch.optim.Adam(
            self._network.parameters(), lr=self._rate, fused=True,
            betas=(start.settings["beta_1"], start.settings["beta_2"]),
            eps=start.settings["epsilon"])
        self._loss = torch.compile(self._cross_entropy) if compiled else self._cross_entropy
        self.reset()

    def reset(self) -> None:
        """Back to the start, in place."""
        start = self._start
        self._iterations = start.iterations
        linear = [one for one in self._network if isinstance(one, nn.Linear)]
        with torch.no_grad():
            for module, *pairs in zip(linear, start.parameters, start.momentums, start.cache,
                                      strict=True):
                for n, parameter in enumerate((module.weight, module.bias)):
                    now, momentum, cache = (torch.from_numpy(_turned(pair[n])) for pair in pairs)
                    parameter.copy_(now)
                    state = self._optimizer.state[parameter]
                    if not state:
                        state.update(step=torch.zeros(()), exp_avg=torch.zeros_like(parameter),
                                     exp_avg_sq=torch.zeros_like(parameter))
                    state["step"].fill_(start.iterations)
                    state["exp_avg"].copy_(momentum)
                    state["exp_avg_sq"].copy_(cache)

    def train(self, epochs: int) -> None:
        """Go on from here."""
        rate, decay = self._start.settings["learning_rate"], self._start.settings["decay"]
        optimizer = self._optimizer
        for _ in range(epochs):
            for X, y in self._batches:
                self._rate.fill_(rate / (1 + decay * self._iterations))
                optimizer.zero_grad()
                self._loss(X, y).backward()
                optimizer.step()
                self._iterations += 1

    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        with torch.no_grad():
            return float(self._cross_entropy(*self._batches[0]))

    def _cross_entropy(self, X, y):
        return nn.functional.cross_entropy(self._network(X), y)


def _turned(array: np.ndarray) -> np.ndarray:
    """As PyTorch has it: weights (O, I), biases (O,)."""
    return array[0] if len(array) == 1 else array.T
