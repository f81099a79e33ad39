"""`python -m fastnn profile [SCRIPT.py [ARGS]]`: a user's script, profiled."""

import sys
import traceback
from pathlib import Path
from types import ModuleType

from fastnn import demo
from fastnn.profiling.profiles import Profile

USAGE = """usage: python -m fastnn profile [SCRIPT.py [ARGS ...]]

Run a script and say where its time goes: for each of its layers, losses and optimizers. Without a
script the book's spiral is trained. The script's own exit status is kept; 2 means that there is no
such script."""


def main(arguments: list[str]) -> int:
    """Run it, print the table; the exit status."""
    if not arguments:
        return _demonstration()
    if arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0
    path = arguments[0]
    try:
        source = Path(path).read_bytes()
    except OSError as error:
        print(f"python -m fastnn profile: {path} cannot be read: {error.strerror}",
              file=sys.stderr)
        return 2
    return _run(source, path, arguments)


def _demonstration() -> int:
    import nnfs

    import fastnn

    nnfs.init()
    demo.train_spiral(fastnn, "adam", 64, 2, lambda line: None)  # makes the kernels ready
    with Profile() as p:
        demo.train_spiral(fastnn, "adam", 64, 2001, print)
    print(p)
    return 0


def _run(source: bytes, path: str, arguments: list[str]) -> int:
    """The script as Python would run it: its folder first in the path, itself as `__main__`."""
    module = ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    before = sys.argv, sys.path[:], sys.modules["__main__"]
    sys.argv = arguments
    sys.path.insert(0, str(Path(path).resolve().parent))
    sys.modules["__main__"] = module
    try:
        with Profile(vars(module)) as p:
            status = _status(source, path, vars(module))
    finally:
        sys.argv, sys.path[:], sys.modules["__main__"] = before
    sys.stdout.flush()
    print(p)
    return status


def _status(source, path, names):
    """Run it and give its exit status; what it raises is shown as Python would."""
    try:
        exec(compile(source, path, "exec", dont_inherit=True), names)
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    except BaseException as error:
        own = error.__traceback__.tb_next if error.__traceback__ else None  # without this file
        traceback.print_exception(type(error), error, own)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0
