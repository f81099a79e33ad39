"""What a program ends with: the arrays and numbers that `__main__` reaches, each by its path.

From the globals through lists, tuples, dicts, attributes of objects and classes of the program's
own, and its own modules. The shortest path names what several lead to, and attributes are taken in
alphabetical order: in which order they were set makes no difference. Arrays are kept as digests of
their bits, all NaN alike; small ones as a whole, so that a difference has a size.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

_WHOLE = 1 << 16  # bytes of an array that is kept as a whole
_NUMBERS = (bool, int, float, complex, str, bytes, type(None))
_INSTALLED = {"site-packages", "dist-packages"}

Entry = dict[str, Any]


DRAWN = "np.random's state"


def collected(names: dict[str, Any], place: str) -> dict[str, Entry]:
    """The values that these globals of a program in that folder reach; and the state of random
    numbers, which says how many were drawn.
    """
    np = sys.modules.get("numpy")
    found: dict[str, Entry] = {}
    open_ = deque((name, names[name]) for name in sorted(names) if not name.startswith("__"))
    met: dict[int, Any] = {}  # held, or another object might get the id
    while open_:
        path, value = open_.popleft()
        entry = _entry(value, np)
        if entry is not None:
            found[path] = entry
        elif id(value) not in met:
            met[id(value)] = value
            open_.extend((path + step, part) for step, part in _parts(value, place))
    if "random" in sys.modules:
        found["random's state"] = _text("state", repr(sys.modules["random"].getstate()))
    if np is not None and hasattr(np, "random"):
        found[DRAWN] = _text("state", repr([
            part.tolist() if hasattr(part, "tolist") else part
            for part in np.random.get_state()]))
    return found


def _entry(value: Any, np: Any) -> Entry | None:
    if np is not None and isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O":
        return _array(value, np)
    if type(value) in _NUMBERS:
        return _text(type(value).__name__, repr(value))
    if type(value) in (list, tuple) and len(value) > 8:  # what a loop has collected
        kinds = set(map(type, value))
        if all(kind in _NUMBERS or (np is not None and issubclass(kind, np.generic))
               for kind in kinds):
            return _text(f"{type(value).__name__} of {len(value)}", ", ".join(
                f"{type(one).__name__} {one!r}" for one in value))
    return None


def _array(value: Any, np: Any) -> Entry:
    plain = np.ascontiguousarray(value)
    if plain.dtype.kind in "fc" and np.isnan(plain).any():
        plain = plain.copy()
        plain[np.isnan(plain)] = np.nan
    data = plain.tobytes()
    return {"kind": f"{type(value).__name__} of {value.dtype.str}", "shape": list(value.shape),
            "digest": hashlib.blake2b(data, digest_size=16).hexdigest(), "dtype": value.dtype.str,
            "data": base64.b64encode(data).decode() if len(data) <= _WHOLE else None}


def _text(kind: str, text: str) -> Entry:
    digest = hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
    return {"kind": kind, "digest": digest, "text": text if len(text) <= 80 else None}


def _parts(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """What a thing is made of, with the step of a path to each."""
    if isinstance(value, (list, tuple)) or type(value).__name__ == "deque":
        yield from ((f"[{at}]", part) for at, part in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items()
                    if type(key) in _NUMBERS or type(key) is tuple)
    elif isinstance(value, (type, ModuleType)):
        if _is_own(value.__name__ if isinstance(value, ModuleType) else value.__module__, place):
            yield from _named(vars(value).items())
    elif type(value).__module__.partition(".")[0] == "fastnn":  # the program imports it: public
        yield from _named(item for item in _attributes(value) if not item[0].startswith("_"))
    elif _is_own(type(value).__module__, place):
        yield from _named(_attributes(value))
    elif _is_array_of_objects(value):
        yield from ((f".flat[{at}]", part) for at, part in enumerate(value.flat))


def _is_array_of_objects(value: Any) -> bool:
    np = sys.modules.get("numpy")
    return np is not None and type(value) is np.ndarray


def _attributes(value: Any) -> Iterable[tuple[str, Any]]:
    found = dict(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found.items()


def _named(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for name, part in sorted(items, key=lambda item: item[0]):
        if not name.startswith("__") and not isinstance(part, (FunctionType, classmethod,
                                                               staticmethod, property)):
            yield f".{name}", part


def _is_own(module: str, place: str) -> bool:
    """Whether a module of this name lies in the program's folder."""
    if module == "__main__":
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    if not file:
        return False
    file, place = os.path.realpath(file), os.path.join(os.path.realpath(place), "")
    inside = file[len(place):].split(os.sep)
    return (file.startswith(place) and _INSTALLED.isdisjoint(inside)
            and not file.startswith(os.path.join(os.path.dirname(os.__file__), "")))
