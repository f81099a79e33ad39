"""A Model's outputs and its evaluation through the objects' methods, for any number of threads.

A pass goes through copies of the objects, which share their parameters and nothing else: what
another thread does with the objects meanwhile is not seen. When it ends it gives the objects what
the book's loop would have left on them. A layer of somebody's own may count its calls, or look at
another layer, so where there is one the objects themselves are called, one thread at a time.
"""

import os
import threading
import weakref
from operator import attrgetter

from fastnn import registry
from fastnn.engine.parts import Combined
from fastnn.engine.program import Unfit
from fastnn.model.scores import width_of

_PASS = ("calculate", "new_pass", "calculate_accumulated")
_LOSS, _ACCURACY = ("forward", *_PASS), ("compare", *_PASS)
# Our own functions. A profile that is open has put others in the place of most.
_FORWARDS = frozenset(attrgetter("forward")(entry.kind) for entry in registry.entries("layer"))
_NEW = frozenset(attrgetter("__new__")(entry.kind) for entry in registry.entries("layer"))
_OURS = {names: (attrgetter(*names),
                 frozenset(attrgetter(*names)(entry.kind) for entry in registry.entries(role)
                           if entry.kind is not Combined),
                 frozenset(names))
         for names, role in ((_LOSS, "loss"), (_ACCURACY, "accuracy"))}
_turns: weakref.WeakSet = weakref.WeakSet()


class Turn:
    """Whose turn it is to use what a model's objects hold: a lock, and no part of what it is.

    A copy of the model has one of its own, and so has a forked child.
    """

    def __init__(self):
        self.lock = threading.RLock()
        _turns.add(self)

    def __reduce__(self):
        return Turn, ()


def _renew():
    for turn in _turns:
        turn.lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


def turn(model):
    """The lock of this model's objects."""
    try:
        return vars(model)["_turn"].lock
    except KeyError:
        return vars(model).setdefault("_turn", Turn()).lock


def twin(thing):
    """A shallow copy. (A class derived from ours may make its objects in its own way, or one.)"""
    made = object.__new__(type(thing))
    vars(made).update(vars(thing))
    return made


class Pass:
    """Batches through copies of a model's layers. Unfit where one of them is somebody's own."""

    def __init__(self, model):
        self._model, self._layers = model, model.layers
        before, self._copies = model.input_layer, []
        for layer in self._layers:
            kind, attributes = type(layer), getattr(layer, "__dict__", {})
            if (getattr(kind, "forward", None) not in _FORWARDS or "forward" in attributes
                    or kind.__new__ not in _NEW):
                raise Unfit(f"{kind.__name__} has its own forward")
            if attributes.get("prev") is not before:
                raise Unfit("the model's layers are not linked as finalize links them")
            before, copy = layer, object.__new__(kind)  # copy.copy takes ten times as long
            vars(copy).update(attributes)
            self._copies.append(copy)

    def forward(self, X):
        """The outputs for a batch."""
        self._batch = X
        for layer in self._copies:
            layer.forward(X, False)
            X = layer.output
        return X

    def leave(self):
        """Give the objects the arrays of the last batch."""
        model = self._model
        with turn(model):
            model.input_layer.output = self._batch
            for layer, copy in zip(self._layers, self._copies):
                layer.inputs = copy.inputs
                layer.output = copy.output


class Sums:
    """Loss and accuracy of batches, on copies. Unfit where one of them is somebody's own."""

    def __init__(self, model):
        self._model = model
        for thing, methods in (model.loss, _LOSS), (model.accuracy, _ACCURACY):
            found, ours, names = _OURS[methods]
            try:
                fit = found(type(thing)) in ours and names.isdisjoint(vars(thing))
            except AttributeError:
                fit = False
            if not fit:
                raise Unfit(f"{type(thing).__name__} has methods of its own")
        self.loss, self.accuracy = twin(model.loss), twin(model.accuracy)
        self.loss.new_pass()
        self.accuracy.new_pass()

    def add(self, output, y):
        """One batch more."""
        self.loss.calculate(output, y)
        predictions = self._model.output_layer_activation.predictions(output)
        self.accuracy.calculate(predictions, y)
        self.width = width_of(predictions)

    def leave(self):
        """Give them to the objects."""
        leave_sums(self._model, self.loss, self.accuracy)


def leave_sums(model, loss, accuracy):
    """Give the model's loss and accuracy these sums, unless a training of another thread goes on
    with those they have.
    """
    with turn(model):  # looked at and left in one turn: a training begins before both or after
        running = vars(model).get("_running")
        if running is not None and running.thread != threading.get_ident():
            return
        for thing, copy in (model.loss, loss), (model.accuracy, accuracy):
            thing.accumulated_sum = copy.accumulated_sum
            thing.accumulated_count = copy.accumulated_count
