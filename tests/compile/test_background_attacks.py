"""What a hostile reader found in the time until kernels are there: each was silent or came out."""

import errno
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from processes import run_in_fresh_process

from fastnn.compile import background, places, policy, waiting

PENDING = """
    import numpy as np, nnfs
    nnfs.init()
    import fastnn
    from fastnn import reference
    from fastnn.compile import background, policy
    there = False
    background._LOOK = 0
    background.Request.is_there = lambda request: there
    background._send = lambda requests: True
    background._is_helped = lambda: True
    policy.compile_policy("background")
    if not background.moment_is_free():
        raise SystemExit
"""


def test_a_large_update_is_done_once():
    """Not one half by the twin, and then the whole by the reference."""
    run_in_fresh_process(PENDING + """
    from fastnn.optimizers import base
    from fastnn.support import threads
    base._MANY = 8
    threads.count = lambda: 2
    threads.each = lambda update, calls: [update(*call) for call in reversed(calls)]
    def layers():
        random = np.random.RandomState(1)
        for view in (False, True, True):
            layer = fastnn.Layer_Dense(4, 6)
            layer.weights = random.randn(4, 6).astype("f4")
            layer.biases = random.randn(6).astype("f4").reshape(1, 6)
            layer.biases = layer.biases if view else layer.biases.copy()
            layer.dweights, layer.dbiases = layer.weights * 2, layer.biases.copy()
            yield layer
    ours, theirs = [*layers()], [*layers()]
    a, b = fastnn.Optimizer_Adam(), reference.Optimizer_Adam()
    for step in range(6):
        there = step == 4
        for mine, other in zip(ours, theirs):
            a.update_params(mine), b.update_params(other)
            assert np.array_equal(mine.weights, other.weights), step
            assert np.array_equal(mine.weight_momentums, other.weight_momentums), step
    """)


def test_two_threads_may_meet_a_kernel_at_once():
    run_in_fresh_process(PENDING + """
    import sys, threading
    sys.setswitchinterval(1e-6)
    x, faults = np.random.randn(8, 3).astype("f4"), []
    def work():
        try:
            for _ in range(40):
                layer.forward(x)
        except BaseException as error:
            faults.append(repr(error))
    for name in ("ReLU", "LeakyReLU", "Sigmoid", "Swish", "ELU", "GELU"):
        layer = getattr(fastnn, f"Activation_{name}")()
        there = False
        threads = [threading.Thread(target=work) for _ in range(4)]
        [one.start() for one in threads]
        there = True
        [one.join() for one in threads]
    assert not faults, faults
    """)


def test_a_class_of_our_name_has_its_own_formula():
    run_in_fresh_process(PENDING + """
    class Activation_ReLU(fastnn.Activation):
        def formula(inputs):
            return np.minimum(np.maximum(inputs, 0.0), 6.0)

        def slope(dvalues, inputs):
            return np.where((inputs > 0) & (inputs < 6), dvalues, 0 * dvalues)

    policy.compile_policy("never")
    x = np.array([[-1, 3, 9]], "f4")
    layer = Activation_ReLU()
    for _ in range(3):
        layer.forward(x)
        assert layer.output.tolist() == [[0, 3, 6]]
    """)


def test_states_that_change_places_do():
    run_in_fresh_process(PENDING + """
    class Optimizer_Swap(fastnn.Optimizer):
        states = "one", "two"

        def update(parameters, gradient, one, two, lr, t):
            return parameters - lr * gradient, two, one

    policy.compile_policy("never")
    layer = fastnn.Layer_Dense(2, 3)
    optimizer = Optimizer_Swap(learning_rate=0.5)
    one, two = np.ones((2, 3), "f4"), np.zeros((2, 3), "f4")
    layer.weight_one, layer.weight_two = one.copy(), two.copy()
    layer.bias_one, layer.bias_two = np.zeros((2, 1, 3), "f4")
    for step in range(4):
        layer.dweights = np.full((2, 3), step + 1, "f4")
        layer.dbiases = np.zeros((1, 3), "f4")
        optimizer.update_params(layer)
        one, two = two, one
        assert np.array_equal(layer.weight_one, one) and np.array_equal(layer.weight_two, two)
    """)


def test_an_empty_batch_is_refused_as_ever():
    run_in_fresh_process(PENDING + """
    layer = fastnn.Layer_Dense(2, 3)
    for _ in range(3):
        try:
            layer.forward(np.zeros((0, 2), "f4"))
        except ValueError as error:
            assert "empty batch" in str(error), error
        else:
            raise AssertionError("taken")
    """)


@pytest.mark.parametrize("later", [
    "os.chdir(FOLDER)  # where '' is in sys.path, of -c and of a notebook",
    "sys.path.insert(0, FOLDER)",
    "sys.path.insert(0, ''); os.chdir(FOLDER)",
    "sys.path[:0] = [pathlib.Path(FOLDER), b'nonsense', FOLDER]  # which Python passes over"])
def test_a_helper_imports_nothing_that_the_program_had_not(tmp_path, later):
    ran = tmp_path / "ran"
    for name in ("signal", "enum", "types", "fastnn", "numba", "json", "yaml", "tbb"):
        (tmp_path / f"{name}.py").write_text(f"open({str(ran)!r}, 'a').write('{name} ')\n")
    helper = run_in_fresh_process(f"""
        import fastnn, os, sys, pathlib
        from fastnn.compile import background, policy
        FOLDER = {str(tmp_path)!r}
        {later}
        process = background._begun()
        process.stdin.close()
        print(process.wait(60))
    """)
    assert helper == "0\n" and not ran.exists()


def test_a_file_system_without_locks_is_no_other_process(monkeypatch, tmp_path):
    def refuse(descriptor):
        raise OSError(errno.ENOLCK, "no locks")
    monkeypatch.setattr(places, "_lock", refuse)
    monkeypatch.setattr(places.time, "sleep", None)
    with places.claimed(tmp_path / "a.nbc", 15.0) as alone:
        assert alone


@pytest.mark.skipif(os.name != "posix", reason="flock")
def test_who_claims_first_has_it(tmp_path):
    with places.claimed(tmp_path / "a.nbc", 0) as first:
        with places.claimed(tmp_path / "a.nbc", 0) as second:
            assert first and not second
    with places.claimed(tmp_path / "a.nbc", 0) as third:
        assert third
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("executable", ["", None, "/usr/bin/uwsgi", "/opt/qgis/bin/qgis"])
def test_only_a_python_is_begun_as_a_helper(monkeypatch, executable):
    monkeypatch.setattr(background.sys, "executable", executable)
    assert not background._can_help()


@pytest.mark.parametrize("stderr", [None, object()])
def test_there_may_be_no_terminal(monkeypatch, stderr):
    monkeypatch.setattr(waiting.sys, "stderr", stderr)
    assert not waiting._in_place()


@pytest.mark.skipif(os.name != "posix", reason="SIGCHLD")
def test_a_helper_that_fails_is_given_up_though_nobody_hears_how_it_ended(fresh_process):
    """Where SIGCHLD is ignored, or its handler reaps all children, every process ended with 0."""
    said = fresh_process("""
        import signal, subprocess, sys, time
        from fastnn.compile import background, policy

        def failing(nice, slot):
            begun.append(True)
            return subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"],
                                    stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        begun, background._begun, background._ALONE = [], failing, 0.0
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for _ in range(8):
            background._is_helped()
            time.sleep(0.2)
        print(len(begun), background._is_helped())
        """, env={"FASTNN_COMPILE": "background"})
    assert said.split() == ["2", "False"]


def test_a_helper_is_told_more_than_a_pipe_holds(monkeypatch, tmp_path):
    """`warmup` begins helpers that read slowly at first; half of them had nothing to do."""
    told = tmp_path / "told"
    reader = ("import sys, time; time.sleep(0.5); "
              "lines = [sys.stdin.readline() for _ in range(900)]; "
              f"open({str(told)!r}, 'w').write(lines[-1])")
    monkeypatch.setattr(background, "_begun", lambda nice: subprocess.Popen(
        [sys.executable, "-c", reader], stdin=subprocess.PIPE))
    monkeypatch.setattr(background, "_can_help", lambda: True)
    monkeypatch.setattr(background, "_cores", lambda: 2)
    requests = [background.Request(tmp_path / ("x" * 100), "module", str(n), "f8:1", True)
                for n in range(900)]
    with background.shared(requests):
        until = time.monotonic() + 20
        while not (told.exists() and told.read_text()) and time.monotonic() < until:
            time.sleep(0.01)
    assert told.read_text() == requests[-1].line()


@pytest.mark.parametrize("cores, early, nice", [(1, True, 5), (2, False, 10)])
def test_on_one_core_a_helper_begins_late(fresh_process, cores, early, nice):
    """It takes from the program what it is given, so short programs are left alone."""
    said = fresh_process(f"""
        import subprocess, sys, time
        from fastnn.compile import background, policy

        def begun(nice, slot):
            found.append(nice)
            return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        found, background._begun, background._cores = [], begun, lambda: {cores}
        background._ALONE = 0.5
        print(background._is_helped(), found)
        time.sleep(0.6)
        print(background._is_helped(), found)
        """, env={"FASTNN_COMPILE": "background"})
    assert said.splitlines() == [f"True {[] if early else [nice]}", f"True {[nice]}"]


@pytest.mark.parametrize("quota, cores", [("100000 100000", 1), ("50000 100000", 1),
                                          ("max 100000", 8), ("250000 100000", 2), ("", 8)])
def test_what_a_container_is_given_counts_as_its_cores(monkeypatch, tmp_path, quota, cores):
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(background, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(background.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert background._cores() == cores


def test_files_are_not_looked_for_at_each_call(monkeypatch, tmp_path):
    """Under "never", too: that took a tenth of an epoch."""
    looked = []
    monkeypatch.setattr(background.Request, "is_there", lambda _: looked.append(True))
    request = background.Request(tmp_path / "x", "module", "name", "f8:1", True)
    with policy.compile_policy("never"):
        assert all(background.is_awaited(request) for _ in range(1000))
    assert len(looked) < 100


def test_a_helper_that_is_stopped_is_not_waited_for(fresh_process):
    """Its pipe is full some time, and a signal could not end the wait: it is held back there."""
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("no SIGSTOP")
    fresh_process("""
    import os, signal, threading, time
    from pathlib import Path
    import fastnn
    from fastnn.compile import background, policy
    threading.Timer(30, lambda: os._exit(1)).start()
    background._cores = lambda: 2
    many = [background.Request(Path("/nowhere") / ("x" * 200) / str(n), "m", "n", "s", True)
            for n in range(1000)]
    background._send(many[:1])
    os.kill(background._state.process.pid, signal.SIGSTOP)
    assert not background._send(many) or background._state.failures
    os._exit(0)
    """)


def test_warmup_does_without_helpers_where_no_thread_can_be_begun(monkeypatch, tmp_path):
    def refuse(thread):
        raise RuntimeError("can't start new thread")
    monkeypatch.setattr(background.threading.Thread, "start", refuse)
    monkeypatch.setattr(background, "_cores", lambda: 4)
    monkeypatch.setattr(background, "_can_help", lambda: True)
    monkeypatch.setattr(background, "_begun", lambda nice: SimpleNamespace(
        stdin=open(os.devnull, "w"), kill=lambda: None, wait=lambda seconds: 0))
    many = [background.Request(tmp_path / str(n), "m", "n", "s", True) for n in range(40)]
    with background.shared(many):
        pass


@pytest.mark.skipif(os.name != "posix", reason="flock")
def test_ctrl_c_does_not_wait_for_another_process(fresh_process, tmp_path):
    """That holds a kernel's lock and is stopped. A handler that returns has the wait go on."""
    fresh_process("""
    import os, signal, threading, time
    import numpy as np
    from fastnn.compile import dispatcher, jit, places

    @jit.kernel("f8:1")
    def first(x):
        x[0] = 1.0
        return 0

    kind = first.parsed("f8:1")
    path = first.file(kind)
    if path is None:
        raise SystemExit
    path.parent.mkdir(parents=True, exist_ok=True)
    held = places._claim(path, 0)
    handled = []
    signal.signal(signal.SIGUSR1, lambda *given: handled.append(time.monotonic()))
    for after, number in (0.3, signal.SIGUSR1), (1.0, signal.SIGINT):
        threading.Timer(after, os.kill, (os.getpid(), number)).start()
    began = time.monotonic()
    try:
        first(np.zeros(3))
    except KeyboardInterrupt:
        took = time.monotonic() - began
        assert len(handled) == 1 and 0.9 < took < 5, (handled, took)
        assert handled[0] - began < 0.9
    else:
        raise SystemExit("not interrupted")
    os.close(held)
    x = np.zeros(3)
    first(x)
    assert x[0] == 1
    """, {"NUMBA_CACHE_DIR": str(tmp_path)})  # where no run before has left this kernel
