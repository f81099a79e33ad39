"""What a builder gave, as `fit` wants it."""

from __future__ import annotations

import copy
import threading
import weakref
from typing import Any, NamedTuple

import numpy as np

from fastnn import registry
from fastnn.accuracy import Accuracy_Regression
from fastnn.callbacks import Checkpoint
from fastnn.engine.fitting import fit, parts_of
from fastnn.engine.history import History
from fastnn.engine.order import order_of
from fastnn.engine.program import Unfit
from fastnn.engine.runs import Run
from fastnn.model import Model
from fastnn.model.runs import parts_of as of_model
from fastnn.support import checks

_WORDS = ("layers", "loss", "optimizer", "accuracy", "callback", "epochs", "batch_size")
_NEEDED = _WORDS[:3]
_TAKEN = ("sweep: the builder must give (layers, loss, optimizer), a dict of these, or a Model, "
          "got")


class Network(NamedTuple):
    """What is trained; options: of `fit`, in place of the sweep's."""

    made: Any  # what the builder gave
    parts: Any  # as `fit` has them, or Model
    callback: Any
    options: dict[str, Any]

    def fit(self, X: Any, y: Any, **options: Any) -> History:
        """Train it."""
        options |= {"callback": self.callback, "verbose": False}
        if isinstance(self.made, Model):
            return self.made.fit(X, y, **options)
        parts = self.parts
        return fit(parts.layers, parts.loss, parts.optimizer, X, y, accuracy=parts.accuracy,
                   **options)


def taken(made: Any) -> Network:
    """The network that a builder gave."""
    if isinstance(made, Model):
        if not hasattr(made, "input_layer"):
            made.finalize()
        return Network(made, of_model(made), None, {})
    if isinstance(made, dict):
        unknown = [name for name in made if name not in _WORDS]
        missing = [name for name in _NEEDED if name not in made]
        if unknown or missing:
            what = f"without {missing[0]!r}" if missing else f"with {unknown[0]!r}"
            raise ValueError(f"sweep: the builder's dict has {', '.join(_NEEDED)} and may have "
                             f"{', '.join(_WORDS[3:])}, got one {what}")
        found = dict(made)
    elif isinstance(made, tuple | list) and len(made) in (3, 4):
        found = dict(zip(_WORDS, made))
    else:
        raise TypeError(f"{_TAKEN} {checks.shown(made)}")
    if not isinstance(found["layers"], list | tuple):
        raise TypeError(f"{_TAKEN} layers that are {checks.shown(found['layers'])}")
    parts = parts_of(list(found["layers"]), found["loss"], found["optimizer"],
                     found.get("accuracy"))
    return Network(made, parts, found.get("callback"),
                   {name: found[name] for name in _WORDS[5:] if name in found})


def run_beside_others(network: Network, X: Any, y: Any, options: dict[str, Any]) -> Run:
    """The compiled run of a training that may run beside others. Unfit says why one may not.

    What goes step by step holds Python's lock, calls NumPy's global random numbers and puts them
    back after an error; what somebody's own callback does is not known.
    """
    callbacks = network.callback
    for one in callbacks if isinstance(callbacks, list | tuple) else [callbacks]:
        if one is not None and not type(one).__module__.startswith("fastnn.callbacks."):
            raise Unfit(f"its callback {type(one).__name__} may draw random numbers")
        if isinstance(one, Checkpoint):
            raise Unfit("a Checkpoint keeps the state of NumPy's global random numbers")
    parts = network.parts
    if isinstance(parts.accuracy, Accuracy_Regression) and parts.accuracy.precision is None:
        accuracy = copy.copy(parts.accuracy)
        accuracy.init(y)  # `fit` will do the same
        parts = parts._replace(accuracy=accuracy)
    return Run(parts, X, y, epochs=options["epochs"], batch_size=options["batch_size"],
               log_every=options["log_every"], order=order_of(options["shuffle"], len(X), "sweep"))


class Fresh:
    """Refuses objects and arrays that an earlier network of this sweep had: both would train them.
    """

    def __init__(self) -> None:
        self._seen: dict[int, weakref.ref[Any]] = {}
        self._lock = threading.Lock()

    def check(self, network: Network) -> None:
        """Refuse, or remember, this network's objects."""
        things = {id(one): one for one in _trained(network)}
        with self._lock:
            self._seen = {key: known for key, known in self._seen.items() if known() is not None}
            for key, one in things.items():
                if key in self._seen and self._seen[key]() is one:
                    what = "array" if isinstance(one, np.ndarray) else type(one).__name__
                    raise ValueError(f"sweep: the builder gave two networks the same {what}; each "
                                     "call must make its own")
            self._seen |= {key: weakref.ref(one) for key, one in things.items()}

    def __reduce__(self) -> Any:
        return Fresh, ()


def _trained(network: Network) -> list[Any]:
    """Its objects, and the arrays that an update may write to."""
    callbacks = network.callback if isinstance(network.callback, list | tuple) else []
    found = [one for one in (network.made, *network.parts.things, network.callback, *callbacks)
             if hasattr(one, "__dict__") and hasattr(type(one), "__weakref__")]
    replaced = registry.results()  # inputs may be everybody's samples, where it was trained before
    arrays = [value for layer in network.parts.layers
              for name, value in getattr(layer, "__dict__", {}).items()
              if name not in replaced and isinstance(value, np.ndarray) and value.flags.writeable]
    return found + [_owner(array) for array in arrays]


def _owner(array: Any) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
