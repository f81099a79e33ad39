"""What became of classes, in words: what `print(fastnn.adopt(...))` and `run -v` show alike."""

from __future__ import annotations

from collections.abc import Mapping


def told(adopted: Mapping[str, str], left: Mapping[str, str]) -> str:
    """The adopted classes, a line each, and those left as they are: a line for each reason."""
    if not adopted and not left:
        return ("no class to adopt (of a namespace or a module those count that were defined in "
                "it: for imported ones give adopt their module, or the classes)")
    lines = [f"adopted: {len(adopted)} class{'es' if len(adopted) != 1 else ''}",
             *(f"  {name}: {words}" for name, words in adopted.items())]
    reasons: dict[str, list[str]] = {}
    for name, why in left.items():
        reasons.setdefault(why, []).append(name)
    if reasons:
        lines += ["left as they are:",
                  *(f"  {', '.join(names)}: {why}" for why, names in reasons.items())]
    return "\n".join(lines)
