"""Damaged, lying and foreign files are refused, and say what is wrong."""

import hashlib
import io
import itertools
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import HEADER, Arrays, assert_same_arrays, npy, refusal, small_arrays

from fastnn.files import pickles, storage
from fastnn.files.storage import StorageError

pytestmark = pytest.mark.filterwarnings("error")


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
