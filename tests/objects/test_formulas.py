"""Activations, losses and optimizers that are formulas: fastnn's and anybody's own.

What is computed is, digit for digit, what NumPy makes of the formula: as objects, in `fit`, in a
Model. See test_formula_classes.py for what is refused, and for classes that change.
"""

import contextlib
import copy
import pickle
from random import Random
from types import SimpleNamespace

import numpy as np
import own_formulas
import pytest
from kernel_calls import same
from kernel_numpy import quiet
from networks import Case, assert_fit_is_the_loop, build
from nnfs_context import nnfs_in_force
from programs import arrays_of, assert_same
from rosters import PLAIN, twin

import fastnn
from fastnn import reference
from fastnn.kernels.formula import elementwise
from fastnn.model import runs as model_runs
from fastnn.support import watching

ACTIVATIONS = {"GELU", "ELU", "Swish", "LeakyReLU", "Sigmoid", "Tanh"} | {
    f"Own{one}" for one in ("HardSwish", "Softsign", "InverseRoot", "Softplus", "SignedRoot",
                            "Capped", "Options", "Infinite")}
LOSSES = {"Huber", "MeanSquaredError", "OwnLogCosh", "OwnPinball", "OwnEntropy"}
OPTIMIZERS = {"AdamW", "Nadam", "OwnNesterov", "OwnSigns", "OwnAMSGrad"}
every_activation = pytest.mark.parametrize("name", sorted(ACTIVATIONS))
every_loss = pytest.mark.parametrize("name", sorted(LOSSES))
every_optimizer = pytest.mark.parametrize("name", sorted(OPTIMIZERS))
numpys = pytest.mark.parametrize("book", [True, False], ids=["nnfs.init()", "plain NumPy"])
floats = pytest.mark.parametrize("kind", [np.float32, np.float64], ids=["f4", "f8"])


@pytest.fixture(scope="module", autouse=True)
def known():
    """All classes by these names."""
    with own_formulas.forgotten():
        made = [*own_formulas.activations(), *own_formulas.losses(), *own_formulas.optimizers()]
        found = {one.__name__: one for one in made}
        for start, names in (("Activation_", ACTIVATIONS), ("Loss_", LOSSES),
                             ("Optimizer_", OPTIMIZERS)):
            found |= {one: getattr(fastnn, start + one) for one in names if one[:3] != "Own"}
        yield found


def in_force(book):
    return nnfs_in_force(dot_precision_workaround=True) if book else contextlib.nullcontext()


ODD = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-42, -1e30, 3.0, -3.0)


def values(rng, shape, kind):
    """Numbers of all sizes, and odd ones between them."""
    found = rng.normal(size=shape) * 10.0 ** rng.integers(-3, 2, shape)
    odd = rng.random(shape) < 0.2
    found[odd] = rng.choice(ODD, odd.sum())
    return found.astype(kind)


def random_formula(random):
    """A formula of two arrays and two numbers out of everything that is exact in NumPy."""
    def number(depth):
        if depth == 0 or random.random() < 0.4:
            return random.choice(["a", "b", "0.3", "-1.5", "2", "0", "1e-3"])
        return random.choice(["({} + {})", "({} - {})", "({} * {})", "({} / 4.0 + {})",
                              "(abs({}) ** 1.5 - {})", "(-{} + +{})"]).format(
                                  number(depth - 1), number(depth - 1))

    def truth(depth):
        sign = random.choice(["<", "<=", ">", ">=", "==", "!="])
        found = f"({array(depth)} {sign} {random.choice([array, number])(depth)})"
        return random.choice([found, f"~{found}", f"({found} & np.isnan({array(0)}))",
                              f"({found} | np.isnan({array(depth)}))"])

    def array(depth):
        if depth == 0:
            return random.choice(["x", "y"])
        one, other = array(depth - 1), random.choice([array, number])(depth - 1)
        return random.choice([
            "({0} + {1})", "({1} - {0})", "({0} * {1})", "({1} / {0})", "(-{0})", "abs({0})",
            "np.sqrt({0})", "np.square({0})", "({0} ** 2)", "np.sign({0})", "np.abs({0})",
            "np.maximum({0}, {1})", "np.minimum({1}, {0})", "np.clip({0}, {2}, {1})",
            "np.where({3}, {0}, {1})", "({0} * {3})", "({3} + {0})", "np.negative({0})"]).format(
                one, other, number(1), truth(depth - 1))

    return f"lambda x, y, a, b: {array(4)}"


@pytest.mark.parametrize("seed", range(24))
def test_random_formulas_are_numpys(seed):
    random, rng = Random(seed), np.random.default_rng(seed)
    source = random_formula(random)
    formula = eval(source, {"np": np})
    with own_formulas.forgotten(), quiet():
        made = elementwise("random", formula, ("x", "y"), "result")
        for shape in (3, 7), (1, 200):
            for kind in np.float32, np.float64:
                for a, b in (0.7, -1.5), (0.0, 3), (np.inf, 1e-3), (np.nan, 2.0):
                    given = {name: values(rng, shape, kind) for name in ("x", "y")}
                    result = np.empty(shape, kind)
                    names = [given[name] for name in made.arrays]
                    assert made.kernel(*names, a, b, result) == 0
                    expected = np.broadcast_to(formula(given["x"], given["y"], a, b), shape)
                    assert same(result, expected), source


SHAPES = [(1, 1), (3, 5), (17, 1), (1, 33), (64, 8), (2, 3000)]


@numpys
@floats
@every_activation
def test_activation_is_its_formula_in_numpy(known, name, kind, book):
    rng = np.random.default_rng(1)
    one, plain = known[name](), twin(known[name])()
    with in_force(book), quiet():
        for shape in SHAPES:
            inputs, dvalues = values(rng, shape, kind), values(rng, shape, kind)
            for thing in one, plain:
                thing.forward(inputs)
                thing.backward(dvalues)
            assert same(one.output, plain.output)
            assert same(one.dinputs, plain.dinputs)
            if not one._compiled.forward.uses or kind is np.float32:
                assert name == "Tanh" or one._compute(inputs) is not None  # compiled


@pytest.mark.parametrize("arrange", [
    np.asfortranarray, lambda a: a[::2], lambda a: a.astype(int), lambda a: a.astype(">f4"),
    lambda a: a.reshape(2, 4, 4), lambda a: a.tolist(), lambda a: a[0]])
@every_activation
def test_activation_of_arrays_that_lie_otherwise(book_numpy, known, name, arrange):
    inputs = arrange(np.linspace(-4, 5, 32, dtype="float32").reshape(8, 4))
    left = []
    for thing in known[name](), twin(known[name])():
        ours = isinstance(thing, known[name])
        given = inputs if ours else np.asarray(inputs)
        with quiet():
            thing.forward(given)
            thing.backward(np.ones_like(thing.output))
        left.append((thing.output, thing.dinputs))
    for got, expected in zip(*left):
        assert same(np.asarray(got), np.asarray(expected))


@numpys
@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f4", "f8"), ("f8", "f4"), ("f8", "f8"),
                                   ("f4", "i8"), ("f8", "u1")], ids="-".join)
@every_loss
def test_loss_is_its_formula_in_numpy(known, name, kinds, book):
    rng = np.random.default_rng(2)
    one, plain = known[name](), twin(known[name])()
    with in_force(book), quiet():
        for shape in SHAPES:
            y_pred = values(rng, shape, kinds[0])
            y_true = values(rng, shape, kinds[1]) if kinds[1][0] == "f" else rng.integers(
                0, 3, shape).astype(kinds[1])
            assert same(one.forward(y_pred, y_true), plain.forward(y_pred, y_true))
            for thing in one, plain:
                thing.backward(y_pred, y_true)
            assert same(one.dinputs, plain.dinputs)


@floats
@every_optimizer
def test_optimizer_is_its_formula_in_numpy(book_numpy, known, name, kind):
    rng = np.random.default_rng(3)
    start = [values(rng, (7, 9), kind), values(rng, (1, 9), kind)]
    layers = [SimpleNamespace(weights=start[0].copy(), biases=start[1].copy()) for _ in range(2)]
    steps = [known[name](decay=0.1), twin(known[name])(decay=0.1)]
    for _ in range(4):
        slopes = values(rng, (7, 9), kind), values(rng, (1, 9), kind)
        for layer, optimizer in zip(layers, steps):
            layer.dweights, layer.dbiases = slopes
            with quiet():
                optimizer.pre_update_params()
                optimizer.update_params(layer)
                optimizer.post_update_params()
        assert vars(layers[0]).keys() == vars(layers[1]).keys()
        for key, expected in vars(layers[1]).items():
            assert same(vars(layers[0])[key], expected), key
    assert vars(steps[0]) == vars(steps[1])


# ----------------------------------------------------------------------------- fit and Model


def network(known, activation="GELU", loss="Huber", optimizer="AdamW"):
    """A function that makes this network of the classes of one module, or of their twins."""
    def make(nn, case):
        net = build(nn, case)
        chosen = [known[one] if nn is fastnn else twin(known[one])
                  for one in (activation, loss, optimizer)]
        net.layers[1] = chosen[0]()
        return net._replace(loss=chosen[1](), optimizer=chosen[2](0.01, 1e-3))
    return make


CASE = Case("squared 3", hidden=(9, 16), regularized=True)


def assert_trains_compiled(make, runs, **options):
    net = make(fastnn, CASE)
    assert fastnn.why_not(net.layers, net.loss, net.optimizer) is None
    for batch in None, 16:
        assert_fit_is_the_loop(CASE._replace(batch=batch), make=make, epochs=4, **options)
    assert runs == []


@every_activation
def test_fit_with_an_activation(book_numpy, stepwise_runs, known, name):
    assert_trains_compiled(network(known, activation=name), stepwise_runs)


@every_loss
def test_fit_with_a_loss(book_numpy, stepwise_runs, known, name):
    assert_trains_compiled(network(known, loss=name), stepwise_runs)


@every_optimizer
def test_fit_with_an_optimizer(book_numpy, stepwise_runs, known, name):
    assert_trains_compiled(network(known, optimizer=name), stepwise_runs)


@pytest.mark.parametrize("name", ["AdamW", "Nadam"])
def test_state_of_another_optimizer(book_numpy, stepwise_runs, name):
    """As Adam has it: momentums alone are made anew, a cache alone is an error."""
    def make(nn, case):
        net = build(nn, case._replace(optimizer=name))
        before = nn.Optimizer_SGD(0.01, momentum=0.9)
        for layer in net.layers:
            if hasattr(layer, "weights"):
                layer.dweights, layer.dbiases = np.ones_like(layer.weights), layer.biases + 1
                before.update_params(layer)
        return net
    assert_fit_is_the_loop(CASE, make=make, epochs=3)
    assert not stepwise_runs
    for steps in True, False:
        net = make(fastnn, CASE)
        for layer in net.layers[0], net.layers[2]:
            vars(layer)["weight_cache"] = vars(layer).pop("weight_momentums")
            vars(layer)["bias_cache"] = vars(layer).pop("bias_momentums")
        with pytest.raises((AttributeError, TypeError, ValueError), match="weight_momentums"):
            if steps:
                net.optimizer.update_params(net.layers[0])
            else:
                fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y)


@pytest.mark.parametrize("kind", ["float64", "uint8", "int64", "int16"])
@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_fit_of_other_targets_has_numpys_digits(book_numpy, known, loss, kind):
    """exp and log of float64 are NumPy's own then: such a run may go step by step."""
    def make(nn, case):
        net = network(known, loss=loss)(nn, case)
        y = net.y if kind == "float64" else np.abs(3 * net.y)
        return net._replace(y=y.astype(kind))
    assert_fit_is_the_loop(CASE, make=make, epochs=3)


def modelled(known, nn, *names):
    net = network(known, *names)(nn, CASE)
    model = nn.Model()
    for layer in net.layers:
        model.add(layer)
    model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
    model.finalize()
    return model, net


@pytest.mark.parametrize("names", [("OwnOptions", "OwnPinball", "OwnAMSGrad"),
                                   ("Swish", "Huber", "Nadam"), ("ELU", "OwnLogCosh", "AdamW")])
def test_model(book_numpy, monkeypatch, capsys, known, names):
    def refuse(reason, things):
        raise AssertionError(reason)
    monkeypatch.setattr(model_runs, "_FEW", 0)
    monkeypatch.setattr(watching, "stepwise", refuse)
    left, printed = [], []
    for nn in fastnn, reference:
        model, net = modelled(known, nn, *names)
        model.train(net.X, net.y, epochs=5, batch_size=16, print_every=2)
        printed.append(capsys.readouterr().out)
        left.append(arrays_of({"model": model}))
    assert_same(*left)
    assert printed[0] == printed[1]


@pytest.mark.parametrize("names", [("OwnOptions", "OwnPinball", "OwnAMSGrad"),
                                   ("ELU", "Huber", "AdamW")])
def test_saved_models_go_on_as_they_would_have(book_numpy, capsys, tmp_path, known, names):
    model, net = modelled(known, fastnn, *names)
    for thing, option in ((model.layers[1], "i"), (model.layers[1], "alpha"),
                          (model.loss, "quantile"), (model.loss, "delta")):
        if hasattr(thing, option):
            setattr(thing, option, 0.75)
    model.train(net.X, net.y, epochs=3)
    model.save(tmp_path / "model")
    classes = {one: known[one] for one in names if one[:3] == "Own"}
    loaded = fastnn.Model.load(tmp_path / "model", classes=classes)
    for one in model, loaded:
        np.random.seed(1)
        one.train(net.X, net.y, epochs=20)
    for a, b in zip(model.layers, loaded.layers, strict=True):
        assert type(a) is type(b)
        assert_same(arrays_of({"layer": a}), arrays_of({"layer": b}))
    if classes:
        with pytest.raises(fastnn.StorageError, match=f"is an {names[0]}, which is no class"):
            fastnn.Model.load(tmp_path / "model")


# ---------------------------------------------------------------------------------- copies


@pytest.mark.parametrize("name", sorted(ACTIVATIONS | LOSSES | OPTIMIZERS))
def test_copies(known, name):
    one = known[name]()
    made = [copy.copy(one), copy.deepcopy(one)]
    if name[:3] != "Own":  # those are made in functions, where pickle does not find them
        made.append(pickle.loads(pickle.dumps(one)))
    x = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)
    for other in made:
        assert type(other) is type(one) and vars(other) == vars(one) and repr(other) == repr(one)
        if name in ACTIVATIONS:
            one.forward(x)
            other.forward(x)
            assert same(one.output, other.output)
            vars(one).pop("inputs"), vars(one).pop("output")


def test_formulas_of_a_notebook_and_of_functions(known):
    """A source that no file has; and what a function around the class knows."""
    space = {"np": np, "Activation": fastnn.Activation}
    exec("class OwnCell(Activation):\n"
         "    def formula(inputs): return np.tanh(inputs) * 2\n"
         "    def slope(dvalues, inputs): return dvalues * 2 * (1 - np.tanh(inputs) ** 2)\n", space)

    def scaled(by):
        class OwnScaled(fastnn.Activation):
            def formula(inputs):
                return inputs * by

            def slope(dvalues, inputs):
                return dvalues * by
        return OwnScaled

    x = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)
    for kind, expected in ((space["OwnCell"], np.tanh(x) * 2), (scaled(3), 3 * x),
                           (scaled(-0.5), -0.5 * x)):
        one = kind()
        one.forward(x)
        assert same(one.output, expected)
        assert one._compute(x) is not None


def test_twins_are_there_for_all_public_formulas():
    assert {"Activation_GELU", "Optimizer_Nadam", "Loss_Huber"} <= vars(PLAIN).keys()
