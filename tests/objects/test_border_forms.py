"""What each method takes in whatever form: lists, tables, other types and layouts."""

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from programs import assert_same
from slots import CCE, ONEHOT, SLOTS, Slot, Y, assert_refused, returned

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
