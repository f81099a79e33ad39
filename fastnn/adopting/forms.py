"""What is recognised: each class of ours in plain NumPy, and the ways to write it.

A form is a class to be read, and which of our methods does what each of its methods does. The
reference's classes are forms as they stand; `patterns.py` has other ways to write the same, each of
which the tests hold against our class bit for bit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fastnn import accuracy, activations, layers, losses, optimizers, reference
from fastnn.adopting import patterns, penalty_patterns, together
from fastnn.adopting.form import (
    ACCURACY,
    BINARY,
    BOOK_GRADIENT,
    BOTH,
    FROZEN,
    LOSS,
    NOT_IN_RUNS,
    OF_LAYER,
    PARAMETERS,
    SELF,
    SHARE,
    SMOOTHING,
    STEP,
    STRENGTHS,
    ZERO,
    Form,
)
from fastnn.adopting.held_forms import layers_that_hold
from fastnn.adopting.loss_forms import (
    losses_at_once,
    losses_of_one_kind_of_targets,
    losses_with_penalties,
    means_and_outputs,
    softmaxes,
)
from fastnn.adopting.mean_forms import losses_of_all
from fastnn.adopting.ours import Ours
from fastnn.adopting.slope_forms import losses_with_others_slopes
from fastnn.adopting.stepping_forms import layers_that_step

if TYPE_CHECKING:
    from typing import Any


@lru_cache(None)
def readings(form_number: int) -> Ours:
    """The readings of a form's methods."""
    return Ours(forms()[form_number], form_number)


@lru_cache(1)
def forms() -> list[Form]:
    """All forms, the likelier first."""
    r, p = reference, patterns
    made = [
        Form(layers.Layer_Dense, r.Layer_Dense, BOTH | PARAMETERS, STRENGTHS),
        Form(layers.Layer_Dropout, r.Layer_Dropout, BOTH, asks="binomial", begins=SHARE),
        Form(layers.Layer_BatchNorm, r.Layer_BatchNorm, BOTH | PARAMETERS, asks="sqrt")]
    asks = {"Softmax": "exp", "Sigmoid": "exp", "Tanh": "tanh", "LeakyReLU": "where",
            "ReLU": "maximum"}
    for name in ("ReLU", "Softmax", "Sigmoid", "Linear", "Tanh", "LeakyReLU"):
        ours = getattr(activations, f"Activation_{name}")
        pattern = getattr(r, f"Activation_{name}")
        said = {"predictions": "predictions"} if name in ("Softmax", "Sigmoid", "Linear") else {}
        made.append(Form(ours, pattern, BOTH | said, asks=asks.get(name, ""), alone=(
            "to hand on what came is no layer's alone" if name == "Linear" else "")))
    for name in ("CategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError",
                 "MeanAbsoluteError"):
        ours, pattern = getattr(losses, f"Loss_{name}"), getattr(r, f"Loss_{name}")
        absent = SMOOTHING | BOOK_GRADIENT | OF_LAYER
        made.append(Form(ours, pattern, LOSS, absent))
    for pattern in (r.Activation_Softmax_Loss_CategoricalCrossentropy, p.Softmax_Loss):
        inner = {"activation": r.Activation_Softmax, "loss": r.Loss_CategoricalCrossentropy}
        made.append(Form(losses.Activation_Softmax_Loss_CategoricalCrossentropy, pattern, BOTH,
                         SMOOTHING, inner))
    for name in ("SGD", "Adagrad", "RMSprop", "Adam"):
        made += _optimizer(name)
    for name in ("Categorical", "Regression"):
        ours = getattr(accuracy, f"Accuracy_{name}")
        made.append(Form(ours, getattr(r, f"Accuracy_{name}"), ACCURACY, BINARY))
    made.append(Form(accuracy.Accuracy_Categorical, p.Accuracy_at_Once, {
        "calculate": "calculate", "init": "init"}, BINARY))
    made.append(Form(accuracy.Accuracy_Categorical, p.Accuracy_by_Rows, {
        "calculate": together.accuracy_by_rows}, asks="argmax", **NOT_IN_RUNS))
    for pattern, does, absent in (
            (penalty_patterns.Always_L2, together.l2_always, STRENGTHS),
            (penalty_patterns.Always_Weights, together.weights_always, STRENGTHS),
            (penalty_patterns.Always_All, together.all_always, {})):
        made.append(Form(layers.Layer_Dense, pattern, {
            **BOTH, **PARAMETERS, "backward": does}, absent, whole=False, lent=False))
    made.append(Form(layers.Layer_Dense, p.FlatDense, BOTH | PARAMETERS, STRENGTHS, flat=True))
    made.append(Form(activations.Activation_ReLU, p.ReLU_by_Mask, BOTH))
    made += layers_that_step()
    made += layers_that_hold()
    made += losses_at_once()
    made += losses_with_penalties()
    made += losses_of_one_kind_of_targets()
    made += means_and_outputs()
    made += losses_of_all()
    made += softmaxes()
    made += losses_with_others_slopes()
    made.append(Form(together.Softmax_Loss_Accuracy, p.Softmax_Loss_Accuracy, BOTH, whole=False,
                     said_role="loss", asks="exp"))
    return made


def _optimizer(name: str) -> list[Form]:
    """The ways to write one of the book's optimizers."""
    ours, book = getattr(optimizers, f"Optimizer_{name}"), getattr(reference, f"Optimizer_{name}")
    absent = {(SELF, "momentum"): (ZERO,)}
    bodies, asks = [book], "" if name == "SGD" else "sqrt"
    if name == "Adam":
        bodies.append(type("Adam_by_Momentums", (patterns.Shared, book), {}))
    made = ways_of_an_optimizer(ours, bodies, absent, asks)
    if name == "Adam":
        made.append(Form(ours, type("Adam_Counted", (patterns.Counted, book), {}), {
            "update_params": together.counted_before}, made[0].absent, asks="for sqrt",
            counted="before", **NOT_IN_RUNS))
    return made


def ways_of_an_optimizer(ours: Any, bodies: list[type], absent: Any = None, asks: str = "", *,
                         steps: bool = True) -> list[Form]:
    """The ways in which rates are computed and steps are counted around updates; steps: in the same
    method, too.
    """
    absent = FROZEN | (absent or {}) | {(SELF, "decay"): (ZERO,)}
    made = []
    for body in bodies:
        made.append(Form(ours, body, STEP, absent, asks=asks))
        for rate in (patterns.AlwaysDecayed, patterns.Quotient, patterns.AlwaysQuotient):
            made.append(Form(ours, type(body.__name__, (rate, body), {}), STEP, absent,
                             whole=rate is patterns.AlwaysDecayed, asks=asks))
        if not steps:
            continue
        for step, does in ((patterns.EachCall, together.each_call),
                           (patterns.EachCallIfDecay, together.each_call_if_decay),
                           (patterns.EachRate, together.each_rate)):
            made.append(Form(ours, type(body.__name__, (step, body), {}), {"step": does}, absent,
                             whole=False, asks=asks))
    for body in bodies[:1] if steps else []:
        made.append(Form(ours, type(body.__name__, (patterns.RateWithin, body), {}), {
            "step": together.rate_within}, absent, asks=f"for {asks}", counted="behind",
            **NOT_IN_RUNS))
    return made
