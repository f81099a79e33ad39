"""What an optimizer keeps on a layer: changed in place or made anew, and of which type."""

import itertools

import numpy as np
import pytest
from beside import HEAD, Layer, assert_same_beside

OPTIMIZER = HEAD + '''
class Optimizer:
    def __init__(self, rate=0.1, share=0.9, epsilon=1e-7):
        self.rate, self.share, self.epsilon = rate, share, epsilon
    def update_params(self, layer):
        if not hasattr(layer, 'kept_weights'):
            layer.kept_weights = np.zeros_like(layer.weights)
            layer.kept_biases = np.zeros_like(layer.biases)
'''
KEEPING = {
    "momentum": "KEPT = self.share * KEPT - self.rate * SLOPE",
    "momentum in place": "KEPT *= self.share\nKEPT -= self.rate * SLOPE",
    "squares": "KEPT = KEPT + SLOPE ** 2",
    "squares in place": "KEPT += SLOPE ** 2",
    "mean squares": "KEPT = self.share * KEPT + (1 - self.share) * SLOPE ** 2",
    "mean squares in place": "KEPT *= self.share\nKEPT += (1 - self.share) * SLOPE ** 2",
}
STEPS = {"momentum": ("P += KEPT", "P = P + KEPT"), "squares": (
    "P += -self.rate * SLOPE / (np.sqrt(KEPT) + self.epsilon)",
    "P = P + -self.rate * SLOPE / (np.sqrt(KEPT) + self.epsilon)")}
WAYS = [(keeping, step) for keeping in KEEPING
        for step in STEPS["momentum" if keeping.startswith("momentum") else "squares"]]


def code_of(keeping, step):
    lines = [line.replace("KEPT", f"layer.kept_{name}").replace("SLOPE", f"layer.d{name}")
             .replace("P ", f"layer.{name} ") for text in (KEEPING[keeping], step)
             for name in ("weights", "biases") for line in text.splitlines()]
    return OPTIMIZER + "".join(f"        {line}\n" for line in lines)


def program(module):
    """Three steps for each type of parameters, gradients and state, and who else has the arrays."""
    found = []
    for own, slope, state in itertools.product("fd", "fd", ["", "f", "d"]):
        layer = Layer(dtype=np.dtype(own))
        layer.dweights, layer.dbiases = layer.dweights.astype(slope), layer.dbiases.astype(slope)
        if state:
            layer.kept_weights = np.abs(layer.weights).astype(state)
            layer.kept_biases = np.abs(layer.biases).astype(state)
        optimizer, seen = module.Optimizer(), []
        for _ in range(3):
            optimizer.update_params(layer)
            seen += [layer.weights, layer.kept_weights, layer.kept_biases]
        found.append([layer, seen, [one is layer.kept_weights for one in seen]])
    return found


@pytest.mark.parametrize(("keeping", "step"), WAYS)
def test_arrays_stay_what_theirs_makes_of_them(keeping, step):
    """An array changed in place was replaced by a new one; and a state of another type than the
    parameters, added to these or to their squares, kept ours' type.
    """
    assert_same_beside(code_of(keeping, step), program)


@pytest.mark.parametrize("keeping", ["momentum", "squares", "squares in place", "mean squares"])
def test_most_are_adopted(keeping):
    for step in STEPS["momentum" if keeping == "momentum" else "squares"]:
        assert_same_beside(code_of(keeping, step), program, adopted=["Optimizer"])


@pytest.mark.parametrize("value", [1.0, None, 0, np.ones((3, 4))], ids=str)
@pytest.mark.parametrize("names", [("kept_weights", "kept_biases"), ("kept_weights",),
                                   ("kept_biases",)])
@pytest.mark.parametrize("kind", ["layer", "its base"])
def test_state_that_is_the_class_s_is_there(kind, names, value):
    """`hasattr` finds it, and theirs begins with it; zeros were begun with."""
    def program(module):
        base = type("Base", (Layer,), {})
        layer, optimizer, found = type("Own", (base,), {})(), module.Optimizer(), []
        optimizer.update_params(layer)
        del layer.kept_weights, layer.kept_biases
        for name in names:
            setattr(base if kind == "its base" else type(layer), name, np.copy(value) if (
                isinstance(value, np.ndarray)) else value)
        for _ in range(2):
            try:
                optimizer.update_params(layer)
            except Exception as error:  # what came is compared
                found.append(error)
        return layer, found
    for keeping in ("momentum", "squares"):
        assert_same_beside(code_of(keeping, STEPS[keeping][0]), program, adopted=["Optimizer"])


@pytest.mark.parametrize(("keeping", "step"), WAYS)
def test_a_state_of_the_biases_that_is_the_weights(keeping, step):
    """Which have changed when it is read."""
    lines = code_of(keeping, step).splitlines(keepends=True)
    first = len(OPTIMIZER.splitlines())
    code = "".join([*lines[:first], *sorted(lines[first:], key=lambda line: "biases" in line)])

    def beside(module):
        layer, optimizer = Layer((1, 4)), module.Optimizer()
        optimizer.update_params(layer)
        layer.kept_biases = layer.weights
        for _ in range(2):
            optimizer.update_params(layer)
        return layer
    assert_same_beside(code, beside, adopted=["Optimizer"])
