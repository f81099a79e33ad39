"""No lock of a first use holds up a forked child: fork with each of them held."""

import os
import textwrap

import pytest
from forking import script

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

# Each lock that Python code makes says when the thread of a first use has come to hold it, for the
# first time in this place: then another thread forks. And it notes what was held by whoever waits
# for it: two threads that take two locks in two orders may stop for ever.
WATCHED_LOCKS = """
    import _thread, hashlib, select, sys

    class Watched:
        def __init__(self, made):
            self._lock, frame = made, sys._getframe(2)
            self.made_in = frame.f_code.co_filename, frame.f_lineno
            if frame.f_code.co_name == "RLock":  # the function of `threading`
                self.made_in = frame.f_back.f_code.co_filename, frame.f_back.f_lineno
            self.has_owner = frame.f_code.co_name != "wait"  # of a Condition: another gives it back

        def acquire(self, blocking=True, timeout=-1):
            held = holds.setdefault(_thread.get_ident(), [])
            if blocking and self.has_owner and self not in held:
                waited_for.update((one, self) for one in held)
            got = self._lock.acquire(blocking, timeout)
            if got and self.has_owner:
                held.append(self)
            if got and _thread.get_ident() in watchers:
                frame = sys._getframe(1)
                watchers[_thread.get_ident()](
                    self.made_in, frame.f_code.co_filename, frame.f_back.f_code.co_filename)
            return got
        __enter__ = acquire

        def release(self):
            held = next((held for held in holds.values() if self in held), None)
            self._lock.release()
            if held:
                held.remove(self)

        def __exit__(self, *error):
            self.release()

        def __getattr__(self, name):
            return getattr(self._lock, name)

    watchers, holds, waited_for = {}, {}, set()
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
    crossed = [(one.made_in, two.made_in) for one, two in waited_for if (two, one) in waited_for]
    print(results == [RIGHT], 0 < longest < 30, held_up, crossed)  # it gives a lock up after 60
"""


WORKS = ["fit", "objects", "large", "profiled", "dropped", "predicted"]


@pytest.mark.parametrize(("work", "policy"), [
    *((work, "wait") for work in WORKS),
    # 30 to 60 s each, most of it compiling
    *(pytest.param(work, "background", marks=pytest.mark.slow) for work in ("fit", "profiled"))])
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
    assert said.splitlines()[-1] == "True True [] []"


MEASURING = """
    from fastnn.profiling import rates

    def call_blas():
        for _ in range(30):
            rates.product_rate.__wrapped__()
"""
TRYING = """
    import numpy as np
    from fastnn.support import proofs
    proofs.proved.keep = proofs._recall = lambda *asked: None
    types = (np.dtype("f8"),) * 4
    proofs.holds("forward", ((2, 2), (2, 2)), types, True)  # compiles

    def call_blas():
        for n in range(150):
            proofs.holds("forward", ((300 + n, 200), (200, 100)), types, True)
"""


@pytest.mark.parametrize("work", [MEASURING, TRYING], ids=["measurement", "trial"])
def test_a_fork_waits_for_the_end_of_what_calls_blas(fresh_process, work):
    """OpenBLAS, about to fork, waits for ever for a thread that has just been given a product."""
    said = fresh_process(textwrap.dedent(work) + textwrap.dedent("""
        import os, signal, threading, time
        thread = threading.Thread(target=call_blas, daemon=True)
        thread.start()
        signal.alarm(60)
        while thread.is_alive():
            child = os.fork()
            if not child:
                os._exit(0)
            os.waitpid(child, 0)
            time.sleep(0.003)
        print("done")
        """))
    assert said == "done\n"
