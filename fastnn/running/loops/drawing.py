"""Samples in an order that each turn draws anew, read.

    keys = np.random.permutation(len(X))          np.random.shuffle(keys)
    X_shuffled, y_shuffled = X[keys], y[keys]     batch = keys[start:start + 32]

Which numbers are drawn depends on all that was drawn before. So there may be one such call in a
turn, before all that is done to layers: dropouts draw, too. `orders.py` has the draws themselves.
"""

import ast
from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any

import numpy as np

from fastnn.running.loops.expressions import Expressions
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import is_array
from fastnn.running.loops.orders import are_numbers, shuffled
from fastnn.running.loops.symbols import Drawn, Known, Numbers, Unread

_STREAMS = np.random.Generator, np.random.RandomState
_DRAWING = "permutation", "shuffle", "choice"
_MOST = 2**31  # samples


class Drawing(Expressions):
    """Reads such calls, too."""

    is_within = False  # a batch
    is_trying = False  # what only some turns compute

    def draw(self, node: ast.Call, given: Any) -> Any:
        """What a call of such a function gives."""
        if self.is_trying or self.is_within or self.draws or any(
                event.name != "new_pass" for event in self.events):
            raise Unread(f"'{shown(node)}' draws random numbers elsewhere than once at the "
                         "beginning of each turn")
        arguments = [self.value(one) for one in node.args]
        words = {str(word.arg): self.value(word.value) for word in node.keywords}
        found = _drawn(given, arguments, words)
        target = node.args[0] if node.args and given.__name__ == "shuffle" else None
        if found is None or not isinstance(target, ast.Name | None):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        self.draws.append(found)
        if target is None:
            return found
        names = {target.id} if found.numbers is not None else {
            name for name, one in self.env.items() if one is arguments[0]}
        self.env |= dict.fromkeys(names, found)
        return Known(None)

    def numbers_up_to(self, node: ast.Call) -> Numbers:
        """np.arange(n)"""
        found = [self.value(one) for one in node.args]
        if len(found) == 1 and not node.keywords and (count := _whole(found[0])):
            return Numbers(count)
        raise Unread(f"it calls {shown(node.func)} in each turn, which may do more than to compute")


def method_of_a_stream(base: Any, name: str) -> Known | None:
    """rng.permutation, of a generator of NumPy's."""
    if isinstance(base, Known) and type(base.value) in _STREAMS and name in _DRAWING:
        return Known(getattr(base.value, name))
    return None


def draws(function: Any) -> bool:
    """Whether it is a method of a generator of NumPy's that draws an order."""
    return type(function) is MethodType and type(function.__self__) in _STREAMS and (
        function.__name__ in _DRAWING) and function == getattr(
        function.__self__, function.__name__)


def _drawn(given: Any, arguments: list[Any], words: dict[str, Any]) -> Drawn | None:
    """What is drawn of these arguments; None where that is not known."""
    if not arguments:
        return None
    (first, *others), stream = arguments, given.__self__
    count = _whole(first)
    if given.__name__ == "choice":
        size, *more = [*others, *filter(None, [words.pop("size", None)])] or [None]
        is_whole = not more and set(words) == {"replace"} and count and _whole(size) == count
        if not is_whole or getattr(words["replace"], "value", None) is not False:
            return None
        return Drawn(count, partial(given, count, count, replace=False), stream)
    if others or words:
        return None
    if isinstance(first, Numbers):
        count = first.count
        made: Callable[[], Any] = partial(np.arange, count)
        return Drawn(count, partial(shuffled, given, made) if given.__name__ == "shuffle" else (
            partial(given, count)), stream)
    if count:
        return Drawn(count, partial(given, count), stream) if (
            given.__name__ == "permutation") else None
    numbers: Any = first.value if isinstance(first, Known) and first.path is not None else None
    if not is_array(numbers) or not are_numbers(numbers):
        return None
    draw = partial(shuffled, given, lambda: numbers) if given.__name__ == "shuffle" else (
        partial(given, numbers))
    return Drawn(len(numbers), draw, stream, numbers)


def _whole(symbol: Any) -> int:
    """How many a symbol says; 0 where it is no whole number."""
    found = symbol.value if isinstance(symbol, Known) else 0
    return found if type(found) is int and 0 < found < _MOST else 0
