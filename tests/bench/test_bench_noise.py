"""Whether the machine is idle, and which figures are to be doubted."""

import multiprocessing
import os
import threading

import made_up_run
import pytest

from fastnn.bench import noise
from fastnn.bench.noise import Load, Watch, doubts


@pytest.mark.parametrize(("more", "said"), [
    ({}, []), ({"low": 4.0, "high": 6.9}, []), ({"low": 4.0, "high": 7.1}, ["wide: 4 to 7.1"]),
    ({"median": 185.0, "low": 180.0, "high": 190.0}, ["the times say 6"]),
    ({"their_seconds": 1e-4}, ["the times say 1"]), ({"their_seconds": 7.4e-4}, []),
    ({"taken": 0.3}, ["others had 30 % of the cores"]), ({"taken": None}, []),
    ({"low": 1.0, "high": 20.0, "taken": 0.5},
     ["wide: 1 to 20", "others had 50 % of the cores"])])
def test_what_is_to_be_doubted(more, said):
    assert doubts(made_up_run.row("fit", 6.0, **more)) == said


def test_a_row_without_a_look_at_the_load_is_judged_by_its_figures():
    made = made_up_run.row("fit")
    del made["taken"]
    assert doubts(made) == []
    assert doubts({**made, "median": 1e6, "high": 1e6}) != []


def test_a_load_is_idle_or_not():
    assert Load(0.02, 1.1, None).is_idle and Load(0.1, 1.3, 9.0).is_idle
    assert not Load(0.11, 1.0, 0.0).is_idle and not Load(0.0, 1.31, 0.0).is_idle
    assert str(Load(0.25, 1.5, 2.0)) == ("others had 25 % of its cores, work took 1.50 times its "
                                         "best, load average 2.0")
    assert "average" not in str(Load(0.25, 1.5, None))


def spin(stop):
    while not stop.is_set():
        pass


def test_other_processes_are_seen_and_the_cores_given_back():
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    others = [context.Process(target=spin, args=(stop,), daemon=True)
              for _ in range(2 * (os.cpu_count() or 1))]
    for other in others:
        other.start()
    try:
        assert any(not noise.load(0.3).is_idle for _ in range(20))  # until they have started
    finally:
        stop.set()
        for other in others:
            other.join(30)
    assert affinity is None or os.sched_getaffinity(0) == affinity


def test_a_system_that_says_nothing_is_no_error(monkeypatch):
    monkeypatch.delattr(os, "getloadavg", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    found = noise.load(0.01)
    assert found.average is None and 0 <= found.taken < 1 <= found.slowed


def test_a_core_that_may_not_be_used_is_no_error(monkeypatch):
    def forbidden(process, cores):
        raise PermissionError
    monkeypatch.setattr(os, "sched_setaffinity", forbidden, raising=False)
    assert noise.load(0.01).slowed >= 1


def test_a_thread_may_look_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(noise.load(0.01)))
    thread.start()
    thread.join()
    assert found[0].slowed >= 1


def test_a_watch_looks_now_and_then(monkeypatch):
    now, seen = [100.0], []
    monkeypatch.setattr(noise.time, "monotonic", lambda: now[0])

    def look():
        seen.append(Load([0.0, 0.4, 0.2][len(seen)], 1.0, None))
        return seen[-1]
    watch = Watch(10.0, look)
    assert watch.worst is None
    assert [watch.now() for _ in range(3)] == [seen[0]] * 3
    now[0] += 11
    assert watch.now().taken == 0.4
    now[0] += 11
    assert watch.now().taken == 0.2
    assert watch.worst == seen[1] and watch.seen == seen
