"""What was found of one class, as plain data: it goes from process to process and to graders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.matching import Match
    from fastnn.checking.roles import Role

NO_BACKWARD = "it has no backward that was recognised"


@dataclass
class Finding:
    """One class: its role and names, the differences in order, the remarks."""

    name: str
    verdict: str = "not recognised"  # "right", "differs", "not recognised", "base class"
    role: str = ""
    book: str = ""  # the class of the reference
    line: int | None = None
    same_bits: bool = False
    score: float = 0.0
    vocabulary: dict[str, Any] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    defaults: dict[str, float] = field(default_factory=dict)  # of an optimizer, by book's names
    gradients: str = ""  # "agree" or "differ": backward and central differences of forward
    why: str = ""

    def of_role(self, role: Role) -> None:
        """Take a role's name."""
        self.role, self.book = role.name, role.book

    def add(self, match: Match, method: str, attribute: str = "") -> None:
        """Write a match down: its place in the vocabulary, its difference, its remarks."""
        if match.place:
            self.vocabulary[match.quantity.name] = match.attribute
        self.remarks += [one for one in match.remarks if one not in self.remarks]
        if not match.good:
            self.differ(method, attribute or match.attribute or match.quantity.name,
                        match.quantity.formula, match.quantity.chapter,
                        match.mistake.name if match.mistake else "",
                        match.mistake.sentence if match.mistake else "",
                        match.case.name if match.case else "", match.difference)

    def differ(self, method: str, attribute: str, formula: str = "", chapter: str = "",
               mistake: str = "", sentence: str = "", case: str = "",
               difference: dict[str, Any] | None = None) -> None:
        """Write a difference down; a misspelt name is a mistake that says itself."""
        row = {"method": method, "attribute": attribute, "case": case, "formula": formula,
               "chapter": chapter, "mistake": mistake, "sentence": sentence}
        self.differences.append({**row, **(difference or {})} if not mistake else
                                {**(difference or {}), **row})

    def settle(self) -> Finding:
        """Say the verdict, when all has been written down: what was raised, once."""
        said: set[tuple[str, str]] = set()
        for row in list(self.differences):
            cause = row.get("raised", ""), row.get("at", "")
            if all(cause) and cause in said:
                self.differences.remove(row)
            said.add(cause)
        self.same_bits = self.same_bits and not self.differences
        self.verdict = "differs" if self.differences else "right"
        return self
