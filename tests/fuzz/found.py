"""What is found: the sorts of differences."""

import re
from typing import NamedTuple

REAL, ROUNDING, UNSTABLE = "real", "rounding", "ill-conditioned"


class Difference(NamedTuple):
    """The first array that differs, of one way to train."""

    way: str
    kind: str
    name: str
    text: str
    steps: int | None = None

    def __str__(self) -> str:
        after = "" if self.steps is None else f" after step {self.steps}"
        return f"{self.way}: {self.name}: {self.text}{after} ({self.kind})"

    @property
    def sort(self) -> tuple[str, ...]:
        """Differences of one sort have one cause, as far as one can see from outside."""
        text = re.sub(r"\w+: \w+ has", "an operand has", self.text)  # of an instruction
        return (self.kind, re.sub(r"\d+", "", self.name),
                re.sub(r"[-+\d.e]+", "", text)[:60])
