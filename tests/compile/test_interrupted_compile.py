"""Ctrl-C, or any other signal, while kernels are loaded and compiled: it acts between two kernels.

An exception inside the refresh of Numba's targets leaves its registries half loaded, and every
later compile of the process fails ("Unknown attribute 'dtype' of type array(float64, 1d, C)").
"""

import signal

import pytest

pytestmark = pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="no signals to raise")

COMPILE = """
    import signal
    import numpy as np
    from numba.core.typing.context import BaseContext

    insert, calls = BaseContext.insert_attributes, 0

    def counted(context, attributes):
        global calls
        calls += 1
        if calls == {n}:
            signal.raise_signal(signal.{name})
        return insert(context, attributes)

    BaseContext.insert_attributes = counted
    import fastnn

    X = np.array([[1.0, -2.0]])

    def use():
        layer = fastnn.Activation_LeakyReLU()
        layer.forward(X)
        assert layer.output.tolist() == [[1.0, -0.02]]
        layer.backward(X)
        return layer.dinputs.tolist()
"""


def compiling(n, body, name="SIGINT"):
    return COMPILE.format(n=n, name=name) + body


@pytest.mark.parametrize("n", [1, 2, 30, 60])
def test_ctrl_c_in_the_refresh_of_numbas_targets(fresh_process, tmp_path, n):
    said = fresh_process(compiling(n, """
    try:
        use()
        print("not interrupted", calls)
    except KeyboardInterrupt:
        print("interrupted", calls >= 60)
    print(use())
    """), env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert said.splitlines() == ["interrupted True", "[[1.0, -0.02]]"]


@pytest.mark.slow
def test_ctrl_c_in_a_fit_that_compiles_changes_nothing_and_the_next_one_trains(
        fresh_process, tmp_path):
    said = fresh_process(compiling(40, """
    def fit(layer):
        fastnn.fit([layer], fastnn.Loss_MeanSquaredError(), fastnn.Optimizer_SGD(0.1),
                   np.ones((4, 2)), np.ones((4, 1)), epochs=2)

    layer = fastnn.Layer_Dense(2, 1)
    before = layer.weights.copy()
    try:
        fit(layer)
        print("not interrupted")
    except KeyboardInterrupt:
        print("interrupted", np.array_equal(layer.weights, before), sorted(vars(layer)) == sorted(
            vars(fastnn.Layer_Dense(2, 1))))
    fit(layer)
    print("trained", not np.array_equal(layer.weights, before))
    """), env={"NUMBA_CACHE_DIR": str(tmp_path)}, timeout=300)
    assert said.splitlines() == ["interrupted True True", "trained True"]


def test_whoever_handles_signals_in_python_gets_them_afterwards(fresh_process, tmp_path):
    """Time-outs whose handlers raise, and a signal from inside a handler."""
    said = fresh_process(compiling(5, """
    class TooLate(Exception):
        pass

    def late(number, frame):
        print("alarm")
        signal.raise_signal(signal.SIGUSR1)
        raise TooLate

    def told(number, frame):
        print("told")

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGUSR1, told)
    handlers = [signal.getsignal(n) for n in signal.valid_signals()]
    try:
        use()
    except TooLate:
        print("too late")
    assert handlers == [signal.getsignal(n) for n in signal.valid_signals()]
    print(use())
    """, name="SIGALRM"), env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert said.splitlines() == ["alarm", "told", "too late", "[[1.0, -0.02]]"]


def test_signals_are_handed_on_when_a_compile_fails_too(fresh_process):
    said = fresh_process("""
    import signal
    from fastnn.compile.undivided import Uninterrupted, undivided

    try:
        with undivided(), undivided():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            print("held")
            raise ValueError
    except KeyboardInterrupt as error:
        print(type(error.__context__).__name__)
    handler = signal.getsignal(signal.SIGINT)
    print(bool(Uninterrupted.entered), handler is signal.default_int_handler)
    """)
    assert said.splitlines() == ["held", "ValueError", "False True"]


@pytest.mark.parametrize("n", [1, 5, 17, 60])
def test_an_error_in_the_refresh_does_not_fail_the_next_compile(fresh_process, tmp_path, n):
    said = fresh_process(compiling(-1, f"""
    def failing(context, attributes):
        global calls
        calls += 1
        if calls == {n}:
            raise MemoryError
        return insert(context, attributes)

    BaseContext.insert_attributes = failing
    try:
        use()
        print("no error")
    except MemoryError:
        print("error")
    print(use())
    """), env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert said.splitlines() == ["error", "[[1.0, -0.02]]"]


def test_who_is_not_in_the_main_thread_compiles_all_the_same(fresh_process, tmp_path):
    said = fresh_process(compiling(-1, """
    import threading
    thread = threading.Thread(target=lambda: print(use()))
    thread.start()
    thread.join()
    """), env={"NUMBA_CACHE_DIR": str(tmp_path)})
    assert said.splitlines() == ["[[1.0, -0.02]]"]
