"""Passes back through several layers at once, where nobody asks what is between them.

Each is an instruction of `instructions_thin.py`; the layers one by one are `backward.py`'s matter,
which also has the rooms for gradients that are used here.
"""

from fastnn import numerics
from fastnn.engine.objective import Objective
from fastnn.engine.parts import is_dense
from fastnn.engine.program import shared
from fastnn.engine.types import types_in
from fastnn.kernels import instructions_thin as thin
from fastnn.kernels.instructions_thin import LANES, MOST
from fastnn.kernels.matmul import SMALL
from fastnn.kernels.training import AFTER, BLOCK
from fastnn.numerics import FLOAT64


class Passes(Objective):
    """Emits the instructions of such passes."""

    @staticmethod
    def _sums_columns(x, slope):
        """Whether the ReLU's gradient and the sums of its columns can be one pass."""
        return x.width % LANES == 0 and x.dtype == slope.dtype

    def _relu_and_bias_backward(self, layer, hidden, slope):
        """The gradient of the ReLU behind a dense layer, and of the layer's biases."""
        out = self._slope(slope.width, slope.dtype)
        dbiases = self._gradient_sums(layer, slope.width, slope.dtype)
        self._emit(BLOCK, thin.relu_and_bias_backward, hidden, slope, out, dbiases,
                   width=slope.width)
        self._summed[id(layer)] = dbiases
        return out

    def _is_thin_backward(self, n, slope):
        """Whether layers n - 2 to n are thin, ReLU, dense of few outputs, and the chain's first."""
        chain = self.parts.layers
        if n != 2 or not is_dense(chain[2]) or not self._is_thin(
                0, self.inputs[0]):
            return False
        W, O = chain[2].weights.shape
        return (O <= MOST and self._in_sequence(W, O)
                and self._in_sequence(W, self.inputs[0].width))

    def _in_sequence(self, wide, thin):
        """Whether a product over samples of sides so wide may be summed in sequence.

        Where digits count, only if OpenBLAS does.
        """
        book = numerics.follows_book() or self.parts.layers[0].weights.dtype == FLOAT64
        return not book or thin > 1 and self.rows * wide * thin <= SMALL

    def _is_thin_first(self, n, slope):
        """Whether layer n is the ReLU behind a thin first layer, and its gradient has its type."""
        return (n == 1 and self._is_thin(0, self.inputs[0])
                and slope.dtype == self.outputs[1].dtype
                and self._in_sequence(*self.parts.layers[0].weights.shape[::-1]))

    def _thin_first(self, slope):
        layer, x, hidden = self.parts.layers[0], self.inputs[0], self.outputs[1]
        I, W = layer.weights.shape
        types = types_in(layer, x.dtype, slope.dtype)
        self._is_for(layer, "backward")
        sums = self._sums((id(layer), "sums"), I * W, types.sums)
        work = self._work(2 * self.block * MOST, types.sums, "thin")
        biases = self._gradient_sums(layer, W, slope.dtype)
        self._emit(BLOCK, thin.thin_first, hidden, slope, x, work, biases, sums, inner=I, width=W)
        dweights = self._gradient(layer, "dweights", (I, W), types.product)
        self._emit(AFTER, thin.copy_matrix, sums, shared(dweights), inner=I, width=W,
                   transposed=False)
        self._regularize(layer, shared(dweights), biases)

    def _thin_backward(self, slope):
        first, _, second = self.parts.layers[:3]
        (W, O), I, hidden = second.weights.shape, len(first.weights), self.outputs[1]
        types = types_in(second, slope.dtype, hidden.dtype)
        weights = self._behind.get(id(second)) or self._matrix(second, types.sums, True)
        sums = [self._sums((id(layer), "sums"), layer.weights.size, types.sums)
                for layer in (second, first)]
        work = self._work(2 * self.block * MOST, types.sums, "thin")
        second_biases = self._bias_gradients(second, slope, O)
        first_biases = self._gradient_sums(first, W, types.product)
        self._emit(BLOCK, thin.thin_backward, hidden, slope, weights, self.inputs[0], work,
                   sums[0], first_biases, sums[1], inner=I, width=W, outer=O)
        for layer, total, biases, transposed in ((second, sums[0], second_biases, True),
                                                 (first, sums[1], first_biases, False)):
            self._is_for(layer, "backward")
            dweights = self._gradient(layer, "dweights", layer.weights.shape, types.product)
            inner, width = layer.weights.shape
            self._emit(AFTER, thin.copy_matrix, total, shared(dweights), inner=inner, width=width,
                       transposed=transposed)
            self._regularize(layer, shared(dweights), biases)

    def _is_thin_last(self, n, slope):
        """Whether layer n is dense, of few outputs, behind a ReLU and a dense layer."""
        layer = self.parts.layers[n]
        if n < 2 or not self._before_relu(n - 2) or not is_dense(layer):
            return False
        W, O = layer.weights.shape
        return (O <= MOST and W % LANES == 0 and self._in_sequence(W, O)
                and slope.dtype == self.inputs[n].dtype == layer.weights.dtype)

    def _thin_last(self, n, slope):
        """The gradients of layer n, and what its ReLU passes on."""
        layer, hidden, before = self.parts.layers[n], self.inputs[n], self.parts.layers[n - 2]
        W, O = layer.weights.shape
        types = types_in(layer, slope.dtype, hidden.dtype)
        weights = self._matrix(layer, types.sums, True)
        sums = self._sums((id(layer), "sums"), W * O, types.sums)
        work = self._work(2 * self.block * MOST, types.sums, "thin")
        biases = self._bias_gradients(layer, slope, O)
        self._summed[id(before)] = self._gradient_sums(before, W, types.product)
        passed = self._slope(W, types.product)
        self._emit(BLOCK, thin.thin_last, hidden, slope, weights, work, sums,
                   self._summed[id(before)], passed, width=W, outer=O)
        dweights = self._gradient(layer, "dweights", (W, O), types.product)
        self._emit(AFTER, thin.copy_matrix, sums, shared(dweights), inner=W, width=O,
                   transposed=True)
        self._regularize(layer, shared(dweights), biases)
        return passed
