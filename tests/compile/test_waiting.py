"""The line for somebody who waits: once, on standard error, and counted where it can be."""

import io
import sys

import pytest

from fastnn.compile import waiting


class Screen(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.fixture
def said(monkeypatch):
    """A function of a clock, kernels that are expected, and whether on a terminal: what is said."""
    def say(expected, compiled, terminal, seconds=3.0):
        clock = waiting.Clock()
        times = iter(seconds * n for n in range(1000))
        monkeypatch.setattr(waiting.time, "perf_counter", lambda: next(times))
        monkeypatch.setattr(sys, "stderr", Screen(terminal))
        with clock.expecting(expected):
            for _ in range(compiled):
                with clock.compiling():
                    pass
        return sys.stderr.getvalue()
    return say


def test_short_waits_are_not_spoken_of(said):
    assert said(5, 3, True, seconds=0.1) == said(0, 9, False, seconds=0.1) == ""


def test_one_line_where_it_cannot_be_written_over(said):
    text = said(5, 5, False)
    assert text.count("\n") == text.count("fastnn: compiling its kernels for this machine") == 1
    assert text.endswith("1 of 5 kernels, about 5 s left ...\n")
    assert said(0, 5, False).endswith("...\n")  # nobody knows how many


def test_it_counts_in_place_on_a_terminal(said):
    first, *others = said(4, 4, True).split("\r")
    assert first == "" and [one.split(": ")[-1].split(",")[0].strip() for one in others] == [
        f"{n} of 4 kernels" for n in (1, 2, 3, 4)]
    assert others[-1].endswith("\n") and "left" not in others[-1]
    assert len({len(one.rstrip("\n")) for one in others}) == 1  # nothing of a longer one is left


def test_without_a_known_number_it_says_so_once_on_a_terminal(said):
    assert said(0, 6, True).count("compiling") == 1
