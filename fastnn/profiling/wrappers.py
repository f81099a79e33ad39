"""Methods that are timed: each wrapper has the very parameters of its method.

`def method(self, *arguments, **options)` would cost 0.4 us a call more, a tenth of what the call
takes, so the wrappers are written as text for each list of parameters there is (a dozen). One of
them costs half a microsecond, most of it for the clock. (To note size and thread of each call would
cost as much again.)
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from inspect import Parameter, signature
from time import perf_counter
from types import FunctionType
from typing import Any

from fastnn.profiling.recorder import FULL, Recorder

_TEXT = """
def method({parameters}):
    _begin = _clock()
    try:
        return _function({arguments})
    finally:
        _end = _clock()
        try:
            _times = _lists[{self}]
            _times += _begin, _end
            if _len(_times) > _FULL:
                _full({self}, {first})
        except (KeyError, TypeError):
            _new({self}, {first}, _begin, _end)
"""

_STARS = {Parameter.VAR_POSITIONAL: "*", Parameter.VAR_KEYWORD: "**"}


@lru_cache
def _code(parameters: str, arguments: str, own: str, first: str):
    text = _TEXT.format(parameters=parameters, arguments=arguments, self=own, first=first)
    return compile(text, "<fastnn.profile>", "exec")


def _bare(function: Any) -> Any:
    """The function without a `__signature__` that somebody has put on it: it may say anything."""
    if "__signature__" not in vars(function):
        return function
    bare = FunctionType(function.__code__, function.__globals__, function.__name__,
                        function.__defaults__, function.__closure__)
    bare.__kwdefaults__ = function.__kwdefaults__
    return bare


def timed(recorder: Recorder, function: Callable, phase: str, *, update: bool = False) -> Callable:
    """The method, timed. Its size is that of its first argument: of an array, or with `update` of
    a layer's weights.
    """
    head, call, defaults = [], [], {}
    names = signature(_bare(function)).parameters
    starred = False
    for name, parameter in names.items():
        default = ""
        if parameter.default is not Parameter.empty:
            defaults[f"_default_{name}"] = parameter.default
            default = f"=_default_{name}"
        if parameter.kind is Parameter.KEYWORD_ONLY and not starred:
            head.append("*")
            starred = True
        star = _STARS[parameter.kind] if parameter.kind in _STARS else ""
        starred = starred or star == "*"
        head.append(star + name + default)
        call.append(f"{name}={name}" if parameter.kind is Parameter.KEYWORD_ONLY else star + name)
    own, *others = names
    first = others[0] if others and not head[1].startswith("*") else "None"
    full, new, lists = recorder.lists(phase, "weights" if update else "")
    space = defaults | {"_function": function, "_clock": perf_counter, "_len": len,
                        "_lists": lists, "_FULL": FULL, "_full": full, "_new": new}
    exec(_code(", ".join(head), ", ".join(call), own, first), space)
    return wraps(function)(space.pop("method"))  # or the two would hold each other


def timed_run(recorder: Recorder, function: Callable) -> Callable:
    """A method that may take long and call thousands of others, timed."""
    @wraps(function)
    def method(self_, *arguments, **options):
        with recorder.within(self_):
            return function(self_, *arguments, **options)
    return method


def timed_loading(recorder: Recorder, ready: Callable) -> Callable:
    """`Kernel.ready`, timed where it has something to do."""
    timed = _timed(recorder, "loading", ready)

    @wraps(ready)
    def method(kernel, argument_types):
        return (ready if argument_types in kernel.overloads else timed)(kernel, argument_types)
    return method


def timed_compiling(recorder: Recorder, compile_anew: Callable) -> Callable:
    """`Kernel._compile_anew`, timed."""
    return _timed(recorder, "compiling", compile_anew)


def _timed(recorder, phase, function):
    @wraps(function)
    def method(kernel, argument_types):
        begin = perf_counter()
        try:
            return function(kernel, argument_types)
        finally:
            recorder.span(kernel, phase, begin, perf_counter())
    return method
