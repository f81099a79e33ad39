"""One row for every kernel: its arguments, what it writes, and what plain NumPy says it must write.

`CASES` is the table. A row names each parameter with the axes of its shape (N samples, I inputs,
O outputs or classes, S words of random state, X, Y, Z scratch, whose sizes kernel_calls.py has) and
a mark:

    name:NO     read only          +name:NO    read and written
    >name:NO    written            ~name:NO    scratch: written, its content means nothing
    name        a scalar, from `settings`

and gives the expected arrays by running `fastnn.reference` on copies. The types come from the
kernel's own signatures, so one row serves all of them.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from kernel_numpy import (
    ADAM_STEPS,
    ANY_ZERO,
    EXACT,
    activation_forward,
    changed,
    dense_agreement,
    dense_backward,
    dense_forward,
    dense_magnitude,
    dropout_backward,
    dropout_forward,
    inversion,
    loss_backward,
    loss_forward,
    mean_and_sum,
    normal,
    one_hot,
    penalty_backward,
    positive,
    probability,
    softmax_backward,
    softmax_crossentropy_forward,
    updated,
    zero_or_one,
)
from rosters import of_formulas, twin, updates

import fastnn.kernels
from fastnn import reference
from fastnn.kernels.formula import named

for _module in pkgutil.iter_modules(fastnn.kernels.__path__):
    importlib.import_module(f"fastnn.kernels.{_module.name}")


@dataclass(frozen=True)
class Case:
    parameters: str
    expected: Callable[[SimpleNamespace], dict]
    settings: tuple[dict, ...] = ({},)
    draw: tuple = ()  # (parameter, how its values are drawn), where not by name
    agreement: Callable[[SimpleNamespace], str] = lambda a: EXACT
    magnitude: Callable[[SimpleNamespace], dict] | None = None  # for BOUND: (sum |a b|, terms)

    def axes(self):
        """{parameter: axes}, axes None for a scalar."""
        pairs = [word.lstrip("+>~").partition(":") for word in self.parameters.split()]
        return {name: axes if colon else None for name, colon, axes in pairs}

    def marked(self, marks):
        """Names of the parameters that carry one of these marks."""
        return [word[1:].partition(":")[0] for word in self.parameters.split() if word[0] in marks]


# -------------------------------------------------------------------------------- the table

_ELEMENTS = "y_pred:NO y_true:NO ~work:NO >losses:N"
_SLOPES = "dvalues:NO y_true:NO >dinputs:NO"
_PENALTIES = tuple({"l1": l1, "l2": l2} for l1 in (0.0, 5e-4) for l2 in (0.0, 3e-3))
_BOOK = ({"book": True}, {"book": False})
_KEEP = tuple({"keep": keep, **inversion(keep)} for keep in (0.9, 0.5, 0.1, 1 - 0.9, 1 / 3, 1.0))

_RATES = ({"lr": 0.05}, {"lr": 1.0})

CASES = {
    "softmax_forward": Case(
        "inputs:NO ~work:Y >output:NO", activation_forward("Activation_Softmax")),
    "softmax_backward": Case(
        "output:NO dvalues:NO book ~work:J >dinputs:NO", softmax_backward, settings=_BOOK,
        draw=(("output", probability),)),
    "dense_forward": Case(
        "inputs:NI weights:IO biases:1O ~work:X >output:NO", dense_forward,
        agreement=dense_agreement, magnitude=dense_magnitude),
    "dense_backward": Case(
        "inputs:NI weights:IO dvalues:NO ~work:X >dweights:IO >dbiases:1O >dinputs:NI",
        dense_backward, agreement=dense_agreement, magnitude=dense_magnitude),
    "dense_forward_by_blas": Case(
        "inputs:NI weights:IO biases:1O ~work:B >output:NO", dense_forward),
    "dense_backward_by_blas": Case(
        "inputs:NI weights:IO dvalues:NO ~work:B >dweights:IO >dbiases:1O >dinputs:NI",
        dense_backward),
    "penalty_backward": Case(
        "parameters:IO l1 l2 +gradient:IO", penalty_backward, settings=_PENALTIES),
    "mean_and_sum": Case("losses:N >result:2", mean_and_sum),
    "categorical_crossentropy_forward_sparse": Case(
        "y_pred:NO labels:N >losses:N", loss_forward("Loss_CategoricalCrossentropy", "labels")),
    "categorical_crossentropy_forward_onehot": Case(
        _ELEMENTS, loss_forward("Loss_CategoricalCrossentropy"), draw=(("y_true", one_hot),)),
    "categorical_crossentropy_backward_sparse": Case(
        "dvalues:NO labels:N >dinputs:NO",
        loss_backward("Loss_CategoricalCrossentropy", "labels"), draw=(("dvalues", positive),)),
    "categorical_crossentropy_backward_onehot": Case(
        _SLOPES, loss_backward("Loss_CategoricalCrossentropy"),
        draw=(("dvalues", positive), ("y_true", one_hot))),
    "softmax_crossentropy_forward": Case(
        "inputs:NO labels:N >output:NO >work:Z", softmax_crossentropy_forward),
    "softmax_crossentropy_backward": Case(
        "dvalues:NO labels:N >dinputs:NO",
        loss_backward("Activation_Softmax_Loss_CategoricalCrossentropy", "labels"),
        draw=(("dvalues", probability),)),
    "sgd_update": Case(
        "+weights:IO dweights:IO +biases:1O dbiases:1O lr", updated("Optimizer_SGD"),
        settings=_RATES),
    "momentum_update": Case(
        "+weights:IO dweights:IO +weight_momentums:IO +biases:1O dbiases:1O +bias_momentums:1O "
        "lr momentum", updated("Optimizer_SGD", "momentum"),
        settings=({"lr": 0.05, "momentum": 0.9}, {"lr": 1.0, "momentum": 0.1})),
    "adagrad_update": Case(
        "+weights:IO dweights:IO +weight_cache:IO +biases:1O dbiases:1O +bias_cache:1O "
        "lr epsilon", updated("Optimizer_Adagrad", "epsilon"),
        settings=({"lr": 0.05, "epsilon": 1e-7}, {"lr": 1.0, "epsilon": 0.1})),
    "rmsprop_update": Case(
        "+weights:IO dweights:IO +weight_cache:IO +biases:1O dbiases:1O +bias_cache:1O "
        "lr epsilon rho", updated("Optimizer_RMSprop", "epsilon", "rho"),
        settings=({"lr": 0.05, "epsilon": 1e-7, "rho": 0.999},
                  {"lr": 1.0, "epsilon": 0.1, "rho": 0.9})),
    "adam_update": Case(
        "+weights:IO dweights:IO +weight_momentums:IO +weight_cache:IO "
        "+biases:1O dbiases:1O +bias_momentums:1O +bias_cache:1O "
        "lr epsilon beta_1 beta_2 correct_1 correct_2",
        updated("Optimizer_Adam", "epsilon", "beta_1", "beta_2"),
        settings=tuple({"lr": 0.05, "epsilon": 1e-7, "beta_1": 0.9, "beta_2": 0.999,
                        "correct_1": 1 - 0.9**step, "correct_2": second}
                       for second, step in ADAM_STEPS.items())),
    "dropout_forward": Case(
        "inputs:NO +state:S keep miss limit >mask:NO >output:NO", dropout_forward, settings=_KEEP),
    "dropout_backward": Case("dvalues:NO mask:NO >dinputs:NO", dropout_backward),
}


def _smoothed_slope(a):
    return {"dinputs": (a.y_pred - a.y_true) / len(a.y_pred)}


def _normalized(a, **held):
    return changed(reference.Layer_BatchNorm(1), weights=a.weights, **held)


def _batch_norm_forward(a):
    layer = _normalized(a, biases=a.biases, running_mean=a.running_mean,
                        running_variance=a.running_variance, epsilon=a.epsilon, momentum=a.momentum)
    layer.forward(a.inputs, a.training)
    if not a.training:
        layer.deviation = np.sqrt(a.running_variance + a.epsilon)
        layer.normalized = (a.inputs - a.running_mean) / layer.deviation
    return {name: vars(layer)[name] for name in ("running_mean", "running_variance", "normalized",
                                                 "deviation", "output")}


def _batch_norm_backward(a):
    layer = _normalized(a, normalized=a.normalized, deviation=a.deviation)
    layer.backward(a.dvalues)
    return {name: vars(layer)[name] for name in ("dweights", "dbiases", "dinputs")}


def _smoothed_targets(a):
    onehot = np.eye(a.targets.shape[1], dtype=a.targets.dtype)[a.labels]
    return {"targets": a.most * onehot + a.rest}


CASES |= {
    "smoothed_targets": Case("labels:N most rest >targets:NO", _smoothed_targets, settings=(
        {"most": 0.9, "rest": 0.1 / 3}, {"most": 0.0, "rest": 0.2})),
    "smoothed_softmax_slope": Case(_SLOPES.replace("dvalues", "y_pred"), _smoothed_slope),
    "batch_norm_forward": Case(
        "inputs:NO training epsilon momentum +running_mean:1O +running_variance:1O weights:1O "
        "biases:1O >normalized:NO >deviation:1O >output:NO", _batch_norm_forward,
        draw=(("running_variance", positive),),
        settings=({"training": True, "epsilon": 1e-5, "momentum": 0.9},
                  {"training": True, "epsilon": 0.1, "momentum": 0.25},
                  {"training": False, "epsilon": 1e-5, "momentum": 0.9})),
    "batch_norm_backward": Case(
        "dvalues:NO normalized:NO weights:1O deviation:1O >dweights:1O >dbiases:1O >dinputs:NO "
        "~means:2O", _batch_norm_backward, draw=(("deviation", positive),)),
}


# -------------------------------------------------------- rows of the classes that are formulas

_VALUES = {"alpha": (0.01, -0.3)}  # where it is not the default, and 0.4 of it
_TARGETS = {"Loss_BinaryCrossentropy": zero_or_one, "_Smoothed": probability}


def _formula_settings(kind, made):
    """Two values of each option."""
    usual = kind()
    return tuple({f"own_{name}": _VALUES.get(name, two_of(getattr(usual, name)))[n]
                  for name in made.options} for n in range(2))


def two_of(default):
    """Two values of an option."""
    return (default, not default) if isinstance(default, bool) else (default, 0.4 * default)


def _given(a, names):
    """The values of these arrays and options."""
    return {name: vars(a).get(name, vars(a).get(f"own_{name}")) for name in names}


def _agreement(kind):
    return lambda a: ANY_ZERO if kind.__name__ == "Activation_ReLU" else EXACT


def _activation_case(kind, made, result):
    def expected(a):
        thing = twin(kind)()
        vars(thing).update(_given(a, (*made.arrays, *made.options)))
        thing.forward(a.inputs) if result == "output" else thing.backward(a.dvalues)
        return {result: vars(thing)[result]}

    return Case(" ".join([*(f"{one}:NO" for one in made.arrays), *named(made.options),
                          f">{result}:NO"]), expected, settings=_formula_settings(kind, made),
                agreement=_agreement(kind))


def _losses_case(kind, made, backward):
    def expected(a):
        thing = twin(kind)()
        vars(thing).update(_given(a, made.options))
        if not backward:
            return {"losses": thing.forward(a.y_pred, a.y_true)}
        thing.backward(a.y_pred, a.y_true)
        return {"dinputs": thing.dinputs}

    last = ">dinputs:NO" if backward else "~work:NO >losses:N"
    return Case(" ".join(["y_pred:NO y_true:NO", *named(made.options), last]), expected,
                settings=_formula_settings(kind, made),
                draw=(("y_true", _TARGETS.get(kind.__name__, normal)),),
                agreement=_agreement(kind))


_STEPS = tuple({"lr": lr, "t": t} for lr, t in ((0.05, 1), (1.0, 2), (0.05, 777)))
_OWN = {"epsilon": (1e-7, 0.1, 1e-3), "beta_2": (0.999, 0.9, 0.99),
        "weight_decay": (0.01, 0.0, 0.3)}
_SHARES = (0.9, 0.5, 0.0)  # of all others


def _update_case(kind, made):
    """The update of weights and biases by a formula; the twin has it all on a layer."""
    def expected(a):
        optimizer = twin(kind)()
        vars(optimizer).update(_given(a, made.numbers), iterations=a.t - 1,
                               current_learning_rate=a.lr)
        layer = SimpleNamespace(weights=a.weight_parameters, biases=a.bias_parameters,
                                dweights=a.dweight, dbiases=a.dbias)
        names = [f"{side}_{state}" for side in ("weight", "bias") for state in made.states]
        vars(layer).update(_given(a, names))
        optimizer.update_params(layer)
        return {"weight_parameters": layer.weights, "bias_parameters": layer.biases,
                **{name: vars(layer)[name] for name in names}}

    sides = [f"+{side}_parameters:{axes} d{side}:{axes} " + " ".join(
        f"+{side}_{state}:{axes}" for state in made.states)
        for side, axes in (("weight", "IO"), ("bias", "1O"))]
    return Case(" ".join([*sides, "lr t", *named(made.numbers)]), expected, settings=tuple(
        {**step, **{f"own_{name}": _OWN.get(name, _SHARES)[n] for name in made.numbers}}
        for n, step in enumerate(_STEPS)))


for _kind, _made in updates():
    CASES[_made.kernel.__name__] = _update_case(_kind, _made)


def cases_of(kind, role, compiled):
    """{name: case} of the two kernels of an activation or a loss that is a formula."""
    there, back = compiled
    if role == "layer":
        cases = _activation_case(kind, there, "output"), _activation_case(kind, back, "dinputs")
    else:
        cases = _losses_case(kind, there, False), _losses_case(kind, back, True)
    return {there.kernel.__name__: cases[0], back.kernel.__name__: cases[1]}


for _one in of_formulas():
    CASES.update(cases_of(_one.kind, _one.role, _one.compiled))


# Kernels that no row describes, and where they are tested instead.
ELSEWHERE = {
    "train": "follows a program of addresses: test_kernel_refusals.py has its refusals, "
             "test_engine.py its programs, test_engine_memory.py those between guards",
    "assist": "does parts of such a program: test_halves.py",
    "train_timed": "train with a clock: test_clock.py",
    "predict_again": "looks at Python's objects: model/test_again.py, test_again_changes.py",
    "call_repeated": "as well: objects/test_repeated.py",
    "call_update": "as well: objects/test_repeated_updates.py",
}
