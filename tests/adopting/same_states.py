"""What two programs have left behind, written down so that a difference in one bit shows.

Of each array its type, shape, layout and bits (all NaNs alike), of each number type and bits, of
each object its attributes in their order; and which of all the arrays are the same or look at the
same memory.
"""

import itertools
import re
import types

import numpy as np

_PLAIN = (int, str, bytes, bool, type(None), type(Ellipsis), type, types.FunctionType,
          types.BuiltinFunctionType, types.MethodType, types.ModuleType, slice, range)


def bits(array):
    """The bits of an array, with one NaN for all."""
    array = np.asarray(array)
    if array.dtype.kind == "O" or array.dtype.char in "gG":  # long ones have bits without meaning
        return [repr(one) for one in array.ravel()]
    if array.dtype.kind in "fc" and array.size:
        array = array.astype(array.dtype.newbyteorder("="), order="C")
        flat = array.reshape(-1).view(array.real.dtype)
        flat[np.isnan(flat)] = np.nan
    return array.tobytes()


def attributes(thing):
    """Those of an object, in a dict or in places; None where it has neither."""
    if hasattr(thing, "__dict__"):
        return thing.__dict__
    places = getattr(type(thing), "__slots__", None)
    return None if places is None else {
        name: getattr(thing, name) for name in places if hasattr(thing, name)
        and name != "__weakref__"}


def _without_id(key, instead):
    if isinstance(key, tuple):
        return tuple(_without_id(one, instead) for one in key)
    return instead if type(key) is int and key > 1 << 32 else key


class Written:
    """One state of a program: `lines` by path, and `arrays`."""

    def __init__(self, roots):
        self.lines, self.arrays, self._seen = {}, {}, {}
        for name, value in roots.items():
            self._write(name, value)
        self.lines["(the same)"] = self._shared()
        # Copies: who holds an array may be what decides whether its memory is used again.
        self.arrays = {path: array.copy() for path, array in self.arrays.items()}

    def _write(self, path, value):
        if isinstance(value, np.ndarray):
            self._array(path, value)
        elif isinstance(value, np.generic):
            self.lines[path] = type(value).__name__, bits(value)
        elif isinstance(value, float):
            said = "nan" if value != value else value.hex()
            self.lines[path] = type(value).__name__, said
        elif isinstance(value, BaseException):
            self.lines[path] = "raised", type(value).__name__
        elif isinstance(value, _PLAIN):
            self.lines[path] = type(value).__name__, getattr(value, "__name__", None) or repr(value)
        elif id(value) in self._seen:
            self.lines[path] = "again", self._seen[id(value)]
        elif isinstance(value, (list, tuple)):
            self._seen[id(value)] = path
            self.lines[path] = type(value).__name__, len(value)
            for number, one in enumerate(value):
                self._write(f"{path}[{number}]", one)
        elif isinstance(value, dict):
            self._seen[id(value)] = path
            # An id is another one in another program.
            keys = [repr(_without_id(key, f"id {place}")) for place, key in enumerate(value)]
            self.lines[path] = type(value).__name__, keys
            for key, one in zip(keys, value.values()):
                self._write(f"{path}[{key}]", one)
        else:
            self._object(path, value)

    def _object(self, path, value):
        self._seen[id(value)] = path
        held = attributes(value)
        if held is None:
            self.lines[path] = type(value).__name__, re.sub(" at 0x[0-9a-f]+", "", repr(value))
            return
        self.lines[path] = type(value).__name__, sorted(held)
        self.lines[f"(order) {path}"] = list(held)
        for name, one in held.items():
            self._write(f"{path}.{name}", one)

    def _array(self, path, value):
        self.arrays[path] = value
        layout = tuple(step for step, length in zip(value.strides, value.shape)
                       if length > 1) if value.size else ()
        self.lines[path] = (type(value).__name__, value.dtype.str, value.shape, layout,
                            value.flags.writeable, bits(value))

    def _shared(self):
        return [(one, other, a is b) for (one, a), (other, b) in itertools.combinations(
            self.arrays.items(), 2) if a is b or np.may_share_memory(a, b)]


def first_difference(one, other, *, order=True):
    """The first path at which two states differ, with both; None where they are one.

    order: whether that in which the attributes were made counts.
    """
    paths = [path for path in [*one.lines, *other.lines]
             if one.lines.get(path) != other.lines.get(path)
             and (order or not path.startswith("(order)"))]
    if not paths:
        return None
    path = min(paths, key=lambda path: (path.startswith("("), -len(path)))
    if path == "(the same)":
        a, b = one.lines[path], other.lines[path]
        return path, [x for x in a if x not in b], [x for x in b if x not in a]
    return path, _shown(one, path), _shown(other, path)


def _shown(state, path):
    if path not in state.lines:
        return "nothing"
    if path in state.arrays:
        array = state.arrays[path]
        return *state.lines[path][:-1], np.array2string(array, threshold=6, precision=17)
    return state.lines[path]
