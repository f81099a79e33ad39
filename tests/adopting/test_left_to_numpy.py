"""Activations whose exp or tanh is NumPy's: their own lines call it, and no object of ours."""

import sys

import numpy as np
import pytest
from beside import HEAD, assert_same_beside, numbers
from driven import left_to_theirs
from twins import twins_of

from fastnn.activations.careful import Careful

KEPT = HEAD + '''
class Tanh:
    def forward(self, x):
        self.x = x
        self.output = np.tanh(x)
    def backward(self, d):
        self.dinputs = d * (1 - np.tanh(self.x) ** 2)
'''
GIVEN = HEAD + '''
class Tanh:
    def forward(self, x):
        self.x = x
        return np.tanh(x)
    def backward(self, d, rate=0.1):
        return d * (1 - np.tanh(self.x) ** 2)
'''
SIGMOID = KEPT.replace("np.tanh(x)", "1 / (1 + np.exp(-x))").replace(
    "1 - np.tanh(self.x) ** 2", "(1 / (1 + np.exp(-self.x))) * (1 - 1 / (1 + np.exp(-self.x)))")
CODES = {"kept": KEPT, "given": GIVEN, "sigmoid": SIGMOID}
MANY, FEW = (60, 16), (5, 3)


def used(kind, shape, change=np.asarray):
    thing = kind()
    given = thing.forward(change(numbers(*shape)))
    return given, thing.backward(change(numbers(*shape, seed=4))), vars(thing)


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("shape", [MANY, FEW])
def test_no_object_of_ours_is_asked(name, shape, monkeypatch):
    asked = []
    for method in ("_forward_carefully", "_backward_carefully"):
        real = getattr(Careful, method)
        monkeypatch.setattr(Careful, method, lambda self, given, real=real: (
            asked.append(given), real(self, given))[1])
    pairs, _ = twins_of(CODES[name])
    for pair in pairs:
        used(pair.adopted, shape)
    assert pairs
    assert asked == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="where a line returns is not known")
def test_few_numbers_are_ours():
    ((found,), _) = twins_of(KEPT)
    assert left_to_theirs(found) == []


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("change", [
    np.asarray, np.asfortranarray, np.float32, lambda a: a.astype(">f8"), lambda a: a[::2],
    np.ndarray.tolist, lambda a: a.astype(int)])
@pytest.mark.parametrize("shape", [MANY, FEW])
def test_each_bit_is_the_same(name, change, shape):
    def program(module):
        return used(module.Tanh, shape, change)
    assert_same_beside(CODES[name], program, adopted=("Tanh",))
