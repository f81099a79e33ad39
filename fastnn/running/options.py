"""The arguments of a command that runs somebody's program: ours stand before it, its own behind it.

Cut as cProfile, kernprof and pyinstrument do it; who wants those of `profile` behind the program
ends them with ---, as scalene has it.
"""

from __future__ import annotations

import argparse
from typing import NamedTuple, NoReturn


class BadOptionError(Exception):
    """What is wrong with the options, in one sentence."""


class Parser(argparse.ArgumentParser):
    """One without abbreviations and with --help as a word like others, which raises."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=command, add_help=False, allow_abbrev=False)
        self.add_argument("-h", "--help", action="store_true")

    def error(self, message: str) -> NoReturn:
        """A sentence instead of an exit."""
        raise BadOptionError(f"{message}; see {self.prog} --help")


class Asked(NamedTuple):
    """What somebody typed."""

    ours: list[str]
    name: str | None  # of the program, if there is one
    is_module: bool
    arguments: list[str]  # the program's


def split(arguments: list[str], with_value: tuple[str, ...], command: str, *,
          behind: bool = False) -> Asked:
    """Cut at the program. with_value: those of our options that take the next word too; behind:
    they may follow the program, too, and end with ---.
    """
    found = _cut(arguments, with_value, command)
    has_ended = arguments[len(found.ours):][:1] == ["--"]
    return _with_ours(found) if behind and not has_ended else found


def _cut(arguments: list[str], with_value: tuple[str, ...], command: str) -> Asked:
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "-":
        word = arguments[at]
        if word == "--":
            return Asked(arguments[:at], *_program(arguments[at + 1:], False))
        if word == "-m" or (word.startswith("-m") and not word.startswith("--")):
            rest = [word[2:]] if word != "-m" else []
            found = Asked(arguments[:at], *_program([*rest, *arguments[at + 1:]], True))
            if found.name is None:
                raise BadOptionError(f"-m needs a module; see {command} --help")
            return found
        at += 2 if word in with_value else 1
    return Asked(arguments[:at], *_program(arguments[at:], False))


def _program(rest: list[str], is_module: bool) -> tuple[str | None, bool, list[str]]:
    return (rest[0] if rest else None), is_module, rest[1:]


def _with_ours(asked: Asked) -> Asked:
    """What stands between the program and a --- is ours, too."""
    if "---" not in asked.arguments:
        return asked
    at = asked.arguments.index("---")
    return asked._replace(ours=[*asked.ours, *asked.arguments[:at]],
                          arguments=asked.arguments[at + 1:])
