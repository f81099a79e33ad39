"""A graph of ONNX that is being written: nodes, constants, and the type that all is computed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from fastnn.support.annotations import Array

OPSET, IR_VERSION = 17, 8  # of 2022: what reads ONNX at all reads these


class Tensor(NamedTuple):
    """A value of the graph, by its name: numbers or, is_truth, truth values."""

    name: str
    is_truth: bool = False


class Graph:
    """What is written so far.

    onnx: the module. dtype: float32 or float64. `layer` is the name of the layer that is being
    written, and the first word of the names that are made.
    """

    def __init__(self, onnx: Any, dtype: np.dtype[Any]) -> None:
        self.dtype, self.layer = dtype, ""
        self._onnx, self._count = onnx, 0
        self._nodes: list[Any] = []
        self._arrays: dict[str, Array] = {}

    def node(self, operator: str, *inputs: Tensor, is_truth: bool = False,
             **attributes: Any) -> Tensor:
        """Write a node; what comes out of it."""
        self._count += 1
        name = f"{self.layer}.{operator.lower()}{self._count}"
        self._nodes.append(self._onnx.helper.make_node(
            operator, [tensor.name for tensor in inputs], [name], name=name, **attributes))
        return Tensor(name, is_truth)

    def array(self, name: str, value: Array) -> Tensor:
        """An array of the current layer, in the graph's type."""
        return self._kept(f"{self.layer}.{name}", np.asarray(value, self.dtype))

    def number(self, value: Any) -> Tensor:
        """A number in the graph's type, or a truth value; the same one is kept once."""
        if isinstance(value, bool | np.bool_):
            return self._kept(f"constant.{bool(value)}", np.asarray(value, np.bool_), True)
        made = np.asarray(value, self.dtype)
        return self._kept(f"constant.{made}", made)

    def _kept(self, name: str, value: Array, is_truth: bool = False) -> Tensor:
        self._arrays[name] = value
        return Tensor(name, is_truth)

    def cast(self, truth: Tensor) -> Tensor:
        """A truth value as 0 or 1."""
        return self.node("Cast", truth, to=self._onnx.helper.np_dtype_to_tensor_dtype(self.dtype))

    def model(self, names: tuple[str, str], sides: tuple[int, int],
              about: Mapping[str, str]) -> Any:
        """The whole as ONNX's ModelProto, checked by onnx itself.

        names, sides: of what goes in and comes out, and how many columns it has.
        """
        helper = self._onnx.helper
        kind = helper.np_dtype_to_tensor_dtype(self.dtype)
        shown = [helper.make_tensor_value_info(name, kind, ["N", side])
                 for name, side in zip(names, sides)]
        graph = helper.make_graph(
            self._nodes, "network", shown[:1], shown[1:],
            [self._onnx.numpy_helper.from_array(value, key) for key, value in self._arrays.items()])
        model = helper.make_model(graph, producer_name="fastnn", ir_version=IR_VERSION,
                                  opset_imports=[helper.make_opsetid("", OPSET)])
        helper.set_model_props(model, dict(about))
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def named(self, tensor: Tensor, name: str, inputs: Tensor) -> None:
        """Give this name to what comes out in the end; inputs: what went in."""
        if not self._nodes or tensor == inputs or tensor.name != self._nodes[-1].output[0]:
            self.node("Identity", tensor)
        self._nodes[-1].output[0] = name
