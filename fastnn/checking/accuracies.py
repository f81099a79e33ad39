"""Accuracies: of classes (predictions or outputs against both kinds of targets), of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import probing
from fastnn.checking.findings import Finding
from fastnn.checking.raised import Raised
from fastnn.checking.using import calls
from fastnn.checking.values import agree, first_difference

if TYPE_CHECKING:
    from typing import Any

_N, _C = 40, 3


def _classes() -> dict[str, Any]:
    draw = np.random.default_rng(17)
    outputs = draw.uniform(size=(_N, _C))
    labels = draw.integers(0, _C, size=_N)
    return {"predictions": outputs.argmax(axis=1), "outputs": outputs, "labels": labels,
            "onehot": np.eye(_C, dtype=int)[labels]}


def _numbers() -> dict[str, Any]:
    draw = np.random.default_rng(19)
    y = draw.normal(size=(_N, 1))
    near = draw.choice([0.2, 0.9, 1.1, 3.0], size=(_N, 1)) * draw.choice([-1, 1], size=(_N, 1))
    return {"predictions": y + near * np.std(y) / 250, "y": y, "scale": np.std(y) / 250}


def accuracies(kind: Any) -> list[Finding]:
    """What a class is as an accuracy of classes and of numbers."""
    numbers = _of_numbers(kind)
    if numbers and numbers.verdict == "right":  # it is one of classes, too, where nothing is near
        return [numbers]
    return [one for one in (_of_classes(kind), numbers) if one]


def _scalar(kind: Any, name: str, values: tuple[Any, ...],
            first: tuple[Any, ...] = ()) -> list[Any]:
    """All that a call gives as one number, or as one truth for each sample."""
    thing = probing.make(kind, *[0.1] * len(probing.required(kind)))
    if isinstance(thing, Raised):
        return []
    for other, given in first:
        probing.call(thing, other, given)
    before = probing.observe(thing)
    got, _ = probing.call(thing, name, values)
    if isinstance(got, Raised):
        return []
    return [(place, value) for place, value in probing.observe(thing, got).items()
            if place not in before or not np.array_equal(before[place], value)]


def _of_classes(kind: Any) -> Finding | None:
    data = _classes()
    right = np.mean(data["predictions"] == data["labels"])
    wrongs = {"sum for mean": (np.sum(data["predictions"] == data["labels"]),
                               "it is the number of right predictions, not their share"),
              "share of wrong predictions": (1 - right, "it is the share of wrong predictions"),
              "percent": (100 * right, "it is in percent, the book's a share of 1")}
    best: tuple[float, Finding] | None = None
    for name, form in calls(kind, (("predictions", "labels"), ("labels", "predictions"))):
        for source in ("predictions", "outputs"):
            order = [source, "labels"] if form[0] == "predictions" else ["labels", source]
            for first in _preludes(kind, name, data["labels"]):
                for place, value in _scalar(kind, name, tuple(data[w] for w in order), first):
                    finding = _judge(kind, name, place, value, right, wrongs)
                    if finding is None:
                        continue
                    hot = [word if word != "labels" else "onehot" for word in order]
                    again = dict(_scalar(kind, name, tuple(data[w] for w in hot), first))
                    if place not in again:
                        finding.remarks.append("one-hot targets are not taken")
                    elif not agree(np.asarray(again[place], float), np.asarray(value, float)):
                        finding.remarks.append("of one-hot targets it gives another share")
                    finding.vocabulary["of"] = source
                    worth = finding.score + 0.01 * probing.alike(name, "calculate")
                    if best is None or worth > best[0]:
                        best = worth, finding
    return best[1] if best else None


def _preludes(kind: Any, without: str, y: Any) -> list[tuple[Any, ...]]:
    """Nothing; one method without arguments or with the targets; both."""
    none = [(name, ()) for name, _ in calls(kind, ((),), (without,))][:4]
    one = [(name, (y,)) for name, _ in calls(kind, (("y",),), (without,))][:4]
    return [(), *((each,) for each in [*none, *one]), *((a, b) for a in none for b in one)]


def _judge(kind: Any, name: str, place: Any, value: Any, right: Any,
           wrongs: dict[str, tuple[Any, str]]) -> Finding | None:
    finding = Finding(kind.__name__, role="categorical accuracy", book="Accuracy_Categorical",
                      vocabulary={"calculate": name, "accuracy": probing.words(place)}, score=1.0)
    if value.ndim:
        return None
    if agree(np.asarray(value, float), np.asarray(right, float)):
        finding.same_bits = True
        return finding.settle()
    for mistake, (wrong, sentence) in wrongs.items():
        if agree(np.asarray(value, float), np.asarray(wrong, float)):
            finding.score = 0.8
            if mistake == "percent":
                finding.remarks.append(sentence)
                return finding.settle()
            finding.differ(name, probing.words(place), "accuracy = mean of (predictions == y)",
                           "chapter 6", mistake, sentence, f"{_N} samples",
                           first_difference(np.asarray(value), np.asarray(right)))
            return finding.settle()
    return None


def _of_numbers(kind: Any) -> Finding | None:
    data = _numbers()
    error = np.abs(data["predictions"] - data["y"])
    right = np.mean(error < data["scale"])
    wrongs = {"sum for mean": (np.sum(error < data["scale"]),
                               "it is the number of right predictions, not their share"),
              "absolute value forgotten": (
                  np.mean(data["predictions"] - data["y"] < data["scale"]),
                  "the difference's absolute value is missing"),
              "wrong sign": (np.mean(error > data["scale"]), "it counts what is too far off")}
    best: Finding | None = None
    for name, form in calls(kind, (("predictions", "y"), ("y", "predictions"))):
        for first in _preludes(kind, name, data["y"]):
            for place, value in _scalar(kind, name, tuple(data[word] for word in form), first):
                finding = _judge(kind, name, place, value, right, wrongs)
                if finding and (best is None or finding.score > best.score):
                    best = finding
                    finding.role, finding.book = "regression accuracy", "Accuracy_Regression"
                    if first and first[-1][1]:
                        finding.vocabulary["init"] = first[-1][0]
                    for row in finding.differences:
                        row.update(formula="accuracy = mean of (|predictions - y| < std(y) / 250)",
                                   chapter="chapter 17")
    return best
