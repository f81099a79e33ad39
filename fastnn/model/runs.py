"""A Model's work as compiled runs: its training line by line, an evaluation, its outputs.

Nothing is printed here: `lines` gives the book's lines to `model.py`. What cannot be compiled
raises Unfit before anything is changed.
"""

from typing import Any

import numpy as np

from fastnn import reference
from fastnn.accuracy import Accuracy
from fastnn.engine.kinds import check_methods
from fastnn.engine.parts import Parts, check
from fastnn.engine.plan.step import plan_step
from fastnn.engine.program import Unfit, by_data
from fastnn.engine.runs import Run
from fastnn.engine.sound import check_data
from fastnn.kernels import training as t
from fastnn.losses import Loss
from fastnn.model.passes import leave_sums, turn, twin
from fastnn.model.scores import Scores, scores, with_scores
from fastnn.support import checks

_SUMS = ("new_pass", "calculate_accumulated")
# To plan a run costs about 1.5 ms, what a dozen steps of (16, 2) samples take through the objects,
# or 2 million samples times weights.
_FEW, _LITTLE = 16, 2_000_000


def worth_planning(model, X, batch_size, epochs=None):
    """Whether a run over X is long enough to be compiled; `epochs` where it is to be trained."""
    steps = (1 if epochs is None else epochs) * -(-len(X) // (batch_size or len(X)))
    if steps >= _FEW:
        return True
    if not epochs:
        return False
    weights = sum(np.size(getattr(layer, "weights", ())) for layer in model.layers)
    return epochs * len(X) * weights >= _LITTLE


def parts_of(model):
    """The parts of a Model. Unfit where its chain is not the one that `finalize` made."""
    layers, loss = model.layers, model.loss
    check_methods(model.input_layer, reference.Layer_Input, ("forward",))
    chain = [model.input_layer, *layers, loss]
    linked = all(getattr(layer, "prev", None) is before and getattr(layer, "next", None) is after
                 for before, layer, after in zip(chain, chain[1:], chain[2:]))
    if not layers or not linked or model.output_layer_activation is not layers[-1]:
        raise Unfit("the model's layers are not linked as finalize links them")
    return Parts(layers, loss, model.softmax_classifier_output, getattr(model, "optimizer", None),
                 getattr(model, "accuracy", None),
                 [layer for layer in layers if hasattr(layer, "weights")], False)


def _check(parts, X, y):
    """Unfit where the parts cannot be compiled, or the data do not fit them."""
    check(parts)
    check_methods(parts.loss, Loss, _SUMS)
    check_methods(parts.accuracy, Accuracy, _SUMS)
    try:
        check_data(parts, X, y, "Model")
    except (TypeError, ValueError) as error:  # the objects find their own words
        raise Unfit(str(error)) from None


def check_trained(model, wanted):
    """Unfit where not all layers with weights are updated and penalized."""
    for found in (model.trainable_layers, model.loss.trainable_layers):
        if not isinstance(found, list | tuple) or list(map(id, found)) != list(map(id, wanted)):
            raise Unfit("trainable_layers are not those that finalize found")


class ModelRun(Run):
    """A run of a Model's parts, which also leaves the batch to the head of the chain.

    Nobody changes the objects between two lines: they are not looked at again, and there is no
    `refresh`.
    """

    def __init__(self, model, parts, X, y, **options):
        super().__init__(parts, X, y, **options)
        self._model = model

    def _notice(self):
        pass

    def step_values(self):
        """((data_loss, regularization_loss), accuracy) of the last step, in NumPy's types."""
        penalty = self._step.penalty_dtype
        return ((self._loss_type()(self.results[t.LOSS]),
                 0 if penalty is None else penalty.type(self.results[t.PENALTY])),
                self.results[t.RIGHT])

    def sums(self):
        """Copies of loss and accuracy with the sums of this run."""
        copies = twin(self._model.loss), twin(self._model.accuracy)
        super()._leave_sums(*copies)
        return copies

    def _leave_arrays(self, step, start, rows):
        with turn(self._model):
            super()._leave_arrays(step, start, rows)
            self._model.input_layer.output = self.parts.layers[0].inputs


class Evaluation(ModelRun):
    """Loss and accuracy of a Model on (X, y)."""

    def __init__(self, model, X, y, batch_size=None):
        parts = parts_of(model)._replace(optimizer=None)
        _check(parts, X, y)
        super().__init__(model, parts, X, y, batch_size=batch_size)

    def scores(self, interrupted=lambda: False, keep=True):
        """The book's line, and its Scores; with `keep` the arrays of the last batch are left, too.
        None if interrupted.
        """
        self.rewind()
        whole = self.advance(self.per_epoch, interrupted, keep)
        if not whole:
            self._kept = None
            return None
        self.leave()
        loss, accuracy = self.sums()
        return scores(loss, accuracy, self._step.right_width)

    def _leave_sums(self, loss, accuracy):
        leave_sums(self._model, *self.sums())


class Prediction(ModelRun):
    """A Model's outputs for X, written to one array batch by batch."""

    def __init__(self, model, X, batch_size=None):
        parts = parts_of(model)._replace(loss=None, combined=None, optimizer=None, accuracy=None)
        self._outputs: Any = None
        super().__init__(model, parts, X, None, batch_size=batch_size)

    def _plan(self, rows, keep):
        return plan_step(self.parts, self.samples.data, None, rows, self.memory, keep,
                         None if keep else self._room, rest=self._rest_beside(rows),
                         often=self._is_long())

    def _room(self, width, dtype):
        self._outputs = np.empty((len(self.X), width), dtype)
        return by_data(self._outputs)

    def outputs(self):
        """The outputs (N, O); the objects hold the arrays of the last batch then."""
        self.advance(self.per_epoch, lambda: False, keep=True)
        step, start, rows = self._kept
        self._leave_arrays(step, start, rows)
        self._outputs[start:start + rows] = step.output.array
        return self._outputs


class Training:
    """The training of a Model on (X, y), moved on by asking for the next line to print.

    first: how many epochs were done through the objects. Those have printed the next one's head.
    """

    def __init__(self, model, X, y, epochs, batch_size, print_every, validation_data, first=0):
        self.model, self.epochs, self.print_every, self._first = model, epochs, print_every, first
        self._by_steps = model.lines != "epochs"
        if not self._by_steps:
            batch_size = None
        parts = parts_of(model)
        _check(parts, X, y)
        check_trained(model, parts.penalized)
        self._validation: Evaluation | None = None
        self._scores: dict[int, Scores] = {}  # by epoch, counted from 0
        with checks.unchanged_on_error(parts.accuracy):  # it has no precision where this is Unfit
            parts.accuracy.init(y)
            self.run = ModelRun(model, parts, X, y, epochs=epochs, batch_size=batch_size, begin=1,
                                 first=first, log_every=1 if self._by_steps else print_every)
            if validation_data is not None:
                X_val, y_val = validation_data
                self._validation = Evaluation(model, X_val, y_val, batch_size)

    def losses(self):
        """(epochs, losses) of the recorded epochs, and how far these lie apart."""
        rows = self.run.records[:self.run.recorded]
        with np.errstate(all="ignore"):
            mean = rows[:, 1 + t.LOSS_SUM] / rows[:, 1 + t.LOSS_COUNT]
            losses = mean + rows[:, 1 + t.PENALTY]
        return rows[:, 0].astype(np.int64), losses, self.run.log_every

    def tell(self, before):
        """Add the rows of the recorded epochs to a History, and what the validation said."""
        rows = self.run.rows(0)
        rows[:, 0] -= 1  # the book's Model counts from 1 on
        before._extend(with_scores(rows, self._scores))

    def lines(self, interrupted):
        """The book's lines, one after the other. Stops where `interrupted()` says so.

        The objects are whole then, and whenever a line is given their counts and sums are.
        """
        self.run.start()
        return self._step_lines(interrupted) if self._by_steps else self._epoch_lines(interrupted)

    def _step_lines(self, interrupted):
        run = self.run
        for epoch in range(self._first + 1, self.epochs + 1):
            if epoch > self._first + 1 or not self._first:
                yield f"epoch: {epoch}"
            for step in _halts(0, run.per_epoch - 1, self.print_every):
                final = epoch == self.epochs and step == run.per_epoch - 1
                if not self._advance(epoch * run.per_epoch + step + 1, interrupted, final):
                    return
                yield f"step: {step}, {self.model._line(*run.step_values())}"
            loss, accuracy = run.sums()
            losses = loss.calculate_accumulated(include_regularization=True)
            yield f"training, {self.model._line(losses, accuracy.calculate_accumulated())}"
            if self._validation is not None:
                found = self._validation.scores(interrupted, keep=epoch == self.epochs)
                if found is None:
                    if epoch < self.epochs:  # one step more, whose arrays are kept
                        self._advance(run.done + 1, interrupted, True)
                    return
                self._scores[epoch - 1] = found[1]
                yield found[0]

    def _epoch_lines(self, interrupted):
        for epoch in _halts(self.print_every, self.epochs, self.print_every):
            if epoch <= self._first:
                continue
            if not self._advance(epoch + 1, interrupted, epoch == self.epochs):
                return
            if epoch % self.print_every == 0:
                yield f"epoch: {epoch}, {self.model._line(*self.run.step_values())}"
        if self._validation is not None:
            found = self._validation.scores(interrupted)
            if found is not None:
                self._scores[self.epochs - 1] = found[1]
                yield found[0]

    def _advance(self, until, interrupted, keep):
        whole = self.run.advance(until, interrupted, keep)
        self.run.leave()
        return whole


def _halts(first, last, every):
    """first, first + every, ... up to `last`, and `last` in any case."""
    yield from range(first, last, every)
    yield last
