"""scikit-learn's own suite, whole, and what its tools do with the estimators."""

import doctest
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from small_samples import classes, values

from fastnn.sklearn import FastnnClassifier, FastnnRegressor, classifier, regressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

CHECKED = [FastnnClassifier(), FastnnRegressor(),
           FastnnClassifier(dtype="float64", dot_precision="own", max_iter=100),
           FastnnRegressor(dot_precision="book", max_iter=100)]


@parametrize_with_checks(CHECKED)
@pytest.mark.filterwarnings("ignore")  # the suite fits networks that it does not look at
def test_scikit_learns_suite(estimator, check):
    check(estimator)


def test_the_suite_is_whole():
    names = {check.func.__name__ for _, check in parametrize_with_checks(CHECKED).args[1]}
    assert {"check_sample_weight_equivalence_on_dense_data", "check_methods_subset_invariance",
            "check_estimators_pickle", "check_class_weight_classifiers", "check_fit_idempotent",
            "check_regressor_multioutput"} <= names


def test_the_examples_hold():
    for module in classifier, regressor:
        found = doctest.testmod(module)
        assert found.attempted > 1 and not found.failed


def test_parameters_are_scikit_learns_where_it_has_them():
    left_out = {"learning_rate", "power_t", "nesterovs_momentum", "max_fun"}
    for ours, theirs in (FastnnClassifier, MLPClassifier), (FastnnRegressor, MLPRegressor):
        mine, other = ours().get_params(), theirs().get_params()
        assert set(other) - set(mine) == left_out
        assert {name: mine[name] for name in set(mine) & set(other)} == {
            name: value for name, value in other.items() if name in mine}


@pytest.mark.parametrize("ours, theirs, data", [
    (FastnnClassifier, MLPClassifier, classes), (FastnnRegressor, MLPRegressor, values)])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_trains_as_scikit_learns_own_class(ours, theirs, data, solver):
    """Without shuffling, whose orders differ, the same steps from the same weights."""
    X, y = data()
    X = X.astype("f4")
    options = {"hidden_layer_sizes": (16, 8), "activation": "tanh", "solver": solver,
               "shuffle": False, "batch_size": 30, "max_iter": 20, "random_state": 3}
    plain = {"nesterovs_momentum": False} if solver == "sgd" else {}
    mine = ours(**options, dot_precision="own").fit(X, y)
    other = theirs(**options, **plain).fit(X, y)
    assert np.allclose(mine.loss_curve_, other.loss_curve_, rtol=2e-3)
    for one, two in zip(mine.coefs_, other.coefs_):
        assert np.allclose(one, two, atol=5e-3)
    assert mine.n_layers_ == other.n_layers_ and mine.n_outputs_ == other.n_outputs_


@pytest.mark.parametrize("make", [FastnnClassifier, FastnnRegressor])
def test_in_a_pipeline_of_frames_with_names(make):
    X, y = classes() if make is FastnnClassifier else values()
    frame = pd.DataFrame(X, columns=[f"column {n}" for n in range(X.shape[1])])
    pipe = make_pipeline(StandardScaler(), make(8, max_iter=5, random_state=0))
    pipe.set_output(transform="pandas")
    pipe.fit(frame, pd.Series(y))
    assert pipe[-1].feature_names_in_.tolist() == frame.columns.tolist()
    assert np.array_equal(pipe.predict(frame), clone(pipe).fit(frame, y).predict(frame))
    with pytest.warns(UserWarning, match="feature names"):
        pipe[-1].predict(StandardScaler().fit_transform(X))
    with pytest.raises(ValueError, match="feature names"):
        pipe.predict(frame[frame.columns[::-1]])


def test_labels_may_be_words():
    X, y = classes()
    words = np.array(["ant", "bee", "cat"], dtype=object)[y]
    model = FastnnClassifier(8, max_iter=30, random_state=0, learning_rate_init=0.05)
    plain = clone(model).fit(X, y)
    model.fit(X, words)
    assert model.classes_.tolist() == ["ant", "bee", "cat"]
    assert np.array_equal(model.predict(X), model.classes_[plain.predict(X)])
    assert model.score(X, words) > 0.8


def test_probabilities_add_up_and_are_calibrated():
    X, y = classes()
    model = FastnnClassifier(8, max_iter=40, learning_rate_init=0.05, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = model.fit(X, y).predict_proba(X)
        assert log_loss(y, found) < 1
        assert np.abs(found.sum(axis=1) - 1).max() < 1e-12
        assert np.allclose(np.exp(model.predict_log_proba(X)), found)
        calibrated = CalibratedClassifierCV(model, cv=3).fit(X, y, np.ones(len(y)))
    assert calibrated.score(X, y) > 0.8


def test_inside_of_other_estimators():
    X, y = classes()
    model = FastnnClassifier(8, max_iter=20, learning_rate_init=0.05, random_state=0)
    assert BaggingClassifier(model, 3, random_state=0).fit(X, y).score(X, y) > 0.7
    both = MultiOutputClassifier(model).fit(X, np.column_stack([y, y == 1]))
    assert both.predict(X).shape == (len(X), 2)
    assert cross_val_predict(model, X, y, cv=3, method="predict_proba").shape == (len(X), 3)
    X, y = values()
    scaled = TransformedTargetRegressor(FastnnRegressor(16, "tanh", max_iter=200, random_state=0,
                                                        learning_rate_init=0.01, tol=0),
                                        transformer=StandardScaler())
    assert cross_val_score(scaled, X, 1000 * y + 500, cv=3).mean() > 0.8


def test_several_targets():
    X, y = values()
    both = np.column_stack([y, -2 * y])
    model = FastnnRegressor(16, "tanh", max_iter=300, learning_rate_init=0.01, tol=0,
                            random_state=0).fit(X, both)
    assert model.predict(X).shape == both.shape and model.score(X, both) > 0.9
    assert model.coefs_[-1].shape == (16, 2) and model.n_outputs_ == 2


@pytest.mark.parametrize("make", [FastnnClassifier, FastnnRegressor])
def test_pickled_it_predicts_and_goes_on_bit_for_bit(make):
    X, y = classes() if make is FastnnClassifier else values()
    classes_ = {"classes": [0, 1, 2]} if make is FastnnClassifier else {}
    model = make(8, dropout=0.2, batch_size=20, random_state=0).partial_fit(X, y, **classes_)
    other = pickle.loads(pickle.dumps(model))
    assert np.array_equal(model.predict(X), other.predict(X))
    for _ in range(3):
        model.partial_fit(X, y)
        other.partial_fit(X, y)
    assert model.loss_curve_ == other.loss_curve_ and len(model.loss_curve_) == 4
    for one, two in zip(model.coefs_, other.coefs_):
        assert np.array_equal(one, two)


def test_a_pickle_holds_no_data():
    X, y = classes()
    small = len(pickle.dumps(FastnnClassifier(4, max_iter=2).fit(X, y)))
    many = FastnnClassifier(4, max_iter=2).fit(np.tile(X, (20, 1)), np.tile(y, 20))
    assert len(pickle.dumps(many)) < small + 500


def test_before_fit_there_is_nothing():
    model = FastnnClassifier()
    with pytest.raises(NotFittedError):
        model.predict([[1.0, 2.0]])
    assert not hasattr(model, "coefs_") and not hasattr(model, "classes_")
