"""Small arrays, layouts and forged files for the tests of storage."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastnn.files.storage import StorageError

Arrays = dict[str, np.ndarray[Any, Any]]
DTYPES = ["?", "i1", "u1", "<i2", ">u2", "<i4", ">i4", "<i8", "<u8", "<f2", "<f4", ">f8", "<f8"]
HEADER = {"model": "tiny", "sizes": [2, 3], "rate": 0.1, "note": "é", "none": None}


def small_arrays() -> Arrays:
    weights = np.arange(6, dtype=np.float32).reshape(2, 3) / 7
    return {"layers.0.weights": weights, "layers.0.biases": np.array([[1.5, -0.0]])}


def assert_same_array(got: Any, expected: Any) -> None:
    assert type(got) is np.ndarray
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    assert got.tobytes() == expected.tobytes()


def assert_same_arrays(got: Arrays, expected: Arrays) -> None:
    assert list(got) == list(expected)
    for name, array in expected.items():
        assert_same_array(got[name], array)


def refusal(action: Callable[[Any], object], path: Path) -> str:
    """The message of the StorageError; checks what every such message holds."""
    with pytest.raises(StorageError) as caught:
        action(path)
    got = str(caught.value)
    assert got.startswith(f"cannot read {str(path)!r}: expected ")
    assert ", found " in got
    assert "\n" not in got
    return got


LAYOUTS = {
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(24.0).reshape(4, 6)[::2, ::3],
    "reversed": np.arange(5)[::-1],
    "transposed": np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    "broadcast": np.broadcast_to(np.float32(3), (2, 2)),
    "read-only": np.frombuffer(b"abcdefgh", np.uint8),
    "unaligned": np.frombuffer(b"_abcdefgh", np.float64, offset=1),
    "special": np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324]),
}


def npy(array: Any, descr: str | None = None, shape: str | None = None) -> bytes:
    """A .npy file, whose start may be made to lie."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    data = buffer.getvalue()
    if descr is None and shape is None:
        return data
    text = f"{{'descr': {descr or repr(array.dtype.str)}, 'fortran_order': False, "
    text += f"'shape': {shape or array.shape}, }}\n"
    start = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    return start + bytes(array.tobytes())
