"""A child that is forked at any moment computes as its parent does, and waits for nobody.

The moments that count are those in which another thread loads or compiles kernels, runs a compiled
loop, draws dropout masks or notes times for a profile. A child that hangs is killed, and fails.
"""

import os
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

WORK = """
    import os, random, signal, sys, threading, time
    import numpy as np
    import fastnn

    def network():
        random = np.random.RandomState(1)  # not the global stream: the threads share that
        dense = fastnn.Layer_Dense(2, 5), fastnn.Layer_Dense(5, 3)
        for layer in dense:
            layer.weights = 0.1 * random.randn(*layer.weights.shape)
        X, y = random.randn(60, 2), np.arange(60) % 3
        return dense, X, y

    def fit(dropout=False, epochs=20):
        (first, second), X, y = network()
        layers = [first, fastnn.Activation_ReLU(), second]
        if dropout:
            layers.insert(2, fastnn.Layer_Dropout(0.2))
        fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   fastnn.Optimizer_SGD(0.1), X, y, epochs=epochs)
        return first.weights.tobytes()

    def objects():
        (first, second), X, y = network()
        loss, optimizer = (fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                           fastnn.Optimizer_SGD(0.1))
        for _ in range(5):
            first.forward(X)
            second.forward(first.output)
            loss.forward(second.output, y)
            loss.backward(loss.output, y)
            second.backward(loss.dinputs)
            first.backward(second.dinputs)
            for layer in first, second:
                optimizer.update_params(layer)
        return first.weights.tobytes()

    def large():  # an update that a second thread shares
        layer = fastnn.Layer_Dense(1000, 900)
        layer.weights = np.ones((1000, 900))
        layer.dweights, layer.dbiases = np.ones((1000, 900)), np.ones((1, 900))
        fastnn.Optimizer_Adam(0.1).update_params(layer)
        return layer.weights.tobytes()

    def dropped():
        np.random.seed(1)
        return fit(dropout=True)

    def predicted():
        (first, second), X, y = network()
        model = fastnn.Model()
        for layer in first, fastnn.Activation_ReLU(), second, fastnn.Activation_Softmax():
            model.add(layer)
        model.set(loss=fastnn.Loss_CategoricalCrossentropy(), optimizer=fastnn.Optimizer_SGD(0.1),
                  accuracy=fastnn.Accuracy_Categorical())
        model.finalize()
        model.train(X, y, epochs=3, print_every=10)
        return model.predict(X).tobytes()

    def profiled():
        with fastnn.profile() as p:
            made = fit() + objects()
        assert "fit" in str(p)
        return made

    def answer(work):  # in a child; 0 where it is right
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LIMIT)
        status = 1
        try:
            status = 0 if work() == RIGHT[work.__name__] else 2
        finally:
            os._exit(status)

    def fork(work):
        child = os.fork()
        if not child:
            answer(work)
        return os.waitpid(child, 0)[1]

    def the_compiler_is_kept():
        # By a thread that gives it back at the end; forks have little patience.
        from fastnn.compile import undivided
        from numba.core.compiler_lock import global_compiler_lock
        undivided._PATIENCE = 0.2

        def keep():
            with global_compiler_lock:
                taken.set()
                end.wait()
        taken, end = threading.Event(), threading.Event()
        thread = threading.Thread(target=keep)
        thread.start()
        taken.wait()
        return thread, end
"""


def script(body, limit=60):
    return textwrap.dedent(WORK) + f"\nLIMIT = {limit}\n" + textwrap.dedent(body)


def test_fifty_forks_while_another_thread_trains(fresh_process):
    said = fresh_process(script("""
        works = [fit, objects, large, profiled]
        RIGHT = {work.__name__: work() for work in works}
        end = threading.Event()

        def busy():
            while not end.is_set():
                fit(dropout=True, epochs=3000)
                large()
                with fastnn.profile():
                    objects()
        thread = threading.Thread(target=busy)
        thread.start()
        moments = random.Random(3)
        for n in range(50):
            time.sleep(0.02 * moments.random())
            status = fork(works[n % len(works)])
            if status:
                print(works[n % len(works)].__name__, status)
        end.set()
        thread.join()
        print("done")
        """), timeout=300)
    assert said.split() == ["done"]


FIRST_USE = """
    import threading
    RIGHT = {}
    statuses = []
    thread = threading.Thread(target=fit)
    thread.start()
    time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else MOMENT)
    child = os.fork()
    if not child:
        signal.alarm(LIMIT)
        os.write(1, fit().hex().encode() + b" ")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    thread.join()
    print(fit().hex(), status)
"""


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5])
def test_fork_in_a_first_use_of_kernels_on_disk(fresh_process, moment):
    fresh_process(script("fit()"))
    childs, parents, status = fresh_process(script(f"MOMENT = {moment}") + textwrap.dedent(
        FIRST_USE)).split()
    assert (childs, status) == (parents, "0")


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.1, 0.5, 1.0, 2.0, 4.0, 8.0])
def test_fork_in_a_first_use_of_no_kernels(fresh_process, tmp_path, moment):
    childs, parents, status = fresh_process(
        script(f"MOMENT = {moment}", limit=200) + textwrap.dedent(FIRST_USE),
        env={"NUMBA_CACHE_DIR": str(tmp_path)}, timeout=400).split()
    assert (childs, status) == (parents, "0")


@pytest.mark.slow
def test_fifty_forks_in_a_first_use_of_no_kernels(fresh_process, tmp_path):
    """The children need a kernel of their own each, small, and compile it."""
    said = fresh_process(script("""
        X = np.ones((7, 2))

        def sigmoid():
            layer = fastnn.Activation_LeakyReLU()
            layer.forward(X)
            return layer.output.tobytes()
        RIGHT = {"sigmoid": X.tobytes()}
        thread = threading.Thread(target=fit)
        thread.start()
        moments = random.Random(5)
        statuses = []
        for n in range(50):
            time.sleep(0.3 * moments.random())
            statuses.append(fork(sigmoid))
        thread.join()
        print(sum(map(bool, statuses)), len(statuses))
        """), env={"NUMBA_CACHE_DIR": str(tmp_path)}, timeout=600)
    assert said.split() == ["0", "50"]


def test_a_lock_that_somebody_never_gives_back_does_not_stop_the_child(fresh_process):
    said = fresh_process(script("""
        RIGHT = {"fit": fit()}
        thread, end = the_compiler_is_kept()
        print(fork(fit))
        end.set()
        thread.join()
        print(fork(fit))
        """, limit=20))
    assert said.split() == ["0", "0"]


def test_a_child_compiles_though_the_compiler_is_never_given_back(fresh_process):
    """The lock that was waited for in vain is a new one there."""
    said = fresh_process(script("""

        def new_to_the_child():
            layer = fastnn.Activation_LeakyReLU()
            layer.forward(np.ones((7, 2)))
            return layer.output.tobytes()
        RIGHT = {"new_to_the_child": np.ones((7, 2)).tobytes()}
        thread, end = the_compiler_is_kept()
        print(fork(new_to_the_child))
        end.set()
        thread.join()
        """, limit=20))
    assert said.split() == ["0"]


@pytest.mark.parametrize("lock", ["profiles._changing", "profiles._recorder.lock",
                                  "profiles._recorder._making"])
def test_a_fork_waits_for_whoever_is_at_a_profile(fresh_process, lock):
    said = fresh_process(script(f"""
        from fastnn.profiling import profiles
        RIGHT = {{"profiled": profiled()}}

        def keep():
            with {lock}:
                taken.set()
                time.sleep(0.3)
                left.append(True)
        taken, left = threading.Event(), []
        with fastnn.profile():
            thread = threading.Thread(target=keep)
            thread.start()
            taken.wait()
            print(fork(profiled), *left)
            thread.join()
        print(fork(profiled))
        """, limit=20))
    assert said.split() == ["0", "True", "0"]


def test_ctrl_c_works_in_a_child_that_another_thread_made_during_a_fit(fresh_process):
    said = fresh_process(script("""
        started = threading.Event()
        result = []

        def other():
            started.wait()
            child = os.fork()
            if not child:
                try:
                    signal.raise_signal(signal.SIGINT)
                    time.sleep(1)
                except KeyboardInterrupt:
                    os._exit(0)
                os._exit(1)
            result.append(os.waitpid(child, 0)[1])
        thread = threading.Thread(target=other)
        thread.start()
        (first, second), X, y = network()
        fit()
        from fastnn.engine.interrupts import Interrupts
        with Interrupts():
            started.set()
            thread.join()
        print(*result)
        """))
    assert said.split() == ["0"]


def test_a_fork_beside_a_fit_with_dropout_and_a_second_thread_does_not_stall(fresh_process):
    said = fresh_process(script("""
        RIGHT = {"fit": fit()}
        layers = [fastnn.Layer_Dense(64, 64), fastnn.Activation_ReLU(), fastnn.Layer_Dropout(0.1),
                  fastnn.Layer_Dense(64, 3)]
        X, y = np.ones((400, 64), np.float32), np.arange(400) % 3
        for layer in layers:
            if hasattr(layer, "weights"):
                layer.set_parameters(*(one.astype("f4") for one in layer.get_parameters()))
        end = threading.Event()

        def train(epochs):
            fastnn.fit(layers, fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                       fastnn.Optimizer_SGD(1e-3), X, y, epochs=epochs)

        def busy():
            while not end.is_set():
                train(300)
        train(1)  # a fork waits for a kernel that compiles, which is not what is timed here
        thread = threading.Thread(target=busy)
        thread.start()
        time.sleep(0.3)
        longest, statuses = 0.0, []
        for n in range(8):
            time.sleep(0.05)
            start = time.perf_counter()
            child = os.fork()
            if not child:
                answer(fit)
            longest = max(longest, time.perf_counter() - start)
            statuses.append(os.waitpid(child, 0)[1])
        end.set()
        thread.join()
        print(longest < 10, *statuses)
        """), timeout=200)
    assert said.split() == ["True", *["0"] * 8]


def test_ctrl_c_works_in_a_child_that_a_layer_makes_in_a_fit(fresh_process):
    said = fresh_process(script("""
        class Forking(fastnn.Activation_ReLU):
            def forward(self, inputs, training=True):
                super().forward(inputs)
                child = os.fork()
                if not child:
                    try:
                        signal.raise_signal(signal.SIGINT)
                    except KeyboardInterrupt:
                        os._exit(0)
                    os._exit(1)
                print(os.waitpid(child, 0)[1])
        (first, second), X, y = network()
        fastnn.fit([first, Forking(), second],
                   fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
                   fastnn.Optimizer_SGD(0.1), X, y)
        """))
    assert said.split() == ["0"]


def test_first_use_imports_nothing_that_a_fork_would_not_wait_for(fresh_process):
    """A child forked during an import waits for ever for that module's lock.

    Numba imports its own modules when it loads a kernel, under the lock that forks wait for.
    """
    code = textwrap.dedent(WORK) + textwrap.dedent("""
        with fastnn.profile():  # imported under that lock, too
            before = set(sys.modules)
        fit(), fit(dropout=True), objects(), large(), profiled()
        print(sorted({name for name in set(sys.modules) - before
                      if name.partition(".")[0] not in ("numba", "llvmlite")}))
    """)
    fresh_process(code, timeout=600)  # whatever is to be compiled
    assert fresh_process(code).strip() == "[]"


# Each lock that Python code makes says when the thread of a first use has come to hold it, for the
# first time in this place: then another thread forks.
WATCHED_LOCKS = """
    import _thread, hashlib, select, sys

    class Watched:
        def __init__(self, made):
            self._lock, frame = made, sys._getframe(2)
            self.made_in = frame.f_code.co_filename, frame.f_lineno

        def acquire(self, blocking=True, timeout=-1):
            got = self._lock.acquire(blocking, timeout)
            if got and _thread.get_ident() in watchers:
                frame = sys._getframe(1)
                watchers[_thread.get_ident()](
                    self.made_in, frame.f_code.co_filename, frame.f_back.f_code.co_filename)
            return got
        __enter__ = acquire

        def __exit__(self, *error):
            self._lock.release()

        def __getattr__(self, name):
            return getattr(self._lock, name)

    watchers = {}
    plain, plain_reentrant = _thread.allocate_lock, _thread.RLock
    _thread.allocate_lock = _thread.allocate = lambda: Watched(plain())
    _thread.RLock = lambda: Watched(plain_reentrant())
    if "functools" in sys.modules:  # of an installation that imports it at every start
        import importlib
        importlib.reload(sys.modules["functools"])
"""

FORK_WITH_EACH = """
    asked, ask = os.pipe()
    may_go, let_go = os.pipe()
    met = []

    def note(*place):  # where the lock was made, who took it, whose caller
        if place not in met:
            met.append(place)
            number = bytes([len(met)])
            os.write(ask, number)  # goes on without an answer: a fork may wait for this very lock
            while select.select([may_go], [], [], 0.3)[0] and os.read(may_go, 1) != number:
                pass

    def first_use():
        watchers[_thread.get_ident()] = note
        results.append(hashlib.sha256(WORK()).hexdigest())
        os.write(ask, bytes([0]))
    results, statuses, longest = [], [], 0.0
    thread = threading.Thread(target=first_use)
    thread.start()
    while number := os.read(asked, 1)[0]:
        start = time.perf_counter()
        child = os.fork()
        if not child:
            signal.alarm(LIMIT)
            os._exit(hashlib.sha256(WORK()).hexdigest() != RIGHT)
        longest = max(longest, time.perf_counter() - start)
        statuses.append(os.waitpid(child, 0)[1])
        os.write(let_go, bytes([number]))
    thread.join()
    held_up = [place for place, status in zip(met, statuses) if status]
    print(results == [RIGHT], 0 < longest < 30, held_up)  # it gives a lock up after 60
"""


@pytest.mark.parametrize("policy", ["wait", pytest.param("background", marks=pytest.mark.slow)])
@pytest.mark.parametrize("work", ["fit", "objects", "large", "profiled", "dropped", "predicted"])
def test_no_lock_of_a_first_use_holds_up_a_child(fresh_process, tmp_path, work, policy):
    """Not Numba's and ours alone: `functools.cached_property` has one, imports have."""
    right = fresh_process(
        script(f"import hashlib; print(hashlib.sha256({work}()).hexdigest())")).split()[-1]
    env = {"FASTNN_COMPILE": policy}
    if policy == "background":  # the first use of kernels that are not there yet
        env["NUMBA_CACHE_DIR"] = str(tmp_path)
    said = fresh_process(
        textwrap.dedent(WATCHED_LOCKS)
        + script(f"WORK, RIGHT = {work}, '{right}'", limit=60)
        + textwrap.dedent(FORK_WITH_EACH), env=env, timeout=600)
    assert said.splitlines()[-1] == "True True []"
