"""A Model: a network of the module's own classes is trained by it, and by the book's loop.

Its methods are found by what they take: one object (add), loss and optimizer (set), nothing
(finalize), samples, targets and a number of epochs (train).
"""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.checking import probing, steps
from fastnn.checking.findings import Finding
from fastnn.checking.values import Raised, agree, first_difference

if TYPE_CHECKING:
    from typing import Any

_EPOCHS = 4
_FORMULA = ("each epoch: forward, loss, backward, then pre_update_params, update_params of each "
            "layer, post_update_params")
_PARTS = {"dense": ("dense layer",), "hidden": ("relu",), "last": ("softmax",),
          "loss": ("categorical cross-entropy",),
          "optimizer": tuple(f"optimizer {name}" for name in steps.HYPERS),
          "accuracy": ("categorical accuracy",)}


def may_be_one(kind: Any) -> bool:
    """Whether a class has methods to add an object and to train."""
    return isinstance(kind, type) and _train(kind) is not None and bool(_add(kind))


def _named(kind: Any, name: str) -> dict[str, inspect.Parameter]:
    try:
        found = inspect.signature(probing.methods(kind)[name]).parameters
    except (TypeError, ValueError):
        return {}
    return dict(list(found.items())[1:])


def _like(names: Any, word: str) -> str | None:
    """The argument that is most like a word, if one is."""
    best = max(names, key=lambda name: probing.alike(name, word), default=None)
    return best if best is not None and probing.alike(best, word) > 0.45 else None


def _train(kind: Any) -> tuple[str, str] | None:
    """The method with two arrays and a number of epochs, and what that is called."""
    for name in probing.methods(kind):
        arguments = _named(kind, name)
        epochs = _like([one for one in arguments], "epochs")
        if epochs and len(arguments) > 2:
            return name, epochs
    return None


def _add(kind: Any) -> list[str]:
    return [name for name in probing.methods(kind) if not name.startswith("_")
            and len(_named(kind, name)) == 1]


def _set(kind: Any) -> list[tuple[str, dict[str, str]]]:
    found = []
    for name in probing.methods(kind):
        arguments = _named(kind, name)
        naming = {word: _like(arguments, word) for word in ("loss", "optimizer", "accuracy")}
        if naming["loss"] and naming["optimizer"]:
            found.append((name, {word: own for word, own in naming.items() if own}))
    return found


def model(kind: Any, around: dict[str, Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The finding of a Model, as plain data; `known`: the findings of the other classes."""
    finding = Finding(kind.__name__, why="its module lacks the classes that a model trains")
    parts = {word: next((name for name, one in known.items() if one["role"] in wanted
                         and one["verdict"] == "right"), None) for word, wanted in _PARTS.items()}
    lacking = [word for word in ("dense", "last", "loss", "optimizer") if parts[word] is None]
    if lacking:
        wrong = [name for name, one in known.items() if one["verdict"] == "differs"
                 and any(one["role"] in _PARTS[word] for word in lacking)]
        if wrong:
            finding.why = (f"{' and '.join(wrong)} would have to be right for that, and "
                           f"differ{'s' * (len(wrong) == 1)}")
        return asdict(finding)
    finding.why = "it could not be used as the book's Model is"
    for name, naming in _set(kind):
        for add in _add(kind):
            made = _trained(kind, around, known, parts, name, naming, add)
            if made is not None:
                before, after, lines = made
                _judge(finding, known, parts, before, after)
                finding.vocabulary.update({"add": add, "set": name, "train": _train(kind)[0],  # type: ignore[index]
                                           **{f"of {word}": part for word, part in parts.items()
                                              if part}})
                return asdict(finding)
    return asdict(finding)


def _data() -> tuple[Any, Any]:
    draw = np.random.default_rng(29)
    return draw.normal(size=(12, 2)), np.arange(12) % 3


def _trained(kind: Any, around: dict[str, Any], known: dict[str, Any],
             parts: dict[str, str | None], set_: str, naming: dict[str, str],
             add: str) -> Any:
    """Parameters before and after training; None where it cannot be used so."""
    train = _train(kind)
    assert train
    np.random.seed(2)
    made = probing.attempt(kind)
    if isinstance(made, Raised):
        return None
    dense = [probing.attempt(around[parts["dense"]], *sizes)  # type: ignore[index]
             for sizes in ((2, 5), (5, 3))]
    hidden = around[parts["hidden"]]() if parts["hidden"] else None
    layers = [dense[0], *([hidden] if hidden is not None else []), dense[1],
              around[parts["last"]]()]  # type: ignore[index]
    objects = {word: around[parts[word]]() for word in ("loss", "optimizer", "accuracy")  # type: ignore[index]
               if parts[word]}
    places = [_places(known[parts["dense"]], layer) for layer in dense]  # type: ignore[index]
    if any(one is None for one in places):
        return None
    for layer in layers:
        if isinstance(probing.attempt(getattr(made, add), layer), Raised):
            return None
    given = {own: objects[word] for word, own in naming.items() if word in objects}
    if isinstance(probing.attempt(getattr(made, set_), **given), Raised):
        return None
    before = [[np.array(value) for value in _values(known[parts["dense"]], layer)]  # type: ignore[index]
              for layer in dense]
    X, y = _data()
    for finalize in ["", *(name for name in probing.methods(kind) if not _named(kind, name)
                           and not name.startswith("_"))]:
        if finalize and isinstance(probing.attempt(getattr(made, finalize)), Raised):
            continue
        got = probing.attempt(getattr(made, train[0]), X, y, **{train[1]: _EPOCHS})
        after = [[np.array(value) for value in _values(known[parts["dense"]], layer)]  # type: ignore[index]
                 for layer in dense]
        changed = not all(np.array_equal(a, b) for one, two in zip(before, after)
                          for a, b in zip(one, two))
        if changed:
            return before, after, got
    return None


def _places(dense: dict[str, Any], layer: Any) -> Any:
    return None if any(value is None for value in _values(dense, layer)) else True


def _values(dense: dict[str, Any], layer: Any) -> list[Any]:
    seen = {probing.words(place): value for place, value in probing.observe(layer).items()}
    return [seen.get(dense["vocabulary"].get(name, "")) for name in ("weights", "biases")]


def _judge(finding: Finding, known: dict[str, Any], parts: dict[str, str | None], before: Any,
           after: Any) -> None:
    finding.role, finding.book, finding.why, finding.score = "model", "Model", "", 1.0
    expected = _loop(known, parts, before)
    for index, (got, right) in enumerate(zip(after, expected)):
        for name, one, two in zip(("weights", "biases"), got, right):
            if not agree(one.reshape(two.shape) if one.size == two.size else one, two):
                finding.differ("train", f"{name} of dense layer {index + 1}", _FORMULA,
                               "chapter 18", *_mistaken(known, parts, before, after),
                               f"{_EPOCHS} epochs", first_difference(one, two))
                finding.settle()
                return
    finding.same_bits = all(np.array_equal(one, two) for got, right in zip(after, expected)
                            for one, two in zip(got, right))
    finding.settle()


def _mistaken(known: dict[str, Any], parts: dict[str, Any], before: Any,
              after: Any) -> tuple[str, str]:
    for mistake, sentence in (("one epoch too many", "it trains one epoch more than it is told"),
                              ("one epoch too few", "it trains one epoch less than it is told"),
                              ("iterations not counted", "post_update_params is never called")):
        wrong = _loop(known, parts, before, mistake)
        if all(agree(one.reshape(two.shape), two) for got, right in zip(after, wrong)
               for one, two in zip(got, right)):
            return mistake, sentence
    return "", ""


def _loop(known: dict[str, Any], parts: dict[str, Any], before: Any, mistake: str = "") -> Any:
    """The book's loop with the reference's classes."""
    layers = [reference.Layer_Dense(2, 5), reference.Layer_Dense(5, 3)]
    for layer, (weights, biases) in zip(layers, before):
        layer.weights = weights.T.copy() if weights.shape != layer.weights.shape else weights.copy()
        layer.biases = biases.reshape(1, -1).copy()
    relu = reference.Activation_ReLU()
    combined = reference.Activation_Softmax_Loss_CategoricalCrossentropy()
    one = known[parts["optimizer"]]
    made = getattr(reference, one["book"])(**one["defaults"])
    X, y = _data()
    more = {"one epoch too many": 1, "one epoch too few": -1}.get(mistake, 0)
    for _ in range(_EPOCHS + more):
        layers[0].forward(X)
        relu.forward(layers[0].output)
        layers[1].forward(relu.output if parts["hidden"] else layers[0].output)
        combined.forward(layers[1].output, y)
        combined.backward(combined.output, y)
        layers[1].backward(combined.dinputs)
        relu.backward(layers[1].dinputs)
        layers[0].backward(relu.dinputs if parts["hidden"] else layers[1].dinputs)
        made.pre_update_params()
        for layer in layers:
            made.update_params(layer)
        if mistake != "iterations not counted":
            made.post_update_params()
    return [(layer.weights if layer.weights.shape == weights.shape else layer.weights.T,
             layer.biases) for layer, (weights, _) in zip(layers, before)]
