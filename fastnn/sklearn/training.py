"""Epochs of a training, shuffled by a stream of their own, until somebody has enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.engine import sound
from fastnn.engine.halting import run_of
from fastnn.engine.history import History
from fastnn.engine.interrupts import Interrupts
from fastnn.engine.order import Order
from fastnn.engine.parts import Parts
from fastnn.engine.progress import Progress
from fastnn.losses import Activation_Softmax_Loss_CategoricalCrossentropy
from fastnn.support import threads, watching

if TYPE_CHECKING:
    from typing import Any

    from fastnn.sklearn.stopping import Patience
    from fastnn.support.annotations import Array


def train(layers: list[Any], loss: Any, optimizer: Any, X: Array, y: Array, *, epochs: int,
          batch_size: int, shuffle: int | None, enough: Patience,
          verbose: bool, who: str) -> History:
    """Train for so many epochs, or until `enough` says so of the losses; the History.

    shuffle: the seed of their order, which is another in each epoch; None leaves them as they are.
    """
    combined = isinstance(loss, Activation_Softmax_Loss_CategoricalCrossentropy)
    layers = sound.objects(layers, loss, optimizer, None, who)
    parts = Parts(layers, loss, loss if combined else None, optimizer, None, layers, True)
    sound.check(parts, who, epochs * -(-len(X) // batch_size))
    with watching.within(who), threads.side_by_side():
        return _train(parts, X, y, epochs, batch_size, shuffle, enough, Progress(
            verbose or False, epochs, who))


def _train(parts: Parts, X: Array, y: Array, epochs: int, batch_size: int, shuffle: Any,
           enough: Patience, progress: Progress) -> History:
    history, interrupted = History(), Interrupts()
    order = None if shuffle is None or len(X) <= batch_size else Order(shuffle, len(X))
    run = run_of(parts, X, y, epochs=epochs, batch_size=batch_size, order=order)
    asked = progress.over(interrupted, run)
    try:
        with interrupted:
            run.start()
            whole = True
            while whole and len(history) < epochs:
                before = len(history)
                until = before + min(epochs - before, enough.ahead())
                whole = run.advance(until * run.per_epoch, asked)
                rows = run.rows(before)
                history._extend(rows)
                if any([enough(float(row[1])) for row in rows]):  # all are to be counted
                    progress.stopped(f"stopped after {len(history)} epochs: {enough.why()}")
                    break
        history.interrupted = interrupted()
    finally:
        run.leave()
        progress.close()
    return history
