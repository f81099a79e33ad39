"""What all activations do: the kernel first, and where it refuses the careful way (`layers`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastnn.support import arrays, checks, reprs

if TYPE_CHECKING:
    from fastnn.support.annotations import Array, ArrayLike


class Careful:
    """Forward for all activations, and their careful way.

    `_compute(inputs)` and `_slope(dvalues, *kept)` are the kernels' part: what they make of
    np.ndarrays, or None. `_kept`: the attributes that the way back reads, all of one shape.
    """

    __repr__ = reprs.constructed

    inputs: Array
    output: Array
    dinputs: Array
    _kept: tuple[str, ...] = ("inputs",)
    _compute: Any = None
    _slope: Any = None

    def forward(self, inputs: ArrayLike, training: bool = True) -> None:
        """Set `output`. `training` makes no difference."""
        output = self._compute(inputs)
        if output is None:
            inputs, output = self._forward_carefully(inputs)
        self.inputs = inputs  # type: ignore[assignment]  # an array by now
        self.output = output

    forward.__qualname__ = "Activation.forward"  # Python's own words where the () was forgotten

    def _forward_carefully(self, given: Any) -> tuple[Array, Array]:
        """What to remember of the inputs, and the output."""
        who = f"{type(self).__name__}.forward"
        inputs = self._checked(given, who)
        output = self._tidily(inputs)
        if output is None:
            with checks.unchanged_on_error(self):
                self._by_numpy("forward", inputs)
            output = self.output
        return arrays.kept(given, inputs), output

    def _by_numpy(self, method: str, array: Any) -> None:
        getattr(super(), method)(array)

    def _checked(self, inputs: Any, who: str) -> Array:
        return checks.any_batch(inputs, who, "inputs")

    def _tidily(self, inputs: Any) -> Any:
        return self._compute and arrays.alike(self._compute, inputs)

    def _backward_carefully(self, dvalues: Any) -> None:
        """Set dinputs."""
        who = f"{type(self).__name__}.backward"
        first, *others = self._kept
        kept = [checks.array(checks.before(self, first, who, "forward"), who, first)]
        kept += [checks.like(checks.before(self, name, who, "forward"), kept[0].shape, who, name,
                             f"its {first}") for name in others]
        dvalues = checks.like(dvalues, kept[0].shape, who, "dvalues", f"its {first}")
        dinputs = self._slope_tidily(dvalues, *kept)
        if dinputs is None:
            dinputs = self._slope_by_numpy(dvalues, kept)
        self.dinputs = dinputs

    def _slope_by_numpy(self, dvalues: Any, kept: Any) -> Any:
        with checks.unchanged_on_error(self):
            before = [getattr(self, name) for name in self._kept]
            for name, value in zip(self._kept, kept):  # what was made of them
                setattr(self, name, value)
            self._by_numpy("backward", dvalues)
            for name, value in zip(self._kept, before):
                setattr(self, name, value)
        return self.dinputs

    def _slope_tidily(self, dvalues: Any, *kept: Any) -> Any:
        return self._slope and arrays.alike(self._slope, dvalues, *kept)
