"""Forms of losses that take the mean of all numbers at once, with the slope divided by how many
they are, and of those that know one-hot targets alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import losses, reference
from fastnn.adopting import output_patterns, target_patterns, targets, together
from fastnn.adopting.loss_patterns import SquaredError_by_Size

if TYPE_CHECKING:
    from typing import Any

_NOT_IN_RUNS: dict[str, Any] = {"whole": False, "lent": False}


def loss_forms(form: Any, absent: Any) -> list[Any]:
    """The forms. form: the class of them; absent: settings that theirs has not."""
    return [*_of_all_by_size(form, absent), *_of_one_hot_alone(form)]


def _of_all_by_size(form: Any, absent: Any) -> list[Any]:
    """np.mean((y_pred - y_true) ** 2) and 2 * (y_pred - y_true) / y_true.size."""
    of, by = output_patterns, target_patterns
    found = []
    for name, mean, back, slope, asks in (
            ("MeanSquaredError", of.SquaredError_of_All, SquaredError_by_Size,
             together.squared_slope_by_size, ""),
            ("MeanSquaredError", of.SquaredError_of_All, by.SquaredError_by_Size_and_Minus,
             targets.squared_slope, ""),
            ("MeanAbsoluteError", of.AbsoluteError_of_All, by.AbsoluteError_by_Size,
             targets.absolute_slope, "sign"),
            ("BinaryCrossentropy", of.BinaryCrossEntropy_of_All, by.BinarySlope_by_Size,
             targets.binary_slope, "log")):
        pattern = type(f"{mean.__name__}_by_Size", (mean,), {"backward": vars(back)["backward"]})
        found.append(form(
            getattr(losses, f"Loss_{name}"), pattern, {
                "calculate": together.at_once(getattr(losses, f"Loss_{name}")),
                "backward": slope}, absent, does={"calculate": None}, in_order=True,
            asks=f"mean size {asks}", **_NOT_IN_RUNS))
    return found


def _of_one_hot_alone(form: Any) -> list[Any]:
    """The loss by the sum of a row, and softmax with it, whose slope is a difference of arrays."""
    p, t = target_patterns, targets
    both = losses.Activation_Softmax_Loss_CategoricalCrossentropy
    found = [form(losses.Loss_CategoricalCrossentropy, p.OneHot_by_Rows, {
        "calculate": t.one_hot_mean, "backward": t.arrays_slope}, asks="log", **_NOT_IN_RUNS)]
    for loss in (p.OneHot_by_Rows, p.OneHot):
        inner = {"activation": reference.Activation_Softmax, "loss": loss}
        for pattern, slope in ((p.Softmax_Less_Targets, t.less_targets),
                               (p.Softmax_Less_Targets_of_Output, t.output_less_targets),
                               (p.Softmax_Less_Targets_that_Keeps, t.output_less_kept)):
            forth = t.softmax_of_one_hot if slope is not t.output_less_kept else (
                t.softmax_of_one_hot_kept)
            found.append(form(both, type(pattern.__name__, (pattern,), {}), {
                "forward": forth, "backward": slope}, inner=inner,
                in_order=slope is t.less_targets, asks="exp log", **_NOT_IN_RUNS))
    return found
