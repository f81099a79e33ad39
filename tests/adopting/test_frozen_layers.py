"""Layers that are not to be trained, and an adopted optimizer that looks at that."""

import pytest
from beside import HEAD, Layer, assert_same_beside

OPTIMIZER = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1, share=0.9, epsilon=1e-7):
        self.rate, self.share, self.epsilon = rate, share, epsilon
        self.iterations = 0
    def update_params(self, layer):
        if not ASKED:
            return
'''
SGD = """\
        layer.weights += -self.rate * layer.dweights
        layer.biases += -self.rate * layer.dbiases
"""
RMSPROP = """\
        if not hasattr(layer, 'w_cache'):
            layer.w_cache = np.zeros_like(layer.weights)
            layer.b_cache = np.zeros_like(layer.biases)
        layer.w_cache = self.share * layer.w_cache + (1 - self.share) * layer.dweights ** 2
        layer.b_cache = self.share * layer.b_cache + (1 - self.share) * layer.dbiases ** 2
        layer.weights += -self.rate * layer.dweights / (np.sqrt(layer.w_cache) + self.epsilon)
        layer.biases += -self.rate * layer.dbiases / (np.sqrt(layer.b_cache) + self.epsilon)
"""
ADAGRAD = """\
        if not hasattr(layer, 'w_cache'):
            layer.w_cache = np.zeros_like(layer.weights)
            layer.b_cache = np.zeros_like(layer.biases)
        layer.w_cache += layer.dweights ** 2
        layer.b_cache += layer.dbiases ** 2
        layer.weights += -self.rate * layer.dweights / (np.sqrt(layer.w_cache) + self.epsilon)
        layer.biases += -self.rate * layer.dbiases / (np.sqrt(layer.b_cache) + self.epsilon)
"""
OWN_CACHE = """\
            if not hasattr(layer, 'w_cache'):
                layer.w_cache = layer.w_cache.copy()
            return
"""


def program(module):
    """Steps for layers that say it in each way, and that change their mind."""
    found = []
    for said in ([True, True, False, False, True], [False, True], [1, 0, 1], [None, "yes", ""]):
        layer, optimizer = Layer(), module.Optimizer()
        for one in said:
            layer.trainable = one
            optimizer.update_params(layer)
            found.append([layer.weights.copy(), layer.biases.copy()])
    layer, optimizer = Layer(), module.Optimizer()
    layer.trainable = True
    optimizer.update_params(layer)
    held = getattr(layer, "w_cache", None)
    for layer.trainable in (True, False, True):  # who keeps an array sees it change, or does not
        optimizer.update_params(layer)
        found.append([held is None or held.copy(), getattr(layer, "w_cache", None) is held])
    return found


@pytest.mark.parametrize("asked", ["layer.trainable", "getattr(layer, 'trainable', True)"])
@pytest.mark.parametrize("body", [SGD, RMSPROP, ADAGRAD], ids=["SGD", "RMSprop", "Adagrad"])
def test_what_is_not_to_be_trained_stays_as_it_is(body, asked):
    """The short way, from the arrays to the kernels, did not look."""
    assert_same_beside(OPTIMIZER.replace("ASKED", asked) + body, program, adopted=["Optimizer"])


def test_what_a_frozen_layer_has_not_is_asked_for():
    """What a frozen layer has none of cannot be copied: theirs raises there, ours would not."""
    code = OPTIMIZER.replace("ASKED", "layer.trainable").replace("            return\n", OWN_CACHE)
    assert_same_beside(code + ADAGRAD, program, adopted=[])
