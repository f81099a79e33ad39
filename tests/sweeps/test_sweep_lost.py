"""A cluster that loses all its workers and gets none in their place: what a client says then."""

import asyncio
from concurrent.futures import CancelledError, Future
from types import SimpleNamespace

import pytest
from swept import X, Y, plain

import fastnn
from fastnn.sweeps.workers import Cluster


class Deserted:
    """A client all of whose trainings are called off; `waited`: how often it looked for workers."""

    def __init__(self, come_back=0):
        self.waited = self.submitted = 0
        self._come_back = come_back

    def scatter(self, task, **options):
        self.waited += 1
        if self.waited > 1 + self._come_back:
            raise asyncio.TimeoutError("No valid workers found")
        return SimpleNamespace(status="lost")

    def submit(self, *arguments, **options):
        self.submitted += 1
        future = Future()
        future.set_exception(CancelledError("lost dependencies"))
        return future

    def cancel(self, futures):
        pass


@pytest.mark.parametrize("come_back", [0, 2])
def test_those_that_never_come_are_waited_for_once(come_back):
    """And not by each training, one after the other."""
    client = Deserted(come_back)
    with pytest.raises(RuntimeError, match="none came in their place") as failed:
        fastnn.sweep(plain, {"hidden": range(5, 10)}, X, Y, client=client)
    assert client.waited == 2 + come_back and client.submitted == 5 + come_back
    errors = failed.value.sweep.errors
    assert len(errors) == 5
    assert all("lost all its workers" in str(error) for error in errors.values())


def test_a_sweep_that_was_stopped_begins_nothing_anew():
    client, arrived = Deserted(come_back=9), []
    cluster = Cluster(client)
    scatter = client.scatter

    def stopping(task, **options):
        if client.waited:
            cluster.stop()
        return scatter(task, **options)
    client.scatter = stopping
    cluster.start(None, [SimpleNamespace(number=0)], arrived.append)
    assert client.waited == 2 and client.submitted == 1 and not arrived
