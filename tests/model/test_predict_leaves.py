"""What a small predict or evaluate leaves on the objects, and whose classes it calls."""

import numpy as np
import pytest
from predicting import SIZES, Loss_Counting, build, every_size, inputs
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference


@pytest.mark.parametrize("kind", ["softmax", "regression"])
@every_size
def test_objects_are_left_as_the_book_leaves_them(capsys, book_numpy, kind, size):
    rows, batch_size = SIZES[size]
    X = inputs(5, 5, rows)
    y = X.astype("f8") if kind == "regression" else np.argmax(X, axis=1)
    left = []
    for nn in (fastnn, reference):
        model = build(kind, nn)
        model.predict(X, batch_size=batch_size)
        left.append(arrays_of({"model": model}))
        model.evaluate(X, y, batch_size=batch_size)
        left.append(arrays_of({"model": model}))
        dense, relu = model.layers[:2]
        assert relu.inputs is dense.output and model.input_layer.output is dense.inputs
        assert np.shares_memory(dense.inputs, X)
    assert_same(left[0], left[2])
    assert_same(left[1], left[3])


def test_somebody_s_own_layers_are_called_themselves():
    model = build("foreign")
    model.predict(inputs(0, 0, 7))
    model.predict(inputs(0, 0, 7), batch_size=3)
    assert model.layers[2].calls == 4
    model = build("counting")
    model.predict(inputs(0, 0, 7), batch_size=3)
    assert vars(model.layers[1])["calls"] == 3


def test_somebody_s_own_loss_is_called_itself(capsys):
    model = build()
    model.set(loss=Loss_Counting())
    model.finalize()
    model.evaluate(inputs(0, 0, 7), np.zeros(7, int), batch_size=3)
    assert vars(model.loss)["calls"] == 3
    assert model.loss.accumulated_count == 7


class Loss_Needing(fastnn.Loss_CategoricalCrossentropy):
    def __new__(cls, name):
        return super().__new__(cls)

    def __init__(self, name):
        super().__init__()


class Loss_Only(fastnn.Loss_CategoricalCrossentropy):
    only = None

    def __new__(cls):
        cls.only = cls.only or super().__new__(cls)
        return cls.only


@pytest.mark.parametrize("make", [lambda: Loss_Needing("mine"), Loss_Only])
@pytest.mark.parametrize("rows", [7, 700], ids=["objects", "compiled"])
def test_a_loss_that_is_made_in_a_way_of_its_own_is_summed_as_any(capsys, make, rows):
    printed, X = [], inputs(0, 0, rows)
    for loss in fastnn.Loss_CategoricalCrossentropy(), make():
        model = build()
        model.set(loss=loss)
        model.finalize()
        model.train(X, np.arange(rows) % 3, epochs=2, batch_size=20)
        model.evaluate(X, np.arange(rows) % 3, batch_size=20)
        printed.append((capsys.readouterr().out, loss.accumulated_sum, loss.accumulated_count))
    assert printed[0] == printed[1]


def test_a_failing_prediction_changes_nothing(capsys):
    model = build()
    model.evaluate(inputs(0, 0, 7), np.zeros(7, int))
    before = arrays_of({"model": model})
    model.layers[3].weights = model.layers[3].weights[:-1]
    with pytest.raises(ValueError, match=r"must be \(N, 15\)"):
        model.predict(inputs(0, 1, 7))
    with pytest.raises(ValueError, match=r"Layer_Dense\(15, 3\) cannot follow"):
        model.evaluate(inputs(0, 1, 7), np.zeros(7, int))
    after = arrays_of({"model": model})
    del before["model.layers[3].weights"], after["model.layers[3].weights"]
    assert_same(after, before)


def test_rows_that_were_given_do_not_change():
    model = build()
    rows = model.predict(inputs(0, 0, 2))
    before = rows.copy()
    model.layers[-1].output[:] = 9
    model.predict(inputs(0, 1, 2))
    assert np.array_equal(rows, before)
