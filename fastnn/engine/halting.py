"""A training from halt to halt: what is recorded, validated and asked of callbacks in between.

A run is compiled (`runs.py`), compiled from some step on (`changing.py`) or step by step
(`stepwise.py`); a callback, or another thread's precision, may turn one into another.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from fastnn.accuracy import Accuracy_Regression
from fastnn.engine import sound
from fastnn.engine.alarm import warn_of_loss
from fastnn.engine.changing import ChangingRun
from fastnn.engine.interrupts import Interrupts
from fastnn.engine.order import Order
from fastnn.engine.program import Pending, Unfit
from fastnn.engine.runs import Run
from fastnn.engine.stepwise import StepwiseRun
from fastnn.support import watching
from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from fastnn.engine.called import Called, Training
    from fastnn.engine.history import History
    from fastnn.engine.parts import Parts
    from fastnn.engine.progress import Progress
    from fastnn.engine.ranks.team import Team
    from fastnn.support.annotations import Array


class _Offer(threading.local):
    run: Any = None


_offer = _Offer()


@contextmanager
def offering(run: Run) -> Iterator[None]:
    """Have a Run that was made already taken by the training of this thread that it is for.

    (A sweep asks whether a network can be compiled by making it: a quarter of what a training of
    it takes beside its steps.)
    """
    _offer.run = run
    try:
        yield
    finally:
        _offer.run = None


def run_of(parts: Parts, X: Any, y: Any, *, first: int = 0, **options: Any) -> Any:
    """A compiled run, or a stepwise one where that cannot be, or not yet; from epoch `first` on."""
    offered, _offer.run = _offer.run, None
    if offered is not None and first == 0 and offered.is_for(parts, X, y, **options):
        return offered
    done = first * -(-len(X) // (options.get("batch_size") or len(X)))
    try:
        return Run(parts, X, y, first=first, may_be_brief=True, **options)
    except Pending as reason:
        return ChangingRun(reason, parts, X, y, done=done, **options)
    except Unfit as reason:
        watching.stepwise(str(reason), parts.things)
        return StepwiseRun(parts, X, y, done=done, **options)


def trained(parts: Parts, X: Array, y: Array, who: str, epochs: int, batch_size: int | None,
            validation_data: tuple[Array, Array] | None, log_every: int, called: Called,
            progress: Progress, training: Training, order: Order | None,
            team: Team | None) -> History:
    """Train what was checked, for `who`; the training's History."""
    accuracy: Any = parts.accuracy
    history, run = training.history, None
    imprecise = (isinstance(accuracy, Accuracy_Regression)
                 and getattr(accuracy, "precision", 0) is None)
    halts: Iterable[int] = [epochs - 1]
    first = history[-1].epoch + 1 if len(history) else 0
    if validation_data is not None or called:
        halts = chain(range(-(-first // log_every) * log_every, epochs - 1, log_every), halts)
    interrupted = Interrupts() if team is None else team.interrupts
    make: Any = run_of if team is None else team.run
    try:
        if imprecise:
            accuracy.init(y)
            if team is not None:
                team.precise(accuracy, y)
        if called:
            called.begin(training)
            sound.check(parts, f"{who}, after a callback's begin", epochs)
        run = make(parts, X, y, epochs=epochs, batch_size=batch_size, log_every=log_every,
                   first=first, order=order)
        validation = None
        if validation_data is not None:
            make = run_of if team is None else team.validation
            validation = make(parts._replace(optimizer=None), *validation_data,
                              batch_size=batch_size)
        with interrupted:
            _epochs(run, validation, halts, history, called, interrupted, progress, who)
        if team is not None:
            team.finish()
        history.interrupted = interrupted()
        warn_of_loss(who, history.epoch, history.loss, log_every, X, y, 0, run.per_epoch)
    except BaseException as error:
        if imprecise and (run is None or not run.done):
            accuracy.precision = None
        history.interrupted = interrupted()
        with dropped(AttributeError, TypeError):
            hand_over(error, history)
        raise
    finally:
        progress.close()
        try:
            called.end(history)
        except BaseException as error:
            with dropped(AttributeError, TypeError):
                hand_over(error, history)
            raise
    return history


def hand_over(error: Any, history: History) -> None:
    """Put what was recorded on what is raised."""
    error.history = history


def _epochs(run: Any, validation: Any, halts: Iterable[int], history: History, called: Called,
            interrupted: Any, progress: Progress, who: str) -> None:
    """Train from halt to halt, and record."""
    before = len(history)  # of a training that is resumed
    run.start()
    for epoch in halts:
        last, until = epoch == run.epochs - 1, (epoch + 1) * run.per_epoch
        keep = last or len(called) > 0
        try:
            try:
                whole = run.advance(until, progress.over(interrupted, run), keep=keep)
            except Unfit as reason:  # another thread has asked for another precision meanwhile
                if type(run) not in (Run, ChangingRun):
                    raise
                run.leave()
                _record(run, history, before, None, interrupted)
                run, before = _stepwise(run, reason), len(history)
                whole = run.advance(until, progress.over(interrupted, run), keep=keep)
            if not whole or last or called:
                run.leave()
            _record(run, history, before, validation if whole else None, interrupted)
        except BaseException:  # the objects know how far it came, and so does the history
            run.leave()
            _record(run, history, before, None, interrupted)
            raise
        if not whole:
            break
        if called and not interrupted():
            references = run.references()
            with interrupted.suspended():
                stop = called(history[-1])
            if stop or last:
                break
            sound.check(run.parts, f"{who}, after the callback", run.epochs * run.per_epoch)
            fresh = _refreshed(run, references)
            if fresh is not run:
                run, before = fresh, len(history)
            if validation is not None:
                validation = _refreshed(validation, None)


def _record(run: Any, history: History, before: int, validation: Any, interrupted: Any) -> None:
    """Append the run's new records, the last of them with what the validation says.

    before: rows of the run that went before this one.
    """
    rows = run.rows(len(history) - before)
    if validation is None or not len(rows):
        history._extend(rows)
        return
    found = evaluate(validation, interrupted)  # whatever it raises, the rows come nevertheless
    history._extend(rows)
    history._validated(*found)


def evaluate(run: Any, interrupted: Any) -> tuple[float, float]:
    """(loss, accuracy) of an evaluation run, from its beginning to its end; NaN if interrupted."""
    run.rewind()
    try:
        run.refresh()
        whole = run.advance(run.per_epoch, interrupted, keep=True)
    except Unfit as reason:
        if type(run) is not Run:
            raise
        run = _stepwise(run, reason)
        run.rewind()
        whole = run.advance(run.per_epoch, interrupted, keep=True)
    run.leave()
    if not whole:
        return np.nan, np.nan
    ((_, loss, _, _, accuracy, _),) = run.rows(0).tolist()
    return loss, accuracy


def _refreshed(run: Any, references: Any) -> Any:
    """The run, after a callback may have changed the objects."""
    try:
        run.refresh(references)
        return run
    except Pending as reason:
        return ChangingRun(reason, run.parts, run.X, run.y, **_rest_of(run))
    except Unfit as reason:
        return _stepwise(run, reason)


def _stepwise(run: Any, reason: Unfit) -> StepwiseRun:
    """The rest of a run that cannot go on compiled."""
    watching.stepwise(str(reason), run.parts.things)
    return StepwiseRun(run.parts, run.X, run.y, **_rest_of(run))


def _rest_of(run: Any) -> dict[str, Any]:
    """The options of a run that goes on where this one is; X may have other rows by now."""
    N, order = len(run.X), run.order
    if order is not None and len(order.array) != N:
        order = Order(order.seed, N)
    return {"epochs": run.epochs, "batch_size": run.batch_size, "log_every": run.log_every,
            "order": order, "done": run.done // run.per_epoch * -(-N // (run.batch_size or N))
            + run.done % run.per_epoch}
