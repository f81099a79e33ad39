"""Forms of losses that take the mean of all numbers at once, with the slope divided by how many
they are, and of those that know one-hot targets alone.
"""

from __future__ import annotations

from fastnn import losses, reference
from fastnn.adopting import output_patterns, target_patterns, targets, together
from fastnn.adopting.form import BOOK_GRADIENT, NOT_IN_RUNS, Form
from fastnn.adopting.loss_patterns import SquaredError_by_Size


def losses_of_all() -> list[Form]:
    """All of them."""
    return [*_of_all_by_size(), *_of_one_hot_alone()]


def _of_all_by_size() -> list[Form]:
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
        found.append(Form(
            getattr(losses, f"Loss_{name}"), pattern, {
                "calculate": together.at_once(getattr(losses, f"Loss_{name}")),
                "backward": slope}, BOOK_GRADIENT, does={"calculate": None}, in_order=True,
            asks=f"mean size {asks}", **NOT_IN_RUNS))
    return found


def _of_one_hot_alone() -> list[Form]:
    """The loss by the sum of a row, and softmax with it, whose slope is a difference of arrays."""
    p, t = target_patterns, targets
    both = losses.Activation_Softmax_Loss_CategoricalCrossentropy
    found = [Form(losses.Loss_CategoricalCrossentropy, p.OneHot_by_Rows, {
        "calculate": t.one_hot_mean, "backward": t.arrays_slope}, asks="log", **NOT_IN_RUNS)]
    for loss in (p.OneHot_by_Rows, p.OneHot):
        inner: dict[str, type] = {"activation": reference.Activation_Softmax, "loss": loss}
        for pattern, slope in ((p.Softmax_Less_Targets, t.less_targets),
                               (p.Softmax_Less_Targets_of_Output, t.output_less_targets),
                               (p.Softmax_Less_Targets_that_Keeps, t.output_less_kept)):
            forth = t.softmax_of_one_hot if slope is not t.output_less_kept else (
                t.softmax_of_one_hot_kept)
            found.append(Form(both, type(pattern.__name__, (pattern,), {}), {
                "forward": forth, "backward": slope}, inner=inner,
                in_order=slope is t.less_targets, asks="exp log", **NOT_IN_RUNS))
    return found
