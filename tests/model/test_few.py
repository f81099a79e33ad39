"""A few samples through a Model: the short way gives what the whole way gives, or steps aside."""

import numpy as np
import pytest
from few_models import ENDS, MIDDLES, ODD, built, left, samples, short

import fastnn
from fastnn.model import few


@pytest.mark.parametrize("rows", [1, 2, 64])
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("middle", MIDDLES)
@pytest.mark.parametrize("precision", ["book_numpy", "native_numpy"])
def test_both_ways_give_and_leave_the_same(precision, middle, end, rows, request, monkeypatch):
    request.getfixturevalue(precision)
    X, models = samples(rows), [built(middle, end), built(middle, end)]
    found = [short(models[0], X)]
    monkeypatch.setattr(few, "MOST", -1)
    found.append(models[1].predict(X))
    assert found[0] is not None and found[0].dtype == found[1].dtype
    assert found[0].tobytes() == found[1].tobytes()
    assert left(models[0]) == left(models[1])
    last = models[0].layers[-1].output
    assert not np.shares_memory(found[0], last)


class Doubled(fastnn.Activation_ReLU):
    def forward(self, inputs, training=True):
        super().forward(inputs, training)
        self.output = self.output * 2


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_what_is_not_as_usual_goes_the_whole_way_and_changes_nothing(change, book_numpy):
    model = built()
    model.predict(samples())
    change(model)
    before = left(model) if hasattr(model, "input_layer") else None
    assert short(model, samples(4)) is None
    assert before is None or left(model) == before


@pytest.mark.parametrize("X", [
    samples(65), samples()[:, :4], samples()[0], samples()[None], samples()[:0],
    np.ones((2, 5), int), samples(dtype="f2")], ids=lambda X: f"{X.dtype}{X.shape}")
def test_other_samples_go_the_whole_way(X, book_numpy):
    assert short(built(), X) is None


def test_a_class_of_ones_own_is_called(book_numpy):
    MIDDLES["doubled"] = Doubled
    try:
        model, plain = built("doubled"), built()
    finally:
        del MIDDLES["doubled"]
    plain.predict(samples())
    assert short(model, samples()) is None
    model.predict(samples())
    assert np.array_equal(model.layers[1].output, 2 * plain.layers[1].output)


def test_an_open_profile_sees_a_few_samples(book_numpy):
    model = built()
    with fastnn.profile() as found:
        model.predict(samples())
    assert "Layer_Dense" in str(found)


def test_options_that_may_change_meanwhile_go_the_whole_way(book_numpy):
    MIDDLES["leaky"] = lambda: fastnn.Activation_LeakyReLU(0.2)
    try:
        model = built("leaky")
    finally:
        del MIDDLES["leaky"]
    assert short(model, samples()) is None
    assert model.predict(samples()).shape == (3, 3)
