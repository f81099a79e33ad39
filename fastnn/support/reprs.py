"""What a notebook shows where the name of an object is typed.

A repr stands in error messages and debuggers: where it fails it hides the error. So there is a text
whatever has become of the attributes, and nothing is computed: of arrays only shape and type are
read.
"""

import inspect
from functools import wraps

import numpy as np

from fastnn.support.handlers import dropped

_SIMPLE = (bool, int, float, str, type(None))
_LONG = 40
_LAYERS = 8  # of a model that are shown
_MISSING = object()
# Shown where the object has another value. (A text names the attribute that it usually equals.)
_ALSO = {"iterations": 0, "current_learning_rate": "learning_rate", "precision": None}


def _never_fails(text):
    @wraps(text)
    def careful(thing, *arguments, **options):
        with dropped(Exception):
            return text(thing, *arguments, **options)
        return f"{type(thing).__name__}(?)"
    return careful


def _of(thing, name):
    """The attribute; _MISSING where there is none, or it cannot be read."""
    with dropped(Exception):
        return getattr(thing, name, _MISSING)
    return _MISSING


def short(value):
    """A value in a few characters."""
    with dropped(Exception):  # a number of more digits than Python prints
        if value is _MISSING:
            return "?"
        if isinstance(value, np.ndarray):
            return f"<array {value.shape} {value.dtype}>"
        if isinstance(value, type):
            return f"<class {value.__name__}>"
        if type(value) in _SIMPLE or isinstance(value, np.generic):
            text = repr(value)
            return text if len(text) <= _LONG else f"{text[:_LONG - 3]}..."
    return f"<{type(value).__name__}>"


def _same(value, usual):
    return value is usual or type(value) in _SIMPLE and type(usual) in _SIMPLE and value == usual


class Method:
    """A method of an object, for messages: its text is made where there is one to write."""

    def __init__(self, thing, name):
        self._thing, self._name = thing, name

    def __str__(self):
        return f"{self._thing!r}.{self._name}"


# -------------------------------------------------------------------------------- one object


@_never_fails
def constructed(thing, **given):
    """`Class(name=value)`: what the constructor is to be given to make such an object, its first
    argument and those that are not the usual ones.

    given: what stands for an argument that the object holds in another form.
    """
    parts, seen = [], set(given)
    for cls in type(thing).__mro__[:-1]:
        own = vars(cls).get("__init__")
        if own is None:
            continue
        ours = cls.__module__.partition(".")[0] == __name__.partition(".")[0]
        for n, parameter in enumerate(list(inspect.signature(own).parameters.values())[1:]):
            if n == 0 and parameter.name in given:
                parts.append(short(given[parameter.name]))
            elif parameter.name not in seen:
                seen.add(parameter.name)
                parts += _argument(thing, parameter, n == 0, ours)
        # Those before are somebody's own, who may keep the arguments or not. A constructor that a
        # formula made (it says its signature) calls no other.
        if ours or hasattr(own, "__signature__"):
            break
    for name, usual in _ALSO.items():
        value = _of(thing, name)
        usual = _of(thing, usual) if isinstance(usual, str) else usual
        if name not in seen and value is not _MISSING and not _same(value, usual):
            parts.append(f"{name}={short(value)}")
    return f"{type(thing).__name__}({', '.join(parts)})"


def _argument(thing, parameter, first, ours):
    """The argument as a list of one text; empty where it is not shown."""
    kind, usual = parameter.kind, parameter.default
    if kind in (kind.VAR_POSITIONAL, kind.VAR_KEYWORD):
        return []
    value = _of(thing, parameter.name)
    if value is _MISSING and not ours:
        return []
    if usual is parameter.empty:
        return [short(value)]
    shown = first and kind is not kind.KEYWORD_ONLY
    return [f"{parameter.name}={short(value)}"] if shown or not _same(value, usual) else []


@_never_fails
def dense(layer):
    """`Layer_Dense(n_inputs, n_neurons)`."""
    weights = _of(layer, "weights")
    if weights is _MISSING:
        return f"{type(layer).__name__}(?)"
    shape = weights.shape if isinstance(weights, np.ndarray) else np.shape(weights)
    return f"{type(layer).__name__}({', '.join(map(str, shape))})"


@_never_fails
def dropout(layer):
    """`Layer_Dropout(rate)`, the share that is dropped; the attribute is the share that is kept."""
    keep = _of(layer, "rate")
    numbers = isinstance(keep, int | float) and not isinstance(keep, bool)
    return constructed(layer, rate=round(1 - float(keep), 15) if numbers else _MISSING)


# --------------------------------------------------------------------------------- a History


@_never_fails
def history(found):
    """Rows, first and last epoch, first and last loss and accuracy, the lowest loss."""
    rows = len(found)
    text = f"History of {rows} row{'s' * (rows != 1)}" + ", interrupted" * bool(found.interrupted)
    if not rows:
        return text
    first, last = found[0], found[-1]
    several = rows > 1
    text += f", epoch{'s' * several} {_span(several, first.epoch, last.epoch)}"
    for name in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        values = [getattr(row, name) for row in (first, last)]
        if not np.isnan(values).all():
            text += f", {name} {_span(several, *(f'{value:.4g}' for value in values))}"
    return text


def _span(several, first, last):
    return f"{first} to {last}" if several else str(first)


# ----------------------------------------------------------------------------------- a Model


@_never_fails
def model(found):
    """A line a layer: what goes in and out, and how many parameters; then the other parts."""
    layers = list(found.layers)
    rows, width, total = [("layer", "inputs", "outputs", "parameters")], None, 0
    for layer in layers:
        before, width, count = _sizes(layer, width)
        rows.append((_line(layer), *map(_number, (before, width, count))))
        total += count or 0
    middle = len(layers) - _LAYERS
    if middle > 0:
        half = _LAYERS // 2
        rows[1 + half:-half] = [(f"... {middle} more", "", "", "")]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  " + "  ".join([row[0].ljust(widths[0])] + [
        text.rjust(size) for text, size in zip(row[1:], widths[1:])]).rstrip() for row in rows]
    parts = []
    for name in ("loss", "optimizer", "accuracy"):
        part = _of(found, name)
        parts.append(f"no {name}" if part is None or part is _MISSING else _line(part))
    return "\n".join([f"{type(found).__name__}, {_state(found)}", *lines,
                      f"  {total:,} parameters, {', '.join(parts)}"])


def _state(found):
    linked = _of(found, "_linked")
    if _of(found, "input_layer") is _MISSING:
        return "not finalized"
    now = [*found.layers, _of(found, "loss")]
    changed = isinstance(linked, list) and list(map(id, linked)) != list(map(id, now))
    return "changed since finalize" if changed else "finalized"


def _sizes(layer, width):
    """(inputs, outputs, parameters) of a layer; None for what is not known."""
    weights, biases = _of(layer, "weights"), _of(layer, "biases")
    arrays = [array for array in (weights, biases) if isinstance(array, np.ndarray)]
    if isinstance(weights, np.ndarray) and weights.ndim == 2:
        return *weights.shape, sum(array.size for array in arrays)
    if type(layer).__module__.partition(".")[0] != __name__.partition(".")[0]:
        width = None  # somebody's own may change it
    return width, width, sum(array.size for array in arrays)


def _number(count):
    return "?" if count is None else f"{count:,}"


def _line(thing):
    """An object in one line."""
    text = f"<{type(thing).__name__}>"
    with dropped(Exception):
        text = " ".join(repr(thing).split())
    if type(thing).__repr__ is object.__repr__:  # the address says nothing
        text = f"{type(thing).__name__}()"
    return text if len(text) <= 4 * _LONG else f"{text[:4 * _LONG - 3]}..."
