"""How long a training goes on, and how another goes on from it; weights of samples."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from small_samples import classes, values

import fastnn
from fastnn.engine.interrupts import Interrupts
from fastnn.losses.weighted import _WeightedCrossentropy
from fastnn.sklearn import FastnnClassifier, FastnnRegressor
from fastnn.sklearn.network import _PassingSoftmax
from fastnn.sklearn.samples import Samples, merged, signed

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize("make, data", [(FastnnClassifier, classes),
                                              (FastnnRegressor, values)])


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip([*one.coefs_, *one.intercepts_],
                                                    [*other.coefs_, *other.intercepts_]))


def test_it_ends_when_the_loss_gets_no_better():
    X, y = classes()
    model = FastnnClassifier(16, learning_rate_init=0.05, random_state=0, tol=1e-3,
                             n_iter_no_change=5, max_iter=1000).fit(X, y)  # no ConvergenceWarning
    assert 20 < model.n_iter_ < 1000
    curve = np.array(model.loss_curve_)
    assert model.n_iter_ == len(curve) == len(model.history_) and model.loss_ == curve[-1]
    best, count = np.inf, 0
    for n, loss in enumerate(curve):  # scikit-learn's rule
        count = count + 1 if loss > best - 1e-3 else 0
        best = min(best, loss)
        assert (count > 5) == (n == len(curve) - 1)
    assert model.best_loss_ == best and model.validation_scores_ is None


def test_max_iter_warns():
    X, y = classes()
    with pytest.warns(ConvergenceWarning, match=r"fit: max_iter=2 epochs are over") as found:
        FastnnClassifier(4, max_iter=2).fit(X, y)
    assert found[0].filename == __file__


@both
@quiet
def test_early_stopping_keeps_the_best_weights(make, data):
    X, y = data(300)
    model = make(16, early_stopping=True, n_iter_no_change=4, learning_rate_init=0.03, max_iter=300,
                 random_state=0, batch_size=32).fit(X, y)
    scores = model.validation_scores_
    assert len(scores) == model.n_iter_ < 300 and model.best_validation_score_ == max(scores)
    assert model.best_loss_ is None
    epochs = scores.index(max(scores)) + 1
    shorter = clone(model).set_params(max_iter=epochs, n_iter_no_change=10**6).fit(X, y)
    assert same(model, shorter) and shorter.validation_scores_ == scores[:epochs]


@both
@quiet
def test_warm_start_goes_on_from_the_weights(make, data):
    X, y = data()
    model = make(8, max_iter=20, random_state=0, warm_start=True).fit(X, y)
    first, weights = model.loss_, [w.copy() for w in model.coefs_]
    again = model.fit(X, y)
    assert again.loss_curve_[0] <= first * 1.01 and again.loss_ < first
    assert not any(np.array_equal(a, b) for a, b in zip(weights, model.coefs_))
    assert same(clone(model).set_params(warm_start=False).fit(X, y), clone(model).fit(X, y))


@both
@quiet
def test_partial_fit_is_one_epoch_more(make, data):
    X, y = data()
    first = {"classes": [0, 1, 2]} if make is FastnnClassifier else {}
    whole = make(8, max_iter=6, batch_size=25, random_state=0).fit(X, y)
    parts = make(8, batch_size=25, random_state=0).partial_fit(X, y, **first)
    for _ in range(5):
        parts.partial_fit(X, y)
    assert parts._optimizer.iterations == whole._optimizer.iterations == 30
    assert [row.epoch for row in parts.history_] == list(range(6))
    # The order is drawn from where the last call stopped: another each time, not the whole's.
    assert np.allclose(parts.loss_curve_, whole.loss_curve_, rtol=0.2)
    plain = clone(whole).set_params(shuffle=False).fit(X, y)
    parts = make(8, batch_size=25, random_state=0, shuffle=False).partial_fit(X, y, **first)
    for _ in range(5):
        parts.partial_fit(X, y)
    assert same(plain, parts) and parts.loss_curve_ == plain.loss_curve_


def test_partial_fit_takes_what_was_announced():
    X, y = classes()
    model = FastnnClassifier(8, random_state=0)
    with pytest.raises(ValueError, match="the first call needs classes"):
        model.partial_fit(X, y)
    assert vars(model) == vars(FastnnClassifier(8, random_state=0))
    model.partial_fit(X[y < 2], y[y < 2], classes=[0, 1, 2])
    assert model.predict_proba(X).shape == (120, 3)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match=r"labels \[7\] that are not among the classes"):
        model.partial_fit(X, np.where(y == 2, 7, y))
    with pytest.raises(ValueError, match="classes are"):
        model.partial_fit(X, y, classes=[0, 1])
    assert np.array_equal(model.predict_proba(X), before) and len(model.loss_curve_) == 1


# ------------------------------------------------------------------------------------- weights


@both
@quiet
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_are_repetitions(make, data, dtype):
    """Where one batch is all, to the bit: in another order, too, and without those of weight 0."""
    X, y = data(60)
    rng = np.random.RandomState(0)
    weights = rng.randint(0, 4, len(X))
    order = rng.permutation(len(X))
    model = make(8, max_iter=30, random_state=0, dtype=dtype)
    repeated = clone(model).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    weighted = clone(model).fit(X[order], y[order], weights[order])
    assert same(repeated, weighted) and repeated.loss_curve_ == weighted.loss_curve_
    assert not same(weighted, clone(model).fit(X, y))


@both
@quiet
def test_weights_in_batches_are_those_of_the_gradient(make, data):
    """Of two ways to the same mean: weights on an epoch of whole batches, and repeated batches."""
    X, y = data(40)
    model = make(8, solver="sgd", momentum=0.0, learning_rate_init=0.1, alpha=0, max_iter=1,
                 shuffle=False, batch_size=20, random_state=0, dtype="float64")
    weights = np.tile([1.0, 2.0, 0.5, 0.5], 10)  # a mean of 1 in each batch
    # each batch of 20, with its samples as often as four times their weight
    batches = [np.repeat(np.arange(20) + 20 * k, (2 * weights[:20]).astype(int)) for k in (0, 1)]
    rows = np.concatenate(batches)
    assert len(batches[0]) == 40
    other = clone(model).set_params(batch_size=40).fit(X[rows], y[rows])
    model.fit(X, y, weights)
    for one, two in zip(model.coefs_, other.coefs_):
        assert np.allclose(one, two, rtol=1e-9, atol=1e-12)


@quiet
def test_weights_of_classes():
    X, y = classes(300)
    options = {"hidden_layer_sizes": (), "max_iter": 60, "random_state": 0,
               "learning_rate_init": 0.05}
    plain = FastnnClassifier(**options).fit(X, y)
    leaning = FastnnClassifier(class_weight={0: 1, 1: 30, 2: 1}, **options).fit(X, y)
    assert (leaning.predict(X) == 1).sum() > (plain.predict(X) == 1).sum()
    by_hand = FastnnClassifier(**options).fit(X, y, np.where(y == 1, 30, 1))
    assert same(by_hand, leaning)
    rare = np.flatnonzero((y != 2) | (np.arange(300) % 7 == 0))
    balanced = FastnnClassifier(class_weight="balanced", **options).fit(X[rare], y[rare])
    recall = (balanced.predict(X)[y == 2] == 2).mean()
    assert recall > (FastnnClassifier(**options).fit(X[rare], y[rare]).predict(X)[y == 2]
                     == 2).mean()


@quiet
def test_weighted_classes_are_compiled_and_values_say_why_not(stepwise_runs):
    X, y = classes()
    weights = np.linspace(0.1, 2, len(X))
    FastnnClassifier(8, max_iter=3, batch_size=20, dropout=0.1).fit(X, y, weights)
    FastnnClassifier(8, max_iter=3, batch_size=20, dropout=0.1).fit(X, y)
    FastnnRegressor(8, max_iter=3, batch_size=20).fit(X, y)
    FastnnRegressor(8, max_iter=3, batch_size=20, dropout=0.1).fit(X, y)
    FastnnRegressor(8, max_iter=3, loss="huber").fit(X, y, np.ones(len(X)))
    assert stepwise_runs == []
    FastnnRegressor(8, max_iter=3, loss="huber", batch_size=20).fit(X, y, weights)
    assert len(stepwise_runs) == 1


def test_the_slope_of_weighted_classes_is_that_of_their_loss():
    """By what the softmax is given, against differences; and as the combined class has it."""
    rng = np.random.RandomState(0)
    inputs, classes_, weights = rng.randn(7, 4), rng.randint(0, 4, 7), rng.rand(7) * 3
    weights[2] = 0
    targets = signed(classes_, weights, 4, "f8")
    softmax, loss = _PassingSoftmax(), _WeightedCrossentropy()

    def value(inputs):
        softmax.forward(inputs)
        return loss.calculate(softmax.output, targets)
    shares = np.exp(inputs) / np.exp(inputs).sum(axis=1, keepdims=True)
    assert np.isclose(value(inputs), -(weights * np.log(shares[np.arange(7), classes_])).mean())
    loss.backward(softmax.output, targets)
    softmax.backward(loss.dinputs)
    for n, c in np.ndindex(7, 4):
        step = np.zeros((7, 4))
        step[n, c] = 1e-6
        difference = (value(inputs + step) - value(inputs - step)) / 2e-6
        assert np.isclose(softmax.dinputs[n, c], difference, atol=1e-8)
    combined = fastnn.Activation_Softmax_Loss_CategoricalCrossentropy()
    combined.forward(inputs, classes_)
    combined.backward(combined.output, classes_)
    assert np.allclose(softmax.dinputs, combined.dinputs * weights[:, None])


def test_equal_samples_are_put_together():
    X, y = np.float32([[1, 2], [3, 4], [1, 2], [0, 1]]), np.array([0, 1, 0, 1])
    found = merged(Samples(X, y, None))
    assert sorted(zip(found.X[:, 0].tolist(), found.y.tolist(), found.weights.tolist())) == [
        (0, 1, 1), (1, 0, 2), (3, 1, 1)]
    assert merged(Samples(X[:2], y[:2], None)).weights is None
    assert merged(Samples(X, y, np.float64([1, 3, 2, 3]))).weights.tolist() == [3, 3, 3]
    assert len(merged(Samples(X, np.array([0, 1, 1, 1]), None))) == 4
    many = Samples(np.zeros((60_000, 100), "f4"), np.zeros(60_000, int), None)
    assert merged(many) is many


# ------------------------------------------------------------------------------ what trains it


@quiet
@pytest.mark.parametrize("solver", ["adam", "sgd", "adagrad", "rmsprop", "adamw", "nadam"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "gelu", "leaky_relu",
                                        fastnn.Activation_ELU(alpha=0.5)], ids=str)
def test_every_solver_and_activation_learns(solver, activation, stepwise_runs):
    X, y = classes()
    model = FastnnClassifier(8, activation, solver=solver, learning_rate_init=0.02, max_iter=60,
                             random_state=0, l1=1e-4).fit(X, y)
    assert model.loss_ < 0.9 * model.loss_curve_[0] and stepwise_runs == []


@quiet
def test_objects_are_copied():
    X, y = classes()
    optimizer = fastnn.Optimizer_Adam(0.05, decay=1e-3)
    model = FastnnClassifier(8, fastnn.Activation_Tanh(), optimizer=optimizer, max_iter=20,
                             random_state=0).fit(X, y)
    assert optimizer.iterations == 0 and model.optimizer is optimizer
    named = FastnnClassifier(8, "tanh", learning_rate_init=0.05, decay=1e-3, epsilon=1e-7,
                             max_iter=20, random_state=0).fit(X, y)
    assert same(named, model)


@quiet
def test_no_hidden_layer_and_several():
    X, y = classes()
    for sizes in (), 5, [5], (5, 4, 3), np.array([5, 4]):
        model = FastnnClassifier(sizes, max_iter=2).fit(X, y)
        assert [w.shape[1] for w in model.coefs_] == [*np.atleast_1d(sizes).astype(int), 3]
    with pytest.raises(AttributeError):
        model.coefs_ = []


def pressed():
    """Ctrl-C, once the training itself is under way: its own handler is there then."""
    while not isinstance(getattr(signal.getsignal(signal.SIGINT), "__self__", None), Interrupts):
        time.sleep(0.01)
    time.sleep(1.5)  # a second one within a second of the last raises
    os.kill(os.getpid(), signal.SIGINT)


@quiet
def test_ctrl_c_ends_it_with_a_warning():
    X, y = classes()
    model = FastnnClassifier(64, max_iter=10**7, tol=0, n_iter_no_change=np.inf)
    FastnnClassifier(64, max_iter=2).fit(X, y)

    thread = threading.Thread(target=pressed)
    thread.start()
    with pytest.warns(UserWarning, match="was stopped by Ctrl-C in epoch"):
        model.fit(X, y)
    thread.join()
    assert model.n_iter_ >= 1 and model.history_.interrupted and model.score(X, y) > 0.5


@quiet
def test_ctrl_c_in_the_first_epoch_leaves_a_network():
    X, y = classes(600_000)
    model = FastnnClassifier(8, max_iter=10**6, batch_size=1, early_stopping=True, random_state=0)

    thread = threading.Thread(target=pressed)
    thread.start()
    with pytest.warns(UserWarning, match="was stopped by Ctrl-C in epoch"):
        model.fit(X, y)
    thread.join()
    assert model.n_iter_ == len(model.loss_curve_) == len(model.validation_scores_)
    assert np.isfinite(model.coefs_[0]).all() and model.predict(X[:5]).shape == (5,)


@quiet
def test_a_history_that_was_kept_stays_as_it_is():
    X, y = classes()
    model = FastnnClassifier(8).partial_fit(X, y, classes=[0, 1, 2])
    kept = model.history_
    model.partial_fit(X, y)
    assert len(kept) == 1 and len(model.history_) == 2 and model.n_iter_ == 1


@quiet
def test_verbose_draws_a_line(capsys):
    X, y = classes()
    FastnnClassifier(8, max_iter=3, verbose=1).fit(X, y)
    assert "FastnnClassifier.fit" in capsys.readouterr().err
