"""One RuntimeWarning where the loss becomes NaN or infinite; values travel as before."""

import warnings

import numpy as np
import pytest
from networks import Case, Doubling, build, fit, model_of, train_by_hand

import fastnn
from fastnn import reference

pytestmark = pytest.mark.usefixtures("book_numpy")


def breaking(nn, loss="squared 3", rate=1e30):
    net = build(nn, Case(loss, "SGD"))
    net.optimizer.learning_rate = net.optimizer.current_learning_rate = rate
    return net


def caught(train, *arguments, **options):
    with np.errstate(all="ignore"), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        result = train(*arguments, **options)
    return result, found


@pytest.mark.parametrize("callback", [None, lambda row: None])
@pytest.mark.parametrize("foreign", [False, True])
@pytest.mark.parametrize("log_every", [1, 3])
def test_fit_says_once_where_the_loss_was_lost(foreign, callback, log_every):
    net, loop = breaking(fastnn), breaking(reference)
    for one in (net, loop) if foreign else ():
        one.layers.insert(2, Doubling())
    history, found = caught(fit, net, epochs=12, log_every=log_every, callback=callback)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = train_by_hand(loop, epochs=12, log_every=log_every)
    assert np.array_equal(history.loss, [row[1] for row in rows], equal_nan=True)
    wrong = [row for row in rows if not np.isfinite(row[1])]
    assert len(wrong) > 1
    ours = [one for one in found if str(one.message).startswith("fit: ")]
    by = "at" if log_every == 1 else "by"
    assert [str(one.message) for one in ours] == [
        f"fit: the loss is {wrong[0][1]} {by} epoch {wrong[0][0]:.0f}. A smaller learning rate "
        "often helps"]
    assert ours[0].category is RuntimeWarning
    assert ours[0].filename.endswith("networks.py"), "the line that called fit"


def test_fit_whose_loss_is_a_number_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(build(fastnn, Case()), epochs=5)


def test_each_fit_says_it_anew():
    net = breaking(fastnn)
    for _ in range(2):
        _, found = caught(fit, net, epochs=9)
        assert len(found) == 1


def test_warning_that_is_made_an_error_has_the_history_and_leaves_objects_whole():
    net = breaking(fastnn)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="^fit: the loss is") as error:
            fit(net, epochs=9)
    assert len(error.value.history) == 9 == net.optimizer.iterations


def test_profiled_fit_names_the_caller_s_line():
    with fastnn.profile():
        _, found = caught(fit, breaking(fastnn), epochs=9)
    assert [one.filename.rpartition("/")[2] for one in found] == ["networks.py"]


every_way = pytest.mark.parametrize("epochs", [9, 40], ids=["objects", "compiled"])


@every_way
@pytest.mark.parametrize("lines", ["steps", "epochs"])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_model_says_once_where_the_loss_was_lost(capsys, lines, epochs, batch_size):
    left = []
    for nn in (fastnn, reference):
        net = breaking(nn)
        model = model_of(nn, net, lines)
        if nn is reference and lines == "epochs":
            model.loss.new_pass()
        left.append(caught(model.train, net.X, net.y, epochs=epochs, batch_size=batch_size))
        left[-1] += (capsys.readouterr().out,)
    (_, found, printed), (_, _, expected) = left
    assert printed == expected
    ours = [one for one in found if str(one.message).startswith("Model.train: the loss is ")]
    assert len(ours) == 1
    assert ours[0].filename == __file__, "the line that called train"
    blocks = expected.split("epoch: ")[1:]
    bad = next(block for block in blocks if "nan" in block or "inf" in block)
    number = bad.split("\n")[0] if lines == "steps" else bad.split(",")[0]
    assert f" at epoch {number}. A smaller learning rate" in str(ours[0].message)


@every_way
def test_model_that_records_few_epochs_does_not_name_one_of_them(capsys, epochs):
    """Through the objects each step is looked at, and the epoch is known."""
    net = breaking(fastnn)
    _, found = caught(model_of(fastnn, net, "epochs").train, net.X, net.y, epochs=epochs,
                      print_every=8)
    where = "at epoch 2" if epochs == 9 else "by epoch 8"
    assert f" {where}. A smaller learning rate" in str(found[-1].message)


@every_way
@pytest.mark.parametrize("lines", ["steps", "epochs"])
def test_model_says_that_the_loss_was_lost_before(capsys, lines, epochs):
    net = breaking(fastnn)
    net.layers[0].weights[0, 0] = np.nan
    _, found = caught(model_of(fastnn, net, lines).train, net.X, net.y, epochs=epochs)
    assert " at epoch 1. It was so before the first update" in str(found[-1].message)


def data_with(value):
    net = build(fastnn, Case())
    X = net.X.copy()
    X[3, 1] = value
    return net._replace(X=X)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bad_data_is_named_instead_of_the_learning_rate(value):
    _, found = caught(fit, data_with(value), epochs=2)
    assert [str(one.message).partition(". ")[2] for one in found if "the loss is" in str(
        one.message)] == [f"X holds {value} at [3, 1]"]


def test_weights_that_were_lost_before_are_not_the_learning_rate_s_doing():
    net = build(fastnn, Case())
    net.layers[0].weights[0, 0] = np.nan
    _, found = caught(fit, net, epochs=2)
    assert "It was so before the first update: look at the weights" in str(found[-1].message)
