"""What a method computes, as a tree; trees that stand for the same bits are written alike.

A node is a tuple that begins with its kind:

    ("const", 2)  ("bool", True)  ("text", "x")  ("none",)     what stands in the source
    ("arg", 1)                  an argument of the method, as it came; 0 is the object itself
    ("attr", base, "weights")   an attribute of an object, as it was before
    ("op", "dot", a, b)         an operation
    ("if", condition, a, b)     a where the condition holds, else b; always outermost
    ("tuple", a, b)

The rules below are the only ones. Each keeps every bit, of all floating-point numbers but the
signs of NaNs: multiplication and addition with a minus moved outwards, x ** 2 for x * x (NumPy has
a loop for squares), arithmetic of constants as Python does it. Order and brackets stay: (a * b) * c
and a * (b * c) are two things.
"""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Node = tuple
NONE: Node = ("none",)
UNDEFINED: Node = ("undefined",)
GONE: Node = ("gone",)  # what was taken out of a dict
TRUE: Node = ("bool", True)
FALSE: Node = ("bool", False)
_MOST = 64  # cases of a tree; conditions moved outwards copy what is below them


def is_within(node: Node, tree: Any) -> bool:
    """Whether a node stands anywhere in a tree."""
    return tree == node or any(is_within(node, one) for one in tree if isinstance(one, tuple))


class Unread(Exception):
    """The source does something that is not understood; says what, in a few words."""


class Raised(Unread):
    """The source raises an error there."""


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
    "pow": operator.pow}


def const(value: Any) -> Node:
    """A value that stands in the source."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, str):
        return ("text", value)
    if type(value) in (int, float):
        if value == 0 and math.copysign(1, value) < 0:
            raise Unread("a zero with a minus")  # it is equal to the other, and is not
        return ("const", value)
    if value is Ellipsis:
        return ("ellipsis",)
    raise Unread(f"a constant of type {type(value).__name__}")


def is_const(node: Node, value: Any = None) -> bool:
    """Whether it is a number in the source, or that one."""
    return node[0] == "const" and (value is None or node[1] == value)


def op(name: str, *args: Node) -> Node:
    """An operation, in its canonical form."""
    for one in args:
        inner = next((part for part in one[1:] if part[0] == "if"), None) if (
            one[0] == "tuple") else one
        if inner is not None and inner[0] == "if":
            return _outwards(name, args, inner[1])
    rule = _RULES.get(name)
    made = rule(*args) if rule else None
    return made if made is not None else ("op", name, *args)


def _outwards(name: str, args: tuple[Node, ...], condition: Node) -> Node:
    yes = [given(one, condition, True) for one in args]
    no = [given(one, condition, False) for one in args]
    return choose(condition, op(name, *yes), op(name, *no))


def given(node: Node, condition: Node, holds: bool) -> Node:
    """The tree where a condition is known to hold, or not to."""
    if node[0] == "tuple":
        return ("tuple", *(given(one, condition, holds) for one in node[1:]))
    if node[0] != "if":
        return node
    if node[1] == condition:
        return given(node[2] if holds else node[3], condition, holds)
    return choose(node[1], given(node[2], condition, holds), given(node[3], condition, holds))


def choose(condition: Node, yes: Node, no: Node) -> Node:
    """`yes` where the condition holds, else `no`."""
    if condition[0] == "bool":
        return yes if condition[1] else no
    if condition[0] == "if":
        return choose(condition[1], choose(condition[2], yes, no), choose(condition[3], yes, no))
    if condition[:2] == ("op", "not"):
        return choose(condition[2], no, yes)
    yes, no = given(yes, condition, True), given(no, condition, False)
    if yes == no:
        return yes
    made = ("if", condition, yes, no)
    if cases(made) > _MOST:
        raise Unread("too many cases")
    return made


def cases(node: Node) -> int:
    """How many cases a tree distinguishes."""
    return cases(node[2]) + cases(node[3]) if node[0] == "if" else 1


def size(node: Any, known: dict[int, int] | None = None) -> int:
    """How many nodes a tree has. (Parts that stand in it often are counted once, and multiplied:
    forty lines of x = x + x make 2^40.)
    """
    known = {} if known is None else known
    if id(node) not in known:
        known[id(node)] = 1 + sum(size(one, known) for one in node if isinstance(one, tuple))
    return known[id(node)]


def truth(node: Node) -> Node:
    """What `if` asks of a value."""
    kind = node[0]
    if kind == "bool":
        return node
    if kind in ("const", "text"):
        return TRUE if node[1] else FALSE
    if kind == "none":
        return FALSE
    if kind == "if":
        return choose(node[1], truth(node[2]), truth(node[3]))
    if kind == "op" and node[1] in _CONDITIONS:
        return node
    return op("ne", node, ("const", 0))


_CONDITIONS = frozenset(("lt", "le", "eq", "ne", "not", "and", "or", "has", "is", "isinstance"))


def is_condition(node: Node) -> bool:
    """Whether it says yes or no."""
    return node[0] == "bool" or node[0] == "op" and node[1] in _CONDITIONS


def is_truth(node: Node) -> bool:
    """Whether it is a comparison of elements."""
    return node[0] == "op" and (node[1] in ("lt", "le", "eq") or node[1] == "not" and is_truth(
        node[2]))


def negative(a: Node) -> Node | None:
    """x, where a is -x."""
    if a[0] == "const" and a[1] < 0:
        return ("const", -a[1])
    return a[2] if a[:2] == ("op", "neg") and not _is_whole(a[2]) else None


def _is_whole(node: Node) -> bool:
    """Whether it is an array of whole numbers, among which there is no -0: its minus stays."""
    return node[:2] == ("op", "where") and all(
        one[0] == "const" and type(one[1]) is int for one in node[3:])


def _numbers(name: str, a: Node, b: Node) -> Node | None:
    if is_const(a) and is_const(b):
        try:
            value = _ARITHMETIC[name](a[1], b[1])
        except (ArithmeticError, ValueError):
            raise Unread("constants that cannot be computed") from None
        return const(value) if type(value) in (int, float) else None
    return None


def _add(a: Node, b: Node) -> Node | None:
    if (made := _numbers("add", a, b)) is not None:
        return made
    if (x := negative(b)) is not None:
        return op("sub", a, x)
    if (x := negative(a)) is not None:
        return op("sub", b, x)  # (-x) + b is b - x, zeros too
    if is_const(b, 0) and a[:2] == ("op", "add") and a[3] == b and type(b[1]) is type(a[3][1]):
        return a  # who has added 0.0 has no -0.0 any more, and its type
    return None


def _sub(a: Node, b: Node) -> Node | None:
    if (made := _numbers("sub", a, b)) is not None:
        return made
    x = negative(b)
    return None if x is None else op("add", a, x)


def _mul(a: Node, b: Node) -> Node | None:
    if (made := _numbers("mul", a, b)) is not None:
        return made
    if (x := negative(a)) is not None:
        return op("neg", op("mul", x, b))
    if (x := negative(b)) is not None:
        return op("neg", op("mul", a, x))
    for one, other in ((a, b), (b, a)):
        if one[:2] == ("op", "as type") and one[3] == other:
            # Truth values in 1 and 0 of a's type are what a * truths makes of them, whatever it is.
            return op("mul", other, one[2])
        if one == ("const", 1) and type(one[1]) is int and not is_condition(other):
            return other
    return op("square", a) if a == b and not is_condition(a) else None


def _div(a: Node, b: Node) -> Node | None:
    if (made := _numbers("div", a, b)) is not None:
        return made
    if (x := negative(a)) is not None:
        return op("neg", op("div", x, b))
    if (x := negative(b)) is not None:
        return op("neg", op("div", a, x))
    return None


def _pow(a: Node, b: Node) -> Node | None:
    if (made := _numbers("pow", a, b)) is not None:
        return made
    return op("square", a) if is_const(b, 2) else None


def _neg(a: Node) -> Node | None:
    if a[0] == "const":
        return const(-a[1])
    return negative(a)


def _not(a: Node) -> Node | None:
    if a[0] == "bool":
        return FALSE if a[1] else TRUE
    if a[:2] == ("op", "not"):
        return a[2]
    if a[:2] == ("op", "ne"):
        return op("eq", *a[2:])
    return None


def _ne(a: Node, b: Node) -> Node:
    return op("not", op("eq", a, b))


def _same(a: Node, b: Node) -> Node | None:
    known = ("const", "bool", "text", "none")
    if a[0] in known and b[0] in known:
        return TRUE if a == b else FALSE
    if is_const(a) and not is_const(b):
        return op("eq", b, a)
    if a[:2] == ("op", "ndim") and is_const(b, 2):
        # A batch of targets has one axis or two: others are left to the class itself.
        return op("not", op("eq", a, ("const", 1)))
    return None


def _is(a: Node, b: Node) -> Node | None:
    if a == b:
        return TRUE
    known = ("const", "bool", "text", "none", "op", "tuple")
    if any(one[0] == "op" and one[1] in ("get", "item") for one in (a, b)):
        return None  # what an object holds under a name, or a list, may be None
    return FALSE if NONE in (a, b) and a[0] in known and b[0] in known else None


def _less(name: str) -> Callable[[Node, Node], Node | None]:
    compare = {"lt": operator.lt, "le": operator.le}[name]

    def rule(a: Node, b: Node) -> Node | None:
        if is_const(a) and is_const(b):
            return TRUE if compare(a[1], b[1]) else FALSE
        return None
    return rule


# Of one array, or of one and numbers: the output has its shape.
KEEPS_SHAPE = frozenset(("neg", "exp", "log", "sqrt", "tanh", "abs", "sign", "square", "clip"))


def _of_shape(name: str) -> Callable[[Node], Node | None]:
    def rule(a: Node) -> Node | None:
        return op(name, a[2]) if a[0] == "op" and a[1] in KEEPS_SHAPE else None
    return rule


_ROWS_STAY = KEEPS_SHAPE | {"sum", "max", "mean", "min", "argmax"}


def rows_of(node: Node) -> Node | None:
    """The argument or attribute that has as many rows as this; None where that is not known."""
    if node[0] in ("arg", "attr"):
        return node
    if node[:2] == ("op", "item") and node[2][:2] in (("op", "eye"), ("op", "identity")):
        return rows_of(node[3])
    if node[0] != "op" or node[1] not in _ROWS_STAY | _ARITHMETIC.keys():
        return None
    if node[1] in ("sum", "max", "mean", "min", "argmax") and node[3] != ("const", 1):
        return None
    arrays = {rows_of(one) for one in node[2:4] if one[0] not in ("const", "none")}
    return arrays.pop() if len(arrays) == 1 else None


def _minimum(a: Node, high: Node) -> Node | None:
    """Within two numbers that are no zeros: np.clip. (Of zeros their signs would tell.)"""
    if a[:2] == ("op", "maximum") and a[3][0] == high[0] == "const" and (
            type(a[3][1]) is type(high[1]) is float and a[3][1] < high[1]
            and a[3][1] != 0 != high[1]):
        return op("clip", a[2], a[3], high)
    return None


def _reshape(a: Node, *shape: Node) -> Node | None:
    """Sums and the like of rows as a column, of columns as a row, are those that keep the axis."""
    if a[0] == "op" and a[1] in ("sum", "max", "mean", "min") and a[4] == FALSE:
        numbers = tuple(one[1] if one[0] == "const" else None for one in shape)
        if (a[3], numbers) in ((("const", 1), (-1, 1)), (("const", 0), (1, -1))):
            return op(*a[1:4], TRUE)
    return None


def _item(a: Node, index: Node) -> Node | None:
    if a[:2] == ("op", "shape") and index in (("const", 0), ("const", 1)):
        return op("len" if index[1] == 0 else "width", a[2])
    whole = ("slice", NONE, NONE, NONE)
    if a[0] == "op" and a[1] in ("sum", "max", "mean", "min") and a[4] == FALSE:
        if (a[3], index) in ((("const", 1), ("tuple", whole, NONE)),
                             (("const", 0), ("tuple", NONE, whole)), (("const", 0), NONE)):
            return op(*a[1:4], TRUE)
    return None


_RULES: dict[str, Callable[..., Node | None]] = {
    "add": _add, "sub": _sub, "mul": _mul, "div": _div, "pow": _pow, "neg": _neg, "not": _not,
    "ne": _ne, "eq": _same, "is": _is, "lt": _less("lt"), "le": _less("le"),
    "len": _of_shape("len"), "width": _of_shape("width"), "ndim": _of_shape("ndim"),
    "reshape": _reshape, "item": _item, "minimum": _minimum}
