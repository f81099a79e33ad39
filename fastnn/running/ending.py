"""How a program ends: what it raises is shown as Python shows it, without our frames, and its exit
status is Python's.
"""

from __future__ import annotations

import ctypes
import os
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from fastnn.running.programs import Program, Rewriting

_HERE = os.path.dirname(os.path.abspath(__file__))
_OF_A_FILE = 257  # Py_file_input
INTERRUPTED = 130  # what a shell makes of a process that Ctrl-C has ended


def status(program: Program, names: dict[str, Any], rewrite: Rewriting | None = None,
           told: Callable[[BaseException], None] | None = None) -> int:
    """Run it and give its exit status.

    told: is handed what ended the program before its end.
    """
    try:
        for code in program.codes(rewrite):
            exec(code, names)
        return 0
    except BaseException as raised:
        error = raised
    try:  # behind the block: what the program's own hook raises was not raised within it
        if told is not None:
            told(error)
        if isinstance(error, SystemExit):
            return _exit(error)
        return _shown(error, program.in_cells)
    finally:
        del error  # with its frames, and all that is in them


def _exit(stop: SystemExit) -> int:
    if stop.code is None or isinstance(stop.code, int):
        return stop.code or 0
    _say(str(stop.code))
    return 1


def _say(text: str) -> None:
    stream = sys.stderr if sys.stderr is not None else sys.__stderr__
    if stream is not None:
        print(text, file=stream)


def _shown(error: BaseException, of_cells: bool) -> int:
    """Have it shown, and say with which status it ends; of cells, which are no files, Python would
    show no lines before 3.13.
    """
    trace = own_frames(error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    if of_cells and sys.excepthook is sys.__excepthook__:
        traceback.print_exception(type(error), error, trace)
    else:
        try:
            sys.excepthook(type(error), error, trace)
        except SystemExit as stop:
            return _exit(stop)
        except BaseException as other:
            _say("Error in sys.excepthook:")
            behind = other.__traceback__ and other.__traceback__.tb_next
            sys.__excepthook__(type(other), other.with_traceback(behind), behind)
            _say("\nOriginal exception was:")
            sys.__excepthook__(type(error), error, trace)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def own_frames(error: BaseException) -> TracebackType | None:
    """The traceback from the program on: without these files, and where it does not compile
    without what reads it.
    """
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__") != "__main__":
        frames = frames.tb_next
    last = frames
    while last is not None and last.tb_next is not None:
        file = last.tb_next.tb_frame.f_code.co_filename
        # What compiles a module of its own, or hands a loop's turns out.
        if file.startswith(_HERE + os.sep):
            last.tb_next = last.tb_next.tb_next
        else:
            last = last.tb_next
    error.__traceback__ = frames
    return frames


def by_ctrl_c() -> None:
    """Have this process end by the signal of Ctrl-C, as Python does where nobody has caught it: a
    shell's loop ends then, too. It looks whether code that C has run ended so.
    """
    run: Any = ctypes.pythonapi.PyRun_String
    run.argtypes = ctypes.c_char_p, ctypes.c_int, ctypes.py_object, ctypes.py_object
    run.restype = ctypes.py_object
    try:
        run(b"raise KeyboardInterrupt", _OF_A_FILE, {}, {})
    except KeyboardInterrupt:
        pass
