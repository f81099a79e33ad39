"""Names of a running program, set from outside: what turns that were trained at once leave."""

import ctypes
import inspect
import sys
from types import FrameType
from typing import Any

from fastnn.running.loops.names import can_be_set, look_up


def put(frame: FrameType, values: dict[str, Any]) -> None:
    """Have the frame's names stand for these values, as if its own code had set them.

    A function's own names lie in the frame, where Python up to 3.12 gives a copy of them to look
    at, and has a function of its own (its debugger's) to write that copy back.
    """
    code = frame.f_code
    for name in [name for name in values if "." in name]:
        base, attribute = name.split(".")
        setattr(look_up(frame, base), attribute, values[name])
    values = {name: value for name, value in values.items() if "." not in name}
    if not values:
        return
    if not code.co_flags & inspect.CO_OPTIMIZED:  # of a module or a class
        frame.f_locals.update(values)
        return
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    inside = {name: value for name, value in values.items() if name in own}
    frame.f_globals.update({name: value for name, value in values.items() if name not in own})
    if inside:
        frame.f_locals.update(inside)
        if sys.version_info < (3, 13):
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))


def can_put(frame: FrameType, name: str) -> bool:
    """Whether a name that the frame's code sets is one that `put` finds where that code does."""
    if "." in name:
        base, attribute = name.split(".")
        return can_be_set(look_up(frame, base), attribute)
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return True
    return type(frame.f_locals) is dict and name in frame.f_locals
