"""Layers whose methods are compiled functions of columns: one class for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastnn import reference, registry
from fastnn.kernels.by_columns import ByColumns
from fastnn.support import arrays, checks, reprs, rules
from fastnn.support.buffers import empty as _empty
from fastnn.support.reprs import Method

if TYPE_CHECKING:
    from fastnn.support.annotations import Array, ArrayLike

_array = np.ndarray


class OfColumns(NamedTuple):
    """The two functions of a layer of columns, whose arguments are called as its attributes are.

    forward(inputs, training, ...) makes `output`, and with training what else is kept for
    backward(dvalues, ...), which makes `dweights`, `dbiases` and `dinputs`.
    """

    forward: ByColumns
    backward: ByColumns


def of_columns(forward: ByColumns, backward: ByColumns, **settings: rules.Rule) -> Any:
    """Register a ColumnLayer that these functions do; settings: the numbers that it has."""
    def wrap(kind: Any) -> Any:
        kind._functions = OfColumns(forward, backward)
        made = registry.register(
            "layer", compiled=kind._functions, settings=settings,
            options={"trainable": rules.answer},
            parameters=(registry.Parameter("weights", "weight"),
                        registry.Parameter("biases", "bias")),
            columns=tuple(array.name for array in forward.arrays if array.mark == "+"),
            passing=tuple(name for name in forward.results if name != "output"))
        return made(kind)
    return wrap


if TYPE_CHECKING:
    class Twin(reference._Trainable):
        """What stands behind: the twin in plain NumPy."""

        inputs: Array
        output: Array
        dinputs: Array
        dweights: Array
        dbiases: Array

        def forward(self, inputs: Any, training: bool = True) -> None:
            """Set `output`."""

        def backward(self, dvalues: Any) -> None:
            """Set `dinputs` and the like."""
else:
    Twin = object


class ColumnLayer(Twin):
    """A layer with weights and biases (1, O), and what its functions change in place.

    A class is derived from this one and then from its twin in plain NumPy, which does what the
    kernels do not take; `of_columns` is told its functions.
    """

    __repr__ = reprs.constructed
    _functions: Any = None

    @property
    def n_inputs(self) -> int:
        """O, the columns."""
        return self.weights.shape[1]

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output` (N, O); with `training` what backward needs, and what is kept, too.

        Without, one sample (O,) is taken as well: its output is (1, O).
        """
        if not self._compute(inputs, training):
            inputs = self._forward_carefully(inputs, training)
        self.inputs = inputs  # type: ignore[assignment]  # an array by now

    def _forward_carefully(self, given: Any, training: bool) -> Any:
        """What to remember of the inputs."""
        who = Method(self, "forward")
        columns = self._checked(who, training)
        inputs = checks.array(given, who, "inputs")
        if not training:  # of one sample there is no mean to train with
            inputs = checks.one_as_batch(inputs, columns)
        inputs = checks.batch(inputs, who, "inputs", columns, ". Check n_inputs.")
        # Columns that lie together are summed in another order.
        if not (inputs.flags.c_contiguous and self._compute(arrays.tidy(inputs), training)):
            with checks.unchanged_on_error(self):
                super().forward(inputs, training)
        return arrays.kept(given, inputs)

    def _compute(self, inputs: Any, training: bool) -> Any:
        """Forward by the kernel; whether it took these."""
        function = self._functions.forward
        made = self._made(function, inputs, 1.0 if training else 0.0)
        if made is None:
            return False
        for name, value in zip(function.results, made):
            if training or name == "output":
                setattr(self, name, value)
        return True

    def backward(self, dvalues: ArrayLike) -> None:
        """Set `dweights`, `dbiases` and `dinputs` from dvalues (N, O)."""
        if self._slope(dvalues):
            return
        who, first = Method(self, "backward"), self._functions.backward.held[0]
        kept = checks.array(checks.before(self, first, who, "forward with training"), who, first)
        dvalues = checks.like(dvalues, kept.shape, who, "dvalues", "the output")
        columns = self._checked(who, False)
        for name, mark, rows in self._functions.backward.arrays:
            if not mark:
                shape = (len(dvalues) if rows == "N" else int(rows), columns)
                held = checks.before(self, name, who, "forward with training")
                checks.like(held, shape, who, name, "what forward made")
        if not (dvalues.flags.c_contiguous and self._slope(arrays.tidy(dvalues))):
            with checks.unchanged_on_error(self):
                super().backward(dvalues)

    def _slope(self, dvalues: Any) -> Any:
        """Backward by the kernel; whether it took these."""
        function = self._functions.backward
        made = self._made(function, dvalues)
        if made is None:
            return False
        for name, value in zip(function.results, made):
            setattr(self, name, value)
        return True

    def _made(self, function: Any, given: Any, *told: Any) -> Any:
        """What the kernel makes, results first; None where it does not take these."""
        values = [getattr(self, name, None) for name in function.held]
        if type(given) is not _array or given.ndim != 2 or [*map(type, values)] != function.types:
            return None
        shape, dtype = given.shape, given.dtype
        made = [np.empty((rows, shape[1]), dtype) if rows else _empty(shape, dtype)
                for rows in function.rows]
        return None if function.kernel.refuses(given, *told, *values, *made) else made

    def _checked(self, who: object, training: bool) -> Any:
        """O, after a look at all that is held."""
        shape = np.shape(checks.own_array(self, "weights", who, "biuf"))
        if len(shape) != 2 or shape[0] != 1 or not shape[1]:
            raise ValueError(f"{who}: weights must be (1, O), got {shape}")
        entry: Any = registry.entry_of(type(self))
        for name in ("biases", *entry.columns):
            checks.like(checks.own_array(self, name, who, "biuf"), shape, who, name, "the weights")
            if training and name in entry.columns:
                checks.changeable(self, name, who)
        for name, rule in entry.settings.items():
            rules.scalar(self, name, who, rule)
        return shape[1]
