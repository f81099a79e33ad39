"""The short way of a wrapper: arrays to what computes them, without an object of ours between.

For the methods that a training calls in each step, in their plainest form: no penalties, no
smoothing, states that are there. What is not given back here (None) goes by an object.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from fastnn import activations, layers, losses, optimizers, reference
from fastnn.activations import Activation
from fastnn.kernels import optimizers as kernels
from fastnn.layers.products import product, slopes
from fastnn.losses.crossentropy import softmax_and_loss, softmax_slopes
from fastnn.optimizers.base import sized

if TYPE_CHECKING:
    from collections.abc import Callable

_LAYER = ("layer",)
_LOSS = ("loss",)


class Direct(NamedTuple):
    """What computes a method.

    takes: arguments by our names for them, and attributes by their keys; gives: attributes, in the
    order of what it returns, or of the one array. without: settings that have to be constants, 0.
    within: the same of states that are changed in place. by_theirs: what it does not compute their
    own lines do, and no object of ours.
    """

    function: Callable[..., Any]
    takes: tuple[Any, ...]
    gives: tuple[Any, ...]
    without: tuple[Any, ...] = ()
    within: Callable[..., Any] | None = None
    by_theirs: bool = False


def direct(ours: Any, method: str) -> Direct | None:
    """The short way of a method of ours; None where there is none."""
    found = _known().get((ours, method))
    if found is not None or not issubclass(ours, Activation):
        return found
    made = ours._compiled
    if made is None or made.forward.options:
        return None
    if not ours._is_settled:
        ours._settle()
    alone = object.__new__(ours)
    if method == "forward":
        return Direct(alone._compute, ("inputs",), (((), "output"),),
                      by_theirs=_is_often_numpys(made.forward))
    if method == "backward":
        kept = tuple(((), name) for name in ours._kept)
        return Direct(alone._slope, ("dvalues", *kept), (((), "dinputs"),),
                      by_theirs=_is_often_numpys(made.backward))
    return None


def _is_often_numpys(made: Any) -> bool:
    """Whether all but small arrays are left to NumPy (`numerics.is_numpys`): our object would call
    it as their lines do, and look at everything before.
    """
    return bool(made.uses)


_made: dict[Any, Direct] = {}


def _known() -> dict[Any, Direct]:
    if not _made:
        _made.update(_dense() | _softmax() | _optimizers())
    return _made


def _dense() -> dict[Any, Direct]:
    """What kernels do not take NumPy does: their own lines call it sooner than ours, and it warns
    of what overflows on their lines, by their module's filters.
    """
    weights, biases, inputs = ((), "weights"), ((), "biases"), ((), "inputs")
    without = tuple(((), name) for name in reference.STRENGTHS)
    kind = layers.Layer_Dense
    return {(kind, "forward"): Direct(product, ("inputs", weights, biases), (((), "output"),),
                                      by_theirs=True),
            (kind, "backward"): Direct(slopes, (inputs, weights, "dvalues"), (
                ((), "dweights"), ((), "dbiases"), ((), "dinputs")), without, by_theirs=True)}


def _softmax() -> dict[Any, Direct]:
    softmax, both = activations.Activation_Softmax, (
        losses.Activation_Softmax_Loss_CategoricalCrossentropy)
    alone = object.__new__(softmax)
    return {(softmax, "forward"): Direct(alone._compute, ("inputs",), (((), "output"),)),
            (both, "forward"): Direct(_loss, ("inputs", "y_true"), (((), "output"), "result"), (
                (_LOSS, "label_smoothing"),)),
            (both, "backward"): Direct(softmax_slopes, ("dvalues", "y_true"), (
                ((), "dinputs"),))}


def _loss(inputs: Any, y_true: Any) -> Any:
    found = softmax_and_loss(inputs, y_true)
    return None if found is None else (found[0], found[1][0])


def _optimizers() -> dict[Any, Direct]:
    own = [(_LAYER, name) for name in ("weights", "dweights", "biases", "dbiases")]
    momentums = (_LAYER, "weight_momentums"), (_LAYER, "bias_momentums")
    caches = (_LAYER, "weight_cache"), (_LAYER, "bias_cache")
    rate, epsilon, count = ((), "current_learning_rate"), ((), "epsilon"), ((), "iterations")
    betas = ((), "beta_1"), ((), "beta_2")
    update = "update_params"
    return {
        (optimizers.Optimizer_SGD, update): Direct(
            _descend, (*own, rate), (), (((), "momentum"),)),
        (optimizers.Optimizer_RMSprop, update): Direct(
            _rmsprop, (*own, *caches, rate, epsilon, ((), "rho")), caches,
            within=partial(_rmsprop, copied=False)),
        (optimizers.Optimizer_Adam, update): Direct(
            _adam, (*own, *momentums, *caches, rate, epsilon, *betas, count),
            (*momentums, *caches), within=partial(_adam, copied=False))}


def _descend(w: Any, dw: Any, b: Any, db: Any, lr: Any) -> Any:
    return None if sized(kernels.sgd_update, w)(w, dw, b, db, lr) else ()


def _rmsprop(w: Any, dw: Any, b: Any, db: Any, wc: Any, bc: Any, lr: Any, epsilon: Any,
             rho: Any, *, copied: bool = True) -> Any:
    if copied:  # the book makes new ones, and somebody may hold the old
        wc, bc = wc.copy(), bc.copy()
    no = sized(kernels.rmsprop_update, w)(w, dw, wc, b, db, bc, lr, epsilon, rho)
    return None if no else (wc, bc)


def _adam(w: Any, dw: Any, b: Any, db: Any, wm: Any, bm: Any, wc: Any, bc: Any, lr: Any,
          epsilon: Any, beta_1: Any, beta_2: Any, iterations: Any, *, copied: bool = True) -> Any:
    if type(iterations) is not int:
        return None
    t = iterations + 1
    try:  # of a beta whose power is no number theirs raises, and has done half of its work then
        corrections = 1 - beta_1 ** t, 1 - beta_2 ** t
    except ArithmeticError:
        return None
    if copied:
        wm, bm, wc, bc = wm.copy(), bm.copy(), wc.copy(), bc.copy()
    no = sized(kernels.adam_update, w)(w, dw, wm, wc, b, db, bm, bc, lr, epsilon, beta_1, beta_2,
                                       *corrections)
    return None if no else (wm, bm, wc, bc)
