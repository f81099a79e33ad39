"""What cannot be is one clear error, and leaves the estimator as it was."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from small_samples import classes, values

import fastnn
from fastnn.sklearn import FastnnClassifier, FastnnRegressor
from fastnn.support.words import OF_ESTIMATOR

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PARAMETERS = [
    ({"hidden_layer_sizes": 0}, ValueError, "hidden_layer_sizes must be"),
    ({"hidden_layer_sizes": (8, -1)}, ValueError, "hidden_layer_sizes must be"),
    ({"hidden_layer_sizes": "8"}, TypeError, "must be a whole number or a list of such, got '8'"),
    ({"hidden_layer_sizes": 2.5}, TypeError, "hidden_layer_sizes must be"),
    ({"activation": "softmax"}, ValueError, "activation must be one of elu, gelu, identity"),
    ({"activation": "relo"}, ValueError, "activation must be one of .*, got 'relo'"),
    ({"activation": 3}, TypeError, "activation"),
    ({"solver": "lbfgs"}, ValueError, "solver must be one of adagrad, adam, .*, got 'lbfgs'"),
    ({"solver": fastnn.Optimizer_Adam()}, TypeError, "an object goes to optimizer="),
    ({"optimizer": fastnn.Layer_Dense(2, 2)}, TypeError, "optimizer"),
    ({"alpha": -1}, ValueError, "alpha must be"),
    ({"alpha": "much"}, TypeError, "alpha must be"),
    ({"beta_1": 1.5}, ValueError, "beta_1 must be"),
    ({"dropout": 1.0}, ValueError, "dropout must be less than 1"),
    ({"batch_size": 0}, ValueError, "batch_size must be"),
    ({"batch_size": "all"}, TypeError, "batch_size must be"),
    ({"max_iter": 0}, ValueError, "max_iter must be"),
    ({"max_iter": True}, TypeError, "max_iter must be"),
    ({"n_iter_no_change": 0}, ValueError, "n_iter_no_change must be"),
    ({"tol": None}, TypeError, "tol must be"),
    ({"early_stopping": True, "validation_fraction": 1.0}, ValueError, "validation_fraction"),
    ({"early_stopping": "yes"}, TypeError, "early_stopping must be True or False, got 'yes'"),
    ({"verbose": "yes"}, TypeError, "verbose must be True or False"),
    ({"shuffle": 3}, TypeError, "shuffle must be True or False"),
    ({"dtype": "float16"}, ValueError, 'dtype must be "float32" or "float64", got'),
    ({"dtype": None}, ValueError, "dtype must be"),
    ({"dtype": "nonsense"}, ValueError, "dtype must be"),
    ({"dot_precision": "auto"}, ValueError, 'dot_precision must be "fast", "own" or "book"'),
    ({"dot_precision": ["own"]}, ValueError, "dot_precision must be"),
    ({"dot_precision": "book", "dtype": "float64"}, ValueError, "rounds products to float32"),
    ({"random_state": "seed"}, ValueError, "seed"),
]


@pytest.mark.parametrize("parameters, kind, words", PARAMETERS,
                         ids=["-".join(p[0]) + str(n) for n, p in enumerate(PARAMETERS)])
@pytest.mark.parametrize("make, data", [(FastnnClassifier, classes), (FastnnRegressor, values)])
def test_parameters_that_cannot_be(make, data, parameters, kind, words):
    X, y = data()
    model = make(**parameters)
    before = dict(vars(model))
    with pytest.raises(kind, match=words):
        model.fit(X, y)
    assert vars(model) == before


@pytest.mark.parametrize("X, words", [
    (np.full((6, 2), np.nan), "NaN"), (np.full((6, 2), 1e300), "infinity|too large"),
    (np.zeros((0, 2)), "0 sample"), (np.zeros(6), "1D array|Expected 2D"),
    (np.zeros((6, 0)), "0 feature"), (np.zeros((5, 2)), "inconsistent"),
    (np.zeros((6, 2), complex), "Complex"), (csr_matrix(np.eye(6)), "[Ss]parse"),
    ([["a", "b"]] * 6, "could not convert|numeric")], ids=str)
def test_samples_that_cannot_be(X, words):
    for model in FastnnClassifier(4), FastnnRegressor(4):
        with np.errstate(over="ignore"), pytest.raises((ValueError, TypeError), match=words):
            model.fit(X, [0, 1, 0, 1, 0, 1])
        assert not hasattr(model, "layers_") and not hasattr(model, "n_features_in_")


def test_targets_that_cannot_be():
    X, _ = classes()
    for y, words in ((np.linspace(0, 1, 120), "continuous"), (np.zeros((120, 2)), "1d array"),
                     ([None] * 120, "None|NaN|unknown"), (np.full(120, np.nan), "NaN")):
        with pytest.raises(ValueError, match=words):
            FastnnClassifier(4).fit(X, y)
    with pytest.raises(ValueError, match="could not convert|unknown|numeric"):
        FastnnRegressor(4).fit(X, ["a"] * 120)


@pytest.mark.parametrize("weights, words", [
    (-np.ones(120), "must not be negative, got -1.0"), (np.zeros(120), "zero"),
    (np.full(120, 1e-300), r"from 5.4e-24 on, got 1.2e-298: multiply sample_weight"),
    (np.arange(1, 121) * 1e-310, "multiply sample_weight by a constant"),
    (np.arange(1, 121) * 1e306, "must add up to a finite number .* got inf"),
    (np.ones(119), "120|shape"), (np.full(120, np.nan), "NaN"), (np.ones((120, 1)), "1D|scalar")],
    ids=["negative", "zero", "tiny", "subnormal", "huge", "length", "NaN", "axes"])
def test_weights_that_cannot_be(weights, words):
    X, y = classes()
    model = FastnnClassifier(4, max_iter=2, random_state=0).fit(X, y)
    before = dict(vars(model))
    for fit in model.fit, model.partial_fit:
        with pytest.raises(ValueError, match=words):
            fit(X, y, sample_weight=weights)
        assert vars(model) == before


def test_tiny_weights_before_random_numbers_are_drawn():
    """They ended in "the weights became NaN ... take a smaller learning rate", after a training."""
    X, y = values()
    random = np.random.RandomState(3)
    before = random.get_state()[1].copy(), random.get_state()[2]
    with pytest.raises(ValueError, match="from .* on, got 1.2e-298"):
        FastnnRegressor(4, random_state=random).fit(X, y, np.full(len(X), 1e-300))
    assert random.get_state()[2] == before[1] and (random.get_state()[1] == before[0]).all()
    for options in {"alpha": 0}, {"dtype": "float64"}:  # what can be computed with is
        weights = np.full(len(X), 1e-100) * (1 + np.arange(len(X)) % 2)
        same = [FastnnRegressor(4, random_state=3, max_iter=5, **options).fit(X, y, w).predict(X)
                for w in (weights, weights * 2.0 ** 40)]
        assert np.isfinite(same).all() and ("dtype" in options or (same[0] == same[1]).all())


@pytest.mark.parametrize("make", [FastnnClassifier, FastnnRegressor])
@pytest.mark.parametrize("word, ours", [
    ("epochs", "max_iter"), ("lr", "learning_rate_init"), ("hidden", "hidden_layer_sizes"),
    ("weight_decay", "alpha"), ("seed", "random_state"), ("patience", "n_iter_no_change"),
    ("dropout_rate", "dropout"), ("optim", "solver or optimizer")])
def test_another_librarys_word(make, word, ours):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{word}': there is {ours}$"):
        make(**{word: 1})


def test_words_that_estimators_are_hinted_at_are_theirs():
    known = {one for made in (FastnnClassifier(), FastnnRegressor()) for one in made.get_params()}
    assert {one for hints in OF_ESTIMATOR.values() for one in hints} <= known


def test_a_training_that_diverges_leaves_what_was_there():
    X, y = values()
    model = FastnnRegressor(8, max_iter=3, random_state=0).fit(X, y)
    before, said = dict(vars(model)), model.predict(X)
    model.set_params(solver="sgd", learning_rate_init=1e30)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="became NaN or infinite"):
        model.fit(X, y)
    model.set_params(solver="adam", learning_rate_init=0.001)
    assert vars(model) == before and np.array_equal(model.predict(X), said)


def test_too_few_samples_to_put_aside():
    X, y = classes()
    with pytest.raises(ValueError, match="early_stopping puts 1 samples aside"):
        FastnnRegressor(4, early_stopping=True).fit(X[:8], y[:8])
    with pytest.raises(ValueError, match="cannot put samples aside"):
        FastnnClassifier(4, early_stopping=True).fit(X[:3], [0, 1, 2])


def test_going_on_as_another_network():
    X, y = classes()
    model = FastnnClassifier(8, max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes is \[9\], .* has \[8\]"):
        model.set_params(hidden_layer_sizes=9).fit(X, y)
    model.set_params(hidden_layer_sizes=8)
    with pytest.raises(ValueError, match="dtype is float64, .* is of float32"):
        model.set_params(dtype="float64").fit(X, y)
    with pytest.raises(ValueError, match="trained as float32.*fit it again"):
        model.predict(X)
    with pytest.raises(ValueError, match="features"):
        model.set_params(dtype="float32").fit(X[:, :3], y)
    with pytest.raises(ValueError, match="early_stopping needs samples to be put aside"):
        model.set_params(early_stopping=True).partial_fit(X, y)
    X, y = values()
    model = FastnnRegressor(8, max_iter=2, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="y has 2 columns, and had 1"):
        model.fit(X, np.column_stack([y, y]))


def test_other_losses_and_losses_of_ones_own():
    X, y = values()
    options = {"max_iter": 60, "learning_rate_init": 0.02, "random_state": 0}
    for loss in "absolute_error", "huber", "HUBER", fastnn.Loss_Huber(), "mean_squared_error":
        model = FastnnRegressor(8, "tanh", loss=loss, **options).fit(X, y)
        assert model.loss_ < 0.5 * model.loss_curve_[0]
    for wrong in "categorical_crossentropy", "poisson":
        with pytest.raises(ValueError, match="loss must be one of"):
            FastnnRegressor(4, loss=wrong).fit(X, y)


def test_an_activation_of_ones_own_goes_step_by_step(stepwise_runs):
    class Doubling:
        def forward(self, inputs):
            self.output = 2 * inputs

        def backward(self, dvalues):
            self.dinputs = 2 * dvalues
    X, y = classes()
    model = FastnnClassifier(8, Doubling(), max_iter=20, random_state=0, learning_rate_init=0.02)
    assert clone(model).fit(X, y).score(X, y) > 0.5 and len(stepwise_runs) == 1


def test_one_class_and_two():
    X, y = classes()
    one = FastnnClassifier(4, max_iter=3).fit(X, np.full(120, "only"))
    assert (one.predict(X) == "only").all() and (one.predict_proba(X) == 1).all()
    two = FastnnClassifier(4, max_iter=30, learning_rate_init=0.05).fit(X, y == 0)
    assert two.classes_.tolist() == [False, True] and two.score(X, y == 0) > 0.8


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf])
def test_class_weights_that_are_none(weight):
    X, y = np.eye(6), np.arange(6) % 2
    with pytest.raises(ValueError, match="class_weight must be finite numbers from 0 on, got"):
        FastnnClassifier(3, class_weight={0: weight, 1: 1}).fit(X, y)
