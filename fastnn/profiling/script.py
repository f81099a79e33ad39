"""`python -m fastnn profile [-m MODULE | PROGRAM] [ARGS]`: a user's program, profiled.

It runs as under `python -m fastnn run`, with its own classes adopted; those that cannot be are
timed as they are. Its loops are left as they are: they are what is looked at.
"""

import argparse
import sys
from pathlib import Path

from fastnn import demo
from fastnn.profiling.profiles import Profile, meet
from fastnn.running import options
from fastnn.running.programs import NoProgramError
from fastnn.running.session import Session
from fastnn.support.landing import NoPlaceError, place_for

NAME = "python -m fastnn profile"
USAGE = f"""usage: {NAME} [--json FILE] [--trace FILE] SCRIPT.py [ARGS ...]
       {NAME} [--json FILE] [--trace FILE] -m MODULE [ARGS ...]
       {NAME} SCRIPT.py [--json FILE] [--trace FILE] --- [ARGS ...]

Run a program and say where its time goes: for each of its layers, losses and optimizers. Its own
classes are adopted first (see python -m fastnn run), it need not import fastnn. SCRIPT.py may be a
notebook, NAME.ipynb. Without a program the book's spiral is trained.

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
        asked = options.split(arguments, _OURS, NAME, behind=True)
        chosen = _options(asked.ours)
        if chosen.help:
            print(USAGE)
            return 0
        files = {word: _place(word, path) for word in _OURS
                 if (path := getattr(chosen, word[2:])) is not None}
        if asked.name is None:
            return _demonstration(files)
        session = Session(asked.name, asked.is_module, asked.arguments, loops=False, told=meet)
    except (NoProgramError, options.BadOptionError) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    return _run(session, asked.arguments, files)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = options.Parser(NAME)
    for word in _OURS:
        parser.add_argument(word, metavar="FILE")
    return parser.parse_args(arguments)


def _place(word: str, path: str) -> Path:
    """Where to write, before anything runs."""
    try:
        return place_for(path)
    except NoPlaceError as error:
        raise options.BadOptionError(f"{word} {error}") from None


def _demonstration(files: dict[str, Path]) -> int:
    import nnfs

    import fastnn

    nnfs.init()
    demo.train_spiral(fastnn, "adam", 64, 2, lambda line: None)  # makes the kernels ready
    with Profile() as p:
        demo.train_spiral(fastnn, "adam", 64, 2001, print)
    print(p)
    return 0 if _written(p, files) else 1


def _run(session: Session, own: list[str], files: dict[str, Path]) -> int:
    module = session.opened_for_good()
    with Profile(vars(module)) as p:
        status = session.run(module)
    sys.stdout.flush()
    print(p)
    if status == 2 and not files and (found := [word for word in _OURS if word in own]):
        print(f"{NAME}: {' and '.join(found)} went to the program, which stands before: put ours "
              "first, or --- after them", file=sys.stderr)
    return session.ends(status) if _written(p, files) else status or 1


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
