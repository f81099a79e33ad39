"""What `fastnn.files.storage` promises: exact round trips, and what cannot be written."""

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from stored import (
    DTYPES,
    HEADER,
    LAYOUTS,
    Arrays,
    assert_same_array,
    assert_same_arrays,
    npy,
    small_arrays,
)

from fastnn.files import storage

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("error", [type("TimeUp", (Exception,), {}), TimeoutError])
def test_a_time_out_is_no_damage(error: type[Exception]) -> None:
    with pytest.raises(error), storage.explained("file", "a file"):
        raise error


# ---- round trips


@pytest.mark.parametrize("dtype", [*DTYPES, "<c8", "<U3", "|S2"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3), (1, 1), (2, 3, 4)])
def test_round_trip_keeps_value_dtype_and_shape(
    tmp_path: Path, dtype: str, shape: tuple[int, ...]
) -> None:
    expected = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    storage.write(tmp_path / "a", {}, {"x": expected})
    _, got = storage.read(tmp_path / "a")
    assert_same_array(got["x"], expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_round_trip_keeps_any_layout(tmp_path: Path, layout: str) -> None:
    expected = LAYOUTS[layout]
    storage.write(tmp_path / "a", {}, {"x": expected})
    got = storage.read(tmp_path / "a")[1]["x"]
    assert_same_array(got, expected)
    assert got.flags.writeable and got.flags.owndata and got.flags.aligned


def test_round_trip_keeps_fortran_order(tmp_path: Path) -> None:
    storage.write(tmp_path / "a", {}, {"x": LAYOUTS["fortran"]})
    got = storage.read(tmp_path / "a")[1]["x"]
    assert got.flags.f_contiguous and not got.flags.c_contiguous


NUMBERS = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1)
SHAPES = hnp.array_shapes(min_dims=0, min_side=0, max_side=3)
JSON = st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none())


@settings(max_examples=60, deadline=None)
@given(
    header=JSON,
    arrays=st.dictionaries(
        NAMES.filter(lambda name: name != "header"), hnp.arrays(NUMBERS, SHAPES), max_size=3
    ),
)
def test_round_trip_holds_for_any_header_and_arrays(
    tmp_path_factory: pytest.TempPathFactory, header: dict[str, Any], arrays: Arrays
) -> None:
    path = tmp_path_factory.getbasetemp() / "hypothesis.npz"
    storage.write(path, header, arrays)
    got_header, got_arrays = storage.read(path)
    own = {key: got_header[key] for key in ("format", "format_version", "sha256")}
    assert got_header == {**header, **own}
    assert_same_arrays(got_arrays, arrays)


def test_header_returns_with_the_format_fields(tmp_path: Path) -> None:
    storage.write(tmp_path / "a", HEADER, {})
    got, arrays = storage.read(tmp_path / "a")
    digest = got.pop("sha256")
    assert re.fullmatch("[0-9a-f]{64}", digest)
    assert got == {**HEADER, "format": "fastnn", "format_version": 1}
    assert arrays == {}


def test_header_once_read_can_be_written_again(tmp_path: Path) -> None:
    storage.write(tmp_path / "a", HEADER, small_arrays())
    header, arrays = storage.read(tmp_path / "a")
    storage.write(tmp_path / "b", header, arrays)
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
    arrays["more"] = np.zeros(1)
    storage.write(tmp_path / "b", header, arrays)
    assert_same_arrays(storage.read(tmp_path / "b")[1], arrays)


def test_file_opens_with_np_load(tmp_path: Path) -> None:
    storage.write(tmp_path / "a.npz", HEADER, small_arrays())
    with np.load(tmp_path / "a.npz", allow_pickle=False) as got:
        header = got["header"]
        assert_same_arrays({name: got[name] for name in small_arrays()}, small_arrays())
    assert header.dtype == np.uint8
    assert json.loads(header.tobytes().decode("utf-8"))["note"] == "é"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_member_is_the_very_bytes_of_np_save(tmp_path: Path, layout: str) -> None:
    storage.write(tmp_path / "a", {}, {"x": LAYOUTS[layout]})
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert archive.read("x.npy") == npy(LAYOUTS[layout])


# ---- what cannot be written

UNPLAIN = {
    "object": np.array([1, None]),
    "ragged": np.array([[1], [2, 3]], dtype=object),
    "record": np.zeros(2, dtype=[("a", "f4"), ("b", "O")]),
    "string": np.array(["a"], dtype=np.dtypes.StringDType()),
    "text-of-no-width": np.ndarray((2,), "S0"),
    "date": np.array(["2020-01-01"], "M8[D]"),
}


@pytest.mark.parametrize("name", UNPLAIN)
def test_array_that_needs_pickle_is_named_and_nothing_written(tmp_path: Path, name: str) -> None:
    arrays = {"fine": np.zeros(2), name: UNPLAIN[name]}
    with pytest.raises(TypeError, match=f"array '{name}' has dtype .*without pickle"):
        storage.write(tmp_path / "a", {}, arrays)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "value", [[1.0], 1.0, np.float32(1), None, np.ma.masked_array([1], [True])]
)
def test_value_that_is_no_plain_array_is_named(tmp_path: Path, value: Any) -> None:
    with pytest.raises(TypeError, match="array 'x' is no plain NumPy array but "):
        storage.write(tmp_path / "a", {}, {"x": value})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", "header", "a/b", "a\\b", "a\0b", "\ud800"])
def test_bad_array_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="an array's name is text without slashes, not 'header'"):
        storage.write(tmp_path / "a", {}, {name: np.zeros(1)})
    assert os.listdir(tmp_path) == []


def test_header_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Object of type ndarray is not JSON serializable"):
        storage.write(tmp_path / "a", {"x": np.zeros(1)}, {})
    assert os.listdir(tmp_path) == []
