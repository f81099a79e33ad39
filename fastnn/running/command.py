"""`python -m fastnn run [-v] [--verify] [-m MODULE | PROGRAM.py | NOTEBOOK.ipynb] [ARGS]`."""

from __future__ import annotations

import argparse
import sys

from fastnn.running import options
from fastnn.running.programs import NoProgramError
from fastnn.running.session import Session
from fastnn.support.handlers import dropped

NAME = "python -m fastnn run"
USAGE = f"""usage: {NAME} [-v] [--verify] [--no-loops] PROGRAM.py [ARGS ...]
       {NAME} [-v] [--verify] [--no-loops] NOTEBOOK.ipynb [ARGS ...]
       {NAME} [-v] [--verify] [--no-loops] -m MODULE [ARGS ...]

Run a program as Python does, or a notebook as Jupyter's "Run All" does, with its own classes
compiled: each method that is proved to compute what the book's does, bit for bit, is done by
fastnn's. The program is not changed, and what cannot be proved runs as it is.

  -v, --verbose  say behind the run, on standard error, what was adopted, what was left and why
  --verify       run it both ways in processes of their own, without a terminal, and compare every
                 line that it prints and every array and number that it ends with, bit for bit
  --no-loops     leave training loops as they are
  -h, --help     show this

Options before the program are ours, all that follows it is its own. The program - is what stands
in the standard input. Of a notebook what is IPython's own is left out: lines with % and ! (a
statement behind %time stays), %timeit and what it times, cells in other languages. A cell's last
expression is printed; plt.show() does not wait.

The program's own exit status is kept; 2 means that there is no such program. With --verify it is 0
where both ways are equal, 1 where something differs, 2 where that could not be found out."""
_FLAGS = ("--verify", "--no-loops")


def main(arguments: list[str]) -> int:
    """Run it; the exit status."""
    try:
        asked = options.split(arguments, (), NAME)
        chosen = _options(asked.ours)
        if chosen.help:
            print(USAGE)
            return 0
        if asked.name is None:
            raise options.BadOptionError(f"expected a program or a notebook; see {NAME} --help")
        session = Session(asked.name, asked.is_module, asked.arguments, loops=not chosen.no_loops)
    except (NoProgramError, options.BadOptionError) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
        return 2
    if chosen.verify:
        from fastnn.running.verifying.verifying import verify

        return verify(asked, loops=not chosen.no_loops, verbose=chosen.verbose)
    status = session.run(session.opened_for_good())
    if chosen.verbose:
        _say(session.report())
    return session.ends(status)


def _say(report: str) -> None:
    """Behind what the program has printed, if that can be: it may have closed its output."""
    with dropped(OSError, ValueError, AttributeError):
        sys.__stdout__.flush()  # type: ignore[union-attr]  # not one of its own, which may do anything
    with dropped(OSError, ValueError, AttributeError):
        print(report, file=sys.stderr or sys.__stderr__)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = options.Parser(NAME)
    parser.add_argument("-v", "--verbose", action="store_true")
    for word in _FLAGS:
        parser.add_argument(word, action="store_true")
    return parser.parse_args(arguments)
