"""One step of training as a program: forward, loss, backward, update."""

from fastnn import layers
from fastnn.engine.backward import Backward
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
        rates = shared(self.memory.rates)
        self._emit(AFTER, updates.set_rates, rates)
        for layer in self.parts.layers:
            if not isinstance(layer, layers.Layer_Dense) or is_frozen(layer):
                continue
            dweights, dbiases = self._gradients[id(layer)]
            for name, gradient in ("weight", dweights), ("bias", dbiases):
                parameters = vars(layer)["weights" if name == "weight" else "biases"]
                instruction, states = self.memory.states.of(layer, name, parameters, gradient)
                if instruction is updates.adam_update and is_native(parameters, gradient):
                    instruction = updates.adam_update_native
                self._emit(AFTER, instruction, shared(parameters), gradient,
                           *map(shared, states), rates, size=parameters.size)
