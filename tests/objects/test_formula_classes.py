"""Classes of formulas: nothing is run with another class's formula, nor with one that was replaced.
"""

import inspect
from pathlib import Path

import numpy as np
import own_formulas
import pytest
from kernel_calls import same
from kernel_numpy import quiet
from networks import Case, assert_fit_is_the_loop, build, train_by_hand
from rosters import twin

import fastnn
from fastnn import (
    Activation,
    Activation_ELU,
    Activation_LeakyReLU,
    Activation_ReLU,
    Activation_Sigmoid,
    Activation_Swish,
    Activation_Tanh,
    Loss_BinaryCrossentropy,
    Loss_Huber,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
    Optimizer_AdamW,
    registry,
)
from fastnn.support import watching

X = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)
STEPWISE = {"Layer_Input"}  # and what is there to be derived from


@pytest.fixture(autouse=True)
def clean():
    with own_formulas.forgotten():
        yield


# ---------------------------------------------------- other formulas than the parent's


def doubled(kind, name):
    """A subclass with twice the formula of its parent, of the same options."""
    space = {"f": kind.formula, "g": kind.slope}
    arguments = {one: function.__code__.co_varnames[:function.__code__.co_argcount]
                 for one, function in space.items()}
    given = kind()
    for one, names in arguments.items():
        said = [f"{n}={vars(given)[n]!r}" if n in vars(given) else n for n in names]
        exec(f"def {one}2({', '.join(said)}): return 2 * {one}({', '.join(names)})", space)
    return type(name, (kind,), {"formula": space["f2"], "slope": space["g2"]})


def parents():
    return [Activation_ReLU, Activation_LeakyReLU, Activation_ELU, Loss_MeanSquaredError,
            Loss_MeanAbsoluteError, Loss_BinaryCrossentropy, Loss_Huber]


@pytest.mark.parametrize("kind", [*parents(), Activation_Sigmoid, Activation_Tanh],
                         ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("arrange", [lambda a: a, lambda a: a.astype(float), np.asfortranarray,
                                     lambda a: a[::2], lambda a: a.astype(int),
                                     lambda a: a.astype(">f4")])
def test_objects_of_a_subclass_do_its_own_formula(book_numpy, kind, arrange):
    if kind in (Activation_Sigmoid, Activation_Tanh):  # whose slopes are of the output
        own = type("OwnSub", (kind,), {"formula": lambda inputs: inputs * inputs * inputs,
                                       "slope": lambda dvalues, inputs: 3 * inputs**2 * dvalues})
    elif kind is Activation_ELU:
        own = type("OwnSub", (kind,), {
            "formula": lambda inputs, alpha=0.5: alpha * inputs * inputs,
            "slope": lambda dvalues, inputs, output, alpha: 2 * alpha * inputs * dvalues
            + 0 * output})
    else:
        own = doubled(kind, "OwnSub")
    one, plain, x = own(), twin(own)(), arrange(X)
    with quiet():
        if issubclass(kind, Activation):
            for thing in one, plain:
                thing.forward(x)
                thing.backward(np.ones_like(thing.output))
            assert same(one.output, plain.output)
        else:
            y = np.abs(np.sign(x))
            assert same(one.forward(x, y), plain.forward(x, y))
            for thing in one, plain:
                thing.backward(x, y)
        assert same(one.dinputs, plain.dinputs)


CASE = Case("squared 3", hidden=(9, 16))


def replaced(place, kind):
    """A function that makes a network with this class in one place, or with its twin."""
    def make(nn, case):
        net = build(nn, case)
        one = kind() if nn is fastnn else twin(kind)()
        if place == "layer":
            net.layers[1] = one
            return net
        return net._replace(**{place: one})
    return make


@pytest.mark.parametrize("kind", parents(), ids=lambda kind: kind.__name__)
def test_fit_and_model_of_a_subclass_do_its_own_formula(book_numpy, stepwise_runs, kind, capsys):
    own = doubled(kind, "OwnSub") if kind is not Activation_ELU else type("OwnSub", (kind,), {
        "formula": lambda inputs, alpha=0.5: alpha * inputs * inputs,
        "slope": lambda dvalues, inputs, alpha: 2 * alpha * inputs * dvalues})
    make = replaced("layer" if issubclass(kind, Activation) else "loss", own)
    case = CASE._replace(loss="binary 3") if kind is Loss_BinaryCrossentropy else CASE
    assert_fit_is_the_loop(case, make=make, epochs=3)
    assert not stepwise_runs
    left = []
    for nn in fastnn, fastnn.reference:
        net, model = make(nn, case), nn.Model()
        for layer in net.layers:
            model.add(layer)
        model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
        model.finalize()
        model.train(net.X, net.y, epochs=20)
        left.append(net.layers[0].weights)
    assert same(*left)


def test_a_subclass_of_an_optimizer_does_its_own_update(book_numpy, stepwise_runs):
    class OwnSub(Optimizer_AdamW):
        def update(parameters, gradient, momentums, cache, lr, t, beta_1=0.5):
            return parameters - lr * gradient * beta_1**t, momentums + gradient, cache + t

    assert_fit_is_the_loop(CASE, make=replaced("optimizer", OwnSub), epochs=3)
    assert not stepwise_runs


def test_a_subclass_with_half_of_the_formulas_is_refused():
    with pytest.raises(ValueError, match="derivative"):
        type("Own", (Activation_Swish,), {"formula": lambda inputs: inputs * inputs})


# ---------------------------------------------------------------- formulas that are replaced


def cubed(inputs):
    return inputs * inputs * inputs


def of_cubed(dvalues, inputs):
    return 3 * inputs * inputs * dvalues


@pytest.mark.parametrize("where", ["class", "class, static", "object"])
def test_formula_that_is_replaced_is_done_as_it_is(book_numpy, monkeypatch, stepwise_runs, where):
    """On the class, or on an object alone: as objects, and in fit, which goes step by step."""
    def make(nn, case):
        net = build(nn, case)
        net.layers[1] = one = Activation_Swish() if nn is fastnn else twin(Activation_Swish)()
        if where == "object":
            one.formula, one.slope = cubed, of_cubed
        elif nn is not fastnn:
            type(one).formula, type(one).slope = staticmethod(cubed), staticmethod(of_cubed)
        return net

    if where != "object":
        put = staticmethod if where == "class, static" else lambda one: one
        monkeypatch.setattr(Activation_Swish, "formula", put(cubed))
        monkeypatch.setattr(Activation_Swish, "slope", put(of_cubed))
    one = make(fastnn, CASE).layers[1]
    one.forward(X)
    one.backward(X)
    assert same(one.output, cubed(X)) and same(one.dinputs, of_cubed(X, X))
    net = make(fastnn, CASE)
    assert "has its own formula" in fastnn.why_not(net.layers, net.loss, net.optimizer)
    left = []
    for nn in fastnn, fastnn.reference:
        np.random.seed(0)
        net = make(nn, CASE)
        if nn is fastnn:
            fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y, epochs=3)
        else:
            train_by_hand(net, epochs=3)
        left.append(net.layers[0].weights)
    assert same(*left) and stepwise_runs


@pytest.mark.parametrize("where", ["class", "object"])
def test_loss_and_update_that_are_replaced(book_numpy, monkeypatch, stepwise_runs, where):
    def quartic(y_pred, y_true):
        return (y_pred - y_true) ** 2 * (y_pred - y_true) ** 2

    def of_quartic(y_pred, y_true):
        return 4 * (y_pred - y_true) ** 2 * (y_pred - y_true)

    def halved(parameters, gradient, momentums, cache, lr, t):
        return parameters / 2, momentums, cache

    net = build(fastnn, CASE)
    loss, optimizer = Loss_Huber(), Optimizer_AdamW()
    for thing, names in ((loss, {"formula": quartic, "slope": of_quartic}),
                         (optimizer, {"update": halved})):
        for name, function in names.items():
            monkeypatch.setattr(thing if where == "object" else type(thing), name, function)
    y = X[::-1].copy()
    assert same(loss.forward(X, y), np.mean(quartic(X, y), axis=-1))
    loss.backward(X, y)
    assert same(loss.dinputs, of_quartic(X, y) / 4 / 3)
    for chosen in (loss, net.optimizer), (net.loss, optimizer):
        assert "has its own" in fastnn.why_not(net.layers, *chosen)
    before = net.layers[0].weights.copy()
    fastnn.fit(net.layers, net.loss, optimizer, net.X, net.y, epochs=2)
    assert same(net.layers[0].weights, before / 2 / 2) and stepwise_runs


def new_state(net):
    for layer in net.layers:
        if hasattr(layer, "weights"):
            layer.weight_velocity = 0.01 * np.ones_like(layer.weights)
            layer.bias_velocity = 0.01 * np.ones_like(layer.biases)


def no_state(net):
    for layer in net.layers:
        if hasattr(layer, "weights"):
            del layer.weight_velocity, layer.bias_velocity


def new_formula(net):
    net.layers[1].formula, net.layers[1].slope = cubed, of_cubed


def new_class(net):
    one = type(net.layers[1])
    one.formula, one.slope = staticmethod(cubed), staticmethod(of_cubed)


def new_update(net):
    net.optimizer.update = lambda parameters, gradient, velocity, lr, t: (parameters / 2, velocity)


def new_option(net):
    net.optimizer.momentum = 0.25


@pytest.mark.parametrize("change", [new_state, no_state, new_formula, new_class, new_update,
                                    new_option])
@pytest.mark.parametrize("where", ["in a callback", "between two trainings of a Model"])
def test_what_is_changed_under_way_is_not_overlooked(book_numpy, capsys, change, where):
    [nesterov, *_] = own_formulas.optimizers()
    left = []
    for nn in fastnn, fastnn.reference:
        kind = type("OwnSwish", (Activation_Swish,), {
            "formula": Activation_Swish.formula, "slope": Activation_Swish.slope})
        chosen = [one if nn is fastnn else twin(one) for one in (kind, nesterov)]
        net = build(nn, CASE)
        net.layers[1] = chosen[0]()
        net = net._replace(optimizer=chosen[1](0.01))
        if where == "in a callback":
            def callback(row, net=net):
                if (row[0] if isinstance(row, tuple) else row.epoch) == 5:
                    change(net)
            (fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y, epochs=12,
                        callback=callback) if nn is fastnn
             else train_by_hand(net, epochs=12, callback=callback))
        else:
            model = nn.Model()
            for layer in net.layers:
                model.add(layer)
            model.set(loss=net.loss, optimizer=net.optimizer, accuracy=net.accuracy)
            model.finalize()
            model.train(net.X, net.y, epochs=20)
            change(net)
            model.train(net.X, net.y, epochs=20)
        left.append([net.layers[0].weights, net.layers[0].weight_velocity])
    assert all(same(*pair) for pair in zip(*left))


# ------------------------------------------------------------------------------- the registry


def test_every_public_class_says_how_it_is_compiled():
    without = {one.kind.__name__ for one in registry.entries()
               if one.compiled is None and not one.is_base}
    assert without == STEPWISE
    assert set(registry.bases()) == {"Activation", "PointwiseLoss", "Optimizer"}


@pytest.mark.parametrize("word", ["other", None, 3, {}, "identity "])
@pytest.mark.parametrize("name", ["Layer_Dense", "Activation_ReLU", "Activation_Softmax",
                                  "Loss_CategoricalCrossentropy", "Loss_MeanSquaredError",
                                  "Optimizer_Adam"])
def test_what_is_compiled_in_an_unknown_way_goes_step_by_step(name, word):
    kind = getattr(fastnn, name)
    role = registry.entry_of(kind).role
    own = type("OwnWord", (kind,), {})
    given = {k: v for k, v in registry.entry_of(kind)._asdict().items()
             if k not in ("kind", "role", "compiled")}
    registry.register(role, compiled=word, **given)(own)
    case = Case("softmax") if name.startswith(("Loss_Cat", "Activation_Soft")) else CASE
    net = build(fastnn, case)
    if role == "layer":
        at = next(n for n, one in enumerate(net.layers) if type(one) is kind)
        net.layers[at].__class__ = own
    else:
        net = net._replace(**{role: own()})
    assert fastnn.why_not(net.layers, net.loss, net.optimizer) == "OwnWord is not compiled"
    fastnn.fit(net.layers, net.loss, net.optimizer, net.X, net.y)


# -------------------------------------------------------------------------- names and the cache


def scaled(by):
    """Always a class of the same name."""
    class OwnTwice(Activation):
        def formula(inputs):
            return inputs * by

        def slope(dvalues, inputs):
            return dvalues * by
    return OwnTwice


def test_classes_of_one_name_each_do_their_own(book_numpy, stepwise_runs):
    kinds = [scaled(by) for by in (0.5, -2, 1.0)]
    for kind, by in zip(kinds, (0.5, -2, 1.0)):
        one = kind()
        one.forward(X)
        assert same(one.output, X * by) and one._compute(X) is not None
        assert_fit_is_the_loop(CASE, make=replaced("layer", kind), epochs=2)
    assert not stepwise_runs


def test_classes_of_one_name_share_a_cache(fresh_process, tmp_path):
    program = """
        import numpy as np, fastnn
        from fastnn.compile.waiting import COMPILING
        class Own(fastnn.Activation):
            def formula(inputs, alpha=1): return inputs * {by} - alpha
            def slope(dvalues, inputs, alpha): return dvalues * {by}
        one = Own()
        one.forward(np.ones((2, 2), "f4"))
        print(one.output[0, 0], one._compute(one.inputs) is not None, COMPILING.kernels)
        """
    where = {"NUMBA_CACHE_DIR": str(tmp_path)}
    got = [fresh_process(program.format(by=by), env=where).split() for by in (3, 5, 3, 5)]
    assert got == [["2.0", "True", "1"], ["4.0", "True", "1"],
                   ["2.0", "True", "0"], ["4.0", "True", "0"]]


def test_nothing_is_compiled_without_numba(fresh_process):
    """Then NumPy does the formulas; a subclass's are its own there too."""
    out = fresh_process("""
        import numpy as np, fastnn
        class Own(fastnn.Activation_ReLU):
            def formula(inputs): return inputs * 3
            def slope(dvalues, inputs): return dvalues * 3
        one = Own()
        one.forward(np.ones((2, 2), "f4"))
        one.backward(np.ones((2, 2), "f4"))
        print(one.output[0, 0], one.dinputs[0, 0])
        """, env={"NUMBA_DISABLE_JIT": "1"})
    assert out.split() == ["3.0", "3.0"]


def test_profiles_know_own_classes_by_name():
    assert watching.watcher() is None
    with fastnn.profile() as found:
        scaled(3)().forward(X)
    assert "OwnTwice" in str(found)


@pytest.mark.parametrize(("kind", "most"), [
    ("Activation_GELU", 40), ("Activation_ELU", 40), ("Activation_Swish", 40), ("Loss_Huber", 40),
    ("Optimizer_AdamW", 60), ("Optimizer_Nadam", 60)])
def test_a_class_is_a_short_file_and_two_lines_of_the_folder(kind, most):
    file = Path(inspect.getfile(getattr(fastnn, kind)))
    assert len(file.read_text().splitlines()) + 2 <= most
