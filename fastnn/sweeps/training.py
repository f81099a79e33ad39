"""One training of a sweep, in any thread of any process: the same digits everywhere.

The book's classes draw weights, and dropout's masks, from NumPy's global random numbers. So a
builder is called alone, with these seeded for its network and put back afterwards. What `fit`
compiles goes on beside others, dropout drawing from a stream of the network's own that begins where
the builder left the global one; what it would do step by step stays alone until it is trained.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from fastnn.engine.halting import offering
from fastnn.engine.history import History
from fastnn.engine.interrupts import stopping
from fastnn.engine.program import Unfit
from fastnn.engine.runs import Run
from fastnn.support import numerics, threads
from fastnn.support.handlers import of_a_handler
from fastnn.support.streams import seeded
from fastnn.sweeps.conditions import Conditions
from fastnn.sweeps.grid import Job
from fastnn.sweeps.networks import Fresh, Network, run_beside_others, taken

_own = threading.local()


class Task(NamedTuple):
    """What all trainings of a sweep have in common."""

    builder: Callable[..., Any]
    X: Any
    y: Any
    options: dict[str, Any]  # of `fit`
    conditions: Conditions
    fresh: Fresh
    check: Callable[[Network], None] | None  # refuses a network before it is trained
    precision: str | None = None  # of this sweep, whatever other threads ask for meanwhile


class Outcome(NamedTuple):
    """What came of a training: a history and a network, or an error, or none as it was stopped."""

    number: int
    seconds: float
    history: History | None = None
    network: Network | None = None
    error: Exception | None = None


def train(task: Task, job: Job, stopped: Callable[[], bool] | None = None) -> Outcome:
    """Build a network and train it. Whatever fails in it is told in the outcome."""
    begin, _own.within = time.perf_counter(), True
    try:
        with (task.conditions.hold(), numerics.own(task.precision), threads.alone(),
              stopping(stopped)):
            network, history = _trained(task, job)
    except Exception as error:
        if of_a_handler(error):
            raise
        return Outcome(job.number, time.perf_counter() - begin, error=error)
    finally:
        _own.within = False
    seconds = time.perf_counter() - begin
    if history.interrupted:
        return Outcome(job.number, seconds)
    return Outcome(job.number, seconds, history, network)


def is_within() -> bool:
    """Whether this thread is at a training of a sweep."""
    return getattr(_own, "within", False)


def train_elsewhere(task: Task, job: Job) -> Outcome:
    """The same in another process: an error goes back as one that can."""
    outcome = train(task, job)
    if outcome.error is not None:
        try:
            pickle.loads(pickle.dumps(outcome.error))
        except Exception as error:
            if of_a_handler(error):
                raise
            text = f"{type(outcome.error).__name__}: {outcome.error}"
            return outcome._replace(error=RuntimeError(text))
    return outcome


def _trained(task: Task, job: Job) -> tuple[Network, History]:
    with ExitStack() as alone:
        alone.enter_context(seeded(job.seed))
        network = taken(task.builder(**job.parameters))
        task.fresh.check(network)
        if task.check is not None:
            task.check(network)
        options = task.options | network.options
        options["shuffle"] = job.seed if options["shuffle"] else False
        stream = np.random.RandomState(np.random.MT19937())
        stream.set_state(np.random.get_state())
        with numerics.own(task.precision, stream):
            run = _free(network, task, options)
            if run is not None:
                alone.close()
                with offering(run):
                    return network, network.fit(task.X, task.y, **options)
        return network, network.fit(task.X, task.y, **options)


def _free(network: Network, task: Task, options: dict[str, Any]) -> Run | None:
    """Its run, if it may be trained beside others. What `fit` will refuse it finds its words for.
    """
    try:
        return run_beside_others(network, task.X, task.y, options)
    except (Unfit, TypeError, ValueError, AttributeError):
        return None

