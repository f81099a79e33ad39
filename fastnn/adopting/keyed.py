"""What dicts and lists hold under a key: `self.m[id(layer)]`, `self.v[i, "weights"][0]`.

Such a place is an attribute like any other, whose name is what stands in the square brackets, and
whose object is the dict or list: `("attr", ("attr", SELF, "m"), "[id(layer)]")`. Wrappers look the
same up, and ask first what would make it another: types of keys, of dicts and lists.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from fastnn.adopting.nodes import Node, Unread
from fastnn.adopting.rounds import is_outside
from fastnn.adopting.things import SELF

if TYPE_CHECKING:
    from collections.abc import Iterable


class Path(NamedTuple):
    """Where an object has what it keeps of one layer: steps to the dict or list.

    ("velocity", "[id(layer)]") is `self.velocity[id(layer)]`.
    """

    steps: tuple[str, ...]


@lru_cache(4096)
def is_constant(name: str) -> bool:
    """Whether it is the same key at each call: ['W'], [0], and no [id(layer)]."""
    try:
        ast.literal_eval(name)
    except ValueError:
        return False
    return True


def steps_of(node: Node) -> tuple[Node, tuple[str, ...]]:
    """What a chain of attributes begins at, and the names in it."""
    steps: list[str] = []
    while node[0] == "attr":
        steps.append(node[2])
        node = node[1]
    return node, tuple(reversed(steps))


def place_of_layer(node: Node) -> tuple[tuple[str, Path], str] | None:
    """The key of what an object keeps of one layer; None where it is no such place."""
    root, steps = steps_of(node)
    if root != SELF or len(steps) < 2 or not all(one.startswith("[") for one in steps[1:]) or (
            is_outside(steps[0]) or all(is_constant(one) for one in steps[1:])):
        return None
    return ("layer", Path(steps[:-1])), steps[-1]


def on_the_way(path: Path) -> Iterable[tuple[tuple[object, ...], str]]:
    """The keys of what leads to a dict or list, and of itself."""
    steps = path.steps
    yield (), steps[0]
    for count in range(2, len(steps) + 1):
        if all(is_constant(one) for one in steps[1:count]):
            yield (steps[0],), steps[1]
        else:
            yield ("layer", Path(steps[:count - 1])), steps[count - 1]


class Keys:
    """Writes what stands in square brackets, as a wrapper looks it up.

    names: the arguments of the method. `varying`: names that keys are made of, whose types have to
    be asked; `objects`: those that are keys themselves.
    """

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.varying: set[str] = set()
        self.objects: set[str] = set()

    def of(self, node: Node) -> str | None:
        """The text of a key; None where it is none that is known, or may be an array's index."""
        kind = node[0]
        if kind == "const":
            return repr(node[1]) if type(node[1]) is int and node[1] >= 0 else None
        if kind == "text":
            return repr(node[1])
        if kind == "attr" and node[1] == SELF and is_outside(node[2]):
            self.varying.add(node[2][1:-1])
            return str(node[2][1:-1])
        if kind == "arg" and node != SELF:
            self.objects.add(self.names[node[1]])
            return self.names[node[1]]
        if node[:2] == ("op", "id") and node[2][0] == "arg" and node[2] != SELF:
            return f"id({self.names[node[2][1]]})"
        if kind == "tuple" and len(node) > 1:
            parts = [self.of(one) for one in node[1:]]
            return None if None in parts else f"({', '.join(map(str, parts))},)"
        return None


def is_sure(key: Node) -> bool:
    """Whether no array has such an index: what has it is a dict."""
    return key[0] == "text" or key[:2] == ("op", "id") or (
        key[0] == "tuple" and any(map(is_sure, key[1:])))


def need_distinct(keys: dict[tuple[Node, str], Node]) -> None:
    """Unread where two keys of one dict or list may be one. keys: by what has them, and name."""
    for (base, name), key in keys.items():
        for (other, second), last in keys.items():
            if base == other and name < second and not _differ(key, last):
                raise Unread(f"{name} and {second} may be one")


def _differ(a: Node, b: Node) -> bool:
    if a[0] in ("const", "text") and b[0] in ("const", "text"):
        return a[1] != b[1]
    return a[0] == b[0] == "tuple" and (
        len(a) != len(b) or any(_differ(*pair) for pair in zip(a[1:], b[1:])))


def may_be_index(name: str, varying: Iterable[str]) -> bool:
    """Whether a list may have it, too, and no dict alone."""
    return name[1:-1].isdigit() or name[1:-1] in varying
