"""The classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from fastnn.activations import Activation_Softmax
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy
from fastnn.losses.weighted import _WeightedCrossentropy
from fastnn.sklearn.estimator import Network
from fastnn.sklearn.network import _PassingSoftmax
from fastnn.sklearn.samples import Samples, signed
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing_extensions import Self

    from fastnn.support.annotations import Array, ArrayLike


class FastnnClassifier(ClassifierMixin, Network):  # type: ignore[misc]
    """A network of dense layers that tells classes apart, for scikit-learn.

        layers: dense, activation, dropout for each hidden size; dense, softmax at the end
        loss = mean_n w[n] (-log p[n, y[n]]) + (l1 sum |W| + alpha / 2 sum W^2) / batch

    Where scikit-learn's MLPClassifier has a parameter, it has the same name, default and meaning
    here, so one class can stand for the other. Two classes are a softmax of two outputs. Everything
    is a function of these parameters, `random_state` and the data: `nnfs.init()`,
    `set_dot_precision` and NumPy's global stream make no difference, in worker processes neither.

    Parameters
    ----------
    hidden_layer_sizes : int or list of int, default (100,); empty for none
    activation : str or Activation, default "relu"
        "relu", "tanh", "logistic" ("sigmoid"), "identity" ("linear"), "gelu", "elu", "swish",
        "leaky_relu", or an object of an Activation class, which each layer gets a copy of.
    solver : str, default "adam"
        "adam", "sgd", "adagrad", "rmsprop", "adamw" or "nadam", with what it takes of
        `learning_rate_init`, `decay`, `momentum`, `beta_1`, `beta_2`, `rho`, `epsilon`.
    optimizer : optimizer of fastnn or None
        Used, as a copy, instead of what `solver` says.
    alpha, l1 : float, default 0.0001 and 0
        Strengths of the penalties, divided by the samples (their weights) of a batch.
    dropout : float in [0, 1), default 0
        The share of each hidden layer's outputs that a step does without.
    batch_size : int, "auto" or None; "auto" and None: 200, or all samples where there are fewer
        Where a batch is all samples, and those take no more than 20 MB, equal ones are put
        together, so that weights are, to the bit, what repeated samples are (not with dropout).
    learning_rate_init, decay, momentum, beta_1, beta_2, rho, epsilon : float
        rate at step t: learning_rate_init / (1 + decay t)
    max_iter : int, default 200
        Epochs. One is over when each sample was in a batch.
    shuffle : bool, default True
        Draw the order of the samples anew before each epoch.
    random_state : int, RandomState or None
    tol, n_iter_no_change : float and int, default 0.0001 and 10
        The end comes when the loss (or the score, see next) got no better by `tol` for more epochs.
    early_stopping, validation_fraction : bool and float, default False and 0.1
        Put so many samples aside, go by the accuracy on them, and keep the best weights.
    warm_start : bool, default False
        `fit` goes on from the weights there are.
    class_weight : dict, "balanced" or None
        A factor for the weights of the samples of each class.
    verbose : bool, default False
        A live line on standard error (tqdm draws it).
    dtype : "float32" (default) or "float64"
    dot_precision : "fast" (default), "own" or "book"
        "fast": products of that type in any order; "own": with NumPy's digits; "book": summed in
        float64 and rounded to float32, as the book's programs do. See `fastnn.set_dot_precision`.

    Attributes
    ----------
    classes_ (C,), n_features_in_, feature_names_in_     as everywhere in scikit-learn
    coefs_ [(I, O), ...], intercepts_ [(O,), ...]        weights and biases
    layers_                                              fastnn's layers, which hold them
    history_, loss_curve_, n_iter_, loss_, best_loss_    fastnn's History; loss by epoch; epochs
    validation_scores_, best_validation_score_           with early_stopping, else None

    Raises ValueError and TypeError for parameters and data that cannot be, before anything is
    changed. Ctrl-C ends the training with a warning, and leaves a usable estimator.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = FastnnClassifier(16, max_iter=1000, learning_rate_init=0.02, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.9)
    True

    Source: after scikit-learn's MLPClassifier.  Differs: not in the book.
    """

    classes_: Array

    @hinting
    def __init__(self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *,
                 solver: str = "adam", optimizer: Any = None, alpha: float = 0.0001,
                 l1: float = 0.0, dropout: float = 0.0, batch_size: Any = "auto",
                 learning_rate_init: float = 0.001, decay: float = 0.0, momentum: float = 0.9,
                 beta_1: float = 0.9, beta_2: float = 0.999, rho: float = 0.9,
                 epsilon: float = 1e-8, max_iter: int = 200, shuffle: bool = True,
                 random_state: Any = None, tol: float = 1e-4, n_iter_no_change: Any = 10,
                 early_stopping: bool = False, validation_fraction: float = 0.1,
                 warm_start: bool = False, class_weight: Any = None, verbose: bool = False,
                 dtype: Any = "float32", dot_precision: str = "fast") -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.optimizer = optimizer
        self.alpha = alpha
        self.l1 = l1
        self.dropout = dropout
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.decay = decay
        self.momentum = momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.rho = rho
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.verbose = verbose
        self.dtype = dtype
        self.dot_precision = dot_precision

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train with samples X (N, I) of the classes y (N,), which may be any labels.

        sample_weight : (N,) or None; a weight of 2 counts as the sample twice, 0 leaves it out
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None,
                    sample_weight: ArrayLike | None = None) -> Self:
        """One epoch more with these samples; the optimizer goes on where it stopped.

        classes : all that there will be; wanted by the first call
        """
        return self._fit(X, y, sample_weight, classes, partial=True)

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probabilities (N, C) of the classes, in the order of `classes_`, in float64."""
        found = self._outputs(X).astype(np.float64)
        return found / found.sum(axis=1, keepdims=True)  # those of float32 add up to 1 no closer

    def predict_log_proba(self, X: ArrayLike) -> Array:
        """Their logarithms."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: ArrayLike) -> Array:
        """The likeliest class of each sample (N,)."""
        found = self._outputs(X)
        return self.classes_[found.argmax(axis=1)]

    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _targets(self, y: Array, classes: Any, goes_on: bool, partial: bool) -> Array:
        who = f"{self._who()}.{'partial_fit' if partial else 'fit'}"
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        found, codes = np.unique(y, return_inverse=True)
        if partial and classes is not None:
            known = np.unique(column_or_1d(classes))
            if goes_on and not np.array_equal(known, self.classes_):
                raise ValueError(f"{who}: classes are {known}, and were {self.classes_} in the "
                                 "first call")
        elif goes_on:
            known = self.classes_
        elif partial:
            raise ValueError(f"{who}: the first call needs classes, all that there will be")
        else:
            known = found
        strange = np.setdiff1d(found, known)
        if len(strange):
            raise ValueError(f"{who}: y has labels {strange[:5]} that are not among the classes "
                             f"{known}")
        if not goes_on:
            self.classes_ = known
        places: Array = np.searchsorted(known, found)[codes].astype(np.int64)
        return places

    def _with_class_weights(self, y: Array, weights: Any) -> Any:
        if self.class_weight is None:
            return weights
        factors = compute_sample_weight(self.class_weight, self.classes_[y])
        if not np.isfinite(factors).all() or (factors < 0).any():
            raise ValueError("class_weight must be finite numbers from 0 on, got "
                             f"{self.class_weight}")
        return factors if weights is None else weights * factors

    def _strata(self, y: Array) -> Array | None:
        return y

    def _objective(self, samples: Samples, weights: Array | None, dtype: Any) -> Any:
        if weights is None:
            return [], Activation_Softmax_Loss_CategoricalCrossentropy(), samples.y
        targets = signed(samples.y, weights, len(self.classes_), dtype)
        return [_PassingSoftmax()], _WeightedCrossentropy(), targets

    def _last(self) -> list[Any]:
        return [Activation_Softmax()]

    def _score_of(self, found: Array, samples: Samples) -> float:
        return float(np.average(found.argmax(axis=1) == samples.y, weights=samples.weights))
