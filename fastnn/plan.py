"""From objects to a program: which instructions one step of this network needs, on which memory.

Types are settled here as NumPy would settle them, array by array. What cannot be compiled raises
Unfit with the reason; nothing is changed by that.
"""

from typing import NamedTuple

import numpy as np

from fastnn import accuracy as accuracies
from fastnn import activations, blas, layers, losses, numerics, optimizers
from fastnn.kernels import instructions_blas as large
from fastnn.kernels import instructions_dense as dense
from fastnn.kernels import instructions_layers as pointwise
from fastnn.kernels import instructions_losses as lossy
from fastnn.kernels import instructions_thin as thin
from fastnn.kernels import instructions_updates as updates
from fastnn.kernels.instructions_thin import LANES, MOST
from fastnn.kernels.matmul import SHORT, SMALL, WIDE, part_sizes, rows_sizes
from fastnn.kernels.softmax import FEW, softmax_work_size
from fastnn.kernels.training import AFTER, BEFORE, BLOCK, N_RESULTS
from fastnn.numerics import FLOAT32, FLOAT64
from fastnn.program import Operand, Program, Unfit, aligned, by_sample, shared

_LAYERS = (layers.Layer_Dense, layers.Layer_Dropout, activations.Activation_ReLU,
           activations.Activation_LeakyReLU, activations.Activation_Softmax,
           activations.Activation_Sigmoid, activations.Activation_Tanh,
           activations.Activation_Linear)
_PASSING = (activations.Activation_Linear, layers.Layer_Dropout)  # output = inputs, untrained
_LOSSES = (losses.Loss_CategoricalCrossentropy, losses.Loss_BinaryCrossentropy,
           losses.Loss_MeanSquaredError, losses.Loss_MeanAbsoluteError)
_OPTIMIZERS = (optimizers.Optimizer_SGD, optimizers.Optimizer_Adagrad,
               optimizers.Optimizer_RMSprop, optimizers.Optimizer_Adam)
_ACCURACIES = (accuracies.Accuracy_Categorical, accuracies.Accuracy_Regression)
Combined = losses.Activation_Softmax_Loss_CategoricalCrossentropy
_BLOCK_BYTES = 96_000  # what one block's arrays may take; 48,000 to 400,000 differ by a tenth


# ------------------------------------------------------------------- who may be compiled


def kind_of(thing, kinds, methods):
    """Which of our classes `thing` behaves as. Unfit where it does not, method by method."""
    for kind in kinds:
        if isinstance(thing, kind):
            for method in methods:
                mine = getattr(type(thing), method, None)
                if mine is not getattr(kind, method) or method in getattr(thing, "__dict__", {}):
                    raise Unfit(f"{type(thing).__name__} has its own {method}")
            return kind
    raise Unfit(f"{type(thing).__name__} is not one of fastnn's classes")


def _plain(thing, *names):
    """These attributes as Python's numbers. Others would make NumPy compute in other types."""
    found = []
    for name in names:
        value = vars(thing).get(name)
        if type(value) not in (int, float):
            raise Unfit(f"{type(thing).__name__}.{name} is not a plain Python number")
        found.append(value)
    return found


class Parts(NamedTuple):
    """What is trained, as `fit` or `Model` see it.

    `combined` gives the gradient of softmax and loss together: as the loss itself (then it is the
    same object and the layers end before softmax), or beside it, as in Model (the last layer is
    the softmax then).
    """

    layers: list
    loss: object | None  # a loss, or the combined class; None: only outputs are wanted
    combined: object | None
    optimizer: object | None
    accuracy: object | None
    penalized: list
    alone: bool  # penalties are summed layer by layer, then added

    @property
    def fused_softmax(self):
        """Whether the loss brings the softmax with it."""
        return self.combined is not None and self.loss is self.combined


def check(parts):
    """Unfit where one of the parts cannot be compiled, whatever the arrays are."""
    for layer in parts.layers:
        kind = kind_of(layer, _LAYERS, ("forward", "backward"))
        if kind is layers.Layer_Dense:
            _check_dense(layer)
        elif kind is layers.Layer_Dropout:
            _plain(layer, "rate")
        elif kind is activations.Activation_LeakyReLU:
            _plain(layer, "alpha")
    if len(set(map(id, parts.layers))) < len(parts.layers):
        raise Unfit("a layer stands in the chain twice")
    if not any(isinstance(layer, layers.Layer_Dense) for layer in parts.layers):
        raise Unfit("there is no dense layer to train")
    if parts.combined is not None:
        kind_of(parts.combined, (Combined,), ("forward", "backward"))
    if parts.fused_softmax:
        kind_of(parts.loss.activation, (activations.Activation_Softmax,), ("forward",))
    if parts.loss is not None:
        kind_of(loss_of(parts), _LOSSES,
                ("forward", "backward", "calculate", "regularization_loss"))
    if parts.optimizer is not None:
        _check_optimizer(parts.optimizer)
    if parts.accuracy is not None:
        kind_of(parts.accuracy, _ACCURACIES, ("calculate", "compare", "init"))


def loss_of(parts):
    """The loss, also where the combined class holds it."""
    return parts.loss.loss if parts.fused_softmax else parts.loss


def _check_dense(layer):
    found = [vars(layer).get(name) for name in ("weights", "biases")]
    for name, a in zip(("weights", "biases"), found):
        if type(a) is not np.ndarray or a.dtype not in (FLOAT32, FLOAT64):
            raise Unfit(f"{layer!r}.{name} is not an array of float32 or float64")
        flags = a.flags
        if not (flags.c_contiguous and flags.writeable and flags.aligned and a.dtype.isnative):
            raise Unfit(f"{layer!r}.{name} is not a plain array in C order")
    weights, biases = found
    if weights.ndim != 2 or 0 in weights.shape or biases.shape != (1, weights.shape[1]):
        raise Unfit(f"{layer!r} has weights {weights.shape} and biases {biases.shape}")
    if biases.dtype != weights.dtype:
        raise Unfit(f"{layer!r} has weights of {weights.dtype} and biases of {biases.dtype}")
    _strengths(layer)


def _strengths(layer):
    return _plain(layer, "weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
                  "bias_regularizer_l2")


_OPTIONS = {  # what stands in the rates under EPSILON, ONE and TWO
    optimizers.Optimizer_SGD: (None, "momentum", None),
    optimizers.Optimizer_Adagrad: ("epsilon", None, None),
    optimizers.Optimizer_RMSprop: ("epsilon", "rho", None),
    optimizers.Optimizer_Adam: ("epsilon", "beta_1", "beta_2"),
}


def _check_optimizer(optimizer):
    kind = kind_of(optimizer, _OPTIMIZERS,
                   ("pre_update_params", "update_params", "post_update_params"))
    _plain(optimizer, "learning_rate", "current_learning_rate", "decay",
           *filter(None, _OPTIONS[kind]))
    if type(vars(optimizer).get("iterations")) is not int:
        raise Unfit(f"{type(optimizer).__name__}.iterations is not a whole number of Python's")


# -------------------------------------------------------------------------------- types


class _Types(NamedTuple):
    """Types of one product: what it is summed in, and what comes out."""

    sums: np.dtype
    product: np.dtype


def _product_types(layer, a, b):
    """Types of the product of arrays of types a and b in a layer."""
    sums, product = numerics.product_types(layer.weights.dtype)
    if sums is None:
        raise Unfit("np.dot was replaced by a function that fastnn does not know")
    common = np.result_type(a, b)
    if sums == layer.weights.dtype == product:  # native
        return _Types(common, common)
    if layer.weights.dtype != FLOAT32:
        raise Unfit(f"{layer!r} has weights of float64, where products are rounded to float32")
    return _Types(np.result_type(sums, common), product)


def data_type(dtype, parts):
    """The type in which samples of this type are handed to the first layer."""
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise Unfit(f"X has the type {dtype}")
    first = next(one for one in parts.layers if isinstance(one, layers.Layer_Dense))
    sums, product = numerics.product_types(first.weights.dtype)
    found = np.result_type(dtype, first.weights.dtype)
    if dtype in (FLOAT32, FLOAT64) and sums is not None:
        native = sums == product == first.weights.dtype
        found = found if native else np.dtype(dtype.type)
    if found != dtype and parts.layers[0] is not first:
        raise Unfit(f"X of the type {dtype} meets {type(parts.layers[0]).__name__} first")
    return found


# ---------------------------------------------------------------------------- the passes


class Binding(NamedTuple):
    """What an object is left with: setattr(owner, name, value)."""

    owner: object
    name: str
    value: object


class Step:
    """The program of a step: forward, loss and, where there is an optimizer, backward and update.

    With `keep` each array is whole, new, and left to its object by `bindings` and `copies`; without
    it is one block's scratch, and what nobody reads is not computed. `rows`: samples in a batch.
    `place(width, dtype)`, if given, is where the output of the last layer goes.
    """

    def __init__(self, parts, X, y, rows, memory, keep, place=None):
        self.parts, self.y, self.rows, self.memory, self.keep = parts, y, rows, memory, keep
        self._place = place
        self.block = rows if keep else _block_size(parts.layers, rows)
        first = next(one for one in parts.layers if isinstance(one, layers.Layer_Dense))
        if any(self._is_large(one, X._replace(dtype=first.weights.dtype))
               for one in parts.layers if isinstance(one, layers.Layer_Dense)):
            self.block = rows  # BLAS wants all it can have
        self.program = Program(self.block)
        self.bindings, self.copies = [], []
        self._slopes = 0
        self._masks, self._gradients = {}, {}
        self._summed = set()  # dense layers whose bias gradients are taken already
        self.losses_dtype = self.penalty_dtype = None
        self.right_width = 1
        self.training = parts.optimizer is not None
        output = self._forward(X)
        self.output = output if parts.loss is None else self._losses(output)
        if self.training:
            self._backward(self.output)
            self._update()

    def _bind(self, owner, name, operand):
        if self.keep:
            self.bindings.append(Binding(owner, name, operand.array))

    def _emit(self, *arguments, **options):
        self.program.emit(*arguments, **options)

    def _new(self, width, dtype, whole=False):
        """Room for one more array with a row for each sample."""
        if self.keep or whole:
            return by_sample(np.empty((self.rows, width), dtype))
        return self._scratch(aligned(self.block * width, dtype), width)

    def _scratch(self, memory, width):
        return shared(memory)._replace(width=width)

    # ------------------------------------------------------------------------------ forward

    def _forward(self, x):
        self.inputs, self.outputs = [], []
        done = False  # this layer is a ReLU that was done with the layer before
        for n, layer in enumerate(self.parts.layers):
            self.inputs.append(x)
            self._bind(layer, "inputs", x)
            if done:
                done = False
            elif self._is_thin(n, x):
                x, done = self._thin_forward(layer, x, self.parts.layers[n + 1]), True
            elif self._before_relu(n) and self._is_large(layer, x):
                x, done = self._large_forward(layer, x, self.parts.layers[n + 1]), True
            else:
                x = self._layer_forward(layer, x)
            self.outputs.append(x)
            self._bind(layer, "output", x)
        return x

    # Where a layer and its ReLU are one pass, so are their arrays: the ReLU's output, whose zeros
    # say as well as its inputs where the gradient stops.

    def _is_thin(self, n, x):
        """Whether layers n and n + 1 are a dense layer of few inputs and its ReLU."""
        if not self._before_relu(n):
            return False
        weights = self.parts.layers[n].weights
        return (x.width <= MOST and weights.shape[1] % LANES == 0
                and (x.dtype == weights.dtype or numerics.follows_book()))

    def _before_relu(self, n):
        """Whether layers n and n + 1 are dense and ReLU, and nobody asks what is between them."""
        pair = self.parts.layers[n:n + 2]
        return (not self.keep and len(pair) == 2 and isinstance(pair[0], layers.Layer_Dense)
                and isinstance(pair[1], activations.Activation_ReLU))

    def _is_large(self, layer, x):
        """Whether the products of this layer are BLAS's."""
        return (x.dtype == layer.weights.dtype and blas.gemm(x.dtype) is not None
                and numerics.product_types(x.dtype) == (x.dtype, x.dtype)
                and self.rows * layer.weights.size >= _large())

    def _large_forward(self, layer, x, relu=None):
        I, O = layer.weights.shape
        if x.width != I:
            raise Unfit(f"{layer!r} meets inputs of {x.width} columns")
        y = self._output(relu or layer, O, x.dtype)
        self._emit(BLOCK, large.blas_forward, x, shared(layer.weights), shared(layer.biases), y,
                   numbers=(*blas.gemm(x.dtype), I, O, relu is not None))
        return y

    def _thin_forward(self, layer, x, relu):
        I, W = layer.weights.shape
        if x.width != I:
            raise Unfit(f"{layer!r} meets inputs of {x.width} columns")
        types = _product_types(layer, x.dtype, layer.weights.dtype)
        weights = self._matrix(layer, types.sums, False)
        hidden = self._output(relu, W, np.result_type(types.product, layer.biases.dtype))
        work = shared(self.memory.get("thin", 2 * self.block * MOST, types.sums))
        self._emit(BLOCK, thin.thin_forward, x, weights, shared(layer.biases), work, hidden,
                   numbers=(I, W))
        return hidden

    def _matrix(self, layer, dtype, transposed):
        """The layer's weights, or their transpose, in this type, made anew before each step."""
        I, O = layer.weights.shape
        if layer.weights.dtype == dtype and not transposed:
            return shared(layer.weights)
        made = shared(self.memory.get((id(layer), "matrix", transposed), I * O, dtype))
        rows, columns = (O, I) if transposed else (I, O)
        self._emit(BEFORE, thin.copy_matrix, shared(layer.weights), made,
                   numbers=(rows, columns, 0, transposed))
        return made

    def _is_thin_backward(self, n, slope):
        """Whether layers n - 2 to n are thin, ReLU, dense of few outputs, and the chain's first."""
        chain = self.parts.layers
        if n != 2 or not isinstance(chain[2], layers.Layer_Dense) or not self._is_thin(
                0, self.inputs[0]):
            return False
        (W, O), I = chain[2].weights.shape, self.inputs[0].width
        book = numerics.follows_book() or chain[0].weights.dtype == FLOAT64
        ordered = min(I, O) > 1 and self.rows * W * max(I, O) <= SMALL
        return O <= MOST and (ordered or not book)

    def _thin_backward(self, slope):
        first, _, second = self.parts.layers[:3]
        (W, O), I, hidden = second.weights.shape, len(first.weights), self.outputs[1]
        types = _product_types(second, slope.dtype, hidden.dtype)
        weights = self._matrix(second, types.sums, True)
        sums = [shared(self.memory.get((id(layer), "sums"), layer.weights.size, types.sums))
                for layer in (second, first)]
        work = shared(self.memory.get("thin", 2 * self.block * MOST, types.sums))
        second_biases = self._gradient(second, "dbiases", (1, O), slope.dtype)
        first_biases = self._gradient(first, "dbiases", (1, W), types.product)
        self._bias_gradients(second, slope, second_biases, O)
        self._emit(BLOCK, thin.thin_backward, hidden, slope, weights, self.inputs[0], work,
                   sums[0], shared(first_biases), sums[1], numbers=(I, W, O))
        for layer, total, biases, numbers in ((second, sums[0], second_biases, (W, O, 0, True)),
                                              (first, sums[1], first_biases, (I, W, 0, False))):
            dweights = self._gradient(layer, "dweights", layer.weights.shape, types.product)
            self._emit(AFTER, thin.copy_matrix, total, shared(dweights), numbers=numbers)
            self._regularize(layer, shared(dweights), shared(biases))

    def _output(self, layer, width, dtype):
        """Room for the output of a layer."""
        if self._place is not None and layer is [
                one for one in self.parts.layers if not isinstance(one, _PASSING)][-1]:
            return self._place(width, dtype)
        return self._new(width, dtype)

    def _layer_forward(self, layer, x):
        width = x.width
        if isinstance(layer, layers.Layer_Dense):
            return self._dense_forward(layer, x)
        if isinstance(layer, activations.Activation_Linear):
            return x
        if isinstance(layer, layers.Layer_Dropout):
            return self._dropout_forward(layer, x)
        y = self._output(layer, width, x.dtype)
        if isinstance(layer, activations.Activation_ReLU):
            self._emit(BLOCK, pointwise.relu_forward, x, y, numbers=(width,))
        elif isinstance(layer, activations.Activation_LeakyReLU):
            self._emit(BLOCK, pointwise.leaky_relu_forward, x, self._number(layer.alpha), y,
                       numbers=(width,))
        elif isinstance(layer, activations.Activation_Softmax):
            self._softmax(x, y)
        elif isinstance(layer, activations.Activation_Sigmoid):
            self._exact("the exponential", x)
            self._emit(BLOCK, pointwise.sigmoid_forward, x, y, numbers=(width,))
        else:
            self._exact("the hyperbolic tangent", x)
            self._emit(BLOCK, pointwise.tanh_forward, x, y, numbers=(width,))
        return y

    def _exact(self, what, x):
        if x.dtype != FLOAT32 and numerics.follows_book():
            raise Unfit(f"{what} of float64 arrays is NumPy's own where digits must be the book's")

    def _number(self, value):
        return shared(np.array([value], np.float64))

    def _softmax(self, x, y):
        self._exact("the exponential", x)
        if x.width < FEW:
            work = shared(aligned(softmax_work_size(self.block, x.width), x.dtype))
            self._emit(BLOCK, pointwise.softmax_forward_few, x, work, y, numbers=(x.width,))
        else:
            self._emit(BLOCK, pointwise.softmax_forward_many, x, y, numbers=(x.width,))

    def _dense_forward(self, layer, x):
        I, O = layer.weights.shape
        if x.width != I:
            raise Unfit(f"{layer!r} meets inputs of {x.width} columns")
        if self._is_large(layer, x):
            return self._large_forward(layer, x)
        types = _product_types(layer, x.dtype, layer.weights.dtype)
        packed, work, steps = self._packed(layer, types.sums, False)
        y = self._output(layer, O, np.result_type(types.product, layer.biases.dtype))
        self._emit(BLOCK, dense.dense_forward, x, packed, shared(layer.biases), work, y,
                   numbers=(I, O, *steps))
        return y

    def _packed(self, layer, sums, transposed):
        """The weights or their transpose as products want them, scratch, and the steps of both."""
        I, O = layer.weights.shape
        k, o = (O, I) if transposed else (I, O)
        lanes = 64 // sums.itemsize
        panel = lanes if o <= lanes else 2 * lanes
        size, work_size = rows_sizes(k, o, lanes)
        work = shared(self.memory.get("work", work_size, sums))
        if layer.weights.dtype == sums and not transposed and k > SHORT and o % (2 * lanes) == 0:
            return shared(layer.weights), work, (1, o)  # they lie in whole panels already
        packed = shared(self.memory.get((id(layer), transposed, sums), size, sums))
        self._emit(BEFORE, dense.pack_weights, shared(layer.weights), packed,
                   numbers=(I, O, k, panel, transposed))
        return packed, work, (k, panel)

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
                   numbers=(x.width, miss, limit))
        self._emit(BLOCK, pointwise.dropout_forward, x, mask, y, numbers=(x.width,))
        self._bind(layer, "binary_mask", mask)
        self._masks[id(layer)] = mask
        return y

    def _copy(self, x):
        """The same values, left to the objects as an array of their own."""
        copy = x._replace(array=np.empty((self.rows, x.width), x.dtype))
        self.copies.append((x.array, copy.array))
        return copy

    # --------------------------------------------------------------------------------- loss

    def _losses(self, x):
        """The losses of the samples, where they are recorded; and what the slope starts from."""
        parts = self.parts
        if parts.fused_softmax:
            y = self._new(x.width, x.dtype)
            self._softmax(x, y)
            self._bind(parts.loss.activation, "inputs", x)
            self._bind(parts.loss.activation, "output", y)
            self._bind(parts.loss, "output", y)
            x = y
        self._sample_losses(x)
        if parts.accuracy is not None:
            self._accuracy(x)
        if self.training:
            rates, results = shared(self.memory.rates), shared(self.memory.results)
            self._emit(BEFORE, lossy.start_penalty, rates, results, logged=True)
            for layer in parts.penalized:
                self._penalty(layer, results)
        return x

    def _sample_losses(self, x):
        loss, y, width = loss_of(self.parts), self.y, (x.width,)
        results = shared(self.memory.results)
        if isinstance(loss, losses.Loss_CategoricalCrossentropy):
            self._exact("the logarithm", x)
            if y.labels_only:
                found = self._new(1, x.dtype, whole=True)
                self.losses_dtype = x.dtype
                self._emit(BLOCK, lossy.categorical_losses_sparse, x, y.labels, found,
                           numbers=width, logged=True)
                self._emit(AFTER, lossy.record_losses, found, results, logged=True)
                return
            instruction = lossy.categorical_losses_onehot
            if y.values.dtype != FLOAT32:
                self._exact("the logarithm", y.values)
        elif isinstance(loss, losses.Loss_BinaryCrossentropy):
            if x.dtype != FLOAT32 and y.values.dtype == FLOAT32:
                raise Unfit("binary cross-entropy meets float32 targets and float64 predictions")
            self._exact("the logarithm", x)
            instruction = lossy.binary_losses
        elif isinstance(loss, losses.Loss_MeanSquaredError):
            instruction = lossy.squared_losses
        else:
            instruction = lossy.absolute_losses
        found = self._new(1, y.values.dtype, whole=True)
        self.losses_dtype = y.values.dtype
        work = self._new(x.width, y.values.dtype)
        self._emit(BLOCK, instruction, x, y.values, work, found, numbers=width, logged=True)
        self._emit(AFTER, lossy.record_losses, found, results, logged=True)

    def _penalty(self, layer, results):
        strengths = _strengths(layer)
        if not any(one > 0 for one in strengths):
            return
        if self.penalty_dtype not in (None, layer.weights.dtype):
            raise Unfit("penalties of float32 and of float64 weights are added up")
        self.penalty_dtype = layer.weights.dtype
        work = shared(self.memory.get("penalty", layer.weights.size, layer.weights.dtype))
        self._emit(BEFORE, lossy.record_penalty, shared(layer.weights), shared(layer.biases), work,
                   shared(np.array(strengths, np.float64)), results, logged=True,
                   numbers=(layer.weights.size, layer.biases.size, self.parts.alone))

    def _accuracy(self, x):
        accuracy, y, results = self.parts.accuracy, self.y, shared(self.memory.results)
        last = (self.parts.loss.activation if self.parts.fused_softmax else self.parts.layers[-1])
        categorical = isinstance(accuracy, accuracies.Accuracy_Categorical) and not accuracy.binary
        width = self.right_width = 1 if categorical else x.width
        self._emit(BEFORE, lossy.start_accuracy, results, logged=True)
        if isinstance(accuracy, accuracies.Accuracy_Regression):
            _check_predictions(last, accuracy, activations.Activation_Linear)
            precision = _precision(accuracy.precision, np.result_type(x.dtype, y.values.dtype))
            self._emit(BLOCK, lossy.right_values, x, y.values, self._number(precision), results,
                       numbers=(x.width,), logged=True)
        elif accuracy.binary:
            _check_predictions(last, accuracy, activations.Activation_Sigmoid)
            self._emit(BLOCK, lossy.right_halves, x, y.values, results, numbers=(x.width,),
                       logged=True)
        else:
            _check_predictions(last, accuracy, activations.Activation_Softmax)
            self._emit(BLOCK, lossy.right_classes, x, y.labels, results, numbers=(x.width,),
                       logged=True)
        self._emit(AFTER, lossy.record_accuracy, results, numbers=(width,), logged=True)

    # ----------------------------------------------------------------------------- backward

    def _backward(self, x):
        parts = self.parts
        chain = list(zip(parts.layers, self.inputs, self.outputs))
        if parts.combined is not None:
            slope = self._slope(x.width, x.dtype)
            self._emit(BLOCK, lossy.combined_slope, x, self.y.labels, slope, numbers=(x.width,))
            self._bind(parts.combined, "dinputs", slope)
            if not parts.fused_softmax:
                softmax, _, _ = chain.pop()
                self._bind(softmax, "dinputs", slope)
        else:
            slope = self._loss_slope(x)
            self._bind(parts.loss, "dinputs", slope)
        first = next(n for n, layer in enumerate(parts.layers)
                     if isinstance(layer, layers.Layer_Dense))
        for n in reversed(range(len(chain))):
            if n < first and not self.keep:
                break
            if self._is_thin_backward(n, slope):
                self._thin_backward(slope)
                break
            layer, inputs, output = chain[n]
            if isinstance(layer, activations.Activation_Linear):
                self._copied(layer, slope)
                continue
            if n > 0 and self._before_relu(n - 1) and self._sums_columns(inputs, slope):
                slope = self._relu_and_bias_backward(chain[n - 1][0], output, slope)
            else:
                slope = self._layer_backward(layer, inputs, output, slope, needed=n > first)
            if slope is not None:
                self._bind(layer, "dinputs", slope)

    def _copied(self, layer, slope):
        """The identity passes its gradient on, and leaves a copy of it."""
        if self.keep:
            copy = np.empty_like(slope.array)
            self.copies.append((slope.array, copy))
            self.bindings.append(Binding(layer, "dinputs", copy))

    def _slope(self, width, dtype, whole=False):
        """Room for a gradient. While none is kept, two places serve in turn."""
        if self.keep or whole:
            return self._new(width, dtype, whole)
        self._slopes += 1
        memory = self.memory.get(("slope", self._slopes % 2), self.block * width, dtype)
        return self._scratch(memory, width)

    def _loss_slope(self, x):
        loss, y, numbers = self.parts.loss, self.y, (x.width, 0)
        if isinstance(loss, losses.Loss_CategoricalCrossentropy) and y.labels_only:
            onehot = np.eye(1).dtype
            slope = self._slope(x.width, x.dtype if onehot == FLOAT32 else FLOAT64, x.width == 1)
            self._emit(BLOCK, lossy.categorical_slope_sparse, x, y.labels, slope, numbers=numbers)
            return slope
        instruction = {
            losses.Loss_CategoricalCrossentropy: lossy.categorical_slope_onehot,
            losses.Loss_BinaryCrossentropy: lossy.binary_slope,
            losses.Loss_MeanSquaredError: lossy.squared_slope,
            losses.Loss_MeanAbsoluteError: lossy.absolute_slope,
        }[kind_of(loss, _LOSSES, ())]
        if instruction is lossy.absolute_slope:
            numbers = (x.width, bool(loss.book_gradient))
        slope = self._slope(x.width, y.values.dtype, x.width == 1)
        self._emit(BLOCK, instruction, x, y.values, slope, numbers=numbers)
        return slope

    @staticmethod
    def _sums_columns(x, slope):
        """Whether the ReLU's gradient and the sums of its columns can be one pass."""
        return x.width % LANES == 0 and x.dtype == slope.dtype

    def _relu_and_bias_backward(self, layer, hidden, slope):
        """The gradient of the ReLU behind a dense layer, and of the layer's biases."""
        out = self._slope(slope.width, slope.dtype)
        dbiases = self._gradient(layer, "dbiases", (1, slope.width), slope.dtype)
        self._emit(BLOCK, thin.relu_and_bias_backward, hidden, slope, out, shared(dbiases),
                   numbers=(0, slope.width))
        self._summed.add(id(layer))
        return out

    def _layer_backward(self, layer, x, y, slope, needed):
        """The gradient with respect to the layer's inputs, None where nobody needs it."""
        width = (x.width, numerics.follows_book())
        if isinstance(layer, layers.Layer_Dense):
            return self._dense_backward(layer, x, slope, needed)
        # A layer of one neuron adds up its whole column at the end of the step.
        whole = x.width == 1
        if isinstance(layer, layers.Layer_Dropout):
            out = self._slope(x.width, FLOAT64, whole)
            self._emit(BLOCK, pointwise.dropout_backward, slope, self._masks[id(layer)], out,
                       numbers=width)
        elif isinstance(layer, activations.Activation_ReLU):
            out = self._slope(x.width, slope.dtype, whole)
            self._emit(BLOCK, pointwise.relu_backward, x, slope, out, numbers=width)
        elif isinstance(layer, activations.Activation_LeakyReLU):
            out = self._slope(x.width, slope.dtype, whole)
            self._emit(BLOCK, pointwise.leaky_relu_backward, x, self._number(layer.alpha), slope,
                       out, numbers=width)
        else:
            instruction = {activations.Activation_Softmax: pointwise.softmax_backward,
                           activations.Activation_Sigmoid: pointwise.sigmoid_backward,
                           activations.Activation_Tanh: pointwise.tanh_backward,
                           }[kind_of(layer, _LAYERS, ())]
            softmax = instruction is pointwise.softmax_backward
            dtype = slope.dtype if softmax else np.result_type(y.dtype, slope.dtype)
            out = self._slope(x.width, dtype, whole)
            self._emit(BLOCK, instruction, y, slope, out, numbers=width)
        return out

    def _dense_backward(self, layer, x, slope, needed):
        I, O = layer.weights.shape
        types = _product_types(layer, x.dtype, slope.dtype)
        dbiases = shared(self._gradient(layer, "dbiases", (1, O), slope.dtype))
        is_large = slope.dtype == x.dtype and self._is_large(layer, x)
        if is_large:
            dweights = shared(self._gradient(layer, "dweights", (I, O), types.product))
            self._emit(BLOCK, large.blas_dweights, x, slope, dweights,
                       numbers=(*blas.gemm(x.dtype), I, O))
        else:
            dweights = self._dense_gradients(layer, x, slope, types)
        self._bias_gradients(layer, slope, dbiases.array, O)
        self._regularize(layer, dweights, dbiases)
        if not (needed or self.keep):
            return None
        types = _product_types(layer, slope.dtype, layer.weights.dtype)
        dinputs = self._slope(I, types.product, I == 1)
        if is_large:
            self._emit(BLOCK, large.blas_dinputs, slope, shared(layer.weights), dinputs,
                       numbers=(*blas.gemm(x.dtype), I, O))
            return dinputs
        packed, work, steps = self._packed(layer, types.sums, True)
        nothing = shared(np.full(I, -0.0, layer.weights.dtype))
        self._emit(BLOCK, dense.dense_forward, slope, packed, nothing, work, dinputs,
                   numbers=(O, I, *steps))
        return dinputs

    def _dense_gradients(self, layer, x, slope, types):
        I, O = layer.weights.shape
        work_size, sums_size = part_sizes(self.block, I, O)
        sums = shared(self.memory.get((id(layer), "sums"), sums_size, types.sums))
        part = shared(self.memory.get("part", sums_size, types.sums))
        work = shared(self.memory.get("work", work_size, types.sums))
        self._emit(BLOCK, dense.dense_gradients, x, slope, sums, part, work, numbers=(I, O))
        in_rows = O % (128 // types.sums.itemsize) == 0 and (O >= I or O >= WIDE)
        if in_rows and types.sums == types.product and not self.keep:
            return shared(sums.array[:I * O].reshape(I, O))  # the sums are the gradient as it is
        dweights = shared(self._gradient(layer, "dweights", (I, O), types.product))
        self._emit(AFTER, dense.dense_dweights, sums, dweights, numbers=(I, O))
        return dweights

    def _bias_gradients(self, layer, slope, dbiases, O):
        if id(layer) in self._summed:
            return
        single = O == 1
        self._emit(AFTER if single else BLOCK,
                   dense.bias_gradient if single else dense.bias_gradients,
                   slope, shared(dbiases), numbers=(0, O))

    def _regularize(self, layer, dweights, dbiases):
        """Add the slopes of the penalties; and remember the gradients for the update."""
        self._gradients[id(layer)] = dweights, dbiases
        for parameters, gradient, strengths in (
                (layer.weights, dweights, _strengths(layer)[:2]),
                (layer.biases, dbiases, _strengths(layer)[2:])):
            if any(one > 0 for one in strengths):
                self._emit(AFTER, dense.dense_penalty, shared(parameters), gradient,
                           shared(np.array(strengths, np.float64)), numbers=(parameters.size,))

    def _gradient(self, layer, name, shape, dtype):
        if not self.keep:
            return self.memory.get((id(layer), name), shape[0] * shape[1], dtype).reshape(shape)
        array = np.empty(shape, dtype)
        self.bindings.append(Binding(layer, name, array))
        return array

    # ------------------------------------------------------------------------------- update

    def _update(self):
        rates = shared(self.memory.rates)
        self._emit(AFTER, updates.set_rates, rates)
        for layer in self.parts.layers:
            if not isinstance(layer, layers.Layer_Dense):
                continue
            dweights, dbiases = self._gradients[id(layer)]
            for name, gradient in ("weight", dweights), ("bias", dbiases):
                parameters = vars(layer)["weights" if name == "weight" else "biases"]
                instruction, states = self.memory.states.of(layer, name, parameters, gradient)
                if instruction is updates.adam_update and _is_native(parameters, gradient):
                    instruction = updates.adam_update_native
                self._emit(AFTER, instruction, shared(parameters), gradient,
                           *map(shared, states), rates, numbers=(parameters.size,))


def _block_size(chain, rows):
    """Samples whose arrays fit into half of the first-level cache, in whole tiles."""
    widths = [one.weights.shape[1] for one in chain if isinstance(one, layers.Layer_Dense)]
    sample = 4 * (2 * sum(widths) + 2 * max(widths))
    return max(8, min(rows, _BLOCK_BYTES // sample // 8 * 8))


def _large():
    """Multiply-adds from which a product is left to BLAS.

    In one thread the own tiles are as fast up to (256, 512) by (512, 512), 125 against 91 GFLOP/s,
    and slower at 1024, 65 against 117. In two threads BLAS is ahead from 256 cubed on, 129 to 80,
    and behind at 128 cubed, 70 to 78.
    """
    return 8_000_000 if blas.threads() > 1 else 100_000_000


def _check_predictions(last, accuracy, kind):
    if not isinstance(last, kind):
        raise Unfit(f"{type(accuracy).__name__} after {type(last).__name__} is not compiled")
    kind_of(last, (kind,), ("predictions",))


def _precision(value, dtype):
    if type(value) in (int, float):
        return dtype.type(value)
    if not isinstance(value, np.floating | np.integer):
        raise Unfit("Accuracy_Regression.precision is not a number")
    return value


class Targets(NamedTuple):
    """The targets of all the data, as instructions take them."""

    labels: Operand | None  # class indices
    values: Operand | None  # an array (N, O)

    @property
    def labels_only(self):
        """Whether the targets came as class indices."""
        return self.values is None


def _is_native(parameters, gradient):
    """Whether digits may differ from the book's by rounding: all is of one type, products too."""
    kind = parameters.dtype
    return kind == gradient.dtype and numerics.product_types(kind) == (kind, kind)


class States:
    """The optimizer's state of each layer, under the book's names."""

    _NEEDED = {
        optimizers.Optimizer_Adagrad: (updates.adagrad_update, ("cache",)),
        optimizers.Optimizer_RMSprop: (updates.rmsprop_update, ("cache",)),
        optimizers.Optimizer_Adam: (updates.adam_update, ("momentums", "cache")),
    }

    def __init__(self, optimizer):
        self._kind = kind_of(optimizer, _OPTIMIZERS, ())
        if self._kind is optimizers.Optimizer_SGD:
            self.update, self._names = ((updates.momentum_update, ("momentums",))
                                        if optimizer.momentum else (updates.sgd_update, ()))
        else:
            self.update, self._names = self._NEEDED[self._kind]
        self._found = {}

    def of(self, layer, prefix, parameters, gradient):
        """The instruction that updates these parameters, and the arrays of their state."""
        missing = bool(self._names) and f"weight_{self._names[-1]}" not in vars(layer)
        return self.update, [self._state(layer, f"{prefix}_{name}", parameters, gradient, missing)
                             for name in self._names]

    def _state(self, layer, name, parameters, gradient, missing):
        if (id(layer), name) in self._found:
            return self._found[id(layer), name][2]
        dtype = np.result_type(parameters, gradient.dtype)
        if self._kind is optimizers.Optimizer_Adagrad:
            dtype = parameters.dtype
        if missing:
            state = np.zeros(parameters.shape, dtype)
        else:
            state = vars(layer).get(name)
            if type(state) is not np.ndarray or state.shape != parameters.shape:
                raise Unfit(f"{layer!r}.{name} is not an array shaped like its parameters")
            if not np.can_cast(state.dtype, dtype) or state.dtype not in (FLOAT32, FLOAT64):
                raise Unfit(f"{layer!r}.{name} is {state.dtype}, where {dtype} goes on")
            state = self._writable(layer, name, dtype)
        self._found[id(layer), name] = layer, name, state
        return state

    def _writable(self, layer, name, dtype):
        """The state itself where only the layer refers to it; Adagrad's in any case."""
        state = vars(layer)[name]
        plain = state.dtype == dtype and state.flags.c_contiguous and state.flags.writeable
        if plain and self._kind is optimizers.Optimizer_Adagrad:
            return state
        del state
        if plain:
            optimizers.claim(layer, (name,))
            return vars(layer)[name]
        if self._kind is optimizers.Optimizer_Adagrad:
            raise Unfit(f"{layer!r}.{name} is not a plain array of {dtype} in C order")
        return vars(layer)[name].astype(dtype, order="C")

    def hand_over(self):
        """Give the layers their state: from the first step on it is theirs."""
        for layer, name, state in self._found.values():
            setattr(layer, name, state)


class Memory:
    """What the programs of one run share: scratch by name, rates, results, optimizer state."""

    def __init__(self, optimizer):
        self._arrays = {}
        self.results = np.zeros(N_RESULTS, np.float64)
        self.rates = np.zeros(updates.N_RATES, np.float64)
        self.states = None if optimizer is None else States(optimizer)
        if optimizer is not None:
            self._read_rates(optimizer)

    def _read_rates(self, optimizer):
        rates = self.rates
        rates[updates.LEARNING_RATE] = optimizer.learning_rate
        rates[updates.DECAY] = optimizer.decay
        rates[updates.ITERATIONS] = optimizer.iterations
        rates[updates.CURRENT] = optimizer.current_learning_rate
        for place, name in zip((updates.EPSILON, updates.ONE, updates.TWO),
                               _OPTIONS[kind_of(optimizer, _OPTIMIZERS, ())]):
            if name is not None:
                rates[place] = getattr(optimizer, name)

    def get(self, name, count, dtype):
        """Room for `count` elements, the same for the same name."""
        dtype = np.dtype(dtype)
        found = self._arrays.get((name, dtype))
        if found is None or found.size < count:
            found = self._arrays[name, dtype] = aligned(count, dtype)
        return found[:count]
