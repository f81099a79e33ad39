"""Arrays at the border: kind, shape, labels. Most error messages of the classes stand here.

A check says what was expected, in axis letters (N samples, I inputs, O outputs, C classes) and in
numbers, and what came. Methods with a kernel ask only when that has refused its arguments: what it
takes is right already.
"""

from __future__ import annotations

import math
import os
import reprlib
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from fastnn.support import arrays
from fastnn.support.handlers import dropped
from fastnn.support.watching import watcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from fastnn.support.annotations import Array

_NUMBERS = "biuf"
# What a broken repr raises. All else is somebody's who does not want to wait for it: a time-out.
_BROKEN = ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError
_RESULTS = {"inputs": ("forward", "output"), "predictions": ("forward", "output"),
            "dvalues": ("backward", "dinputs")}


def array(value: Any, who: object, name: str) -> Array:
    """`value` as an array of bools, integers or floats (see `arrays`); TypeError for all else."""
    if type(value) is np.ndarray and value.dtype.kind in _NUMBERS:
        return value
    told = watcher()
    begin = perf_counter() if told else 0.0
    try:
        made = arrays.taken(value)
    except arrays.NotTaken as got:
        raise TypeError(f"{who}: {name} must be an array of numbers, got {got}"
                        f"{_instead(value, name)}") from None
    if told:
        kind = "array of objects" if type(value) is np.ndarray else type(value).__name__
        told.converted(str(who), name, kind, perf_counter() - begin)
    return made


def _instead(value: Any, name: str) -> str:
    """A hint, where an object of the chain came for its result, what its method returns, or names
    of classes.
    """
    if name in ("y", "y_true") and _are_names(value):
        return f". np.unique({name}, return_inverse=True)[1] makes class indices of names"
    method, attribute = _RESULTS.get(name, ("", ""))
    if method and value is None:
        return f": {method} returns nothing, pass the object's .{attribute}"
    return f": pass its .{attribute}" if method and hasattr(type(value), method) else ""


def _are_names(value: Any) -> bool:
    """Whether it is a row of strings."""
    if type(value) is np.ndarray:
        value = value.tolist() if value.ndim == 1 else None
    return type(value) in (list, tuple) and len(value) > 0 and all(
        isinstance(one, str) for one in value)


def usual(value: Any, who: object, name: str) -> None:
    """Refuse an array whose class computes in its own way; TypeError. All else is let through."""
    try:
        arrays.refuse(type(value))
    except arrays.NotTaken as got:
        raise TypeError(f"{who}: {name} must be an array of numbers, got {got}") from None


def batch(value: Any, who: object, name: str, columns: int | None = None, hint: str = "") -> Array:
    """`value` as a matrix (N, columns) with N > 0; ValueError for another shape."""
    made = array(value, who, name)
    wanted = f"(N, {columns})" if columns is not None else "(N, columns)"
    if made.ndim != 2 or (columns is not None and made.shape[1] != columns):
        hint = _folded(made.shape, columns, name) or hint
        raise ValueError(f"{who}: {name} must be {wanted}, got {made.shape}{hint}")
    if made.shape[0] == 0:
        raise ValueError(f"{who}: {name} is an empty batch, got {made.shape}: N must be at least 1")
    if made.shape[1] == 0:
        raise ValueError(f"{who}: {name} must be {wanted} with at least one column, "
                         f"got {made.shape}")
    return made


def _folded(shape: tuple[int, ...], columns: int | None, name: str) -> Any:
    """A hint, where what came is a sample of `columns` elements in other axes, or many of them."""
    if columns in (math.prod(shape), math.prod(shape[1:])):
        return f". {name}.reshape(-1, {columns}) has that shape"
    return ""


def as_column(shape: tuple[int, ...], wanted: Any, name: str) -> str:
    """A hint, where (N,) came for (N, 1)."""
    return f". {name}.reshape(-1, 1) has that shape" if (*shape, 1) == wanted else ""


def any_batch(value: Any, who: object, name: str) -> Array:
    """`value` as an array with at least one element, of any shape."""
    made = array(value, who, name)
    if made.size == 0:
        raise ValueError(f"{who}: {name} is an empty batch, got {made.shape}")
    return made


def pair(value: Any, who: object) -> tuple[Any, Any]:
    """Samples and targets to validate with; ValueError for what are no two."""
    try:
        X, y = value
    except (TypeError, ValueError):
        got = f"{len(value)} of them" if isinstance(value, list | tuple) else shown(value)
        raise ValueError(f"{who}: validation_data must be a pair (X, y), got {got}") from None
    return X, y


def samples(X: Any, y: Any, who: object, n_inputs: int | None = None) -> tuple[Array, Array]:
    """X and y as arrays of one length. With n_inputs X may be one sample (n_inputs,)."""
    X = one_as_batch(any_batch(X, who, "X"), n_inputs)
    y = any_batch(y, who, "y")
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        hint = ". One sample: X.reshape(1, -1)" * (X.ndim == 1 and y.size == 1)
        raise ValueError(f"{who}: X and y must have one row for each sample, got {X.shape} and "
                         f"{y.shape}{hint}")
    return X, y


def one_as_batch(X: Any, n_inputs: int | None) -> Array:
    """One sample (n_inputs,) as (1, n_inputs); X itself where it is none."""
    return X.reshape(1, -1) if X.shape == (n_inputs,) else X


def like(value: Any, shape: tuple[int, ...], who: object, name: str, whose: Any) -> Array:
    """`value` as an array of this very shape; `whose` says what it has to match."""
    made = array(value, who, name)
    if made.shape != shape:
        raise ValueError(f"{who}: {name} must be {shape} like {whose}, got {made.shape}"
                         f"{as_column(made.shape, shape, name)}")
    return made


def before(owner: Any, attribute: Any, who: object, method: Any) -> Any:
    """The attribute, or RuntimeError that names the method that has to be called first."""
    try:
        return getattr(owner, attribute)
    except AttributeError:
        raise RuntimeError(f"{who}: {attribute} is not set yet, call {method} first") from None


def labels_or_onehot(y_true: Any, N: int, C: int, who: object) -> Array:
    """Targets of N samples in C classes: (N,) indices 0 .. C - 1, or (N, C) one-hot."""
    y = array(y_true, who, "y_true")
    if y.ndim == 2:
        return onehot(y, N, C, who)
    if y.ndim != 1:
        raise ValueError(f"{who}: y_true must be (N,) class indices or (N, {C}) one-hot, "
                         f"got {y.shape}")
    if len(y) != N:
        raise ValueError(f"{who}: y_true must have one label for each of the {N} samples, "
                         f"got {len(y)}")
    return labels(y, C, who)


def onehot(y: Any, N: int, C: int, who: object) -> Array:
    """(N, C) targets, checked for shape."""
    if y.shape == (N, 1) and C != 1:
        raise ValueError(f"{who}: y_true must be (N,) class indices or ({N}, {C}) one-hot, got "
                         f"{y.shape}. Class indices in a column: pass y_true.ravel()")
    if y.shape != (N, C):
        raise ValueError(f"{who}: one-hot y_true must be ({N}, {C}) like the predictions, "
                         f"got {y.shape}")
    return y


def labels(y: Any, C: int, who: object) -> Array:
    """Class indices as uint8 or int64; ValueError unless they are whole and in 0 .. C - 1."""
    if y.dtype.kind == "f":
        whole = np.isfinite(y) & (y == np.floor(y))
        if not whole.all():
            raise ValueError(f"{who}: class indices must be whole numbers, "
                             f"got {_first(y, ~whole)}")
    outside = (y < 0) | (y >= C)
    if outside.any():
        hint = ". Loss_BinaryCrossentropy is for one output that says yes or no" * (C == 1)
        raise ValueError(f"{who}: class indices must be 0 to {C - 1}, got {_first(y, outside)}"
                         f"{hint}")
    return y if y.dtype == np.uint8 else y.astype(np.int64)


def _first(y: Any, wrong: Any) -> Any:
    n = int(np.argmax(wrong))
    return f"{y[n].item()} at sample {n}"


def path(value: Any, who: object) -> str:
    """A path as text; TypeError for what is none."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{who}: path must be text or a pathlib.Path, got {shown(value)}"
                        ) from None


def whole(value: Any, who: object, name: str, least: int = 1) -> int:
    """A whole number of at least `least` as an int; TypeError or ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{who}: {name} must be a whole number, got {shown(value)}")
    if value < least:
        raise ValueError(f"{who}: {name} must be at least {least}, got {value}")
    return int(value)


def number(value: Any, who: object, name: str, low: float | None = None,
           high: float | None = None) -> Any:
    """Refuse what is no real number, or is outside low <= value <= high; gives back `value`."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{who}: {name} must be a number, got {shown(value)}")
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{who}: {name} must be {bounds}, got {value}")
    return value


@contextmanager
def unchanged_on_error(thing: Any) -> Iterator[None]:
    """Give the object its attributes back when NumPy refuses halfway, or a handler raises."""
    before = dict(vars(thing))
    try:
        yield
    except BaseException:
        put_back(thing, before)
        raise


def put_back(thing: Any, before: dict[str, Any]) -> None:
    """Give the object these attributes and no others. It lacks none of them meanwhile: another
    thread may look at it.
    """
    held = vars(thing)
    held.update(before)
    for name in list(held):
        if name not in before:
            held.pop(name, None)


def updatable(layer: Any, who: object, states: Iterable[str]) -> None:
    """Refuse a layer whose parameters, gradients and state do not belong together.

    states: the attributes that the optimizer keeps on it.
    """
    for name, slope, short in (("weights", "dweights", "weight"), ("biases", "dbiases", "bias")):
        if not hasattr(layer, name):
            raise TypeError(f"{who}: {type(layer).__name__} has no {name}, so there is nothing to "
                            "update")
        p = getattr(layer, name)
        usual(p, who, name)
        if isinstance(p, np.ndarray) and not p.flags.writeable:
            raise ValueError(f"{who}: {name} are read-only, an update writes them in place")
        p = array(p, who, name)
        for kept in states:
            state = getattr(layer, kept, None) if kept.startswith(short) else None
            usual(state, who, kept)
            if state is not None and np.shape(state) != p.shape:
                raise ValueError(f"{who}: {kept} must be {p.shape} like {name}, "
                                 f"got {np.shape(state)}")
        g = before(layer, slope, who, "backward")
        usual(g, who, slope)
        if not isinstance(g, np.ndarray):
            raise TypeError(f"{who}: {slope} must be an array, got "
                            f"{a_thing_of(type(g).__name__)}")
        if g.dtype.kind not in _NUMBERS or p.dtype.kind != "f":
            raise TypeError(f"{who}: {name} and {slope} must be floats, "
                            f"got {p.dtype} and {g.dtype}")
        try:
            fits = np.broadcast_shapes(p.shape, g.shape) == p.shape
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"{who}: {slope} must be {p.shape} like {name}, got {g.shape}")


# ------------------------------------------------------------------- attributes, before a run


_MISSING = object()


def _attribute(owner: Any, name: str, where: Any) -> Any:
    value = getattr(owner, name, _MISSING)
    if value is _MISSING:
        raise TypeError(f"{where}.{name} is not there; the constructor of its class sets it")
    return value


def a_thing_of(name: str) -> str:
    """The name of a class with its article: "a Layer_Dense", "an Optimizer_Adam"."""
    return f"{'an' if name[:1] in 'AEIOaeio' else 'a'} {name}"


def shown(value: Any) -> str:
    """What came, in a few words; of what shows itself on several lines (a Model, a table), its
    type.
    """
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    text = of_type = a_thing_of(type(value).__name__)
    with dropped(*_BROKEN):
        nested = isinstance(value, list | tuple | dict | set | frozenset)
        text = reprlib.repr(value) if nested else repr(value)  # lists that share lists: no end
    text = of_type if "\n" in text else text
    return text if len(text) <= 80 else f"{text[:77]}..."


def has_methods(thing: Any, methods: Any, who: object, name: str, example: Any = "") -> None:
    """Refuse what is no object with these methods."""
    wanted = f"{who}: {name} must be an object with {', '.join(methods)}{example}, got"
    if isinstance(thing, type):
        raise TypeError(f"{wanted} the class {thing.__name__}: write {thing.__name__}()")
    lacks = [method for method in methods if not callable(getattr(thing, method, None))]
    if lacks:
        raise TypeError(f"{wanted} {without(thing, lacks)}")


def without(thing: Any, lacks: list[str]) -> str:
    """What came, which lacks these methods."""
    kind: Any = type(thing)
    if kind.__repr__ is not object.__repr__:
        return shown(thing)
    return f"{a_thing_of(kind.__name__)}, which has no {' and no '.join(lacks)}"  # no address


def truth(owner: Any, name: str, where: Any, default: Any = _MISSING) -> None:
    """Refuse an attribute that says neither yes nor no."""
    if default is not _MISSING and getattr(owner, name, _MISSING) is _MISSING:
        return
    value = _attribute(owner, name, where)
    try:
        bool(value)
    except (TypeError, ValueError):
        raise TypeError(f"{where}.{name} must be True or False, got {shown(value)}") from None


def scalar(owner: Any, name: str, where: Any, low: float | None = None,
           high: float | None = None) -> None:
    """Refuse an attribute that NumPy does not compute with as with one real number.

    Bools, NumPy's scalars and arrays of no axis are such numbers.
    """
    value = _attribute(owner, name, where)
    real = isinstance(value, int | float) or (
        isinstance(value, np.generic | np.ndarray) and value.ndim == 0
        and value.dtype.kind in _NUMBERS)
    if not real:
        raise TypeError(f"{where}.{name} must be a number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{where}.{name} is beyond all floats") from None
    if (low is not None and not number >= low) or (high is not None and not number <= high):
        raise ValueError(f"{where}.{name} must be from {low} to {high}, got {number}")


def own_array(owner: Any, name: str, where: Any, kinds: str, hint: str = "") -> Array:
    """The attribute, an array whose type is of these kinds."""
    value = getattr(owner, name, _MISSING)
    if value is _MISSING:
        raise TypeError(f"{where}.{name} is not there{hint}")
    if not isinstance(value, np.ndarray) or value.dtype.kind not in kinds:
        raise TypeError(f"{where}.{name} must be an array of numbers, got {shown(value)}")
    masked = arrays.is_masked(type(value))
    if masked or isinstance(value, np.matrix):
        hint = ".filled(value)" if masked else "np.asarray(...)"
        raise TypeError(f"{where}.{name} must be a plain array, got "
                        f"{a_thing_of(type(value).__name__)}: "
                        f"{hint} makes one of it")
    return value


def changeable(owner: Any, name: str, where: Any) -> None:
    """Refuse an array that an update cannot write its floats to."""
    value = own_array(owner, name, where, _NUMBERS)
    if value.dtype.kind != "f":
        raise TypeError(f"{where}.{name} must be floats, which an update adds to them, "
                        f"got {value.dtype}")
    if not value.flags.writeable:
        raise ValueError(f"{where}.{name} is read-only, an update writes to it. To leave a layer "
                         "as it is, set its trainable to False")
