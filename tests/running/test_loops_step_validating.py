"""Loops over layers that step as they go backward, with a validation in each turn: its losses are
functions, and so is, often, the way through the layers.
"""

import pytest
from adopted_ways import same_adopted
from both_ways import changed
from own_formulas import forgotten
from step_programs import FORWARD, PLAIN, PRINT, STEPS

from fastnn.adopting import own_formulas, own_slopes
from fastnn.running import loops

APART = ("for epoch", "kept = []\nXV = np.random.randn(40, 2)\n"
         "YV = (XV[:, :1] * XV[:, 1:] > 0).astype(float)\nfor epoch")
THROUGH = FORWARD.replace("= X\n", "= XV\n")
OTHER = THROUGH.replace("output", "other")
PREDICT = ("def mse(", "def predict(network, x):\n    for layer in network:\n"
           "        x = layer.forward(x)\n    return x\n\n\ndef mse(")


def of(looks, *pairs, before=""):
    """The program with these lines in the end of each turn, and what they have kept printed."""
    source = changed(PLAIN, APART, (PRINT, PRINT + looks), *pairs) + "print(kept)\n"
    return source.replace("for epoch", before + "for epoch", 1) if before else source


BACKWARD = "            grad = layer.backward(grad, rate)\n"
TRAINED = {
    "a comprehension whose name is another's": changed(
        STEPS["in a function"], ("epochs=150, rate=0.5", "one, epochs=150, rate=0.5"),
        (BACKWARD, f"{BACKWARD}        twice = [loss(Y, predict(network, one)) for one in (X, X)]\n"
         "        found = loss(Y, predict(network, X)) + one\n        kept.append(found)\n"),
        ("# ADOPT\n", "# ADOPT\nkept, one = [], 100.0\n"),
        ("X, Y)\n", "X, Y, 0.25)\nprint(kept)\n")),
    "a loop over nothing": of(
        "    total = 0.0\n    for batch in others:\n"
        "        total = total + mse(YV, predict(network, batch))\n"
        "    found = mse(YV, predict(network, batch))\n    kept.append(found + total)\n", PREDICT,
        before="others, batch = [], XV\n"),
    "under the same name": of(THROUGH + "    kept.append(mse(YV, output))\n").replace(
        "print(mse(Y, output))\n", ""),
    "under another name": of(OTHER + "    kept.append(mse(YV, other))\n"),
    "by a function": of("    kept.append(mse(YV, predict(network, XV)))\n", PREDICT),
    "by a function, with a name": of(
        "    found = mse(YV, predict(network, XV))\n    kept.append(found)\n", PREDICT),
    "each by its name": of("    v = network[0].forward(XV)\n    v = network[1].forward(v)\n"
                           "    v = network[2].forward(v)\n    v = network[3].forward(v)\n"
                           "    kept.append((epoch, mse(YV, v)))\n"),
}
LEFT = {
    "a function that keeps": of(OTHER + "    kept.append(mse(YV, other))\n", (
        "def mse(y_true, y_pred):\n", "seen = []\n\n\ndef mse(y_true, y_pred):\n"
        "    seen.append(len(y_true))\n")),
    "a function that draws": of("    kept.append(noisy(YV, predict(network, XV)))\n", PREDICT, (
        "def mse(", "def noisy(y, p):\n    return np.mean(y - p) + np.random.rand()\n\n\n"
        "def mse(")),
    "a function that prints": of("    kept.append(told(YV, predict(network, XV)))\n", PREDICT, (
        "def mse(", "def told(y, p):\n    print(len(y))\n    return np.mean(y - p)\n\n\n"
        "def mse(")),
    "it trains with it": of(OTHER + "    kept.append(mse(YV, other))\n"
                            "    grad = mse_prime(YV, other)\n"
                            "    for layer in reversed(network):\n"
                            "        grad = layer.backward(grad, learning_rate)\n"),
    "of the layer that was the last": of(
        "    for layer in [layer]:\n        other = layer.forward(XV)\n"
        "    kept.append(np.mean(other))\n"),
    "of the gradient": of(OTHER + "    kept.append(mse(grad[:40, :1], other[:len(grad)]))\n"),
    "of the output before": of(OTHER + "    kept.append(mse(output[:40], other))\n"),
    "samples that change": of(OTHER + "    kept.append(mse(YV, other))\n    XV *= 1.001\n"),
}


@pytest.fixture(autouse=True, scope="module")
def formulas_are_forgotten():
    """Others list all kernels."""
    own_formulas._made.clear()
    with forgotten():
        yield
    own_formulas._made.clear()
    own_slopes._made.clear()


@pytest.mark.parametrize("name", TRAINED)
def test_what_it_finds_is_what_the_loop_would_find(name, tmp_path):
    assert same_adopted(TRAINED[name], tmp_path) > 60, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_what_does_more_runs_as_it_is(name, tmp_path):
    assert same_adopted(LEFT[name], tmp_path) == 0, loops.report()
