"""IDX files: every type, compressed or not, and all that may be wrong with one."""

import gzip
import struct

import numpy as np
import pytest
from files_of_data import CODES, idx_bytes, write_idx

from fastnn import StorageError
from fastnn.data import load_idx


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("kind", CODES)
def test_what_was_written_is_read(kind, compress, tmp_path):
    expected = (np.random.default_rng(0).normal(size=(7, 3, 2)) * 100).astype("i8").astype(kind)
    got = load_idx(write_idx(tmp_path / "some.name", expected, compress))
    assert got.dtype == expected.dtype and got.dtype.isnative and got.flags.writeable
    assert np.array_equal(got, expected) and got.flags.owndata


def test_images_and_labels_come_together(tmp_path):
    X, y = np.arange(24, dtype="u1").reshape(6, 2, 2), np.arange(6, dtype="u1")
    images, labels = write_idx(tmp_path / "X", X), write_idx(tmp_path / "y", y, compress=True)
    got = load_idx(images, str(labels))
    assert np.array_equal(got[0], X) and np.array_equal(got[1], y)
    write_idx(tmp_path / "y", y[:5])
    with pytest.raises(StorageError, match=r"a label for each of the 6 .*/X.*\(5,\) in .*/y"):
        load_idx(images, labels)
    with pytest.raises(StorageError, match="found labels of shape"):
        load_idx(labels, images)


@pytest.mark.parametrize("shape", [(0,), (0, 28, 28), (3, 0)])
def test_arrays_without_elements(shape, tmp_path):
    assert load_idx(write_idx(tmp_path / "f", np.zeros(shape, "f4"))).shape == shape


GOOD = idx_bytes(np.arange(12, dtype=">i4").astype("i4").reshape(3, 4))
BAD = {
    "nothing": (b"", "a file starting b''"),
    "text": (b"hello world", "a file starting b'hell'"),
    "a type that there is not": (b"\0\0\x0a\1" + GOOD[4:], "a file starting"),
    "no axes": (b"\0\0\x08\0", "a header with 0 axes"),
    "too many axes": (b"\0\0\x08\xff" + bytes(1020), "a header with 255 axes"),
    "half a header": (GOOD[:10], "ends within the sizes of its 2 axes"),
    "too short": (GOOD[:-1], r"shape \(3, 4\) of int32, 48 bytes, "),
    "too long": (GOOD + b"\0", "and more data behind them"),
    "more than there is on earth": (b"\0\0\x0e\3" + struct.pack(">3I", *[2**32 - 1] * 3),
                                    "more than the file can hold"),
}


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_and_explained(name, compress, tmp_path):
    data, message = BAD[name]
    path = tmp_path / "bad.idx"
    path.write_bytes(gzip.compress(data) if compress else data)
    with pytest.raises(StorageError, match=message) as error:
        load_idx(path)
    assert "bad.idx" in str(error.value) and "\n" not in str(error.value)


def test_every_length_of_a_damaged_gzip_is_an_error(tmp_path):
    whole, path = gzip.compress(GOOD), tmp_path / "f.gz"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match="f.gz"):
            load_idx(path)
    for place in range(10, len(whole)):  # behind gzip's own header
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1:])
        with pytest.raises(StorageError, match="f.gz"):
            load_idx(path)


def test_a_header_that_lies_asks_for_no_memory(tmp_path):
    """2 GB are claimed of a file that could not hold them, compressed or not."""
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(b"\0\0\x08\1" + struct.pack(">I", 2**31)))
    with pytest.raises(StorageError, match="more than the file can hold"):
        load_idx(path)


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_idx(tmp_path / "missing")
    with pytest.raises(StorageError, match="found a directory"):
        load_idx(tmp_path)
