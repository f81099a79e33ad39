"""Model.fit: `fastnn.fit` of a model's parts."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from fastnn.engine.fitting import train_parts
from fastnn.engine.kinds import check_methods
from fastnn.engine.program import Unfit
from fastnn.engine.ranks.ranks import ranks_of
from fastnn.model import checks
from fastnn.model.passes import turn
from fastnn.model.runs import check_trained, parts_of

if TYPE_CHECKING:
    from typing import Any

    from fastnn.engine.history import History

WHO = "Model.fit"


def fit(model: Any, kind: type, own: tuple[str, ...], X: Any, y: Any, *, comm: Any,
        parts: int | None, **options: Any) -> History:
    """Train the parts of a model; `own`: the methods of `kind` that would not be called."""
    checks.ready(model, "fit", "optimizer", "accuracy")
    try:
        check_methods(model, kind, own)
    except Unfit as reason:
        raise TypeError(f"{WHO}: {reason}, which fit would not call; train does") from None
    try:
        found = parts_of(model)
        check_trained(model, found.penalized)
    except Unfit as reason:
        raise RuntimeError(f"{WHO}: {reason}, call finalize again") from None
    vars(model).pop("interrupted", None)
    history: Any = None
    try:
        ranks = ranks_of(comm, parts, WHO)
        with nullcontext() if ranks is None else ranks:
            history = train_parts(found, X, y, WHO, **options, ranks=ranks, parted=parts,
                                  lent=vars(model).get("_lent"))
        return history
    except BaseException as error:
        history = getattr(error, "history", None)
        raise
    finally:
        if getattr(history, "interrupted", False):
            model.interrupted = True
        if history is not None and hasattr(model.layers[0], "inputs"):
            with turn(model):  # the head of the chain has what the loop would have given it
                model.input_layer.output = model.layers[0].inputs
