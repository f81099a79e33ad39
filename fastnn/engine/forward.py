"""The first part of a step: through the layers, from the samples to the outputs."""

import numpy as np

from fastnn import activations, layers, numerics, registry, room, rules
from fastnn.activations.formula import Elementwise
from fastnn.engine import blas
from fastnn.engine.kinds import compiled_of
from fastnn.engine.parts import is_dense, is_relu
from fastnn.engine.program import Unfit, shared
from fastnn.engine.types import exact, types_in
from fastnn.engine.workspace import Workspace
from fastnn.kernels import instructions_blas as large
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels import instructions_layers as pointwise
from fastnn.kernels import instructions_thin as thin
from fastnn.kernels.instructions_thin import LANES, MOST
from fastnn.kernels.matmul import NARROW, SHORT, SMALL, rows_sizes
from fastnn.kernels.softmax import FEW, softmax_work_size
from fastnn.kernels.training import BEFORE, BLOCK
from fastnn.numerics import FLOAT64

_PASSING = (activations.Activation_Linear, layers.Layer_Dropout)  # output = inputs, untrained
# Samples and multiply-adds of a step's forward pass from which its samples are halved. In two
# threads 198 samples of 2-64-3 gain nothing yet, 300 run 1.35 times as fast; 30 of 2-64-64-3 lose.
_MANY, _MUCH = 64, 80_000
# What one block's arrays may take: 48,000 to 400,000 differ by a tenth. Where hidden outputs are
# all there is, 32 rows of 512 are best by as much; 8 and 80 pay for their loops or their memory.
# Each block goes through all sums of its gradients: it takes no less room than the largest.
_BLOCK_BYTES, _THROUGH_BYTES = 96_000, 66_000


class Forward(Workspace):
    """Emits the instructions of the layers' `forward`, and knows where their arrays are.

    What nobody reads is not computed. `place(width, dtype)`, if given, is where the output of the
    last layer goes.
    """

    def __init__(self, parts, X, rows, memory, keep, place=None):
        super().__init__(parts, rows, memory, keep)
        self._place = place
        whole = keep or self._has_large(X)
        self.multiply_adds = rows * sum(one.weights.size for one in parts.layers
                                        if is_dense(one))  # of `forward`
        halves = (not whole and not numerics.follows_book() and rows >= _MANY
                  and self.multiply_adds >= _MUCH)
        together = (rows + 1) // 2 if halves else rows
        self._divide(rows if whole else _block_size(*self._sample_bytes(X), together), halves)
        self._masks = {}
        self._behind = {}  # packed weights of a thin layer's second neighbour

    def _sample_bytes(self, X):
        """(bytes that a sample needs in a block, bytes that a block may have)"""
        weights = [one.weights for one in self.parts.layers if is_dense(one)]
        widths = [one.shape[1] for one in weights]
        if len(widths) == 2 and self._is_through(0, X):
            return 4 * widths[0], _THROUGH_BYTES
        return (4 * (2 * sum(widths) + 2 * max(widths)),
                max(_BLOCK_BYTES, *(one.nbytes for one in weights)))

    def _has_large(self, X):
        """Whether a layer's products are BLAS's, which wants all samples at once."""
        dense_layers = [one for one in self.parts.layers if is_dense(one)]
        native = X._replace(dtype=dense_layers[0].weights.dtype)
        return any(self._is_large(one, native) for one in dense_layers)

    def _forward(self, x):
        self.inputs, self.outputs = [], []
        while len(self.outputs) < len(self.parts.layers):
            self._is_for(self.parts.layers[len(self.outputs)], "forward")
            for y in self._next(len(self.outputs), x):
                layer = self.parts.layers[len(self.outputs)]
                self.inputs.append(x)
                self._bind(layer, "inputs", x)
                x = y
                self.outputs.append(x)
                self._bind(layer, "output", x)
        return x

    def _next(self, n, x):
        """The outputs of layer n and of those that are done in one pass with it."""
        layer, *behind = self.parts.layers[n:n + 3]
        if self._is_through(n, x):
            return self._thin_through(layer, x, behind[1])
        if self._is_thin(n, x):
            return [self._thin_forward(layer, x, behind[0])] * 2
        if self._before_relu(n) and x.width > SHORT and layer.weights.shape[1] > NARROW:
            return [self._dense_forward(layer, x, behind[0])] * 2
        return [self._layer_forward(layer, x)]

    def _output(self, layer, width, dtype):
        """Room for the output of a layer."""
        if self._place is not None and layer is [
                one for one in self.parts.layers if not isinstance(one, _PASSING)][-1]:
            return self._place(width, dtype)
        return self._new(width, dtype)

    def _layer_forward(self, layer, x):
        made = compiled_of(layer)
        if isinstance(made, Elementwise):
            return self._elementwise_forward(layer, x, made.forward)
        if made not in _FORWARD:
            raise Unfit(f"{type(layer).__name__} is not compiled")
        return _FORWARD[made](self, layer, x)

    def _elementwise_forward(self, layer, x, made):
        self._exact(made, inputs=x)
        y = self._output(layer, x.width, x.dtype)
        self._emit(BLOCK, made.instruction, x, *self._options(layer, made), y, width=x.width)
        return y

    def _exact(self, made, **arrays):
        """Unfit where something in a formula of these arrays is NumPy's own affair."""
        for name in made.under:
            exact(made.uses, arrays[name])

    def _options(self, thing, made):
        """The numbers of a formula, each as an operand; of an answer whether it is a yes."""
        found = registry.entry_of(type(thing)).settings
        return [self._number(float(bool(value) if found[name] is rules.answer else value))
                for name, value in ((name, getattr(thing, name)) for name in made.options)]

    def _identity(self, layer, x):
        return x

    def _softmax_forward(self, layer, x):
        y = self._output(layer, x.width, x.dtype)
        self._softmax(x, y)
        return y

    def _softmax(self, x, y):
        exact("the exponential", x)
        if x.width < FEW:
            work = self._work(softmax_work_size(self.block, x.width), x.dtype)
            self._emit(BLOCK, pointwise.softmax_forward_few, x, work, y, width=x.width)
        else:
            self._emit(BLOCK, pointwise.softmax_forward_many, x, y, width=x.width)

    def _dropout_forward(self, layer, x):
        if not self.training:
            return self._copy(x) if self.keep else x
        stream = numerics.legacy_stream()
        if stream is None or not 0 < layer.rate <= 1:
            raise Unfit("dropout does not draw from NumPy's own Mersenne Twister")
        mask = self._new(x.width, FLOAT64, whole=True)
        y = self._new(x.width, FLOAT64)
        miss, limit = layers._thresholds(layer.rate)
        self._emit(BEFORE, pointwise.draw_mask, shared(stream[0]), self._number(layer.rate), mask,
                   width=x.width, miss=miss, limit=limit)
        self._emit(BLOCK, pointwise.dropout_forward, x, mask, y, width=x.width)
        self._bind(layer, "binary_mask", mask)
        self._masks[id(layer)] = mask
        return y

    def _copy(self, x):
        """The same values, left to the objects as an array of their own."""
        copy = x._replace(array=room.result((self.rows, x.width), x.dtype))
        self.copies.append((x.array, copy.array))
        return copy

    # ------------------------------------------------------------------------------- dense

    def _dense_forward(self, layer, x, relu=None):
        I, O = _shape(layer, x.width)
        if self._is_large(layer, x):
            return self._large_forward(layer, x, relu)
        types = types_in(layer, x.dtype, layer.weights.dtype)
        packed, work, (o_step, k_step) = self._packed(layer, types.sums, False)
        y = self._output(relu or layer, O, np.result_type(types.product, layer.biases.dtype))
        self._emit(BLOCK, dense.dense_forward, x, packed, shared(layer.biases), work, y,
                   I=I, O=O, o_step=o_step, k_step=k_step, relu=relu is not None,
                   turned=False)
        return y

    def _packed(self, layer, sums, transposed):
        """The weights or their transpose as products want them, scratch, and the steps of both."""
        I, O = layer.weights.shape
        k, o = (O, I) if transposed else (I, O)
        lanes = 64 // sums.itemsize
        panel = lanes if o <= lanes else 2 * lanes
        size, work_size = rows_sizes(k, o, lanes)
        work = self._work(work_size, sums, "work")
        if layer.weights.dtype == sums and not transposed and k > SHORT and o % (2 * lanes) == 0:
            return shared(layer.weights), work, (1, o)  # they lie in whole panels already
        packed = shared(self.memory.get((id(layer), transposed, sums), size, sums))
        self._emit(BEFORE, dense.pack_weights, shared(layer.weights), packed,
                   I=I, O=O, transposed=transposed)
        return packed, work, (k, panel)

    # Where a layer and its ReLU are one pass, so are their arrays: the ReLU's output, whose zeros
    # say as well as its inputs where the gradient stops.

    def _before_relu(self, n):
        """Whether layers n and n + 1 are dense and ReLU, and nobody asks what is between them."""
        pair = self.parts.layers[n:n + 2]
        return (not self.keep and len(pair) == 2 and is_dense(pair[0])
                and is_relu(pair[1]))

    def _is_large(self, layer, x):
        """Whether the products of this layer are BLAS's."""
        return (x.dtype == layer.weights.dtype and blas.gemm(x.dtype) is not None
                and numerics.product_types(x.dtype) == (x.dtype, x.dtype)
                and self.rows * layer.weights.size >= _large())

    def _large_forward(self, layer, x, relu):
        I, O = _shape(layer, x.width)
        y, (address, bits) = self._output(relu or layer, O, x.dtype), blas.gemm(x.dtype)
        self._emit(BLOCK, large.blas_forward, x, shared(layer.weights), shared(layer.biases), y,
                   address=address, bits=bits, I=I, O=O, relu=relu is not None)
        return y

    def _is_thin(self, n, x):
        """Whether layers n and n + 1 are a dense layer of few inputs and its ReLU."""
        if not self._before_relu(n):
            return False
        weights = self.parts.layers[n].weights
        return (x.width <= MOST and weights.shape[1] % LANES == 0
                and (x.dtype == weights.dtype or numerics.follows_book()))

    def _thin_forward(self, layer, x, relu):
        I, W = _shape(layer, x.width)
        types = types_in(layer, x.dtype, layer.weights.dtype)
        weights = self._matrix(layer, types.sums, False)
        hidden = self._output(relu, W, np.result_type(types.product, layer.biases.dtype))
        work = self._work(2 * self.block * MOST, types.sums, "thin")
        self._emit(BLOCK, thin.thin_forward, x, weights, shared(layer.biases), work, hidden,
                   inner=I, width=W)
        return hidden

    def _is_through(self, n, x):
        """Whether layer n + 2 is a dense layer of few outputs, behind a thin one and its ReLU."""
        behind = self.parts.layers[n + 2:n + 3]
        return (self._is_thin(n, x) and bool(behind) and is_dense(behind[0])
                and behind[0].weights.shape[1] <= MOST
                and self.rows * behind[0].weights.size <= SMALL)

    def _thin_through(self, layer, x, second):
        I, W = _shape(layer, x.width)
        _, O = _shape(second, W)
        types = types_in(layer, x.dtype, layer.weights.dtype)
        dtype = np.result_type(types.product, layer.biases.dtype)
        sums = types_in(second, dtype, second.weights.dtype)
        if sums.sums != types.sums:
            raise Unfit(f"{layer!r} and {second!r} have weights of two types")
        weights = self._matrix(layer, types.sums, False)
        self._behind[id(second)], _, _ = self._packed(second, types.sums, False)
        room = self.block + 3
        hidden = self._private(room * W, dtype)._replace(width=W)
        work = self._work(room * MOST + 64, types.sums, "through")
        y = self._output(second, O, np.result_type(sums.product, second.biases.dtype))
        self._emit(BLOCK, thin.thin_through, x, weights, shared(layer.biases),
                   self._behind[id(second)], shared(second.biases), work, hidden, y,
                   inner=I, width=W, outer=O)
        return [hidden, hidden, y]

    def _matrix(self, layer, dtype, transposed):
        """The layer's weights, or their transpose, in this type, made anew before each step."""
        I, O = layer.weights.shape
        if layer.weights.dtype == dtype and not transposed:
            return shared(layer.weights)
        made = shared(self.memory.get((id(layer), "matrix", transposed), I * O, dtype))
        rows, columns = (O, I) if transposed else (I, O)
        self._emit(BEFORE, thin.copy_matrix, shared(layer.weights), made,
                   inner=rows, width=columns, transposed=transposed)
        return made


_FORWARD = {"dense": Forward._dense_forward, "dropout": Forward._dropout_forward,
            "identity": Forward._identity, "softmax": Forward._softmax_forward}


def _shape(layer, width):
    """(I, O) of a layer that meets inputs of this width."""
    if len(layer.weights) != width:
        raise Unfit(f"{layer!r} meets inputs of {width} columns")
    return layer.weights.shape


def _block_size(sample, budget, rows):
    """Samples in a block whose arrays take `sample` bytes each: even blocks of whole tiles."""
    size = max(8, min(rows, budget // sample // 8 * 8))
    return min(rows, -(-rows // -(-rows // size) // 8) * 8)


def _large():
    """Multiply-adds from which a product is left to BLAS.

    In one thread the own tiles are as fast up to (256, 512) by (512, 512), 125 against 91 GFLOP/s,
    and slower at 1024, 65 against 117. In two threads BLAS is ahead from 256 cubed on, 129 to 80,
    and behind at 128 cubed, 70 to 78.
    """
    return 8_000_000 if blas.threads() > 1 else 100_000_000
