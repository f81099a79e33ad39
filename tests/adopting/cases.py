"""The cases in which each adopted class is driven beside its original."""

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
from kinds_of_input import SHAPES, TARGETS, WAYS
from twins import Case

F32, F64 = np.float32, np.float64


def cases_of(role):
    """All cases for a class of this role."""
    return {"layer": _layers, "loss": _losses, "optimizer": _optimizers,
            "accuracy": _accuracies}[role]()


def _layers():
    found = [Case(shape, dtype, held=held, training=training)
             for shape, dtype, held, training in itertools.product(
                 SHAPES, (F32, F64), (False, True), (True, False))]
    for way in WAYS:
        for dtype in (F32, F64):
            found += [Case(dtype=dtype, inputs=way), Case(dtype=dtype, dvalues=way),
                      Case(dtype=dtype, inputs=way, dvalues=way, training=False),
                      Case((150, 17), dtype, inputs=way, dvalues=way),
                      Case(dtype=dtype, weights=way), Case((150, 17), dtype, weights=way)]
    for value in (0.01, 0, -0.5, np.nan, np.float64(0.1), np.float32(0.1), 1, True, None,
                  Fraction(1, 3), Decimal("0.1"), np.array([0.1, 0.2]), "0.1"):
        for names in _STRENGTHS, _STRENGTHS[:1], _STRENGTHS[1:2], ("rate", "alpha"):
            for dtype in (F32, F64):
                found.append(Case(dtype=dtype, settings=tuple((name, value) for name in names)))
    return found


_STRENGTHS = ("weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
              "bias_regularizer_l2")


def _losses():
    found = []
    for target in TARGETS:
        for shape in SHAPES[:-1]:
            found.append(Case(shape, F64, target=target))
            found.append(Case(shape, F32, target=target, held=True))
    for way, target in itertools.product(WAYS, ("labels", "one-hot", "values", "one-hot ints")):
        found += [Case(dtype=dtype, inputs=way, target=target) for dtype in (F32, F64)]
        found += [Case(dtype=dtype, dvalues=way, target=target) for dtype in (F32, F64)]
    return found


_NUMBERS = (0, 1, 0.0, 0.5, -0.1, np.nan, np.inf, 1e300, 5e-324, True, False, None, np.float64(0.1),
            np.float32(0.1), np.float16(0.1), np.int64(1), Fraction(1, 3), Decimal("0.1"),
            np.array(0.1), np.array([0.1, 0.2, 0.3]), "0.1")
_SETTINGS = ("learning_rate", "current_learning_rate", "decay", "momentum", "epsilon", "rho",
             "beta_1", "beta_2", "iterations")


def _optimizers():
    found = []
    for shape, dtype, held, momentum in itertools.product(SHAPES, (F32, F64), (False, True), (
            0, 0.9)):
        found.append(Case(shape, dtype, held=held, steps=4, settings=(
            ("momentum", momentum), ("decay", 1e-3))))
    for way in WAYS:
        for dtype, momentum in itertools.product((F32, F64), (0, 0.5)):
            settings = (("momentum", momentum),)
            found += [Case(dtype=dtype, dvalues=way, settings=settings),
                      Case(dtype=dtype, dvalues=way, settings=settings, held=True),
                      Case(dtype=dtype, weights=way, settings=settings),
                      Case(dtype=dtype, weights=way, settings=settings, held=True),
                      Case(dtype=dtype, weights=way, dvalues=way, settings=settings)]
    for name, value, dtype in itertools.product(_SETTINGS, _NUMBERS, (F32, F64)):
        found.append(Case(dtype=dtype, settings=((name, value),)))
        if name != "momentum":
            found.append(Case(dtype=dtype, settings=(("momentum", 0.5), (name, value))))
    return found


def _accuracies():
    return [Case(shape, dtype, way, target=target) for shape, dtype, way, target in
            itertools.product(SHAPES[:4], (F32, F64), ("plain", "ends", "lists"), TARGETS)]
