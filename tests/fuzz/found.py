"""What is found: the sorts of differences."""

import re
from typing import NamedTuple

REAL, ORDER, ROUNDING, UNSTABLE = "real", "sums in another order", "rounding", "ill-conditioned"


class Difference(NamedTuple):
    """The first array that differs, of one way to train."""

    way: str
    kind: str
    name: str
    text: str
    steps: int | None = None
    share: float = 0.0  # of what another order of sums explains, the farthest element
    later: float = 0.0  # by how much of their largest the arrays after it are off

    def __str__(self) -> str:
        after = "" if self.steps is None else f" after step {self.steps}"
        return f"{self.way}: {self.name}: {self.text}{after} ({self.kind}{self.size})"

    @property
    def size(self) -> str:
        return "" if self.kind != ORDER else (
            f", off by {self.share:.2g} of what that explains, the arrays of this step by "
            f"{self.later:.2g} of their largest")

    @property
    def sort(self) -> tuple[str, ...]:
        """Differences of one sort have one cause, as far as one can see from outside."""
        text = re.sub(r"\w+: \w+ has", "an operand has", self.text)  # of an instruction
        return (self.kind, re.sub(r"\d+", "", self.name),
                re.sub(r"[-+\d.e]+", "", text)[:60])
