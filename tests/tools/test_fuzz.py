"""The fuzz itself: it runs, and it finds a fault that is planted."""

import numpy as np
import pytest
from fuzz import ways
from fuzz.__main__ import fuzz
from fuzz.errors import errors
from fuzz.found import REAL, ROUNDING, UNSTABLE
from fuzz.generate import MODES, generate
from fuzz.order import in_order
from fuzz.program import Program, build
from fuzz.run import compare
from fuzz.shrink import script, shrink

import fastnn

SMALL = Program(samples=7, inputs=3, layers=(("Dense", {"n_neurons": 5}), ("ReLU", {}),
                                              ("Dense", {"n_neurons": 3})), epochs=2)


@pytest.mark.slow
def test_half_a_minute_of_random_networks():
    assert fuzz(30.0, shrinking=False) == 0


def test_a_seed_is_always_the_same_program_and_its_repr_is_a_program():
    for mode in MODES:
        for seed in range(30):
            program = generate(seed, mode)
            assert program == generate(seed, mode) == eval(repr(program))


@pytest.mark.parametrize("mode", MODES)
def test_a_small_network_has_no_difference(mode):
    result = compare(SMALL.but(mode=mode))
    assert not [one for one in result.differences if one.kind == REAL]
    assert result.elements > 100


def plant(monkeypatch, owner, method, attribute, change):
    """The method leaves an array changed."""
    plain = getattr(owner, method)

    def faulty(self, *arguments):
        found = plain(self, *arguments)
        change(getattr(self, attribute))
        return found

    monkeypatch.setattr(owner, method, faulty)


def last_bit(array):
    array.flat[0] = np.nextafter(array.flat[0], np.float32(9))


def far(array):
    array.flat[0] += 1


def zero(array):
    array[array == 0] = -0.0


@pytest.mark.parametrize(("owner", "method", "attribute", "change", "kind"), [
    (fastnn.Layer_Dense, "forward", "output", far, REAL),
    (fastnn.Layer_Dense, "forward", "output", last_bit, REAL),
    (fastnn.Layer_Dense, "backward", "dbiases", last_bit, REAL),
    (fastnn.Activation_ReLU, "forward", "output", zero, REAL),
    (fastnn.Activation_ReLU, "backward", "dinputs", zero, REAL)])
def test_a_planted_fault_is_found_where_it_was_planted(monkeypatch, owner, method, attribute,
                                                       change, kind):
    plant(monkeypatch, owner, method, attribute, change)
    found = compare(SMALL, ["hand"]).differences
    assert [(one.kind, one.name.rpartition(".")[2], one.steps) for one in found] == [
        (kind, attribute, 1)]


# Everything that rounding may decide is in it: errors' signs, signs of weights that are 0, a kink.
JUMPING = Program(
    samples=7, inputs=3, loss="absolute", y_kind="values", y_type="float32", accuracy="regression",
    layers=(("Dense", {"n_neurons": 5, "weight_regularizer_l1": 1e-3}), ("ReLU", {}),
            ("Softmax", {}), ("Dense", {"n_neurons": 3})), weights_spice="zeros", epochs=2)


def slightly_more(array):
    array *= 1 + 1e-3


def without_penalty(array):
    array -= 1e-3


def without_a_sample(array):
    array[0] = 0


@pytest.mark.parametrize("mode", ["native", "double"])
@pytest.mark.parametrize(("owner", "method", "attribute", "change"), [
    (fastnn.Layer_Dense, "forward", "output", slightly_more),
    (fastnn.Layer_Dense, "backward", "dweights", without_penalty),
    (fastnn.Activation_Softmax, "backward", "dinputs", slightly_more),
    (fastnn.Activation_ReLU, "backward", "dinputs", without_a_sample),
    (fastnn.Loss_MeanAbsoluteError, "backward", "dinputs", slightly_more)])
def test_what_rounding_may_decide_elsewhere_excuses_no_fault(monkeypatch, owner, method, attribute,
                                                             change, mode):
    program = JUMPING.but(mode=mode)
    assert not [one for one in compare(program, ["hand"]).differences if one.kind == REAL]
    plant(monkeypatch, owner, method, attribute, change)
    found, = compare(program, ["hand"]).differences
    assert (found.kind, found.name.rpartition(".")[2], found.steps) == (REAL, attribute, 1)


# Found by the fuzz.
DECIDED_BY_ROUNDING = [
    # Classes that are as likely, in the first of three rows.
    TIED := Program(mode="double", seed=90609, samples=300, inputs=17, layers=(
        ("Dense", {"n_neurons": 11, "weight_scale": 1.0}), ("Linear", {}),
        ("Dense", {"n_neurons": 10, "weight_scale": 1}), ("Sigmoid", {}),
        ("Dropout", {"rate": 0.9}), ("Dense", {
            "n_neurons": 18, "bias_regularizer_l1": 0.001, "weight_regularizer_l1": 1e-07,
            "bias_regularizer_l2": 0.1, "weight_scale": 1}), ("Linear", {}),
        ("Dense", {"n_neurons": 256}), ("ReLU", {}), ("Dense", {"n_neurons": 5}), ("Softmax", {})),
        loss="softmax", optimizer=("Adam", {
            "learning_rate": 0.001, "epsilon": 0.01, "beta_1": 0.0, "beta_2": 0.9}),
        accuracy=None, x_type="uint16", y_kind="one-hot", y_type="float64", epochs=3,
        batch_size=301, weights_type="float64", tested=0),
    # An output at the border of the two classes of binary accuracy.
    Program(mode="double", seed=102708, samples=3, inputs=300, layers=(
        ("Dense", {"n_neurons": 1, "weight_scale": 1}), ("Swish", {}), ("Dense", {"n_neurons": 1}),
        ("Dense", {"n_neurons": 32, "weight_scale": 1.0}), ("Sigmoid", {})), loss="binary",
        accuracy="binary", x_type="uint64", y_kind="bits", y_type="float32", tested=0),
    # Accuracy without an object of it: classes that are as likely.
    Program(mode="double", seed=90609, samples=12, inputs=8, layers=(
        ("Dense", {"n_neurons": 11, "weight_scale": 1.0}),
        ("Dense", {"n_neurons": 10, "weight_scale": 1}), ("Sigmoid", {}),
        ("Dropout", {"rate": 0.9}), ("Dense", {"n_neurons": 18, "weight_scale": 1}),
        ("Dense", {"n_neurons": 256}), ("ReLU", {}), ("Dense", {"n_neurons": 5}),
        ("Softmax", {})), loss="softmax", accuracy=None, x_type="uint16", y_kind="one-hot",
        y_type="float32", tested=0),
    Program(mode="double", seed=14027, samples=65, inputs=11, layers=(
        ("Dense", {"n_neurons": 3, "weight_regularizer_l2": 0.001, "weight_scale": 1}),
        ("ReLU", {}), ("Dropout", {"rate": 0.5}), ("Dense", {"n_neurons": 12}),
        ("Dropout", {"rate": 0.9}),
        ("Dense", {"n_neurons": 211, "bias_regularizer_l1": 0.0005,
                   "weight_regularizer_l2": 0.001, "weight_regularizer_l1": 1,
                   "bias_regularizer_l2": 1e-07}),
        ("Linear", {}),
        ("Dense", {"n_neurons": 10, "weight_regularizer_l1": 1, "weight_regularizer_l2": 0.0005,
                   "weight_scale": 1}),
        ("Sigmoid", {})), loss="squared",
        optimizer=("SGD", {"learning_rate": 0.01, "decay": 5e-07, "momentum": 1.0}),
        accuracy="regression", x_type="int16", y_kind="values", y_type="float64",
        weights_spice="constant", batch_size=64, log_every=100, tested=9),
    Program(mode="native", seed=17507, samples=3, inputs=12, layers=(
        ("Dense", {"n_neurons": 4, "weight_regularizer_l1": 1e-07,
                   "weight_regularizer_l2": 1e-07, "bias_regularizer_l2": 0.1,
                   "weight_scale": 0.3}),
        ("Dropout", {"rate": 0.1}),
        ("Dense", {"n_neurons": 3, "weight_regularizer_l1": 1e-07, "weight_regularizer_l2": 0.1,
                   "bias_regularizer_l1": 0.0005, "weight_scale": 1}),
        ("Linear", {}), ("Dropout", {"rate": 0.9}),
        ("Dense", {"n_neurons": 227, "weight_regularizer_l1": 0.1,
                   "bias_regularizer_l2": 0.0005, "weight_scale": 1.0}),
        ("Softmax", {})), loss="softmax",
        optimizer=("RMSprop", {"learning_rate": 0.001, "epsilon": 0.01, "rho": 0.999}),
        accuracy=None, x_type="int32", x_spice="column", y_type="uint64",
        weights_spice="constant", epochs=3, batch_size=7, lines="epochs", again=17,
        again_samples=1),
    Program(mode="double", seed=11954, samples=65, inputs=232, layers=(
        ("Dense", {"n_neurons": 176, "weight_regularizer_l1": 0.001,
                   "bias_regularizer_l2": 1e-07, "weight_regularizer_l2": 1,
                   "weight_scale": 0.1}),
        ("ReLU", {}), ("Dense", {"n_neurons": 9, "weight_scale": 0.3}), ("ReLU", {}),
        ("Dense", {"n_neurons": 4}), ("LeakyReLU", {}),
        ("Dense", {"n_neurons": 17, "bias_regularizer_l2": 1e-07,
                   "weight_regularizer_l2": 0.001}),
        ("Sigmoid", {}), ("Dense", {"n_neurons": 11, "weight_scale": 0.1}),
        ("Softmax", {})), loss="softmax",
        optimizer=("SGD", {"learning_rate": 0.01, "decay": 1, "momentum": 1.0}),
        y_kind="one-hot", y_type="float32", weights_spice="constant", batch_size=65,
        lines="epochs", tested=9, tested_batch=16),
    Program(mode="native", seed=30810, samples=9, inputs=203, layers=(
        ("Dense", {"n_neurons": 173, "weight_scale": 0.3}),
        ("Dense", {"n_neurons": 10, "weight_scale": 0.3}), ("Linear", {})),
        optimizer=("SGD", {"learning_rate": 0.01, "decay": 1, "momentum": 0.9}),
        x_type="int32", y_type="uint64", weights_spice="constant", batch_size=1,
        lines="epochs", tested=2, tested_batch=3),
    # A kink decides in the first step, and disturbed weights by luck too little later.
    Program(mode="double", seed=50195, samples=231, inputs=290, layers=(
        ("Dense", {"n_neurons": 9, "weight_scale": 1}), ("LeakyReLU", {}),
        ("Dense", {"n_neurons": 3, "weight_scale": 1.0})),
        optimizer=("Adam", {"learning_rate": 0.01, "decay": 0.1, "epsilon": 0.01}),
        x_type="int16", weights_spice="rows", batch_size=100, tested=0),
    # ELU's slope has a step at 0 where alpha is not 1.
    Program(mode="double", seed=51482, samples=150, inputs=40, layers=(
        ("Dense", {"n_neurons": 33, "weight_scale": 1.0}), ("Tanh", {}),
        ("Dense", {"n_neurons": 4, "weight_scale": 0.1}), ("ELU", {"alpha": -0.5})),
        loss="Huber", optimizer=("Nadam", {"learning_rate": 0.01, "decay": 1, "epsilon": 0.01}),
        accuracy=None, x_type="int8", y_kind="values", y_type="float32", weights_spice="rows",
        epochs=2, tested=0),
    # Off by 1.4 times what is allowed after 14 steps, by ever more in each.
    Program(mode="native", seed=51002, samples=7, inputs=225, layers=(
        ("Dense", {"n_neurons": 10, "weight_scale": 1.0}), ("GELU", {}),
        ("Dense", {"n_neurons": 10, "weight_scale": 1}),
        ("Dense", {"n_neurons": 3, "bias_regularizer_l1": 0.001, "weight_regularizer_l1": 0.1,
                   "weight_regularizer_l2": 1, "bias_regularizer_l2": 0.1,
                   "weight_scale": 0.1}),
        ("Softmax", {}), ("Dense", {"n_neurons": 188, "weight_scale": 1.0}), ("ReLU", {})),
        loss="absolute book",
        optimizer=("Adagrad", {"learning_rate": 0.01, "epsilon": 0.01}), accuracy=None,
        x_type="uint32", y_kind="values", y_type="float32", again=13, tested=0),
]


@pytest.mark.parametrize("program", DECIDED_BY_ROUNDING, ids=lambda one: str(one.seed))
def test_what_rounding_decides_is_no_fault(program):
    kinds = {one.kind for one in compare(program).differences}
    assert kinds & {UNSTABLE, ROUNDING} and REAL not in kinds


def test_a_tie_in_a_row_excuses_no_other_row(monkeypatch):
    plain = ways.fit

    def faulty(*arguments, **options):
        rows = [*plain(*arguments, **options)]
        if len(rows) == 3:
            rows[2] = rows[2]._replace(accuracy=rows[2].accuracy + 1e-3)
        return rows

    monkeypatch.setattr(ways, "fit", faulty)
    found, = compare(TIED, ["fit"]).differences
    assert (found.kind, found.name, found.steps) == (REAL, "rows[2].accuracy", 3)


def test_a_sum_over_many_rows_may_be_off_by_as_many_roundings():
    """NumPy adds the rows one by one; blocks come nearer to the sum."""
    program = Program(
        mode="native", seed=51452, samples=16975, inputs=3,
        layers=(("Dense", {"n_neurons": 2, "weight_scale": 0.3}),), loss="Huber",
        optimizer=("RMSprop", {}), accuracy=None, x_type="uint16", y_kind="values",
        y_type="float32", epochs=2, tested=0)
    assert {one.kind for one in compare(program, ["fit"]).differences} <= {ROUNDING, UNSTABLE}


def test_a_program_shrinks_to_what_still_differs(monkeypatch):
    plant(monkeypatch, fastnn.Activation_ReLU, "forward", "output", zero)
    found = compare(SMALL, ["hand"]).differences[0]
    program, smaller = shrink(SMALL, found, seconds=5.0)
    assert program.epochs == 1 and program.samples <= 3 and program.inputs <= 3
    assert "ReLU" in dict(program.layers)
    assert repr(program) in script(program, smaller)


def test_arrays_stand_in_the_order_of_computation():
    names = ["layers[0].weights", "layers[0].dweights", "layers[1].dinputs", "loss.dinputs",
             "layers[1].output", "layers[0].output"]
    assert in_order(names) == names[::-1]


class TypingError(Exception):
    pass


@pytest.mark.parametrize(("error", "fine"), [
    (ValueError("Layer_Dense.forward: inputs must be"), True),
    (TypeError("No matching definition for argument type(s) array(int8, 1d, C)"), False),
    (TypingError("cannot unify"), False), (AssertionError(), False), (KeyError("x"), False)])
def test_an_error_of_numba_is_none_to_show(error, fine):
    found = errors(SMALL, "fit", error, ValueError("shapes not aligned"))
    assert (found is None) == fine


def test_what_was_caught_does_not_hide_an_error_of_numba():
    try:
        try:
            raise TypingError("cannot unify")
        except TypingError:
            raise ValueError("inputs must be numbers") from None
    except ValueError as error:
        assert errors(SMALL, "fit", error, ValueError()) is not None


def test_a_fault_of_predict_alone_is_found(monkeypatch):
    plain = fastnn.Model.predict
    monkeypatch.setattr(fastnn.Model, "predict", lambda *a, **k: -plain(*a, **k))
    found, = compare(SMALL, ["model"]).differences
    assert (found.kind, found.name) == (REAL, "predicted.outputs")


def test_a_fault_of_a_second_training_is_found(monkeypatch):
    plain, before = fastnn.Model.train, []

    def faulty(self, *arguments, **options):
        plain(self, *arguments, **options)
        if self in before:
            far(self.layers[0].weights)
        before.append(self)

    monkeypatch.setattr(fastnn.Model, "train", faulty)
    assert not compare(SMALL, ["model"]).differences
    assert compare(SMALL.but(again=1), ["model"]).differences


@pytest.mark.parametrize("weights_type", ["float64", "float64 weights", "float64 biases"])
def test_weights_of_float64_stay_so(weights_type):
    program = SMALL.but(weights_type=weights_type)
    dense = build(fastnn, program).layers[0]
    types = {str(dense.weights.dtype), str(dense.biases.dtype)}
    assert "float64" in types and (" " in weights_type or len(types) == 1)
    assert not [one for one in compare(program).differences if one.kind == REAL]
