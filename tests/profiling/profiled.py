"""A small training to be profiled, and what is asked of the profiles."""

import json

import numpy as np
from by_hand import loop

import fastnn
from fastnn.compile.dispatcher import Kernel
from fastnn.profiling.instruments import _our_classes

PHASES = ("forward", "loss", "backward", "optimizer")


def silent(line: str) -> None:
    pass


def seconds_of(found: dict, *phases: str) -> float:
    return sum(found["phases"].get(phase, 0.0) for phase in phases)


def row(found: dict, name: str, phase: str) -> dict:
    rows = [one for one in found["rows"] if one["name"].startswith(name) and one["phase"] == phase]
    assert len(rows) == 1, [(one["name"], one["phase"]) for one in found["rows"]]
    return rows[0]


def network(rng=0):
    np.random.seed(rng)
    layers = [fastnn.Layer_Dense(2, 16), fastnn.Activation_ReLU(), fastnn.Layer_Dense(16, 3)]
    return (layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
            fastnn.Optimizer_Adam(learning_rate=0.05))


def step(layers, loss, optimizer, X, y):
    loop(layers, loss, optimizer, X, y, 1, len(X))


def everything() -> dict:
    return {cls: dict(vars(cls)) for cls in (*_our_classes(), Kernel)}


class Foreign:
    """A layer of somebody's."""

    def forward(self, inputs):
        self.output = inputs * 1

    def backward(self, dvalues):
        self.dinputs = dvalues * 1


def check_trace(path) -> list[dict]:
    """The complete events of a Chrome trace, in the file's order, once its format is right."""
    content = json.loads(path.read_text())
    assert content["displayTimeUnit"] == "ms" and content["otherData"]["profiled_seconds"] > 0
    for event in content["traceEvents"]:
        assert event["ph"] in ("X", "M")
        assert isinstance(event["name"], str) and event["name"]
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int)
        assert event["ts"] >= 0 and event["dur"] >= 0
    events = [event for event in content["traceEvents"] if event["ph"] == "X"]
    for tid in {event["tid"] for event in events}:
        stack: list[float] = []  # ends of the open spans, in whole nanoseconds
        spans = [(round(1000 * event["ts"]), round(1000 * event["dur"])) for event in events
                 if event["tid"] == tid]
        for begin, length in sorted(spans, key=lambda span: (span[0], -span[1])):
            while stack and stack[-1] <= begin:
                stack.pop()
            assert not stack or begin + length <= stack[-1], "two spans overlap"
            stack.append(begin + length)
    return events
