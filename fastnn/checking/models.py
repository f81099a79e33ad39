"""A Model: a network of the module's own classes is trained by it, and by the book's loop.

Its methods are found by what they take: one object (add), loss and optimizer (set), nothing
(finalize), samples, targets and a number of epochs (train). model_steps.py asks for what those
numbers do not show.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import model_steps, probing, raising, steps
from fastnn.checking.findings import Finding
from fastnn.checking.model_loops import DECAY, EPOCHS, MISTAKES, data, loop
from fastnn.checking.model_steps import Trained, Way
from fastnn.checking.raised import Raised
from fastnn.checking.values import agree, first_difference

if TYPE_CHECKING:
    from typing import Any

_FORMULA = ("each epoch: forward, loss, backward, then pre_update_params, update_params of each "
            "layer, post_update_params")
_PARTS = {"dense": ("dense layer",), "hidden": ("relu",), "last": ("softmax",),
          "dropout": ("dropout",),
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
    first: list[tuple[str, Raised]] | None = None  # of the way that is most like the book's
    for name, naming in _set(kind):
        for add in sorted(_add(kind), key=lambda one: -probing.alike(one, "add")):
            raised: list[tuple[str, Raised]] = []
            first = raised if first is None else first
            way = Way(kind, around, known, parts, name, naming, add)
            made = trained(way, raised)
            if made is not None:
                _judge(finding, way, made)
                if not finding.differences:
                    model_steps.check(finding, way, trained)
                finding.vocabulary.update({"add": add, "set": name, "train": _train(kind)[0],  # type: ignore[index]
                                           **{f"of {word}": part for word, part in parts.items()
                                              if part}})
                return asdict(finding)
    own = [one for one in first or [] if one[1].at]
    if own:  # what training raised behind the last method that may have to be called before it
        method, error = ([one for one in own if one[0] == _train(kind)[0]] or own)[-1]  # type: ignore[index]
        if _used_otherwise(kind, error, parts) or _wants_both(error, known, parts):
            finding.why += f": {method} raises {error}, {error.at}"
        else:
            finding.verdict, finding.why = "raises", ""
            finding.role, finding.book = "model", "Model"
            finding.differ(method, "it", difference=error.row())
    return asdict(finding)


def _used_otherwise(kind: Any, error: Raised, parts: dict[str, str | None]) -> bool:
    """Whether it may lack what was not there to be given, or a method that was not called."""
    given = {word for _, naming in _set(kind) for word in naming}
    return any(parts[word] is None for word in given) or (
        raising.used_otherwise(kind, error))


def _wants_both(error: Raised, known: dict[str, Any], parts: dict[str, str | None]) -> bool:
    """Whether it may be meant for the loss with the softmax in it, and was given the plain one."""
    there = any(one["role"] == "softmax and loss" for one in known.values())
    return there and f"'{parts['loss']}' object has no attribute" in str(error)


def trained(way: Way, raised: list[tuple[str, Raised]], regularized: bool = False,
            dropout: bool = False) -> Trained | None:
    """A model of the module's classes, trained; None where it cannot be used so."""
    train = _train(way.kind)
    assert train
    np.random.seed(2)
    made = probing.attempt(way.kind)
    if isinstance(made, Raised):
        raised.append(("__init__", made))
        return None
    strength = way.vocabulary("dense").get("weight_regularizer_l2", "")
    dense = [way.made("dense", *sizes, **({strength: 0.01} if regularized else {}))
             for sizes in ((2, 5), (5, 3))]
    layers = [dense[0], *([way.made("hidden")] if way.parts["hidden"] else []),
              *([way.made("dropout", 0.5)] if dropout else []), dense[1], way.made("last")]
    objects = {word: way.made(word) for word in ("loss", "accuracy") if way.parts[word]}
    objects["optimizer"] = _optimizer(way)
    called: dict[str, int] = {}
    model_steps.watch(objects["optimizer"], model_steps.hooks(way), called)
    model_steps.watch(objects["loss"], model_steps.penalty_of(way), called)
    if any(one is None for one in (_places(way.known[way.parts["dense"] or ""], layer)
                                   for layer in dense)):
        return None
    for method, given in (*((way.add, (layer,)) for layer in layers), (way.set_, ())):
        options = {own: objects[word] for word, own in way.naming.items() if word in objects}
        got = probing.attempt(getattr(made, method), *given, **({} if given else options))
        if isinstance(got, Raised):
            raised.append((method, got))
            return None

    def values() -> list[list[Any]]:
        return [[np.array(value) for value in _values(way.known[way.parts["dense"] or ""], layer)]
                for layer in dense]

    before = values()
    X, y = data()
    for finalize in ["", *(name for name in probing.methods(way.kind) if not _named(way.kind, name)
                           and not name.startswith("_"))]:
        if finalize:
            got = probing.attempt(getattr(made, finalize))
            if isinstance(got, Raised):
                raised.append((finalize, got))
                continue
        got = probing.attempt(getattr(made, train[0]), X, y, **{train[1]: EPOCHS})
        if isinstance(got, Raised):
            raised.append((train[0], got))
        after = values()
        if not all(np.array_equal(a, b) for one, two in zip(before, after)
                   for a, b in zip(one, two)):
            return Trained(made, before, after, called)
    return None


def _optimizer(way: Way) -> Any:
    """The module's optimizer, with decay if it knows that."""
    decay = way.vocabulary("optimizer").get("decay")
    made = way.made("optimizer", **{decay: DECAY}) if decay else None
    return way.made("optimizer") if made is None or isinstance(made, Raised) else made


def _places(dense: dict[str, Any], layer: Any) -> Any:
    return None if any(value is None for value in _values(dense, layer)) else True


def _values(dense: dict[str, Any], layer: Any) -> list[Any]:
    seen = {probing.words(place): value for place, value in probing.observe(layer).items()}
    return [seen.get(dense["vocabulary"].get(name, "")) for name in ("weights", "biases")]


def _judge(finding: Finding, way: Way, made: Trained) -> None:
    finding.role, finding.book, finding.why, finding.score = "model", "Model", "", 1.0
    expected = loop(way.known, way.parts, made.before)
    for index, (got, right) in enumerate(zip(made.after, expected)):
        for name, one, two in zip(("weights", "biases"), got, right):
            if not agree(one.reshape(two.shape) if one.size == two.size else one, two):
                finding.differ("train", f"{name} of dense layer {index + 1}", _FORMULA,
                               "chapter 18", *_mistaken(way, made), f"{EPOCHS} epochs",
                               first_difference(one, two))
                finding.settle()
                return
    finding.same_bits = all(np.array_equal(one, two) for got, right in zip(made.after, expected)
                            for one, two in zip(got, right))
    finding.settle()


def _mistaken(way: Way, made: Trained) -> tuple[str, str]:
    for mistake, sentence in MISTAKES.items():
        wrong = loop(way.known, way.parts, made.before, mistake)
        if all(agree(one.reshape(two.shape), two) for got, right in zip(made.after, wrong)
               for one, two in zip(got, right)):
            return model_steps.never_called(way, made.called, mistake) or (mistake, sentence)
    return "", ""
