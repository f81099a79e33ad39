"""Things of classes that were adopted (`fastnn.adopt`) <-> plain data: all their attributes.

Their classes are proved to make objects that hold attributes and nothing else, so these say what
such an object is, as a pickle would. Numbers, text, lists and arrays are kept, and dicts of them.
"""

from typing import Any

import numpy as np

from fastnn.files import plain
from fastnn.files.storage import StorageError
from fastnn.support import checks


def describe(thing: Any, path: str, arrays: dict[str, Any], passing: Any) -> dict[str, Any]:
    """As `architecture.describe`. passing: the names of what a step leaves."""
    who, name = f"Model.save: {path}", type(thing).__name__
    settings: dict[str, Any] = {}
    dicts: dict[str, Any] = {}
    for attribute, value in vars(thing).items():
        if attribute in passing:
            continue
        if not isinstance(attribute, str) or "." in attribute:
            raise ValueError(f"{who}: an attribute named {checks.shown(attribute)} cannot be saved")
        if type(value) is dict:
            inside: dict[str, Any] = {}
            dicts[attribute] = inside
            for key, held in value.items():
                if not isinstance(key, str) or "." in key:
                    raise ValueError(f"{who}: {attribute} of {name} has the key "
                                     f"{checks.shown(key)}, which cannot be saved")
                _keep(held, f"{path}.{attribute}.{key}", inside, key, arrays)
        else:
            _keep(value, f"{path}.{attribute}", settings, attribute, arrays)
    return {"adopted": name, "settings": settings, "dicts": dicts}


def _keep(value: Any, entry: str, settings: dict[str, Any], name: str, arrays: dict[str, Any]
          ) -> None:
    who = f"Model.save: {entry}"
    if isinstance(value, np.ndarray | np.generic):
        arrays[entry] = plain.array(value, who)
    elif _has_tuple(value):
        raise TypeError(f"{who} is or holds a tuple, which would come back as a list; keep a list "
                        "there")
    else:
        plain.argument(value, who)
        settings[name] = value


def _has_tuple(value: Any) -> bool:
    return isinstance(value, tuple) or isinstance(value, list) and any(
        isinstance(one, tuple) for one in value)


def rebuild(description: dict[str, Any], path: str, beside: dict[str, Any], kind: Any) -> Any:
    """The object of this class. beside: its arrays. Raises StorageError."""
    settings, dicts = description.get("settings"), description.get("dicts")
    if not isinstance(settings, dict) or not isinstance(dicts, dict) or not all(
            isinstance(one, dict) for one in dicts.values()):
        raise StorageError(f"the file's description of {path} is none: {str(description)[:80]}")
    thing = object.__new__(kind)
    if not hasattr(thing, "__dict__"):
        raise StorageError(f"{path}: {kind.__name__} has __slots__, and what was in the file is "
                           "attributes")
    held: dict[str, Any] = {name: {} for name in dicts} | settings
    for name, inside in dicts.items():
        held[name] = dict(inside)
    for name, value in beside.items():
        outer, _, inner = name.partition(".")
        if inner and outer not in dicts:
            raise StorageError(f"{path}: {outer} is no dict in this file")
        (held[outer] if inner else held)[inner or outer] = value if value.ndim else value[()]
    for name, value in [*settings.items(), *(pair for one in dicts.values()
                                             for pair in one.items())]:
        try:
            plain.argument(value, f"{path}.{name}")
        except (TypeError, ValueError) as error:
            raise StorageError(str(error)) from None
    for name in held:
        if hasattr(kind, name) and (callable(getattr(kind, name)) or name.startswith("__")):
            raise StorageError(f"{path}: {name} is a method of {kind.__name__}, and no attribute "
                               "to be set")
    vars(thing).update(held)
    return thing
