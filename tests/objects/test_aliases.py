"""Second names for attributes: what they do, and that runs take classes with them for ours."""

import copy
import pickle

import numpy as np
import pytest
from own_formulas import forgotten

import fastnn
from fastnn.support.aliases import Alias, aliases


class Renamed(fastnn.Layer_Dense):
    z = Alias("output")
    back = Alias("backward")
    weight_l2 = Alias("weight_regularizer_l2")
    bias_mean = Alias("bias_momentums")


def passed(layer):
    layer.forward(np.ones((4, 2)))
    return layer


def test_reads_writes_and_deletes_go_to_the_attribute():
    layer = passed(Renamed(2, 3, weight_regularizer_l2=0.5))
    assert layer.z is layer.output and layer.weight_l2 == 0.5
    layer.z = layer.output * 2
    assert layer.output is layer.z and "z" not in vars(layer)
    del layer.z
    assert not hasattr(layer, "output") and not hasattr(layer, "z")


def test_a_method_is_the_one_that_the_object_has():
    class Own(Renamed):
        def backward(self, dvalues):
            self.called = True
            super().backward(dvalues)

    layer = passed(Own(2, 3))
    layer.back(layer.output)
    assert layer.called and layer.dinputs.shape == (4, 2)


def test_what_is_not_there_yet_is_told_by_its_own_name():
    with pytest.raises(AttributeError, match="'Renamed' object has no attribute 'output'"):
        Renamed(2, 3).z  # noqa: B018


def test_the_names_can_be_asked_for():
    class Further(Renamed):
        z = Alias("inputs")

    assert aliases(Renamed) == {"z": "output", "back": "backward", "bias_mean": "bias_momentums",
                                "weight_l2": "weight_regularizer_l2"}
    assert aliases(Further)["z"] == "inputs" and aliases(fastnn.Layer_Dense) == {}
    assert Renamed.z.__doc__ == "The same as `output`." and Renamed.z.of == "output"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy,
                                    lambda thing: pickle.loads(pickle.dumps(thing))])
def test_copies_have_them(copied):
    layer = copied(passed(Renamed(2, 3)))
    assert layer.z is layer.output and np.array_equal(layer.z, np.ones((4, 2)) @ layer.weights)


# -------------------------------------------------------------------------------------- in runs


def why_not(kind, optimizer=None):
    return fastnn.why_not([kind(2, 3)], fastnn.Loss_MeanSquaredError(),
                          optimizer or fastnn.Optimizer_SGD())


def test_a_run_takes_the_class_for_ours():
    assert why_not(Renamed) is None


def test_what_else_is_asked_at_each_access_is_none_of_ours():
    class Asked(fastnn.Layer_Dense):
        weight_l2 = property(lambda self: 0.5)

    assert why_not(Asked) == "Asked has a weight_l2 of its own"


@pytest.mark.parametrize("name", ["weights", "output", "weight_regularizer_l2", "weight_cache",
                                  "bias_momentums", "trainable", "dinputs"])
def test_no_alias_may_hide_what_a_run_reads_or_writes(name):
    hiding = type("Hiding", (fastnn.Layer_Dense,), {"elsewhere": None, name: Alias("elsewhere")})
    layer = hiding.__new__(hiding)
    vars(layer).update(vars(fastnn.Layer_Dense(2, 3)))
    said = fastnn.why_not([layer], fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD())
    assert said == f"Hiding has a {name} of its own"


def test_nor_the_state_of_anybodys_optimizer():
    with forgotten():
        class Optimizer_Sluggish(fastnn.Optimizer):
            states = ("sluggishness",)

            def update(parameters, gradient, sluggishness, lr, t):
                sluggishness = 0.5 * sluggishness - lr * gradient
                return parameters + sluggishness, sluggishness

        hiding = type("Hiding", (Renamed,), {"weight_sluggishness": Alias("inputs")})
        assert why_not(hiding) == "Hiding has a weight_sluggishness of its own"
        assert why_not(Renamed, Optimizer_Sluggish()) is None


def test_one_rate_under_two_names_compounds_step_by_step():
    one = type("One", (fastnn.Optimizer_SGD,), {"current_learning_rate": Alias("learning_rate")})
    assert why_not(Renamed, one()) == "One.current_learning_rate is not a plain Python number"


@pytest.mark.parametrize(("part", "name"), [
    ("activation", "forward"), ("activation", "inputs"), ("activation", "output"),
    ("loss", "forward"), ("loss", "calculate")])
def test_parts_of_the_combined_class_are_asked_where_they_have_their_own(part, name):
    """The short way through both is for parts that add names alone."""
    seen = []
    base = {"activation": fastnn.Activation_Softmax,
            "loss": fastnn.Loss_CategoricalCrossentropy}[part]

    def watched(self, *arguments):
        seen.append(name)
        return getattr(super(own, self), name)(*arguments)

    def keep(self, value):
        seen.append(name)
        vars(self)[f"_{name}"] = value

    own = type("Own", (base,), {name: watched if hasattr(base, name) else property(
        lambda self: vars(self)[f"_{name}"], keep)})
    both = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    setattr(both, part, own())
    z, y = np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([0, 1])
    expected = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    assert both.forward(z, y) == expected.forward(z, y)
    assert np.array_equal(both.output, expected.output)
    assert seen
