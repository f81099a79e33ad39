"""The same trainings by scikit-learn's MLPClassifier, all epochs in one `fit`.

Its Adam has no decay, and each `fit` starts it anew: this peer is timed from the first epoch on,
with a decay of 0. It takes the loss in each epoch; penalty, shuffling and early stop are off.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from starts import State, Task


class SklearnTraining:
    """A network's twin in scikit-learn."""

    def __init__(self, task: Task):
        assert task.settings["decay"] == 0, "its Adam has none"
        self._task, settings = task, task.settings
        self._model = MLPClassifier(
            task.widths[1:-1], activation="relu", solver="adam", alpha=0, shuffle=False,
            batch_size=task.batch_size, warm_start=True,
            learning_rate_init=settings["learning_rate"], beta_1=settings["beta_1"],
            beta_2=settings["beta_2"], epsilon=settings["epsilon"], n_iter_no_change=np.inf)
        self.train(1)  # makes the arrays

    def reset(self, state: State) -> None:
        """Go to this state, without Adam's memory; `fit` goes on from the weights it finds."""
        self._model.coefs_ = [weights.copy() for weights, _ in state.parameters]
        self._model.intercepts_ = [biases[0].copy() for _, biases in state.parameters]

    def train(self, epochs: int) -> None:
        """Train from here, with an Adam that has no memory."""
        with warnings.catch_warnings():  # it has not converged, which nobody asked for
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._model.set_params(max_iter=epochs).fit(self._task.X, self._task.y)

    def loss(self) -> float:
        """Of the first batch, with the parameters as they are."""
        X, y = self._task.batches(self._task.X, self._task.y)[0]
        assert self._model.coefs_[0].dtype == np.float32
        return float(-np.log(self._model.predict_proba(X)[np.arange(len(y)), y]).mean())
