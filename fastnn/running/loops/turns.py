"""The turns of a loop that run as they are; those between them are trained at once."""

import sys
import warnings
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from fastnn.engine.program import Pending, Unfit
from fastnn.running.loops import worth
from fastnn.running.loops.held import Held
from fastnn.running.loops.names import Names
from fastnn.running.loops.plan import MOST, Plan
from fastnn.running.loops.quiet import why_seen
from fastnn.running.loops.sites import SITES, Site
from fastnn.running.loops.symbols import Unread
from fastnn.running.loops.worth import FEW, Worth
from fastnn.support.articles import with_article

_FEWEST = 16  # turns of a loop that is worth reading
_WITHIN = 8  # of one that is run again in each turn of another, and read once for all of them
_EPOCHS = 4  # of one whose turns go over batches
LONG = 512  # turns of a loop that is read again whenever it is run

# By site and range: how turns are trained, and whether that pays.
_Kept = dict[tuple[int, range], tuple[Names, Plan, Worth]]
_RUNNING: dict[int, "Turns"] = {}  # by frame: the innermost loop that runs there


def epochs(values: Iterable[Any], key: str) -> Iterable[Any]:
    """What `for` is to iterate over instead of `values`: those whose turns run as they are.

    The same in the end: whatever else the loop's turns do has been done by then.
    """
    site = SITES.get(key)
    if site is None:
        return values
    if type(values) is not range:
        site.why = f"it goes over {with_article(type(values).__name__)}, not over range(...)"
        return values
    frame = sys._getframe(1)
    around = _around(frame)
    fewest = _EPOCHS if site.has_batches else _FEWEST if around is None else _WITHIN
    is_paused = site.pause and len(values) < LONG
    if len(values) < fewest or around is not None and around.is_held or is_paused:
        site.pause = max(0, site.pause - 1)
        site.run += len(values)
        return values
    return Turns(values, site, frame, kept_around(frame)).needed()


def kept_around(frame: FrameType) -> "_Kept":
    """What the loop that runs in this frame keeps of those in it."""
    around = _around(frame)
    return {} if around is None else around.within


def _around(frame: FrameType) -> "Turns | None":
    """The loop that runs in this frame, if any does."""
    around = _RUNNING.get(id(frame))
    return around if around is not None and around.frame is frame else None


class Turns:
    """One run of a loop, in the frame of the program.

    kept: what the loops in this loop have left of their last run, to the next: the one over batches
    is run again in each epoch, and to plan it anew takes as long as fifty steps.
    """

    def __init__(self, values: range, site: Site, frame: FrameType, kept: "_Kept") -> None:
        self._values, self._site, self.frame = values, site, frame
        self.within: _Kept = {}
        self._kept, self._key = kept, (id(site), values)
        self._names = Names(frame)
        self._plan: Plan | None = None
        self._worth = Worth(1 if site.has_batches else FEW)
        self._held: Held | None = None  # of the turn that runs
        self._trained = 0
        self._over = 0  # turns that are over
        self._spent = 0.0  # seconds in which turns were trained, with all that belongs to it
        if self._key in kept:  # whether it still holds is asked before it trains
            self._names, self._plan, self._worth = kept[self._key]
        self._pending: Pending | None = None
        self._pause = 1
        self._short = 0  # the turn up to which there are too few in a row
        self._again = 1  # the turn from which on it is worth to look again, after a refusal

    def needed(self) -> Iterator[Any]:
        """The values of the loop's variable whose turns run as they are."""
        around = _RUNNING.get(id(self.frame))
        _RUNNING[id(self.frame)] = self
        try:
            yield from self._needed()
        finally:
            if around is not None:
                _RUNNING[id(self.frame)] = around
            else:
                _RUNNING.pop(id(self.frame), None)
            self._say_why()
            self._pause_site()
            if self._plan is not None:
                self._kept[self._key] = self._names, self._plan, self._worth

    @property
    def is_held(self) -> bool:
        """Whether Ctrl-C is held back until the turn that runs is whole: then nobody else may."""
        return self._held is not None and self._held.has_begun

    def _say_why(self) -> None:
        site = self._site
        if self._plan is not None and not site.trained and not site.waited and site.why is None:
            site.why = ("too few of its turns follow each other in which no block under a "
                        "condition runs")

    def _pause_site(self) -> None:
        """Look at a short loop the more seldom, the more often that was in vain, or took longer
        than its own turns would have.
        """
        site, is_short = self._site, self._over < LONG
        in_vain = self._pending is None and (
            not self._trained and self._plan is None
            or self._worth.lost(self._trained, self._spent))
        site.vain = site.vain + 1 if is_short and in_vain else 0
        site.pause = 2 ** min(site.vain, 12) // 2 - 1 if site.vain else 0

    def _needed(self) -> Iterator[Any]:
        at, count = 0, len(self._values)
        while at < count:
            if at < self._again or at <= self._short:  # most turns of a loop that is left
                yield from self._turn(at)
                at += 1
                continue
            with Held() as held:
                self._held = held
                if at and self.is_at(at):
                    begun = worth.now()
                    done = self._train(at, held)
                    self._spent += worth.now() - begun
                    self._over += done
                    at += done
                yield from self._turn(at)
            self._held = None
            at += 1
            if held():
                raise KeyboardInterrupt  # where Ctrl-C may find any loop: between two turns

    def _turn(self, at: int) -> Iterator[Any]:
        """A turn that runs as it is."""
        self._site.run += 1
        self._over += 1
        begun = worth.now()
        yield self.given(at)
        self._worth.ran(worth.now() - begun)

    def is_at(self, at: int) -> bool:
        """Whether this turn comes next."""
        return True

    def given(self, at: int) -> Any:
        """What `for` is given for a turn."""
        return self._values[at]

    def moved(self, at: int) -> None:
        """All turns before this one were done, the last of them in a training."""

    def _train(self, at: int, held: Held) -> int:
        """Train the turns from there on that nobody sees, until Ctrl-C comes; how many."""
        done, begun, was_planned = 0, worth.now(), self._plan is not None
        alone = 0.0  # seconds, without planning
        while at + done >= self._again and not held():
            if self._plan is not None and self._is_short(at + done):
                break  # whether it still holds matters where it is to train (0.4 ms)
            try:
                plan = self._planned(at + done, held)
            except (Unread, Unfit, TypeError, ValueError) as reason:
                self._refused(at + done, reason)
                break
            if plan is None:
                self._site.waited += 1
            until = plan.until(at + done) if plan else 0
            if plan is None or until - at - done < self._worth.few:
                break
            held.begin()
            began = worth.now()
            trained = plan.train(at + done, until, held)
            alone += worth.now() - began
            done += trained
            self._site.trained += trained
            self._trained += trained
            if trained:
                self.moved(at + done)
            if plan.overflowed:
                self._warn(at + done - trained, at + done - 1)
            if plan.reason is not None:
                self._refused(at + done, plan.reason)
            self._rest(at + done, trained, plan)
            if trained < MOST:  # the next has to run as it is
                if was_planned:
                    self._worth.trained(done, worth.now() - begun)
                elif self._worth.is_far(done, alone):
                    self._worth.trained(done, alone)
                break
        return done

    def _is_short(self, at: int) -> bool:
        """Whether too few turns follow that nobody sees; if so that is not asked for each of them.
        """
        if at > self._short:
            assert self._plan is not None
            until = self._plan.until(at)
            self._short = until if until - at < self._worth.few else at - 1
        return at <= self._short

    def _rest(self, at: int, trained: int, plan: Plan) -> None:
        """Look again later where more turns were trained in vain than not, the longer the more
        often it is so.
        """
        self._again = max(self._again, plan.stopped + 1)  # that turn is known already
        if not plan.vain or trained >= plan.vain:
            self._pause = 1
            return
        self._pause *= 2
        self._again = at + self._pause * _FEWEST
        if not trained:
            self._site.why = f"'{plan.waits_for}' came true again and again"

    def _warn(self, first: int, last: int) -> None:
        """One warning for all that NumPy would have said of these turns, at the loop's line."""
        if "warn" not in np.geterr().values():
            return
        frame = self.frame
        warnings.warn_explicit(
            f"numbers became NaN or infinite in turns {first} to {last} of "
            f"{self._site.what}, which were trained at once; without fastnn NumPy warns of "
            "that line by line. A smaller learning rate often helps", RuntimeWarning,
            frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("__name__", ""),
            frame.f_globals.setdefault("__warningregistry__", {}))

    def _refused(self, at: int, reason: Exception) -> None:
        self._plan = None
        if isinstance(reason, Pending):
            self._pending = self._without_frames(reason)
            return
        self._site.why = reason.said if isinstance(reason, Unread) else str(reason)
        is_short = len(self._values) < LONG
        self._again = len(self._values) if is_short and self._site.vain else 2 * at

    @staticmethod
    def _without_frames(reason: Pending) -> Pending:
        """The same, which does not hold the frames that it came through, and this one with them."""
        reason.__traceback__ = reason.__context__ = reason.__cause__ = None
        return reason

    def _planned(self, at: int, held: Held) -> Plan | None:
        """How turns are trained, as the program stands; None while kernels are being compiled."""
        if self._pending is not None and not self._pending.is_over():
            return None
        self._pending = None
        seen = why_seen(held.handler)
        if seen is not None:
            raise Unread(seen)
        if self._plan is None or not self._names.are_the_same() or not self._plan.still_holds():
            self._plan = None
            self._names = Names(self.frame)
            self._plan = Plan(self._names, self._site, self._values, at)
        if not self._plan.adds_exactly():
            raise Unread("the sums of the loss are of another type than its losses")
        return self._plan
