"""ONNX files, run by onnxruntime beside our own predictions."""

import io
import os
import sys

import numpy as np
import own_formulas
import pytest
from exported import model_of, moved, network, outputs, samples
from rosters import names_of

import fastnn
from fastnn import Activation, Activation_ReLU, Layer_Dense, Layer_Dropout
from fastnn.dialects import flat_biases, short_names
from fastnn.exports import export_onnx

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

CLOSE = {"f4": 3e-6, "f8": 1e-13}


def session_of(network, **options):
    """The file in onnxruntime, which has read nothing but its bytes."""
    file = io.BytesIO()
    export_onnx(network, file, **options)
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 3
    return onnxruntime.InferenceSession(file.getvalue(), quiet)


def assert_predicts(layers, X, dtype="f4"):
    with np.errstate(all="ignore"):
        expected = outputs(layers, X)
        (got,) = session_of(layers).run(None, {"input": X})
    assert got.dtype == expected.dtype == dtype and got.shape == expected.shape
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=1)
    assert np.allclose(got, expected, rtol=CLOSE[dtype], atol=CLOSE[dtype] * scale, equal_nan=True)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", names_of("layer", "Activation_"))
def test_every_activation(name, dtype):
    """Also of numbers beyond all exponentials, and of those that are none."""
    X = samples(dtype)
    X[0, 0], X[1, 1], X[2] = np.nan, np.inf, X[2] * 1e4
    assert_predicts(network(getattr(fastnn, f"Activation_{name}")(), dtype), X, dtype)
    layers = moved([Layer_Dense(5, 5), getattr(fastnn, f"Activation_{name}")()], dtype)
    layers[0].weights[...], layers[0].biases[...] = np.eye(5), 0
    assert_predicts(layers, samples(dtype), dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n", range(8))
def test_every_operation_that_formulas_may_use(n, dtype):
    with own_formulas.forgotten():
        kind = own_formulas.activations()[n]
        X = samples(dtype)
        X[0, 0] = np.nan
        assert_predicts(moved([Layer_Dense(5, 4), kind(), Layer_Dense(4, 2)], dtype), X, dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_comparison_at_its_edge(dtype):
    with own_formulas.forgotten():
        class OwnEdges(Activation):
            def formula(inputs):
                x = 64.0 * np.maximum(inputs, 1) + 512.0 * np.sign(inputs) * inputs
                for n, truth in enumerate((inputs < 1, inputs <= 1, inputs > 1, inputs >= 1,
                                           inputs == 1, inputs != 1)):
                    x = x + 2.0**n * (0 * inputs + truth)
                return x

            def slope(dvalues, inputs):
                return dvalues * (np.where(inputs > 1, 64.0, 0 * inputs) + 512.0 * np.sign(inputs))

        layers = moved([Layer_Dense(5, 5), OwnEdges()], dtype)
        layers[0].weights[...], layers[0].biases[...] = np.eye(5), 0
        X = np.array([[-1, 0, 1, 2, 3]], dtype)
        (got,) = session_of(layers).run(None, {"input": X})
        assert np.array_equal(got, outputs(layers, X)) and len(set(got[0])) == 5


def test_options_are_those_of_the_object():
    with own_formulas.forgotten():
        OwnOptions = own_formulas.activations()[6]
        for options in {}, {"out": 0}, {"out": False, "i": -1.5}, {"v3": 2, "O": -0.25}:
            assert_predicts(moved([Layer_Dense(5, 4), OwnOptions(**options)]), samples())
    assert_predicts(moved([Layer_Dense(5, 4), fastnn.Activation_LeakyReLU(-0.3)]), samples())
    changed = fastnn.Activation_ELU()
    changed.alpha = 0.37
    assert_predicts(moved([Layer_Dense(5, 4), changed]), samples())


def test_a_formula_that_is_a_number():
    with own_formulas.forgotten():
        class OwnSwitch(Activation):
            def formula(inputs, on=1):
                return np.where(on, inputs, 2.0)

            def slope(dvalues, inputs, on):
                return np.where(on, dvalues, 0.0)

        assert_predicts(moved([Layer_Dense(5, 4), OwnSwitch(0)]), samples())
        assert_predicts(moved([Layer_Dense(5, 4), OwnSwitch(1)]), samples())


def test_options_that_the_formula_cannot_be_computed_with(tmp_path):
    with own_formulas.forgotten():
        class OwnPower(Activation):
            def formula(inputs, beta=2.0):
                return inputs * beta ** -1

            def slope(dvalues, inputs, beta):
                return dvalues * beta ** -1

        with pytest.raises(ValueError, match="ownpower1: the formula of OwnPower cannot be comput"):
            export_onnx(moved([Layer_Dense(5, 4), OwnPower(0.0)]), tmp_path / "f.onnx")
    assert not os.listdir(tmp_path)


def test_a_model_and_the_opset(tmp_path):
    layers = network()
    model, path, X = model_of(layers), tmp_path / "model.onnx", samples()
    export_onnx(model, path)
    session = onnxruntime.InferenceSession(str(path))
    for N in 1, 9:
        (got,) = session.run(None, {"input": X[:N]})
        assert np.allclose(got, model.predict(X[:N]), rtol=1e-5, atol=1e-7)
    assert os.listdir(tmp_path) == ["model.onnx"]
    written = onnx.load(path)
    assert [(one.domain, one.version) for one in written.opset_import] == [("", 17)]
    assert written.ir_version == 8 and written.producer_name == "fastnn"
    assert {one.name: tuple(one.dims) for one in written.graph.initializer} == {
        "dense1.weights": (5, 7), "dense1.biases": (7,), "dense2.weights": (7, 4),
        "dense2.biases": (4,), "dense3.weights": (4, 3), "dense3.biases": (3,),
        **{f"batchnorm1.{name}": (7,) for name in (
            "weights", "biases", "running_mean", "running_variance")}}
    assert "Dropout" not in {node.op_type for node in written.graph.node}
    (shown,) = session.get_inputs()
    assert (shown.name, shown.shape, shown.type) == ("input", ["N", 5], "tensor(float)")
    assert session.get_outputs()[0].shape == ["N", 3]


def test_names_that_are_asked_for():
    session = session_of(network(), input_name="pixels", output_name="classes")
    assert [one.name for one in session.get_inputs()] == ["pixels"]
    assert [one.name for one in session.get_outputs()] == ["classes"]
    for wrong in ({"input_name": ""}, {"output_name": 3}, {"input_name": "a.b"},
                  {"input_name": "x", "output_name": "x"}):
        with pytest.raises(ValueError, match="export_onnx: input_name|export_onnx: output_name"):
            export_onnx(network(), io.BytesIO(), **wrong)


def test_the_softmax_with_its_loss_is_a_softmax():
    layers = network()[:-1]
    combined = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    (got,) = session_of([*layers, combined]).run(None, {"input": samples()})
    assert np.allclose(got, outputs([*layers, fastnn.Activation_Softmax()], samples()), atol=1e-6)


@pytest.mark.parametrize("layers", [
    lambda: [Layer_Dense(5, 3)],
    lambda: [Layer_Dropout(0.1), Layer_Dense(5, 3), Layer_Dropout(0.1)],
    lambda: [fastnn.Activation_Linear(), fastnn.Layer_BatchNorm(5), fastnn.Activation_Linear()],
    lambda: [Activation_ReLU(), Layer_Dense(5, 1)],
    lambda: [flat_biases.Layer_Dense(5, 3), flat_biases.Activation_ReLU()],
    lambda: [short_names.Dense(5, 3), short_names.ReLU()]])
def test_small_networks_and_dialects(layers):
    assert_predicts(moved(layers()), samples())


def test_types_are_not_mixed_silently():
    layers = moved([Layer_Dense(5, 4), Layer_Dense(4, 3)])
    layers[1].weights = layers[1].weights.astype("f8")
    assert session_of(layers).get_inputs()[0].type == "tensor(double)"
    layers[1].weights = layers[1].weights.astype("f2")
    with pytest.raises(TypeError, match="export_onnx: dense2: weights must be float32 or float64, "
                                        "got float16"):
        export_onnx(layers, io.BytesIO())


class Doubled(Activation_ReLU):
    def forward(self, inputs, training=True):
        super().forward(2 * inputs, training)


class Own:
    def forward(self, inputs, training=True):
        self.output = inputs


def replaced():
    layer = Activation_ReLU()
    layer.formula = np.abs
    return layer


@pytest.mark.parametrize("layer, name, why", [
    (Doubled, "relu1, a Doubled", "Doubled has its own forward"),
    (Own, "own1, an Own", "Own is not one of fastnn's classes"),
    (replaced, "relu1, an Activation_ReLU", "Activation_ReLU has its own formula")])
def test_what_onnx_has_nothing_for_is_named_before_a_file_is_written(layer, name, why, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"the old one")
    with pytest.raises(TypeError) as error:
        export_onnx(moved([Layer_Dense(5, 3), layer()]), path)
    assert str(error.value) == (f"export_onnx: {name}, has nothing in ONNX that does the same: "
                                f"{why}")
    assert os.listdir(tmp_path) == ["model.onnx"] and path.read_bytes() == b"the old one"


def unfit():
    layer = Layer_Dense(5, 4)
    layer.biases = np.zeros((1, 3))
    return [layer]


@pytest.mark.parametrize("network, message", [
    (lambda: [Layer_Dense(5, 4), Layer_Dense(3, 2)], r"weights \(3, 2\) cannot follow \(5, 4\)"),
    (lambda: [Activation_ReLU()], "no layer with parameters"), (lambda: [], "must be a Model or"),
    (lambda: None, "must be a Model or"), (unfit, r"dense1: biases must be \(1, 4\), got")])
def test_networks_that_are_none(network, message):
    file = io.BytesIO()
    with pytest.raises((TypeError, ValueError), match=f"export_onnx: .*{message}"):
        export_onnx(network(), file)
    assert not file.getvalue()


def test_places_that_cannot_be_written_to(tmp_path):
    layers = network()
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        export_onnx(layers, tmp_path / "missing" / "model.onnx")
    with pytest.raises(OSError, match="not a regular file"):
        export_onnx(layers, tmp_path)
    with pytest.raises(FileNotFoundError, match="the path is empty"):
        export_onnx(layers, "")
    for wrong in 3.5, None, [tmp_path]:
        with pytest.raises(TypeError, match="export_onnx: the path must be text"):
            export_onnx(layers, wrong)
    with pytest.raises(TypeError, match="export_onnx: the file must be open for bytes"):
        export_onnx(layers, io.StringIO())


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.onnx").write_bytes(b"old")
    (tmp_path / "link.onnx").symlink_to("real.onnx")
    export_onnx(network(), tmp_path / "link.onnx")
    assert (tmp_path / "link.onnx").is_symlink()
    onnx.checker.check_model(onnx.load(tmp_path / "real.onnx"))


def test_nothing_of_the_network_changes():
    layers = network()
    before = [dict(vars(layer)) for layer in layers]
    export_onnx(layers, io.BytesIO())
    for layer, held in zip(layers, before):
        assert vars(layer).keys() == held.keys()
        assert all(vars(layer)[name] is value for name, value in held.items())


def test_without_onnx_there_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match="^export_onnx writes files with onnx, which is not "
                                          "installed: pip install onnx$"):
        export_onnx(network(), io.BytesIO())


def test_parameters_beyond_protobuf_are_refused(monkeypatch):
    from fastnn.exports import onnx_file
    monkeypatch.setattr(onnx_file, "_MOST", 100)
    with pytest.raises(ValueError, match="more than the 2 GB of an ONNX file"):
        export_onnx(network(), io.BytesIO())
