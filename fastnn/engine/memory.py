"""The memory that the programs of one run share: scratch, rates, results, optimizer state."""

from sys import getrefcount
from typing import Any

import numpy as np

from fastnn.engine.parts import parameters_of, update_of
from fastnn.engine.program import Unfit
from fastnn.kernels import instructions_updates as updates
from fastnn.kernels.training import N_RESULTS
from fastnn.support import room
from fastnn.support.numerics import FLOAT32, FLOAT64


class States:
    """The optimizer's state of each layer, under the book's names."""

    def __init__(self, optimizer):
        self.update = update_of(optimizer)
        self._found = {}

    def of(self, layer, parameter, values, gradient):
        """The arrays of the state of a layer's parameter, which has these values."""
        names, side = self.update.states, parameters_of(layer)[0].side
        missing = bool(names) and f"{side}_{names[-1]}" not in vars(layer)
        for name in [f"{parameter.side}_{name}" for name in names] if missing else ():
            if name not in vars(layer) and hasattr(layer, name):  # the book's `hasattr` finds it
                raise Unfit(f"{layer!r} has a {name} of its class")
        return [self._state(layer, f"{parameter.side}_{name}", values, gradient, missing)
                for name in names]

    def _state(self, layer, name, parameters, gradient, missing):
        if (id(layer), name) in self._found:
            return self._found[id(layer), name][2]
        dtype = np.result_type(parameters, gradient.dtype)
        if self.update.in_place:
            dtype = parameters.dtype
        if missing:
            state = room.result(parameters.shape, dtype)
            state[...] = 0
        else:
            state = vars(layer).get(name)
            if type(state) is not np.ndarray or state.shape != parameters.shape:
                raise Unfit(f"{layer!r}.{name} is not an array shaped like its parameters")
            if not np.can_cast(state.dtype, dtype) or state.dtype not in (FLOAT32, FLOAT64):
                raise Unfit(f"{layer!r}.{name} is {state.dtype}, where {dtype} goes on")
            state = self._writable(layer, name, dtype)
        self._found[id(layer), name] = layer, name, state
        return state

    def _writable(self, layer, name, dtype):
        """A copy, as others may see the state; the layer gets it in `hand_over`, as the run begins.

        What the book changes in place is changed in place in any case.
        """
        state = vars(layer)[name]
        if not self.update.in_place:
            return state.astype(dtype, order="C")
        if state.dtype != dtype or not (state.flags.c_contiguous and state.flags.writeable):
            raise Unfit(f"{layer!r}.{name} is not a plain array of {dtype} in C order")
        return state

    def references(self):
        """How often each state is referred to."""
        return [getrefcount(state) for *_, state in self._found.values()]

    def are_kept(self, before):
        """Whether more refer to a layer's state than `before`: then a run goes on with copies.

        The book makes a new array at each step, so what somebody keeps must not change. (But
        where it changes them in place.)
        """
        if before is None or self.update.in_place:
            return False
        return any(count > old and vars(layer).get(name) is state for count, old, (
            layer, name, state) in zip(self.references(), before, self._found.values()))

    def hand_over(self):
        """Give the layers their state: from the first step on it is theirs."""
        for layer, name, state in self._found.values():
            setattr(layer, name, state)


class Memory:
    """What the programs of one run share: scratch by name, rates, results, optimizer state."""

    def __init__(self, optimizer):
        self._arrays = {}
        self.results = room.full((N_RESULTS,), 0, np.float64)
        self.rates = room.full((updates.N_RATES,), 0, np.float64)
        self.states: Any = None  # States, where there is an optimizer
        if optimizer is not None:
            self.states = States(optimizer)
            self._read_rates(optimizer)

    def _read_rates(self, optimizer):
        rates = self.rates
        rates[updates.LEARNING_RATE] = optimizer.learning_rate
        rates[updates.DECAY] = optimizer.decay
        rates[updates.ITERATIONS] = optimizer.iterations
        rates[updates.CURRENT] = optimizer.current_learning_rate
        for place, name in enumerate(self.states.update.numbers, updates.NUMBERS):
            rates[place] = getattr(optimizer, name)

    def get(self, name, count, dtype):
        """Room for `count` elements, the same for the same name."""
        dtype = np.dtype(dtype)
        found = self._arrays.get((name, dtype))
        if found is None or found.size < count:
            found = self._arrays[name, dtype] = room.full((count,), 0, dtype)
        return found[:count]
