"""A sweep that is killed, again and again: `killing.py` for some seconds, or as many as
FASTNN_KILL_SECONDS says.
"""

import os
import sys

import killing
import pytest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_sweep_ends_as_an_undisturbed_one():
    rounds, kills = killing.rounds(float(os.environ.get("FASTNN_KILL_SECONDS", "20")))
    assert rounds and kills
