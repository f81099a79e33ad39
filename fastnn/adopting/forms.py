"""What is recognised: each class of ours in plain NumPy, and the ways to write it.

A form is a class to be read, and which of our methods does what each of its methods does. The
reference's classes are forms as they stand; `patterns.py` has other ways to write the same, each of
which the tests hold against our class bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastnn import accuracy, activations, layers, losses, optimizers, reference, registry
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
from fastnn.adopting.loss_forms import loss_forms
from fastnn.adopting.nodes import TRUE, Node
from fastnn.adopting.reader import Reading, in_all_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ZERO: Node = ("const", 0)
_SELF: tuple[str, ...] = ()
_LAYER = ("layer",)


@dataclass(frozen=True)
class Form:
    """One way to write a class of ours.

    methods: of the pattern, with what does it of ours: a method's name, or a function of our
    object.
    absent: settings that a class may do without, with the values that this can mean.
    inner: the forms of objects that it holds.
    does: what does a method for objects, where that is not what does it in a run; None: theirs.
    runs: our method in a loop that is handed over, where `methods` has a function of our object;
    means_all: whether it is the mean of all numbers at once, which of several outputs is another
    sum than ours.
    kept: attributes that ours does not keep, and a function of inputs and settings for each.
    """

    ours: Any
    pattern: type
    methods: Mapping[str, str | Callable[..., Any]]
    absent: Mapping[Any, tuple[Node, ...]] = field(default_factory=dict)
    inner: dict[str, type] = field(default_factory=dict)
    does: Mapping[str, Callable[..., Any] | None] = field(default_factory=dict)
    kept: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    means_all: bool = False
    lent: bool = True  # whether objects of ours may stand in their place in a run: the same digits
    whole: bool = True  # whether `fit` does it as it does our class
    flat: bool = False  # whether gradients of biases have one axis
    asks: str = ""  # the names, in one text, without which nobody writes it
    said_role: str = ""
    alone: str = ""  # why one of its methods alone does not tell that a class is this
    in_order: bool = False  # whether its slope with swapped arguments is one that goes uphill
    begins: Mapping[str, tuple[Node, str]] = field(default_factory=dict)  # how a constructor has
    # to make a setting of what it is given: the beginning of the tree, and what else it would be

    @property
    def main(self) -> frozenset[str]:
        """The methods that a class of this role is there for."""
        return _MAIN[self.role] & self.methods.keys()

    @property
    def enough(self) -> frozenset[str]:
        """The methods one of which has to be found."""
        held = frozenset(("backward",)) if self.inner else frozenset()
        found = (_ENOUGH[self.role] | held) & self.methods.keys()
        return found or frozenset(self.methods.keys() & {"calculate"})

    @property
    def role(self) -> str:
        """The role of our class."""
        if self.said_role:
            return self.said_role
        found = registry.entry_of(self.ours)
        assert found
        return found.role

    @property
    def scalars(self) -> frozenset[tuple[Any, str]]:
        """Attributes that are numbers, and may be constants of theirs."""
        found = registry.entry_of(self.ours)
        names = {"current_learning_rate", "iterations", "accumulated_sum", "accumulated_count",
                 "precision", "label_smoothing"}
        if found is not None:
            names |= {*found.settings, *found.options}
        kinds = (_SELF, _LAYER, *((name,) for name in self.inner))
        return frozenset((whose, name) for whose in kinds for name in names) | frozenset(
            (_LAYER, name) for name in (*reference.STRENGTHS, "trainable"))


_MAIN = {"layer": frozenset(("forward", "backward")),
         "loss": frozenset(("forward", "backward", "calculate")),
         "optimizer": frozenset(("pre_update_params", "update_params", "post_update_params",
                                 "step")),
         "accuracy": frozenset(("compare", "calculate"))}
_ENOUGH = {"layer": frozenset(("forward",)), "loss": frozenset(("forward",)),
           "optimizer": frozenset(("update_params", "step")),
           "accuracy": frozenset(("compare", "calculate"))}


@lru_cache(None)
def readings(form_number: int) -> dict[str, list[Reading]]:
    """The readings of a form's methods: whole, and with arguments left out."""
    return readings_of(forms()[form_number])


def readings_of(form: Form) -> dict[str, list[Reading]]:
    """The readings of any form's methods."""
    return {name: _read(getattr(form.pattern, name), form) for name in form.methods}


def _read(function: Any, form: Form) -> list[Reading]:
    """The readings of a method; of one that calls no other the same for all forms."""
    if function not in _alone:
        found = in_all_ways(function, form.pattern, form.inner)[0]
        if any(one.followed for one in found):
            return found
        _alone[function] = found
    return _alone[function]


_alone: dict[Any, list[Reading]] = {}


_Absent = dict[Any, "tuple[Node, ...]"]
_STRENGTHS: _Absent = {(_SELF, name): (ZERO,) for name in reference.STRENGTHS}
_OF_LAYER: _Absent = {(_LAYER, name): (ZERO,) for name in reference.STRENGTHS}
_FROZEN: _Absent = {(_LAYER, "trainable"): (TRUE,)}
_PARAMETERS = {"get_parameters": "get_parameters", "set_parameters": "set_parameters"}
_SHARE = {"rate": (("op", "sub", ("const", 1)),
                   "the rate that it is given is not the share that it drops")}
_BOTH = {"forward": "forward", "backward": "backward"}
_CALCULATE = {"calculate": "calculate"}
_LOSS = {**_BOTH, "calculate": "calculate", "calculate_accumulated": "calculate_accumulated",
         "new_pass": "new_pass", "remember_trainable_layers": "remember_trainable_layers",
         "regularization_loss": "regularization_loss"}
_STEP = {"pre_update_params": "pre_update_params", "update_params": "update_params",
         "post_update_params": "post_update_params"}
_SMOOTHING: _Absent = {(_SELF, "label_smoothing"): (ZERO,), (("loss",), "label_smoothing"): (ZERO,)}
_BINARY: _Absent = {(_SELF, "binary"): (ZERO,)}
_BOOK_GRADIENT: _Absent = {(_SELF, "book_gradient"): (ZERO, ("const", 1))}
_ACCURACY = {"calculate": "calculate", "compare": "compare", "init": "init",
             "calculate_accumulated": "calculate_accumulated", "new_pass": "new_pass"}


_NOT_IN_RUNS: dict[str, Any] = {"whole": False, "lent": False}


@lru_cache(1)
def forms() -> list[Form]:
    """All forms, the likelier first."""
    r, p = reference, patterns
    made = [
        Form(layers.Layer_Dense, r.Layer_Dense, _BOTH | _PARAMETERS, _STRENGTHS),
        Form(layers.Layer_Dropout, r.Layer_Dropout, _BOTH, asks="binomial", begins=_SHARE),
        Form(layers.Layer_BatchNorm, r.Layer_BatchNorm, _BOTH | _PARAMETERS, asks="sqrt")]
    asks = {"Softmax": "exp", "Sigmoid": "exp", "Tanh": "tanh", "LeakyReLU": "where",
            "ReLU": "maximum"}
    for name in ("ReLU", "Softmax", "Sigmoid", "Linear", "Tanh", "LeakyReLU"):
        ours = getattr(activations, f"Activation_{name}")
        pattern = getattr(r, f"Activation_{name}")
        said = {"predictions": "predictions"} if name in ("Softmax", "Sigmoid", "Linear") else {}
        made.append(Form(ours, pattern, _BOTH | said, asks=asks.get(name, ""), alone=(
            "to hand on what came is no layer's alone" if name == "Linear" else "")))
    for name in ("CategoricalCrossentropy", "BinaryCrossentropy", "MeanSquaredError",
                 "MeanAbsoluteError"):
        ours, pattern = getattr(losses, f"Loss_{name}"), getattr(r, f"Loss_{name}")
        absent = _SMOOTHING | _BOOK_GRADIENT | _OF_LAYER
        made.append(Form(ours, pattern, _LOSS, absent))
    for pattern in (r.Activation_Softmax_Loss_CategoricalCrossentropy, p.Softmax_Loss):
        inner = {"activation": r.Activation_Softmax, "loss": r.Loss_CategoricalCrossentropy}
        made.append(Form(losses.Activation_Softmax_Loss_CategoricalCrossentropy, pattern, _BOTH,
                         _SMOOTHING, inner))
    for name in ("SGD", "Adagrad", "RMSprop", "Adam"):
        made += _optimizer(name)
    for name in ("Categorical", "Regression"):
        ours = getattr(accuracy, f"Accuracy_{name}")
        made.append(Form(ours, getattr(r, f"Accuracy_{name}"), _ACCURACY, _BINARY))
    made.append(Form(accuracy.Accuracy_Categorical, p.Accuracy_at_Once, {
        "calculate": "calculate", "init": "init"}, _BINARY))
    made.append(Form(accuracy.Accuracy_Categorical, p.Accuracy_by_Rows, {
        "calculate": together.accuracy_by_rows}, asks="argmax", **_NOT_IN_RUNS))
    for pattern, does, absent in (
            (penalty_patterns.Always_L2, together.l2_always, _STRENGTHS),
            (penalty_patterns.Always_Weights, together.weights_always, _STRENGTHS),
            (penalty_patterns.Always_All, together.all_always, {})):
        made.append(Form(layers.Layer_Dense, pattern, {
            **_BOTH, **_PARAMETERS, "backward": does}, absent, whole=False, lent=False))
    made.append(Form(layers.Layer_Dense, p.FlatDense, _BOTH | _PARAMETERS, _STRENGTHS, flat=True))
    made.append(Form(activations.Activation_ReLU, p.ReLU_by_Mask, _BOTH))
    made += _losses_at_once()
    made += _losses_of_one_kind_of_targets()
    made += _means_and_outputs()
    made += loss_forms(Form, _BOOK_GRADIENT)
    made += _softmaxes()
    made.append(Form(together.Softmax_Loss_Accuracy, p.Softmax_Loss_Accuracy, _BOTH, whole=False,
                     said_role="loss", asks="exp"))
    return made


def _losses_at_once() -> list[Form]:
    """Cross-entropies of which there is the mean alone, and slopes that are divided once."""
    ours, p = losses.Loss_CategoricalCrossentropy, loss_patterns
    return [
        Form(losses.Loss_MeanSquaredError, p.SquaredError_by_Size, _LOSS | {
            "backward": together.squared_slope_by_size}, _OF_LAYER | _BOOK_GRADIENT, whole=False,
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


def _softmaxes() -> list[Form]:
    """Softmax row by row, and with other ways back than the book's, which stay theirs."""
    made = []
    for forth in row_patterns.FORTH:
        is_book = forth is reference.Activation_Softmax
        does = _BOTH if is_book else _BOTH | {"forward": together.softmax_of_rows}
        for back in (*row_patterns.BACK, *(() if is_book else (reference.Activation_Softmax,))):
            pattern = type(forth.__name__, (forth,), {"backward": vars(back)["backward"]})
            theirs = back in row_patterns.BACK
            made.append(Form(activations.Activation_Softmax, pattern, does,
                             asks=f"exp {row_patterns.ASKS.get(forth, '')} "
                                  f"{row_patterns.ASKS.get(back, '')}",
                             does={"backward": None} if theirs else {}, whole=False,
                             lent=not theirs and not issubclass(forth, row_patterns.Filled)))
    return made


def _losses_of_one_kind_of_targets() -> list[Form]:
    """Losses that know labels or one-hot targets alone, or make the one of the other; and slopes
    that are divided once by other forms than the one above.
    """
    p, t, own = target_patterns, targets, _NOT_IN_RUNS
    ours = losses.Loss_CategoricalCrossentropy
    found = [
        Form(losses.Loss_MeanAbsoluteError, p.AbsoluteError_by_Size, _LOSS | {
            "backward": t.absolute_slope}, _OF_LAYER | _BOOK_GRADIENT, in_order=True,
            asks="sign size", **own),
        Form(losses.Loss_MeanSquaredError, p.SquaredError_by_Size_and_Minus, _LOSS | {
            "backward": t.squared_slope}, _OF_LAYER, in_order=True, asks="size", **own),
        Form(losses.Loss_BinaryCrossentropy, p.BinaryCrossEntropy_by_Size, _LOSS | {
            "forward": t.binary_losses, "backward": t.binary_slope, "calculate": t.binary_mean},
            _OF_LAYER, asks="log size", **own),
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


def _means_and_outputs() -> list[Form]:
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
                          _BOOK_GRADIENT, asks=asks, runs=_CALCULATE, **_NOT_IN_RUNS))
    for name, of_all, asks in (("BinaryCrossentropy", p.BinaryCrossEntropy_of_All, "mean log"),
                               ("MeanSquaredError", p.SquaredError_of_All, "mean"),
                               ("MeanAbsoluteError", p.AbsoluteError_of_All, "mean sign")):
        ours = getattr(losses, f"Loss_{name}")
        found.append(Form(ours, of_all, {"calculate": t.at_once(ours), "backward": "backward"},
                          _BOOK_GRADIENT, does={"calculate": None}, asks=asks, runs=_CALCULATE,
                          means_all=True, **_NOT_IN_RUNS))
    both = losses.Activation_Softmax_Loss_CategoricalCrossentropy
    inner = {"activation": reference.Activation_Softmax,
             "loss": reference.Loss_CategoricalCrossentropy}
    found.append(Form(both, p.Softmax_Loss_of_Output, {
        "forward": "forward", "backward": t.slope_of_output}, _SMOOTHING, inner, asks="exp",
        runs={"backward": "backward"}, **_NOT_IN_RUNS))
    found.append(Form(both, p.Softmax_Loss_that_Keeps, {
        "forward": t.softmax_keeping, "backward": t.slope_of_all_kept}, _SMOOTHING, inner,
        asks="exp", runs=_BOTH, **_NOT_IN_RUNS))
    found.append(Form(t.Softmax_Loss_Accuracy_of_Labels, p.Softmax_Loss_Accuracy_of_Labels, _BOTH,
                      said_role="loss", asks="exp", **_NOT_IN_RUNS))
    return found


def _optimizer(name: str) -> list[Form]:
    """The ways to write one of the book's optimizers."""
    ours, book = getattr(optimizers, f"Optimizer_{name}"), getattr(reference, f"Optimizer_{name}")
    absent = _FROZEN | {(_SELF, "momentum"): (ZERO,), (_SELF, "decay"): (ZERO,)}
    bodies, asks = [book], "" if name == "SGD" else "sqrt"
    if name == "Adam":
        bodies.append(type("Adam_by_Momentums", (patterns.Shared, book), {}))
    made = []
    for body in bodies:
        made.append(Form(ours, body, _STEP, absent, asks=asks))
        for rate in (patterns.AlwaysDecayed, patterns.Quotient, patterns.AlwaysQuotient):
            made.append(Form(ours, type(body.__name__, (rate, body), {}), _STEP, absent,
                             whole=rate is patterns.AlwaysDecayed, asks=asks))
        for step, does in ((patterns.EachCall, together.each_call),
                           (patterns.EachCallIfDecay, together.each_call_if_decay),
                           (patterns.EachRate, together.each_rate)):
            made.append(Form(ours, type(body.__name__, (step, body), {}), {"step": does}, absent,
                             whole=False, asks=asks))
    return made
