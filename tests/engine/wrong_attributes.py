"""Networks and models, every attribute of theirs, and values that are wrong there."""

import copy
import functools
import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from networks import Case, Net, build, train_by_hand

import fastnn

NOTHING = object()
DELETED = "deleted"
SCALARS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf, "-1": -1, "-0.5": -0.5, "0": 0,
           "2**80": 2**80, "2": 2, "1e400": float("1e400"), "True": True,
           "float32": np.float32(0.5), "float64": np.float64(0.5), "int8": np.int8(1),
           "0-d": np.array(0.5)}
OTHERS = {"None": None, "x": "x", "b": b"x", "list": [], "dict": {}, "object": NOTHING, "1j": 1j,
          "10**400": 10**400, "two": np.array([1.0, 2.0]), "text": np.array("x"),
          "function": lambda: 0, "class": dict}
ARRAYS = {
    "flat": np.ravel, "one row less": lambda a: a[:-1].copy(), "one column": lambda a: a[:, :1],
    "transposed": lambda a: np.ascontiguousarray(a.T), "one axis more": lambda a: a[None],
    "whole": lambda a: np.zeros(a.shape, int), "bools": lambda a: a > 0,
    "complex": lambda a: a.astype(complex), "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str), "lists": lambda a: a.tolist(), "empty": lambda a: a[:0],
    "half": lambda a: a.astype("f2"), "double": lambda a: a.astype("f8"),
    "read-only": lambda a: _locked(a.copy()), "Fortran": lambda a: np.asfortranarray(a.copy()),
    "steps": lambda a: np.repeat(a, 2, axis=0)[::2], "other bytes": lambda a: a.astype(">f4"),
    "masked": lambda a: np.ma.masked_array(a),
    "matrix": lambda a: a.view(np.matrix), "memory map": lambda a: a.view(np.memmap),
}


def _locked(a: np.ndarray) -> np.ndarray:
    a.flags.writeable = False
    return a


CASES = [
    Case("combined", "Adam", "ReLU", (6,), 20, True, True),
    Case("softmax", "momentum", "LeakyReLU", (6,), None, True),
    Case("binary 3", "RMSprop", "Sigmoid", (6,), None),
    Case("squared 3", "Adagrad", "Tanh", (6,), 20),
    Case("absolute 3", "SGD", "Linear", (6,), None, True, False, "float64"),
]


def things(net: Net) -> dict[str, Any]:
    """The objects, by their paths."""
    found = {f"layers[{n}]": layer for n, layer in enumerate(net.layers)}
    found |= {"loss": net.loss, "optimizer": net.optimizer, "accuracy": net.accuracy}
    for name in ("activation", "loss"):
        if hasattr(net.loss, name):
            found[f"loss.{name}"] = getattr(net.loss, name)
    return found


def attributes(thing: Any) -> list[str]:
    """What can be set on an object: what it has, and what its classes give a value."""
    names = dict.fromkeys(vars(thing))
    for kind in type(thing).__mro__:
        names |= {name: None for name, value in vars(kind).items()
                  if not name.startswith("_") and not callable(value)
                  and not isinstance(value, staticmethod | classmethod | property)}
    return list(names)


class Picture(NamedTuple):
    """All attributes of all objects, what is in their arrays, and the random stream."""

    values: dict[tuple[str, str], Any]
    contents: dict[tuple[str, str], bytes]
    stream: Any


def picture(found: dict[str, Any]) -> Picture:
    values = {(path, name): value for path, thing in found.items() if hasattr(thing, "__dict__")
              for name, value in vars(thing).items() if name != "_turn"}  # a model's lock stays
    contents = {where: value.tobytes() for where, value in values.items()
                if isinstance(value, np.ndarray)}
    return Picture(values, contents, np.random.get_state()[1:3])


def assert_unchanged(found: dict[str, Any], before: Picture) -> None:
    now = picture(found)
    assert now.values.keys() == before.values.keys()
    for where, value in now.values.items():
        old = before.values[where]
        same = value is old or (not isinstance(value, np.ndarray) and type(value) is type(old)
                                and value == old)
        assert same, f"{where}: {old!r} became {value!r}"
    assert now.contents == before.contents
    assert np.array_equal(now.stream[0], before.stream[0]) and now.stream[1] == before.stream[1]


def alter(thing: Any, name: str, change: Any) -> None:
    """Set or delete an attribute. change: a function of the value, or DELETED."""
    if change is DELETED:
        vars(thing).pop(name, None)
    else:
        setattr(thing, name, change(getattr(thing, name)))


RESULTS = ("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask")


def changes(name: str, value: Any) -> dict[str, Any]:
    """What to make of this value of an attribute of this name, by a name of its own."""
    if name in RESULTS:  # each step makes them anew
        return {"None": lambda _: None, "x": lambda _: "x", DELETED: DELETED,
                "read-only": lambda a: _locked(a.copy()), "empty": lambda a: a[:0]}
    made: dict[str, Any] = {what: lambda _, other=other: np.copy(other) if isinstance(
        other, np.ndarray) else other
                            for what, other in (SCALARS | OTHERS).items()}
    made[DELETED] = DELETED
    if isinstance(value, np.ndarray) and value.ndim == 2:
        made |= {f"array {what}": change for what, change in ARRAYS.items()}
    return made


def outcome(train: Any, net: Net, **options: Any) -> Any:
    """The rows, or the error."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return train(net, **options)
        except Exception as error:
            return error


@functools.cache
def _warm(nn: Any, case: Case) -> Net:
    net = build(nn, case)
    train_by_hand(net, epochs=2, batch_size=case.batch)
    return net


def warm(nn: Any, case: Case) -> Net:
    """A network that was trained a little: it has state and results."""
    net = copy.deepcopy(_warm(nn, case))
    np.random.seed(7)
    return net


def assert_clear(error: Exception, who: str) -> None:
    assert type(error) in (TypeError, ValueError, RuntimeError), repr(error)
    text = str(error)
    ours = text.startswith(who) or hasattr(fastnn, text.partition(".")[0].partition("(")[0])
    assert ours and "\n" not in text and len(text) < 300, text


def model_things(model: Any) -> dict[str, Any]:
    net = Net(model.layers, model.loss, model.optimizer, model.accuracy, *(np.empty(0),) * 2)
    found = things(net) | {"model": model, "input_layer": model.input_layer}
    combined = model.softmax_classifier_output
    return found if combined is None else found | {
        "combined": combined, "combined.activation": combined.activation,
        "combined.loss": combined.loss}
