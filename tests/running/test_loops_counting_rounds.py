"""Optimizers that go over layers, and count a step behind that."""

import pytest
from adopted_ways import left_the_same, trained_the_same
from both_ways import changed
from epoch_programs import IN_ONE

_STEP = '''\
        sgd.pre_update_params()
        sgd.update_params(hidden)
        sgd.update_params(last)
        sgd.post_update_params()
'''
_ADAM = '''\
class Optimizer:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate
        self.iterations = 0

    def apply(self, layers):
        for layer in layers:
            self.update(layer)
        self.iterations += 1


class Adam(Optimizer):
    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def update(self, layer):
        if not hasattr(layer, "m_w"):
            layer.m_w, layer.v_w = np.zeros_like(layer.weights), np.zeros_like(layer.weights)
            layer.m_b, layer.v_b = np.zeros_like(layer.biases), np.zeros_like(layer.biases)
        t = self.iterations + 1
        layer.m_w = self.beta1 * layer.m_w + (1 - self.beta1) * layer.dweights
        layer.v_w = self.beta2 * layer.v_w + (1 - self.beta2) * layer.dweights ** 2
        layer.m_b = self.beta1 * layer.m_b + (1 - self.beta1) * layer.dbiases
        layer.v_b = self.beta2 * layer.v_b + (1 - self.beta2) * layer.dbiases ** 2
        m_w_hat = layer.m_w / (1 - self.beta1 ** t)
        v_w_hat = layer.v_w / (1 - self.beta2 ** t)
        m_b_hat = layer.m_b / (1 - self.beta1 ** t)
        v_b_hat = layer.v_b / (1 - self.beta2 ** t)
        layer.weights -= self.learning_rate * m_w_hat / (np.sqrt(v_w_hat) + self.eps)
        layer.biases -= self.learning_rate * m_b_hat / (np.sqrt(v_b_hat) + self.eps)


# ADOPT
'''
ADAM = changed(IN_ONE, ("# ADOPT\n", _ADAM), (_STEP, "        sgd.apply([hidden, last])\n"), (
    "Momentum(0.5, 1e-3, 0.9)", "Adam(0.01)"), ("sgd.current_learning_rate", "sgd.iterations"))
_COUNTS = "        self.iterations += 1\n\n\nclass Adam"


def by(*pairs: tuple[str, str]) -> str:
    """The program with something else in it."""
    return changed(ADAM, *pairs)


TRAINED = {
    "behind its rounds": ADAM,
    "where a layer may be left": by(("            self.update(layer)", (
        "            if hasattr(layer, 'weights'):\n                self.update(layer)")), (
        "[hidden, last]", "[hidden, rectifier, last]")),
    "keeps the sums": by(("    if epoch % 10", "    kept.append(total)\n    if epoch % 10"), (
        "for epoch", "kept = []\nfor epoch")),
}

LEFT = {
    "counts not at all": by((_COUNTS, "        pass\n\n\nclass Adam")),
    "counts before its rounds": by((_COUNTS, "\n\nclass Adam"), (
        "        for layer in layers:",
        "        self.iterations += 1\n        for layer in layers:")),
    "counts two": by((_COUNTS, _COUNTS.replace("+= 1", "+= 2"))),
    "counts twice": by((_COUNTS, "        self.iterations += 1\n" + _COUNTS)),
    "counts each layer": by((_COUNTS, "\n\nclass Adam"), ("            self.update(layer)", (
        "            self.update(layer)\n            self.iterations += 1"))),
    "counts if asked": by((_COUNTS, "        if len(layers) > 1:\n    " + _COUNTS)),
    "counts something else, too": by((_COUNTS, "        self.learning_rate *= 0.999\n" + _COUNTS)),
    "is counted from outside": by(("        sgd.apply([hidden, last])\n", (
        "        sgd.apply([hidden, last])\n        sgd.iterations += 1\n"))),
    "one after the other": by(("sgd.apply([hidden, last])", (
        "sgd.apply([hidden]); sgd.apply([last])"))),
}


@pytest.mark.parametrize("name", TRAINED)
def test_optimizers_that_count_behind_their_rounds_are_handed_over(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 15)


@pytest.mark.parametrize("name", LEFT)
def test_those_that_count_otherwise_are_left(name, tmp_path):
    left_the_same(LEFT[name], tmp_path)
