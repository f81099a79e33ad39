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
from collections.abc import Iterator
from typing import Any

import numpy as np

from fastnn import registry
from fastnn.files import adopted, made_of, plain
from fastnn.files.storage import StorageError
from fastnn.support import checks

# What a step leaves behind, and the links between the objects: made anew, not saved.
PASSING = registry.results() | {"prev", "next", "trainable_layers", "accumulated_sum",
                                 "accumulated_count"}
# What Python raises for arguments that do not fit; what else a constructor raises is its own.
_UNFIT = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
          ValueError)
_COMBINED = "Activation_Softmax_Loss_CategoricalCrossentropy"
# What a class statement writes even where nothing stands in it.
_OF_A_NAME = frozenset(("__module__", "__doc__", "__qualname__", "__annotations__", "__dict__",
                        "__weakref__", "__firstlineno__", "__static_attributes__",
                        "__annotate__", "__annotate_func__", "__annotations_cache__"))


def describe(thing, path, arrays):
    """The description of one object; its arrays go to `arrays` under names that start with path.

    Raises TypeError or ValueError for what could not be loaded again, and says what it is.
    """
    who, kind = f"Model.save: {path}", _kind_of(type(thing))
    if kind is None:
        made = registry.lender(type(thing), False)
        if made is None:
            return _describe_foreign(thing, path, arrays)
        return adopted.describe(thing, path, arrays, PASSING | made(thing).passing())
    settings = {}
    for attribute, value in vars(thing).items():
        if attribute in PASSING or kind.__name__ == _COMBINED and attribute in (
                "activation", "loss"):
            continue
        if not isinstance(attribute, str) or "." in attribute:
            raise ValueError(f"{who}: an attribute named {checks.shown(attribute)} cannot be saved")
        elif isinstance(value, np.ndarray | np.generic):
            arrays[f"{path}.{attribute}"] = plain.array(value, f"{who}.{attribute}")
        else:
            plain.setting(value, f"{who}.{attribute}")
            settings[attribute] = value
    made_of.check(thing, _entry(type(thing)).kind, who)
    description = {"class": kind.__name__, "settings": settings}
    if not _is_renamed(type(thing), kind):
        description["subclass"] = type(thing).__name__
        _check_slots(type(thing), kind, who)
    return description


def _entry(kind):
    """The entry of a class of ours, or of one derived from it."""
    found = registry.entry_of(kind)
    assert found is not None
    return found


def _check_slots(kind, ours, who):
    if any(vars(added).get("__slots__") for added in _added(kind, ours)):
        raise TypeError(f"{who}: {kind.__name__} has __slots__, and what is in them is not saved")


def check_names(things):
    """Refuse classes of the caller's own that their names do not tell apart.

    things: by their paths. Names are all that a file says of such classes.
    """
    seen: dict[str, tuple[str, type]] = {}
    for path, thing in things.items():
        kind, ours = type(thing), _kind_of(type(thing))
        if ours is not None and _is_renamed(kind, ours):
            continue
        if not (_may_be_handed_over(kind, kind.__name__) or registry.lender(kind, False)):
            raise ValueError(f"Model.save: {path}: {kind.__name__} is the name of a class of "
                             "fastnn's; give your own another")
        first, before = seen.setdefault(kind.__name__, (path, kind))
        if before is not kind:
            raise ValueError(f"Model.save: {first} and {path} are of two classes named "
                             f"{kind.__name__}; give them different names")


def _may_be_handed_over(kind, name):
    """Whether a class of the caller's may have this name: ours are his only where derived."""
    ours = registry.public().get(name)
    return ours is None or kind is not ours and issubclass(kind, ours)


def _kind_of(kind):
    """The class of ours that this one is or is derived from; None where there is none."""
    ours = registry.public() | registry.bases()
    return next((base for base in kind.__mro__ if ours.get(base.__name__) is base), None)


def _is_renamed(kind, ours):
    """Whether a class is ours, or ours with nothing but another name."""
    return type(kind) is type(ours) and all(
        _OF_A_NAME.issuperset(vars(added)) for added in _added(kind, ours))


def _added(kind, ours):
    """The classes that a class derived from ours has beside ours."""
    return [base for base in kind.__mro__ if base not in ours.__mro__]


def _describe_foreign(thing, path, arrays):
    who, kind = f"Model.save: {path}", type(thing)
    described: dict[str, Any] = {"foreign": kind.__name__, "arguments": {}, "parameters": 0}
    arguments, weights = _arguments(thing, who), getattr(thing, "weights", None)
    for name, value in arguments.items():
        if isinstance(value, np.ndarray | np.generic):
            entry = f"{path}.arguments.{name}"
            arrays[entry] = plain.array(value, f"Model.save: {entry}")
        else:
            plain.argument(value, f"{who}: {kind.__name__}'s argument {name}")
            described["arguments"][name] = value
    if callable(getattr(thing, "get_parameters", None)):
        parameters = _parameters(thing, path)
        described["parameters"] = len(parameters)
        arrays.update(parameters)
    elif isinstance(weights, np.ndarray) and not any(
            value is weights for value in arguments.values()):
        raise TypeError(f"{who} is {checks.a_thing_of(kind.__name__)} with weights and without "
                        "get_parameters: they would come back as its constructor makes them; give "
                        "it get_parameters and set_parameters, or adopt its class (fastnn.adopt)")
    return described


def _parameters(thing, path):
    """What `get_parameters` gives, by the names in a file."""
    who, name = f"Model.save: {path}", type(thing).__name__
    given = thing.get_parameters()
    if not isinstance(given, list | tuple | Iterator):
        raise TypeError(f"{who}: get_parameters of {name} must give a tuple of arrays, got "
                        f"{checks.shown(given)}")
    found = {f"{path}.parameters.{n}": value for n, value in enumerate(given)}
    for entry, value in found.items():
        plain.parameter(value, f"Model.save: {entry}")
    if found and not callable(getattr(thing, "set_parameters", None)):
        raise TypeError(f"{who}: {name} has get_parameters, but no set_parameters")
    return found


def _arguments(thing, who):
    """What the constructor would be called with to make this thing, by the arguments' names.

    As `get_config` says, if there is such a method; else attributes of these names.
    """
    kind = type(thing)
    try:
        signature = inspect.signature(kind)
    except (TypeError, ValueError):
        signature = inspect.Signature()
    if callable(getattr(thing, "get_config", None)):
        found = thing.get_config()
        if not isinstance(found, dict):
            raise TypeError(f"{who}: get_config of {kind.__name__} must return a dict, got "
                            f"{checks.shown(found)}")
    else:
        found = _attributes(thing, signature, who)
    try:
        signature.bind(**found)
    except TypeError as error:
        raise TypeError(f"{who}: {kind.__name__} cannot be made with the arguments "
                        f"{checks.shown(list(found))}: {error}") from None
    return found


def _attributes(thing, signature, who):
    """The attributes named as the constructor's arguments are."""
    found, name = {}, type(thing).__name__
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            stars = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise TypeError(f"{who} is {checks.a_thing_of(name)}, whose constructor takes "
                            f"{stars}{parameter.name}; give the class a method get_config that "
                            "returns all arguments as a dict")
        if hasattr(thing, parameter.name):
            found[parameter.name] = getattr(thing, parameter.name)
        elif parameter.default is parameter.empty:
            raise TypeError(f"{who} is {checks.a_thing_of(name)} without an attribute "
                            f"{parameter.name!r}, which its constructor is called with; keep it "
                            "there, or give the class a method get_config that returns all "
                            "arguments as a dict")
    return found


# ------------------------------------------------------------------------------------- back


def rebuild(description, path, arrays, role, classes):
    """The object that `describe` described, if it can stand in this role.

    classes: those of the caller's own, by the names they were saved under. Raises StorageError.
    """
    if isinstance(description, dict) and "adopted" in description:
        name = str(description["adopted"])
        return adopted.rebuild(description, path, _beside(path, arrays),
                               _handed_over(name, path, classes))
    if isinstance(description, dict) and "foreign" in description:
        return _rebuild_foreign(description, path, arrays, classes)
    try:
        settings, subclass = dict(description["settings"]), description.get("subclass")
        ours = registry.public() | ({} if subclass is None else registry.bases())
        made: Any = ours[description["class"]]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise StorageError(f"the file's description of {path} is not one of fastnn's: "
                           f"{str(description)[:80]}") from None
    if _entry(made).role != role:
        raise StorageError(f"{path}: {made.__name__} is no {role}")
    kind = made if subclass is None else _handed_over(subclass, path, classes)
    if not issubclass(kind, made):
        raise StorageError(f"{path}: {kind.__name__} is not derived from {made.__name__}")
    passing = PASSING.intersection([*settings, *_beside(path, arrays)])
    if passing:
        raise StorageError(f"{path}: {min(passing)} is what a step leaves, and not kept in files")
    for attribute, value in settings.items():
        _kept(plain.setting, value, f"{path}.{attribute}")
    thing = kind.__new__(kind)
    if made.__name__ == _COMBINED:
        made.__init__(thing)
    vars(thing).update(settings)
    for attribute, value in _beside(path, arrays).items():
        if "." not in attribute:
            vars(thing)[attribute] = value if value.ndim else value[()]
    _kept(made_of.check, thing, _entry(kind).kind, path)
    return thing


def _kept(check, *arguments):
    """Check what a file holds as what is saved: StorageError for what would not be."""
    try:
        check(*arguments)
    except (TypeError, ValueError) as error:
        raise StorageError(str(error)) from None


def _beside(path, arrays):
    """The arrays of a thing, by their names without its path."""
    start = f"{path}."
    return {name[len(start):]: value for name, value in arrays.items() if name.startswith(start)}


def _handed_over(name, path, classes):
    """The class that the caller handed over under this name."""
    try:
        return classes[name]
    except (KeyError, TypeError):
        raise StorageError(f"{path} is {checks.a_thing_of(str(name))}, which is no class of "
                           "fastnn's: load with "
                           f"Model.load(path, classes={{{str(name)!r}: ...}})") from None


def _rebuild_foreign(description, path, arrays, classes):
    kind, beside = _handed_over(description["foreign"], path, classes), _beside(path, arrays)
    arguments, count = description.get("arguments"), description.get("parameters")
    if not isinstance(arguments, dict) or type(count) is not int:
        raise StorageError(f"the file's description of {path} is not one of fastnn's: "
                           f"{str(description)[:80]}")
    for name, value in arguments.items():
        _kept(plain.argument, value, f"{path}: argument {name}")
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
            expected = [np.shape(parameter) for parameter in thing.get_parameters()]
        except (KeyError, AttributeError, TypeError) as error:
            raise StorageError(f"{path}: the parameters of {kind.__name__} are not there "
                               f"({error})") from None
        if [parameter.shape for parameter in parameters] != expected:
            raise StorageError(f"{path}: {kind.__name__} has parameters of the shapes {expected}, "
                               f"the file {[parameter.shape for parameter in parameters]}")
        thing.set_parameters(*parameters)
    return thing


def check_classes(classes, adopted=()):
    """The caller's own classes by their names. TypeError, ValueError for anything else.

    adopted: names that a file says of classes of the caller's, be they those of ours.
    """
    if not isinstance(classes, dict | None.__class__):
        raise TypeError(f"Model.load: classes must be a dict of classes by name, got {classes!r}")
    for name, value in (classes or {}).items():
        if not isinstance(value, type):
            raise TypeError(f"Model.load: classes[{name!r}] must be a class, got {value!r}")
        if name not in adopted and not _may_be_handed_over(value, name):
            raise ValueError(f"Model.load: {name} is fastnn's own class and is not replaced")
    return classes or {}
