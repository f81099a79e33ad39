"""The options of formulas: what constructors take, what is no option, and what no name for one."""

import numpy as np
import own_formulas
import pytest
from kernel_calls import same
from rosters import twin

import fastnn
from fastnn import (
    Activation,
    Activation_LeakyReLU,
    Loss_MeanAbsoluteError,
    Optimizer,
    PointwiseLoss,
)

X = np.linspace(-2, 2, 12, dtype="float32").reshape(3, 4)


@pytest.fixture(autouse=True)
def clean():
    with own_formulas.forgotten():
        yield


def leaking(base):
    """A class of a formula with an option."""
    class OwnLeaking(base):
        def formula(inputs, beta=0.1):
            return np.where(inputs > 0, inputs, beta * inputs)

        def slope(dvalues, inputs, beta):
            return np.where(inputs > 0, dvalues, beta * dvalues)
    return OwnLeaking


def weighed(base, default=2.0):
    """A class with an option that its slope alone names."""
    class OwnWeighed(base):
        def formula(y_pred, y_true, power=1.0):
            return power * (y_true - y_pred) ** 2

        def slope(y_pred, y_true, power, steep=default):
            return power * 2 * (y_pred - y_true) + 0 * steep
    return OwnWeighed


@pytest.mark.parametrize("base", [Activation, Activation_LeakyReLU])
def test_constructor_takes_the_options_of_an_activation(base):
    """Whatever the constructor of the class that it is derived from takes."""
    kind = leaking(base)
    for one, beta in (kind(), 0.1), (kind(0.5), 0.5), (kind(beta=0.25), 0.25):
        assert vars(one) == {"beta": beta} and repr(one) == f"OwnLeaking(beta={beta})"
        one.forward(X)
        one.backward(X)
        assert same(one.output, np.where(X > 0, X, beta * X)) and same(one.dinputs, one.output)
    with pytest.raises(TypeError, match="OwnLeaking: beta must be a number, got 'x'"):
        kind("x")


def test_constructor_that_misses_an_option_says_whose_it_is():
    own = type("Own", (Activation,), {
        "formula": lambda inputs, alpha: alpha * inputs,
        "slope": lambda dvalues, inputs, alpha: alpha * dvalues})
    with pytest.raises(TypeError, match="^Own: missing a required argument: 'alpha'$"):
        own()
    with pytest.raises(TypeError, match="^Own: got an unexpected keyword argument 'beta'$"):
        own(1.0, beta=2.0)


@pytest.mark.parametrize("base", [PointwiseLoss, Loss_MeanAbsoluteError])
def test_constructor_takes_the_options_of_a_loss(base):
    kind = weighed(base)
    assert vars(kind()) == {"power": 1.0, "steep": 2.0}
    one = kind(3.0, steep=0.5)
    assert vars(one) == {"power": 3.0, "steep": 0.5}
    one.backward(X, -X)
    plain = twin(kind)(3.0, 0.5)
    plain.backward(X, -X)
    assert same(one.dinputs, plain.dinputs)


def test_constructor_that_somebody_wrote_stays():
    class OwnFixed(Activation_LeakyReLU):
        def __init__(self, twice):
            super().__init__(2 * twice)

    class OwnDerived(OwnFixed):
        def formula(inputs, alpha=0.3):
            return alpha * inputs

        def slope(dvalues, inputs, alpha):
            return alpha * dvalues

    assert vars(OwnDerived(0.5)) == {"alpha": 1.0}
    assert vars(Loss_MeanAbsoluteError(book_gradient=True)) == {"book_gradient": True}
    with pytest.raises(TypeError, match="positional"):
        Loss_MeanAbsoluteError(True)


def test_option_of_a_slope_alone_has_a_default():
    with pytest.raises(TypeError, match="OwnWeighed: slope names an option 'steep' that has no de"):
        class OwnWeighed(PointwiseLoss):
            def formula(y_pred, y_true, power=1.0):
                return power * (y_true - y_pred) ** 2

            def slope(y_pred, y_true, power, steep):
                return power * 2 * (y_pred - y_true) + 0 * steep


def switched():
    class OwnSwitched(Activation):
        def formula(inputs, flag=False):
            return np.where(flag, inputs, 2 * inputs)

        def slope(dvalues, inputs, flag):
            return np.where(flag, dvalues, 2 * dvalues)
    return OwnSwitched


def damped():
    class OwnDamped(Optimizer):
        def update(parameters, gradient, lr, t, damped=False, by=0.5):
            return parameters - lr * np.where(damped, by * gradient, gradient)
    return OwnDamped


@pytest.mark.parametrize("flag", [False, True])
def test_option_that_is_true_or_false(book_numpy, tmp_path, capsys, flag):
    """np.where takes it; alone, in a Model and from a file."""
    OwnSwitched, OwnDamped, models = switched(), damped(), []
    for nn in fastnn, fastnn.reference:
        np.random.seed(0)
        model = nn.Model()
        own, optimizer = [kind if nn is fastnn else twin(kind) for kind in (OwnSwitched, OwnDamped)]
        for layer in nn.Layer_Dense(4, 3), own(flag), nn.Layer_Dense(3, 4), nn.Activation_Linear():
            model.add(layer)
        model.set(loss=nn.Loss_MeanSquaredError(), optimizer=optimizer(0.1, damped=flag),
                  accuracy=nn.Accuracy_Regression())
        model.finalize()
        model.train(X, X, epochs=3)
        models.append(model)
    assert same(*(model.layers[0].weights for model in models))
    assert OwnSwitched().flag is OwnDamped().damped is False
    models[0].save(tmp_path / "a")
    got = fastnn.Model.load(tmp_path / "a", classes={
        "OwnSwitched": OwnSwitched, "OwnDamped": OwnDamped})
    assert got.layers[1].flag is got.optimizer.damped is flag
    assert same(got.predict(X), models[0].predict(X))


@pytest.mark.parametrize("name", ["weights", "biases", "dweights", "dbiases", "states",
                                  "sums_outputs", "trainable_layers"])
def test_names_that_are_something_else_already(name):
    """With weights an activation would count as trainable, and have none to give."""
    words = f"an option cannot be called '{name}', which is something else already"
    space: dict = {}
    exec(f"def f(inputs, {name}=0.5): return inputs * {name}\n"
         f"def g(dvalues, inputs, {name}): return dvalues * {name}\n"
         f"def h(y_pred, y_true, {name}=0.5): return {name} * (y_pred - y_true) ** 2\n"
         f"def i(y_pred, y_true, {name}): return {name} * 2 * (y_pred - y_true)\n"
         f"def j(parameters, gradient, lr, t, {name}=0.5): return parameters - {name} * gradient",
         space)
    for base, functions in ((Activation, {"formula": "f", "slope": "g"}),
                            (PointwiseLoss, {"formula": "h", "slope": "i"}),
                            (Optimizer, {"update": "j"})):
        with pytest.raises(TypeError, match=words):
            type("Own", (base,), {one: space[short] for one, short in functions.items()})


@pytest.mark.parametrize("name", ["scale", "regularizer_l1", "regularizer_l2"])
def test_states_that_would_hide_what_a_layer_has(name):
    """Layer_Dense.weight_scale is there before any state, which is then never made."""
    space: dict = {}
    exec(f"def update(parameters, gradient, {name}, lr, t):\n"
         f"    return parameters - lr * gradient, {name} + gradient", space)
    with pytest.raises(TypeError, match=f"Own: a state cannot be called '{name}': weight_{name} is "
                                        "an attribute of Layer_Dense already"):
        type("Own", (Optimizer,), {"states": (name,), "update": space["update"]})
