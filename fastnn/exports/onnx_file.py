"""What a network predicts as a graph of ONNX, which other programs run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.activations import (
    Activation_LeakyReLU,
    Activation_Linear,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Softmax,
)
from fastnn.activations.formula import Elementwise
from fastnn.engine.kinds import entry_of
from fastnn.engine.program import Unfit
from fastnn.exports import chain
from fastnn.exports.onnx_formulas import write_formula
from fastnn.exports.onnx_graph import OPSET, Graph, Tensor
from fastnn.files.names import Named, named
from fastnn.layers import Layer_BatchNorm, Layer_Dense, Layer_Dropout
from fastnn.registry import ours_of
from fastnn.support import checks

if TYPE_CHECKING:
    from typing import BinaryIO

    from fastnn.kernels.formula import Compiled
    from fastnn.support.annotations import FilePath, Layer

_WHO = "export_onnx"
_MOST = (1 << 31) - (1 << 20)  # bytes that a message of protobuf holds, and room for names
_FORWARD = ("forward", "formula")
# Where ONNX has a word for a formula of ours: readers know how to do it well. Numbers that are none
# come through all of them. The formula says the same, and others take it in float64.
_WORDS: dict[type, str] = {
    Activation_ReLU: "Relu", Activation_Sigmoid: "Sigmoid",
    Activation_LeakyReLU: "LeakyRelu"}
_FLOAT32_ALONE = {"LeakyRelu"}


def export_onnx(network: Any, file: FilePath | BinaryIO, *, input_name: str = "input",
                output_name: str = "output") -> None:
    """Write what a network predicts to an ONNX file of opset 17.

        export_onnx(model, "model.onnx")
        session = onnxruntime.InferenceSession("model.onnx")
        (outputs,) = session.run(None, {"input": X})        # model.predict(X), but for rounding

    Parameters
    ----------
    network : a Model, or a list of layers
        A list may end in `Activation_Softmax_Loss_CategoricalCrossentropy`: it is its softmax.
    file : where to, or an open binary file; a path's file appears whole or not at all
    input_name, output_name : of the input (N, I) and the output (N, O); N is left open

    All is of the type that the parameters are of, float32 or float64, and so the input has to be.
    Every layer of fastnn's is written as it predicts: dropout does nothing, batch normalization
    goes by its running values. An activation that is a formula, also of your own, is written
    operation by operation. Initializers are named `dense1.weights` and so on.

    Raises TypeError for a layer that ONNX has nothing for, one of your own that is no formula or
    has its own `forward`, and names it; ValueError for parameters that do not fit each other or
    are too large for one file (2 GB); ImportError without onnx. No file is written then.

    Source: the ONNX specification.  Differs: not in the book.
    """
    for word, name in ("input_name", input_name), ("output_name", output_name):
        if not isinstance(name, str) or not name or "." in name:
            raise ValueError(f"{_WHO}: {word} must be a name without dots, got "
                             f"{checks.shown(name)}")
    if input_name == output_name:
        raise ValueError(f"{_WHO}: input_name and output_name must differ, got {input_name!r} for "
                         "both")
    onnx = _library()
    layers = [Named(name, ours_of(layer)) for name, layer in named(network, _WHO)]
    ways = [_way(name, layer) for name, layer in layers]
    arrays = chain.held(layers, _WHO)
    dtype = np.result_type(*arrays.values())
    if sum(array.size for array in arrays.values()) * dtype.itemsize > _MOST:
        raise ValueError(f"{_WHO}: the parameters take more than the 2 GB of an ONNX file")
    graph, first = Graph(onnx, dtype), Tensor(input_name)
    last = first
    for (name, layer), way in zip(layers, ways):
        graph.layer = name
        last = way(graph, layer, last)
    graph.named(last, output_name, first)
    model = graph.model((input_name, output_name), chain.sides(layers), {"opset": str(OPSET)})
    chain.land(file, model.SerializeToString(), _WHO)


def _library() -> Any:
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ImportError(f"{_WHO} writes files with onnx, which is not installed: "
                          "pip install onnx") from None
    return onnx


_Way = Callable[[Graph, Any, Tensor], Tensor]


def _way(name: str, layer: Layer) -> _Way:
    """The function that writes a layer: of the graph, the layer and what goes into it."""
    cannot = (f"{_WHO}: {name}, {checks.a_thing_of(type(layer).__name__)}, has nothing in ONNX "
              "that does the same")
    try:
        entry = entry_of(layer, "layer", _FORWARD)
    except Unfit as reason:
        raise TypeError(f"{cannot}: {reason}") from None
    if isinstance(entry.compiled, Elementwise):
        return _activation(name, entry.kind, entry.compiled.forward)
    way = _WAYS.get(entry.kind)
    if way is None:
        raise TypeError(f"{cannot}: fastnn writes no {entry.kind.__name__}")
    return way


def _dense(graph: Graph, layer: Layer, x: Tensor) -> Tensor:
    """x @ weights + biases"""
    return graph.node("Gemm", x, graph.array("weights", layer.weights),
                      graph.array("biases", layer.biases.reshape(-1)))


def _batch_norm(graph: Graph, layer: Layer, x: Tensor) -> Tensor:
    """weights (x - running mean) / sqrt(running variance + epsilon) + biases"""
    weights, biases, mean, variance = [
        graph.array(name, getattr(layer, name).reshape(-1)) for name in (
            "weights", "biases", "running_mean", "running_variance")]
    if graph.dtype == np.float32:
        return graph.node("BatchNormalization", x, weights, biases, mean, variance,
                          epsilon=float(layer.epsilon))
    # An epsilon beside a node is float32, and would be another number.
    deviation = graph.node("Sqrt", graph.node("Add", variance, graph.number(layer.epsilon)))
    normalized = graph.node("Div", graph.node("Sub", x, mean), deviation)
    return graph.node("Add", graph.node("Mul", normalized, weights), biases)


def _softmax(graph: Graph, layer: Layer, x: Tensor) -> Tensor:
    """exp(x - max) / sum, along the rows"""
    return graph.node("Softmax", x, axis=-1)


def _same(graph: Graph, layer: Layer, x: Tensor) -> Tensor:
    """x itself: the identity, and dropout while predicting."""
    return x


_WAYS: dict[type, _Way] = {
    Layer_Dense: _dense, Layer_BatchNorm: _batch_norm, Activation_Softmax: _softmax,
    Activation_Linear: _same, Layer_Dropout: _same}


def _activation(name: str, kind: type, compiled: Compiled) -> _Way:
    """An activation by its word, where there is one, or by its formula."""
    def write(graph: Graph, layer: Layer, x: Tensor) -> Tensor:
        options: dict[str, Any] = {name: float(getattr(layer, name)) for name in compiled.options}
        word = _WORDS.get(kind)
        if word is not None and not (word in _FLOAT32_ALONE and graph.dtype == np.float64):
            return graph.node(word, x, **options)
        try:
            return write_formula(graph, compiled.formula, x, options)
        except (ArithmeticError, TypeError) as error:
            raise ValueError(f"{_WHO}: {name}: the formula of {kind.__name__} cannot be computed "
                             f"with {checks.shown(options)} ({error})") from None
    return write
