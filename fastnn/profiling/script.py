"""`python -m fastnn profile [-m MODULE | SCRIPT.py] [ARGS]`: a user's program, profiled."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from fastnn import demo
from fastnn.profiling import programs
from fastnn.profiling.profiles import Profile
from fastnn.support.landing import NoPlaceError, place_for

NAME = "python -m fastnn profile"
USAGE = f"""usage: {NAME} [--json FILE] [--trace FILE] SCRIPT.py [ARGS ...]
       {NAME} [--json FILE] [--trace FILE] -m MODULE [ARGS ...]
       {NAME} SCRIPT.py [--json FILE] [--trace FILE] --- [ARGS ...]

Run a program and say where its time goes: for each of its layers, losses and optimizers. Without a
program the book's spiral is trained.

  -m MODULE      run a module, as python -m does
  --json FILE    write the table as data
  --trace FILE   write a trace for ui.perfetto.dev or chrome://tracing
  -h, --help     show this

Options before the program are ours, all that follows it is its own: as cProfile, kernprof and
pyinstrument have it. Who wants ours behind it ends them with ---, as scalene has it.

The program's own exit status is kept; 2 means that there is no such program, and 1 too that a file
could not be written."""
_OURS = ("--json", "--trace")


def main(arguments: list[str]) -> int:
    """Run it, print the table; the exit status."""
    try:
        before, name, is_module, own = _split(arguments)
        chosen = _options(before)
        if chosen.help:
            print(USAGE)
            return 0
        files = {word: _place(word, path) for word in _OURS
                 if (path := getattr(chosen, word[2:])) is not None}
        if name is None:
            return _demonstration(files)
        made = programs.module if is_module else programs.script
        program = made(name)
    except (programs.NoProgramError, _BadOptionError) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    return _run(program, own, files)


class _BadOptionError(Exception):
    """What is wrong with the options, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A sentence instead of an exit."""
        raise _BadOptionError(f"{message}; see {NAME} --help")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Parser(prog=NAME, add_help=False, allow_abbrev=False)
    parser.add_argument("-h", "--help", action="store_true")
    for word in _OURS:
        parser.add_argument(word, metavar="FILE")
    return parser.parse_args(arguments)


def _split(arguments: list[str]) -> tuple[list[str], str | None, bool, list[str]]:
    """(our options, the program or None, whether it is a module, its arguments)."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        word = arguments[at]
        if word == "--":
            at += 1
            return (arguments[:at - 1], *_program(arguments[at:], False))
        if word == "-m" or (word.startswith("-m") and not word.startswith("--")):
            rest = [word[2:]] if word != "-m" else []
            found = _program([*rest, *arguments[at + 1:]], True)
            if found[0] is None:
                raise _BadOptionError(f"-m needs a module; see {NAME} --help")
            return _with_ours(arguments[:at], found)
        at += 2 if word in _OURS else 1
    return _with_ours(arguments[:at], _program(arguments[at:], False))


def _program(rest: list[str], is_module: bool) -> tuple[str | None, bool, list[str]]:
    return (rest[0] if rest else None), is_module, rest[1:]


def _with_ours(before, found):
    """What stands between the program and a --- is ours, too."""
    name, is_module, own = found
    if "---" in own:
        at = own.index("---")
        return [*before, *own[:at]], name, is_module, own[at + 1:]
    return before, name, is_module, own


def _place(word: str, path: str) -> Path:
    """Where to write, before anything runs."""
    try:
        return place_for(path)
    except NoPlaceError as error:
        raise _BadOptionError(f"{word} {error}") from None


def _demonstration(files: dict[str, Path]) -> int:
    import nnfs

    import fastnn

    nnfs.init()
    demo.train_spiral(fastnn, "adam", 64, 2, lambda line: None)  # makes the kernels ready
    with Profile() as p:
        demo.train_spiral(fastnn, "adam", 64, 2001, print)
    print(p)
    return 0 if _written(p, files) else 1


def _run(program: programs.Program, own: list[str], files: dict[str, Path]) -> int:
    with programs.as_main(program, own) as module, Profile(vars(module)) as p:
        status = programs.status(program, vars(module))
    sys.stdout.flush()
    print(p)
    if status == 2 and not files and (found := [word for word in _OURS if word in own]):
        print(f"{NAME}: {' and '.join(found)} went to the program, which stands before: put ours "
              "first, or --- after them", file=sys.stderr)
    return status if _written(p, files) else status or 1


def _written(p: Profile, files: dict[str, Path]) -> bool:
    ways = {"--json": p.to_json, "--trace": p.to_chrome_trace}
    done = True
    for word, path in files.items():
        try:
            ways[word](path)
        except OSError as error:
            print(f"{NAME}: {path} cannot be written: {error.strerror}", file=sys.stderr)
            done = False
    return done
