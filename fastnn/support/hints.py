"""What is said where somebody uses another library's word, or another spelling: which is ours."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import TYPE_CHECKING

from fastnn.support.words import ELSEWHERE, OF_ESTIMATOR, OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


def hinting(function: Callable[P, R]) -> Callable[P, R]:
    """The same function; its TypeError for arguments that it does not take says what was meant."""
    @wraps(function)
    def hinted(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            return function(*arguments, **options)
        except TypeError as error:
            trace: Any = error.__traceback__
            if trace.tb_next is not None:  # it came from inside
                raise
            parameters = inspect.signature(function).parameters
            words = hint(parameters, str(error)) or _counted(function.__name__, parameters,
                                                             arguments, str(error))
            if not words:
                raise
            raise TypeError(words) from None
    return hinted


def hint(names: Iterable[str], said: str) -> str:
    """What Python said of a callable with these arguments, with a hint; "" where there is none."""
    found = re.search(r"unexpected keyword argument '(\w+)'", said)
    words = words_for(found[1], names) if found else ""
    return f"{said}: {words}" if words else ""


def _counted(name: str, parameters: Mapping[str, inspect.Parameter], arguments: Any,
             said: str) -> str:
    """The same where there are too many arguments without a name, or too few."""
    is_method = next(iter(parameters), "") == "self"
    if "were given" in said and is_method and name == "__init__" and hasattr(arguments[0], "add"):
        return f"{said}: .add(layer) appends a layer, one after the other"
    by_name = [one.name for one in parameters.values() if one.kind is one.KEYWORD_ONLY]
    if by_name and "positional argument" in said and "were given" in said:
        return f"{said}: what follows is given by its name, as {by_name[0]}="
    if "missing" not in said or is_method:
        return ""
    if arguments and hasattr(type(arguments[0]), name):
        return f"{said}: a {type(arguments[0]).__name__} has its own, call its .{name}"
    needed = [f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name
              for one in parameters.values() if one.default is one.empty]
    return f"{said}: it is called as {name}({', '.join(needed)})"


def words_for(word: str, names: Iterable[str]) -> str:
    """Which of these names a word may stand for, or where else there is such a thing; or ""."""
    known = [name for name in names if name != "self"]
    ours = _same(word, known)
    if not ours and word.lower() in ELSEWHERE:
        return ELSEWHERE[word.lower()]
    ours = ours or _like(word, known)
    return f"there is {ours}" if ours else ""


def meant(word: str, names: Iterable[str]) -> str:
    """The one of these names that a word may stand for; "" for none."""
    known = [name for name in names if name != "self"]
    return _same(word, known) or _like(word, known)


def targets(words: str) -> list[str]:
    """The arguments that one of the hints in `OTHERS` names."""
    return [name for name in words.partition("=")[0].split() if name != "and"]


def _same(word: str, known: list[str]) -> str:
    """The names that are this word in another spelling, or in another library."""
    for name in known:
        if _plain(name) == _plain(word):
            return name
    table = OTHERS | OF_ESTIMATOR if "hidden_layer_sizes" in known else OTHERS
    return " or ".join(words for words in table.get(word.lower(), ())
                       if set(targets(words)) <= set(known))


def _like(word: str, known: list[str]) -> str:
    """The name that has all pieces of the word, or is nearly that word."""
    pieces = _pieces(word)
    for name in known if pieces else ():
        if all(any(ours.startswith(piece) or len(ours) > 1 and piece.startswith(ours)
                   for ours in _pieces(name)) for piece in pieces):
            return name
    close = get_close_matches(word.lower(), known, 1, 0.7)
    return close[0] if close else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _pieces(name: str) -> list[str]:
    """weight_L2, weightL2 and weight_l2 as weight, l2."""
    return [piece.lower() for piece in re.findall(r"[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+", name)]
