"""Classes of somebody's own that are formulas; together they take all that can be compiled.

They are made by functions, so that whoever asks can have them forgotten again (`forgotten`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from fastnn import registry
from fastnn.activations import Activation
from fastnn.compile.jit import INSTRUCTIONS, KERNELS
from fastnn.losses import PointwiseLoss
from fastnn.optimizers import Optimizer


@contextmanager
def forgotten() -> Iterator[None]:
    """What is registered inside is forgotten behind it: others list what there is."""
    lengths, entries = (len(KERNELS), len(INSTRUCTIONS)), dict(registry._entries)
    try:
        yield
    finally:
        del KERNELS[lengths[0]:], INSTRUCTIONS[lengths[1]:]
        registry._entries.clear()
        registry._entries.update(entries)


def activations() -> list[type]:
    class OwnHardSwish(Activation):
        """clip, numbers, & of comparisons"""

        def formula(inputs):
            return inputs * np.clip(inputs + 3, 0, 6) / 6

        def slope(dvalues, inputs):
            inside = (inputs > -3) & (inputs < 3)
            return np.where(inside, dvalues * (2 * inputs + 3) / 6, dvalues * (inputs >= 3))

    class OwnSoftsign(Activation):
        """abs, square, a division"""

        def formula(inputs):
            return inputs / (1 + abs(inputs))

        def slope(dvalues, inputs):
            return dvalues / np.square(1 + np.abs(inputs))

    class OwnInverseRoot(Activation):
        """sqrt, ** 2, an option"""

        def formula(inputs, alpha=0.7):
            return inputs / np.sqrt(1 + alpha * inputs**2)

        def slope(dvalues, inputs, alpha):
            inner = 1 + alpha * inputs**2
            return dvalues / (inner * np.sqrt(inner))

    class OwnSoftplus(Activation):
        """exp, log, maximum"""

        def formula(inputs):
            return np.log(1 + np.exp(-np.abs(inputs))) + np.maximum(inputs, 0)

        def slope(dvalues, inputs):
            return dvalues / (1 + np.exp(-inputs))

    class OwnSignedRoot(Activation):
        """sign, of the output too"""

        def formula(inputs):
            return np.sign(inputs) * np.sqrt(np.abs(inputs))

        def slope(dvalues, output):
            return 0.5 * np.sign(output) * dvalues / output

    class OwnCapped(Activation):
        """isnan, minimum, | and ~, powers of plain numbers, truth values in sums"""

        def formula(inputs, beta=1.3, scale=2):
            odd = np.isnan(inputs) | ~(inputs == inputs) | np.logical_not(inputs == inputs)
            return np.where(odd, inputs, np.minimum(inputs, beta**2 - 0.5**scale) * 3.0**scale)

        def slope(dvalues, inputs, beta, scale):
            return dvalues * (inputs <= beta**2 - 0.5**scale) * 3.0**scale

    class OwnOptions(Activation):
        """Options named as a kernel's own variables; tanh; nothing but Python's operators"""

        def formula(inputs, i=0.3, O=2, v3=-0.5, out=1):
            x = np.tanh(i * inputs) * (O - 1 + 0.5 * i / 4) + -v3 * inputs + abs(v3) * +O
            return np.where(out, x, -x)

        def slope(dvalues, inputs, i, O, v3, out):
            t = np.tanh(i * inputs)
            x = i * (1 - t * t) * (O - 1 + 0.5 * i / 4) - v3
            return dvalues * np.where(out, x, -x)

    class OwnInfinite(Activation):
        """infinities and what is no number as constants; != and logical_or"""

        def formula(inputs):
            x = np.clip(inputs, -np.inf, 2.5)
            return np.where((inputs != inputs) & np.logical_or(x < 0, x > 1), np.nan, 2 * x)

        def slope(dvalues, inputs):
            return np.where(inputs > 2.5, 0.0, 2 * dvalues)

    return [OwnHardSwish, OwnSoftsign, OwnInverseRoot, OwnSoftplus, OwnSignedRoot, OwnCapped,
            OwnOptions, OwnInfinite]


def losses() -> list[type]:
    class OwnLogCosh(PointwiseLoss):
        """exp and log of both arrays"""

        def formula(y_pred, y_true):
            size = np.abs(y_pred - y_true)
            return size + np.log(0.5 + 0.5 * np.exp(-2 * size))

        def slope(y_pred, y_true):
            return np.tanh(y_pred - y_true)

    class OwnPinball(PointwiseLoss):
        """An option, maximum"""

        def formula(y_pred, y_true, quantile=0.3, exp=1, d=0):
            return exp * np.maximum(quantile * (y_true - y_pred) + d,
                                    (1 - quantile) * (y_pred - y_true))

        def slope(y_pred, y_true, quantile):
            return np.where(y_true > y_pred, -quantile, 1 - quantile + 0 * y_pred)

    class OwnEntropy(PointwiseLoss):
        """log of the targets alone"""

        def formula(y_pred, y_true):
            return np.exp(y_true) * 0.5 + y_true * y_pred + np.square(y_pred)

        def slope(y_pred, y_true):
            return y_true + 2 * y_pred

    return [OwnLogCosh, OwnPinball, OwnEntropy]


def optimizers() -> list[type]:
    class OwnNesterov(Optimizer):
        """One state"""

        states = ("velocity",)
        learning_rate = 0.01

        def update(parameters, gradient, velocity, lr, t, momentum=0.9):
            velocity = momentum * velocity - lr * gradient
            return parameters + momentum * velocity - lr * gradient, velocity

    class OwnSigns(Optimizer):
        """No state, no option"""

        def update(parameters, gradient, lr, t):
            return parameters - lr * np.sign(gradient)

    class OwnAMSGrad(Optimizer):
        """States named as a kernel's own variables, powers of t"""

        states = ("i", "d", "r")

        def update(parameters, gradient, i, d, r, lr, t, beta=0.9, rates=0.99):
            i = beta * i + (1 - beta) * gradient
            d = rates * d + (1 - rates) * gradient**2
            r = np.maximum(r, d / (1 - rates**t))
            return parameters - lr * (i / (1 - beta**t)) / (np.sqrt(r) + 1e-7), i, d, r

    return [OwnNesterov, OwnSigns, OwnAMSGrad]
