"""The book's pickles: what is loaded, and what is refused and not run."""

import codecs
import itertools
import os
import pickle
import re
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stored import LAYOUTS, refusal

from fastnn.files import pickles, storage
from fastnn.files.storage import StorageError

pytestmark = pytest.mark.filterwarnings("error")


def book_parameters() -> list[tuple[Any, Any]]:
    """What Model.get_parameters gives: a list of (weights, biases)."""
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(3, 2)).astype(np.float32), np.zeros((1, 2))) for _ in range(2)]


def assert_same_value(got: Any, expected: Any) -> None:
    assert type(got) is type(expected)
    if isinstance(expected, np.ndarray | np.generic):
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        assert got.tobytes() == expected.tobytes()
    elif isinstance(expected, list | tuple):
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert_same_value(one, other)
    else:
        assert got == expected


@pytest.mark.parametrize("protocol", range(6))
def test_book_parameters_load_from_any_protocol(tmp_path: Path, protocol: int) -> None:
    expected = book_parameters()
    (tmp_path / "a").write_bytes(pickle.dumps(expected, protocol))
    assert storage.kind(tmp_path / "a") == "pickle"
    got = pickles.read(tmp_path / "a")
    assert_same_value(got, expected)
    assert all(array.flags.writeable for pair in got for array in pair)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("layout", [*LAYOUTS, "zero-d", "empty", "text", "big-endian", "bool"])
def test_pickled_array_of_any_layout_loads(tmp_path: Path, layout: str, protocol: int) -> None:
    others = {
        "zero-d": np.array(2.5),
        "empty": np.zeros((0, 3)),
        "text": np.array(["a", "bcd"]),
        "big-endian": np.arange(3, dtype=">i4"),
        "bool": np.array([True, False]),
    }
    expected = (LAYOUTS | others)[layout]
    (tmp_path / "a").write_bytes(pickle.dumps(expected, protocol))
    assert_same_value(pickles.read(tmp_path / "a"), expected)


@pytest.mark.parametrize("protocol", range(6))
def test_pickled_plain_values_and_scalars_load(tmp_path: Path, protocol: int) -> None:
    plain = [1, 2.5, "é", b"x", b"", None, True, (1, [2]), 10**30, {}]
    expected = [*plain, np.float32(2), np.int64(-1), np.bool_(True)]
    (tmp_path / "a").write_bytes(pickle.dumps(expected, protocol))
    assert_same_value(pickles.read(tmp_path / "a"), expected)


def test_pickled_dict_of_arrays_loads(tmp_path: Path) -> None:
    expected = {"w": np.arange(3), 1: [np.float64(2)]}
    (tmp_path / "a").write_bytes(pickle.dumps(expected))
    got = pickles.read(tmp_path / "a")
    assert list(got) == ["w", 1]
    assert_same_value(list(got.values()), list(expected.values()))


def test_pickled_array_used_twice_stays_one_array(tmp_path: Path) -> None:
    array = np.arange(3.0)
    (tmp_path / "a").write_bytes(pickle.dumps([(array, array), array]))
    got = pickles.read(tmp_path / "a")
    assert got[0][0] is got[0][1] is got[1]


@pytest.mark.parametrize("new", [b"numpy._core.multiarray", b"numpy.core.multiarray"])
def test_pickle_of_old_and_new_numpy_loads_without_warning(tmp_path: Path, new: bytes) -> None:
    expected = [*book_parameters(), np.float32(0.5)]
    data = pickle.dumps(expected, protocol=2)
    (core,) = set(re.findall(rb"numpy\._?core\.multiarray", data))
    (tmp_path / "a").write_bytes(data.replace(core, new))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = pickles.read(tmp_path / "a")
    assert_same_value(got, expected)


def test_pickle_of_old_numpy_in_protocol_5_loads(tmp_path: Path) -> None:
    class FromBuffer:
        def __reduce__(self) -> Any:
            return codecs.encode, (np.arange(2.0).tobytes(), np.dtype("f8"), (2,), "C")

    # SHORT_BINUNICODE: a length byte, then the text.
    data = pickle.dumps(FromBuffer(), protocol=5).replace(
        b"\x8c\x07_codecs", b"\x8c\x12numpy.core.numeric"
    )
    data = data.replace(b"\x8c\x06encode", b"\x8c\x0b_frombuffer")
    frame = len(data) - 11  # PROTO and FRAME with its length
    data = data[:3] + frame.to_bytes(8, "little") + data[11:]
    (tmp_path / "a").write_bytes(data)
    assert_same_value(pickles.read(tmp_path / "a"), np.arange(2.0))


class Reduced:
    """Pickles as a call of anything, with any state set after."""

    def __init__(self, function: Any, *args: Any, state: Any = None) -> None:
        self.reduced = (function, args) if state is None else (function, args, state)

    def __reduce__(self) -> Any:
        return self.reduced


class Model:
    """Stands for the book's class, saved whole by Model.save."""


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("function", [os.system, eval, exec, __import__])
def test_hostile_pickle_is_refused_and_not_run(
    tmp_path: Path, function: Any, protocol: int
) -> None:
    proof = tmp_path / "proof"
    command = f"touch {proof}" if function is os.system else f"open({str(proof)!r}, 'w')"
    data = pickle.dumps([book_parameters(), Reduced(function, command)], protocol)
    (tmp_path / "a").write_bytes(data)
    got = refusal(pickles.read, tmp_path / "a")
    named = rf"refused `\w+\.{function.__name__}`: only NumPy arrays and plain containers are"
    assert re.search(named + " admitted", got)
    assert not proof.exists()
    if function is os.system:  # the trap is a real one
        pickle.loads(data)
        assert proof.exists()


def test_pickle_of_a_class_names_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pickle.dumps(Model()))
    got = refusal(pickles.read, tmp_path / "a")
    name = f"{Model.__module__}.Model"
    assert f"refused `{name}`: only NumPy arrays and plain containers are admitted" in got


RECONSTRUCT = np.arange(1).__reduce__()[0]
FROMBUFFER = np.arange(1).__reduce_ex__(5)[0]
STATE = (3, "|", None, None, None, -1, -1, 0)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.array([None, 1]), "refused `numpy.dtype('O8', False, True)`"),
        (np.zeros(1, dtype=[("a", "f4")]), "refused `numpy.dtype('V4', False, True)`"),
        (np.ma.masked_array([1], [True]), "refused `numpy.ma.core._mareconstruct`"),
        (np.arange(1).view(np.memmap), "refused `numpy.memmap`"),
        (np.ndarray, "refused `numpy.ndarray()`"),
        ({1, 2}, "refused `set`"),
        (1j, "refused `builtins.complex`"),
        (Reduced(codecs.encode, "aW1w", "rot13"), "refused `_codecs.encode('aW1w', 'rot13')`"),
        (Reduced(bytes, 10**12), "refused `builtins.bytes(1000000000000,)`"),
        (Reduced(np.ndarray, (10**12,)), "refused `numpy.ndarray"),
        (Reduced(np.dtype, "f8"), "refused `numpy.dtype('f8',)`"),
        # With its flags cleared an object array takes raw bytes for pointers: a crash or worse.
        (Reduced(np.dtype, "O8", False, True, state=STATE), "refused `numpy.dtype('O8', False"),
        (
            Reduced(FROMBUFFER, b"A" * 8, Reduced(np.dtype, "O8", state=STATE), (1,), "C"),
            "refused `numpy.dtype('O8',)`",
        ),
        (
            Reduced(
                RECONSTRUCT, np.ndarray, (0,), b"b", state=(1, (9**9,), np.dtype("f8"), False, b"")
            ),
            "found 0 bytes for an array of dtype float64 and shape (387420489,)",
        ),
        (Reduced(FROMBUFFER, b"abcd", np.dtype("i1"), (-2, -2), "C"), "shape (-2, -2)"),
    ],
)
def test_pickle_with_anything_else_is_refused(tmp_path: Path, value: Any, found: str) -> None:
    (tmp_path / "a").write_bytes(pickle.dumps([value], protocol=4))
    assert found in refusal(pickles.read, tmp_path / "a")


@pytest.mark.parametrize("code", [b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"])
def test_pickle_naming_by_copyreg_number_is_refused(tmp_path: Path, code: bytes) -> None:
    (tmp_path / "a").write_bytes(b"\x80\x04" + code + b".")
    assert "refused `copyreg extension 1`" in refusal(pickles.read, tmp_path / "a")


def test_pickle_that_would_fill_memory_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\x80\x04]r\xff\xff\xff\x7f.")  # a memo of two thousand million places
    assert "memo place 2147483647" in refusal(pickles.read, path)
    path.write_bytes(b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b"x.")
    assert "a damaged or foreign file (ValueError" in refusal(pickles.read, path)


def test_pickle_that_makes_much_of_one_text_is_refused(tmp_path: Path) -> None:
    """A step of five bytes makes bytes as long as the text, as often as it is called."""
    size, calls = 10**5, 1000
    text = b"X" + size.to_bytes(4, "little") + b"A" * size + b"q\x01"
    data = (b"\x80\x02c_codecs\nencode\nq\x000" + text + b"0X\x06\x00\x00\x00latin1q\x020](")
    (tmp_path / "a").write_bytes(data + b"h\x00h\x01h\x02\x86R" * calls + b"e.")
    tracemalloc.start()
    try:
        assert "arrays larger than the file" in refusal(pickles.read, tmp_path / "a")
        assert tracemalloc.get_traced_memory()[1] < 20 * size
    finally:
        tracemalloc.stop()


def test_pickle_of_shared_or_nested_lists_ends(tmp_path: Path) -> None:
    shared: list[Any] = []
    for _ in range(100):  # 2**100 lists, were they not shared
        shared = [shared, shared]
    (tmp_path / "a").write_bytes(pickle.dumps(shared))
    got = pickles.read(tmp_path / "a")
    assert got[0] is got[1]
    (tmp_path / "a").write_bytes(b"\x80\x04" + b"]" * 10**5 + b"a" * (10**5 - 1) + b".")
    assert "more than 20000 steps" in refusal(pickles.read, tmp_path / "a")


def test_damaged_pickle_is_storage_error_or_loads(tmp_path: Path) -> None:
    path = tmp_path / "a"
    data = pickle.dumps([(np.arange(2.0), np.float32(1))], protocol=4)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        refusal(pickles.read, path)
    for place, bit in itertools.product(range(len(data)), range(8)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :])
        try:
            pickles.read(path)
        except StorageError as error:
            assert str(error).startswith(f"cannot read {str(path)!r}: expected a pickle")
