"""python -m fastnn: the demonstration, and the other commands.

What a command needs is imported when it is asked for.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from functools import partial

import fastnn

# Commands with an option table of their own: the folder whose module reads what follows the word.
_OWN = {"run": ("fastnn.running", "command",
                "[-m MODULE | PROGRAM.py | NOTEBOOK.ipynb] [ARGS ...] as it is, its own classes "
                "compiled"),
        "profile": ("fastnn.profiling", "script",
                    "where the time goes of [-m MODULE | SCRIPT.py] [ARGS ...], or of the "
                    "demonstration"),
        "bench": ("fastnn.bench", "command",
                  "how fast fastnn is on this machine, and a page about it"),
        "check": ("fastnn.checking", "command",
                  "whether the classes of FILE.py or FILE.ipynb are right"),
        "sweep": ("fastnn.sweeps", "command", "train many networks and compare them"),
        "examples": ("fastnn.examples", "command",
                     "notebooks, one for each part of the book: listed, printed or copied")}
_PROGRAMS = "run", "profile"  # run somebody's, whose output is its own matter
_OPTIMIZERS = ("adagrad", "adam", "rmsprop", "sgd")


def number(text: str) -> int:
    """A whole number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fastnn", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Train the book's spiral with fastnn and with plain NumPy, and compare; or\n"
                    "one of the commands.",
        epilog="Without a command it is the demonstration: its options may follow at once.\n"
               "`python -m fastnn COMMAND --help` has the options of a command.\n"
               "`mpiexec -n 2 python -m fastnn --mpi` is the demonstration over two processes.")
    parser.add_argument("--version", action="version", version=f"fastnn {fastnn.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _demo_options(commands.add_parser(
        "demo", help="train the spiral with fastnn and with plain NumPy (the default)"))
    commands.add_parser("info", help="versions, cache, and whether the digits are exact")
    cache = commands.add_parser("cache", help="the compiled kernels that are kept; cache clear: "
                                              "remove them")
    cache.add_argument("clear", nargs="?", choices=("clear",), help="remove them")
    commands.add_parser("warmup", help="compile all kernels once (minutes)")
    for name, (_, _, said) in _OWN.items():
        commands.add_parser(name, help=said, add_help=False)
    return parser


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--optimizer", choices=_OPTIMIZERS, default="adam")
    parser.add_argument("--hidden", type=number, default=64, help="neurons (default 64)")
    parser.add_argument("--epochs", type=number, default=10001, help="default 10001")
    parser.add_argument("--no-compare", action="store_true", help="leave plain NumPy out")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 when the demonstration's weights are not equal, and
    when who reads what it prints has left before the end.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] and arguments[0] in _PROGRAMS or "--mpi" in arguments:
        return _run(arguments)
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()  # Python does it too late for an exit status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def _run(arguments: list[str]) -> int:
    if arguments and arguments[0] in _OWN:
        folder, module, _ = _OWN[arguments[0]]
        return importlib.import_module(f"{folder}.{module}").main(arguments[1:])
    if "--mpi" in arguments:  # each rank of mpiexec comes here
        from fastnn.mpi import demo

        return demo.main([one for one in arguments if one != "--mpi"])
    chosen = _parser().parse_args(_with_command(arguments))
    return _COMMANDS[chosen.command](chosen)


def _with_command(arguments: list[str]) -> list[str]:
    """The command in front. Who names none means the demonstration; it may follow its options."""
    if arguments[:1] and arguments[0] in ("-h", "--help", "--version"):
        return arguments
    if arguments[:1] and not arguments[0].startswith("-"):
        return arguments
    if arguments and arguments[-1] in _COMMANDS and len(arguments) > 1:
        return [arguments[-1], *(arguments[:-1] if arguments[-1] == "demo" else [])]
    return ["demo", *arguments]


def _demo(chosen: argparse.Namespace) -> int:
    from fastnn import demo

    same = demo.run(chosen.optimizer, chosen.hidden, chosen.epochs, not chosen.no_compare,
                    say=partial(print, flush=True))
    return 0 if same else 1


def _info(chosen: argparse.Namespace) -> int:
    from fastnn.info import describe

    print(describe())
    return 0


def _cache(chosen: argparse.Namespace) -> int:
    from fastnn.info import clear, kept

    print(clear() if chosen.clear else kept())
    return 0


def _warmup(chosen: argparse.Namespace) -> int:
    from fastnn.compile.waiting import COMPILING

    seconds = fastnn.warmup()
    print(f"all kernels ready in {seconds:.1f} s, {COMPILING.kernels} compiled")
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "demo": _demo, "info": _info, "cache": _cache, "warmup": _warmup}


if __name__ == "__main__":
    if status := main():  # `python -i` would show an exit
        sys.exit(status)
