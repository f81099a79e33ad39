"""Model.predict: one sample at a time in a loop, and a million rows at once.

Against NumPy's classes, and against JAX, jitted, and onnxruntime where they are installed. The
network is the sine's, 1-64-64-1 in native float32, with its start weights: nobody's time depends on
them.
"""

from typing import Any

import numpy as np
import pytest
from rows import Row

import fastnn
from fastnn import reference
from fastnn.bench.loops import finished_model
from fastnn.bench.nets import Network
from fastnn.bench.workloads import FASHION, SINE, Workload

LOOPS = 1000  # predictions of one sample that are timed at once
MANY = 1_000_000


def model_of(nn: Any, workload: Workload) -> Any:
    """A finished Model that nobody has trained."""
    return finished_model(Network(workload, nn), nn, "epochs")


def parameters_of(model: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Copies of the weights and biases."""
    return [(weights.copy(), biases.copy()) for weights, biases in model.get_parameters()]


def in_numpy(model: Any) -> Any:
    """The same network in the book's classes, with the same numbers."""
    other = model_of(reference, SINE)
    other.set_parameters(parameters_of(model))
    return other.predict


def in_jax(model: Any) -> Any:
    """The same network as one jitted function; an array comes back, as from the others."""
    jax = pytest.importorskip("jax", reason='not installed: pip install ".[bench-peers]"')
    parameters = jax.device_put(parameters_of(model))

    @jax.jit
    def outputs(X):
        for weights, biases in parameters[:-1]:
            X = jax.nn.relu(X @ weights + biases)
        weights, biases = parameters[-1]
        return X @ weights + biases
    return lambda X: np.asarray(outputs(X))


def in_onnxruntime(model: Any) -> Any:
    """The same network as a graph, one thread."""
    onnx = pytest.importorskip("onnx", reason="not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="not installed")
    make, nodes, constants, name = onnx.helper, [], [], "X"
    parameters = parameters_of(model)
    for i, (weights, biases) in enumerate(parameters):
        constants += [onnx.numpy_helper.from_array(weights, f"w{i}"),
                      onnx.numpy_helper.from_array(biases[0], f"b{i}")]
        nodes.append(make.make_node("Gemm", [name, f"w{i}", f"b{i}"], [f"z{i}"]))
        name = f"z{i}"
        if i < len(parameters) - 1:
            nodes.append(make.make_node("Relu", [name], [f"a{i}"]))
            name = f"a{i}"
    kind = onnx.TensorProto.FLOAT
    graph = make.make_graph(
        nodes, "network", [make.make_tensor_value_info("X", kind, [None, SINE.widths[0]])],
        [make.make_tensor_value_info(name, kind, [None, SINE.widths[-1]])], constants)
    made = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    return lambda X: session.run(None, {"X": X})[0]


# Whom against, and how many times as fast as they at least, and wanted.
PEERS = {"NumPy": (in_numpy, 4, 8), "JAX, jitted": (in_jax, 3, 6),
         "onnxruntime": (in_onnxruntime, None, None)}


@pytest.mark.parametrize("peer", [
    pytest.param(name, marks=[pytest.mark.quick] * (name == "NumPy")) for name in PEERS])
def test_one_sample(peer, native_numpy, compare, smoke):
    make, floor, aim = PEERS[peer]
    model = model_of(fastnn, SINE)
    theirs = make(model)
    samples = [np.full((1, 1), x, np.float32) for x in np.linspace(0, 1, 2 if smoke else LOOPS)]
    for X in samples:
        np.testing.assert_allclose(model.predict(X), theirs(X), rtol=1e-5, atol=1e-6)

    def over(predict):
        for X in samples:
            predict(X)
    compare(lambda: over(model.predict), lambda: over(theirs), units=(len(samples),) * 2,
            row=Row("inference", "Model.predict of one sample, 1-64-64-1", theirs=peer,
                    unit="sample", floor=floor, aim=aim, headline=peer == "NumPy"))


@pytest.mark.parametrize("workload", [SINE, FASHION], ids=lambda one: one.name)
def test_many_rows(workload, native_numpy, compare, smoke):
    rows = 100 if smoke else MANY if workload is SINE else MANY // 20
    X = np.random.default_rng(0).uniform(0, 1, (rows, workload.widths[0])).astype(np.float32)
    model, theirs = model_of(fastnn, workload), model_of(reference, workload)
    theirs.set_parameters(parameters_of(model))
    np.testing.assert_allclose(model.predict(X[:1000]), theirs.predict(X[:1000]), rtol=1e-3,
                               atol=1e-5)
    products = sum(I * O for I, O in zip(workload.widths, workload.widths[1:], strict=False))
    compare(lambda: model.predict(X, batch_size=1000), lambda: theirs.predict(X, batch_size=1000),
            pairs=5,
            row=Row("inference", f"Model.predict of {rows:,} rows in batches of 1000, "
                    f"{'-'.join(map(str, workload.widths))}", theirs="NumPy",
                    flops=2 * rows * products, bytes=X.nbytes + 4 * rows * workload.widths[-1]))


@pytest.mark.parametrize("peer", [name for name in PEERS if name != "NumPy"])
def test_many_rows_elsewhere(peer, native_numpy, compare, smoke):
    rows = 100 if smoke else MANY
    X = np.random.default_rng(0).uniform(0, 1, (rows, SINE.widths[0])).astype(np.float32)
    model = model_of(fastnn, SINE)
    theirs = PEERS[peer][0](model)
    np.testing.assert_allclose(model.predict(X[:1000]), theirs(X[:1000]), rtol=1e-3, atol=1e-5)
    products = sum(I * O for I, O in zip(SINE.widths, SINE.widths[1:], strict=False))
    compare(lambda: model.predict(X, batch_size=1000), lambda: theirs(X), pairs=5,
            row=Row("inference", f"Model.predict of {rows:,} rows in batches of 1000, "
                    f"{'-'.join(map(str, SINE.widths))}", theirs=f"{peer}, all at once",
                    flops=2 * rows * products, bytes=X.nbytes + 4 * rows * SINE.widths[-1]))
