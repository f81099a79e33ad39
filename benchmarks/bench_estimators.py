"""The estimators against scikit-learn's own network: time to the same loss, searches, threads.

Same samples, network, batches, solver and weights to begin with. How many epochs ours takes to the
loss that scikit-learn's ends with is tried first: orders of samples differ. All is float32.
"""

import warnings
from typing import NamedTuple

import joblib
import numpy as np
import pytest
from rows import Row

pytest.importorskip("sklearn")
from sklearn.datasets import load_digits, make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

from fastnn.sklearn import FastnnClassifier, FastnnRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Case(NamedTuple):
    """What is trained: samples, hidden sizes, epochs of scikit-learn's, and the goals."""

    name: str
    what: str
    hidden: tuple[int, ...] = (100,)
    epochs: int = 30
    floor: float | None = None
    aim: float | None = None
    pairs: int = 11
    weighted: bool = False


DIGITS = Case("digits", "digits 64-100-10, batches of 200", floor=5, aim=10)
SYNTHETIC = Case("synthetic", "100,000 x 50, 50-100-10, batches of 200", epochs=5, floor=1.3, aim=2,
                 pairs=5)
VALUES = Case("values", "20,000 x 20, 20-64-64-1, batches of 200", (64, 64), epochs=5, floor=1.3,
              pairs=5)
CASES = [DIGITS, DIGITS._replace(weighted=True), SYNTHETIC, VALUES,
         VALUES._replace(weighted=True, floor=None)]


def samples(case, smoke):
    """X and y, in float32."""
    if case.name == "digits":
        X, y = load_digits(return_X_y=True)
        return (X / 16).astype(np.float32), y
    few = 20 if smoke else 1
    if case.name == "synthetic":
        X, y = make_classification(100_000 // few, 50, n_informative=20, n_classes=10,
                                   random_state=0)
        return X.astype(np.float32), y
    X, y = make_regression(20_000 // few, 20, noise=5.0, random_state=0)
    return X.astype(np.float32), (y / y.std()).astype(np.float32)


def pair(case, **options):
    """Ours and scikit-learn's, alike, and without an end of their own."""
    classifies = case.name != "values"
    kinds = (FastnnClassifier, MLPClassifier) if classifies else (FastnnRegressor, MLPRegressor)
    common = {"hidden_layer_sizes": case.hidden, "random_state": 0, "tol": 0.0,
              "n_iter_no_change": np.inf, "batch_size": 200} | options
    return [kind(**common) for kind in kinds]


def arguments(case, smoke):
    X, y = samples(case, smoke)
    weights = np.random.RandomState(0).uniform(0.5, 1.5, len(y))
    return (X, y, weights) if case.weighted else (X, y)


def of_epochs(model, epochs, data):
    """A training of so many epochs."""
    return model.set_params(max_iter=epochs).fit(*data)


@pytest.mark.parametrize("threads", [1, 2], ids="threads={}".format)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name + "-weighted" * case.weighted)
def test_to_the_same_loss(case, threads, compare, smoke):
    data = arguments(case, smoke)
    ours, theirs = pair(case)
    epochs = 2 if smoke else case.epochs
    loss = of_epochs(theirs, epochs, data).loss_
    curve = np.array(of_epochs(ours, 2 * epochs + 2, data).loss_curve_)
    assert curve[epochs - 1] == pytest.approx(loss, rel=0.2)  # a training of the same kind
    needed = int(np.flatnonzero(curve <= loss)[0]) + 1
    weights = ", weights of samples" * case.weighted
    row = Row("estimators", f"{case.what}{weights}, to the loss after {epochs} epochs",
              type(ours).__name__, type(theirs).__name__, blas_threads=threads, our_threads=threads,
              floor=case.floor, aim=case.aim, headline=case is DIGITS and threads == 1)
    compare(lambda: of_epochs(ours, needed, data), lambda: of_epochs(theirs, epochs, data), row=row,
            pairs=case.pairs)


def searched(model, data, backend="threading", n_jobs=1):
    """A search of six settings, three folds each."""
    with warnings.catch_warnings(), joblib.parallel_backend(backend):
        warnings.simplefilter("ignore", ConvergenceWarning)  # of the threads, too
        return GridSearchCV(model, {"alpha": [1e-4, 1e-2, 1.0], "hidden_layer_sizes": [50, 100]},
                            cv=3, n_jobs=n_jobs).fit(*data)


def test_search(compare, smoke):
    data = samples(DIGITS, smoke)
    ours, theirs = pair(DIGITS, max_iter=2 if smoke else 20)
    scores = [searched(model, data).best_score_ for model in (ours, theirs)]
    assert smoke or scores[0] == pytest.approx(scores[1], abs=0.03)
    row = Row("estimators", "GridSearchCV on digits, 18 trainings of 20 epochs, n_jobs=1",
              "FastnnClassifier", "MLPClassifier", floor=4)
    compare(lambda: searched(ours, data), lambda: searched(theirs, data), row=row, pairs=5)


@pytest.mark.parametrize("what", ["fits", "search"])
def test_threads_scale(what, compare, smoke):
    """joblib's threads: two jobs against one, each training in one thread."""
    data = samples(DIGITS, smoke)
    ours, _ = pair(DIGITS, max_iter=2 if smoke else 30)

    def run(n_jobs):
        if what == "search":
            return searched(ours, data, n_jobs=n_jobs)
        models = [pair(DIGITS, max_iter=2 if smoke else 100, random_state=n)[0] for n in range(4)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return joblib.Parallel(n_jobs, backend="threading")(
                joblib.delayed(model.fit)(*data) for model in models)
    expected, got = run(1), run(2)
    if what == "search":
        expected, got = [expected.best_estimator_], [got.best_estimator_]
    for one, two in zip(expected, got, strict=True):
        for before, after in zip(one.coefs_, two.coefs_, strict=True):
            assert np.array_equal(before, after)
    name = {"fits": "four trainings of 100 epochs on digits",
            "search": "GridSearchCV on digits, 18 trainings of 30 epochs"}[what]
    compare(lambda: run(2), lambda: run(1), pairs=7, row=Row(
        "estimators", f"{name}, one thread each, in joblib's threads", "n_jobs=2", "n_jobs=1",
        floor=1.7))
