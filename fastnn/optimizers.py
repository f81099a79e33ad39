"""The optimizers: one compiled pass over parameters, gradients and state of a layer.

State lives on the layer under the book's names and is created when the book creates it. A state
array that anything else refers to is copied before it is written, because the book makes a new one
at each step; parameters are changed in place, because the book does.
"""

import operator
from functools import partial
from sys import getrefcount
from types import SimpleNamespace

import numpy as np

from fastnn import arrays, checks, reference, reprs, rules, threads
from fastnn.kernels import optimizers as _kernels
from fastnn.kernels.instructions_updates import ADAGRAD, ADAM, MOMENTUM, RMSPROP, SGD
from fastnn.kernels.jit import NoMatch
from fastnn.kernels.status import SHAPE
from fastnn.registry import register

__all__ = ["Optimizer_Adagrad", "Optimizer_Adam", "Optimizer_RMSprop", "Optimizer_SGD"]


def _references(state):
    array = state["array"]
    return getrefcount(array)


# What getrefcount says of an array that only its owner holds; it differs between Pythons.
_ALONE = _references({"array": np.empty(1)})


def claim(layer, names):
    """Make the state arrays of these names safe to be written: copy those others can see."""
    state = layer.__dict__
    for name in names:
        array = state[name]
        if getrefcount(array) > _ALONE or array.base is not None:
            state[name] = array.copy()


_array = np.ndarray
_MOMENTUMS = ("weight_momentums", "bias_momentums")
_CACHES = ("weight_cache", "bias_cache")
_BOTH = _MOMENTUMS + _CACHES


# Parameters from which an update goes in two halves: at 500,000 that is no gain yet, at 1,000,000
# 1.3 times, at 3,000,000 1.7 times.
_MANY = 800_000


def _plain(*numbers):
    """Whether all are Python's: those take the type of the arrays they meet, NumPy's do not."""
    return all(type(number) in (int, float) for number in numbers)


def _sized(kernel, weights):
    """The kernel as it should be called for such weights: at once, or in two halves."""
    if weights.size < _MANY or not threads.allowed():
        return kernel
    return partial(_in_halves, kernel)


def _in_halves(kernel, *arguments):
    """The kernel's status. Arguments: weights and their like, biases and their like, numbers."""
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    numbers = arguments[len(arrays):]
    weights, biases = arrays[:len(arrays) // 2], arrays[len(arrays) // 2:]
    if any(a.shape != weights[0].shape for a in weights):
        return SHAPE
    if any(b.shape != biases[0].shape for b in biases):
        return SHAPE
    half, no_biases = len(weights[0]) // 2, [b[:0] for b in biases]
    kernel(*(a[:0] for a in weights), *no_biases, *numbers)  # refuses before anything is written
    return any(threads.both(kernel, (*(a[:half] for a in weights), *biases, *numbers),
                            (*(a[half:] for a in weights), *no_biases, *numbers)))


def _settings(*names):
    """Attributes of an optimizer that has these numbers of its own."""
    rates = "learning_rate", "current_learning_rate", "decay"
    return dict.fromkeys([*rates, *names], rules.ANY) | {"iterations": rules.count}


class _Optimizer:
    """Checks of the constructor, and the careful way of an update."""

    __repr__ = reprs.constructed

    def __init__(self, learning_rate, decay, **options):
        who = type(self).__name__
        checks.number(learning_rate, who, "learning_rate", 0)
        checks.number(decay, who, "decay", 0)
        for name, value in options.items():
            share = name in ("rho", "beta_1", "beta_2")
            checks.number(value, who, name, 0, 1 if share else None)
        super().__init__(learning_rate, decay=decay, **options)

    _in_place: tuple[str, ...] = ()  # what of its state the book changes in place

    def _update_carefully(self, layer):
        checks.updatable(layer, f"{type(self).__name__}.update_params")
        if not self._update_tidily(layer):
            super().update_params(layer)

    def _update_tidily(self, layer):
        """Update tidy copies, if there is anything to tidy, and write them back; else False."""
        names = ("weights", "biases", "dweights", "dbiases", *self._state(layer))
        mine = [getattr(layer, name, None) for name in names]
        if not all(isinstance(a, np.ndarray) for a in mine):
            return False  # no state yet, or lists: `+=` makes arrays of them
        tidied = [arrays.tidy(np.asarray(a)) for a in mine]
        copy = SimpleNamespace(**dict(zip(names, tidied)))
        changed = ("weights", "biases", *self._in_place)
        if all(map(operator.is_, mine, tidied)) or not all(
                a.flags.writeable for name, a in zip(names, mine) if name in changed):
            return False
        if self._refused(copy):
            return False
        for name, a, new in zip(names, mine, tidied):
            if name in changed:
                if not np.shares_memory(a, new):
                    a[...] = new
            elif not name.startswith("d"):
                setattr(layer, name, getattr(copy, name))
        return True

    def _state(self, layer):
        """Names of what the kernel changes besides weights and biases."""
        raise NotImplementedError

    def _refused(self, layer):
        """Update by the kernel; whether it, or something before it, refused."""
        raise NotImplementedError


@register("optimizer", settings=_settings("momentum"),
          compiled=lambda optimizer: MOMENTUM if optimizer.momentum else SGD)
class Optimizer_SGD(_Optimizer, reference.Optimizer_SGD):
    """Stochastic gradient descent, with momentum if asked for.

        p += -lr * g                           momentum 0
        u = momentum * u - lr * g;  p += u     else; u is `weight_momentums`, `bias_momentums`

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    momentum : float

    Attributes: learning_rate, current_learning_rate, decay, iterations.
    `pre_update_params` and `post_update_params` may be left out: lr is constant then.
    Source: book ch. 10.  Differs: none.
    """

    def __init__(self, learning_rate=1.0, decay=0.0, momentum=0.0):
        super().__init__(learning_rate, decay, momentum=momentum)

    def update_params(self, layer):
        """Change the layer's weights and biases in place."""
        if getattr(layer, "trainable", True) and self._refused(layer):
            self._update_carefully(layer)

    def _refused(self, layer):
        lr, momentum = self.current_learning_rate, self.momentum
        try:
            if not _plain(lr, momentum):
                return True
            w, dw, b, db = layer.weights, layer.dweights, layer.biases, layer.dbiases
            if not type(w) is type(dw) is type(b) is type(db) is _array:
                return True
            if not momentum:
                return _sized(_kernels.sgd_update, w)(w, dw, b, db, lr)
            claim(layer, _MOMENTUMS)
            wm, bm = layer.weight_momentums, layer.bias_momentums
            return not type(wm) is type(bm) is _array or _sized(_kernels.momentum_update, w)(
                w, dw, wm, b, db, bm, lr, momentum)
        except (NoMatch, AttributeError, KeyError):
            return True

    def _state(self, layer):
        return _MOMENTUMS if self.momentum else ()


@register("optimizer", settings=_settings("epsilon"),
          compiled=lambda optimizer: ADAGRAD)
class Optimizer_Adagrad(_Optimizer, reference.Optimizer_Adagrad):
    """Adaptive gradient.

        c += g^2;  p += -lr * g / (sqrt(c) + epsilon)     c is `weight_cache`, `bias_cache`

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon : float

    Source: book ch. 10; Duchi, Hazan and Singer 2011.  Differs: none.
    """

    def __init__(self, learning_rate=1.0, decay=0.0, epsilon=1e-7):
        super().__init__(learning_rate, decay, epsilon=epsilon)

    def update_params(self, layer):
        """Change the layer's weights, biases and caches in place."""
        if getattr(layer, "trainable", True) and self._refused(layer):
            self._update_carefully(layer)

    def _refused(self, layer):
        lr, epsilon = self.current_learning_rate, self.epsilon
        try:
            w, dw, b, db = layer.weights, layer.dweights, layer.biases, layer.dbiases
            wc, bc = layer.weight_cache, layer.bias_cache
            if not type(w) is type(dw) is type(wc) is type(b) is type(db) is type(bc) is _array:
                return True
            return not _plain(lr, epsilon) or _sized(_kernels.adagrad_update, w)(
                w, dw, wc, b, db, bc, lr, epsilon)
        except (NoMatch, AttributeError):
            return True

    _in_place = _CACHES

    def _state(self, layer):
        return _CACHES


@register("optimizer", settings=_settings("epsilon", "rho"),
          compiled=lambda optimizer: RMSPROP)
class Optimizer_RMSprop(_Optimizer, reference.Optimizer_RMSprop):
    """Root mean square propagation.

        c = rho * c + (1 - rho) * g^2;  p += -lr * g / (sqrt(c) + epsilon)

    c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, rho : float

    Source: book ch. 10.  Differs: none.
    """

    def __init__(self, learning_rate=0.001, decay=0.0, epsilon=1e-7, rho=0.9):
        super().__init__(learning_rate, decay, epsilon=epsilon, rho=rho)

    def update_params(self, layer):
        """Change the layer's weights and biases in place, and its caches."""
        if getattr(layer, "trainable", True) and self._refused(layer):
            self._update_carefully(layer)

    def _refused(self, layer):
        lr, epsilon, rho = self.current_learning_rate, self.epsilon, self.rho
        try:
            claim(layer, _CACHES)
            w, dw, b, db = layer.weights, layer.dweights, layer.biases, layer.dbiases
            wc, bc = layer.weight_cache, layer.bias_cache
            if not type(w) is type(dw) is type(wc) is type(b) is type(db) is type(bc) is _array:
                return True
            return not _plain(lr, epsilon, rho) or _sized(_kernels.rmsprop_update, w)(
                w, dw, wc, b, db, bc, lr, epsilon, rho)
        except (NoMatch, AttributeError, KeyError):
            return True

    def _state(self, layer):
        return _CACHES


@register("optimizer", settings=_settings("epsilon", "beta_1", "beta_2"),
          compiled=lambda optimizer: ADAM)
class Optimizer_Adam(_Optimizer, reference.Optimizer_Adam):
    """Adaptive moments.

        m = beta_1 * m + (1 - beta_1) * g;  c = beta_2 * c + (1 - beta_2) * g^2
        p += -lr * (m / (1 - beta_1^t)) / (sqrt(c / (1 - beta_2^t)) + epsilon),  t = iterations + 1

    m is `weight_momentums`, `bias_momentums`; c is `weight_cache`, `bias_cache`.

    Parameters
    ----------
    learning_rate, decay : float
        lr = learning_rate / (1 + decay * iterations), set by `pre_update_params`.
    epsilon, beta_1, beta_2 : float

    Without `post_update_params` t stays 1, as in the book.
    Source: book ch. 10; Kingma and Ba 2015.  Differs: none.
    """

    def __init__(self, learning_rate=0.001, decay=0.0, epsilon=1e-7, beta_1=0.9, beta_2=0.999):
        super().__init__(learning_rate, decay, epsilon=epsilon, beta_1=beta_1, beta_2=beta_2)

    def update_params(self, layer):
        """Change the layer's weights and biases in place, and its momentums and caches."""
        if getattr(layer, "trainable", True) and self._refused(layer):
            self._update_carefully(layer)

    def _refused(self, layer):
        lr, epsilon, one, two = (self.current_learning_rate, self.epsilon, self.beta_1,
                                 self.beta_2)
        try:
            claim(layer, _BOTH)
            floats = type(lr) is type(epsilon) is type(one) is type(two) is float
            plain = type(self.iterations) is int and (floats or _plain(lr, epsilon, one, two))
            w, dw, wm, wc = (layer.weights, layer.dweights, layer.weight_momentums,
                             layer.weight_cache)
            b, db, bm, bc = layer.biases, layer.dbiases, layer.bias_momentums, layer.bias_cache
            if not type(w) is type(dw) is type(wm) is type(wc) is _array or not (
                    type(b) is type(db) is type(bm) is type(bc) is _array):
                return True
            t = self.iterations + 1
            return not plain or _sized(_kernels.adam_update, w)(
                w, dw, wm, wc, b, db, bm, bc, lr, epsilon, one, two, 1 - one ** t, 1 - two ** t)
        except (NoMatch, AttributeError, KeyError):
            return True

    def _state(self, layer):
        return _BOTH
