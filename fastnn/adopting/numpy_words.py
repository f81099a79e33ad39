"""NumPy's functions and methods, in the many ways in which they are called, as one node each.

Only what is written here is understood. An argument that is not known by name is not read.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting.nodes import NONE, Node, Unread, const, is_const, is_truth, op

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Of one array or two, element by element.
_UFUNCS = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "div",
           "true_divide": "div", "negative": "neg", "exp": "exp", "log": "log", "sqrt": "sqrt",
           "tanh": "tanh", "absolute": "abs", "abs": "abs", "sign": "sign", "square": "square",
           "maximum": "maximum", "minimum": "minimum", "less": "lt", "less_equal": "le",
           "equal": "eq_elements", "log1p": "log1p", "expm1": "expm1"}
_OF_TWO = ("add", "sub", "mul", "div", "maximum", "minimum", "lt", "le", "eq_elements")
# (a, axis, keepdims)
_REDUCTIONS = {"sum": "sum", "mean": "mean", "average": "mean", "max": "max", "amax": "max",
               "std": "std", "argmax": "argmax", "min": "min", "amin": "min", "var": "var"}
_REDUCED = {"add.reduce": "sum", "maximum.reduce": "max", "minimum.reduce": "min"}
_LIKE = ("zeros_like", "ones_like", "empty_like")
_METHODS = ("sum", "mean", "max", "argmax", "copy", "dot", "clip", "reshape", "transpose", "std",
            "min", "var", "astype")


def function(name: str, args: list[Node], named: dict[str, Node]) -> Node:
    """np.NAME(...). Raises Unread."""
    if named.keys() == {"dtype"} and _is_of_its_own_type(name, args, named["dtype"]):
        named = {}
    if name in _UFUNCS and not named:
        made = _UFUNCS[name]
        return op(made, *args) if len(args) == 1 + (made in _OF_TWO) else _no(f"np.{name}")
    if name in ("greater", "greater_equal") and not named and len(args) == 2:
        return op("lt" if name == "greater" else "le", args[1], args[0])
    if name in _REDUCTIONS:
        return _reduction(_REDUCTIONS[name], args, named)
    if name in _REDUCED and (len(args) == 2 or "axis" in named):  # else of the first axis
        return _reduction(_REDUCED[name], args, named)
    found = _FUNCTIONS.get(name)
    if found is None:
        raise Unread(f"np.{name}, which is not understood")
    return _called(found, name, *args, **named)


def _is_of_its_own_type(name: str, args: list[Node], dtype: Node) -> bool:
    """Whether np.maximum(x, 0, dtype=x.dtype) and the like are the same without: x beside a whole
    number, which takes its type.
    """
    return name in ("maximum", "minimum") and len(args) == 2 and any(
        dtype == ("op", "dtype", one) and other[0] == "const" and type(other[1]) is int
        for one, other in (args, args[::-1]))


def _called(made: Callable[..., Node], word: str, /, *args: Node, **named: Node) -> Node:
    try:
        return made(*args, **named)
    except TypeError:
        raise Unread(f"np.{word} with these arguments") from None


def method(name: str, array: Node, args: list[Node], named: dict[str, Node]) -> Node:
    """ARRAY.NAME(...). Raises Unread."""
    if name not in _METHODS:
        raise Unread(f".{name}() of something that is not known")
    if name == "dot":
        return _method_dot(array, *args) if len(args) == 1 and not named else _no("dot")
    if name == "clip":
        return _called(_method_clip, "clip", array, *args, **named)
    if name == "copy":
        return array if not args and not named else _no("copy")
    if name == "reshape":
        return _reshape(array, *args) if not named else _no("reshape")
    return function(name, [array, *args], named)


def attribute(name: str, array: Node) -> Node | None:
    """ARRAY.NAME; None where arrays have no such attribute that is understood."""
    if name == "T":
        return op("transpose", array)
    if name == "shape":
        return op("shape", array)
    if name in ("ndim", "dtype", "size"):
        return op(name, array)
    return None


def is_method(name: str) -> bool:
    """Whether arrays have a method of this name that is understood."""
    return name in _METHODS


def _no(name: str) -> Node:
    raise Unread(f"{name} with these arguments")


def axis_of(node: Node) -> Node:
    """-1 is 1: what is read here has two axes."""
    return const(1) if is_const(node, -1) and type(node[1]) is int else node


def _need_whole(*nodes: Node) -> Node:
    """Unread where a constant is no whole number, which alone NumPy takes there: 1.0 is none."""
    for node in nodes:
        if node[0] == "const" and type(node[1]) is not int:
            raise Unread(f"{node[1]} in the place of a whole number")
    return nodes[0]


def _reduction(name: str, args: list[Node], named: dict[str, Node]) -> Node:
    known = {"a", "axis", "keepdims"} - ({"keepdims"} if name == "argmax" else set())
    if not known.issuperset(named) or not 0 < len(args) + ("a" in named) <= 2:
        raise Unread(f"np.{name} with these arguments")
    array, *rest = args if "a" not in named else [named["a"], *args]
    if rest and "axis" in named:
        raise Unread(f"np.{name} with these arguments")
    axis = axis_of(rest[0] if rest else named.get("axis", NONE))
    keepdims = named.get("keepdims", ("bool", False))
    if axis[0] == "const":
        _need_whole(axis)
    if keepdims[0] == "const":
        keepdims = ("bool", bool(_need_whole(keepdims)[1]))
    if name == "argmax":
        return op(name, array, axis)
    if axis[0] not in ("const", "none"):
        raise Unread(f"np.{name} over several axes")
    return op(name, array, axis, keepdims)


def _dot(a: Node, b: Node) -> Node:
    return op("dot", a, b)


def _tensordot(a: Node, b: Node, axes: Node) -> Node:
    """Of one axis of each: np.dot of what it takes for matrices; nnfs leaves it what it is."""
    return op("matmul", a, b) if axes in (("const", 1), _ONE_EACH) else _no("np.tensordot")


_ONE_EACH = ("tuple", ("tuple", ("const", 1)), ("tuple", ("const", 0)))


def _method_dot(a: Node, b: Node) -> Node:
    return op("matmul", a, b)


def _clip(a: Node, *bounds: Node, **named: Node) -> Node:
    """np.clip(a, a_min, a_max), both; or the keywords min and max, where NumPy has them."""
    words = dict(zip(("a_min", "a_max"), bounds), **named)
    if len(words) != len(bounds) + len(named) or words.keys() != {"a_min", "a_max"} and (
            not words.keys() <= {"min", "max"} or not words or not _CLIPS_BY_MIN):
        raise Unread("np.clip with these arguments")
    return _clipped(a, words.get("a_min", words.get("min", NONE)),
                    words.get("a_max", words.get("max", NONE)))


_CLIPS_BY_MIN = "min" in inspect.signature(np.clip).parameters  # from NumPy 2.1 on


def _method_clip(a: Node, min: Node = NONE, max: Node = NONE) -> Node:  # noqa: A002
    return _clipped(a, min, max)


def _clipped(a: Node, low: Node, high: Node) -> Node:
    """With one bound NumPy calls that ufunc (`_clip` of its `_core`), and so with it."""
    if high == NONE:
        return op("maximum", a, low) if low != NONE else _no("clip")
    return op("minimum", a, high) if low == NONE else op("clip", a, low, high)


def _where(condition: Node, x: Node, y: Node) -> Node:
    return op("where", condition, x, y)


def _transpose(a: Node) -> Node:
    return op("transpose", a)


def _copy(a: Node, copy: Node = ("bool", True)) -> Node:
    if a[:2] == ("op", "listed"):
        return op("stacked", a)
    if a[0] == "tuple" or copy != ("bool", True):
        raise Unread("np.array of a list")
    return a


def _shape(a: Node) -> Node:
    return op("shape", a)


def _reshape(a: Node, *shape: Node) -> Node:
    if len(shape) == 1 and shape[0][0] == "tuple":
        shape = shape[0][1:]
    if not shape:
        return _no("reshape")
    _need_whole(*shape)
    return op("reshape", a, *shape)


def _filled(name: str) -> Callable[..., Node]:
    def made(shape: Node) -> Node:
        return op(name, shape)
    return made


def _like(name: str) -> Callable[[Node], Node]:
    def made(a: Node) -> Node:
        return op(name, a)
    return made


def _arange(stop: Node) -> Node:
    return op("range", stop)


def _heaviside(a: Node, middle: Node) -> Node:
    """np.heaviside(a, 0)"""
    return op("maximum", op("sign", a), const(0)) if is_const(middle, 0) else _no("np.heaviside")


def _eye(n: Node) -> Node:
    return op("eye", n)


# Products of rows, as ways back of softmax and losses have them: of layers' products the digits are
# not those of np.dot.
_EINSUMS = ("ab,bc->abc", "ab,ac->abc", "abc,ac->ab", "ab,ab->a")


def _einsum(text: Node, *arrays: Node) -> Node:
    said = text[1].replace(" ", "") if text[0] == "text" else ""
    letters = {one: chr(ord("a") + number) for number, one in enumerate(
        dict.fromkeys(one for one in said if one.isalpha()))}
    same = "".join(letters.get(one, one) for one in said)
    if same not in _EINSUMS:
        raise Unread("np.einsum, which is not understood")
    return op("einsum", ("text", same), *arrays)


def _floats(a: Node, dtype: Node = NONE) -> Node:
    """np.asarray(a, dtype=float)"""
    return op("floats", a) if dtype == ("text", "float") and a[0] != "tuple" else _no("np.asarray")


def _identity(n: Node) -> Node:
    return op("identity", n)


def _size(a: Node) -> Node:
    return op("size", a)


def _nonzero(a: Node) -> Node:
    return op("nonzero", a) if is_truth(a) else _no("np.nonzero")


UNIFORM = ("random.rand", "random.random", "random.random_sample", "random.uniform")


def whole_shape(shape: Node) -> Node:
    """That of rand(*shape), which is not one of its lengths; Unread for what is no shape."""
    return ("whole", shape) if shape[:2] == ("op", "shape") else _no("np.random.rand")


def uniform(name: str, args: list[Node], named: dict[str, Node]) -> Node:
    """Uniform numbers from 0 to 1, as many as an array has. Raises Unread."""
    if name == "random.rand":
        shape = args[0][1] if len(args) == 1 and args[0][0] == "whole" and not named else (
            "tuple", *args)
    elif name == "random.uniform":
        words = dict(zip(("low", "high", "size"), args), **named)
        if len(words) != len(args) + len(named) or not words.keys() <= {"low", "high", "size"} or (
                not is_const(words.get("low", const(0)), 0)) or not is_const(
                words.get("high", const(1)), 1):
            raise Unread(f"np.{name} with these arguments")
        shape = words.get("size", NONE)
    else:
        shape = next(iter([*args, *named.values()]), NONE)
        if len(args) + len(named) != 1 or not named.keys() <= {"size"}:
            raise Unread(f"np.{name} with these arguments")
    if shape[0] == "tuple" and len(shape) == 3 and shape[1][:2] == ("op", "len") and (
            shape[2] == ("op", "width", shape[1][2])):
        shape = ("op", "shape", shape[1][2])
    if shape[:2] != ("op", "shape") or named and set(named) & {"a"}:
        raise Unread(f"np.{name} with these arguments")
    return op("uniform", shape)


def as_type(a: Node, kind: Any) -> Node:
    """ARRAY.astype(kind), of truth values: in 1 and 0 of that type."""
    if is_truth(a) and kind in (float, np.float64):
        return op("where", a, const(1.0), const(0.0))
    if is_truth(a) and isinstance(kind, tuple) and kind[:2] == ("op", "dtype"):
        return op("as type", a, kind[2])
    raise Unread("astype of something that is not known")


def _diagflat(v: Node) -> Node:
    return op("diagflat", v)


_FUNCTIONS: dict[str, Callable[..., Node]] = {
    "dot": _dot, "matmul": _method_dot, "tensordot": _tensordot, "clip": _clip,
    "where": _where, "transpose": _transpose,
    "copy": _copy, "array": _copy, "shape": _shape, "reshape": _reshape, "arange": _arange,
    "eye": _eye, "identity": _identity, "einsum": _einsum, "asarray": _floats, "nonzero": _nonzero,
    "diagflat": _diagflat, "zeros": _filled("zeros"), "ones": _filled("ones"), "size": _size,
    "heaviside": _heaviside, **{name: _like(name) for name in _LIKE}}


def is_numpy(thing: object) -> bool:
    """Whether this is the module itself."""
    return thing is np
