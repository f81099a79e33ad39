"""Loops over classes whose proof holds of an object as it is: that raise on conditions, that make
their weights in the first forward, or have them in a dictionary.
"""

import pytest
from adopted_ways import run_file, same_adopted, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL
from programs import assert_same

from fastnn.running import loops
from fastnn.running.loops.sites import SITES

FORWARD = "        self.inputs = inputs\n        self.output = np.dot("
BEGIN = "dense1 = Layer_Dense"


def _asking(*lines: str, source: str = SPIRAL) -> str:
    """The spiral whose dense layers begin their forward with these lines."""
    text = "".join(f"        {line}\n" for line in lines)
    return changed(with_own_classes(source), (FORWARD, text + FORWARD))


MADE = ("        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)\n"
        "        self.biases = np.zeros((1, n_neurons))\n")
LATE = changed(_asking(
    "if self.weights is None:",
    "    self.weights = 0.01 * np.random.randn(inputs.shape[1], self.n_neurons)",
    "    self.biases = np.zeros((1, self.n_neurons))"), (
        MADE, "        self.weights = self.biases = None\n        self.n_neurons = n_neurons\n"))

HELD_CLASSES = """\
class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.params = {'W': 0.01 * np.random.randn(n_inputs, n_neurons),
                       'b': np.zeros((1, n_neurons))}
        self.grads = {}

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.params['W']) + self.params['b']

    def backward(self, dvalues):
        self.grads['W'] = np.dot(self.inputs.T, dvalues)
        self.grads['b'] = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.params['W'].T)


class SGD:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def update_params(self, layer):
        layer.params['W'] -= self.learning_rate * layer.grads['W']
        layer.params['b'] -= self.learning_rate * layer.grads['b']


class Momentum:
    def __init__(self, learning_rate):
        self.learning_rate, self.momentum = learning_rate, 0.9

    def update_params(self, layer):
        if not hasattr(layer, 'momentums'):
            layer.momentums = {'W': np.zeros_like(layer.params['W']),
                               'b': np.zeros_like(layer.params['b'])}
        for key in 'W', 'b':
            layer.momentums[key] = self.momentum * layer.momentums[key] - (
                self.learning_rate * layer.grads[key])
            layer.params[key] += layer.momentums[key]


"""
HELD = changed(
    with_own_classes(changed(SPIRAL, (
        "    optimizer.pre_update_params()\n", ""), ("    optimizer.post_update_params()\n", ""), (
        " '\n              f'lr: {optimizer.current_learning_rate}'", "'"), (
        "Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "SGD(0.5)"))).replace(
            "= Layer_Dense(", "= Dense("),
    ("class Layer_Dropout", HELD_CLASSES + "class Layer_Dropout"))


def _midway(source: str, *lines: str) -> str:
    """The program that does this once, in the middle of its loop."""
    return changed(source, ("    if not epoch % 50:\n", "    if epoch == 150:\n" + "".join(
        f"        {line}\n" for line in lines) + "    if not epoch % 50:\n"))


TRAINED = {
    "the width": _asking("if inputs.shape[1] != self.weights.shape[0]:",
                         "    raise ValueError(f'the width: {inputs.shape}')"),
    "the axes": _asking("if inputs.ndim != 2:", "    raise ValueError('a table')"),
    "an array": _asking("if not isinstance(inputs, np.ndarray):", "    raise TypeError('array')"),
    "an assert": _asking("assert inputs.ndim == 2, 'a table'"),
    "weights that are made late": LATE,
    "weights that are made late, and the best of them": changed(
        LATE, ("for epoch", "best, kept = 9.0, None\nfor epoch")) + (
        "    if loss < best:\n        best = loss\n        kept = dense1.weights.copy()\n"),
    "parameters in a dictionary": HELD,
    "another dictionary": _midway(HELD, "dense1.params = {key: value * 0.9 for key, value in "
                                        "dense1.params.items()}"),
    "other arrays in it": _midway(HELD, "dense2.params['W'] = dense2.params['W'] * 0.5"),
    "more in the dictionary": changed(HELD, ("for epoch", "dense1.params['name'] = 'first'\n"
                                             "for epoch")),
    "one dictionary under another name": changed(HELD, (
        "for epoch", "seen = dense1.params, dense2.grads\nfor epoch")),
}


@pytest.mark.parametrize("name", TRAINED)
def test_what_holds_of_the_objects_is_trained(name, tmp_path):
    assert same_adopted(TRAINED[name], tmp_path) > 250, loops.report()


TELLING = ("class Telling(dict):\n    def __getitem__(self, key):\n        print('asked', key)\n"
           "        return super().__getitem__(key)\n\n")
LEFT = {
    "a number of its own": _asking("if self.weight_regularizer_l2 > 1:",
                                   "    raise ValueError('too much')"),
    "a dictionary that tells": changed(HELD, (
        "for epoch", f"{TELLING}dense1.params = Telling(dense1.params)\nfor epoch")),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_does_not_hold_of_them_runs_as_it_is(name, tmp_path):
    assert same_adopted(LEFT[name], tmp_path) == 0, loops.report()


MIDWAY = {
    "weights that are made once more": LATE + (
        "    if epoch == 150:\n        dense1.weights = None\n"),
    "a dictionary that tells": _midway(changed(HELD, ("for epoch", TELLING + "for epoch")),
                                       "dense1.params = Telling(dense1.params)"),
    "weights of another width": _midway(TRAINED["the width"], "X = X[:, :1].copy()"),
}


@pytest.mark.parametrize("name", MIDWAY)
def test_what_does_not_hold_any_more_runs_as_it_is(name, tmp_path):
    ran = []
    for adopted in (False, True):
        try:
            ran.append(run_file(MIDWAY[name], tmp_path / "program.py", adopted))
        except ValueError as error:
            ran.append(str(error))
    if isinstance(ran[0], str):
        assert ran[0] == ran[1] == "the width: (60, 1)"
    else:
        assert ran[0].lines == ran[1].lines
        assert_same(ran[1].left, ran[0].left)
    assert 100 < sum(site.trained for site in SITES.values()) < 150, loops.report()
