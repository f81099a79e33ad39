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
import pickletools
import re
import secrets
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

Path = str | os.PathLike[str]
FORMAT, FORMAT_VERSION = "fastnn", 1
_DTYPE = re.compile(r"[<>|][biufcSU][1-9]\d*")
# The one spelling of a .npy start that NumPy writes. Taking only that needs no evaluation of
# text from the file, and so can neither warn nor recurse.
_NPY_START = re.compile(
    rb"\x93NUMPY\x01\x00(..)\{'descr': '(%b)', 'fortran_order': (True|False), "
    rb"'shape': \(([\d, ]*)\), \} *\n" % _DTYPE.pattern.encode(),
    re.DOTALL,
)
# All that rebuilding an array or a NumPy scalar calls for, in NumPy 2 and in NumPy 1.
_ADMITTED = {"numpy.ndarray", "numpy.dtype", "_codecs.encode", "builtins.bytes"}
for _core in ("numpy._core", "numpy.core"):
    _ADMITTED |= {f"{_core}.multiarray._reconstruct", f"{_core}.multiarray.scalar"}
    _ADMITTED |= {f"{_core}.numeric._frombuffer"}


class StorageError(ValueError):
    """A file that is there but is not, or is no longer, what was expected."""


class _Found(Exception):
    """What was found instead of what was expected; `_explained` adds the path."""


@contextlib.contextmanager
def _explained(path: str, expected: str) -> Iterator[None]:
    """Turn whatever a bad file sets off inside into one StorageError sentence."""
    try:
        yield
    except Exception as error:
        # The disk's own trouble goes on; EINVAL is a seek to a place the file made up.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        found = " ".join(str(error).split())[:300]
        if not isinstance(error, _Found):
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
    if os.path.islink(target):
        target = os.path.realpath(target)
    fields = json.loads(json.dumps(dict(header)))
    for name, array in arrays.items():
        _check(name, array)
    _replace(target, lambda stream: _write_npz(stream, fields, arrays))


def _check(name: str, array: NDArray[Any]) -> None:
    if name == "header" or not re.fullmatch(r"[^/\\\0\ud800-\udfff]+", name):
        raise ValueError(f"an array's name is text without slashes, not 'header': got {name!r}")
    if not isinstance(array, np.ndarray) or isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"array {name!r} is no plain NumPy array but {type(array).__name__}")
    if not _is_plain(array.dtype):
        can = "only bool, numbers and fixed-length text can be stored without pickle"
        raise TypeError(f"array {name!r} has dtype {array.dtype}: {can}")


def _is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether the dtype's short text (like "<f4") says all there is to it."""
    return _DTYPE.fullmatch(dtype.str) is not None and dtype.isbuiltin != 2  # 2: an extension's


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


def _replace(target: str, fill: Callable[[BinaryIO], None]) -> None:
    """Fill a temporary file beside the target, then put it in the target's place."""
    old = _old_status(target)
    folder = os.path.dirname(target) or os.curdir
    temporary = os.path.join(folder, f".fastnn-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as stream:  # open, not mkstemp: the umask is respected
            if old is not None:
                with contextlib.suppress(OSError, AttributeError):  # root may, others need not
                    os.chown(temporary, old.st_uid, old.st_gid)
                os.chmod(temporary, stat.S_IMODE(old.st_mode))
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    with contextlib.suppress(OSError):  # not every system can open and sync a folder
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _old_status(target: str) -> os.stat_result | None:
    """Look at the file to be replaced; raise what a plain open for writing would."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):  # a file put over /dev/null would do harm
        code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(code, "cannot save over what is not a regular file", target)
    with open(target, "r+b"):  # a replace would pass over the file's own write protection
        return status


def kind(path: Path) -> Literal["npz", "pickle", "unknown"]:
    """Say from the first bytes what a file looks like; a missing file is an OSError."""
    try:
        with _open(os.fsdecode(path)) as stream:
            return _kind(stream.read(8))
    except _Found:  # a directory or a pipe
        return "unknown"


def _kind(start: bytes) -> Literal["npz", "pickle", "unknown"]:
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "npz"
    # From protocol 2 on a pickle states its protocol; before, look for a list or an array.
    pickled = re.match(rb"\x80[\x02-\x05]|\(lp|\]q\x00|cnumpy", start)
    return "pickle" if pickled else "unknown"


def _open(name: str) -> BinaryIO:
    mode = os.stat(name).st_mode
    if not stat.S_ISREG(mode):  # opening a pipe would wait for a writer
        raise _Found("a directory" if stat.S_ISDIR(mode) else "something not a regular file")
    return open(name, "rb")


def read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read and check all that `write` wrote: the header, with the fields it added, and arrays.

    StorageError: a damaged, foreign or newer file. OSErrors (missing, forbidden) stay.
    """
    name = os.fsdecode(path)
    expected = f"a {FORMAT} .npz file of format version {FORMAT_VERSION}"
    with _explained(name, expected), _open(name) as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(8)
        if _kind(start) == "pickle":
            raise _Found("a pickle (read_pickle loads those of the book's programs)")
        if _kind(start) == "unknown":
            raise _Found(f"{size} bytes starting {start!r}, which is no zip")
        with zipfile.ZipFile(stream) as archive:
            return _read_npz(archive, size)


def _read_npz(archive: zipfile.ZipFile, size: int) -> tuple[dict[str, Any], dict[str, Any]]:
    members = {info.filename: info for info in archive.infolist()}
    if "header.npy" not in members:
        raise _Found("a zip without the member header.npy")
    header = _read_header(_member(archive, members.pop("header.npy"), size))
    # Members that share bytes could add up to far more than the file.
    if sum(info.file_size for info in members.values()) > size:
        raise _Found(f"members declared larger than the file's {size} bytes")
    digest, arrays = hashlib.sha256(), {}
    for filename, info in members.items():
        name, data = filename.removesuffix(".npy"), _member(archive, info, size)
        _add(digest, name, data)
        arrays[name] = _parse_npy(data)
    if digest.hexdigest() != header.get("sha256"):
        raise _Found("arrays that do not match the SHA-256 in the header")
    return header, arrays


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> bytes:
    """Read one member (zipfile checks the CRC-32), never asking for more than the file has."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise _Found(f"a compressed member {info.filename!r}")
    if max(info.compress_size, info.file_size) > size:
        raise _Found(f"a member {info.filename!r} declared larger than the file's {size} bytes")
    return archive.read(info)


def _read_header(data: bytes) -> dict[str, Any]:
    header = json.loads(_parse_npy(data).tobytes().decode())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _Found(f"a zip whose header does not say format {FORMAT!r}")
    version = header.get("format_version")
    if version != FORMAT_VERSION:
        raise _Found(f"format version {version!r}, which this {FORMAT} does not know")
    return header


def _parse_npy(data: bytes) -> NDArray[Any]:
    start = _NPY_START.match(data)
    if start is None or start.end() != 10 + int.from_bytes(start[1], "little"):
        raise _Found("a member that is no plain .npy array of version 1.0")
    shape = tuple(int(part) for part in start[4].split(b",") if part.strip())
    order = "F" if start[3] == b"True" else "C"
    return _array(memoryview(data)[start.end() :], np.dtype(start[2].decode()), shape, order)


def _array(data: Any, dtype: np.dtype[Any], shape: tuple[int, ...], order: Any) -> NDArray[Any]:
    """Make an array that owns its memory from raw bytes, which must fit it exactly."""
    if not _is_plain(dtype) or min(shape, default=0) < 0:
        raise _Found(f"an array of dtype {dtype} and shape {shape}")
    if math.prod(shape) * dtype.itemsize != len(data):
        raise _Found(f"{len(data)} bytes for an array of dtype {dtype} and shape {shape}")
    return np.ndarray(shape, dtype, data, order=order).copy(order="K")


def read_pickle(path: Path) -> Any:
    """Load a pickle of NumPy arrays in plain containers, as the book's programs saved them.

    Admits arrays and scalars of NumPy 1 and 2, list, tuple, dict, int, float, bool, str, bytes
    and None. StorageError: anything else, naming what was refused, or a damaged file. OSErrors
    stay. Nothing that the pickle names is ever imported or called.
    """
    name = os.fsdecode(path)
    with _explained(name, "a pickle of NumPy arrays as the book's programs made it"):
        with _open(name) as stream:
            data = stream.read()
        _check_opcodes(data)
        return _built(_NoteTaker(io.BytesIO(data)).load(), {})


def _refused(name: object) -> _Found:
    return _Found(f"more, refused `{name}`: only NumPy arrays and plain containers are admitted")


def _check_opcodes(data: bytes) -> None:
    """Walk the pickle without running it: the lengths it declares must be real."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name.startswith("EXT"):  # would get round find_class
            raise _refused(f"copyreg extension {argument}")
        # The memo is a table as long as its highest place: a flipped bit asks for gigabytes.
        if opcode.name.endswith("PUT") and int(argument or 0) > len(data):
            raise _Found(f"a damaged pickle (memo place {argument})")


class _Note:
    """A name in a pickle, or a call of it: noted down, not made. `_make` does it, checked.

    NumPy's own rebuilding trusts a pickle's word on sizes and flags, which corrupts memory.
    """

    __slots__ = ("name", "args", "state")

    def __init__(self, name: str, args: tuple[Any, ...] = ()) -> None:
        self.name, self.args, self.state = name, args, None

    def __call__(self, *args: Any) -> "_Note":
        return _Note(self.name, args)

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _NoteTaker(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}".replace("__builtin__", "builtins")  # protocols 0 to 2
        if full not in _ADMITTED:
            raise _refused(full)
        return _Note(full)


def _make(note: _Note, built: Callable[[Any], Any]) -> Any:
    args = note.args
    match note.name.rpartition(".")[2]:
        case "_reconstruct":
            _, shape, dtype, fortran, data = built(note.state)
            return _array(data, dtype, shape, "F" if fortran else "C")
        case "_frombuffer":
            data, dtype, shape, order, axes = (*built(args), None)[:5]
            array = _array(data, dtype, shape, "C" if axes else order)
            return array.transpose(axes) if axes else array
        case "scalar":
            return _array(built(args[1]), built(args[0]), (), "C")[()]
        case "dtype" if note.state and _DTYPE.fullmatch(note.state[1] + args[0]):
            return np.dtype(note.state[1] + args[0])
        case "encode" if args[1:] == ("latin1",):  # bytes in protocols 0 to 2
            return bytes(args[0], "latin1")
        case "bytes" if not args:  # empty bytes in protocols 0 to 2
            return b""
    raise _refused(f"{note.name}{args}")


def _built(value: Any, done: dict[int, Any]) -> Any:
    """Give the unpickled value with its notes made good; parts that were shared stay shared."""
    if type(value) in (bool, int, float, str, bytes, bytearray, type(None)):
        return value
    if id(value) not in done:
        if type(value) is list:
            done[id(value)] = []
            done[id(value)].extend(_built(item, done) for item in value)
        elif type(value) is dict:
            done[id(value)] = {}
            done[id(value)].update((_built(k, done), _built(v, done)) for k, v in value.items())
        elif type(value) is tuple:
            done[id(value)] = tuple(_built(item, done) for item in value)
        elif isinstance(value, _Note):
            done[id(value)] = _make(value, lambda part: _built(part, done))
        else:
            raise _refused(type(value).__name__)
    return done[id(value)]
