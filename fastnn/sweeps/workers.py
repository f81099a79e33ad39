"""Who trains the networks of a sweep: threads of this process, or the workers of a Dask cluster.

Both hand each outcome to `arrived` as it comes, from another thread.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any

from fastnn.support import checks
from fastnn.support.handlers import of_a_handler
from fastnn.sweeps.grid import Job
from fastnn.sweeps.training import Outcome, Task, train, train_elsewhere

_PATIENCE = 300  # seconds that workers may take to come, at the beginning and after they were lost
_AGAIN = 3  # times that a training is begun anew where a cluster has lost all workers and the data


class Threads:
    """So many threads, which train one network each."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="fastnn-sweep")
        self._stop = threading.Event()

    def start(self, task: Task, jobs: Iterable[Job], arrived: Callable[[Any], None]) -> None:
        """Begin with them, in their order."""
        def done(future: Future[Outcome]) -> None:
            if not future.cancelled():
                arrived(future.exception() or future.result())

        for job in jobs:
            context = contextvars.copy_context()
            future = self._pool.submit(context.run, train, task, job, self._stop.is_set)
            future.add_done_callback(done)

    def stop(self) -> None:
        """Let those that run stop between two steps, and wait for that; begin no more."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


class Cluster:
    """The workers of a Dask client. What all trainings have in common is sent to each once."""

    def __init__(self, client: Any) -> None:
        if not all(callable(getattr(client, name, None)) for name in ("submit", "scatter")):
            raise TypeError("sweep: client must be a dask.distributed.Client, got "
                            f"{checks.shown(client)}")
        if getattr(client, "asynchronous", False):
            raise TypeError("sweep: client must be one that waits; this one was made with "
                            "asynchronous=True")
        self._client = client
        self._running: dict[int, Any] = {}
        self._shared: Any = None
        self._again: dict[int, int] = {}  # how often it was begun anew
        self._abandoned = self._stopped = False

    def start(self, task: Task, jobs: Iterable[Job], arrived: Callable[[Any], None]) -> None:
        """Hand them to the cluster."""
        self._shared = self._send(task)
        for job in jobs:
            self._running[job.number] = self._submit(job)
        for job in jobs:
            self._watch(task, job, arrived)

    def _send(self, task: Task) -> Any:
        return self._client.scatter(_Sent(task), broadcast=True, hash=False, timeout=_PATIENCE)

    def _submit(self, job: Job) -> Any:
        return self._client.submit(_train_sent, self._shared, job, pure=False)

    def _watch(self, task: Task, job: Job, arrived: Callable[[Any], None]) -> None:
        def done(future: Any) -> None:
            if self._running.pop(job.number, None) is None:
                return  # stopped
            try:
                found = self._result(future, task, job)
            except Exception as error:
                if of_a_handler(error):
                    raise
                found = Outcome(job.number, float("nan"), error=error)
            if found is not None:
                arrived(found)
            elif job.number in self._running:
                self._watch(task, job, arrived)

        self._running[job.number].add_done_callback(done)

    def _result(self, future: Any, task: Task, job: Job) -> Any:
        """What came of it; None where it is begun anew, as the cluster lost all workers, or would
        be, were not all of it stopped.
        """
        try:
            return future.result()
        except CancelledError as error:
            tried = self._again.setdefault(job.number, 0)
            if tried == _AGAIN:
                raise RuntimeError("the cluster lost all its workers while this was trained, "
                                   f"{1 + tried} times: {error}") from None
            self._again[job.number] += 1
            if self._shared.status != "finished":
                self._shared = self._sent_again(task)
            if not self._stopped:  # while that was sent
                self._running[job.number] = self._submit(job)
            return None

    def _sent_again(self, task: Task) -> Any:
        """What all have in common, to workers that have come in place of those lost.

        Raises RuntimeError where none come, of the first training after the whole patience and of
        all others at once: one after the other would wait for as long again.
        """
        from asyncio import TimeoutError as Late  # Dask's; only from Python 3.11 on the builtin

        if not self._abandoned:
            try:
                return self._send(task)
            except Late:
                self._abandoned = True
        raise RuntimeError("the cluster lost all its workers, and none came in their place within "
                           f"{_PATIENCE} s")

    def stop(self) -> None:
        """Call back those that have not begun; those that run end unheard."""
        self._stopped = True
        running, self._running = list(self._running.values()), {}
        if running:
            self._client.cancel(running)


class _Sent:
    """A task as one thing: of a tuple Dask would scatter the parts."""

    def __init__(self, task: Task) -> None:
        self.task = task


def _train_sent(sent: _Sent, job: Job) -> Outcome:
    return train_elsewhere(sent.task, job)
