"""What several dialects need."""

from operator import attrgetter
from typing import Any

from fastnn import losses


def alias(name: str) -> Any:
    """Another name for the attribute `name`, for reading and writing."""
    def write(self, value):
        setattr(self, name, value)
    return property(attrgetter(name), write, doc=f"The same as `{name}`.")


class Softmax_Loss(losses.Activation_Softmax_Loss_CategoricalCrossentropy):
    """The combined class, for dialects whose `activation` and `loss` are classes of their own."""

    def forward(self, inputs, y_true):
        """Set `output` and give back the mean loss of inputs (N, C), targets (N,) or (N, C)."""
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)
