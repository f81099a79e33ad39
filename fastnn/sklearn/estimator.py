"""What the two estimators have in common."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fastnn.engine.history import History
from fastnn.sklearn import network
from fastnn.sklearn.outputs import outputs
from fastnn.sklearn.samples import Samples, counted, merged, scaled
from fastnn.sklearn.settings import Settings, checked, dtype_of, precision_of
from fastnn.sklearn.stopping import Best, Patience
from fastnn.sklearn.training import train
from fastnn.support import checks
from fastnn.support.numerics import own

if TYPE_CHECKING:
    from typing import Any

    from typing_extensions import Self

    from fastnn.support.annotations import Array

_LARGEST = 2**31 - 1  # of a seed
# scikit-learn's batches; one that is all samples is more than that in no way.
_AUTO = 200


class Network(BaseEstimator):  # type: ignore[misc]
    """A network of dense layers as an estimator; `FastnnClassifier` says what its parameters do."""

    layers_: list[Any]
    history_: History
    loss_curve_: list[float]
    n_iter_: int

    def _who(self) -> str:
        return type(self).__name__

    # -------------------------------------------------------------------------- the two ways in

    def _fit(self, X: Any, y: Any, sample_weight: Any, classes: Any = None, *,
             partial: bool = False) -> Self:
        """Train with all samples, or with `partial` one epoch more. Errors change nothing."""
        mine = self.__dict__
        before = dict(mine)
        try:
            self._fit_whole(X, y, sample_weight, classes, partial)
        except BaseException:
            mine.clear()
            mine.update(before)
            raise
        return self

    def _fit_whole(self, X: Any, y: Any, sample_weight: Any, classes: Any, partial: bool) -> None:
        who = f"{self._who()}.{'partial_fit' if partial else 'fit'}"
        settings = checked(self, who)
        goes_on = (partial or self.warm_start) and hasattr(self, "layers_")
        if partial and self.early_stopping:
            raise ValueError(f"{who}: early_stopping needs samples to be put aside, and here is "
                             "one epoch; set early_stopping=False")
        X, y = self._checked_data(X, y, settings, not goes_on)
        y = self._targets(y, classes, goes_on, partial)
        samples = counted(self._weighted(X, y, sample_weight, who))
        self._strengths(samples, settings, who)
        if goes_on:
            self._check_going_on(settings, who)
        random = check_random_state(self.random_state)
        begun = [] if goes_on else network.drawn(  # MLPClassifier's, of the same seed
            [X.shape[1], *settings.hidden, self._n_outputs()], self.activation, settings.dtype,
            random)
        # All that is drawn later comes from streams of its own: none depends on how much another
        # was asked for.
        seeds = random.randint(_LARGEST, size=3)
        if partial and goes_on:  # in copies, so that errors change nothing
            found, optimizer, streams = copy.deepcopy((
                network.denses(self.layers_), self._optimizer, self._streams))
        else:
            optimizer = self._made_optimizer(who)
            streams = tuple(np.random.RandomState(np.random.MT19937(seed)) for seed in seeds[:2])
            found = begun or network.anew(network.denses(self.layers_))
        chain = network.chain_of(found, self.activation, float(self.dropout), who)
        self._train(chain, optimizer, samples, settings, streams, int(seeds[2]), partial, who)

    def _check_going_on(self, settings: Settings, who: str) -> None:
        hidden = [len(weights) for weights in self.coefs_[1:]]
        if settings.hidden != hidden:
            raise ValueError(f"{who}: hidden_layer_sizes is {settings.hidden}, and the network "
                             f"that is to go on has {hidden}")
        if settings.dtype != self.coefs_[0].dtype:
            raise ValueError(f"{who}: dtype is {settings.dtype}, and the network that is to go on "
                             f"is of {self.coefs_[0].dtype}")

    def _checked_data(self, X: Any, y: Any, settings: Settings, reset: bool) -> Any:
        return validate_data(self, X, y, dtype=settings.dtype, order="C", reset=reset,
                             multi_output=True, y_numeric=not hasattr(self, "predict_proba"))

    def _weighted(self, X: Array, y: Array, sample_weight: Any, who: str) -> Samples:
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
            if (weights < 0).any():
                raise ValueError(f"{who}: sample_weight must not be negative, got "
                                 f"{weights.min()}")
        weights = self._with_class_weights(y, weights)
        if weights is not None and not weights.any():
            raise ValueError(f"{who}: all sample weights are zero, so there is nothing to learn")
        return Samples(X, y, weights)

    def _strengths(self, samples: Samples, settings: Settings, who: str) -> tuple[float, float]:
        """Of the penalties L1 and L2: as scikit-learn's alpha, for each batch (ours is of the mean
        loss). ValueError for weights of samples that no step can be computed with.
        """
        with np.errstate(over="ignore"):
            total = samples.total
        size = min(settings.batch_size or _AUTO, len(samples))
        batch = size * total / len(samples)
        # An optimizer squares what comes of it.
        most = float(np.finfo(settings.dtype).max) ** 0.5
        least = max(min(1.0, max(float(self.l1), float(self.alpha))) / most, 1e-300)
        if samples.weights is not None and not least <= batch < np.inf:
            raise ValueError(f"{who}: the weights of a batch's samples, by whose sum penalties are "
                             f"divided, must add up to a finite number from {least:.1e} on, got "
                             f"{batch:.1e}: multiply sample_weight by a constant")
        return float(self.l1) / batch, float(self.alpha) / 2 / batch

    def _with_class_weights(self, y: Array, weights: Any) -> Any:
        return weights

    def _made_optimizer(self, who: str) -> Any:
        if self.optimizer is not None:
            methods = "pre_update_params", "update_params", "post_update_params"
            return network.chosen(self.optimizer, "optimizer", "Optimizer_", who, "optimizer",
                                  methods)
        given = {"learning_rate": self.learning_rate_init} | {
            name: getattr(self, name) for name in ("decay", "momentum", "beta_1", "beta_2", "rho",
                                                   "epsilon")}
        return network.optimizer(self.solver, given, who)

    # ---------------------------------------------------------------------------- the training

    def _train(self, chain: Any, optimizer: Any, samples: Samples, settings: Settings,
               streams: Any, split_seed: int, partial: bool, who: str) -> None:
        aside = None
        if self.early_stopping:
            samples, aside = self._split(samples, split_seed, who)
        size = settings.batch_size or _AUTO
        if len(samples) <= size and not self.dropout:
            samples = merged(samples)
        size = min(size, len(samples))
        network.penalize(chain, *self._strengths(samples, settings, who))
        precision = precision_of(self, who)
        # Behind dropout all is float64, in the book and here.
        dtype = np.dtype(np.float64) if self.dropout else settings.dtype
        last, loss, y = self._objective(samples, scaled(samples), dtype)
        enough = self._patience(chain, settings, aside, precision, partial)
        with own(precision, streams[1]):
            history = train([*chain, *last], loss, optimizer, samples.X, y,
                            epochs=1 if partial else settings.epochs, batch_size=size,
                            shuffle=int(streams[0].randint(_LARGEST)) if self.shuffle else None,
                            enough=enough, verbose=bool(self.verbose), who=who)
        enough.end()
        network.swept(chain, optimizer)
        if not all(np.isfinite(p).all() for layer in network.denses(chain)
                   for p in (layer.weights, layer.biases)):
            raise ValueError(f"{who}: the weights became NaN or infinite in epoch "
                             f"{len(history)}: scale the data, or take a smaller learning rate")
        self.layers_, self._optimizer, self._streams = chain, optimizer, streams
        self._remember(history, enough, partial)
        if history.interrupted:
            warnings.warn(f"{who} was stopped by Ctrl-C in epoch {self.n_iter_}", stacklevel=5)
        elif not partial and not enough.said and len(history) == settings.epochs:
            warnings.warn(f"{who}: max_iter={settings.epochs} epochs are over, and the "
                          f"{'score' if aside else 'loss'} was still getting better",
                          ConvergenceWarning, stacklevel=5)

    def _split(self, samples: Samples, seed: int, who: str) -> tuple[Samples, Samples]:
        """(those to train with, those put aside)."""
        rows = np.arange(len(samples))
        try:
            kept, aside = train_test_split(rows, test_size=self.validation_fraction,
                                           random_state=seed, stratify=self._strata(samples.y))
        except ValueError as error:
            raise ValueError(f"{who}: early_stopping cannot put samples aside. {error}") from None
        if len(aside) < 2:
            raise ValueError(f"{who}: early_stopping puts {len(aside)} samples aside, which are "
                             "too few; take more samples or a larger validation_fraction")
        return samples.taken(kept), samples.taken(aside)

    def _patience(self, chain: Any, settings: Settings, aside: Samples | None, precision: str,
                  partial: bool) -> Patience:
        if partial:
            return Patience(self.tol, 2**62, None)
        if aside is None:
            return Patience(self.tol, settings.patience, None)
        return Patience(self.tol, settings.patience, Best(
            network.denses(chain),
            lambda: self._score_of(outputs([*chain, *self._last()], aside.X, precision), aside)))

    def _remember(self, history: History, enough: Patience, partial: bool) -> None:
        self.n_iter_ = len(history)
        if partial and hasattr(self, "history_"):
            table, before = history.table(), self.history_
            table[:, 0] += len(before)
            history = History(interrupted=history.interrupted)  # the one before stays as it is
            history._extend(before.table())
            history._extend(table)
        self.history_ = history
        self.loss_curve_ = history.loss.tolist()
        self.loss_ = self.loss_curve_[-1] if len(history) else np.nan
        self.n_outputs_ = self._n_outputs()
        self.n_layers_ = len(self.coefs_) + 1
        scores = enough.scores
        self.best_loss_ = min(self.loss_curve_, default=np.nan) if scores is None else None
        self.validation_scores_ = scores
        self.best_validation_score_ = None if scores is None else max(scores, default=np.nan)

    # ------------------------------------------------------------------------------ the answers

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self, "layers_")
        who = f"{self._who()}.predict"
        dtype, precision = dtype_of(self, who), precision_of(self, who)
        X = validate_data(self, X, dtype=dtype, order="C", reset=False)
        if dtype != self.coefs_[0].dtype:
            raise ValueError(f"{who}: the network was trained as {self.coefs_[0].dtype}, and dtype "
                             f"is {checks.shown(self.dtype)} now; fit it again")
        return outputs([*self.layers_, *self._last()], X, precision)

    @property
    def coefs_(self) -> list[Array]:
        """The weights of each dense layer (I, O)."""
        return [layer.weights for layer in network.denses(self.layers_)]

    @property
    def intercepts_(self) -> list[Array]:
        """The biases of each dense layer (O,)."""
        return [layer.biases[0] for layer in network.denses(self.layers_)]

    # ------------------------------------------------------------------- what differs in the two

    def _n_outputs(self) -> int:
        raise NotImplementedError

    def _targets(self, y: Array, classes: Any, goes_on: bool, partial: bool) -> Array:
        """The targets as they are trained with."""
        raise NotImplementedError

    def _strata(self, y: Array) -> Array | None:
        """Of which as many are to be put aside as there are in all."""
        return None

    def _objective(self, samples: Samples, weights: Array | None, dtype: Any) -> Any:
        """(layers behind the last dense one, loss, targets)."""
        raise NotImplementedError

    def _last(self) -> list[Any]:
        """The layers behind the last dense one, when it predicts."""
        return []

    def _score_of(self, found: Array, samples: Samples) -> float:
        """The score of these outputs."""
        raise NotImplementedError
