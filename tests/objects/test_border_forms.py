"""What each method takes in whatever form: lists, tables, other types and layouts."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from programs import arrays_of, assert_same
from rosters import PLAIN
from slots import (
    ACTIVATIONS,
    CCE,
    ONEHOT,
    RNG,
    SLOTS,
    C,
    I,
    N,
    Slot,
    X,
    Y,
    Z,
    assert_refused,
    returned,
)

import fastnn
from fastnn import reference

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


# ------------------------------------------------------------------------------- two at a time

# What a sum or a mean runs over must not turn with both arguments: one turned alone is noticed.
LAYOUTS = ["plain", "Fortran", "strided columns", "columns of a wider one", "negative strides",
           "float64", "Fortran, float64", "Fortran, big-endian"]
FORMS_OF_TWO = {
    **FORMS,
    "plain": lambda a: a,
    "strided columns": lambda a: np.asfortranarray(np.repeat(a, 2, axis=0))[::2],
    "Fortran, float64": lambda a: np.asfortranarray(a, "f8"),
    "Fortran, big-endian": lambda a: np.asfortranarray(a, a.dtype.newbyteorder(">")),
}
PAIRED = [slot for slot in SLOTS if slot.other and slot.first]
BACK = [("Layer_Dense", (I, C), X), ("Layer_Dropout", (0.3,), Z),
        *((f"Activation_{name}", (), Z) for name in ACTIVATIONS), ("Layer_BatchNorm", (C,), Z)]


@pytest.mark.parametrize("given", LAYOUTS)
@pytest.mark.parametrize("slot", PAIRED, ids=[
    f"{s.who}.{s.method} {s.other[0].shape}" for s in PAIRED])
def test_both_arguments_in_any_forms(book_numpy, slot, given):
    for other in LAYOUTS:
        if slot.other[0].ndim == 1 and "float64" in other:
            continue  # class indices
        both = slot._replace(other=(FORMS_OF_TWO[other](slot.other[0]),))
        value = FORMS_OF_TWO[given](slot.value)
        assert_same(returned(both, fastnn, value), returned(both, reference, value))


@pytest.mark.parametrize("there", LAYOUTS)
@pytest.mark.parametrize(("name", "arguments", "inputs"), BACK, ids=[name for name, *_ in BACK])
def test_back_in_any_form_behind_any_form(book_numpy, name, arguments, inputs, there):
    """A dense layer's products are NumPy's to the bit where they are rounded to float32."""
    slope = RNG.normal(size=(N, C)).astype("f4")
    for back in LAYOUTS:
        got = []
        for nn in (fastnn, PLAIN):
            np.random.seed(9)
            layer = getattr(nn, name)(*arguments)
            layer.forward(FORMS_OF_TWO[there](inputs))
            layer.backward(FORMS_OF_TWO[back](slope))
            got.append(arrays_of({"layer": layer}))
        assert_same(*got)
