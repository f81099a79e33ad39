"""What `fastnn.model.storage` promises: exact round trips, whole files, clear refusals."""

import codecs
import hashlib
import io
import itertools
import json
import os
import pickle
import re
import stat
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fastnn.model import pickles, storage
from fastnn.model.storage import StorageError

pytestmark = pytest.mark.filterwarnings("error")

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


# ---- where and how the file lands


@pytest.mark.parametrize("as_text", [True, False])
def test_path_is_used_exactly_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_text: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = "~model" if as_text else Path("~model")
    storage.write(path, {}, small_arrays())
    assert os.listdir(tmp_path) == ["~model"]
    assert_same_arrays(storage.read(path)[1], small_arrays())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.skipif(os.name == "nt", reason="Unix permissions")
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_mode_of_a_new_file_is_that_of_a_plain_open(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        storage.write(tmp_path / "a", {}, {})
        with open(tmp_path / "plain", "wb"):
            pass
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "plain") == 0o666 & ~umask


@pytest.mark.skipif(os.name == "nt", reason="Unix permissions")
@pytest.mark.parametrize("expected", [0o600, 0o664, 0o755])
def test_mode_of_an_old_file_is_kept(tmp_path: Path, expected: int) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a").chmod(expected)
    storage.write(tmp_path / "a", {}, small_arrays())
    assert mode(tmp_path / "a") == expected


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root")
def test_owner_of_an_old_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", 65534, 65534)
    storage.write(tmp_path / "a", {}, {})
    got = (tmp_path / "a").stat()
    assert (got.st_uid, got.st_gid) == (65534, 65534)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Unix permissions")
def test_write_protected_old_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"kept")
    (tmp_path / "a").chmod(0o444)
    root = os.geteuid() == 0
    if root:  # root may write anything: become somebody who may not
        os.chown(tmp_path, 65534, -1)
    here = os.open(tmp_path, os.O_RDONLY)
    before = os.getcwd()
    try:
        os.fchdir(here)
        if root:
            os.seteuid(65534)
        with pytest.raises(PermissionError, match=r"Permission denied: 'a'"):
            storage.write("a", {}, {})
    finally:
        if root:
            os.seteuid(0)
        os.chdir(before)
        os.close(here)
    assert (tmp_path / "a").read_bytes() == b"kept"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="symbolic links")
@pytest.mark.parametrize("exists", [True, False])
def test_symlink_stays_and_its_file_is_written(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "file"
    if exists:
        real.write_bytes(b"old")
    (tmp_path / "second").symlink_to("real/file")
    (tmp_path / "link").symlink_to(tmp_path / "second")
    storage.write(tmp_path / "link", {}, small_arrays())
    assert (tmp_path / "link").is_symlink() and (tmp_path / "second").is_symlink()
    assert_same_arrays(storage.read(real)[1], small_arrays())
    assert os.listdir(tmp_path / "real") == ["file"]


def test_write_over_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(IsADirectoryError, match="cannot save over what is not a regular file"):
        storage.write(tmp_path / "d", {}, {})
    assert os.listdir(tmp_path) == ["d"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes")
def test_pipe_is_neither_replaced_nor_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="cannot save over what is not a regular file"):
        storage.write(pipe, {}, {})
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert storage.kind(pipe) == "unknown"
    assert "found something not a regular file" in refusal(storage.read, pipe)


def test_write_into_a_missing_folder_is_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        storage.write(tmp_path / "missing" / "a", {}, {})
    assert os.listdir(tmp_path) == []


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


# ---- saves that fail or are killed


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "writestr"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    path = tmp_path / "a"
    storage.write(path, {"version": "old"}, small_arrays())
    expected = path.read_bytes()

    def fail(*_: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile if step == "writestr" else os, step, fail)
        with pytest.raises(type(error)) as caught:
            storage.write(path, {"version": "new"}, small_arrays())
    assert caught.value is error
    assert path.read_bytes() == expected
    assert os.listdir(tmp_path) == ["a"]


def test_folder_that_cannot_be_synced_does_not_fail_the_save(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "open", fail)
    storage.write(tmp_path / "a", {}, small_arrays())
    assert_same_arrays(storage.read(tmp_path / "a")[1], small_arrays())


CHILD = """
import os, signal, sys, zipfile
import numpy as np
from fastnn.model import storage
owner, step, calls = {"os": os, "zip": zipfile.ZipFile}[sys.argv[2]], sys.argv[3], int(sys.argv[4])
real, seen = getattr(owner, step), 0
def killed(*args):
    global seen
    seen += 1
    if seen == calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args)
setattr(owner, step, killed)
storage.write(sys.argv[1], {"version": "new"}, {name: np.ones(50_000) for name in "xyz"})
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(
    ("owner", "step", "calls", "expected"),
    [
        ("zip", "writestr", 2, "old"),
        ("zip", "close", 1, "old"),
        ("os", "fsync", 1, "old"),
        ("os", "replace", 1, "old"),
        ("os", "fsync", 2, "new"),
    ],
)
def test_save_killed_midway_leaves_a_whole_file(
    tmp_path: Path, owner: str, step: str, calls: int, expected: str
) -> None:
    path = tmp_path / "a"
    storage.write(path, {"version": "old"}, {name: np.zeros(3) for name in "xyz"})
    arguments = [str(path), owner, step, str(calls)]
    child = subprocess.run([sys.executable, "-c", CHILD, *arguments], timeout=60)
    assert child.returncode == -9
    header, arrays = storage.read(path)
    assert header["version"] == expected
    assert all((array == (expected == "new")).all() for array in arrays.values())


def test_file_read_while_it_is_replaced_is_always_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    storage.write(path, {"n": 0}, {"x": np.full(10, 0)})
    with open(path, "rb") as before:
        storage.write(path, {"n": 1}, {"x": np.full(10, 1)})
        (tmp_path / "b").write_bytes(before.read())
    assert storage.read(tmp_path / "b")[0]["n"] == 0
    assert storage.read(path)[0]["n"] == 1


# ---- damage


def outcome(path: Path) -> tuple[dict[str, Any], Arrays] | None:
    """What is read, or None for a StorageError; any other exception or warning fails."""
    try:
        return storage.read(path)
    except StorageError as error:
        assert str(error).startswith(f"cannot read {str(path)!r}: expected a fastnn .npz file")
        return None


def test_any_flipped_bit_is_refused_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a"
    # The second name makes its directory entry 64 bytes long: one bit in the comment length of
    # the entry before hides it from zipfile, and only the SHA-256 tells.
    expected = {"é": np.array([1.5, 2]), "fourteen_chars": np.array([[True]])}
    storage.write(path, {"k": 1}, expected)
    header, _ = storage.read(path)
    data = path.read_bytes()
    refused = 0
    with open(path, "r+b", buffering=0) as stream:
        for place, bit in itertools.product(range(len(data)), range(8)):
            os.pwrite(stream.fileno(), bytes([data[place] ^ 1 << bit]), place)
            got = outcome(path)
            os.pwrite(stream.fileno(), data[place : place + 1], place)
            if got is None:
                refused += 1
            else:
                assert got[0] == header, (place, bit)
                assert_same_arrays(got[1], expected)
    assert path.read_bytes() == data
    assert refused > len(data) * 8 * 0.7


def test_file_cut_at_any_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    storage.write(path, HEADER, small_arrays())
    for length in reversed(range(path.stat().st_size)):
        os.truncate(path, length)
        assert outcome(path) is None, length


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_scrambled_bytes_raise_nothing_but_storage_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "scrambled.npz"
    storage.write(path, HEADER, small_arrays())
    whole = bytearray(path.read_bytes())
    places = st.integers(0, len(whole) - 1)
    # Half of them in the zip's directory at the end, where the sizes and offsets are.
    late = st.integers(len(whole) * 3 // 4, len(whole) - 1)
    for place in data.draw(st.lists(places | late, min_size=1, max_size=8)):
        whole[place] = data.draw(st.integers(0, 255) | st.sampled_from([0, 0x7F, 0x80, 0xFF]))
    path.write_bytes(whole)
    outcome(path)


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


def forge(path: Path, header: Any, members: dict[str, bytes], **options: Any) -> None:
    """Write an npz with any header and members, the digest being right."""
    digest = hashlib.sha256()
    for name, data in members.items():
        storage._add(digest, name, data)
    if isinstance(header, dict):
        header = json.dumps({"sha256": digest.hexdigest(), **header}).encode()
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
        archive.writestr("header.npy", npy(np.frombuffer(header, np.uint8)))


GOOD = {"format": "fastnn", "format_version": 1}


def test_forged_file_that_is_right_is_read(tmp_path: Path) -> None:
    forge(tmp_path / "a", GOOD, {"x": npy(np.arange(3))})
    assert_same_arrays(storage.read(tmp_path / "a")[1], {"x": np.arange(3)})


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ({**GOOD, "format_version": 2}, "found format version 2, which this fastnn does not know"),
        ({"format": "fastnn"}, "found format version None"),
        ({**GOOD, "format_version": "1"}, "found format version '1'"),
        ({"format_version": 1}, "header does not say format 'fastnn'"),
        ({**GOOD, "format": "other"}, "header does not say format 'fastnn'"),
        ({**GOOD, "sha256": "00"}, "found arrays that do not match the SHA-256 in the header"),
        (b"[1]", "header does not say format 'fastnn'"),
        (b"no json", "JSONDecodeError"),
        (b"\xff", "UnicodeDecodeError"),
        (b"[" * 200_000, "RecursionError"),
        (b"1" * 5000, "ValueError"),
    ],
)
def test_header_of_another_kind_is_refused(tmp_path: Path, header: Any, found: str) -> None:
    forge(tmp_path / "a", header, {"x": npy(np.zeros(2))})
    got = refusal(storage.read, tmp_path / "a")
    assert "expected a fastnn .npz file of format version 1" in got
    assert found in got


@pytest.mark.parametrize(
    ("member", "found"),
    [
        (npy(np.array([None])), "a member that is no plain .npy array"),
        (npy(np.zeros(2), descr="'|O'"), "a member that is no plain .npy array"),
        (npy(np.zeros(2), descr="'<f3'"), "TypeError"),
        (npy(np.zeros(2), descr="'|S0'"), "a member that is no plain .npy array"),
        (npy(np.zeros(2), descr="[('a', '<f8')]"), "a member that is no plain .npy array"),
        (npy(np.zeros(2), shape="(3,)"), "16 bytes for an array of dtype float64 and shape (3,)"),
        (npy(np.zeros(2), shape="(1,)"), "16 bytes for an array of dtype float64 and shape (1,)"),
        (npy(np.zeros(2), shape="(-2,)"), "a member that is no plain .npy array"),
        (npy(np.zeros(0), shape=f"(0, {10**30})"), "a damaged or foreign file"),
        (npy(np.zeros(2), shape=f"({10**18},)"), "16 bytes for an array"),
        (npy(np.zeros(1), shape="(" + "1, " * 70 + "1)"), "an array of 71 axes"),
        (npy(np.zeros(2)).replace(b"\x76\x00{", b"\x75\x00{"), "a member that is no plain .npy"),
        (b"", "a member that is no plain .npy array"),
        (b"text", "a member that is no plain .npy array"),
    ],
)
def test_member_that_lies_is_refused(tmp_path: Path, member: bytes, found: str) -> None:
    forge(tmp_path / "a", GOOD, {"x": member})
    assert found in refusal(storage.read, tmp_path / "a")


def test_compressed_file_is_refused(tmp_path: Path) -> None:
    forge(tmp_path / "a", GOOD, {"x": npy(np.zeros(10**6))}, compression=zipfile.ZIP_DEFLATED)
    assert "found a compressed member 'header.npy'" in refusal(storage.read, tmp_path / "a")


def patch_directory(path: Path, name: str, place: int, new: bytes) -> None:
    """Overwrite bytes in one member's entry of the zip's directory."""
    data = bytearray(path.read_bytes())
    entry = data.rindex(name.encode()) - 46  # an entry is 46 bytes and then the name
    assert data[entry : entry + 4] == b"PK\x01\x02"
    data[entry + place : entry + place + len(new)] = new
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["x.npy", "header.npy"])
@pytest.mark.parametrize(
    ("place", "new", "found"),
    [
        (10, b"\x08", "found a compressed member"),
        (20, b"\xff\xff\xff\x7f", "declared larger than the file's"),
        (24, b"\xff\xff\xff\x7f", "declared larger than the file's"),
        (8, b"\x01", "is encrypted"),
        (16, b"\x00", "Bad CRC-32"),
    ],
    ids=["method", "stored size", "size", "encrypted", "crc"],
)
def test_directory_entry_that_lies_is_refused(
    tmp_path: Path, name: str, place: int, new: bytes, found: str
) -> None:
    forge(tmp_path / "a", GOOD, {"x": npy(np.zeros(2))})
    patch_directory(tmp_path / "a", name, place, new)
    assert found in refusal(storage.read, tmp_path / "a")


def test_members_that_together_outgrow_the_file_are_refused(tmp_path: Path) -> None:
    """A directory may name the same bytes many times: a small file, much memory."""
    names = [f"x{n}" for n in range(9)]
    forge(tmp_path / "a", GOOD, {name: npy(np.zeros(100)) for name in names})
    half = ((tmp_path / "a").stat().st_size // 2).to_bytes(4, "little")
    for name in names:
        patch_directory(tmp_path / "a", f"{name}.npy", 20, half + half)
    assert "found members declared larger than" in refusal(storage.read, tmp_path / "a")


# ---- foreign files


def foreign(path: Path, what: str) -> None:
    if what == "plain npz":
        with open(path, "wb") as stream:
            np.savez(stream, x=np.zeros(2))
    elif what == "directory":
        path.mkdir()
    else:
        path.write_bytes({"empty": b"", "text": b"hello, world\n", "npy": npy(np.zeros(2))}[what])


@pytest.mark.parametrize(
    ("what", "found", "kind"),
    [
        ("plain npz", "found a zip without the member header.npy", "npz"),
        ("directory", "found a directory", "unknown"),
        ("empty", "found 0 bytes starting b'', which is no zip", "unknown"),
        ("text", "found 13 bytes starting b'hello, w', which is no zip", "unknown"),
        ("npy", r"found 144 bytes starting b'\x93NUMPY", "unknown"),
    ],
)
def test_foreign_file_is_refused(tmp_path: Path, what: str, found: str, kind: str) -> None:
    foreign(tmp_path / "a", what)
    assert found in refusal(storage.read, tmp_path / "a")
    assert storage.kind(tmp_path / "a") == kind
    refusal(pickles.read, tmp_path / "a")


def test_pickle_given_to_read_names_the_other_reader(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(pickle.dumps([1]))
    got = refusal(storage.read, tmp_path / "a")
    assert "found a pickle (pickles.read loads those of the book's programs)" in got


@pytest.mark.parametrize("action", [storage.read, pickles.read, storage.kind])
def test_missing_file_stays_file_not_found(tmp_path: Path, action: Any) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        action(tmp_path / "missing")


@pytest.mark.parametrize("action", [storage.read, pickles.read])
def test_error_of_the_disk_stays_an_os_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: Any
) -> None:
    class Failing(io.FileIO):
        def read(self, *_: Any) -> bytes:
            raise OSError(5, "Input/output error")

    storage.write(tmp_path / "a", {}, {})
    for module in (storage, pickles):
        monkeypatch.setattr(module, "open_regular", Failing)
    with pytest.raises(OSError, match="Input/output error"):
        action(tmp_path / "a")


# ---- the book's pickles


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


# ---- kind


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"PK\x03\x04....", "npz"),
        (b"PK\x05\x06....", "npz"),
        (b"\x80\x04\x95", "pickle"),
        (b"(lp0\n", "pickle"),
        (b"]q\x00", "pickle"),
        (b"\x80\x09", "unknown"),
        (b"PKzip", "unknown"),
        (b"", "unknown"),
    ],
)
def test_kind_is_told_by_the_first_bytes(tmp_path: Path, start: bytes, expected: str) -> None:
    (tmp_path / "a").write_bytes(start)
    assert storage.kind(tmp_path / "a") == expected
