"""A run through the objects' own methods, for what cannot be compiled: foreign layers and the like.

The same interface as `runs.Run`. Here everything is looked up at each step, as in a loop that is
written by hand.
"""

import warnings

import numpy as np

from fastnn import reference
from fastnn.engine import calling
from fastnn.engine.alarm import outside
from fastnn.engine.parts import loss_of
from fastnn.engine.untouched import Untouched, refusal
from fastnn.support import checks


class StepwiseRun:
    """A training run over (X, y), or with no optimizer an evaluation, that can be moved on.

    Where the first step fails, or the first that trains after `refresh`, all is put back.
    """

    begin = 0  # the number of the first epoch

    def __init__(self, parts, X, y, *, epochs=1, batch_size=None, log_every=1, done=0, order=None):
        self.parts, self.X, self.y, self.order = parts, X, y, order
        self.batch_size, self.batch = batch_size, min(len(X), batch_size or len(X))
        self.per_epoch = -(-len(X) // self.batch)
        self.epochs, self.log_every, self.done = epochs, log_every, done
        self._ways = [calling.by_hand(layer, f"fit: layers[{n}]")
                      for n, layer in enumerate(parts.layers)]
        self._alone = calling.updates_alone(parts.optimizer)
        self._rows = []
        self._sums = [0, 0]
        self._tried = False

    @property
    def recorded(self):
        """Records that were written."""
        return len(self._rows)

    def start(self):
        """Nothing to do: the objects create their state themselves."""

    def references(self):
        """Nothing is kept."""

    def refresh(self, references=None):
        """Nothing to do but to be careful: the objects are looked at in each step."""
        self._tried = self._tried and self.parts.optimizer is None

    def rewind(self):
        """Begin anew."""
        self.done = 0
        self._rows = []

    def advance(self, until, interrupted, keep=False):
        """Train until `until` steps are done; False where `interrupted()` stopped that."""
        while self.done < until:
            if interrupted():
                return False
            if self._tried:
                self._step()
            else:
                self._try()
        return True

    def _try(self):
        before = Untouched(self.parts.inner_things)
        try:
            self._step()
        except BaseException as error:
            before.put_back()
            refused = refusal(error, self.parts.inner_things, "fit")
            if refused is error:
                raise
            raise refused from error
        if not self._tried and self.done == 1 and self.parts.optimizer is not None:
            self._warn(before)
        self._tried = True

    def _warn(self, before):
        """Say which layers nobody trains: a loop by hand may have an optimizer that would."""
        for n, layer in enumerate(self.parts.layers):
            names = calling.never_trained(
                layer, lambda array: array is not self.X and before.is_as_it_was(array))
            if names:
                warnings.warn(
                    f"fit: layers[{n}], {checks.a_thing_of(type(layer).__name__)}, is not trained: "
                    f"its {' and '.join(names)} have slopes, and fit updates layers that have "
                    "weights (and biases, dweights, dbiases); fastnn.adopt takes other names",
                    UserWarning, stacklevel=outside())

    def leave(self):
        """Nothing to do: the objects are as the last step left them."""

    def rows(self, begin):
        """As `Run.rows`."""
        return np.array(self._rows[begin:], np.float64).reshape(-1, 6)

    def _step(self):
        parts, turn = self.parts, self.done % self.per_epoch
        rows = slice(turn * self.batch, (turn + 1) * self.batch)
        if self.order is not None:
            rows = self.order.of(self.done // self.per_epoch)[rows]
            X, y = np.take(self.X, rows, axis=0), np.take(self.y, rows, axis=0)
        else:
            X, y = (self.X, self.y) if self.per_epoch == 1 else (self.X[rows], self.y[rows])
        if turn == 0:
            _forget(loss_of(parts))
            _forget(parts.accuracy)
            self._sums = [0, 0]
        output = self._forward(X)
        data_loss, penalty, output = self._loss(output, y)
        accuracy = self._accuracy(output, y)
        rate = np.nan
        self._sums[0] += data_loss * len(y)
        self._sums[1] += len(y)
        if parts.optimizer is not None:
            rate = getattr(parts.optimizer, "current_learning_rate", np.nan)
            self._backward(output, y)
            self._update()
        self.done += 1
        epoch = (self.done - 1) // self.per_epoch
        if turn == self.per_epoch - 1 and (
                epoch % self.log_every == 0 or epoch == self.epochs - 1):
            if self.per_epoch > 1:
                data_loss = self._mean_loss(data_loss)
                accuracy = self._mean_accuracy(accuracy)
            self._rows.append((epoch, float(data_loss + penalty), float(data_loss),
                               float(penalty), float(accuracy), rate))

    def _forward(self, x):
        training, self._inputs = self.parts.optimizer is not None, []
        for n, (layer, way) in enumerate(zip(self.parts.layers, self._ways)):
            self._inputs.append(x)
            x = calling.forward(layer, x, training, way, f"fit: layers[{n}]")
        return x

    def _loss(self, output, y):
        parts = self.parts
        if parts.fused_softmax:
            data_loss = parts.loss.forward(output, y)
            output = parts.loss.output
        else:
            data_loss = calling.one_number(parts.loss.calculate(output, y), parts.loss, "fit: loss")
        penalty = 0
        if parts.optimizer is not None:
            loss = loss_of(parts)
            for layer in parts.penalized:
                if any(getattr(layer, name, 0) > 0 for name in reference.STRENGTHS):
                    penalty = penalty + loss.regularization_loss(layer)
        return data_loss, penalty, output

    def _accuracy(self, output, y):
        parts = self.parts
        if parts.accuracy is None:
            return np.nan
        last = parts.loss.activation if parts.fused_softmax else parts.layers[-1]
        predictions = getattr(last, "predictions", lambda outputs: outputs)(output)
        self._width = np.size(predictions) // len(y)
        return calling.one_number(parts.accuracy.calculate(predictions, y), parts.accuracy,
                                  "fit: accuracy")

    def _mean_loss(self, data_loss):
        loss = loss_of(self.parts)
        if getattr(loss, "accumulated_count", 0):
            return loss.accumulated_sum / loss.accumulated_count
        return self._sums[0] / self._sums[1]

    def _mean_accuracy(self, accuracy):
        counted = getattr(self.parts.accuracy, "accumulated_count", 0)
        if not counted:
            return accuracy
        return self.parts.accuracy.accumulated_sum / (counted * self._width)

    def _backward(self, output, y):
        parts = self.parts
        layers = parts.layers
        if parts.combined is not None and not parts.fused_softmax:  # a Model's
            parts.combined.backward(output, y)
            slope = layers[-1].dinputs = parts.combined.dinputs
            layers = layers[:-1]
        else:
            slope = calling.kept(parts.loss, "dinputs", parts.loss.backward(output, y), "backward",
                                 "fit: loss", output)
        for n in range(len(layers) - 1, -1, -1):
            given = layers[n].backward(slope)
            if n:  # nobody wants what the first one gives
                slope = calling.kept(layers[n], "dinputs", given, "backward", f"fit: layers[{n}]",
                                     self._inputs[n])
        self._inputs = []

    def _update(self):
        optimizer = self.parts.optimizer
        if not self._alone:
            optimizer.pre_update_params()
        for layer in self.parts.layers:
            if hasattr(layer, "weights"):
                optimizer.update_params(layer)
        if not self._alone:
            optimizer.post_update_params()


def _forget(thing):
    if hasattr(thing, "new_pass"):
        thing.new_pass()
