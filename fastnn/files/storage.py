"""Arrays and a header <-> one file; this module knows files, not networks.

A file is a standard uncompressed `.npz` (`np.load` opens it): a zip with one member
`<name>.npy` for each array, then `header.npy`, a uint8 array holding the header as UTF-8 JSON.
To the caller's header fields are added `format` ("fastnn"), `format_version` (1) and `sha256`,
a digest of the arrays' names and members in file order: the zip's CRC-32 guards only what is
inside a member, while one flipped bit outside can hide a whole member.
Bool, int, float, complex and fixed-length text can be stored; nothing is pickled.
"""

import contextlib
import errno
import hashlib
import io
import json
import math
import os
import pickle
import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from fastnn.files.replacing import replace
from fastnn.support.arrays import is_masked

Path = str | os.PathLike[str]
FORMAT, FORMAT_VERSION = "fastnn", 1
_LONGEST_NAME = 65_535
DTYPE = re.compile(r"[<>|][biufcSU][1-9]\d*")
# The one spelling of a .npy start that NumPy writes. Taking only that needs no evaluation of
# text from the file, and so can neither warn nor recurse.
_NPY_START = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '(%b)', 'fortran_order': (True|False), "
    rb"'shape': \(([\d, ]*)\), \} *\n" % DTYPE.pattern.encode(),
    re.DOTALL,
)


class StorageError(ValueError):
    """A file that is there but is not, or is no longer, what was expected."""


class Unreadable(Exception):
    """What was found instead of what was expected; `explained` adds the path."""


# What Python's and NumPy's readers raise of a bad file, and we; a time-out is none of these.
_BAD = (Unreadable, zipfile.BadZipFile, pickle.PickleError, struct.error, EOFError, MemoryError,
        ImportError, SyntaxError, AssertionError, ArithmeticError, AttributeError, BufferError,
        LookupError, RuntimeError, TypeError, ValueError, OSError)


@contextlib.contextmanager
def explained(path: str, expected: str) -> Iterator[None]:
    """Turn whatever a bad file sets off inside into one StorageError sentence."""
    try:
        yield
    except _BAD as error:
        # The disk's own trouble goes on; EINVAL is a seek to a place the file made up.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        found = " ".join(str(error).split())[:300]
        if not isinstance(error, Unreadable):
            found = f"a damaged or foreign file ({type(error).__name__}: {found})"
        raise StorageError(f"cannot read {path!r}: expected {expected}, found {found}") from error


def write(path: Path, header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a header and named arrays to exactly `path`: the whole new file or the old one.

    A kill at any point leaves the old file whole (and perhaps a `.fastnn-*.tmp` beside it).
    The header comes back as JSON keeps it (tuples as lists, keys as text); the fields added
    here win over the caller's, so that a header once read can be written again. TypeError: a
    header JSON cannot hold, an array only pickle could; ValueError: a bad name; else OSError.
    """
    target = os.fsdecode(path)
    if not target:
        raise FileNotFoundError(errno.ENOENT, "the path to save to is empty", target)
    if os.path.islink(target):
        target = os.path.realpath(target)
    fields = json.loads(json.dumps(dict(header)))
    for name, array in arrays.items():
        _check(name, array)
    replace(target, lambda stream: _write_npz(stream, fields, arrays))


def _check(name: str, array: NDArray[Any]) -> None:
    if name == "header" or not re.fullmatch(r"[^/\\\0\ud800-\udfff]+", name):
        raise ValueError(f"an array's name is text without slashes, not 'header': got {name!r}")
    size = len(f"{name}.npy".encode())
    if size > _LONGEST_NAME:
        raise ValueError(f"array {name[:40]!r}...: its name takes {size:,} bytes, and a zip holds "
                         f"{_LONGEST_NAME:,}")
    if not isinstance(array, np.ndarray) or is_masked(type(array)):
        raise TypeError(f"array {name!r} is no plain NumPy array but {type(array).__name__}")
    if not _is_plain(array.dtype):
        can = "only bool, numbers and fixed-length text can be stored without pickle"
        raise TypeError(f"array {name!r} has dtype {array.dtype}: {can}")


def _is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether the dtype's short text (like "<f4") says all there is to it."""
    return DTYPE.fullmatch(dtype.str) is not None and dtype.isbuiltin != 2  # 2: an extension's


def _write_npz(stream: BinaryIO, fields: dict[str, Any], arrays: Mapping[str, Any]) -> None:
    digest = hashlib.sha256()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            # One snapshot feeds digest, CRC and disk: they agree even if training goes on.
            data = _npy(array)
            _add(digest, name, data)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), data)
        own = {"format": FORMAT, "format_version": FORMAT_VERSION, "sha256": digest.hexdigest()}
        text = json.dumps({**fields, **own}).encode()
        archive.writestr(zipfile.ZipInfo("header.npy"), _npy(np.frombuffer(text, np.uint8)))


def _npy(array: NDArray[Any]) -> bytes:
    """Give the array as the bytes of a .npy file."""
    fortran = array.flags.fnc  # laid out by columns, and not by rows too
    start = io.BytesIO()
    about = {"descr": array.dtype.str, "fortran_order": fortran, "shape": array.shape}
    np.lib.format.write_array_header_1_0(start, about)
    return start.getvalue() + array.tobytes("F" if fortran else "C")


def _add(digest: Any, name: str, data: bytes) -> None:
    digest.update(f"{name}/{len(data)}/".encode())  # no name holds a slash
    digest.update(data)


def kind(path: Path) -> Literal["npz", "pickle", "unknown"]:
    """Say from the first bytes what a file looks like; a missing file is an OSError."""
    try:
        with open_regular(os.fsdecode(path)) as stream:
            return _kind(stream.read(8))
    except Unreadable:  # a directory or a pipe
        return "unknown"


def _kind(start: bytes) -> Literal["npz", "pickle", "unknown"]:
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "npz"
    # From protocol 2 on a pickle states its protocol; before, look for a list or an array.
    pickled = re.match(rb"\x80[\x02-\x05]|\(lp|\]q\x00|cnumpy", start)
    return "pickle" if pickled else "unknown"


def open_regular(name: str) -> BinaryIO:
    """The file opened for reading, if it is a file and no directory or pipe."""
    mode = os.stat(name).st_mode
    if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
        raise Unreadable("a directory" if stat.S_ISDIR(mode) else "something not a regular file")
    return open(name, "rb")


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read and check all that `write` wrote: the header, with the fields it added, and arrays.

    StorageError: a damaged, foreign or newer file. OSErrors (missing, forbidden) stay.
    """
    name = os.fsdecode(path)
    expected = f"a {FORMAT} .npz file of format version {FORMAT_VERSION}"
    with explained(name, expected), open_regular(name) as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(8)
        if _kind(start) == "pickle":
            raise Unreadable("a pickle (pickles.read loads those of the book's programs)")
        if _kind(start) == "unknown":
            raise Unreadable(f"{size} bytes starting {start!r}, which is no zip")
        with zipfile.ZipFile(stream) as archive:
            return _read_npz(archive, size)


def _read_npz(archive: zipfile.ZipFile, size: int) -> tuple[dict[str, Any], dict[str, Any]]:
    members = {info.filename: info for info in archive.infolist()}
    if "header.npy" not in members:
        raise Unreadable("a zip without the member header.npy")
    header = _read_header(_member(archive, members.pop("header.npy"), size))
    # Members that share bytes could add up to far more than the file.
    if sum(info.file_size for info in members.values()) > size:
        raise Unreadable(f"members declared larger than the file's {size} bytes")
    digest, arrays = hashlib.sha256(), {}
    for filename, info in members.items():
        name, data = filename.removesuffix(".npy"), _member(archive, info, size)
        _add(digest, name, data)
        arrays[name] = _parse_npy(data)
    if digest.hexdigest() != header.get("sha256"):
        raise Unreadable("arrays that do not match the SHA-256 in the header")
    return header, arrays


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> bytes:
    """Read one member (zipfile checks the CRC-32), never asking for more than the file has."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise Unreadable(f"a compressed member {info.filename!r}")
    if max(info.compress_size, info.file_size) > size:
        raise Unreadable(f"a member {info.filename!r} declared larger than the file's {size} bytes")
    return archive.read(info)


def _read_header(data: bytes) -> dict[str, Any]:
    header = json.loads(_parse_npy(data).tobytes().decode())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise Unreadable(f"a zip whose header does not say format {FORMAT!r}")
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise Unreadable(f"format version {version!r}, which this {FORMAT} does not know")
    return header


def _parse_npy(data: bytes) -> NDArray[Any]:
    start = _NPY_START.match(data)
    if start is None or start.end() != 10 + int.from_bytes(start[1], "little"):
        raise Unreadable("a member that is no plain .npy array of version 1.0")
    shape = tuple(int(part) for part in start[4].split(b",") if part.strip())
    order = "F" if start[3] == b"True" else "C"
    return raw_array(memoryview(data)[start.end() :], np.dtype(start[2].decode()), shape, order)


def raw_array(data: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any) -> NDArray[Any]:
    """Make an array that owns its memory from raw bytes, which must fit it exactly."""
    if len(shape) > 64:  # NumPy's most
        raise Unreadable(f"an array of {len(shape)} axes")
    if not _is_plain(dtype) or min(shape, default=0) < 0:
        raise Unreadable(f"an array of dtype {dtype} and shape {shape}")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise Unreadable(f"{len(data)} bytes for an array of dtype {dtype} and shape {shape}")
    return np.ndarray(shape, dtype, data, order=order).copy(order="K")
