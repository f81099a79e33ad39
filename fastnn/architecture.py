"""Objects of a network <-> plain data: a description for a header, and named arrays.

It knows classes, not files (`storage.py` knows files, not networks). A description is a dict of a
class's name and its plain settings; arrays and NumPy scalars go beside it, named by the path to
their attribute, such as `layers.0.weights`. What is described, and what is rebuilt, is checked
(`made_of.py`).

A file never decides which code runs: a class that is not this library's is one that the caller of
`rebuild` hands over. Of such a thing the constructor's arguments are kept, and the arrays that its
`get_parameters` gives.
"""

import inspect

import numpy as np

from fastnn import made_of
from fastnn.made_of import CLASSES
from fastnn.storage import StorageError

# What a step leaves behind, and the links between the objects: made anew, not saved.
_PASSING = frozenset(("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask", "prev",
                      "next", "trainable_layers", "accumulated_sum", "accumulated_count"))
# What Python raises for arguments that do not fit; what else a constructor raises is its own.
_UNFIT = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
          ValueError)
_COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"


def describe(thing, path, arrays):
    """The description of one object; its arrays go to `arrays` under names that start with path.

    Raises TypeError or ValueError for what could not be loaded again, and says what it is.
    """
    who, kind = f"Model.save: {path}", _kind_of(type(thing))
    if kind is None:
        return _describe_foreign(thing, path, arrays)
    settings = {}
    for attribute, value in vars(thing).items():
        if attribute in _PASSING or kind.__name__ == _COMBINED and attribute in (
                "activation", "loss"):
            continue
        if "." in attribute:
            raise ValueError(f"{who}: an attribute named {attribute!r} cannot be saved")
        if isinstance(value, np.ndarray | np.generic):
            arrays[f"{path}.{attribute}"] = np.asarray(value)
        elif value is None or isinstance(value, bool | int | float | str):
            settings[attribute] = value
        else:
            raise TypeError(f"{who}.{attribute} is a {type(value).__name__}; only numbers, text "
                            "and arrays can be saved")
    made_of.check(thing, kind, who)
    description = {"class": kind.__name__, "settings": settings}
    if not _is_renamed(type(thing), kind):
        description["subclass"] = type(thing).__name__
    return description


def _kind_of(kind):
    """The class of ours that this one is or is derived from; None where there is none."""
    return next((one for one in kind.__mro__ if CLASSES.get(one.__name__) is one), None)


def _is_renamed(kind, ours):
    """Whether a class does what ours does, under another name if at all."""
    before = kind.__mro__[:kind.__mro__.index(ours)]
    return not any(callable(value) for one in before for value in vars(one).values())


def _describe_foreign(thing, path, arrays):
    who, kind = f"Model.save: {path}", type(thing)
    described = {"foreign": kind.__name__, "arguments": {}, "parameters": 0}
    for name, value in _arguments(thing, who).items():
        if isinstance(value, np.ndarray | np.generic):
            arrays[f"{path}.arguments.{name}"] = np.asarray(value)
        elif _is_plain(value):
            described["arguments"][name] = value
        else:
            raise TypeError(f"{who}: {kind.__name__}'s argument {name} is a "
                            f"{type(value).__name__}; only numbers, text, lists of them and arrays "
                            "can be saved")
    if callable(getattr(thing, "get_parameters", None)):
        parameters = [np.asarray(one) for one in thing.get_parameters()]
        described["parameters"] = len(parameters)
        arrays.update({f"{path}.parameters.{n}": one for n, one in enumerate(parameters)})
    return described


def _arguments(thing, who):
    """What the constructor would be called with to make this thing, by the arguments' names.

    As `get_config` says, if there is such a method; else attributes of these names.
    """
    kind = type(thing)
    if callable(getattr(thing, "get_config", None)):
        return dict(thing.get_config())
    found = {}
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for one in parameters:
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            continue
        if hasattr(thing, one.name):
            found[one.name] = getattr(thing, one.name)
        elif one.default is one.empty:
            raise TypeError(f"{who} is a {kind.__name__} without an attribute {one.name!r}, which "
                            "its constructor is called with; keep it there, or give the class a "
                            "method get_config that returns all arguments as a dict")
    return found


def _is_plain(value):
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


# ------------------------------------------------------------------------------------- back


def rebuild(description, path, arrays, role, classes):
    """The object that `describe` described, if it can stand in this role.

    classes: those of the caller's own, by the names they were saved under. Raises StorageError.
    """
    if isinstance(description, dict) and "foreign" in description:
        return _rebuild_foreign(description, path, arrays, classes)
    try:
        made = CLASSES[description["class"]]
        settings, subclass = dict(description["settings"]), description.get("subclass")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StorageError(f"the file's description of {path} is not one of fastnn's: "
                           f"{str(description)[:80]}") from None
    if made_of.OF[made].role != role:
        raise StorageError(f"{path}: {made.__name__} is no {role}")
    kind = made if subclass is None else _handed_over(subclass, path, classes)
    if not issubclass(kind, made):
        raise StorageError(f"{path}: {kind.__name__} is not derived from {made.__name__}")
    passing = _PASSING.intersection([*settings, *_beside(path, arrays)])
    if passing:
        raise StorageError(f"{path}: {min(passing)} is what a step leaves, and not kept in files")
    thing = kind.__new__(kind)
    if made.__name__ == _COMBINED:
        made.__init__(thing)
    vars(thing).update(settings)
    for attribute, value in _beside(path, arrays).items():
        if "." not in attribute:
            vars(thing)[attribute] = value if value.ndim else value[()]
    try:
        made_of.check(thing, made, path)
    except (TypeError, ValueError) as error:
        raise StorageError(str(error)) from None
    return thing


def _beside(path, arrays):
    """The arrays of a thing, by their names without its path."""
    start = f"{path}."
    return {name[len(start):]: value for name, value in arrays.items() if name.startswith(start)}


def _handed_over(name, path, classes):
    """The class that the caller handed over under this name."""
    try:
        return classes[name]
    except (KeyError, TypeError):
        raise StorageError(f"{path} is a {name}, which is no class of fastnn's: load with "
                           f"Model.load(path, classes={{{str(name)!r}: ...}})") from None


def _rebuild_foreign(description, path, arrays, classes):
    kind, beside = _handed_over(description["foreign"], path, classes), _beside(path, arrays)
    arguments, count = description.get("arguments"), description.get("parameters")
    if not isinstance(arguments, dict) or type(count) is not int:
        raise StorageError(f"the file's description of {path} is not one of fastnn's: "
                           f"{str(description)[:80]}")
    given = {name.removeprefix("arguments."): value if value.ndim else value[()]
             for name, value in beside.items() if name.startswith("arguments.")}
    try:
        thing = kind(**arguments, **given)
    except _UNFIT as error:
        raise StorageError(f"{path}: {kind.__name__} could not be made with the arguments in the "
                           f"file ({type(error).__name__}: {error})") from error
    if count:
        try:
            parameters = [beside[f"parameters.{n}"] for n in range(count)]
            expected = [np.shape(one) for one in thing.get_parameters()]
        except (KeyError, AttributeError, TypeError) as error:
            raise StorageError(f"{path}: the parameters of {kind.__name__} are not there "
                               f"({error})") from None
        if [one.shape for one in parameters] != expected:
            raise StorageError(f"{path}: {kind.__name__} has parameters of the shapes {expected}, "
                               f"the file {[one.shape for one in parameters]}")
        thing.set_parameters(*parameters)
    return thing


def check_classes(classes):
    """The caller's own classes by their names. TypeError, ValueError for anything else."""
    if not isinstance(classes, dict | None.__class__):
        raise TypeError(f"Model.load: classes must be a dict of classes by name, got {classes!r}")
    for name, value in (classes or {}).items():
        if not isinstance(value, type):
            raise TypeError(f"Model.load: classes[{name!r}] must be a class, got {value!r}")
        if name in CLASSES:
            raise ValueError(f"Model.load: {name} is fastnn's own class and is not replaced")
    return classes or {}
