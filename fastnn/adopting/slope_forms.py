"""What is recognised of losses whose way back is another's: `slope_patterns.py`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastnn import activations, losses
from fastnn.adopting import slope_patterns as p
from fastnn.adopting import together
from fastnn.adopting.form import BOOK_GRADIENT, BOTH, LOSS, NOT_IN_RUNS, OF_LAYER, SMOOTHING, Form
from fastnn.adopting.targets import by_size, need
from fastnn.kernels.formula import elementwise
from fastnn.support.buffers import empty

if TYPE_CHECKING:
    from typing import Any


class Loss_of_Softmax(losses.Loss_CategoricalCrossentropy):
    """Cross-entropy whose slope is that of the softmax before it, too."""


class Loss_HalfSquaredError:
    """Half the mean of squared differences."""


def losses_with_others_slopes() -> list[Form]:
    """All of them, and the softmax before them."""
    of_all = {"asks": "mean size", **NOT_IN_RUNS}
    found = [Form(losses.Loss_MeanSquaredError, p.SquaredError_that_Keeps, {
        "calculate": "calculate", "backward": slope_of_difference},
        does={"calculate": None}, in_order=True, **of_all)]
    found += [Form(Loss_HalfSquaredError, pattern, {
        "calculate": "calculate", "backward": half_slope}, does={"calculate": None},
        said_role="loss", in_order=True, **of_all)
        for pattern in (p.HalfSquaredError, p.HalfSquaredError_Divided)]
    found.append(Form(Loss_of_Softmax, p.CrossEntropy_of_Softmax, LOSS | {
        "backward": slope_of_softmax}, SMOOTHING | BOOK_GRADIENT | OF_LAYER, asks="log",
        after_softmax=True, **NOT_IN_RUNS))
    found += [Form(Loss_of_Softmax, pattern, {
        "calculate": mean, "backward": slope_of_softmax}, asks="log", after_softmax=True,
        **NOT_IN_RUNS)
        for pattern, mean in ((p.CrossEntropy_of_Softmax_at_Once, together.mean_loss),
                              (p.CrossEntropy_of_Softmax_by_Mean, together.negative_mean))]
    found.append(Form(activations.Activation_Softmax, p.Softmax_that_Hands_On, BOTH,
                      does={"backward": None}, asks="exp", hands_on=True, **NOT_IN_RUNS))
    return found


def slope_of_softmax(loss: Any, dvalues: Any, y_true: Any) -> None:
    """Set `dinputs` = (p - onehot) / N."""
    losses.Activation_Softmax_Loss_CategoricalCrossentropy.backward(loss, dvalues, y_true)


def slope_of_difference(loss: Any) -> None:
    """Set `dinputs` = 2 d / size, in this order, of a difference that lies as kernels take it."""
    difference = loss.difference
    need(difference.ndim == 2 and difference.size and difference.flags.c_contiguous
         and difference.dtype.isnative)
    dinputs = empty(difference.shape, difference.dtype)
    need(not _of_difference().kernel.refuses(difference, float(difference.size), dinputs))
    loss.dinputs = dinputs


@lru_cache(1)
def _of_difference() -> Any:
    return elementwise("slope_of_difference", lambda difference, size: (
        2 * difference / size), ("difference",), "dinputs")


half_slope = by_size("half_slope_by_size", lambda y_pred, y_true, size: (y_pred - y_true) / size)
