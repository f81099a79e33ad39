"""The regressor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from fastnn.losses.weighted import _HalfSquaredError
from fastnn.sklearn import network
from fastnn.sklearn.estimator import Network
from fastnn.sklearn.samples import Samples
from fastnn.sklearn.weighing import Weighing
from fastnn.support.hints import hinting

if TYPE_CHECKING:
    from typing_extensions import Self

    from fastnn.support.annotations import Array, ArrayLike


class FastnnRegressor(RegressorMixin, Network):  # type: ignore[misc]
    """A network of dense layers that predicts numbers, for scikit-learn.

        layers: dense, activation, dropout for each hidden size; dense at the end
        loss = mean_n w[n] mean_o (p - y)^2 / 2 + (l1 sum |W| + alpha / 2 sum W^2) / batch

    `FastnnClassifier` says what the parameters and attributes are; where scikit-learn's
    MLPRegressor has one, it has the same name, default and meaning here. Targets may have several
    columns. With early_stopping the score is R^2. To have them near 0 and of a size near 1 helps:
    `sklearn.compose.TransformedTargetRegressor(model, transformer=StandardScaler())`. Samples of
    different weights are trained with step by step, several times as slowly.

    Parameters
    ----------
    loss : str or a loss of fastnn, default "squared_error"
        "squared_error" (halved, as in scikit-learn), "absolute_error", "huber", or an object such
        as `Loss_Huber(2.0)` or of a `PointwiseLoss` of your own.

    >>> X = np.linspace(-1, 1, 100).reshape(-1, 1)
    >>> model = FastnnRegressor(32, "tanh", max_iter=5000, n_iter_no_change=50,
    ...                         learning_rate_init=0.02, random_state=0)
    >>> bool(model.fit(X, np.sin(3 * X).ravel()).score(X, np.sin(3 * X).ravel()) > 0.95)
    True

    Source: after scikit-learn's MLPRegressor.  Differs: not in the book.
    """

    _is_flat: bool
    _columns: int

    @hinting
    def __init__(self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *,
                 loss: Any = "squared_error", solver: str = "adam", optimizer: Any = None,
                 alpha: float = 0.0001, l1: float = 0.0, dropout: float = 0.0,
                 batch_size: Any = "auto", learning_rate_init: float = 0.001, decay: float = 0.0,
                 momentum: float = 0.9, beta_1: float = 0.9, beta_2: float = 0.999,
                 rho: float = 0.9, epsilon: float = 1e-8, max_iter: int = 200,
                 shuffle: bool = True, random_state: Any = None, tol: float = 1e-4,
                 n_iter_no_change: Any = 10, early_stopping: bool = False,
                 validation_fraction: float = 0.1, warm_start: bool = False,
                 verbose: bool = False, dtype: Any = "float32",
                 dot_precision: str = "fast") -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
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
        self.verbose = verbose
        self.dtype = dtype
        self.dot_precision = dot_precision

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train with samples X (N, I) and targets y (N,) or (N, O).

        sample_weight : (N,) or None; a weight of 2 counts as the sample twice, 0 leaves it out
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: ArrayLike, y: ArrayLike,
                    sample_weight: ArrayLike | None = None) -> Self:
        """One epoch more with these samples; the optimizer goes on where it stopped."""
        return self._fit(X, y, sample_weight, partial=True)

    def predict(self, X: ArrayLike) -> Array:
        """The predictions (N,) or (N, O), as the targets were, in float64."""
        found = self._outputs(X).astype(np.float64)
        return found[:, 0] if self._is_flat else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _n_outputs(self) -> int:
        return self._columns

    def _targets(self, y: Array, classes: Any, goes_on: bool, partial: bool) -> Array:
        who = f"{self._who()}.{'partial_fit' if partial else 'fit'}"
        columns = 1 if y.ndim == 1 else y.shape[1]
        if goes_on and columns != self._columns:
            raise ValueError(f"{who}: y has {columns} columns, and had {self._columns} before")
        if not goes_on:
            self._is_flat, self._columns = y.ndim == 1, columns
        return y.reshape(-1, columns)

    def _objective(self, samples: Samples, weights: Array | None, dtype: Any) -> Any:
        loss = self._chosen_loss()
        y = np.ascontiguousarray(samples.y, dtype)
        if weights is None:
            return [], loss, y
        return [], Weighing(loss), np.hstack([y, weights.astype(dtype)[:, None]])

    def _chosen_loss(self) -> Any:
        if isinstance(self.loss, str) and self.loss.lower() == "squared_error":
            return _HalfSquaredError()
        return network.chosen(self.loss, "loss", "Loss_", self._who(), "loss",
                              ("calculate", "backward"), ("categoricalcrossentropy",))

    def _score_of(self, found: Array, samples: Samples) -> float:
        if not np.isfinite(found).all():
            return float("nan")
        return float(r2_score(samples.y, found, sample_weight=samples.weights))
