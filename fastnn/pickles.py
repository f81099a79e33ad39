"""The book's pickles -> arrays, without running what a pickle says.

`pickle.load` calls whatever a file names. Here the names are only noted down, and arrays are made
from checked shapes, types and bytes; everything but NumPy arrays and plain containers is refused.
"""

import io
import os
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn.storage import DTYPE, Path, Unfit, explained, open_regular, raw_array

# All that rebuilding an array or a NumPy scalar calls for, in NumPy 2 and in NumPy 1.
_ADMITTED = {"numpy.ndarray", "numpy.dtype", "_codecs.encode", "builtins.bytes"}
for _core in ("numpy._core", "numpy.core"):
    _ADMITTED |= {f"{_core}.multiarray._reconstruct", f"{_core}.multiarray.scalar"}
    _ADMITTED |= {f"{_core}.numeric._frombuffer"}


def read(path: Path) -> Any:
    """Load a pickle of NumPy arrays in plain containers, as the book's programs saved them.

    Admits arrays and scalars of NumPy 1 and 2, list, tuple, dict, int, float, bool, str, bytes
    and None. StorageError: anything else, naming what was refused, or a damaged file. OSErrors
    stay. Nothing that the pickle names is ever imported or called.
    """
    name = os.fsdecode(path)
    with explained(name, "a pickle of NumPy arrays as the book's programs made it"):
        with open_regular(name) as stream:
            data = stream.read()
        _check_opcodes(data)
        return _built(_NoteTaker(io.BytesIO(data)).load(), {})


def _refused(name: object) -> Unfit:
    return Unfit(f"more, refused `{name}`: only NumPy arrays and plain containers are admitted")


def _check_opcodes(data: bytes) -> None:
    """Walk the pickle without running it: the lengths it declares must be real."""
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name.startswith("EXT"):  # would get round find_class
            raise _refused(f"copyreg extension {argument}")
        # The memo is a table as long as its highest place: a flipped bit asks for gigabytes.
        if opcode.name.endswith("PUT") and int(argument or 0) > len(data):
            raise Unfit(f"a damaged pickle (memo place {argument})")


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
            return raw_array(data, dtype, shape, "F" if fortran else "C")
        case "_frombuffer":
            data, dtype, shape, order, axes = (*built(args), None)[:5]
            array = raw_array(data, dtype, shape, "C" if axes else order)
            return array.transpose(axes) if axes else array
        case "scalar":
            return raw_array(built(args[1]), built(args[0]), (), "C")[()]
        case "dtype" if note.state and DTYPE.fullmatch(note.state[1] + args[0]):
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
