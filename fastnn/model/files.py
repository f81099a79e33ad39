"""A Model <-> files: what stands in them, and what is refused when they are read."""

from typing import Any

from fastnn import registry
from fastnn.files import made_of, pickles, plain, storage
from fastnn.files.architecture import check_classes, check_names, describe, rebuild
from fastnn.files.storage import StorageError
from fastnn.model.checks import LINES
from fastnn.support import checks

_READERS = {"model": "Model.load", "parameters": "Model.load_parameters"}
_PARTS = ("loss", "optimizer", "accuracy")


def save(model, target):
    """Write layers, loss, optimizer and accuracy with all their state."""
    if not isinstance(model.lines, str) or model.lines not in LINES:
        raise ValueError(f'Model.save: lines must be "steps" or "epochs", got '
                         f"{checks.shown(model.lines)}")
    arrays: dict[str, Any] = {}
    things = {f"layers.{n}": layer for n, layer in enumerate(model.layers)}
    header = {"content": "model", "lines": model.lines,
              "finalized": hasattr(model, "input_layer"),
              "layers": [describe(layer, path, arrays) for path, layer in things.items()]}
    for name in _PARTS:
        thing = getattr(model, name, None)
        header[name] = None if thing is None else describe(thing, name, arrays)
        if thing is not None:
            things[name] = thing
    check_names(things)
    plain.apart(arrays, "Model.save")
    storage.write(target, header, arrays)


def load(path, make, classes):
    """What `save` wrote, in a model that `make(lines=...)` makes."""
    if storage.kind(path) == "pickle":
        raise StorageError(f"{path}: a pickled model would run its own code when loaded; save "
                           "it with fastnn's Model.save, or its parameters with save_parameters")
    header, arrays = storage.read(path)
    _expect(header, "model", path)
    classes = check_classes(classes, _adopted(header))
    try:
        model = make(lines=header["lines"])
        for n, description in enumerate(_list(header, "layers")):
            model.add(rebuild(description, f"layers.{n}", arrays, "layer", classes))
        made_of.check_chain(model.layers, "layers")
        model.set(**{name: rebuild(header[name], name, arrays, name, classes)
                     for name in _PARTS if header[name] is not None})
        if _answer(header, "finalized"):
            model.finalize()
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        if isinstance(error, StorageError):
            raise StorageError(f"{path}: {error}") from error.__cause__
        raise StorageError(f"{path}: the header does not describe a model ({error})"
                           f"{_not_now(header, classes)}") from None
    return model


def _adopted(header):
    """The names of the caller's classes in a file whose things have all attributes in it."""
    layers = header.get("layers")
    things = [*(layers if isinstance(layers, list) else []), *map(header.get, _PARTS)]
    return {str(one["adopted"]) for one in things if isinstance(one, dict) and "adopted" in one}


def _not_now(header, classes):
    """Which classes were adopted when a file was written, and are not now."""
    names = sorted(name for name in _adopted(header) if isinstance(classes.get(name), type)
                   and registry.lender(classes[name], False) is None)
    return f". Adopted when it was saved, and not now: {', '.join(names)} (fastnn.adopt)" * bool(
        names)


def _list(header, name):
    if not isinstance(header[name], list):
        raise StorageError(f"{name} must be a list, got {str(header[name])[:80]!r}")
    return header[name]


def _answer(header, name):
    if type(header[name]) is not bool:
        raise StorageError(f"{name} must be true or false, got {str(header[name])[:80]!r}")
    return header[name]


def save_parameters(pairs, path):
    """Write weights and biases, pair by pair."""
    arrays = {f"{n}.{name}": made_of.floats(value, f"Model.save_parameters: layer {n}", name)
              for n, pair in enumerate(pairs)
              for name, value in zip(("weights", "biases"), pair)}
    storage.write(path, {"content": "parameters", "layers": len(pairs)}, arrays)


def load_parameters(path):
    """The pairs that `save_parameters` wrote, or the book's pickle of them; arrays of floats."""
    if storage.kind(path) == "pickle":
        pairs = pickles.read(path)
        if not isinstance(pairs, list | tuple):
            raise StorageError(f"{path}: expected a list of (weights, biases) pairs, got a "
                               f"{type(pairs).__name__}")
    else:
        header, arrays = storage.read(path)
        _expect(header, "parameters", path)
        try:
            pairs = [(arrays[f"{n}.weights"], arrays[f"{n}.biases"])
                     for n in range(header["layers"])]
        except (KeyError, TypeError):
            raise StorageError(f"{path}: the file does not hold the layers that its header "
                               "names") from None
    for n, pair in enumerate(pairs):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise StorageError(f"{path}: layer {n} must be a pair (weights, biases), got "
                               f"{checks.shown(pair)}")
        for name, value in zip(("weights", "biases"), pair):
            try:
                made_of.floats(value, f"layer {n}", name)
            except TypeError as error:
                raise StorageError(f"{path}: {error}") from None
    return pairs


def _expect(header, content, path):
    found = header.get("content")
    if found != content:
        reader = _READERS.get(str(found))
        instead = f"a file of {found!r}, which {reader} reads" if reader else "something else"
        raise StorageError(f"{path}: expected a file of {content!r}, found {instead}")
