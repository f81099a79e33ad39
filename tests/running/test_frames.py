"""Names of a running program set from outside, wherever they lie."""

import sys
from collections.abc import Iterator
from types import FrameType

import pytest

from fastnn.running.loops.frames import can_put, put

outside = -1


def _setting(frame: FrameType) -> Iterator[tuple[()]]:
    for n in range(3):
        assert all(can_put(frame, name) for name in ("own", "shared", "outside"))
        put(frame, {"own": n, "shared": 10 * n, "outside": 100 * n})
        put(frame, {})
        yield ()


def test_names_of_a_function_of_its_closure_and_of_its_module(monkeypatch):
    global outside
    monkeypatch.setattr(sys.modules[__name__], "outside", -1)
    own, other = -1, 5
    shared = -1
    seen = []

    def inner():
        return shared
    for () in _setting(sys._getframe()):
        seen.append((own, shared, inner(), outside, other))
        other += 1
        own += 1
    outside += 0
    assert seen == [(0, 0, 0, 0, 5), (1, 10, 10, 100, 6), (2, 20, 20, 200, 7)]
    assert own == 3 and "never" not in globals()


def test_names_of_a_class():
    class Holder:
        own = shared = outside = -1
        for () in _setting(sys._getframe()):
            pass
    assert (Holder.own, Holder.shared, Holder.outside) == (2, 20, 200)
    assert outside == -1


def test_a_class_whose_names_lie_elsewhere_is_left_alone():
    class Names(dict):
        pass

    class Kind(type):
        @classmethod
        def __prepare__(cls, *given):
            return Names()

    class Holder(metaclass=Kind):
        own = 1
        can = can_put(sys._getframe(), "own")
    assert not Holder.can


@pytest.mark.parametrize("source", ["for () in hook(sys._getframe()): pass"])
def test_names_of_a_module(source):
    space = {"sys": sys, "hook": _setting, "own": -1, "shared": -1, "outside": -1}
    exec(source, space)
    assert (space["own"], space["shared"], space["outside"]) == (2, 20, 200)
