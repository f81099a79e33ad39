"""A live line of a training: how far it came, its loss and accuracy, the time that is left.

tqdm draws it, on standard error; in notebooks as a bar of its own where ipywidgets is there. It is
looked at between two pieces of compiled work, which take some 50 ms each, so it costs nothing that
can be measured.
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastnn.support import checks
from fastnn.support.handlers import dropped

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_INTERVAL = 0.2  # seconds between two looks
_DELAY = 1.0  # a training that is over by then has no line, where nobody asked for one
_SHOWN = ("loss", 1), ("accuracy", 4), ("learning_rate", 5)  # columns of `Run.rows`


class Progress:
    """The line of one training; verbose: True, False, or None for terminals and notebooks.

    unit: what the line counts. (A sweep counts its networks, see `sweeps/sweeping.py`.)
    """

    def __init__(self, verbose: bool | None, epochs: int, who: str, unit: str = "epoch") -> None:
        if verbose not in (None, True, False):
            raise TypeError(f"{who}: verbose must be True, False or None, got "
                            f"{checks.shown(verbose)}")
        self._asked, self._epochs, self._who, self._unit = verbose, epochs, who, unit
        self._bar: Any = None
        self._run: Any = None
        self._why = ""
        self._shown_from = 0.0
        self._next = 0.0
        self._make = _drawn_by(who, verbose is not None) if verbose or (
            verbose is None and _is_seen()) else None

    def over(self, interrupted: Callable[[], bool], run: Any) -> Callable[[], bool]:
        """The same question, asked between two pieces of work; the line is drawn beside it."""
        if self._make is None:
            return interrupted
        self._run = run  # another than before, maybe, after a callback
        if self._bar is None:
            self._draw(lambda: self._made(run))

        def asked() -> bool:
            if self._bar is not None and time.monotonic() >= self._next:
                self._draw(self._look)
            return interrupted()
        return asked

    def make_way(self) -> None:
        """Clear the line, for something that is printed; the next look draws it again."""
        if self._bar is not None:
            self._draw(self._bar.clear)

    def _draw(self, call: Callable[[], None]) -> None:
        """Call it. A closed terminal, or a full disk, ends the line and not the training."""
        drawn = False
        with dropped(Exception):
            call()
            drawn = True
        if not drawn:
            self._bar = self._make = None

    def _made(self, run: Any) -> None:
        make: Any = self._make
        delay = 0 if self._asked else _DELAY
        self._shown_from = time.monotonic() + delay
        self._bar = make(total=self._epochs, initial=run.done // run.per_epoch - run.begin,
                         unit=self._unit, desc=self._who, dynamic_ncols=True,
                         delay=delay)

    def _look(self) -> None:
        run = self._run
        self._next = time.monotonic() + _INTERVAL
        epoch = run.done // run.per_epoch - run.begin
        if run.recorded:
            row = run.rows(run.recorded - 1)[0]
            self._bar.set_postfix({name: f"{row[at]:.4g}" for name, at in _SHOWN
                                   if row[at] == row[at]}, refresh=False)
        self._bar.update(epoch - self._bar.n)

    def stopped(self, why: str) -> None:
        """Have the end say why it came so early, on a line of its own."""
        self._why = why

    def close(self) -> None:
        """Leave the line as it is at the end."""
        if self._bar is not None:
            self._draw(self._end)
            self._bar = self._make = None

    def _end(self) -> None:
        self._look()
        self._bar.close()
        if self._why and time.monotonic() >= self._shown_from:
            self._bar.write(f"{self._who}: {self._why}", file=sys.stderr)


def _is_seen() -> bool:
    """Whether somebody looks at standard error: a terminal, or a notebook."""
    with dropped(Exception):
        return sys.stderr.isatty() or "ipykernel" in type(sys.stderr).__module__
    return False


def _drawn_by(who: str, is_wanted: bool) -> Any:
    """tqdm's bar; None where there is none and nobody insists."""
    try:
        if find_spec("ipywidgets") is None:  # tqdm.auto warns in notebooks, in red
            from tqdm import tqdm
        else:
            from tqdm.auto import tqdm
    except ImportError:
        if is_wanted:
            raise ImportError(f"{who}: verbose=True draws with tqdm, which is not installed: "
                              "pip install tqdm") from None
        return None
    return tqdm
