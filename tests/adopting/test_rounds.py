"""Optimizers whose own method goes over the layers: ours stands in the round."""

import numpy as np
import pytest
from beside import ADAGRAD, HEAD, LABELS, RELU, SGD, Layer, assert_same_beside, numbers
from programs_of_classes import load
from test_states_in_place import ADAM, MOMENTUM, RMSPROP

import fastnn
from fastnn.adopting import adopt, direct, meaning
from fastnn.adopting.found import proof_of

PLAIN = HEAD + '''
class Descent:
    """Words."""
    def __init__(self, rate=0.1, decay=0.1):
        self.rate, self.decay, self.n, self.said = rate, decay, 0, []
    def go(self, layers):
        """Words."""
        for layer in layers:
            layer.weights -= self.rate * layer.dweights
            layer.biases -= self.rate * layer.dbiases
    def again(self):
        return self.n
'''
LOOP = "        for layer in layers:\n"
ROUND = '''\
            layer.weights -= self.rate * layer.dweights
            layer.biases -= self.rate * layer.dbiases
'''


def over(code):
    """A class of `update_params(self, layer)` with the lines in a loop over layers."""
    head, name, rest = code.partition("    def update_params(self, layer):\n")
    assert name
    body, end = [], []
    for line in rest.splitlines(keepends=True):
        (end if end or line.startswith("    def ") else body).append(line)
    inner = "".join(f"    {line}" for line in body)
    return f"{head}    def go(self, layers):\n{LOOP}{inner}{''.join(end)}"


CODES = {
    "plain": PLAIN, "its own rate": PLAIN.replace(LOOP, (
        "        lr = self.rate / (1 + self.decay * self.n)\n" + LOOP)).replace(
            "self.rate * layer", "lr * layer") + "        pass\n",
    "any number of them": PLAIN.replace("go(self, layers)", "go(self, *layers)"),
    "counted behind": PLAIN.replace(ROUND, ROUND + "        self.n += 1\n        return self.n\n"),
    "beside others": PLAIN.replace(LOOP, (
        "        for layer, rate in zip(layers, [self.rate] * len(layers)):\n")),
    "numbered": PLAIN.replace(LOOP, "        for i, layer in enumerate(layers):\n"),
    "those with weights": PLAIN.replace(LOOP, (
        LOOP + "            if not hasattr(layer, 'weights'):\n                continue\n")),
    "those that are trained": PLAIN.replace(LOOP + ROUND, (
        LOOP + "            if layer.trained:\n" + "".join(
            f"    {line}\n" for line in ROUND.splitlines()))),
    "said before": PLAIN.replace(LOOP, "        self.said.append(len(layers))\n" + LOOP),
    "by a name of the module": PLAIN.replace("self.rate *", "RATE *") + "RATE = 0.1\n",
    "names of its own": PLAIN.replace(ROUND, '''\
            step = -self.rate * layer.dweights
            other = -self.rate * layer.dbiases
            layer.weights += step
            layer.biases += other
'''),
    "SGD": over(SGD), "Adagrad": over(ADAGRAD), "Adam": over(ADAM), "RMSprop": over(RMSPROP),
    "Momentum": over(MOMENTUM)}


def kind_in(module):
    return next(value for value in vars(module).values() if isinstance(value, type))


def layers_of(dtype=np.float64):
    made = [Layer((3, 4), dtype), Layer((4, 2), dtype, 6), Layer((1, 1), dtype, 7)]
    for number, layer in enumerate(made):
        layer.trained = number != 1
    return made


def go(optimizer, layers):
    """One step; what came of it."""
    several = type(optimizer).go.__code__.co_flags & 4
    try:
        found = optimizer.go(*layers) if several else optimizer.go(layers)
    except Exception as error:  # what came is compared
        found = error
    for name in ("pre_update_params", "post_update_params"):
        getattr(optimizer, name, lambda: None)()
    return found


def copies(layers):
    return [{name: np.copy(value) for name, value in vars(layer).items()} for layer in layers
            if hasattr(layer, "__dict__")]


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_several_steps(name, dtype):
    def program(module):
        optimizer, layers, found = kind_in(module)(), layers_of(dtype), []
        held = [(layer.weights, layer.biases) for layer in layers]
        for step in range(4):
            found += [go(optimizer, layers), copies(layers)]
            layers[0].dweights = numbers(3, 4, seed=step).astype(dtype)
        return optimizer, layers, held, found
    report = assert_same_beside(CODES[name], program)
    assert len(report.adopted) == 1, report.left


ODD = {
    "none": [], "one twice": None, "no layer": [5], "an empty one": [object()],
    "a generator": None, "nothing": None, "one that is not ours": None, "mixed": None,
    "one of another type": None, "without gradients": None, "of one array": None, "a text": "ab"}


def odd_layers(way):
    made = layers_of()
    if way == "one twice":
        return [made[0], made[1], made[0]]
    if way == "a generator":
        return (one for one in made)
    if way == "nothing":
        return None
    if way == "one that is not ours":  # in the middle: those before it are changed
        made[1].weights = made[1].weights.tolist()
    if way == "one of another type":
        made[1].weights = made[1].weights.astype("f")
    if way == "mixed":
        return [made[0], fastnn.Layer_Dense(2, 3), made[1], object(), made[2]]
    if way == "without gradients":
        del made[1].dbiases
    if way == "of one array":
        made[1].biases = made[0].weights[:1, :2]
        made[2].weights = made[2].biases
    return ODD[way] if ODD[way] is not None else made


@pytest.mark.parametrize("name", CODES)
@pytest.mark.parametrize("way", ODD)
def test_odd_layers(name, way):
    def program(module):
        optimizer, found = kind_in(module)(), []
        layers = odd_layers(way)
        for _ in range(2):
            if way == "a generator":
                layers = odd_layers(way)
            if layers is not None or name != "any number of them":
                found.append(type(go(optimizer, layers)).__name__)
        return optimizer, found, copies(layers) if isinstance(layers, list) else None
    assert_same_beside(CODES[name], program)


@pytest.mark.parametrize("name", ["plain", "its own rate", "those that are trained", "Adam",
                                  "RMSprop", "any number of them"])
def test_it_is_ours_that_runs(name, monkeypatch):
    asked, real = [], direct.sized
    monkeypatch.setattr(direct, "sized", lambda kernel, w: asked.append(w) or real(kernel, w))
    module = load(CODES[name])
    adopt(module)
    optimizer, layers = kind_in(module)(), layers_of()
    go(optimizer, layers)
    asked.clear()
    go(optimizer, layers)
    wanted = [one.weights for one in layers if one.trained or name != "those that are trained"]
    assert [id(one) for one in asked] == [id(one) for one in wanted]


@pytest.mark.parametrize(("old", "new"), [
    (ROUND, ROUND + "            self.rate *= 0.5\n"),
    (ROUND, "            rate = self.rate\n" + ROUND + "        self.said.append(rate)\n"),
    (ROUND, ROUND + "            if self.n: break\n"), (ROUND, ROUND + "            continue\n"),
    (ROUND, ROUND + "        else:\n            self.n += 1\n"),
    (LOOP, "        self = self\n" + LOOP), (ROUND, "            layer = layer\n" + ROUND),
    (ROUND, ROUND + "        self.said.append(sorted(locals()))\n"),
    (ROUND, "            total = 0 if layer is layers[0] else total + 1\n" + ROUND),
    (ROUND, ROUND + "            self.said.append(layer)\n"),
    (ROUND, ROUND + "            layers = layers[1:]\n"),
    (ROUND, ROUND.replace("layer.biases -=", "layers[0].biases -=")),
    (ROUND, ROUND.replace("layer.dbiases", "layers[0].dbiases")),
    (ROUND, ROUND.replace("self.rate", "2 * self.rate")), (ROUND, ROUND.replace("-=", "+=")),
    (ROUND, ROUND.replace("layer.weights -=", "other.weights -=")),
    (ROUND, ROUND + "            yield layer\n")])
def test_what_looks_alike(old, new):
    """Is left, or does the same."""
    def program(module):
        optimizer, layers, found = module.Descent(), layers_of(), []
        for _ in range(3):
            found += [go(optimizer, layers), copies(layers)]
        return optimizer, found
    assert old in PLAIN
    report = assert_same_beside(PLAIN.replace(old, new), program)
    assert "Descent" in report.left


def test_the_rate_is_no_number():
    """A name of the method is looked at in each round, as an attribute is."""
    code = CODES["its own rate"]

    def program(module):
        found = []
        for rate in (np.float64(0.1), np.float32(0.1), np.array([0.1]), True, "1", None):
            optimizer, layers = module.Descent(), layers_of(np.float32)
            optimizer.rate = rate
            found += [go(optimizer, layers), copies(layers)]
        return found
    assert_same_beside(code, program, adopted=["Descent"])


def test_what_changes_between_two_layers():
    """What a layer does when it is asked for may change the optimizer: the next round knows it."""
    def program(module):
        optimizer, layers = module.Descent(), layers_of()

        def several():
            for number, layer in enumerate(layers):
                optimizer.rate = 0.1 * number
                if number == 2:
                    module.np.seterr(all="ignore")
                yield layer
        go(optimizer, several())
        return optimizer, copies(layers)
    assert_same_beside(PLAIN, program, adopted=["Descent"])


def test_undone_and_inherited():
    code = PLAIN + "class Other(Descent):\n    pass\n"

    def program(module):
        found = []
        for kind in (module.Descent, module.Other):
            optimizer, layers = kind(), layers_of()
            found += [go(optimizer, layers), copies(layers)]
        return found
    assert_same_beside(code, program, adopted=["Descent", "Other"])
    module = load(code)
    before = module.Descent.go
    report = adopt(module)
    assert module.Descent.go is not before and module.Descent.go.__doc__ == "Words."
    report.undo()
    assert module.Descent.go is before


def test_errors_have_their_lines():
    module = load(PLAIN)
    adopt(module)
    with pytest.raises(AttributeError) as error:
        module.Descent().go([object()])
    assert error.traceback[-1].lineno == PLAIN[:PLAIN.index("layer.weights")].count("\n")


def test_no_run_takes_it_for_a_step_of_one_layer():
    module = load(PLAIN + RELU.replace(HEAD, ""))
    adopt(module)
    assert meaning(module.Descent).methods == {} and not meaning(module.Descent).whole
    assert proof_of(module.Descent).methods[0].pattern == "update_params"
    with pytest.raises(TypeError, match="optimizer must be an object with"):
        fastnn.fit([fastnn.Layer_Dense(3, 3)], fastnn.Loss_CategoricalCrossentropy(),
                   module.Descent(), numbers(5, 3), LABELS, epochs=1)
