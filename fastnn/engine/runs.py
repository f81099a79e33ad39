"""A compiled run over some data: fed, interrupted and ended so that the objects stay whole."""

import contextlib
import time
from typing import Any

import numpy as np

from fastnn import registry
from fastnn.engine.clock import clock_of, tell
from fastnn.engine.kept import Kept
from fastnn.engine.loop import awaited_loops, call_loop, check_status
from fastnn.engine.memory import Memory
from fastnn.engine.parts import check, is_dense, loss_of
from fastnn.engine.plan.shuffled import shuffled
from fastnn.engine.plan.step import plan_step
from fastnn.engine.plan.types import data_type
from fastnn.engine.premises import check_apart, check_columns, fingerprint, layout
from fastnn.engine.program import Pending, Unfit
from fastnn.engine.samples import Samples
from fastnn.engine.short import check_long
from fastnn.engine.targets import targets
from fastnn.kernels import training as t
from fastnn.kernels.instructions_updates import CURRENT, ITERATIONS
from fastnn.layers import Layer_Dropout
from fastnn.losses import Loss_CategoricalCrossentropy
from fastnn.support import numerics, room, threads

_NEVER = 2**62  # steps that no run gets to, and a number that the loop's counters hold
_CALL_SECONDS = 0.05  # how long one compiled call should take: Ctrl-C waits for its end
_LONG = 100  # steps from which it pays to try which products are NumPy's (some 30 steps' time)


class Run:
    """A training run over (X, y), or with no optimizer an evaluation, that can be moved on.

    Unfit where it cannot be compiled, Pending where it is not yet; nothing has been changed then.
    `start` is the first change. `begin`: the number of the first epoch, as the engine (0) or the
    book's Model (1) counts; `first`: how many epochs were done by others. order: the Order of the
    samples, or None. may_be_brief: Brief where the objects have done it before it is written.
    """

    def __init__(self, parts, X, y, *, epochs=1, batch_size=None, log_every=1, begin=0, first=0,
                 order=None, may_be_brief=False):
        check(parts)
        self.parts, self.X, self.y, self.order = parts, X, y, order
        X = np.asarray(X)
        if X.ndim != 2 or 0 in X.shape:
            raise Unfit(f"X has the shape {X.shape}")
        N = len(X)
        self.batch_size, self.batch = batch_size, min(N, batch_size or N)
        self.per_epoch = -(-N // self.batch)
        self.epochs, self.log_every, self.begin = epochs, log_every, begin
        self.samples = Samples(self.X, data_type(X.dtype, parts), self.batch, order=order,
                                by_columns=numerics.follows_book() and is_dense(parts.layers[0]))
        self._targets: Any = None
        if parts.loss is not None:
            self._targets = targets(parts, np.asarray(y), len(X))
        check_apart(parts, X, y)
        if order is None:
            check_columns(parts, X)
        self._lie = [layout(data) for data in (self.X, self.y)]
        threads.count()  # if it is not to be had, it raises now
        if may_be_brief:
            check_long(parts, self.batch, (epochs - first) * self.per_epoch)
        self._compile()
        self._counters = room.full((t.N_COUNTERS,), 0, np.int64)
        self._counters[[t.STEPS_PER_EPOCH, t.EPOCHS, t.LOG_EVERY, t.N_SAMPLES, t.BATCH]] = (
            self.per_epoch, min(begin + epochs, _NEVER), min(log_every, _NEVER), N, self.batch)
        self.rewind()
        self._counters[t.STEP] += first * self.per_epoch
        self._counters[t.FLUSH] = numerics.is_fast() and not _divides(parts)
        self.records = room.empty((1, t.N_RESULTS + 1), np.float64)
        # steps in one compiled call: a few ms at first
        self._pace = max(1, min(500, int(_CALL_SECONDS * 6e8 / self._step.multiply_adds)))
        self._kept: Any = None  # step, first sample and rows of the one whose arrays are kept
        self._lock = contextlib.nullcontext()
        if parts.optimizer is not None and any(
                isinstance(layer, Layer_Dropout) for layer in parts.layers):
            self._lock = numerics.legacy_stream()[1]

    def _compile(self):
        self._written = {}  # by the samples of a step: the Kept of those whose arrays are kept
        self.memory, self._taken = self._new_memory(), self._take()
        self._step = self._plan(self.batch, keep=False)
        if self._step.training and not is_dense(self.parts.layers[0]):
            # The last step goes back to the first layer: Unfit has to come now, not then.
            self._plan(1, keep=True)
        self._check_compiled()
        self._code, self._sections = self._step.program.assembled()
        self._notice()

    def is_for(self, parts, X, y, *, epochs=1, batch_size=None, log_every=1, begin=0, order=None):
        """Whether it is the run that would be made of these now, no step of it being done."""
        asked = epochs, batch_size, log_every, begin, _seed_of(order), begin * self.per_epoch
        made = (self.epochs, self.batch_size, self.log_every, self.begin, _seed_of(self.order),
                self.done)
        return (X is self.X and y is self.y and asked == made
                and _identities(parts) == _identities(self.parts)
                and fingerprint(parts) == self._seen)

    def _new_memory(self):
        return Memory(self.parts.optimizer)

    def _check_compiled(self):
        """Pending where the loop or an instruction is not there, and NumPy does meanwhile."""
        program = self._step.program
        missing = [*self._step.awaited, *program.awaited(), *awaited_loops(program.shares > 1)]
        if missing:
            kept = self._plan(self.batch, keep=True)
            missing += [*kept.awaited, *kept.program.awaited()]
            raise Pending(missing)

    def _notice(self):
        self._seen = fingerprint(self.parts)

    def references(self):
        """How often the optimizer's state is referred to, to be told `refresh` later."""
        return self.memory.states.references()

    def refresh(self, references=None):
        """Take notice of what was done to objects and data since `leave`. Unfit where it forbids.

        references: what `references()` said before; state that more refer to now is left to them.
        """
        self.samples.forget()
        if self._lie != [layout(data) for data in (self.X, self.y)]:
            raise Unfit("X or y was given another shape, type or place")
        for renew in self._targets.converted:
            renew()
        check(self.parts)
        kept = self.parts.optimizer is not None and self.memory.states.are_kept(references)
        if not kept and fingerprint(self.parts) == self._seen:
            return
        if self.parts.loss is not None:  # what it wants of them may have changed
            self._targets = targets(self.parts, np.asarray(self.y), len(self.X))
        self._compile()
        self.start()

    def rewind(self):
        """Begin anew."""
        self._counters[[t.STEP, t.RECORDED]] = self.begin * self.per_epoch, 0

    def _plan(self, rows, keep):
        taken, X, y = self._taken or (None, self.samples.data, self._targets)
        return plan_step(self.parts, X, y, rows, self.memory, keep, rest=self._rest_beside(rows),
                         often=self._is_long(), taken=taken)

    def _take(self):
        """Where samples are shuffled: what is taken, and what stands for X and y then."""
        if self.order is None:
            return None
        y, samples = self._targets, self.samples
        X = None if samples.are_copied else samples.data  # a copy is in this order already
        taken, (X, labels, values) = shuffled(
            self.order.array, self.batch, [X, y.labels, y.values])
        return taken, X or samples.data, y._replace(labels=labels, values=values)

    def _is_long(self):
        return self.per_epoch * self.epochs >= _LONG

    def _rest_beside(self, rows):
        """Samples of the last batch, where the program of batches of so many does that, too."""
        return len(self.X) % self.batch if rows == self.batch else 0

    # -------------------------------------------------------------------------- moving on

    @property
    def done(self):
        """Steps that were done, those of the epochs before `begin` included."""
        return int(self._counters[t.STEP])

    @property
    def recorded(self):
        """Records that were written."""
        return int(self._counters[t.RECORDED])

    @property
    def results(self):
        """The results of the running epoch, see `kernels.training`."""
        return self.memory.results

    def start(self):
        """Create the optimizer's state on the layers."""
        if self.memory.states is not None:
            self.memory.states.hand_over()
            self._notice()

    def advance(self, until, interrupted, keep=False):
        """Train until `until` steps are done, or `interrupted()` says that someone wants to stop.

        With `keep`, or when interrupted, the last step's arrays are kept for `leave`. Gives back
        whether it came so far without being interrupted.
        """
        try:
            while self.done < until:
                if interrupted():
                    self._keep_one()
                    return False
                left = until - self.done
                if keep and left == 1:
                    self._keep_one()
                else:
                    self._call(self._step.program, self._code, self._sections,
                               min(left - keep, self._pace))
            return True
        finally:
            tell(self._step.program)

    def _call(self, program, code, sections, steps):
        clock = clock_of(program)
        if self.order is not None:
            epoch, done = divmod(self.done, self.per_epoch)
            self.order.of(epoch - self.begin)
            steps = min(steps, self.per_epoch - done)
        if self.samples.are_copied:
            self.samples.stage(self.done % self.per_epoch * self.batch, self.batch, clock)
            if self.per_epoch > 1:  # the only batch stays where it is
                steps = 1
        self._counters[t.STEPS] = steps
        self._make_room(steps)
        begin = time.perf_counter() if clock is None else clock.began()
        with self._lock:
            status = call_loop(program, code, sections, self._counters, self.memory.results,
                               self.records, clock)
        took = time.perf_counter() - begin
        if clock is not None and clock.called(begin):
            tell(program)
        check_status(status)
        if took < _CALL_SECONDS / 2:
            self._pace *= 2
        elif took > 2 * _CALL_SECONDS:
            self._pace = max(1, self._pace // 2)

    def _make_room(self, steps):
        """For the records of these steps. (Who asks for 10^9 epochs means to stop by hand.)"""
        needed = self.recorded + steps // (self.per_epoch * self.log_every) + 2
        if len(self.records) < needed:
            more = room.empty((2 * needed, t.N_RESULTS + 1), np.float64)
            more[:len(self.records)] = self.records
            self.records = more

    def _keep_one(self):
        """One step whose arrays are kept."""
        tell(self._step.program)  # what was done before this is planned
        start = self.done % self.per_epoch * self.batch
        rows = min(self.batch, len(self.X) - start)
        kept = self._written.get(rows)
        if kept is None:
            kept = self._written[rows] = Kept(self._plan(rows, keep=True))
        kept.renew()
        step = kept.plan
        self._call(step.program, kept.code, kept.sections, 1)
        tell(step.program)
        self._kept = step, start, rows

    # ------------------------------------------------------------------------------ the end

    def leave(self):
        """Give the objects what the loop would have left them: arrays of the last step, counts."""
        parts = self.parts
        if self._kept is not None:
            self._leave_arrays(*self._kept)
            self._kept = None
        if parts.optimizer is not None:
            parts.optimizer.iterations = int(self.memory.rates[ITERATIONS])
            if parts.optimizer.decay:
                parts.optimizer.current_learning_rate = float(self.memory.rates[CURRENT])
        self._leave_sums(loss_of(parts), parts.accuracy)
        self._notice()

    def _leave_sums(self, loss, accuracy):
        results = self.memory.results
        loss.accumulated_sum = self._loss_type()(results[t.LOSS_SUM])
        loss.accumulated_count = int(results[t.LOSS_COUNT])
        if accuracy is not None:
            accuracy.accumulated_sum = np.int64(results[t.RIGHT_SUM])
            accuracy.accumulated_count = int(results[t.RIGHT_COUNT])

    def _leave_arrays(self, step, start, rows):
        whole = rows == len(self.X) and self.order is None
        batch = self.X if whole else self.samples.rows_from(start, rows)
        data = self.samples.data if self._taken is None else self._taken[1]
        samples = {id(data.array): batch}  # what stands for the data, or for a copy of it
        for old, new in step.copies:
            if id(old) in samples:
                samples[id(new)] = samples[id(old)].copy()
            else:
                new[...] = old
        for owner, name, value in step.bindings:
            setattr(owner, name, samples.get(id(value), value))

    def _loss_type(self):
        return self._step.losses_dtype.type

    # ---------------------------------------------------------------------------- the values

    def rows(self, begin):
        """(epoch, loss, data_loss, regularization_loss, accuracy, learning_rate) of records.

        Of all from there on at once: one by one they took 4 us each, and epochs may take 15.
        """
        records = self.records[begin:self.recorded]
        results = records.T[1:]
        T, step, right = self._loss_type(), self._step, np.nan
        with np.errstate(all="ignore"):  # a loss may be infinite, or NaN
            data_loss = (results[t.LOSS_SUM].astype(T) / results[t.LOSS_COUNT]).astype(T)
            penalty, loss = 0.0, data_loss
            if step.penalty_dtype is not None:
                penalty = results[t.PENALTY].astype(step.penalty_dtype)
                loss = data_loss + penalty
            if self.parts.accuracy is not None:
                right = results[t.RIGHT_SUM] / (results[t.RIGHT_COUNT] * step.right_width)
        found = np.empty((len(records), 6))
        for column, one in enumerate((records[:, 0], loss, data_loss, penalty, right,
                                      results[t.RATE])):
            found[:, column] = one
        return found


def _seed_of(order):
    return None if order is None else order.seed


def _identities(parts):
    """Which objects they are, how their penalties are summed, and which have a step each."""
    return [*map(id, (*parts.things, parts.combined, *parts.penalized)), parts.alone,
            *map(id, parts.stepwise)]


def _divides(parts):
    """Whether numbers below the normal ones count: the loss divides by them, or somebody's own
    formula may.
    """
    entries = [registry.entry_of(type(thing)) for thing in (*parts.layers, parts.loss)]
    own = any(entry and entry.kind.__module__.partition(".")[0] != "fastnn" for entry in entries)
    return own or parts.combined is None and isinstance(parts.loss, Loss_CategoricalCrossentropy)
