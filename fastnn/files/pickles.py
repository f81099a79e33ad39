"""The book's pickles -> arrays, without running what a pickle says.

`pickle.load` calls whatever a file names. Here the names are only noted down, and arrays are made
from checked shapes, types and bytes; everything but NumPy arrays and plain containers is refused.
"""

import io
import os
import pickle
import pickletools
from collections.abc import Callable
from reprlib import repr as short
from typing import Any

import numpy as np

from fastnn.files.storage import DTYPE, Path, Unreadable, explained, open_regular, raw_array

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
        return _Builder(2 * len(data)).built(_NoteTaker(io.BytesIO(data)).load())


def _refused(name: object) -> Unreadable:
    return Unreadable(f"more, refused `{name}`: only NumPy arrays and plain containers are "
                      "admitted")


_DEEPEST = 200  # containers within each other; the book's parameters are 3
_LONGEST = 20_000  # steps; the book's parameters are 30 for an array


def _check_opcodes(data: bytes) -> None:
    """Walk the pickle without running it: what it declares must be real, and not nested deep."""
    depths = _Depths()
    for n, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if n > _LONGEST:
            raise Unreadable(f"more than {_LONGEST} steps")
        if opcode.name.startswith("EXT"):  # would get round find_class
            raise _refused(f"copyreg extension {argument}")
        # The memo is a table as long as its highest place: a flipped bit asks for gigabytes.
        if opcode.name.endswith("PUT") and int(argument or 0) > len(data):
            raise Unreadable(f"a damaged pickle (memo place {argument})")
        depths.follow(opcode, argument)


class _Depths:
    """How deep the things on a pickle's stack are nested, each as a list of one number.

    (A list, because what the memo gives out again may be filled further.) To find out by unpickling
    and failing takes seconds where thousands of lists stand in each other.
    """

    def __init__(self) -> None:
        self._stack: list[list[int] | None] = []  # None: a mark
        self._memo: dict[int, list[int]] = {}

    def follow(self, opcode: Any, argument: Any) -> None:
        """Do to the depths what an opcode does to the stack."""
        name = opcode.name
        if name == "MARK":
            self._stack.append(None)
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._memo[len(self._memo) if name == "MEMOIZE" else int(argument)] = self._top()
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            self._stack.append(self._memo.get(int(argument), [0]))
        elif name == "DUP":
            self._stack.append(self._top())
        elif name in ("APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"):
            inner = self._taken(1 if name in ("APPEND", "BUILD") else 2, name.endswith("S"))
            keys = inner[1::2] if name.startswith("SETITEM") else inner * (name == "ADDITEMS")
            if any(key[0] for key in keys):  # to hash a tuple of shared tuples may never end
                raise Unreadable("a key that is a container")
            self._nest(self._top(), inner)
        else:
            before, marked = opcode.stack_before, pickletools.markobject in opcode.stack_before
            inner = self._taken(len(before), marked) if before else []
            if opcode.stack_after and name not in ("PROTO", "FRAME", "STOP"):
                made = [0]
                self._nest(made, inner)
                self._stack.append(made)

    def _top(self) -> list[int]:
        return (self._stack and self._stack[-1]) or [0]

    def _taken(self, count: int, marked: bool) -> list[list[int]]:
        """What an opcode takes from the stack: so many, or all down to the last mark."""
        found: list[list[int]] = []
        while self._stack and (marked or len(found) < count):
            depth = self._stack.pop()
            if depth is None:
                break
            found.append(depth)
        return found

    def _nest(self, outer: list[int], inner: list[list[int]]) -> None:
        outer[0] = max([outer[0], *(depth[0] + 1 for depth in inner)])
        if outer[0] > _DEEPEST:
            raise Unreadable(f"containers in each other, more than {_DEEPEST} deep")


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
    raise _refused(f"{note.name}{short(args)}")  # a whole repr may never end


class _Builder:
    """Makes the notes in an unpickled value good, for so many bytes of what is made in all."""

    def __init__(self, room: int) -> None:
        self._room, self._done = room, dict[int, Any]()

    def built(self, value: Any) -> Any:
        """The value; parts that were shared stay shared."""
        if type(value) in (bool, int, float, str, bytes, bytearray, type(None)):
            return value
        done = self._done
        if id(value) not in done:
            if type(value) is list:
                done[id(value)] = []
                done[id(value)].extend(map(self.built, value))
            elif type(value) is dict:
                done[id(value)] = {}
                done[id(value)].update((self.built(k), self.built(v)) for k, v in value.items())
            elif type(value) is tuple:
                done[id(value)] = tuple(map(self.built, value))
            elif isinstance(value, _Note):
                done[id(value)] = made = _make(value, self.built)
                self._room -= len(made) if type(made) is bytes else getattr(made, "nbytes", 0)
                if self._room < 0:  # one buffer or text, given to many arrays
                    raise Unreadable("arrays larger than the file")
            else:
                raise _refused(type(value).__name__)
        return done[id(value)]
