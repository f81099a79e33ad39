"""A class that is added to fastnn's own is held to NumPy as closely as floats allow, not closer."""

import numpy as np
import pytest
from calling import SIZES, generator, settings_of
from kernel_calls import Tally, arguments, run
from kernel_cases import CASES, cases_of
from own_formulas import forgotten

from fastnn.activations import Activation
from fastnn.kernels.status import OK
from fastnn.losses import PointwiseLoss


def _softplus():
    class NewSoftplus(Activation):
        """A last bit of the exponential is many of log(1 + exp(-x))."""

        def formula(inputs):
            return np.maximum(inputs, 0) + np.log(1 + np.exp(-np.abs(inputs)))

        def slope(dvalues, inputs):
            return dvalues / (1 + np.exp(-inputs))

    return NewSoftplus, "layer"


def _log_cosh():
    class NewLogCosh(PointwiseLoss):
        """Of a float32 and a float64 the exponential is a float64's."""

        def formula(y_pred, y_true):
            distance = np.abs(y_pred - y_true)
            return distance + np.log((1 + np.exp(-2 * distance)) / 2)

        def slope(y_pred, y_true):
            return np.tanh(y_pred - y_true)

    return NewLogCosh, "loss"


@pytest.mark.parametrize("make", [_softplus, _log_cosh])
def test_a_new_formula_needs_no_line_in_the_table(monkeypatch, make):
    with forgotten():
        kind, role = make()
        for name, case in cases_of(kind, role, kind._compiled).items():
            monkeypatch.setitem(CASES, name, case)
        for part in kind._compiled:
            for types in part.kernel.argument_types:
                for sizes in SIZES:
                    for setting in settings_of(part.kernel):
                        made = arguments(part.kernel, types, sizes, generator(str(types)), setting)
                        status, after = run(part.kernel, made)
                        assert status == OK
                        Tally().compare(part.kernel, made, after)
