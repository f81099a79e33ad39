"""The NumPy reference: the published lines, cases worked by hand, and the tools that compare runs.

The hand-worked numbers are sums of powers of two wherever the formula allows, so that they must
come out exactly.
"""

import math
import platform
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from programs import PROGRAMS, arrays_of, assert_same, chapter_9, published

from fastnn import reference as nn

# Other machines round exp and the products differently, and a long training run shows it.
printed_here = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="the series were printed on x86-64")

# log and exp of the mathematics library may be one unit in the last place (2e-16) off
ONE_LAST_BIT = 4e-16


def equal(got, expected):
    np.testing.assert_array_equal(got, np.array(expected))


# ------------------------------------------------------------------------- published lines


@pytest.fixture
def lines_of(fresh_process: Callable[..., str]) -> Callable[..., list[str]]:
    """A function that runs one program as its author did and returns the lines."""

    def run(name: str, epochs: int) -> list[str]:
        code = f"""
            import sys
            sys.path.append({str(Path(__file__).parents[1])!r})
            import nnfs
            nnfs.init()
            from fastnn import reference
            from programs import PROGRAMS
            PROGRAMS[{name!r}](reference, {epochs})
        """
        # BLAS threads wait by spinning: beside another busy process C took 98 s, with one thread 8
        one_thread = {f"{blas}_NUM_THREADS": "1" for blas in ("OPENBLAS", "MKL", "OMP")}
        return fresh_process(code, env=one_thread, timeout=1200).splitlines()

    return run


def columns(lines: list[str], names: str) -> list[list[str]]:
    return [re.findall(rf"\b(?:{names}): [^,]+", line) for line in lines]


@printed_here
@pytest.mark.parametrize("name", ["A", "C"])
def test_series_starts_as_published(name, lines_of):
    got = lines_of(name, epochs=2000)
    expected = published(name)[:20]
    assert got == expected


@pytest.mark.slow
@printed_here
@pytest.mark.parametrize("name", ["A", "C"])
def test_series_prints_every_published_line(name, lines_of):
    got = lines_of(name, epochs=10001)
    expected = published(name)
    assert len(expected) == 101
    assert got == expected


@printed_here
@pytest.mark.parametrize(
    "epochs", [2000, pytest.param(10001, marks=pytest.mark.slow)])
def test_series_a2_prints_the_published_accuracy_and_data_loss(epochs, lines_of):
    # the author's reg_loss, and so his loss, is 1.7 times the book's
    got = columns(lines_of("A2", epochs), "acc|data_loss|lr")
    expected = columns(published("A2"), "acc|data_loss|lr")[:len(got)]
    assert len(got) == math.ceil(epochs / 100)
    assert {len(row) for row in got} == {3}
    assert got == expected


@pytest.mark.slow
@printed_here
def test_series_d_starts_as_published(lines_of):
    *got, validation = lines_of("D", epochs=1000)
    expected = published("D")[:10]
    assert got == expected
    assert re.fullmatch(r"validation, acc: \d\.\d{3}, loss: \d+\.\d{3}", validation)


CHAPTER_9 = [
    "loss: 1.0986104, acc: 0.34",
    "[[ 1.5766357e-04 7.8368583e-05 4.7324400e-05]"
    " [ 1.8161038e-04 1.1045573e-05 -3.3096312e-05]]",
    "[[-3.60553473e-04 9.66117223e-05 -1.03671395e-04]]",
    "[[ 5.44109462e-05 1.07411419e-04 -1.61822361e-04]"
    " [-4.07913431e-05 -7.16780924e-05 1.12469446e-04]"
    " [-5.30112993e-05 8.58172934e-05 -3.28059905e-05]]",
    "[[-1.0729185e-05 -9.4610732e-06 2.0027859e-05]]",
]


def test_chapter_9_prints_the_published_gradients(book_numpy):
    got: list[str] = []
    chapter_9(nn, say=got.append)
    assert got == CHAPTER_9


def test_chapter_9_prints_the_same_in_a_fresh_process(lines_of):
    got = lines_of("chapter 9", epochs=1)
    assert got == CHAPTER_9


# -------------------------------------------------------------------------- types and seeds


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_repeats_itself(name, book_numpy):
    got, expected = (arrays_of(PROGRAMS[name](nn, 2, lambda line: None)) for _ in range(2))
    assert len(got) > 30
    assert_same(got, expected)


def types_of(name: str) -> tuple[set[str], set[str]]:
    """The arrays of a program that are float32, and those that are float64."""
    arrays = arrays_of(PROGRAMS[name](nn, 2, lambda line: None))
    kinds: dict[np.dtype, set[str]] = {np.dtype("f4"): set(), np.dtype("f8"): set()}
    for path, array in arrays.items():
        if array.ndim:
            kinds[array.dtype].add(path)
    return kinds[np.dtype("f4")], kinds[np.dtype("f8")]


def test_classification_is_float32_throughout(book_numpy):
    _, got = types_of("A2")
    assert got == set()


def test_regression_is_float64_where_the_targets_leak_in(book_numpy):
    _, got = types_of("C")
    expected = {"dense1.inputs", "loss.dinputs", "activation3.dinputs"} | {
        f"dense3.{name}" for name in ("dbiases", "bias_momentums", "bias_cache")}
    assert got == expected


def test_model_is_float64_where_the_dropout_mask_leaks_in(book_numpy):
    _, got = types_of("D")
    layers = ["[1].dinputs", "[2].binary_mask", "[2].dinputs",
              "[0].dbiases", "[0].bias_momentums", "[0].bias_cache"]
    # the outputs are those of the validation, where dropout copies its float32 inputs
    expected = {f"model.layers{name}" for name in layers}
    assert got == expected


def dense_output_and_products() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A dense output, the product in float64 rounded once, and that in float32.

    nnfs leaves @ alone.
    """
    layer = nn.Layer_Dense(64, 3)
    inputs = np.random.randn(300, 64)
    layer.forward(inputs)
    assert inputs.dtype == layer.weights.dtype == layer.output.dtype == np.float32
    once = inputs.astype(np.float64) @ layer.weights.astype(np.float64)
    return layer.output, once.astype(np.float32), inputs @ layer.weights


def test_book_numpy_multiplies_in_float64(book_numpy):
    got, expected, other = dense_output_and_products()
    equal(got, expected)
    assert not np.array_equal(got, other)


def test_native_numpy_multiplies_in_float32(native_numpy):
    got, other, expected = dense_output_and_products()
    equal(got, expected)
    assert not np.array_equal(got, other)


@pytest.fixture
def restored() -> Iterator[None]:
    """Asked for before the fixture under test, so that this ends after it."""
    before = np.dot, np.zeros, np.eye, np.random.randn
    state = np.random.get_state(legacy=False)["state"]
    yield
    assert (np.dot, np.zeros, np.eye, np.random.randn) == before
    got = np.random.get_state(legacy=False)["state"]
    assert got["pos"] == state["pos"]
    equal(got["key"], state["key"])


def test_fresh_process_reports_what_went_wrong(fresh_process):
    with pytest.raises(pytest.fail.Exception, match="ZeroDivisionError"):
        fresh_process("1 / 0")
    code = """
        import os
        print(os.environ["WORD"])
    """
    assert fresh_process(code, env={"WORD": "yes"}) == "yes\n"


@pytest.mark.parametrize("fixture", ["book_numpy", "native_numpy"])
def test_nnfs_is_taken_back(fixture, restored, request):
    request.getfixturevalue(fixture)
    assert np.zeros(1).dtype == np.float32
    got = np.random.randn(1)
    equal(got, np.array([1.7640524], dtype=np.float32))  # seed 0


# ----------------------------------------------------------------------------------- layers


def worked_dense(**regularizers):
    layer = nn.Layer_Dense(2, 2, **regularizers)
    layer.weights = np.array([[1, -1], [0.5, 2]])
    layer.biases = np.array([[0.25, -0.5]])
    layer.forward(np.array([[1.0, 2], [3, 4]]))
    return layer


def test_dense_forward_by_hand():
    layer = worked_dense()
    # 1 * 1 + 2 * 0.5 + 0.25 and so on
    equal(layer.output, [[2.25, 2.5], [5.25, 4.5]])


def test_dense_backward_by_hand():
    layer = worked_dense()
    layer.backward(np.array([[1, 2], [-1, 0.5]]))
    equal(layer.dweights, [[-2, 3.5], [-2, 6]])
    equal(layer.dbiases, [[0, 2.5]])
    equal(layer.dinputs, [[-1, 4.5], [-1.5, 0.5]])


def test_dense_penalties_by_hand():
    layer = worked_dense(weight_regularizer_l1=0.5, weight_regularizer_l2=0.25,
                         bias_regularizer_l1=2, bias_regularizer_l2=0.5)
    layer.weights[0, 0] = 0  # the slope of |w| at 0 is +1
    layer.backward(np.zeros((2, 2)))
    equal(layer.dweights, [[0.5, -0.5 - 0.5], [0.5 + 0.25, 0.5 + 1]])
    equal(layer.dbiases, [[2 + 0.25, -2 - 0.5]])
    equal(layer.dinputs, np.zeros((2, 2)))
    got = nn.Loss().regularization_loss(layer)
    # 0.5 * (0 + 1 + 0.5 + 2) + 0.25 * (0 + 1 + 0.25 + 4) + 2 * 0.75 + 0.5 * (0.0625 + 0.25)
    assert got == 1.75 + 1.3125 + 1.5 + 0.15625


def test_regularization_loss_sums_the_remembered_layers():
    loss = nn.Loss()
    assert loss.regularization_loss() == 0
    layers = [worked_dense(weight_regularizer_l1=1), worked_dense(bias_regularizer_l1=1)]
    loss.remember_trainable_layers(layers)
    got = loss.regularization_loss()
    assert got == 4.5 + 0.75
    assert loss.regularization_loss(layers[1]) == 0.75


def test_dense_starts_with_scaled_normal_weights(book_numpy):
    layers = [nn.Layer_Dense(2, 3), nn.Layer_Dense(3, 1, weight_scale=0.1)]
    np.random.seed(0)
    equal(layers[0].weights, 0.01 * np.random.randn(2, 3))
    equal(layers[1].weights, 0.1 * np.random.randn(3, 1))
    equal(layers[1].biases, np.zeros((1, 1)))
    assert layers[0].weights.dtype == layers[0].biases.dtype == np.float32


def test_dense_parameters_are_handed_over_by_reference():
    one, two = worked_dense(), nn.Layer_Dense(2, 2)
    two.set_parameters(*one.get_parameters())
    assert two.weights is one.weights
    assert two.biases is one.biases


def test_dropout_scales_what_it_keeps():
    np.random.seed(3)
    layer = nn.Layer_Dropout(0.75)
    inputs = np.ones((50, 40))
    layer.forward(inputs)
    np.random.seed(3)
    expected = np.random.binomial(1, 0.25, size=(50, 40)) * 4
    assert layer.rate == 0.25
    equal(layer.binary_mask, expected)
    equal(layer.output, expected)
    assert set(np.unique(expected)) == {0, 4}
    layer.backward(2 * inputs)
    equal(layer.dinputs, 2 * expected)


def test_dropout_copies_its_inputs_outside_training():
    layer = nn.Layer_Dropout(0.75)
    inputs = np.ones((5, 4))
    layer.forward(inputs, False)
    equal(layer.output, inputs)
    assert layer.output is not inputs
    assert not hasattr(layer, "binary_mask")


# ------------------------------------------------------------------------------ activations


@pytest.mark.parametrize(
    ("activation", "output", "dinputs"),
    [
        (nn.Activation_ReLU(), [0, 0, 2], [0, 0, 7]),
        (nn.Activation_LeakyReLU(0.25), [-0.25, 0, 2], [1.25, 1.5, 7]),
        (nn.Activation_Linear(), [-1, 0, 2], [5, 6, 7]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_activation_by_hand(activation, output, dinputs):
    activation.forward(np.array([[-1.0, 0, 2]]))
    activation.backward(np.array([[5.0, 6, 7]]))
    equal(activation.output, [output])
    equal(activation.dinputs, [dinputs])
    assert activation.predictions(activation.output) is activation.output


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "Softmax", "Sigmoid", "Tanh", "Linear"])
def test_activation_backward_leaves_its_argument_alone(name):
    activation = getattr(nn, f"Activation_{name}")()
    activation.forward(np.array([[-1.0, 0, 2]]))
    dvalues = np.array([[5.0, 6, 7]])
    activation.backward(dvalues)
    assert not np.shares_memory(activation.dinputs, dvalues)
    equal(dvalues, [[5, 6, 7]])


def test_sigmoid_by_hand():
    sigmoid = nn.Activation_Sigmoid()
    sigmoid.forward(np.array([[0.0, 800, -math.log(3)]]))
    np.testing.assert_allclose(sigmoid.output, [[0.5, 1, 0.25]], rtol=ONE_LAST_BIT)
    sigmoid.output = np.array([[0.5, 1, 0.25]])
    sigmoid.backward(np.array([[4.0, 4, 4]]))
    equal(sigmoid.dinputs, [[1, 0, 0.75]])
    equal(sigmoid.predictions(sigmoid.output), [[0, 1, 0]])


def test_tanh_by_hand():
    tanh = nn.Activation_Tanh()
    tanh.forward(np.array([[0.0, math.log(3) / 2]]))
    np.testing.assert_allclose(tanh.output, [[0, 0.5]], rtol=ONE_LAST_BIT)
    tanh.output = np.array([[0, 0.5]])
    tanh.backward(np.array([[4.0, 4]]))
    equal(tanh.dinputs, [[4, 3]])


def test_softmax_by_hand():
    softmax = nn.Activation_Softmax()
    softmax.forward(np.array([[0, math.log(3)], [1000, 1000]]))
    np.testing.assert_allclose(softmax.output, [[0.25, 0.75], [0.5, 0.5]], rtol=ONE_LAST_BIT)
    equal(softmax.predictions(softmax.output), [1, 0])


def test_softmax_backward_uses_the_output_assigned_by_hand():
    softmax = nn.Activation_Softmax()
    softmax.output = np.array([[0.25, 0.25, 0.5]])
    softmax.backward(np.array([[1.0, 2, 4]]))
    # output * (dvalues - sum of output * dvalues), the sum being 2.75
    equal(softmax.dinputs, [[0.25 * -1.75, 0.25 * -0.75, 0.5 * 1.25]])


# ----------------------------------------------------------------------------------- losses

LABELS = [np.array([0, 2]), np.array([[1, 0, 0], [0, 0, 1]])]
PROBABILITIES = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_categorical_crossentropy_by_hand(y):
    loss = nn.Loss_CategoricalCrossentropy()
    got = loss.forward(PROBABILITIES, y)
    np.testing.assert_allclose(got, [math.log(2), math.log(8)], rtol=ONE_LAST_BIT)
    loss.backward(PROBABILITIES, y)
    equal(loss.dinputs, [[-1 / 0.5 / 2, 0, 0], [0, 0, -1 / 0.125 / 2]])


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_categorical_crossentropy_clips_certainty(y):
    loss = nn.Loss_CategoricalCrossentropy()
    got = loss.forward(np.array([[1.0, 0, 0], [1, 0, 0]]), y)
    # 1 - 1e-7 is itself rounded, by up to 1e-16
    np.testing.assert_allclose(got, [-math.log1p(-1e-7), 7 * math.log(10)], rtol=1e-8)


@pytest.mark.parametrize("y", LABELS, ids=["sparse", "onehot"])
def test_combined_by_hand(y):
    combined = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    got = combined.forward(np.log(PROBABILITIES), y)
    np.testing.assert_allclose(combined.output, PROBABILITIES, rtol=ONE_LAST_BIT)
    np.testing.assert_allclose(got, (math.log(2) + math.log(8)) / 2, rtol=ONE_LAST_BIT)
    combined.backward(PROBABILITIES, y)
    equal(combined.dinputs, [[-0.25, 0.125, 0.125], [0.0625, 0.375, -0.4375]])
    equal(PROBABILITIES[0], [0.5, 0.25, 0.25])


def test_binary_crossentropy_by_hand():
    loss = nn.Loss_BinaryCrossentropy()
    y, p = np.array([[1, 0], [1, 1]]), np.array([[0.5, 0.5], [0.5, 0.25]])
    got = loss.forward(p, y)
    expected = [math.log(2), (math.log(2) + math.log(4)) / 2]
    np.testing.assert_allclose(got, expected, rtol=ONE_LAST_BIT)
    loss.backward(p, y)
    equal(loss.dinputs, [[-0.5, 0.5], [-0.5, -1]])


def test_binary_crossentropy_clips_certainty():
    loss = nn.Loss_BinaryCrossentropy()
    y, p = np.array([[1], [0]]), np.array([[0.0], [0.0]])
    # 1 - 1e-7 is itself rounded, by up to 1e-16
    np.testing.assert_allclose(
        loss.forward(p, y), [7 * math.log(10), -math.log1p(-1e-7)], rtol=1e-8)
    loss.backward(p, y)
    np.testing.assert_allclose(loss.dinputs, [[-1e7 / 2], [1 / (1 - 1e-7) / 2]], rtol=1e-15)


PREDICTED, WANTED = np.array([[1.0, 2], [3, 5]]), np.array([[0.0, 2], [5, 1]])


def test_mean_squared_error_by_hand():
    loss = nn.Loss_MeanSquaredError()
    equal(loss.forward(PREDICTED, WANTED), [0.5, 10])
    assert loss.calculate(PREDICTED, WANTED) == 5.25
    loss.backward(PREDICTED, WANTED)
    equal(loss.dinputs, [[0.5, 0], [-1, 2]])


@pytest.mark.parametrize(("book", "sign"), [(False, 1), (True, -1)])
def test_mean_absolute_error_by_hand(book, sign):
    loss = nn.Loss_MeanAbsoluteError(book_gradient=book)
    equal(loss.forward(PREDICTED, WANTED), [0.5, 3])
    loss.backward(PREDICTED, WANTED)
    equal(loss.dinputs, sign * np.array([[0.25, 0], [-0.25, 0.25]]))


def test_loss_of_a_pass_weighs_every_sample_alike():
    loss = nn.Loss_MeanSquaredError()
    loss.calculate(PREDICTED, WANTED)
    loss.new_pass()
    loss.remember_trainable_layers([worked_dense(weight_regularizer_l1=1)])
    assert loss.calculate(np.array([[2.0]]), np.array([[0.0]])) == 4
    assert loss.calculate(np.ones((3, 1)), np.zeros((3, 1))) == 1
    assert loss.calculate_accumulated() == 7 / 4
    assert loss.calculate_accumulated(include_regularization=True) == (7 / 4, 4.5)
    got = loss.calculate(PREDICTED, WANTED, include_regularization=True)
    assert got == (5.25, 4.5)


# ------------------------------------------------------------------------------- optimizers


def layer_with(weight: float, bias: float) -> SimpleNamespace:
    return SimpleNamespace(weights=np.array([[weight]]), biases=np.array([[bias]]))


def steps(optimizer, gradients, weight=10.0, bias=20.0):
    """One update per gradient, the same for the weight and, negated, for the bias."""
    layer = layer_with(weight, bias)
    weights, biases = layer.weights, layer.biases
    path = []
    for gradient in gradients:
        layer.dweights, layer.dbiases = np.array([[gradient]]), np.array([[-gradient]])
        optimizer.pre_update_params()
        optimizer.update_params(layer)
        optimizer.post_update_params()
        path.append(layer.weights.item())
        assert layer.biases.item() - bias == weight - layer.weights.item()
    assert layer.weights is weights  # updated in place
    assert layer.biases is biases
    assert optimizer.iterations == len(gradients)
    return layer, path


def state_of(layer):
    names = ("weight_momentums", "bias_momentums", "weight_cache", "bias_cache")
    return {name: getattr(layer, name).item() for name in names if hasattr(layer, name)}


def test_sgd_by_hand():
    layer, path = steps(nn.Optimizer_SGD(0.5), [2.0, 4.0])
    assert path == [9, 7]
    assert state_of(layer) == {}


def test_sgd_with_momentum_by_hand():
    layer, path = steps(nn.Optimizer_SGD(0.5, momentum=0.5), [2.0, 2.0])
    assert path == [9, 7.5]
    assert state_of(layer) == {"weight_momentums": -1.5, "bias_momentums": 1.5}


def test_adagrad_by_hand():
    layer, path = steps(nn.Optimizer_Adagrad(1.5, epsilon=1), [3.0, 4.0])
    assert path == [10 - 4.5 / 4, 10 - 4.5 / 4 - 6 / 6]  # roots of 9 and of 9 + 16, plus 1
    assert state_of(layer) == {"weight_cache": 25, "bias_cache": 25}


def test_rmsprop_by_hand():
    layer, path = steps(nn.Optimizer_RMSprop(0.5, epsilon=1, rho=0.75), [2.0, 1.0])
    assert path == [10 - 1 / 2, 10 - 1 / 2 - 0.5 / 2]  # both caches are 1
    assert state_of(layer) == {"weight_cache": 1, "bias_cache": 1}


def test_adam_by_hand():
    optimizer = nn.Optimizer_Adam(1.5, epsilon=1, beta_1=0.5, beta_2=0.75)
    layer, path = steps(optimizer, [2.0, 2.0])
    assert path == [9, 8]  # corrected, the momentum is 2 and the root of the cache 2
    assert state_of(layer) == {"weight_momentums": 1.5, "bias_momentums": -1.5,
                               "weight_cache": 1.75, "bias_cache": 1.75}


def test_adam_corrects_by_the_iterations_counted():
    optimizer = nn.Optimizer_Adam(1.5, epsilon=1, beta_1=0.5, beta_2=0.75)
    layer = layer_with(10.0, 20.0)
    layer.dweights = layer.dbiases = np.array([[2.0]])
    for _ in range(2):  # without post_update_params the count stays 0
        optimizer.update_params(layer)
    # momentum 1.5 / 0.5, cache 1.75 / 0.25
    expected = 9 - 1.5 * 3 / (math.sqrt(7) + 1)
    assert layer.weights.item() == pytest.approx(expected, rel=ONE_LAST_BIT)


@pytest.mark.parametrize(
    "name", ["Optimizer_SGD", "Optimizer_Adagrad", "Optimizer_RMSprop", "Optimizer_Adam"])
def test_learning_rate_decays_with_the_iterations(name):
    optimizer = getattr(nn, name)(learning_rate=0.5, decay=1.0)
    got = []
    for _ in range(4):
        optimizer.pre_update_params()
        got.append(optimizer.current_learning_rate)
        optimizer.post_update_params()
    expected = [0.5, 0.5 * (1 / 2), 0.5 * (1 / 3), 0.5 * (1 / 4)]
    assert got == expected
    assert optimizer.learning_rate == 0.5


def test_optimizer_defaults_are_the_book_s():
    got = [vars(optimizer()) for optimizer in (
        nn.Optimizer_SGD, nn.Optimizer_Adagrad, nn.Optimizer_RMSprop, nn.Optimizer_Adam)]
    common = {"decay": 0.0, "iterations": 0}
    slow = common | {"learning_rate": 0.001, "current_learning_rate": 0.001, "epsilon": 1e-7}
    fast = common | {"learning_rate": 1.0, "current_learning_rate": 1.0}
    expected = [fast | {"momentum": 0.0}, fast | {"epsilon": 1e-7},
                slow | {"rho": 0.9}, slow | {"beta_1": 0.9, "beta_2": 0.999}]
    assert got == expected


# --------------------------------------------------------------------------------- accuracy


def test_accuracy_categorical_counts_right_classes():
    accuracy = nn.Accuracy_Categorical()
    accuracy.init(LABELS[0])
    assert accuracy.calculate(np.array([0, 1]), LABELS[0]) == 0.5
    assert accuracy.calculate(np.array([0, 2]), LABELS[1]) == 1
    assert accuracy.calculate_accumulated() == 3 / 4
    accuracy.new_pass()
    assert accuracy.calculate(np.array([1, 1]), LABELS[0]) == 0
    assert accuracy.calculate_accumulated() == 0


def test_accuracy_binary_compares_each_output():
    accuracy = nn.Accuracy_Categorical(binary=True)
    got = accuracy.calculate(np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]]))
    assert got == 0.75


def test_accuracy_regression_takes_its_precision_from_the_targets():
    accuracy = nn.Accuracy_Regression()
    accuracy.init(np.array([[-250.0], [250.0]]))
    assert accuracy.precision == 1
    got = accuracy.calculate(np.array([[1.0], [0.75], [-2]]), np.array([[0.0], [0], [0]]))
    assert got == 1 / 3  # a difference of 1 is not within 1
    accuracy.init(np.array([[-500.0], [500.0]]))
    assert accuracy.precision == 1
    accuracy.init(np.array([[-500.0], [500.0]]), reinit=True)
    assert accuracy.precision == 2


# ------------------------------------------------------------------------------------ model


def undecided_model(**options):
    """A classifier with zero weights that learns nothing: class 0 for all, the loss ln 2."""
    model = nn.Model(**options)
    model.add(nn.Layer_Dense(1, 2))
    model.add(nn.Activation_Softmax())
    model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_SGD(0.0),
              accuracy=nn.Accuracy_Categorical())
    model.finalize()
    model.set_parameters([(np.zeros((1, 2)), np.zeros((1, 2)))])
    return model


SAMPLES, CLASSES = np.ones((5, 1)), np.array([0, 1, 0, 0, 1])
NO_PENALTY = "loss: 0.693 (data_loss: 0.693, reg_loss: 0.000), lr: 0.0"


def test_model_prints_the_lines_of_chapter_19(capsys):
    model = undecided_model()
    model.train(SAMPLES, CLASSES, epochs=2, batch_size=2, print_every=3,
                validation_data=(SAMPLES[:4], CLASSES[:4]))
    expected = [f"step: 0, acc: 0.500, {NO_PENALTY}", f"step: 2, acc: 0.000, {NO_PENALTY}",
                f"training, acc: 0.600, {NO_PENALTY}", "validation, acc: 0.750, loss: 0.693"]
    got = capsys.readouterr().out.splitlines()
    assert got == ["epoch: 1", *expected, "epoch: 2", *expected]


def test_model_prints_the_lines_of_chapter_18(capsys):
    model = undecided_model(lines="epochs")
    model.train(SAMPLES, CLASSES, epochs=5, print_every=2,
                validation_data=(SAMPLES[:4], CLASSES[:4]))
    got = capsys.readouterr().out.splitlines()
    assert got == [f"epoch: 2, acc: 0.600, {NO_PENALTY}", f"epoch: 4, acc: 0.600, {NO_PENALTY}",
                   "validation, acc: 0.750, loss: 0.693"]


def test_model_predicts_without_dropout_whatever_the_batch():
    np.random.seed(0)
    model = nn.Model()
    model.add(nn.Layer_Dense(1, 3))
    model.add(nn.Layer_Dropout(0.5))
    model.set(loss=nn.Loss_MeanSquaredError(), optimizer=nn.Optimizer_SGD(),
              accuracy=nn.Accuracy_Regression())
    model.finalize()
    X = np.arange(5.0).reshape(5, 1)
    expected = X * model.layers[0].weights
    equal(model.predict(X), expected)
    equal(model.predict(X, batch_size=2), expected)


def test_model_with_the_combined_loss_learns_as_the_separate_classes_do():
    class Softmax:  # not a subclass, so that the Model does not recognise it
        def __init__(self):
            self.inner = nn.Activation_Softmax()

        def __getattr__(self, name):
            return getattr(self.inner, name)

    models = []
    for activation in (nn.Activation_Softmax, Softmax):
        np.random.seed(0)
        model = nn.Model(lines="epochs")
        model.add(nn.Layer_Dense(1, 3, weight_scale=1))
        model.add(activation())
        model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_SGD(),
                  accuracy=nn.Accuracy_Categorical())
        model.finalize()
        model.train(np.random.randn(20, 1), np.arange(20) % 3, epochs=10, print_every=11)
        models.append(model)
    combined, separate = models
    assert separate.softmax_classifier_output is None
    assert not hasattr(combined.loss, "dinputs")
    # two roads to one gradient: about 1e-16 apart at each of 10 steps
    np.testing.assert_allclose(
        combined.layers[0].weights, separate.layers[0].weights, rtol=0, atol=1e-13)


@pytest.mark.parametrize(("lines", "updates"), [("epochs", 3), ("steps", 9)])
def test_model_counts_updates_and_decays(lines, updates):
    model = undecided_model(lines=lines)
    model.set(optimizer=nn.Optimizer_SGD(0.5, decay=1.0))
    model.train(SAMPLES, CLASSES, epochs=3, batch_size=2, print_every=10)
    assert model.optimizer.iterations == updates
    assert model.optimizer.current_learning_rate == 0.5 * (1 / updates)


def test_model_counts_the_samples_of_one_epoch():
    model = undecided_model()
    model.train(SAMPLES, CLASSES, epochs=3, batch_size=2, print_every=10)
    assert model.loss.accumulated_count == model.accuracy.accumulated_count == 5


def test_model_tells_the_accuracy_of_the_targets():
    model = undecided_model()
    model.layers[-1] = nn.Activation_Linear()
    model.set(loss=nn.Loss_MeanSquaredError(), accuracy=nn.Accuracy_Regression())
    model.finalize()
    model.train(SAMPLES, np.array([[-250.0], [250], [-250], [250], [0]]), print_every=10)
    got = model.accuracy.precision
    assert got == np.sqrt(0.8)


def test_model_needs_no_optimizer_to_evaluate(capsys):
    model = nn.Model()
    model.add(nn.Layer_Dense(1, 2))
    model.add(nn.Activation_Softmax())
    model.set(loss=nn.Loss_CategoricalCrossentropy(), accuracy=nn.Accuracy_Categorical())
    model.finalize()
    model.set_parameters([(np.zeros((1, 2)), np.zeros((1, 2)))])
    model.evaluate(SAMPLES, CLASSES)
    assert capsys.readouterr().out == "validation, acc: 0.600, loss: 0.693\n"


def test_model_keeps_what_a_later_set_leaves_out():
    model = undecided_model()
    loss, accuracy, optimizer = model.loss, model.accuracy, nn.Optimizer_Adam()
    model.set(optimizer=optimizer)
    assert (model.loss, model.accuracy, model.optimizer) == (loss, accuracy, optimizer)


# --------------------------------------------------------------- the comparison of two runs


def small_run() -> dict[str, object]:
    layer = worked_dense()
    layer.backward(np.ones((2, 2), dtype=np.float32))
    return {"layer": layer, "loss": np.float32(0.5)}


def test_arrays_of_names_what_hangs_on_the_objects():
    combined = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    combined.forward(PROBABILITIES, LABELS[0])
    got = arrays_of({"combined": combined, "model": undecided_model(), "x": np.float32(1)})
    expected = {"combined.output", "combined.activation.output", "combined.loss.accumulated_sum",
                "model.layers[0].weights", "model.optimizer.current_learning_rate", "x"}
    assert expected <= set(got)
    assert not [name for name in got if "prev" in name or "trainable" in name]


def test_arrays_of_copies():
    run = small_run()
    got = arrays_of(run)
    run["layer"].weights[:] = 0
    equal(got["layer.weights"], [[1, -1], [0.5, 2]])


def change_one_bit(arrays):
    weights = arrays["layer.weights"]
    weights[0, 1] = np.nextafter(np.nextafter(weights[0, 1], 0), 0)


def change_to_nan(arrays):
    arrays["layer.weights"][1] = np.nan


def change_type(arrays):
    arrays["loss"] = arrays["loss"].astype(np.float64)


def change_shape(arrays):
    arrays["layer.biases"] = arrays["layer.biases"][0]


def remove(arrays):
    del arrays["loss"]


def add(arrays):
    arrays["gain"] = np.array(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (change_one_bit, "layer.weights: 1 of 4 elements differ, by up to 2 last bits"),
        (change_to_nan, "layer.weights: 2 of 4 elements differ, 2 in being NaN"),
        (change_type, "loss: type float64, expected float32"),
        (change_shape, r"layer.biases: shape \(2,\), expected \(1, 2\)"),
        (remove, "loss: missing"),
        (add, "gain: not expected"),
    ],
)
def test_assert_same_reports(change: Callable[..., None], message):
    got, expected = arrays_of(small_run()), arrays_of(small_run())
    assert_same(got, expected)
    change(got)
    with pytest.raises(AssertionError, match=f"^the two differ in\n{message}$"):
        assert_same(got, expected)


def test_assert_same_counts_last_bits_across_zero():
    tiny = np.nextafter(np.zeros(1, dtype=np.float32), np.float32(1))
    with pytest.raises(AssertionError, match="1 of 1 elements differ, by up to 2 last bits"):
        assert_same({"x": -tiny}, {"x": tiny})
    with pytest.raises(AssertionError, match=f"by up to {2 * 0x7FF0000000000000} last bits"):
        assert_same({"x": np.array(-np.inf)}, {"x": np.array(np.inf)})


def test_assert_same_takes_nan_for_nan():
    assert_same({"x": np.array([np.nan, 1])}, {"x": np.array([np.nan, 1])})
