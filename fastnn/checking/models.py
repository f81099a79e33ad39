"""A Model: a network of the module's own classes is trained by it, and by the book's loop.

Its methods are found by what they take: one object (add), loss and optimizer (set), nothing
(finalize), samples, targets and a number of epochs (train). model_steps.py asks for what those
numbers do not show.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn import reference
from fastnn.checking import model_steps, probing, raising, steps
from fastnn.checking.findings import Finding
from fastnn.checking.raised import Raised
from fastnn.checking.values import agree, first_difference

if TYPE_CHECKING:
    from typing import Any

_EPOCHS = 4
_FORMULA = ("each epoch: forward, loss, backward, then pre_update_params, update_params of each "
            "layer, post_update_params")
_DECAY = 0.1
_MISTAKES = {
    "one epoch too many": "it trains one epoch more than it is told",
    "one epoch too few": "it trains one epoch less than it is told",
    "rate never decays": "pre_update_params is never called",
    "iterations not counted": "post_update_params is never called",
    "neither decayed nor counted": "neither pre_update_params nor post_update_params is called",
    "softmax passed twice": "the gradient of softmax and loss in one goes through the softmax's "
    "backward once more",
    "softmax left out": "the loss's gradient goes past the softmax into the last dense layer",
    "activation left out": "the last dense layer's gradient goes past the activation before it",
    "first layer not updated": "the first dense layer is never updated",
    "last layer not updated": "the last dense layer is never updated",
    "layers updated twice": "each layer is updated twice in an epoch"}
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
                    model_steps.check(finding, way)
                finding.vocabulary.update({"add": add, "set": name, "train": _train(kind)[0],  # type: ignore[index]
                                           **{f"of {word}": part for word, part in parts.items()
                                              if part}})
                return asdict(finding)
    own = [one for one in first or [] if one[1].at]
    if own:  # what training raised behind the last method that may have to be called before it
        method, error = ([one for one in own if one[0] == _train(kind)[0]] or own)[-1]  # type: ignore[index]
        if _used_otherwise(kind, error, parts):
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


@dataclass
class Way:
    """How a Model is used, with which classes, and what is known of those."""

    kind: Any
    around: dict[str, Any]
    known: dict[str, dict[str, Any]]
    parts: dict[str, str | None]
    set_: str
    naming: dict[str, str]
    add: str

    def vocabulary(self, word: str) -> dict[str, str]:
        """What a part's class calls things."""
        name = self.parts.get(word)
        return self.known[name]["vocabulary"] if name else {}

    def made(self, word: str, *values: Any, **options: Any) -> Any:
        """An object of a part's class."""
        return probing.attempt(self.around[self.parts[word] or ""], *values, **options)


@dataclass
class Trained:
    """What a training has done."""

    model: Any
    before: list[list[Any]]
    after: list[list[Any]]
    called: dict[str, int]  # how often the methods that were watched


def _data() -> tuple[Any, Any]:
    draw = np.random.default_rng(29)
    return draw.normal(size=(12, 2)), np.arange(12) % 3


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
    X, y = _data()
    for finalize in ["", *(name for name in probing.methods(way.kind) if not _named(way.kind, name)
                           and not name.startswith("_"))]:
        if finalize:
            got = probing.attempt(getattr(made, finalize))
            if isinstance(got, Raised):
                raised.append((finalize, got))
                continue
        got = probing.attempt(getattr(made, train[0]), X, y, **{train[1]: _EPOCHS})
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
    made = way.made("optimizer", **{decay: _DECAY}) if decay else None
    return way.made("optimizer") if made is None or isinstance(made, Raised) else made


def _places(dense: dict[str, Any], layer: Any) -> Any:
    return None if any(value is None for value in _values(dense, layer)) else True


def _values(dense: dict[str, Any], layer: Any) -> list[Any]:
    seen = {probing.words(place): value for place, value in probing.observe(layer).items()}
    return [seen.get(dense["vocabulary"].get(name, "")) for name in ("weights", "biases")]


def _judge(finding: Finding, way: Way, made: Trained) -> None:
    finding.role, finding.book, finding.why, finding.score = "model", "Model", "", 1.0
    expected = _loop(way.known, way.parts, made.before)
    for index, (got, right) in enumerate(zip(made.after, expected)):
        for name, one, two in zip(("weights", "biases"), got, right):
            if not agree(one.reshape(two.shape) if one.size == two.size else one, two):
                finding.differ("train", f"{name} of dense layer {index + 1}", _FORMULA,
                               "chapter 18", *_mistaken(way, made), f"{_EPOCHS} epochs",
                               first_difference(one, two))
                finding.settle()
                return
    finding.same_bits = all(np.array_equal(one, two) for got, right in zip(made.after, expected)
                            for one, two in zip(got, right))
    finding.settle()


def _mistaken(way: Way, made: Trained) -> tuple[str, str]:
    for mistake, sentence in _MISTAKES.items():
        wrong = _loop(way.known, way.parts, made.before, mistake)
        if all(agree(one.reshape(two.shape), two) for got, right in zip(made.after, wrong)
               for one, two in zip(got, right)):
            return model_steps.never_called(way, made.called, mistake) or (mistake, sentence)
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
    decay = {"decay": _DECAY} if one["vocabulary"].get("decay") else {}
    made = getattr(reference, one["book"])(**{**one["defaults"], **decay})
    X, y = _data()
    more = {"one epoch too many": 1, "one epoch too few": -1}.get(mistake, 0)
    for _ in range(_EPOCHS + more):
        layers[0].forward(X)
        relu.forward(layers[0].output)
        layers[1].forward(relu.output if parts["hidden"] else layers[0].output)
        combined.forward(layers[1].output, y)
        combined.backward(combined.output, y)
        layers[1].backward(_slope_of_output(combined, y, mistake))
        relu.backward(layers[1].dinputs)
        layers[0].backward(relu.dinputs if parts["hidden"] and mistake != "activation left out"
                           else layers[1].dinputs)
        if mistake not in ("rate never decays", "neither decayed nor counted"):
            made.pre_update_params()
        for layer in {"first layer not updated": layers[1:], "last layer not updated":
                      layers[:1], "layers updated twice": layers + layers}.get(mistake, layers):
            made.update_params(layer)
        if mistake not in ("iterations not counted", "neither decayed nor counted"):
            made.post_update_params()
    return [(layer.weights if layer.weights.shape == weights.shape else layer.weights.T,
             layer.biases) for layer, (weights, _) in zip(layers, before)]


def _slope_of_output(combined: Any, y: Any, mistake: str) -> Any:
    """The gradient that goes into the last dense layer."""
    softmax, loss = reference.Activation_Softmax(), reference.Loss_CategoricalCrossentropy()
    softmax.output = combined.output
    loss.backward(combined.output, y)
    if mistake == "softmax passed twice":
        softmax.backward(combined.dinputs)
        return softmax.dinputs
    return loss.dinputs if mistake == "softmax left out" else combined.dinputs
