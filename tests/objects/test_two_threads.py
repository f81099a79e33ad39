"""Two threads at a time: their networks, their losses, and the first calls."""

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from programs import assert_same
from whole_loop import Loop, left

import fastnn

pytestmark = pytest.mark.usefixtures("book_numpy")


def together(*tasks: Callable[[], Any]) -> None:
    """Run each task in a thread of its own, with as many changes between them as can be."""
    start, interval = threading.Barrier(len(tasks)), sys.getswitchinterval()

    def run(task):
        start.wait()
        task()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("end", ["combined", "crossentropy", "squared"])
@pytest.mark.parametrize("sizes", [(16, 16), (16, 5)], ids=["same shapes", "other shapes"])
def test_two_threads_train_two_networks(sizes, end):
    """The pool of buffers serves both; nothing of one network may appear in the other."""
    def loops():
        made = [Loop(fastnn, optimizer, end, size)
                for optimizer, size in zip(("Adam", "RMSprop"), sizes)]
        for loop in made:
            loop.chain = [one for one in loop.chain if not hasattr(one, "rate")]  # one stream
            loop.steps(1)
        return made

    def trained(loop):  # the losses are the next test's
        return {name: value for name, value in left(loop).items()
                if "losses" not in name and "accumulated" not in name}

    expected = [trained(loop.steps(500)) for loop in loops()]
    threaded = loops()
    together(*(partial(loop.steps, 500) for loop in threaded))
    for loop, wanted in zip(threaded, expected):
        assert_same(trained(loop), wanted)


@pytest.mark.parametrize("name", [
    "Activation_Softmax_Loss_CategoricalCrossentropy",
    "Loss_CategoricalCrossentropy", "Loss_MeanSquaredError"])
def test_two_threads_see_their_own_losses(name):
    wrong = []

    def calls(seed, count):
        one, p = getattr(fastnn, name)(), np.random.default_rng(seed).random((30, 3), "f4")
        y = np.arange(30) % 3 if "Categorical" in name else np.eye(3, dtype="f4")[[0] * 30]
        call = one.forward if hasattr(one, "activation") else one.calculate
        expected = call(p, y)
        wrong.extend(loss for loss in (call(p, y) for _ in range(count)) if loss != expected)

    calls(0, 1)  # compiles
    together(partial(calls, 1, 20_000), partial(calls, 2, 20_000))
    assert not wrong, f"{len(wrong)} losses are not those of these probabilities"


def test_two_threads_make_the_first_calls(fresh_process):
    """Each kernel is loaded, or compiled, by whoever calls it first, while the other waits."""
    got = fresh_process("""
        import sys, threading
        import numpy as np
        import fastnn as nn

        sys.setswitchinterval(1e-6)
        start, values = threading.Barrier(2), np.full((5, 3), 0.5)
        ones = [[getattr(nn, name)() for name in nn.__all__ if name.startswith("Activation_")
                 and "Loss" not in name] for _ in range(2)]
        losses = [[getattr(nn, name)() for name in nn.__all__ if name.startswith("Loss_")]
                  for _ in range(2)]

        def run(ones, losses):
            calls = [(one.forward, (a,)) for a in (values, values.astype("f4")) for one in ones]
            calls += [(one.backward, (a,)) for a in (values, values.astype("f4")) for one in ones]
            calls += [(one.calculate, (values, values)) for one in losses]
            calls += [(one.backward, (values, values)) for one in losses]
            for call, arguments in calls:
                start.wait()
                try:
                    call(*arguments)
                except Exception as error:
                    print(repr(error), flush=True)

        threads = [threading.Thread(target=run, args=mine) for mine in zip(ones, losses)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """)
    assert got == ""
