import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest
from own_formulas import forgotten

from fastnn import adopting
from fastnn.adopting import own_formulas, own_updates
from fastnn.running.loops import quiet, worth


@pytest.fixture(autouse=True, scope="module")
def no_formulas_stay():
    """Those of programs' own classes are among all instructions, which others list."""
    with forgotten():
        yield
    own_formulas._made.clear()
    own_updates._made.clear()


@pytest.fixture(autouse=True)
def nothing_of_other_tests(monkeypatch, no_collector_callbacks):
    """What is there before a test is none of its program's: threads, Hypothesis's callback."""
    there, ours = set(threading.enumerate()), quiet._is_ours
    monkeypatch.setattr(quiet, "_is_ours", lambda thread: thread in there or ours(thread))


@pytest.fixture
def asked(monkeypatch) -> list[list[str]]:
    """The names of the classes that were to be adopted, call by call; none of them is. Those that
    are called Odd are said to be left.
    """
    calls: list[list[str]] = []

    def adopt(*kinds):
        names = [kind.__name__ for kind in kinds]
        calls.append(names)
        return SimpleNamespace(adopted={name: "done" for name in names if name != "Odd"},
                               left={name: "it is odd" for name in names if name == "Odd"},
                               undo=lambda: calls.append(["undone", *names]))

    made = ModuleType("fastnn.adopting")
    made.adopt = adopt
    made.__path__ = adopting.__path__  # what it has besides is the real one
    monkeypatch.setitem(sys.modules, "fastnn.adopting", made)
    return calls


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch):
    """However slow the machine is, what a test hands over is worth it."""
    monkeypatch.setattr(worth, "now", lambda: 0.0)
