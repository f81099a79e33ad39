"""Batch normalization."""

from fastnn import reference
from fastnn.kernels.batch_norm import batch_norm_backward, batch_norm_forward
from fastnn.layers.by_columns import ColumnLayer, of_columns
from fastnn.support import checks, rules
from fastnn.support.hints import hinting


@of_columns(batch_norm_forward, batch_norm_backward, momentum=rules.SHARE, epsilon=rules.ANY)
class Layer_BatchNorm(ColumnLayer, reference.Layer_BatchNorm):
    """Batch normalization of each column.

        normalized = (inputs - mean) / deviation;  output = weights * normalized + biases
        mean, deviation = sqrt(variance + epsilon) : of the batch while training, else the running
        running = momentum * running + (1 - momentum) * of the batch, the variance unbiased

    Parameters
    ----------
    n_inputs : int
        O, the columns.
    momentum : float in [0, 1], keyword only, default 0.9
        Share that the running mean and variance keep at each step.
    epsilon : float, keyword only, default 1e-5

    Attributes
    ----------
    weights, biases (1, O)                      gamma and beta: an optimizer changes them
    running_mean, running_variance (1, O)       changed in place at each training step
    inputs, normalized, output (N, O), deviation (1, O)      after forward with training
    dweights, dbiases (1, O), dinputs (N, O)                 after backward

    A batch of one sample has the variance 0. `get_parameters` gives weights and biases alone.
    Source: Ioffe and Szegedy 2015.  Differs: not in the book.
    """

    @hinting
    def __init__(self, n_inputs: int, *, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        who = type(self).__name__
        checks.whole(n_inputs, who, "n_inputs")
        checks.number(momentum, who, "momentum", 0, 1)
        checks.number(epsilon, who, "epsilon", 0)
        super().__init__(n_inputs, momentum=momentum, epsilon=epsilon)
