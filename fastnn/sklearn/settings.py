"""The parameters of an estimator, looked at before anything is done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.support import checks

if TYPE_CHECKING:
    from typing import Any

_PRECISIONS = ("fast", "own", "book")
_SWITCHES = ("shuffle", "warm_start", "early_stopping")


class Settings(NamedTuple):
    """What the parameters come to."""

    hidden: list[int]
    batch_size: int | None  # None: what scikit-learn calls "auto"
    dtype: np.dtype[Any]
    epochs: int
    patience: int


def dtype_of(estimator: Any, who: str) -> np.dtype[Any]:
    """float32 or float64."""
    try:
        found = np.dtype(estimator.dtype)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64) or estimator.dtype is None:
        raise ValueError(f'{who}: dtype must be "float32" or "float64", got '
                         f"{checks.shown(estimator.dtype)}")
    assert found is not None
    return found


def precision_of(estimator: Any, who: str) -> str:
    """How products are computed."""
    found = estimator.dot_precision
    if not isinstance(found, str) or found not in _PRECISIONS:
        raise ValueError(f'{who}: dot_precision must be "fast", "own" or "book", got '
                         f"{checks.shown(found)}")
    if found == "book" and dtype_of(estimator, who) != np.float32:
        raise ValueError(f'{who}: dot_precision="book" rounds products to float32, so dtype must '
                         f'be "float32", got {checks.shown(estimator.dtype)}')
    return found


def checked(estimator: Any, who: str) -> Settings:
    """The parameters, or one error that says which of them cannot be."""
    for name in ("alpha", "l1", "learning_rate_init", "decay", "momentum", "epsilon"):
        checks.number(getattr(estimator, name), who, name, 0)
    for name in ("beta_1", "beta_2", "rho"):
        checks.number(getattr(estimator, name), who, name, 0, 1)
    checks.number(estimator.dropout, who, "dropout", 0)
    if not estimator.dropout < 1:
        raise ValueError(f"{who}: dropout must be less than 1, got {estimator.dropout}")
    checks.number(estimator.tol, who, "tol")
    for name in _SWITCHES:
        if not isinstance(getattr(estimator, name), bool | np.bool_):
            raise TypeError(f"{who}: {name} must be True or False, got "
                            f"{checks.shown(getattr(estimator, name))}")
    if not isinstance(estimator.verbose, bool | np.bool_ | int):  # scikit-learn takes numbers, too
        raise TypeError(f"{who}: verbose must be True or False, got "
                        f"{checks.shown(estimator.verbose)}")
    if estimator.early_stopping:
        checks.number(estimator.validation_fraction, who, "validation_fraction", 0, 1)
        if estimator.validation_fraction in (0, 1):
            raise ValueError(f"{who}: validation_fraction must lie between 0 and 1, got "
                             f"{estimator.validation_fraction}")
    batch_size = estimator.batch_size
    if isinstance(batch_size, str) and batch_size == "auto":
        batch_size = None
    elif batch_size is not None:
        batch_size = checks.whole(batch_size, who, "batch_size")
    precision_of(estimator, who)
    patience = estimator.n_iter_no_change
    endless = isinstance(patience, float) and patience == np.inf
    return Settings(
        _hidden(estimator.hidden_layer_sizes, who), batch_size, dtype_of(estimator, who),
        checks.whole(estimator.max_iter, who, "max_iter"),
        2**62 if endless else checks.whole(patience, who, "n_iter_no_change"))


def _hidden(sizes: Any, who: str) -> list[int]:
    given = list(sizes) if isinstance(sizes, list | tuple | np.ndarray) else [sizes]
    if isinstance(sizes, str):
        raise TypeError(f"{who}: hidden_layer_sizes must be a whole number or a list of such, got "
                        f"{sizes!r}")
    return [checks.whole(size, who, "hidden_layer_sizes") for size in given]
