"""The tools that compare two runs, by a bit, a type, a shape or a name."""

from collections.abc import Callable

import numpy as np
import pytest
from programs import arrays_of, assert_same
from worked import LABELS, PROBABILITIES, equal, undecided_model, worked_dense

from fastnn import reference as nn


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
