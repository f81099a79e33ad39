"""The third part of a step: from the loss back to the gradients of all parameters."""

import numpy as np

from fastnn import numerics, room
from fastnn.activations.formula import Elementwise
from fastnn.engine import blas
from fastnn.engine.kinds import compiled_of
from fastnn.engine.parts import is_dense, strengths
from fastnn.engine.passes import Passes
from fastnn.engine.program import Unfit, shared
from fastnn.engine.types import types_in
from fastnn.engine.workspace import Binding
from fastnn.kernels import instructions_blas as large
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels import instructions_layers as pointwise
from fastnn.kernels import instructions_losses as loss_steps
from fastnn.kernels.columns import WIDE, part_sizes
from fastnn.kernels.training import AFTER, BLOCK
from fastnn.losses.formula import Pointwise
from fastnn.numerics import FLOAT32, FLOAT64


class Backward(Passes):
    """Emits the instructions of `backward`, and remembers where the gradients are."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._slopes = 0
        self._gradients = {}
        self._summed = {}  # bias gradients that are taken already, by their layers

    def _backward(self, x):
        parts = self.parts
        chain = list(zip(parts.layers, self.inputs, self.outputs))
        self._is_for(parts.loss if parts.combined is None else parts.combined, "backward")
        if parts.combined is not None:
            slope = self._slope(x.width, x.dtype)
            self._emit(BLOCK, loss_steps.combined_slope, x, self.y.labels, slope, width=x.width)
            self._bind(parts.combined, "dinputs", slope)
            if not parts.fused_softmax:
                softmax, _, _ = chain.pop()
                self._bind(softmax, "dinputs", slope)
        else:
            slope = self._loss_slope(x)
            self._bind(parts.loss, "dinputs", slope)
        first = next(n for n, layer in enumerate(parts.layers) if is_dense(layer))
        passed = None
        for n in reversed(range(len(chain))):
            if n < first and not self.keep:
                break
            self._is_for(chain[n][0], "backward")
            if self._is_thin_backward(n, slope):
                self._thin_backward(slope)
                break
            if self._is_thin_first(n, slope):
                self._thin_first(slope)
                break
            if self._is_thin_last(n, slope):
                slope = self._thin_last(n, slope)
                passed = n - 1  # the ReLU's gradient is there
                continue
            layer, inputs, output = chain[n]
            if n == passed:
                continue
            if compiled_of(layer) == "identity":
                self._copied(layer, slope)
                continue
            if n > 0 and self._before_relu(n - 1) and self._sums_columns(inputs, slope):
                slope = self._relu_and_bias_backward(chain[n - 1][0], output, slope)
            else:
                slope = self._layer_backward(layer, inputs, output, slope, needed=n > first)
            if slope is not None:
                self._bind(layer, "dinputs", slope)

    def _slope(self, width, dtype):
        """Room for a gradient. While none is kept, two places serve in turn.

        A single column is there as a whole: a layer of one neuron adds it up at the end of a step.
        """
        if self.keep or width == 1:
            return self._new(width, dtype, whole=True)
        self._slopes += 1
        scratch = self._private(self.block * width, dtype, ("slope", self._slopes % 2))
        return scratch._replace(width=width)

    def _loss_slope(self, x):
        loss, y = self.parts.loss, self.y
        made = compiled_of(loss, "loss")
        if isinstance(made, Pointwise):
            made = made.backward
            self._exact(made, y_pred=x, y_true=y.values)
            slope = self._slope(x.width, y.values.dtype)
            self._emit(BLOCK, made.instruction, x, y.values, *self._options(loss, made), slope,
                       width=x.width)
        elif y.labels_only:
            onehot = np.eye(1).dtype
            slope = self._slope(x.width, x.dtype if onehot == FLOAT32 else FLOAT64)
            self._emit(BLOCK, loss_steps.categorical_slope_sparse, x, y.labels, slope,
                       width=x.width)
        else:
            slope = self._slope(x.width, y.values.dtype)
            self._emit(BLOCK, loss_steps.categorical_slope_onehot, x, y.values, slope,
                       width=x.width)
        return slope

    def _copied(self, layer, slope):
        """The identity passes its gradient on, and leaves a copy of it."""
        if self.keep:
            copy = room.result(slope.array.shape, slope.dtype)
            self.copies.append((slope.array, copy))
            self.bindings.append(Binding(layer, "dinputs", copy))

    def _layer_backward(self, layer, x, y, slope, needed):
        """The gradient with respect to the layer's inputs, None where nobody needs it."""
        made = compiled_of(layer)
        if isinstance(made, Elementwise):
            return self._elementwise_backward(layer, made.backward, inputs=x, output=y,
                                              dvalues=slope)
        if made == "dense":
            return self._dense_backward(layer, x, slope, needed)
        if made == "dropout":
            out = self._slope(x.width, FLOAT64)
            self._emit(BLOCK, pointwise.dropout_backward, slope, self._masks[id(layer)], out,
                       width=x.width)
        elif made == "softmax":
            out = self._slope(x.width, slope.dtype)
            self._emit(BLOCK, pointwise.softmax_backward, y, slope, out, width=x.width,
                       book=numerics.rounds(x.dtype))
        else:
            raise Unfit(f"{type(layer).__name__} is not compiled")
        return out

    def _elementwise_backward(self, layer, made, **arrays):
        self._exact(made, **arrays)
        operands = [arrays[name] for name in made.arrays]
        slope = arrays["dvalues"]
        out = self._slope(slope.width, slope.dtype)
        self._emit(BLOCK, made.instruction, *operands, *self._options(layer, made), out,
                   width=slope.width)
        return out

    # ------------------------------------------------------------------------------- dense

    def _dense_backward(self, layer, x, slope, needed):
        I, O = layer.weights.shape
        types = types_in(layer, x.dtype, slope.dtype)
        is_large = slope.dtype == x.dtype and self._is_large(layer, x)
        if is_large:
            address, bits = blas.gemm(x.dtype)
            dweights = shared(self._gradient(layer, "dweights", (I, O), types.product))
            self._emit(BLOCK, large.blas_dweights, x, slope, dweights,
                       address=address, bits=bits, I=I, O=O)
        else:
            dweights = self._dense_gradients(layer, x, slope, types)
        self._regularize(layer, dweights, self._bias_gradients(layer, slope, O))
        if not (needed or self.keep):
            return None
        types = types_in(layer, slope.dtype, layer.weights.dtype)
        dinputs = self._slope(I, types.product)
        if is_large:
            self._emit(BLOCK, large.blas_dinputs, slope, shared(layer.weights), dinputs,
                       address=address, bits=bits, I=I, O=O)
            return dinputs
        packed, work, (o_step, k_step) = self._packed(layer, types.sums, True)
        nothing = shared(room.full((I,), -0.0, layer.weights.dtype))
        self._emit(BLOCK, dense.dense_forward, slope, packed, nothing, work, dinputs,
                   I=O, O=I, o_step=o_step, k_step=k_step, relu=False,
                   turned=True)
        return dinputs

    def _dense_gradients(self, layer, x, slope, types):
        I, O = layer.weights.shape
        work_size, sums_size = part_sizes(self.block, I, O)
        sums = self._sums((id(layer), "sums"), sums_size, types.sums)
        # What runs on from block to block, where a sum is made of several runs of terms.
        part = self._private(sums_size, types.sums, (id(layer), "part"))
        work = self._work(work_size, types.sums, "work")
        self._emit(BLOCK, dense.dense_gradients, x, slope, sums, part, work, I=I, O=O)
        in_rows = O % (128 // types.sums.itemsize) == 0 and (O >= I or O >= WIDE)
        if in_rows and types.sums == types.product and not self.keep:
            return shared(sums.array[:I * O].reshape(I, O))  # the sums are the gradient as it is
        dweights = shared(self._gradient(layer, "dweights", (I, O), types.product))
        self._emit(AFTER, dense.dense_dweights, sums, dweights, I=I, O=O)
        return dweights

    def _bias_gradients(self, layer, slope, O):
        if id(layer) in self._summed:
            return self._summed[id(layer)]
        if O == 1:
            dbiases = shared(self._gradient(layer, "dbiases", (1, O), slope.dtype))
            self._emit(AFTER, dense.bias_gradient, slope, dbiases)
        else:
            dbiases = self._gradient_sums(layer, O, slope.dtype)
            self._emit(BLOCK, dense.bias_gradients, slope, dbiases, O=O)
        return dbiases

    def _regularize(self, layer, dweights, dbiases):
        """Add the slopes of the penalties; and remember the gradients for the update."""
        self._gradients[id(layer)] = dweights, dbiases
        penalties = strengths(layer)
        for parameters, gradient, pair in ((layer.weights, dweights, penalties[:2]),
                                           (layer.biases, dbiases, penalties[2:])):
            if any(one > 0 for one in pair):
                self._emit(AFTER, dense.dense_penalty, shared(parameters), gradient,
                           shared(room.numbers(pair)), size=parameters.size)

    def _gradient_sums(self, layer, width, dtype):
        """Room for the gradient of biases, which is a sum over the blocks."""
        if self.keep:
            return shared(self._gradient(layer, "dbiases", (1, width), dtype))
        return self._sums((id(layer), "dbiases"), width, dtype)

    def _gradient(self, layer, name, shape, dtype):
        if not self.keep:
            return self.memory.get((id(layer), name), shape[0] * shape[1], dtype).reshape(shape)
        array = room.result(shape, dtype)
        self.bindings.append(Binding(layer, name, array))
        return array
