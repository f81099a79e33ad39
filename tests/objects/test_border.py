"""The border: what each method refuses, in which words, and what it takes in whatever form."""

import pickle
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from programs import arrays_of, assert_same

import fastnn
from fastnn import reference

N, I, C = 20, 3, 4  # noqa: E741  samples, inputs, outputs or classes
RNG = np.random.default_rng(8)
X = RNG.normal(size=(N, I)).astype("f4")
Z = RNG.normal(size=(N, C)).astype("f4")
P = RNG.uniform(0.1, 0.9, (N, C)).astype("f4")
Y = RNG.integers(0, C, N)
ONEHOT = np.eye(C, dtype="f4")[Y]

ACTIVATIONS = ["ReLU", "LeakyReLU", "Softmax", "Sigmoid", "Tanh", "Linear"]
POINTWISE = ["BinaryCrossentropy", "MeanSquaredError", "MeanAbsoluteError"]
CCE = "Loss_CategoricalCrossentropy"
COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"


def new(name: str, *arguments: Any, forward: np.ndarray | None = None) -> Callable[[Any], Any]:
    """A function of a module of classes: an object, after a pass forward where one is given."""
    def make(nn):
        one = getattr(nn, name)(*arguments)
        if forward is not None:
            one.forward(forward)
        if name == "Accuracy_Regression":
            one.init(Z)
        return one
    return make


class Slot(NamedTuple):
    """One array argument of one method."""

    who: str
    name: str
    make: Callable[[Any], Any]  # module of classes -> an object ready for the call
    method: str
    value: np.ndarray  # what stands there rightly
    other: tuple[np.ndarray, ...] = ()  # the method's other argument
    first: bool = True

    def call(self, one: Any, value: Any) -> Any:
        arguments = (value, *self.other) if self.first else (*self.other, value)
        return getattr(one, self.method)(*arguments)


def _slots() -> list[Slot]:
    dense = f"Layer_Dense({I}, {C})"
    slots = [
        Slot(dense, "inputs", new("Layer_Dense", I, C), "forward", X),
        Slot(dense, "dvalues", new("Layer_Dense", I, C, forward=X), "backward", Z),
        Slot("Layer_Dropout", "inputs", new("Layer_Dropout", 0.3), "forward", Z),
        Slot("Layer_Dropout", "dvalues", new("Layer_Dropout", 0.3, forward=Z), "backward", Z),
    ]
    for name in ACTIVATIONS:
        name = f"Activation_{name}"
        slots += [Slot(name, "inputs", new(name), "forward", Z),
                  Slot(name, "dvalues", new(name, forward=Z), "backward", Z)]
    pairs = [(f"Loss_{name}", P, ONEHOT) for name in POINTWISE]
    pairs += [(CCE, P, Y), (CCE, P, ONEHOT), (COMBINED, P, Y), (COMBINED, P, ONEHOT)]
    for name, p, y in pairs:
        for method in ("forward", "backward"):
            words = {"forward": "inputs", "backward": "dvalues"}
            first = words[method] if name == COMBINED else "predictions"
            slots += [Slot(name, first, new(name), method, p, (y,)),
                      Slot(name, "y_true", new(name), method, y, (p,), first=False)]
    for name, p, y in (("Accuracy_Categorical", Y, Y), ("Accuracy_Regression", P, Z)):
        slots += [Slot(name, "predictions", new(name), "calculate", p, (y,)),
                  Slot(name, "y", new(name), "calculate", y, (p,), first=False)]
    return slots


SLOTS = _slots()
every_slot = pytest.mark.parametrize(
    "slot", SLOTS, ids=[f"{s.who}.{s.method}, {s.name} {s.value.shape}" for s in SLOTS])


def everything(*objects: Any) -> dict[str, np.ndarray]:
    """All arrays on the objects, and the random state."""
    return arrays_of({"objects": list(objects), "random": list(np.random.get_state()[1:3])})


def assert_refused(call: Callable[[], Any], error: type[Exception], message: str,
                   *objects: Any) -> None:
    """The call raises this error with all of this message, and changes nothing."""
    before = everything(*objects)
    with pytest.raises(error, match=f"^{re.escape(message)}$") as raised:
        call()
    assert type(raised.value) is error
    assert_same(everything(*objects), before)


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
}


@every_slot
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_slot_refuses_what_is_no_number(slot, kind):
    change, got = kind
    one, value = slot.make(fastnn), change(slot.value)
    assert_refused(
        lambda: slot.call(one, value), TypeError,
        f"{slot.who}.{slot.method}: {slot.name} must be an array of numbers, got {got}", one)


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
        kept = "output" if name in ("Softmax", "Sigmoid", "Tanh") else "inputs"
        rows += [(one, "backward", (Z[:9],),
                  f"dvalues must be (20, 4) like its {kept}, got (9, 4)"),
                 (one, "backward", (Z[:, :1],),
                  f"dvalues must be (20, 4) like its {kept}, got (20, 1)")]
        if name != "Softmax":
            rows.append((one, "forward", (Z[:0],), "inputs is an empty batch, got (0, 4)"))
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
       lambda one: one.backward(Z), f"{kept} is not set yet, call forward first")
      for name, kept in zip(ACTIVATIONS, ("inputs", "inputs", "output", "output", "output",
                                          "inputs"))),
    *((f"Optimizer_{name}.update_params", getattr(fastnn, f"Optimizer_{name}"),
       lambda one: one.update_params(fastnn.Layer_Dense(I, C)),
       "dweights is not set yet, call backward first")
      for name in ("SGD", "Adagrad", "RMSprop", "Adam")),
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


# ----------------------------------------------------------------------------------------- updates

OPTIMIZERS = {
    "SGD": fastnn.Optimizer_SGD, "SGD, momentum": partial(fastnn.Optimizer_SGD, momentum=1),
    "Adagrad": fastnn.Optimizer_Adagrad, "RMSprop": fastnn.Optimizer_RMSprop,
    "Adam": fastnn.Optimizer_Adam,
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def trained(optimizer: Any) -> fastnn.Layer_Dense:
    """A layer after one step with this optimizer."""
    layer = fastnn.Layer_Dense(I, C)
    layer.forward(X)
    layer.backward(Z)
    optimizer.update_params(layer)
    return layer


@every_optimizer
@pytest.mark.parametrize(("name", "value", "error", "message"), [
    ("dweights", np.ones((C, I)), ValueError, "dweights must be (3, 4) like weights, got (4, 3)"),
    ("dweights", np.ones((2, I, C)), ValueError,
     "dweights must be (3, 4) like weights, got (2, 3, 4)"),
    ("dbiases", np.ones((C, 1)), ValueError, "dbiases must be (1, 4) like biases, got (4, 1)"),
    ("dbiases", np.ones((I, C)), ValueError, "dbiases must be (1, 4) like biases, got (3, 4)"),
    ("dbiases", np.ones((1, C), object), TypeError,
     "biases and dbiases must be floats, got float64 and object"),
    ("dweights", np.ones((I, C), complex), TypeError,
     "weights and dweights must be floats, got float64 and complex128"),
    ("weights", np.ones((I, C), int), TypeError,
     "weights and dweights must be floats, got int64 and float32"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_optimizer_refuses_gradients_that_do_not_fit(optimizer, name, value, error, message):
    one = optimizer()
    layer = trained(one)
    setattr(layer, name, value)
    assert_refused(lambda: one.update_params(layer), error,
                   f"{type(one).__name__}.update_params: {message}", one, layer)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "SGD"])
def test_optimizer_refuses_state_of_another_shape(name):
    one = OPTIMIZERS[name]()
    layer = trained(one)
    state = "bias_cache" if hasattr(layer, "bias_cache") else "bias_momentums"
    setattr(layer, state, np.zeros((1, 9)))
    assert_refused(lambda: one.update_params(layer), ValueError,
                   f"{type(one).__name__}.update_params: {state} must be (1, 4) like biases, "
                   "got (1, 9)", one, layer)


@every_optimizer
def test_optimizer_refuses_parameters_that_are_read_only(optimizer):
    one = optimizer()
    layer = trained(one)
    layer.biases.flags.writeable = False
    before = everything(one, layer)
    with pytest.raises(ValueError, match="read-only"):
        one.update_params(layer)
    assert_same(everything(one, layer), before)


@every_optimizer
def test_optimizer_refuses_or_takes_gradients_in_a_list(optimizer):
    one = optimizer()
    layer = trained(one)
    layer.dbiases = layer.dbiases.tolist()
    before = everything(one, layer)
    try:
        one.update_params(layer)
    except TypeError:
        assert_same(everything(one, layer), before)


@every_optimizer
def test_optimizer_takes_lists_as_numpy_does(optimizer):
    """`weights += step` turns a list into an array."""
    one, other = optimizer(), optimizer()
    layer, expected = trained(one), trained(other)
    layer.weights, layer.biases = expected.weights.tolist(), expected.biases.tolist()
    layer.dweights = expected.dweights
    one.update_params(layer)
    other.update_params(expected)
    np.testing.assert_array_equal(layer.weights, expected.weights)
    np.testing.assert_array_equal(layer.biases, expected.biases)


# ------------------------------------------------------------------------------ whatever the form

FORMS: dict[str, Callable[[np.ndarray], Any]] = {
    "list": np.ndarray.tolist,
    "tuple of arrays": tuple,
    "int64": lambda a: np.round(a * 3).astype("i8"),
    "int8": lambda a: np.round(a * 3).astype("i1"),
    "uint8": lambda a: np.abs(np.round(a * 3)).astype("u1"),
    "bool": lambda a: a > 0.5,
    "float16": lambda a: a.astype("f2"),
    "float64": lambda a: a.astype("f8"),
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "columns of a wider one": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "negative strides": lambda a: np.flip(np.flip(a).copy()),
    "read-only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "broadcast": lambda a: np.broadcast_to(a[:1], a.shape),
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
    "subclass": lambda a: a.view(type("Named", (np.ndarray,), {})),
    "unpickled": lambda a: pickle.loads(pickle.dumps(a)),
}


def forms() -> list[Any]:
    """Every slot in every form."""
    params = []
    for slot, form in ((slot, form) for form in FORMS for slot in SLOTS):
        if form in ("uint8", "bool") and (slot.who, slot.name) == (CCE, "y_true"):
            continue  # the reference's -y is none; see test_objects
        params.append(pytest.param(
            slot, form, id=f"{slot.who}.{slot.method}, {slot.name} {slot.value.shape}, {form}"))
    return params


def formed(slot: Slot, form: str) -> Any:
    """The slot's array in another form; targets stay targets."""
    value = slot.value
    if slot.value is Y or slot.value is ONEHOT:
        if form == "bool":
            return value == 1
        if form in ("int8", "int64", "uint8", "float16"):
            return value.astype(form)
    return FORMS[form](value)


def returned(slot: Slot, nn: Any, value: Any) -> dict[str, np.ndarray]:
    """What the call gives back and leaves on the object, from the same random numbers."""
    np.random.seed(9)
    one = slot.make(nn)
    with np.errstate(all="ignore"):
        result = slot.call(one, value)
    return arrays_of({"object": one, "result": result})


@pytest.mark.parametrize(("slot", "form"), forms())
def test_slot_takes_any_form(book_numpy, slot, form):
    value = formed(slot, form)
    kept = np.array(value)
    for array in value if form == "tuple of arrays" else [value]:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False  # whoever writes to it gets an error
    # Lists are arrays of numbers; and class indices, whatever their type, are integers.
    plain = value if isinstance(value, np.ndarray) else np.array(value)
    if slot.value is Y and slot.name == "y_true":
        plain = plain.astype(int)
    try:
        expected = returned(slot, reference, plain)
    except TypeError as error:  # NumPy does not do this to bools; then neither need we
        one = slot.make(fastnn)
        assert_refused(lambda: slot.call(one, value), type(error), str(error), one)
    else:
        assert_same(returned(slot, fastnn, value), expected)
    np.testing.assert_array_equal(value, kept)


NUMBERS = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, 1e-40]


@pytest.mark.parametrize("slot", [slot for slot in SLOTS if slot.value is not Y],
                         ids=lambda slot: f"{slot.who}.{slot.method}, {slot.name}")
@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_slot_passes_any_number_on_as_numpy_does(book_numpy, slot, kind):
    for number in NUMBERS:
        value = slot.value.astype(kind)
        value[3, 2] = value[-1, :] = number
        assert_same(returned(slot, fastnn, value), returned(slot, reference, value))
