"""One step of training as a program: forward, loss, backward, update."""

from fastnn.engine.backward import Backward
from fastnn.engine.parts import is_dense
from fastnn.engine.program import shared
from fastnn.engine.types import is_native
from fastnn.kernels import instructions_updates as updates
from fastnn.kernels.training import AFTER
from fastnn.reference import is_frozen


class Step(Backward):
    """The program of a step over samples X (an Operand) and Targets y, see `Forward`.

    Without an optimizer among the parts it ends with the losses, without a loss with the outputs.
    Unfit where something cannot be compiled; nothing is changed by that.
    """

    def __init__(self, parts, X, y, rows, memory, keep, place=None):
        super().__init__(parts, X, y, rows, memory, keep, place)
        output = self._forward(X)
        self.output = output if parts.loss is None else self._losses(output)
        if self.training:
            self._backward(self.output)
            self._update()

    def _update(self):
        self._is_for(self.parts.optimizer, "optimizer")
        rates, update = shared(self.memory.rates), self.memory.states.update
        self._emit(AFTER, updates.set_rates, rates)
        if update.prepare is not None:
            self._emit(AFTER, update.prepare, rates)
        for layer in self.parts.layers:
            if not is_dense(layer) or is_frozen(layer):
                continue
            dweights, dbiases = self._gradients[id(layer)]
            for name, gradient in ("weight", dweights), ("bias", dbiases):
                parameters = vars(layer)["weights" if name == "weight" else "biases"]
                states = self.memory.states.of(layer, name, parameters, gradient)
                native = update.native is not None and is_native(parameters, gradient)
                instruction = update.native if native else update.instruction
                self._emit(AFTER, instruction, shared(parameters), gradient,
                           *map(shared, states), rates, size=parameters.size)
