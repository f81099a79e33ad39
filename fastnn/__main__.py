"""python -m fastnn: the demonstration; `info`, `cache`, `warmup` and `profile`."""

import argparse
import sys
from functools import partial

from fastnn import demo
from fastnn.compile.jit import warmup
from fastnn.compile.waiting import COMPILING
from fastnn.info import clear, describe, kept


def number(text):
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m fastnn",
        description="Train the book's spiral with fastnn and with plain NumPy, and compare.")
    parser.add_argument("command", nargs="?", default="demo",
                        choices=("demo", "info", "cache", "warmup", "profile"),
                        help="demo (the default); info: versions, cache, exactness; "
                             "cache: the compiled kernels that are kept; cache clear: remove them; "
                             "warmup: compile all kernels once; profile [SCRIPT.py [ARGS ...]]: "
                             "where a script's time goes, or the demonstration's")
    parser.add_argument("--optimizer", choices=sorted(demo.OPTIMIZERS), default="adam")
    parser.add_argument("--hidden", type=number, default=64, help="neurons (default 64)")
    parser.add_argument("--epochs", type=number, default=10001, help="default 10001")
    parser.add_argument("--no-compare", action="store_true", help="leave plain NumPy out")
    return parser


def main(arguments=None):
    """Run one command; the exit status is 1 when the demonstration's weights are not equal."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["profile"]:  # what follows is the script's
        from fastnn.profiling import script

        return script.main(arguments[1:])
    if arguments == ["cache", "clear"]:
        print(clear())
        return 0
    chosen = _parser().parse_args(arguments)
    if chosen.command == "cache":
        print(kept())
        return 0
    if chosen.command == "info":
        print(describe())
        return 0
    if chosen.command == "warmup":
        seconds = warmup()
        print(f"all kernels ready in {seconds:.1f} s, {COMPILING.kernels} compiled")
        return 0
    same = demo.run(chosen.optimizer, chosen.hidden, chosen.epochs, not chosen.no_compare,
                    say=partial(print, flush=True))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
