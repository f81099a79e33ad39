"""A compiled run of one rank: the gradients of its samples, the sum over all ranks, the update.

The mean over a batch is over all ranks' samples: each part's gradient, which is a mean over its
own samples, counts by its share of the batch.

The sum begins when all gradients are there. Blocks of samples go through the whole network, so they
are there at once; and of layers that go as a whole the largest comes last, that of the first layer
(85 % of all in 784-128-128-10): there is next to nothing to do meanwhile.
"""

from typing import Any, NamedTuple

import numpy as np

from fastnn.compile.policy import waiting
from fastnn.engine.clock import clock_of, tell
from fastnn.engine.loop import call_loop, check_status
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.plan.step import plan_step
from fastnn.engine.program import Unfit
from fastnn.engine.ranks.flat import FlatMemory, Tree, elsewhere, is_late, sum_of_rows
from fastnn.engine.ranks.ranks import FAILED, STOP
from fastnn.engine.runs import Run
from fastnn.kernels import training as t
from fastnn.layers import Layer_Dropout
from fastnn.support import room

SUMMED = [t.LOSS_SUM, t.LOSS_COUNT, t.RIGHT_SUM, t.RIGHT_COUNT]


class Ready(NamedTuple):
    """The two programs of a step, and what the first one leaves where `own` is not."""

    step: Any  # the Plan
    code: Any
    sections: Any
    bases: Any  # of the code's pointers to data, for samples from 0 on
    steps: Any  # bytes by which these move for each sample
    late: Any  # code and sections of what waits for the sum
    elsewhere: list


class RankedRun(Run):
    """A training run over this rank's samples, as `Run`. Unfit where it cannot be compiled."""

    def __init__(self, ranks, geometry, parts, X, y, *, parted, epochs, log_every, first, order):
        self.ranks, self._geometry, self._parted = ranks, geometry, parted
        self._ready: Any = None
        self._tree: Any = None  # the sum over the parts of this rank, where there are any
        self._beside: Any = None
        self._at: tuple = None, 0  # the code whose pointers are moved, and to which sample
        _check(parts, parted)
        super().__init__(parts, X, y, epochs=epochs, batch_size=geometry.batch,
                         log_every=log_every, first=first, order=order)
        self._done, self._recorded = first * self.per_epoch, 0
        self._call_counters = self._counters.copy()  # of one step, the first of its epoch
        self._call_counters[[t.STEPS_PER_EPOCH, t.RECORDED]] = 1, 0
        self._call_records = room.full((2, t.N_RESULTS + 1), 0, np.float64)
        self._late_counters = self._call_counters.copy()
        self._late_results = room.full((t.N_RESULTS,), 0, np.float64)
        self._sums = np.zeros((len(geometry.at(0)), len(SUMMED)))

    # ----------------------------------------------------------------------------- planning

    def _new_memory(self):
        return FlatMemory(self.parts.optimizer, self.parts.layers,
                          self.ranks.size == 1 and self._parted is None)

    def _compile(self):
        with waiting():  # ranks must do the same, so none of them goes step by step
            super()._compile()
            self._ready, self._at = self._prepared(self._step), (None, 0)
        memory = self.memory
        many = len(self._geometry.at(0))
        self._tree = Tree(memory, many) if self._parted else None
        self._beside = memory.more() if self._parted else None

    def _plan(self, rows, keep):
        geometry = self._geometry
        rest = geometry.least if geometry.least < geometry.most and not keep else 0
        taken, X, y = self._taken or (None, self.samples.data, self._targets)
        plan = plan_step(self.parts, X, y, min(rows, geometry.most), self.memory, keep, rest=rest,
                         often=self._is_long(), taken=taken)
        plan.late = plan.program.cut(is_late)
        return plan

    def _prepared(self, step):
        code, sections = step.program.assembled()
        rows = code.reshape(-1, t.WORDS)
        late_code, late_sections = step.late.assembled()
        return Ready(step, code, sections, rows[:, t.POINTERS:t.NUMBERS:3].copy(),
                     rows[:, t.POINTERS + 2:t.NUMBERS:3].copy(),
                     (self.memory.moved(late_code), late_sections), elsewhere(step, self.memory))

    def refresh(self, references=None):
        """As `Run.refresh`; what cannot be compiled is refused."""
        try:
            super().refresh(references)
        except Unfit as reason:
            raise refused(reason) from None

    # ---------------------------------------------------------------------------- moving on

    @property
    def done(self):
        """Steps that were done."""
        return self._done

    @property
    def recorded(self):
        """Records that were written."""
        return self._recorded

    def advance(self, until, interrupted, keep=False):
        """As `Run.advance`, where all ranks stop that one of them was asked to."""
        self.ranks.stepping()
        whole = True
        with np.errstate(all="ignore"):  # sums may overflow, as compiled ones do
            while whole and self._done < until:
                interrupted()  # the line of the progress looks on
                whole = not self.ranks.stopped
                self._step_of_all(not whole or keep and until - self._done == 1)
        self.ranks.talking()
        tell(self._step.program)
        return whole

    def _step_of_all(self, keep):
        """One step. What fails before the sum is told by it, and all ranks raise."""
        position, failed = self._done % self.per_epoch, None
        epoch = self._done // self.per_epoch
        parts = self._geometry.at(position)
        logged = epoch % self.log_every == 0 or epoch == self.epochs - 1
        if position == 0:
            self._sums[...] = 0.0
        ready, memory = self._ready, self.memory
        own: list = memory.own if self._tree is None else memory.total
        try:
            ready = self._gradients(parts, epoch, logged, keep)
        except BaseException as error:
            failed = error
        own[0][STOP], own[0][FAILED] = self.ranks.asked(), failed is not None
        for n, total in enumerate(memory.total):
            if self._tree is None:
                self.ranks.sum(own[n], total)
            else:
                self.ranks.sum_in_tree(total, self._beside[n])
        if self.ranks.heed(memory.total[0]):
            if failed is not None:
                raise failed
            self.ranks.exchange()  # raises in the words of who failed
        memory.spread(ready.elsewhere)
        self._late_counters[t.STEP], self._late_counters[t.STEPS] = 0, 1
        self._late_counters[t.RECORDED] = 0
        code, sections = ready.late
        check_status(call_loop(ready.step.late, code, sections, self._late_counters,
                               self._late_results, self._call_records, None))
        self._done += 1
        if logged and (keep or position == self.per_epoch - 1):
            self._gather_sums(epoch, position == self.per_epoch - 1)

    def _gradients(self, parts, epoch, logged, keep):
        """The gradients of this rank, weighted; the programs that made them."""
        memory, ready = self.memory, self._ready
        if self.order is not None:
            self.order.of(epoch)
        if self._tree is None:
            ready = self._part(0, epoch, logged, keep, ready, parts[0])
            if parts[0].weight != 1:
                for own in memory.own:
                    own *= parts[0].weight
            return ready
        numbers = iter(range(len(parts)))

        def gradient(part):
            nonlocal ready
            ready = self._part(next(numbers), epoch, logged, keep, ready, part)
        self._tree.sum(parts, gradient, memory.total)
        return ready

    def _part(self, n, epoch, logged, keep, ready, part):
        """The gradient of some samples, in `own`; the programs that made it."""
        if keep and (ready is self._ready or ready.step.rows != part.rows):
            ready = self._prepared(self._plan(part.rows, keep=True))
        step, code, counters = ready.step, ready.code, self._call_counters
        clock = clock_of(step.program)
        if self.samples.are_copied:
            self.samples.stage(part.start, part.rows, clock)
        if self._at[0] is not code or self._at[1] != part.start:
            rows = code.reshape(-1, t.WORDS)
            rows[:, t.POINTERS:t.NUMBERS:3] = ready.bases + part.start * ready.steps
            self._at = code, part.start
        counters[t.STEP], counters[t.STEPS], counters[t.RECORDED] = epoch, 1, 0
        counters[t.N_SAMPLES] = counters[t.BATCH] = part.rows
        begin = None if clock is None else clock.began()
        with self._lock:
            status = call_loop(step.program, code, ready.sections, counters, self.memory.results,
                               self._call_records, clock)
        if clock is not None and clock.called(begin):
            tell(step.program)
        check_status(status)
        self.memory.gather(ready.elsewhere)
        if logged:
            self._sums[n] += self.memory.results[SUMMED]
        if keep:
            self._kept = step, part.start, part.rows
        return ready

    def _gather_sums(self, epoch, recorded):
        """The sums of losses and right predictions over all ranks; a record at an epoch's end."""
        found = sum_of_rows(self._sums) if self._parted else self._sums[0]
        total = found.copy()
        if self._parted:
            self.ranks.sum_in_tree(total, np.empty_like(total))
        else:
            self.ranks.sum(found, total)
        self.memory.results[SUMMED] = total
        if recorded:
            if self._recorded == len(self.records):
                more = np.zeros((2 * self._recorded, t.N_RESULTS + 1))
                more[:self._recorded] = self.records
                self.records = more
            self.records[self._recorded, 0] = epoch
            self.records[self._recorded, 1:] = self.memory.results
            self._recorded += 1


def _check(parts, parted):
    """Unfit where a sum of gradients is not the gradient."""
    for layer in parts.layers:
        if rule_of(layer).whole:
            raise Unfit(f"{layer!r} looks at whole batches, of which each rank has a part")
        if parted and isinstance(layer, Layer_Dropout):
            raise Unfit(f"{layer!r} draws from each rank's own random numbers, so with parts "
                        "digits would depend on the number of ranks")


def refused(reason):
    """The error for what cannot be compiled."""
    return ValueError(f"fit: over several ranks all must be compiled, and {reason}")
