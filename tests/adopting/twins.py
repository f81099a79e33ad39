"""A class as it was written and its adopted twin, driven side by side: every state is one state."""

import copy
import warnings
from typing import NamedTuple

import numpy as np
from kinds_of_input import TARGETS, WAYS, labels, numbers
from programs_of_classes import arguments_of, layer_for, load, made, place, theirs
from same_states import Written, attributes, first_difference

from fastnn.adopting.adoption import adopt_things
from fastnn.adopting.found import proof_of

ORDER = ("forward", "backward", "calculate", "regularization_loss", "calculate_accumulated",
         "new_pass", "pre_update_params", "update_params", "post_update_params", "init", "compare",
         "predictions", "step")


class Case(NamedTuple):
    """How a class is driven: shape, type, ways of inputs, gradients and targets, settings."""

    shape: tuple = (7, 3)
    dtype: type = np.float64
    inputs: str = "plain"
    dvalues: str = "plain"
    target: str = "labels"
    settings: tuple = ()
    weights: str = "plain"
    held: bool = False
    steps: int = 3
    training: bool = True
    rate: object = 0.1  # of layers that step


class Twins(NamedTuple):
    name: str
    original: type
    adopted: type
    proof: object


def twins_of(code, name="program"):
    """Pairs of all adopted classes of a source, and the report."""
    first, second = load(code, name), load(code, name)
    report = adopt_things([second])
    pairs = [Twins(found, getattr(first, found), getattr(second, found),
                   proof_of(getattr(second, found))) for found in report.adopted]
    return pairs, report


def assert_one(twins, case):
    """Each call of both leaves the same behind."""
    difference = compared(twins, case)
    assert difference is None, difference


def compared(twins, case, *, order=True):
    """(call, path, original, adopted) of the first difference; None where there is none."""
    plays = [play(kind, twins.proof, case) for kind in (twins.original, twins.adopted)]
    for (call, one), (other_call, other) in zip(*plays):
        assert call == other_call
        difference = first_difference(one, other, order=order)
        if difference:
            return call, *difference
    return None


def play(kind, proof, case):
    """(call, state) for each call of a case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _PLAYS[proof.form.role](kind, proof, case)


def _methods(proof):
    have = [one for one in proof.methods if one.pattern in ORDER]
    return sorted(have, key=lambda one: ORDER.index(one.pattern))


def _call(thing, proved, values, states, roots, kept, held):
    args = arguments_of(type(thing), proved, values)
    np.random.seed(11)
    before = [*attributes(thing).values(), *args]
    try:
        result = getattr(thing, proved.name)(*args)
    except Exception as error:  # what came is compared
        result = error
        _forget_new_arrays(thing, before)
    shown = {"object": thing, "arguments": args, "result": result, **roots}
    if held:
        kept.append([*attributes(thing).values(), *(one for root in roots.values()
                                                    for one in vars(root).values()), result])
        shown["kept"] = list(kept)
    shown["drawn"] = np.random.random()
    states.append((proved.name, Written(shown)))
    return result


def _forget_new_arrays(thing, before):
    """What was made before an error may hold what the memory held (np.empty_like)."""
    for value in attributes(thing).values():
        if isinstance(value, np.ndarray) and value.flags.writeable and not any(
                value is one or type(one) is np.ndarray and np.may_share_memory(value, one)
                for one in before):
            value.fill(0)


def _set(thing, proof, whose, settings):
    for name, value in settings:
        if theirs(proof, whose, name) is not None:
            holder, key = place(thing, proof, whose, name)
            if name in holder or key in holder:
                holder[key] = copy.deepcopy(value)


def _play_layer(kind, proof, case):
    samples, columns = case.shape
    dense = theirs(proof, (), "weights") is not None
    thing = made(kind, proof, (columns, 4) if dense else case.shape)
    _set(thing, proof, (), case.settings)
    if dense:
        holder, name = place(thing, proof, (), "weights")
        holder[name] = WAYS[case.weights](holder[name].astype(case.dtype))
    states, kept = [], []
    for step in range(case.steps):
        values = {"inputs": WAYS[case.inputs](numbers(case.shape, case.dtype, step)),
                  "dvalues": WAYS[case.dvalues](
                      numbers((samples, 4) if dense else case.shape, case.dtype, step + 9)),
                  "training": case.training, "rate": case.rate,
                  "outputs": numbers(case.shape, case.dtype, step)}
        for proved in _methods(proof):
            if proved.pattern in ("forward", "backward", "predictions"):
                _call(thing, proved, values, states, {}, kept, case.held)
    return states


def _play_loss(kind, proof, case):
    thing = made(kind, proof, case.shape)
    _set(thing, proof, (), case.settings)
    states, kept = [], []
    for step in range(case.steps):
        x = numbers(case.shape, case.dtype, step)
        shares = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        y = TARGETS[case.target](labels(case.shape, step), shares)
        given = WAYS[case.inputs](shares if case.inputs != "infinite" else x)
        values = {"inputs": WAYS[case.inputs](x), "y_pred": given, "output": given, "y_true": y,
                  "y": y, "dvalues": WAYS[case.dvalues](shares), "training": case.training,
                  "layer": None}
        for proved in _methods(proof):
            if proved.pattern != "regularization_loss":
                _call(thing, proved, values, states, {}, kept, case.held)
    return states


def _play_optimizer(kind, proof, case):
    way = WAYS[case.weights]
    layers = [layer_for(proof, way(numbers(shape, case.dtype, 3)), way(
        numbers((1, shape[1]), case.dtype, 4)), None, None) for shape in (case.shape, (2, 3))]
    thing = made(kind, proof, case.shape, layers=layers)
    _set(thing, proof, (), case.settings)
    states, kept = [], []
    for step in range(case.steps):
        for layer, shape in zip(layers, (case.shape, (2, 3))):
            for name, seed, its in (("dweights", 5, shape), ("dbiases", 6, (1, shape[1]))):
                holder, key = place(layer, proof, ("layer",), name, make=True)
                holder[key] = WAYS[case.dvalues](numbers(its, case.dtype, seed + step))
        for proved in _methods(proof):
            for number, layer in enumerate(layers):
                if number and (proved.pattern not in ("update_params", "step")
                               or proved.theirs.round is not None):
                    continue
                shown = {"layer": layer} if proved.theirs.round is None else {
                    f"layer {place}": one for place, one in enumerate(layers)}
                _call(thing, proved, {"layer": layer, "layers": layers, "training": True}, states,
                      shown, kept, case.held)
    return states


def _play_accuracy(kind, proof, case):
    thing = made(kind, proof, case.shape)
    states, kept = [], []
    for step in range(case.steps):
        x = numbers(case.shape, case.dtype, step)
        y = TARGETS[case.target](labels(case.shape, step), x)
        given = labels(case.shape, step + 1) if case.inputs == "plain" else WAYS[case.inputs](x)
        values = {"predictions": given, "y": y, "training": True}
        for proved in _methods(proof):
            _call(thing, proved, values, states, {}, kept, case.held)
    return states


_PLAYS = {"layer": _play_layer, "loss": _play_loss, "optimizer": _play_optimizer,
          "accuracy": _play_accuracy}
