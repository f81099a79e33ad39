"""A Model's outputs for a few samples, again: the whole chain in one compiled call.

Who asks one sample after another wants neither the objects' methods nor a run that is planned each
time. So the chain is planned once, the program is kept, and `kernels/again.py` looks at each call
whether all is as it was. What it looks at is said here, as facts about objects by their addresses.
Where one does not hold the objects are asked, and the plan is dropped.

To plan takes as long as 100 predictions through the objects; so it is done after as many, and no
more often than takes a hundredth of the time.
"""

import math
import time
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from fastnn import reference
from fastnn.compile.entries import layout
from fastnn.engine.memory import Memory
from fastnn.engine.parts import check
from fastnn.engine.plan.step import plan_step
from fastnn.engine.plan.types import data_type
from fastnn.engine.program import Pending, Unfit, by_sample
from fastnn.kernels import again as k
from fastnn.kernels import training as t
from fastnn.kernels.status import OK
from fastnn.model.runs import parts_of
from fastnn.support import buffers, numerics, room
from fastnn.support.blas import threads
from fastnn.support.repeated import counts_lie_as_read

_PATIENCE = 100
_SECONDS = 0.15  # between two plans: to make one takes 1.5 ms
_NAMES = {name: name for name in ("layers", "input_layer", "_linked", "loss", "forward", "prev",
                                  "inputs", "output", "weights", "biases", "dot", "_forced",
                                  "formula", "__setattr__")}


class Seen:
    """How often a model predicted few samples, and what is kept of that: no part of what it is."""

    def __init__(self) -> None:
        self._left, self._planned = _PATIENCE, -math.inf
        self._known: Any = None

    def __reduce__(self) -> Any:
        return Seen, ()

    def outputs(self, model: Any, X: Any) -> Any:
        """The outputs (N, O) of the model for an array X (N, I), if that is known; else None."""
        known = self._known
        if known is None or known.model is not model:
            return None
        if threads() != known.threads:  # digits of products may depend on it
            self._known = None
            return None
        outputs = np.empty(known.shape, known.dtype)
        with known.turn.lock:
            status = known.run(id(X), id(outputs))
        if status == OK:
            return outputs
        if status == k.CHANGED:
            self._known = None
        return None

    def one_more(self, model: Any, X: Any) -> None:
        """The objects have given the outputs for X."""
        self._left -= 1
        if self._left > 0:
            return
        self._left, now = _PATIENCE, time.monotonic()
        if now < self._planned + _SECONDS:
            return
        self._planned, self._known = now, None
        with suppress(Unfit):  # or it is still being compiled
            self._known = Known(model, X)


class Known:
    """A planned chain of a model. Unfit where there cannot be one."""

    def __init__(self, model: Any, X: Any) -> None:
        lies = layout()
        if lies is None or not buffers.COUNTS or not counts_lie_as_read(*lies[:2]):
            raise Unfit("reference counts do not lie as they are read")
        parts = parts_of(model)._replace(loss=None, combined=None, optimizer=None, accuracy=None)
        check(parts)
        if X.dtype != data_type(X.dtype, parts) or X.dtype is not np.dtype(X.dtype.type):
            raise Unfit("samples are converted first")
        stage, planned_for = room.empty(X.shape, X.dtype), threads()
        plan = plan_step(parts, by_sample(stage), None, len(X), Memory(None), True, exact=True)
        if plan.copies:
            raise Unfit("a layer leaves a copy")
        signature = k.predict_again.argument_types[0]
        if any([plan.awaited, plan.program.is_wished(), k.predict_again.is_wished(signature)]):
            raise Pending([])
        self.model, self.turn, self.threads = model, vars(model)["_turn"], planned_for
        self._arrays, last, places = _new_arrays(plan, stage)  # each is held once
        code, sections = _moved(plan, places, self._arrays)
        facts = _Facts(model, parts.layers, self._arrays, code)
        slots = facts.slots(model, plan, places, self._arrays)
        self.shape, self.dtype = self._arrays[last].shape, self._arrays[last].dtype
        self._keeps = stage, plan.program.owners, parts, facts.keeps
        told = np.array([*lies[:3], id(X.dtype), *X.shape, X.nbytes, room.address_of(stage),
                         room.address_of(self._arrays[last]), self._arrays[last].nbytes, 0],
                        np.int64)
        k.predict_again.ready(signature)
        self.run = partial(k.predict_again.refuses, code, sections, *facts.tables(slots), told)


def _new_arrays(plan, stage):
    """New arrays in the place of those that the plan would leave: to these nobody else refers.

    They, which of them is the output, and where they are, by the ids of the old ones.
    """
    old = {id(binding.value): binding.value for binding in plan.bindings}
    del old[id(stage)]
    places = {one: i for i, one in enumerate(old)}
    return ([np.empty(array.shape, array.dtype) for array in old.values()],
            places[id(plan.output.array)], places)


def _moved(plan, places, arrays):
    """(code, sections) of the plan, with the new arrays for the old."""
    code, sections = plan.program.assembled()
    moved = {room.address_of(binding.value): room.address_of(arrays[places[id(binding.value)]])
             for binding in plan.bindings if id(binding.value) in places}
    for place in _pointers(code):
        code[place] = moved.get(int(code[place]), code[place])
    return code, sections


def _pointers(code):
    """The places in a program where pointers begin."""
    for row in range(0, len(code), t.WORDS):
        first = row + t.POINTERS
        yield from range(first, first + 3 * int(code[row + t.COUNT]), 3)


class _Facts:
    """What a plan takes for granted, as rows for `kernels/again.py`."""

    def __init__(self, model, layers, arrays, code):
        self._rows, self._things = [], {}
        self.keeps = []
        self._of_model(model)
        self._has(np, "dot", np.dot)
        forced = vars(numerics)["_forced"]
        if numerics.has_own():  # what it stands for differs by thread
            raise Unfit("a thread has a precision of its own")
        self._has(numerics, "_forced", forced)
        before = model.input_layer
        for layer in layers:
            self._of_layer(layer, before)
            before = layer
        for kind in {type(layer): None for layer in layers}:
            self._of_class(kind)
        for i in range(len(arrays)):
            self._lies(arrays[i])
        self._are_planned_with(code)

    def slots(self, model, plan, places, arrays):
        """Where each array is left."""
        found = [(self._place(model.input_layer), id(_NAMES["output"]), 0)]
        for owner, name, value in plan.bindings:
            if name not in ("inputs", "output"):
                raise Unfit("a layer leaves more than its output")
            new = places.get(id(value))
            found.append((self._place(owner), id(_NAMES[name]),
                          0 if new is None else id(arrays[new])))
        return sorted(found, key=lambda slot: slot[k.VALUE])

    def tables(self, slots):
        """Facts, slots and things."""
        things = [(one, 0) for one in self._things]
        return [np.array(rows, np.int64) for rows in (self._rows, slots, things)]

    def _place(self, thing):
        self.keeps.append(thing)
        return self._things.setdefault(id(thing), len(self._things))

    def _say(self, kind, *words):
        self._rows.append((kind, *words, *[0] * (k.FACT_WORDS - 1 - len(words))))

    def _has(self, thing, name, value):
        self.keeps.append(value)
        self._say(k.HAS, self._place(thing), id(_NAMES[name]), id(value))

    def _are_planned_with(self, code):
        """Unfit where the program has other parameters: another thread may have changed them."""
        places = {int(code[place]) for place in _pointers(code)}
        if not {row[2] for row in self._rows if row[0] == k.ARRAY} <= places:
            raise Unfit("parameters have changed while they were planned with")

    def _lies(self, array):
        self._say(k.ARRAY, id(array), array.ctypes.data, *array.shape, id(array.dtype))

    def _of_class(self, kind):
        if type(kind) is not type:
            raise Unfit(f"{kind.__name__} has a metaclass")
        self._say(k.COUNTS, self._place(kind), len(vars(kind)))
        for name in "forward", "formula", "__setattr__":
            if hasattr(kind, name):
                self._is_given(kind, name)

    def _is_of(self, thing, kind):
        self.keeps.append(kind)
        self._say(k.CLASS, id(thing), id(kind))

    def _is_given(self, kind, name):
        found = getattr(kind, name)
        self.keeps += [kind, found]
        self._say(k.GIVES, id(kind), id(_NAMES[name]), id(found))

    def _of_model(self, model):
        own = vars(model)
        self._is_of(model, type(model))
        self._is_given(type(model), "forward")
        head = own["input_layer"]
        if type(head) is not reference.Layer_Input:
            raise Unfit("the head of the chain is somebody's own")
        self._is_of(head, type(head))
        self._of_class(type(head))
        for name in "layers", "input_layer", "_linked":
            self._has(model, name, own[name])
        self._has(model, "loss", own["_linked"][-1])
        self._say(k.LACKS, self._place(model), id(_NAMES["forward"]))
        layers = own["layers"]
        self._say(k.LISTS, id(layers), len(layers))
        for i, layer in enumerate(layers):
            self._say(k.ITEM, id(layers), i, id(layer))

    def _of_layer(self, layer, before):
        own = vars(layer)
        self._is_of(layer, type(layer))
        self._say(k.COUNTS, self._place(layer), len(own))
        self._say(k.LACKS, self._place(layer), id(_NAMES["forward"]))
        self._has(layer, "prev", before)
        for name in "weights", "biases":
            if name in own:
                array = own[name]
                if array.ndim != 2:
                    raise Unfit(f"{layer!r}.{name} are not of two axes")
                self._has(layer, name, array)
                self._lies(array)
