"""What the checker believes: its steps are the reference's, its mistakes are none of the right."""

import numpy as np
import pytest

from fastnn import checking, reference
from fastnn.checking import cases, central, mistakes, probing, roles, steps, values

HYPERS = {"learning_rate": 0.31, "decay": 0.17, "momentum": 0.23, "epsilon": 0.05, "rho": 0.7,
          "beta_1": 0.8, "beta_2": 0.9}


def of_kind(kind):
    return {name: HYPERS[name] for name in steps.HYPERS[kind]}


@pytest.mark.parametrize("kind", steps.HYPERS)
def test_steps_are_the_references(kind):
    start, slopes = steps.data()
    layers = [reference.Layer_Dense(*weights.shape) for weights, _ in start]
    for layer, (weights, biases) in zip(layers, start):
        layer.weights, layer.biases = weights.copy(), biases.copy()
    optimizer = getattr(reference, f"Optimizer_{kind}")(**of_kind(kind))
    got = steps.simulate(kind, of_kind(kind))
    for row, gradients in zip(got, slopes):
        optimizer.pre_update_params()
        for layer, (layer.dweights, layer.dbiases) in zip(layers, gradients):
            optimizer.update_params(layer)
        optimizer.post_update_params()
        expected = np.concatenate([array.ravel() for layer in layers
                                   for array in (layer.weights, layer.biases)])
        assert np.array_equal(row, expected)


@pytest.mark.parametrize("kind", steps.HYPERS)
def test_every_mistake_of_an_optimizer_is_one_and_no_other(kind):
    right = steps.simulate(kind, of_kind(kind))
    rows = {name: steps.simulate(kind, of_kind(kind), name) for name in steps.MISTAKES[kind]}
    skipped = {"state not kept"} if kind == "Adagrad" else set()
    for name, row in rows.items():
        assert not values.agree(row, right), name
        twins = [other for other, two in rows.items() if values.agree(row, two) and other != name]
        assert not twins or name in skipped, (name, twins)


def tried(role):
    if role is roles.CLASSES or role is roles.COMBINED:
        return cases.classification()
    if role is roles.BINARY:
        return cases.regression(True)
    return cases.regression(False) if role in roles.NUMBERS else cases.layers()


ROLES = [roles.DENSE, *roles.ACTIVATIONS, roles.leaky(0.1), roles.CLASSES, roles.BINARY,
         *roles.NUMBERS, roles.COMBINED]


@pytest.mark.parametrize("role", ROLES, ids=[role.name for role in ROLES])
def test_every_mistake_differs_from_what_is_right(role):
    for quantity in role.quantities:
        looked = [case for case in tried(role) if case.for_role(role.name) and not (
            quantity.stage == "backward" and "forward_only" in case.arrays)]
        assert len(looked) >= 5
        for mistake in mistakes.known(role, quantity):
            same = []
            for case in looked:
                try:
                    with np.errstate(all="ignore"):
                        wrong = np.asarray(mistake.wrong(case))
                except (ValueError, IndexError):
                    continue  # it would raise for the user as well
                same.append(values.agree(wrong, roles.expected(role, quantity, case), case.single))
            assert not same or not all(same) or len(same) < len(looked), mistake
            assert mistake.name and mistake.sentence


def test_the_reference_is_right_with_the_same_bits():
    report = checking.check(*(one for name, one in vars(reference).items() if isinstance(one, type)
                              and name.startswith(("Layer_D", "Activation_", "Loss_", "Optimizer_",
                                                   "Accuracy_"))))
    assert {one["verdict"] for one in report} == {"right"}
    assert all(one["same_bits"] for one in report if one["role"] != "dropout")
    assert {one["gradients"] for one in report if "accuracy" not in one["role"]
            and "optimizer" not in one["role"] and one["role"] != "dropout"} == {"agree"}
    assert all(one["book"] == one["name"] for one in report)


def test_module_of_the_reference_and_its_model():
    report = checking.check(reference)
    assert report.right and report["Model"]["role"] == "model" and report["Model"]["same_bits"]
    assert report["Loss"]["verdict"] == "base class"


def test_functions_are_checked_too():
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def mse(a, b):
        return ((a - b) ** 2).sum()

    assert checking.check(sigmoid)["sigmoid"]["role"] == "sigmoid"
    (row,) = checking.check(mse)["mse"]["differences"]
    assert row["mistake"] == "missing mean over outputs and samples"


def test_values_agree_to_rounding_alone():
    one = np.array([1.0, 2.0])
    assert values.agree(one + 1e-10, one) and not values.agree(one + 1e-8, one)
    assert values.agree((one + 1e-7).astype("f4"), one.astype("f4"))
    assert not values.agree(one[None], one) and not values.agree(None, one)
    assert values.agree(np.array([np.nan, np.inf]), np.array([np.nan, np.inf]))
    assert not values.agree(np.array([np.nan]), np.array([1.0]))
    assert values.first_difference(np.array([1.0, 5.0]), one) == {
        "element": [1], "got": 5.0, "expected": 2.0, "by": 3.0, "at_most": 3.0, "differing": 1,
        "of": 2}
    assert values.as_array([[1, 2], [3]]) is None and values.as_array("text") is None
    assert values.as_array([]) is None and values.as_array(np.array(["a"])) is None


def test_central_differences():
    slope = central.gradient(lambda x: float(np.sum(x**3)), np.array([[1.0, -2.0]]))
    assert np.allclose(slope, [[3.0, 12.0]], rtol=1e-8)
    assert central.near(np.array([[3.0, 12.0]]), slope)
    assert not central.near(np.array([[3.0, 12.1]]), slope)


def test_places_are_found_and_written():
    class Nested:
        def __init__(self):
            self.plain, self.listed, self.named = np.ones(2), [1.0, 2.0], {"w": np.ones((1, 2))}

    thing = Nested()
    seen = {probing.words(place): place for place in probing.observe(thing)}
    assert {"plain", "listed", "named['w']"} <= set(seen)
    for name in ("plain", "listed", "named['w']"):
        probing.put(thing, seen[name], np.array([[7.0, 8.0]]))
    assert thing.plain.tolist() == thing.listed == [7.0, 8.0]
    assert isinstance(thing.listed, list) and thing.named["w"].tolist() == [[7.0, 8.0]]
