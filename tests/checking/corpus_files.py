"""The corpus: small files as people write them, and what is to be found in each.

`#### name` begins a file, `#: Class = role` or `#: Class = role ! mistake` says what a class is,
`@@ 300 line` stands for 300 such lines.
"""

from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "corpus"


class File(NamedTuple):
    name: str
    code: str
    roles: dict[str, str]
    mistakes: dict[str, str]


def files() -> list[File]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("#### ")[1:]:
            name, _, text = part.partition("\n")
            roles, mistakes, code = {}, {}, []
            for line in text.splitlines():
                if line.startswith("#: "):
                    kind, _, said = line[3:].partition(" = ")
                    roles[kind], _, mistake = said.partition(" ! ")
                    if mistake:
                        mistakes[kind] = mistake
                elif line.startswith("@@ "):
                    times, _, repeated = line[3:].partition(" ")
                    code += [repeated] * int(times)
                else:
                    code.append(line)
            found.append(File(name, "\n".join(code) + "\n", roles, mistakes))
    return found
