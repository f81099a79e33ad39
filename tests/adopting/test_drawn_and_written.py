"""What reads a network and trains nothing takes objects of adopted classes, with their names."""

import numpy as np
import pytest
from beside import HEAD
from programs_of_classes import load

import fastnn

OWN = HEAD + '''
class FullyConnected:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out)
        self.b = np.zeros((1, n_out))
    def forward(self, x):
        self.x = x
        self.out = np.dot(x, self.w) + self.b
    def backward(self, grad):
        self.dw = np.dot(self.x.T, grad)
        self.db = np.sum(grad, axis=0, keepdims=True)
        self.dx = np.dot(grad, self.w.T)
class Rectifier:
    def forward(self, x):
        self.x = x
        self.out = np.maximum(0, x)
    def backward(self, grad):
        self.dx = grad.copy()
        self.dx[self.x <= 0] = 0
'''
X = np.random.default_rng(0).normal(size=(12, 2)).astype("f4")
y = np.arange(12) % 3


@pytest.fixture
def networks():
    """One of adopted classes, and one of ours with its arrays."""
    own = load(OWN)
    adoption = fastnn.adopt(own)
    assert set(adoption.adopted) == {"FullyConnected", "Rectifier"}
    theirs = [own.FullyConnected(2, 5), own.Rectifier(), own.FullyConnected(5, 3)]
    ours = [fastnn.Layer_Dense(2, 5), fastnn.Activation_ReLU(), fastnn.Layer_Dense(5, 3)]
    for one, other in (theirs[0], ours[0]), (theirs[2], ours[2]):
        other.weights, other.biases = one.w.copy(), one.b.copy()
    yield theirs, ours
    adoption.undo()


def test_plots_draw_them(networks):
    matplotlib = pytest.importorskip("matplotlib", reason="the pictures need matplotlib")
    matplotlib.use("Agg")
    from fastnn import plots

    theirs, ours = networks
    before = [dict(vars(one)) for one in theirs]
    planes = [plots.decision_boundary(one, X, y, steps=9).get_images()[0].get_array()
              for one in networks]
    assert np.array_equal(*planes)
    images = [[axes.get_images()[0].get_array() for axes in plots.weights(one)]
              for one in networks]
    assert len(images[0]) == 2 and all(map(np.array_equal, *images))
    assert len(plots.weights(theirs[0])) == 1
    bars = [[[bar.get_height() for bar in axes.patches] for axes in plots.activations(one, X)]
            for one in networks]
    assert bars[0] == bars[1]
    assert plots.activations(theirs, X)[0].get_title() == "FullyConnected"
    assert [vars(one).keys() for one in theirs] == [one.keys() for one in before]


def test_exports_write_them(networks, tmp_path):
    pytest.importorskip("safetensors", reason="the file is written by safetensors")
    onnx = pytest.importorskip("onnx", reason="the file is written by onnx")
    from fastnn.exports import export_onnx, load_safetensors, save_safetensors

    save_safetensors(networks[0], tmp_path / "own.safetensors")
    read = load_safetensors(tmp_path / "own.safetensors")
    assert [type(one) for one in read] == [type(one) for one in networks[1]]
    assert np.array_equal(read[2].weights, networks[0][2].w)
    for name, network in zip(("own", "ours"), networks, strict=True):
        export_onnx(network, tmp_path / name)
    own, ours = (onnx.load(tmp_path / name).graph for name in ("own", "ours"))
    assert [node.op_type for node in own.node] == [node.op_type for node in ours.node]
    assert sorted(one.raw_data for one in own.initializer) == sorted(
        one.raw_data for one in ours.initializer)
