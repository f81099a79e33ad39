"""sweep: many independent trainings, side by side."""

from __future__ import annotations

import queue
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.callbacks.callback import Monitor
from fastnn.engine.alarm import outside
from fastnn.engine.interrupts import Interrupts
from fastnn.engine.progress import Progress
from fastnn.support import checks
from fastnn.support import threads as cores
from fastnn.support.handlers import dropped
from fastnn.support.hints import hinting
from fastnn.sweeps import conditions
from fastnn.sweeps.folder import Folder, check_kept
from fastnn.sweeps.grid import Job, jobs_of
from fastnn.sweeps.networks import Fresh
from fastnn.sweeps.result import Sweep, Trained, better, told
from fastnn.sweeps.training import Outcome, Task, is_within
from fastnn.sweeps.workers import Cluster, Threads

if TYPE_CHECKING:
    from typing import Literal

    from fastnn.support.annotations import ArrayLike, FilePath

_LOOK = 0.1  # seconds between two looks for Ctrl-C


@hinting
def sweep(builder: Callable[..., Any],
          parameters: Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]] | None,
          X: ArrayLike, y: ArrayLike, *, epochs: int = 1, batch_size: int | None = None,
          validation_data: tuple[ArrayLike, ArrayLike] | None = None, log_every: int = 1,
          shuffle: bool = False, repeats: int = 1, seed: int = 0, monitor: str | None = None,
          keep: Literal["best", "all"] | None = "best", threads: int | None = None,
          client: Any = None, folder: FilePath | None = None,
          verbose: bool | None = None) -> Sweep:
    """Train many networks with `fit`, independently, over all cores or on a Dask cluster.

        def builder(hidden, rate):
            return ([Layer_Dense(2, hidden), Activation_ReLU(), Layer_Dense(hidden, 3)],
                    Activation_Softmax_Loss_CategoricalCrossentropy(), Optimizer_Adam(rate))

        found = fastnn.sweep(builder, {"hidden": [32, 64], "rate": [0.01, 0.05]}, X, y,
                             epochs=1000, repeats=8)
        found.best().network, found.to_frame()

    Parameters
    ----------
    builder : function
        Called with the parameters of each training by name. Gives (layers, loss, optimizer), with
        an accuracy as a fourth if that is wanted; or a Model; or a dict with "layers", "loss",
        "optimizer" and any of "accuracy", "callback", "epochs", "batch_size". All are new objects
        in each call. One call at a time.
    parameters : dict of lists, list of dicts, or None
        A dict stands for all combinations; also scikit-learn's ParameterGrid, ParameterSampler.
    X, y, epochs, batch_size, validation_data, log_every : as of `fit`
    shuffle : bool; whether each takes the samples in orders of its own, `fit(shuffle=its seed)`
    repeats : int; trainings with the same parameters and other seeds
    seed : int from 0 on
        Each training has its own from this and its number. `np.random.seed(sweep[i].seed)`, the
        builder and `fit` by hand give the same network to the bit (with one thread of BLAS).
    monitor : the column of the History that tells which is best, by its last row
        None: "validation_loss" where there is validation_data, else "loss".
    keep : "best", "all" or None; whose trained networks are kept
    threads : int or None; None takes as many as there are cores. Each training has one.
    client : dask.distributed.Client or None
        Its workers train then, with the digits of this process where their processors and
        libraries are alike.
    folder : path or None
        Each finished training is written there, and a sweep that was killed goes on from there
        when it is called again: its result is that of an undisturbed one. Parameters must be
        numbers, text or lists of them. What the builder does is not looked at, only its name.
    verbose : bool or None; a line that counts the trainings, as of `fit`

    Returns a Sweep. Results depend on neither threads, client, folder nor order. What `fit` would
    not compile, and what has a callback that is not of `fastnn.callbacks`, or a Checkpoint, is
    trained one at a time: its random numbers are NumPy's global ones, which are as before the call
    afterwards. (The function of a LearningRateSchedule must draw none.)

    A training that fails leaves the others alone: its error is in `Sweep.errors`, one
    RuntimeWarning counts them, and another call with the same folder tries them again. Where all
    fail, RuntimeError. Ctrl-C stops as in `fit`: what was done comes back, and `interrupted` is
    True. What is raised on the way has that Sweep as its attribute `sweep`.

    Source: this library.  Differs: not in the book.
    """
    if not callable(builder):
        raise TypeError(f"sweep: builder must be a function that makes a network, got "
                        f"{checks.shown(builder)}")
    if is_within():
        raise RuntimeError("sweep: a builder or a callback of another sweep has called it, and "
                           "both would wait for each other")
    jobs = jobs_of(parameters, repeats, seed)
    if keep not in ("best", "all", None):
        raise ValueError(f'sweep: keep must be "best", "all" or None, got {checks.shown(keep)}')
    task = _task(builder, X, y, epochs, batch_size, validation_data, log_every, shuffle)
    if folder is not None and keep is not None:
        task = task._replace(check=check_kept)
    if monitor is None:
        monitor = "loss" if validation_data is None else "validation_loss"
    watched = Monitor("sweep", monitor, "auto")
    if monitor.startswith("validation") and validation_data is None:
        raise ValueError(f"sweep: {monitor} is taken where validation_data is given; pass that, or "
                         "monitor='loss'")
    workers = _workers(threads, client)
    progress = Progress(verbose, len(jobs), "sweep", "network")
    result = Sweep(jobs, monitor)
    kept = {"seed": int(seed), "keep": keep, "monitor": monitor if keep == "best" else None}
    files = None if folder is None else Folder(folder, task, jobs, kept)
    try:
        _Running(jobs, result, watched, keep, files, progress).run(task, workers(), client)
    except BaseException as error:
        with dropped(AttributeError, TypeError):
            error.sweep = result  # type: ignore[attr-defined]
        raise
    _tell_failures(result)
    return result


def _task(builder: Callable[..., Any], X: Any, y: Any, epochs: Any, batch_size: Any,
          validation_data: Any, log_every: Any, shuffle: Any) -> Task:
    X, y = checks.samples(X, y, "sweep")
    options = {"epochs": checks.whole(epochs, "sweep", "epochs"), "batch_size": batch_size,
               "log_every": checks.whole(log_every, "sweep", "log_every"), "shuffle": shuffle}
    if not isinstance(shuffle, bool):
        raise TypeError("sweep: shuffle must be True or False, as each training has a seed of its "
                        f"own, got {checks.shown(shuffle)}")
    if batch_size is not None:
        options["batch_size"] = checks.whole(batch_size, "sweep", "batch_size")
    if validation_data is not None:
        validation_data = checks.samples(*checks.pair(validation_data, "sweep"),
                                         "sweep, validation_data")
    return Task(builder, X, y, options | {"validation_data": validation_data},
                conditions.Conditions.here(), Fresh(), None, conditions.precision())


def _workers(threads: Any, client: Any) -> Callable[[], Any]:
    """What makes the workers; all that can be refused is refused at once."""
    if client is None:
        count = cores.count() if threads is None else checks.whole(threads, "sweep", "threads")
        return lambda: Threads(count)
    if threads is not None:
        raise ValueError("sweep: threads are those of this process, and a client has workers of "
                         "its own; pass one of the two")
    if conditions.is_foreign():
        raise ValueError("sweep: np.dot was replaced by a function that is not nnfs's, of which "
                         "the workers of a cluster know nothing")
    cluster = Cluster(client)
    return lambda: cluster


class _Running:
    """A sweep while it goes on: what came so far, and what is kept of it."""

    begin, per_epoch = 0, 1  # for the line: a network is to it what an epoch is to that of `fit`

    def __init__(self, jobs: list[Job], result: Sweep, watched: Monitor, keep: str | None,
                 files: Folder | None, progress: Progress) -> None:
        self._jobs, self._result, self._watched, self._keep = jobs, result, watched, keep
        self._files, self._progress = files, progress
        self.done = self.recorded = 0
        self._best: Trained | None = None

    def rows(self, begin: int) -> Any:
        """The values that the line shows: of the best so far."""
        if self._best is None or self._best.history is None:
            return np.full((1, 6), np.nan)
        return np.array([self._best.history[-1][:6]])

    def run(self, task: Task, workers: Any, client: Any) -> None:
        """Train what is not done yet; take what comes as it comes."""
        left = [job for job in self._jobs if not self._was_done(job)]
        # No SimpleQueue: where a signal wakes it and its time is over by then, as it is where a
        # training holds the interpreter, Python 3.11's waits for ever.
        arrived: queue.Queue[Any] = queue.Queue()
        interrupted = Interrupts()
        try:
            with interrupted, task.conditions.hold() if client is None else nullcontext():
                asked = self._progress.over(interrupted, self)
                missing = len(left)
                try:
                    workers.start(task, left, arrived.put)
                    while missing and not asked():
                        try:
                            outcome = arrived.get(timeout=_LOOK)
                        except queue.Empty:
                            continue
                        missing -= 1
                        self._take(outcome)
                finally:
                    workers.stop()
                while not arrived.empty():
                    self._take(arrived.get())
        finally:
            self._result.interrupted = interrupted() and self.done < len(self._jobs)
            self._progress.close()
        self._give_kept()

    def _was_done(self, job: Job) -> bool:
        outcome = None if self._files is None else self._files.found(job)
        if outcome is None:
            return False
        self._settle(outcome)
        return True

    def _settle(self, outcome: Outcome) -> None:
        self.done += 1
        self.recorded += outcome.history is not None
        self._result._set(outcome.number, history=outcome.history, error=outcome.error,
                          seconds=outcome.seconds)
        self._best = better(self._best, self._result[outcome.number], self._watched)

    def _take(self, outcome: Any) -> None:
        """Take note of what came of a training, and keep it."""
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome.history is None:
            if outcome.error is not None:
                self._settle(outcome)
            return  # else it was stopped
        before = self._best
        self._settle(outcome)
        is_best = self._best is not None and self._best.number == outcome.number
        keeps = self._keep == "all" or self._keep == "best" and is_best
        if self._files is not None:
            self._files.write(outcome, keeps)
        if keeps:
            self._result._set(outcome.number, network=outcome.network.made)
        if self._keep == "best" and is_best and before is not None:
            self._result._set(before.number, network=None)
            if self._files is not None:
                self._files.forget(before.number)

    def _give_kept(self) -> None:
        """Make the networks again that were trained before a kill."""
        if self._files is None or self._keep is None:
            return
        for job in self._jobs:
            one = self._result[job.number]
            if one.network is None and one.history is not None and (
                    self._keep == "all" or self._best is not None
                    and job.number == self._best.number):
                self._result._set(job.number, network=self._files.network(job).made)
        if self._keep == "best" and self._best is not None and self.done == len(self._jobs):
            self._files.forget_others(self._best.number)


def _tell_failures(result: Sweep) -> None:
    errors = result.errors
    if not errors:
        return
    index, first = next(iter(errors.items()))
    parameters = checks.shown(result[index].parameters)
    text = (f"sweep: {len(errors)} of {len(result)} trainings failed, the first of them run "
            f"{index}, {parameters}: {told(first)}")
    if len(errors) == len(result):
        error = RuntimeError(text)
        error.sweep = result  # type: ignore[attr-defined]
        raise error from first
    warnings.warn(f"{text}; Sweep.errors has them", RuntimeWarning, stacklevel=outside())


