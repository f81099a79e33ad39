"""Loops over classes that are derived from those of another file, which were adopted before them,
in a Model that is given its validation data as one tuple.
"""

import subprocess
import sys

import pytest
from both_ways import changed
from newcomers import SPIRAL

CLASSES = SPIRAL.partition("class Affine")[2].partition("# ADOPT")[0]
BASE = f"import numpy as np\n\nclass Affine{CLASSES}"
MODEL = '''\
import numpy as np
from base_of_derived import *

class Dense(Affine):
    def __init__(self, n, m, l2=0.):
        super().__init__(n, m)
        self.l2 = l2
    def backward(self, g):
        super().backward(g)
        if self.l2 > 0: self.gw += 2 * self.l2 * self.w
        return self.gz

class Model:
    def __init__(self, *layers):
        self.layers, self.head, self.rule = list(layers), Head(), Moments(0.02)
        self.losses, self.found = [], []
    def forward(self, X):
        for layer in self.layers:
            X = layer.forward(X)
        return X
    def look(self, X, y):
        return self.head.forward(self.forward(X), y)
    def train(self, X, y, turns, validation_data):
        for turn in range(turns):
            loss = self.look(X, y)
            self.losses.append(loss)
            g = self.head.backward()
            for layer in reversed(self.layers):
                g = layer.backward(g)
            self.rule.before()
            for layer in self.layers:
                if hasattr(layer, 'w'): self.rule.change(layer)
            self.rule.after()
            found = self.look(*validation_data)
            self.found.append(found)
            if turn % 40 == 0: print(turn, repr(loss), repr(found))

np.random.seed(3)
X, y = np.random.randn(60, 2), np.random.randint(0, 3, 60)
apart = (np.random.randn(20, 2), np.random.randint(0, 3, 20))
model = Model(Dense(2, 8, 1e-3), Ramp(), Dense(8, 3))
model.train(X, y, 201, apart)
'''
LOOK = "            found = self.look(*validation_data)\n"
ONCE = "            if turn == 90:\n                "

TRAINED = {
    "derived": MODEL,
    "that hand on what they are": changed(MODEL, (
        "class Model", "class Wide(Dense): pass\n\nclass Model"), ("Dense(8, 3)", "Wide(8, 3)")),
    "with a method of theirs": changed(MODEL, ("class Model", "Dense.many = 3\n\nclass Model")),
    "a list of validation data": changed(MODEL, ("apart)", "list(apart))")),
    "validation data that change midway": changed(MODEL, (
        LOOK, f"{ONCE}validation_data = (X[:9] * 2, y[:9])\n{LOOK}")),
    "another array in a list": changed(MODEL, ("apart)", "list(apart))"), (
        LOOK, f"{ONCE}validation_data[0] = validation_data[0] * 1.5\n{LOOK}")),
    "an array that is changed midway": changed(MODEL, (
        LOOK, f"{ONCE}validation_data[0][0] += 1.5\n{LOOK}")),
    "what they are derived from is changed midway": changed(MODEL, (
        LOOK, f"{ONCE}Affine.forward = louder\n{LOOK}"), (
        "class Model", "def louder(self, z):\n    self.z = z\n"
        "    self.a = np.dot(z, self.w) + self.c + 0.5\n    return self.a\n\nclass Model")),
}
LEFT = {
    "another forward, of the same name": changed(MODEL, ("class Model", (
        "def forward(self, z):\n    self.z = z\n    self.a = np.dot(z, self.w) + self.c + 0.5\n"
        "    return self.a\nAffine.forward = forward\n\nclass Model"))),
    "a forward around that of the base": changed(MODEL, (
        "    def backward(self, g):\n        super", (
        "    def forward(self, z):\n        return super().forward(z) * 1.5\n"
        "    def backward(self, g):\n        super"))),
    "a gradient halved": changed(MODEL, ("self.gw += 2 * self.l2 * self.w",
                                         "self.gw += 2 * self.l2 * self.w; self.gc *= 0.5")),
    "arrays of another kind": changed(MODEL, ("apart = (np", (
        "class A(np.ndarray):\n    def __array_finalize__(self, one): print('made')\n\n"
        "apart = (np")), ("apart)\n", "(apart[0].view(A), apart[1]))\n")),
    "one array too many": changed(MODEL, ("apart)\n", "(*apart, 3))\n")),
}


@pytest.fixture
def base(tmp_path):
    (tmp_path / "base_of_derived.py").write_text(BASE)
    return tmp_path


def both(folder, source):
    """Fails unless both ways print the same, in processes of their own; the report."""
    path = folder / "program.py"
    path.write_text(source + "print([one.w.tolist() for one in model.layers[::2]], model.losses)\n")
    plain, ours = [subprocess.run(
        [sys.executable, *way, str(path)], capture_output=True, text=True, check=False)
        for way in ((), ("-m", "fastnn", "run", "-v"))]
    assert ours.stdout == plain.stdout
    return ours.stderr


@pytest.mark.parametrize("name", TRAINED)
def test_a_loop_over_derived_classes_is_trained(name, base):
    report = both(base, TRAINED[name])
    assert "of 201 turns were trained at once" in report, report


@pytest.mark.parametrize("name", LEFT)
def test_what_is_derived_otherwise_runs_as_it_is(name, base):
    report = both(base, LEFT[name])
    assert "trained at once" not in report, report


def test_the_report_says_on_which_line(base):
    source = changed(MODEL, ("self.losses.append(loss)", "self.losses.append(loss + g.sum())"),
                     ("        for turn", "        g = np.ones(3)\n        for turn"))
    line = 1 + source[:source.index("self.losses.append")].count("\n")
    assert f"(line {line})" in both(base, source)
    source = changed(MODEL, ("self.losses.append(loss)", "self.say(loss)"), (
        "    def look", "    def say(self, one):\n        print(one)\n    def look"))
    line = 1 + source[:source.index("self.say(loss)")].count("\n")
    assert f"(in Model.say, called in line {line})" in both(base, source)
