"""`python -m fastnn bench`: how fast fastnn is on this machine."""

import argparse
import sys
from pathlib import Path
from typing import Any

from fastnn.bench import figures, files
from fastnn.bench.several import Several
from fastnn.compile import dispatcher
from fastnn.support.handlers import of_a_handler
from fastnn.support.landing import NoPlaceError, place_for

_EPILOG = """Each row is tried first: both sides must agree in every bit, or to rounding in the fast
lane. One thread each. Nothing is written but the files that are named. A row is marked as noisy
where
other programs were at work, the ratios are far apart, or they contradict the times.

The first run compiles for a minute; a quick one then takes about a minute, a whole one some
minutes.

Exit status: 0; 1 where the two sides differ, or with --compare something got slower; 2 where a
file
is not what was expected; 130 after Ctrl-C, with what there was by then."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fastnn bench", epilog=_EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Time fastnn against the same in plain NumPy on this machine.")
    parser.add_argument("--quick", action="store_true", help="some of each kind: about a minute")
    parser.add_argument("--only", metavar="WORD", help="rows with this in their name")
    parser.add_argument("--html", metavar="FILE", help="write a page with all there is to know; it "
                                                       "needs no other file")
    parser.add_argument("--json", metavar="FILE", help="write the data")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--list", action="store_true", help="show the rows' names, time nothing")
    ways.add_argument("--compare", nargs=2, metavar=("OLD", "NEW"),
                      help="what got slower from one file (data or page) to another")
    ways.add_argument("--merge", nargs="+", metavar="FILE", help="machines beside each other")
    return parser


def main(arguments: list[str]) -> int:
    """Run, compare or merge; the exit status."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.compare or asked.merge:
        for name in ("quick", "only", "json"):
            if getattr(asked, name):
                parser.error(f"--{name} measures, --compare and --merge read what was measured")
    try:
        places = {name: place_for(path) for name in ("html", "json")
                  if (path := getattr(asked, name)) is not None}
        if asked.compare or asked.merge:
            return _together(asked.compare or asked.merge, bool(asked.compare), places)
        return _measured(asked, places)
    except (NoPlaceError, files.BenchFileError) as error:
        print(f"python -m fastnn bench: {error}", file=sys.stderr)
        return 2


def _measured(asked: argparse.Namespace, places: dict[str, Path]) -> int:
    from fastnn.bench.run import run
    from fastnn.bench.suite import cases

    chosen = [case for case in cases() if (case.quick or not asked.quick)
              and (asked.only or "").lower() in case.name.lower()]
    if not chosen:
        print(f"python -m fastnn bench: no row has {ascii(asked.only)} in its name; see --list",
              file=sys.stderr)
        return 2
    if asked.list:
        print("\n".join(case.name for case in chosen))
        return 0
    if dispatcher.DISABLED:
        print("python -m fastnn bench: NUMBA_DISABLE_JIT is set, so that nothing is compiled and "
              "there is nothing to measure", file=sys.stderr)
        return 2

    def say(text: str) -> None:
        print(text, flush=True)
    found = run(chosen, asked.quick, say, lambda row: say(figures.line(row)))
    say(figures.machine_line(found["machine"]))
    for text in [*figures.warnings(found), figures.losing(found["rows"])]:
        say(f"{text}.")
    if found["compiling"] >= 1:
        say(f"Compiling took {found['compiling']:.0f} s, before anything was timed.")
    written = _write(places, {"json": lambda: files.as_json(found), "html": lambda: _page(found)})
    return 1 if found["differ"] or not written else 130 if found["partial"] else 0


def _page(found: dict[str, Any]) -> str:
    from fastnn.bench.page import page

    return page(found)


def _together(paths: list[str], changes: bool, places: dict[str, Path]) -> int:
    several = Several([files.read(path) for path in paths], [Path(path).stem for path in paths],
                      changes)
    print(several.text())
    title = "fastnn, two runs compared" if changes else f"fastnn on {len(paths)} machines"

    def made() -> str:
        from fastnn.bench.page import together

        return together(several, title)
    written = _write(places, {"html": made})
    return 1 if not written or changes and several.slower() else 0


def _write(places: dict[str, Path], texts: dict[str, Any]) -> bool:
    done = True
    for name, path in places.items():
        try:
            files.write(path, texts[name]())
            print(f"written: {path}", flush=True)
        except OSError as error:
            if of_a_handler(error):
                raise
            print(f"python -m fastnn bench: {path} cannot be written: {error.strerror}",
                  file=sys.stderr)
            done = False
    return done
