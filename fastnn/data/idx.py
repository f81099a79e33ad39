"""IDX files, in which MNIST and Fashion-MNIST are published, compressed by gzip or not."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from typing import TYPE_CHECKING

import numpy as np

from fastnn.files.storage import StorageError, Unreadable, explained, open_regular

if TYPE_CHECKING:
    from typing import Any, BinaryIO, overload

    from fastnn.support.annotations import Array, FilePath

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP = b"\x1f\x8b"
_MOST = 1100  # bytes that gzip makes of one, rounded up
_AXES = 32
_BLOCK = 1 << 20


if TYPE_CHECKING:
    @overload
    def load_idx(path: FilePath) -> Array: ...
    @overload
    def load_idx(path: FilePath, labels: FilePath) -> tuple[Array, Array]: ...


def load_idx(path: FilePath, labels: FilePath | None = None) -> Any:
    """The array in an IDX file; with the path of its labels a pair, as long as each other.

        X, y = load_idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")

    X (60000, 28, 28) and y (60000,) are uint8 there. All six types of the format are read (uint8,
    int8, int16, int32, float32, float64) and come in the machine's own byte order. Whether a file
    is compressed its first bytes say, whatever its name.

    Raises StorageError, which names the file, where it is no IDX file, or shorter or longer than
    its header says; nothing as large as a header claims is asked for before the file could hold it.
    OSError for a file that is missing.

    Source: LeCun, Cortes and Burges, "The MNIST database".  Differs: not in the book.
    """
    if labels is None:
        return _read(path)
    X, y = _read(path), _read(labels)
    if y.ndim != 1 or X.ndim == 0 or len(X) != len(y):
        raise StorageError(f"load_idx: expected a label for each of the {len(X) if X.ndim else 1} "
                           f"arrays in {os.fsdecode(path)!r}, found labels of shape {y.shape} in "
                           f"{os.fsdecode(labels)!r}")
    return X, y


def _read(path: FilePath) -> Array:
    name = os.fsdecode(path)
    with explained(name, "an IDX file"), open_regular(name) as stream:
        size = os.fstat(stream.fileno()).st_size
        compressed = stream.read(2) == _GZIP
        stream.seek(0)
        if not compressed:
            return _parsed(stream, size)
        with gzip.GzipFile(fileobj=stream) as inside:
            try:
                return _parsed(inside, size * _MOST)
            except zlib.error as error:
                raise Unreadable(f"damaged gzip data ({error})") from None
            except gzip.BadGzipFile as error:  # an OSError, and not the disk's
                raise Unreadable(f"damaged gzip data ({error})") from None


def _parsed(stream: BinaryIO | gzip.GzipFile, most: int) -> Array:
    """The array; most: bytes that can be there at all."""
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES:
        raise Unreadable(f"a file starting {start!r}, and not with two zeros, a type and the "
                         "number of axes")
    dtype, axes = np.dtype(_TYPES[start[2]]), start[3]
    if not 0 < axes <= _AXES:
        raise Unreadable(f"a header with {axes} axes, not 1 to {_AXES}")
    sizes = stream.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise Unreadable(f"a header that ends within the sizes of its {axes} axes")
    shape = tuple(int.from_bytes(sizes[n:n + 4], "big") for n in range(0, 4 * axes, 4))
    wanted = math.prod(shape) * dtype.itemsize
    what = f"a header that says shape {shape} of {dtype.name}, {wanted:,} bytes"
    if wanted > most:
        raise Unreadable(f"{what}, more than the file can hold")
    made = np.empty(shape, dtype)
    if wanted:
        _fill(made.data.cast("B"), stream, what)
    if stream.read(1):
        raise Unreadable(f"{what}, and more data behind them")
    return made.astype(dtype.newbyteorder("="), copy=False)


def _fill(into: memoryview, stream: BinaryIO | gzip.GzipFile, what: str) -> None:
    done = 0
    while done < len(into):
        block = stream.read(min(_BLOCK, len(into) - done))
        if not block:
            raise Unreadable(f"{what}, and {done:,} of them")
        into[done:done + len(block)] = block
        done += len(block)
