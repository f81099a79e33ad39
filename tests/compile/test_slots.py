"""How many helper processes there are at once."""

import os
import subprocess
import sys
import time

import pytest

from fastnn.compile import background, slots

pytestmark = pytest.mark.skipif(os.name != "posix", reason="flock")


def test_there_are_so_many_and_no_more(tmp_path):
    first, second = slots.taken(tmp_path, 2), slots.taken(tmp_path, 2)
    assert first >= 0 and second >= 0 and slots.taken(tmp_path, 2) is None
    slots.given(first)
    again = slots.taken(tmp_path, 2)
    assert again >= 0
    slots.given(again)
    slots.given(second)


def test_the_helper_keeps_it_while_it_lives(tmp_path):
    slot = slots.taken(tmp_path, 1)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE,
                             pass_fds=(slot,))
    slots.given(slot)
    assert slots.taken(tmp_path, 1) is None
    child.kill()
    child.wait()
    child.stdin.close()
    slots.given(slots.taken(tmp_path, 1))


def test_where_nothing_can_be_locked_nobody_waits(tmp_path):
    assert slots.taken(tmp_path / "nowhere", 1) == -1
    slots.given(-1)


def test_who_has_none_goes_on_and_begins_when_one_is_free(tmp_path, monkeypatch):
    """Or after a while: those who have them may be stopped."""
    begun = []

    def begin(nice, slot):
        begun.append(slot)
        slots.given(slot)
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    state = background._State()
    state.asked.add(background.Request(tmp_path / "a.nbc", "m", "n", "s", True))
    monkeypatch.setattr(background, "_state", state)
    monkeypatch.setattr(background, "_can_help", lambda: True)
    monkeypatch.setattr(background, "_cores", lambda: 3)
    monkeypatch.setattr(background, "_begun", begin)
    held = [slots.taken(tmp_path, 2), slots.taken(tmp_path, 2)]
    assert background._is_helped() and not begun
    assert state.asked and state.process is None
    slots.given(held.pop())
    assert background._is_helped() and begun and begun[0] >= 0
    background._end_helper()
    held.append(slots.taken(tmp_path, 2))
    assert background._is_helped() and len(begun) == 1
    monkeypatch.setattr(background, "_SLOT_PATIENCE", 0.0)
    time.sleep(0.01)
    assert background._is_helped() and begun[1:] == [-1]
    background._end_helper()
    for slot in held:
        slots.given(slot)
