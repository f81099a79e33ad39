"""The border: what each method refuses, and in which words."""

import re
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

import numpy as np
import pytest
from programs import assert_same
from rosters import kept_by, names_of
from slots import (
    ACTIVATIONS,
    CCE,
    COMBINED,
    ONEHOT,
    POINTWISE,
    C,
    I,
    P,
    X,
    Y,
    Z,
    assert_refused,
    every_slot,
    everything,
    new,
)

import fastnn

# ------------------------------------------------------------------------------------------- kinds


def _spoiled(a: np.ndarray, value: object) -> np.ndarray:
    """Objects: one row long, so that the place has one axis."""
    spoiled = a.astype(object).reshape(-1)
    spoiled[3] = value
    return spoiled


KINDS: dict[str, tuple[Callable[[np.ndarray], Any], str]] = {
    "objects": (lambda a: _spoiled(a, "?"), "'?' (str) at [3]"),
    "objects, None among them": (lambda a: _spoiled(a, None), "None at [3]"),
    "None": (lambda a: None, "None"),
    "complex numbers": (lambda a: a.astype("c8"), "complex numbers (dtype complex64)"),
    "strings": (lambda a: a.astype(int).astype("U32"), "strings (dtype <U32)"),
    "text": (lambda a: "numbers", "strings (dtype <U7)"),
    "bytes": (lambda a: a.astype(int).astype("S32"), "bytes (dtype |S32)"),
    "dates": (lambda a: a.astype(int).astype("M8[D]"), "dates (dtype datetime64[D])"),
    "time spans": (lambda a: a.astype(int).astype("m8[D]"), "time spans (dtype timedelta64[D])"),
    "records": (lambda a: a.astype([("x", "f4")]), "records (dtype [('x', '<f4')])"),
    "ragged": (lambda a: [[1.0, 2.0], [3.0]], "rows of unequal lengths"),
    "deep": (lambda a: reduce(lambda inner, _: [inner], range(2000), 1.0),
             "lists in each other, more than 64 deep"),
}
OUTPUT = ": forward returns nothing, pass the object's .output"
NOTHING = {"inputs": OUTPUT, "predictions": OUTPUT,
           "dvalues": ": backward returns nothing, pass the object's .dinputs"}


@every_slot
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_slot_refuses_what_is_no_number(slot, kind):
    change, got = kind
    one, value = slot.make(fastnn), change(slot.value)
    hint = NOTHING.get(slot.name, "") if value is None else ""
    if kind is KINDS["strings"] and slot.name in ("y", "y_true") and value.ndim == 1:
        hint = f". np.unique({slot.name}, return_inverse=True)[1] makes class indices of names"
    assert_refused(
        lambda: slot.call(one, value), TypeError,
        f"{slot.who}.{slot.method}: {slot.name} must be an array of numbers, got {got}{hint}", one)


# ------------------------------------------------------------------------------------------ shapes


def shapes() -> list[tuple[Callable[[Any], Any], str, tuple[Any, ...], str]]:
    """Rows of: what makes the object, method, arguments, message after the method's name."""
    dense, trained = new("Layer_Dense", I, C), new("Layer_Dense", I, C, forward=X)
    dropout = new("Layer_Dropout", 0.3, forward=Z)
    rows = [
        (dense, "forward", (X[0, :2],), "inputs must be (N, 3), got (2,). Check n_inputs."),
        (dense, "forward", (X[:, :2],), "inputs must be (N, 3), got (20, 2). Check n_inputs."),
        (dense, "forward", (X[None],), "inputs must be (N, 3), got (1, 20, 3). Check n_inputs."),
        (dense, "forward", (7.0,), "inputs must be (N, 3), got (). Check n_inputs."),
        (dense, "forward", (X[:0],),
         "inputs is an empty batch, got (0, 3): N must be at least 1"),
        (trained, "backward", (Z[:9],), "dvalues must be (20, 4) like the output, got (9, 4)"),
        (trained, "backward", (X,), "dvalues must be (20, 4) like the output, got (20, 3)"),
        (trained, "backward", (Z[0],), "dvalues must be (20, 4) like the output, got (4,)"),
        (trained, "backward", (Z[:0],), "dvalues must be (20, 4) like the output, got (0, 4)"),
        (new("Layer_Dropout", 0.3), "forward", (Z[:0],), "inputs is an empty batch, got (0, 4)"),
        (dropout, "backward", (Z[:9],), "dvalues must be (20, 4) like the inputs, got (9, 4)"),
        (dropout, "backward", (Z[0],), "dvalues must be (20, 4) like the inputs, got (4,)"),
    ]
    softmax = new("Activation_Softmax")
    rows += [
        (softmax, "forward", (Z[0],), "inputs must be (N, columns), got (4,)"),
        (softmax, "forward", (Z[None],), "inputs must be (N, columns), got (1, 20, 4)"),
        (softmax, "forward", (Z[:0],),
         "inputs is an empty batch, got (0, 4): N must be at least 1"),
    ]
    for name in ACTIVATIONS:
        one = new(f"Activation_{name}", forward=Z)
        kept = kept_by(name)
        rows += [(one, "backward", (Z[:9],),
                  f"dvalues must be (20, 4) like its {kept}, got (9, 4)"),
                 (one, "backward", (Z[:, :1],),
                  f"dvalues must be (20, 4) like its {kept}, got (20, 1)")]
        if name != "Softmax":
            rows.append((one, "forward", (Z[:0],), "inputs is an empty batch, got (0, 4)"))
        else:
            rows.append((one, "forward", (Z[:, :0],), "inputs must be (N, columns) with at least "
                                                      "one column, got (20, 0)"))
    for name in POINTWISE:
        one = new(f"Loss_{name}")
        for method in ("forward", "backward"):
            rows += [
                (one, method, (P, ONEHOT[:9]),
                 "y_true must be (20, 4) like the predictions, got (9, 4)"),
                (one, method, (P[:, :1], ONEHOT[:, 0]),
                 "y_true must be (20, 1) like the predictions, got (20,). "
                 "y_true.reshape(-1, 1) has that shape"),
                (one, method, (P[:, 0], ONEHOT[:, 0]),
                 "predictions must be (N, columns), got (20,)"),
                (one, method, (P[:0], ONEHOT[:0]),
                 "predictions is an empty batch, got (0, 4): N must be at least 1"),
            ]
    return rows


def labels() -> list[tuple[Callable[[Any], Any], str, tuple[Any, ...], str]]:
    """The same of targets and predictions where the targets are classes."""
    rows = []
    for name in (CCE, COMBINED):
        for method in ("forward", "backward"):
            def wrong(y, message, p=P, name=name, method=method):
                rows.append((new(name), method, (p, y), message))

            def indices(at, label, kind, *, wrong=wrong):
                y = Y.astype(kind)
                y[at:at + 2] = label
                got = f"{y[at].item()} at sample {at}"
                whole = label == np.floor(label)
                wrong(y, f"class indices must be {'0 to 3' if whole else 'whole numbers'}, "
                         f"got {got}")

            indices(7, 4, "i8")
            indices(7, 4, "u1")
            indices(7, 255, "u1")
            indices(0, -1, "i8")
            indices(0, -4, "i1")
            indices(18, 2**40, "i8")
            indices(3, 4.0, "f4")
            indices(3, -1.0, "f8")
            indices(5, 0.5, "f8")
            indices(5, np.nan, "f4")
            wrong(np.where(Y == Y, np.inf, Y),
                  "class indices must be whole numbers, got inf at sample 0")
            wrong(Y[:9], "y_true must have one label for each of the 20 samples, got 9")
            wrong(Y[:0], "y_true must have one label for each of the 20 samples, got 0")
            wrong(ONEHOT[:, :3], "one-hot y_true must be (20, 4) like the predictions, "
                                 "got (20, 3)")
            wrong(ONEHOT[:9], "one-hot y_true must be (20, 4) like the predictions, got (9, 4)")
            wrong(Y[:, None], "y_true must be (N,) class indices or (20, 4) one-hot, got (20, 1). "
                              "Class indices in a column: pass y_true.ravel()")
            wrong(ONEHOT[None], "y_true must be (N,) class indices or (N, 4) one-hot, "
                                "got (1, 20, 4)")
            wrong(2, "y_true must be (N,) class indices or (N, 4) one-hot, got ()")
            first = "predictions" if name == CCE else "inputs" if method == "forward" else "dvalues"
            wrong(Y, f"{first} must be (N, columns), got (4,)", p=P[0])
            wrong(Y[:0], f"{first} is an empty batch, got (0, 4): N must be at least 1", p=P[:0])
    return rows


@pytest.mark.parametrize(("make", "method", "arguments", "message"), shapes() + labels())
def test_method_refuses_a_wrong_shape_or_label(make, method, arguments, message):
    one = make(fastnn)
    who = repr(one) if isinstance(one, fastnn.Layer_Dense) else type(one).__name__
    assert_refused(lambda: getattr(one, method)(*arguments), ValueError,
                   f"{who}.{method}: {message}", one)


ACCURACIES = ["Accuracy_Categorical", "Accuracy_Regression"]


@pytest.mark.parametrize("name", ACCURACIES)
def test_accuracy_refuses_wrong_shapes(name):
    one = new(name)(fastnn)
    who = f"{name}.calculate"
    for predictions, y, message in (
            (Y, Y[:9], "y must be (20,) like the predictions, got (9,)"),
            (Y, Y[:, None], "y must be (20,) like the predictions, got (20, 1)"),
            (Z, Z[:, 0], "y must be (20, 4) like the predictions, got (20,)"),
            (1, Y, "predictions must be a batch, got the number 1"),
            (Y[:0], Y, "predictions is an empty batch, got (0,)"),
            (Y, ONEHOT[:0], "y is an empty batch, got (0, 4)")):
        assert_refused(lambda p=predictions, y=y: one.calculate(p, y), ValueError,
                       f"{who}: {message}", one)


def test_accuracy_of_classes_refuses_onehot_of_another_length():
    assert_refused(lambda: fastnn.Accuracy_Categorical().calculate(Y, ONEHOT[:9]), ValueError,
                   "Accuracy_Categorical.calculate: y must have one target for each of the 20 "
                   "predictions, got 9")


def test_accuracy_of_classes_refuses_matrices_of_both():
    """Targets (N, 1) would count as one-hot, and a comparison with predictions (N, 1) be (N, N)."""
    column = Y[:, None]
    assert_refused(lambda: fastnn.Accuracy_Categorical().calculate(column, column), ValueError,
                   "Accuracy_Categorical.calculate: with targets of two axes predictions must be "
                   "classes (N,), got (20, 1). Accuracy_Categorical(binary=True) compares 0 and 1 "
                   "one by one")


# ------------------------------------------------------------------------------------ constructors

CONSTRUCTORS: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    *(("Layer_Dense", {"n_inputs": 2, "n_neurons": 3} | {name: value}, error,
       f"{name} must be {message}")
      for name in ("n_inputs", "n_neurons")
      for value, error, message in (
          (0, ValueError, "at least 1, got 0"), (-1, ValueError, "at least 1, got -1"),
          *((wrong, TypeError, f"a whole number, got {wrong!r}")
            for wrong in (2.0, True, "2", None, (2, 3))))),
    *(("Layer_Dense", {"n_inputs": 2, "n_neurons": 3, name: value}, error, f"{name} must be {told}")
      for name in ("weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
                   "bias_regularizer_l2")
      for value, error, told in (
          (-0.1, ValueError, "at least 0, got -0.1"), (np.nan, ValueError, "at least 0, got nan"),
          ("0.1", TypeError, "a number, got '0.1'"), (None, TypeError, "a number, got None"),
          (1j, TypeError, "a number, got 1j"), (True, TypeError, "a number, got True"))),
    ("Layer_Dense", {"n_inputs": 2, "n_neurons": 3, "weight_scale": "0.1"}, TypeError,
     "weight_scale must be a number, got '0.1'"),
    *(("Layer_Dropout", {"rate": value}, error, f"rate must be {told}") for value, error, told in (
        (1, ValueError, "less than 1, got 1"), (1.5, ValueError, "less than 1, got 1.5"),
        (-0.1, ValueError, "at least 0, got -0.1"), (np.nan, ValueError, "at least 0, got nan"),
        ("0.1", TypeError, "a number, got '0.1'"), (None, TypeError, "a number, got None"))),
    ("Activation_LeakyReLU", {"alpha": "0.1"}, TypeError, "alpha must be a number, got '0.1'"),
    *((f"Optimizer_{kind}", {name: value}, error, f"{name} must be {told}")
      for kind, names in (("SGD", ["learning_rate", "decay", "momentum"]),
                          ("Adagrad", ["learning_rate", "decay", "epsilon"]),
                          ("RMSprop", ["learning_rate", "decay", "epsilon"]),
                          ("Adam", ["learning_rate", "decay", "epsilon"]))
      for name in names
      for value, error, told in (
          (-1, ValueError, "at least 0, got -1"), (np.nan, ValueError, "at least 0, got nan"),
          ("1", TypeError, "a number, got '1'"), (None, TypeError, "a number, got None"),
          ([1.0], TypeError, "a number, got [1.0]"))),
    *((f"Optimizer_{kind}", {name: value}, ValueError, f"{name} must be from 0 to 1, got {value}")
      for kind, names in (("RMSprop", ["rho"]), ("Adam", ["beta_1", "beta_2"]))
      for name in names for value in (-0.1, 1.1, np.nan, np.inf)),
]


@pytest.mark.parametrize(("name", "arguments", "error", "message"), CONSTRUCTORS,
                         ids=[f"{name} {message}" for name, *_, message in CONSTRUCTORS])
def test_constructor_refuses_a_wrong_argument(name, arguments, error, message):
    assert_refused(lambda: getattr(fastnn, name)(**arguments), error, f"{name}: {message}")


def test_constructor_takes_numbers_of_numpy():
    layer = fastnn.Layer_Dense(np.int64(2), np.uint8(3), weight_regularizer_l1=np.float32(0.5))
    assert layer.weights.shape == (2, 3)
    assert fastnn.Layer_Dropout(np.float64(0.25)).rate == 0.75
    assert fastnn.Layer_Dropout(0).rate == 1


# ------------------------------------------------------------------------------- order of the calls

TOO_EARLY: list[tuple[str, Callable[[], Any], Callable[[Any], Any], str]] = [
    (f"Layer_Dense({I}, {C}).backward", lambda: fastnn.Layer_Dense(I, C),
     lambda one: one.backward(Z), "inputs is not set yet, call forward first"),
    ("Layer_Dropout.backward", lambda: fastnn.Layer_Dropout(0.5), lambda one: one.backward(Z),
     "binary_mask is not set yet, call forward with training first"),
    *((f"Activation_{name}.backward", partial(new(f"Activation_{name}"), fastnn),
       lambda one: one.backward(Z), f"{kept_by(name)} is not set yet, call forward first")
      for name in ACTIVATIONS),
    *((f"Optimizer_{name}.update_params", getattr(fastnn, f"Optimizer_{name}"),
       lambda one: one.update_params(fastnn.Layer_Dense(I, C)),
       "dweights is not set yet, call backward first")
      for name in names_of("optimizer", "Optimizer_")),
    *((f"{name}.calculate_accumulated", getattr(fastnn, name),
       lambda one: one.calculate_accumulated(),
       "nothing has been accumulated since new_pass, call calculate first")
      for name in (CCE, *ACCURACIES)),
    ("Accuracy_Regression.compare", fastnn.Accuracy_Regression, lambda one: one.calculate(Z, Z),
     "there is no precision yet, call init(y) first"),
]


@pytest.mark.parametrize(("who", "make", "call", "message"), TOO_EARLY,
                         ids=[row[0] for row in TOO_EARLY])
def test_method_says_what_to_call_first(who, make, call, message):
    one = make()
    before = everything(one)
    state = np.random.get_state()
    with pytest.raises(RuntimeError, match=f"^{re.escape(f'{who}: {message}')}$"):
        call(one)
    np.random.set_state(state)  # one of the calls makes a layer
    assert_same(everything(one), before)


def test_dropout_without_training_sets_no_mask():
    one = fastnn.Layer_Dropout(0.5)
    one.forward(Z, training=False)
    assert_refused(lambda: one.backward(Z), RuntimeError, "Layer_Dropout.backward: binary_mask is "
                   "not set yet, call forward with training first", one)


def test_accumulated_numbers_go_with_a_new_pass():
    loss, accuracy = fastnn.Loss_MeanSquaredError(), fastnn.Accuracy_Categorical()
    loss.calculate(P, ONEHOT)
    accuracy.calculate(Y, Y)
    for one in (loss, accuracy):
        one.calculate_accumulated()
        one.new_pass()
        with pytest.raises(RuntimeError, match="nothing has been accumulated since new_pass"):
            one.calculate_accumulated()
