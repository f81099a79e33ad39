"""The ways to write losses, and softmax."""

from __future__ import annotations

from fastnn import activations, losses, reference
from fastnn.adopting import (
    loss_patterns,
    output_patterns,
    patterns,
    penalty_patterns,
    row_patterns,
    target_patterns,
    targets,
    together,
)
from fastnn.adopting.form import (
    BOOK_GRADIENT,
    BOTH,
    CALCULATE,
    LOSS,
    NOT_IN_RUNS,
    OF_LAYER,
    SMOOTHING,
    Form,
)


def losses_at_once() -> list[Form]:
    """Cross-entropies of which there is the mean alone, and slopes that are divided once."""
    ours, p = losses.Loss_CategoricalCrossentropy, loss_patterns
    return [
        Form(losses.Loss_MeanSquaredError, p.SquaredError_by_Size, LOSS | {
            "backward": together.squared_slope_by_size}, OF_LAYER | BOOK_GRADIENT, whole=False,
            lent=False, in_order=True, asks="size"),
        Form(ours, p.CrossEntropy_at_Once, {
            "calculate": together.mean_loss, "backward": "backward"}, whole=False, asks="log"),
        Form(ours, p.CrossEntropy_by_Mean, {
            "calculate": together.negative_mean, "backward": "backward"}, whole=False, asks="log"),
        Form(ours, p.CrossEntropy_that_Keeps, {
            "calculate": together.keeping(together.mean_loss),
            "backward": together.slope_of_kept}, whole=False, asks="log"),
        Form(ours, p.CrossEntropy_by_Mean_that_Keeps, {
            "calculate": together.keeping(together.negative_mean),
            "backward": together.slope_of_kept}, whole=False, asks="log")]


def losses_with_penalties() -> list[Form]:
    """Losses that add the penalties of layers to their mean: that stays theirs."""
    p, found = penalty_patterns, []
    parts = {name: LOSS[name] for name in (*BOTH, "remember_trainable_layers",
                                            "regularization_loss")}
    for name in ("CategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError",
                 "MeanAbsoluteError"):
        ours, book = getattr(losses, f"Loss_{name}"), getattr(reference, f"Loss_{name}")
        for way in (p.With_Penalties, p.With_Penalties_of_All, p.With_L2, p.With_L2_of_All):
            pattern = type(name, (way, book), {})
            absent = SMOOTHING | BOOK_GRADIENT | OF_LAYER
            found.append(Form(ours, pattern, CALCULATE | parts, absent,
                              does={"calculate": None}, asks="for sum", **NOT_IN_RUNS))
            if name == "CategoricalCrossentropy":
                inner = {"activation": reference.Activation_Softmax, "loss": pattern}
                found.append(Form(losses.Activation_Softmax_Loss_CategoricalCrossentropy,
                                  patterns.Softmax_Loss, BOTH, SMOOTHING | OF_LAYER, inner,
                                  does={"forward": None}, asks="for sum exp", **NOT_IN_RUNS))
    return found


def softmaxes() -> list[Form]:
    """Softmax row by row, and with other ways back than the book's, which stay theirs."""
    made = []
    for forth in row_patterns.FORTH:
        is_book = forth is reference.Activation_Softmax
        does = BOTH if is_book else BOTH | {"forward": together.softmax_of_rows}
        for back in (*row_patterns.BACK, *(() if is_book else (reference.Activation_Softmax,))):
            pattern = type(forth.__name__, (forth,), {"backward": vars(back)["backward"]})
            theirs = back in row_patterns.BACK
            made.append(Form(activations.Activation_Softmax, pattern, does,
                             asks=f"exp {row_patterns.ASKS.get(forth, '')} "
                                  f"{row_patterns.ASKS.get(back, '')}",
                             does={"backward": None} if theirs else {}, whole=False,
                             lent=not theirs and not issubclass(forth, row_patterns.Filled)))
    return made


def losses_of_one_kind_of_targets() -> list[Form]:
    """Losses that know labels or one-hot targets alone, or make the one of the other; and slopes
    that are divided once by other forms than the one above.
    """
    p, t, own = target_patterns, targets, NOT_IN_RUNS
    ours = losses.Loss_CategoricalCrossentropy
    found = [
        Form(losses.Loss_MeanAbsoluteError, p.AbsoluteError_by_Size, LOSS | {
            "backward": t.absolute_slope}, OF_LAYER | BOOK_GRADIENT, in_order=True,
            asks="sign size", **own),
        Form(losses.Loss_MeanSquaredError, p.SquaredError_by_Size_and_Minus, LOSS | {
            "backward": t.squared_slope}, OF_LAYER, in_order=True, asks="size", **own),
        Form(losses.Loss_BinaryCrossentropy, p.BinaryCrossEntropy_by_Size, LOSS | {
            "forward": t.binary_losses, "backward": t.binary_slope, "calculate": t.binary_mean},
            OF_LAYER, asks="log size", **own),
        Form(ours, p.Labels, {"calculate": t.labels_mean, "backward": "backward"},
             does={"backward": None}, asks="log", **own),
        Form(ours, p.Products_of_Rows, {
            "forward": t.products_of_rows, "backward": "backward", "calculate": "calculate"},
            does={"calculate": None}, asks="einsum", **own)]
    for pattern in (p.OneHot, p.OneHot_Minus_Within):
        found.append(Form(ours, pattern, {"calculate": t.one_hot_mean, "backward": t.arrays_slope},
                          asks="log", **own))
    for pattern in (p.Made_OneHot, p.Made_OneHot_Minus_Within):
        found.append(Form(ours, pattern, {
            "calculate": t.made_one_hot_mean, "backward": "backward"}, asks="log", **own))
    both = losses.Activation_Softmax_Loss_CategoricalCrossentropy
    found.append(Form(both, p.Softmax_Less_OneHot, {
        "forward": t.softmax_mean, "backward": t.less_one_hot},
        inner=p.INNER[p.Softmax_Less_OneHot], **own))
    found.append(Form(together.Sigmoid_Loss, p.Sigmoid_Loss, {
        "forward": t.sigmoid_mean, "backward": t.sigmoid_slope},
        inner=p.INNER[p.Sigmoid_Loss], said_role="loss", asks="exp size", **own))
    found.append(Form(together.Sigmoid_Loss_that_Keeps, p.Sigmoid_Loss_that_Keeps, {
        "forward": t.sigmoid_mean_kept, "backward": "backward"}, does={"backward": None},
        said_role="loss", asks="exp asarray", **own))
    return found


def means_and_outputs() -> list[Form]:
    """Losses of which there is the mean alone, and softmax with its loss that goes backward from
    its own output.
    """
    p, t = output_patterns, together
    found = []
    for name, pattern, asks in (("BinaryCrossentropy", p.BinaryCrossEntropy_at_Once, "mean log"),
                                ("MeanSquaredError", p.SquaredError_at_Once, "mean"),
                                ("MeanAbsoluteError", p.AbsoluteError_at_Once, "mean sign")):
        ours = getattr(losses, f"Loss_{name}")
        found.append(Form(ours, pattern, {"calculate": t.at_once(ours), "backward": "backward"},
                          BOOK_GRADIENT, asks=asks, runs=CALCULATE, **NOT_IN_RUNS))
    for name, of_all, asks in (("BinaryCrossentropy", p.BinaryCrossEntropy_of_All, "mean log"),
                               ("MeanSquaredError", p.SquaredError_of_All, "mean"),
                               ("MeanAbsoluteError", p.AbsoluteError_of_All, "mean sign")):
        ours = getattr(losses, f"Loss_{name}")
        found.append(Form(ours, of_all, {"calculate": t.at_once(ours), "backward": "backward"},
                          BOOK_GRADIENT, does={"calculate": None}, asks=asks, runs=CALCULATE,
                          means_all=True, **NOT_IN_RUNS))
    both = losses.Activation_Softmax_Loss_CategoricalCrossentropy
    inner = {"activation": reference.Activation_Softmax,
             "loss": reference.Loss_CategoricalCrossentropy}
    found.append(Form(both, p.Softmax_Loss_of_Output, {
        "forward": "forward", "backward": t.slope_of_output}, SMOOTHING, inner, asks="exp",
        runs={"backward": "backward"}, **NOT_IN_RUNS))
    found.append(Form(both, p.Softmax_Loss_that_Keeps, {
        "forward": t.softmax_keeping, "backward": t.slope_of_all_kept}, SMOOTHING, inner,
        asks="exp", runs=BOTH, **NOT_IN_RUNS))
    found.append(Form(t.Softmax_Loss_Accuracy_of_Labels, p.Softmax_Loss_Accuracy_of_Labels, BOTH,
                      said_role="loss", asks="exp", **NOT_IN_RUNS))
    return found
