"""A child that is forked at any moment computes as its parent does, and waits for nobody.

The moments that count are those in which another thread loads or compiles kernels, runs a compiled
loop, draws dropout masks or notes times for a profile. A child that hangs is killed, and fails.
"""

import os
import textwrap

import pytest
from forking import WORK, script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


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


@pytest.mark.parametrize("lock", ["profiles._changing", "profiles._recorder.lock"])
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


def test_first_use_imports_nothing_that_a_fork_would_not_wait_for(fresh_process, tmp_path):
    """A child forked during an import waits for ever for that module's lock.

    LLVM is imported by the first kernel that is loaded, and Numba by the first that is compiled:
    under a lock that forks wait for.
    """
    code = textwrap.dedent(WORK) + textwrap.dedent("""
        from fastnn.compile import undivided

        class Noting:
            def find_spec(self, name, path=None, target=None):
                (inside if undivided._lock._is_owned() else outside).add(name)
        inside, outside = set(), set()
        with fastnn.profile():  # imported under that lock, too
            sys.meta_path.insert(0, Noting())
        fit(), fit(dropout=True), objects(), large(), profiled()
        found = sorted((outside - inside) & set(sys.modules))  # not only looked for, by `digest`
        print(found, "llvmlite" in inside, "numba" in inside)
    """)
    env = {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert fresh_process(code, env=env, timeout=600).strip() == "[] True True"
    assert fresh_process(code, env=env).strip() == "[] True False"
