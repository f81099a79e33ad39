"""Classes with samples in columns: tried where rows do not fit, and taken where nothing else does.

A dense layer shows which it is: what multiplies columns cannot multiply rows. A mean along the
other axis is a mistake in a program of rows, and right in one of columns: of such classes the
file's dense layers tell, or a backward that goes along the same axis.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastnn.checking import (
    accuracies,
    activations,
    combined,
    frame,
    layers,
    losses,
    own_slopes,
    roles,
)
from fastnn.checking.using import trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from fastnn.checking.findings import Finding

DENSE = roles.DENSE.name
_SOFTMAX = "softmax"
_ROLES = {roles.CLASSES.name, roles.BINARY.name, *(one.name for one in roles.NUMBERS),
          roles.COMBINED.name, roles.SIGMOID_LOSS.name, _SOFTMAX, "categorical accuracy"}
_BAD = ("differs", "raises", "not recognised")
_FITS = 0.7  # of a role: a layer that is used the wrong way round gives less


def of_file(findings: Iterable[dict[str, Any]]) -> str:
    """Which way a file has its samples: "rows", "columns", "a column", or ""."""
    findings = list(findings)
    for telling in (DENSE, _SOFTMAX):  # a softmax where there is no layer
        ways = {"a column" if frame.ONE in one["remarks"] else
                "columns" if frame.REMARK in one["remarks"] else "rows"
                for one in findings if one["role"] == telling and (
                    telling == DENSE or one["verdict"] == "right")}
        if ways:
            return ways.pop() if len(ways) == 1 else ""
    return ""


def may_depend(one: dict[str, Any]) -> bool:
    """Whether the finding of a class may be another one, where a file has columns, or has rows."""
    if one["role"] == DENSE or one["role"].startswith(("optimizer", "dropout", "model")):
        return False
    return (one["verdict"] in _BAD or frame.REMARK in one["remarks"]
            or one["role"] == own_slopes.LOSS)  # of rows, it may be a book's of columns


def depends(one: dict[str, Any], layout: str) -> bool:
    """Whether the finding of a class has to be looked at again, in a file of this layout."""
    return bool(layout) and (may_depend(one) or (
        layout == "columns" and one["role"] == _SOFTMAX and one["verdict"] == "right"))


def instead(kind: Any, found: Finding, layout: str) -> Finding | None:
    """What a class is that has its samples in columns; None of all others. `layout`: the file's,
    where that is known.
    """
    other = layout == "columns" and found.role in (own_slopes.LOSS, _SOFTMAX)
    if layout == "rows" or not (found.verdict in _BAD or other) or (
            found.role.startswith(("optimizer", "dropout"))):
        return None
    for alone in (False, True):
        if alone and layout == "columns":
            continue
        with frame.columns(alone):
            trace.cache_clear()
            found_here = [one for one in _all(kind, alone, layout)
                          if one.role == DENSE or one.role in _ROLES]
            best = max(found_here, key=lambda one: one.score, default=None)
        trace.cache_clear()
        if best is not None and _is_taken(best, found, layout, alone):
            return _in_its_words(best, alone)
    return None


def _all(kind: Any, alone: bool, layout: str) -> Iterator[Finding]:
    looks = [layers.dense]
    if not alone or layout == "a column":
        looks += [activations.activation, combined.combined, combined.sigmoid_loss]
    for look in looks:
        made = look(kind)
        if made:
            yield made
    if not alone:
        yield from losses.losses(kind)
        one_output = losses.of_one_output(kind)
        if one_output:
            yield one_output
        yield from accuracies.accuracies(kind)


def _is_taken(best: Finding, found: Finding, layout: str, alone: bool) -> bool:
    if best.role == DENSE:
        return best.score >= _FITS and (found.role != DENSE or best.score > found.score + 0.2)
    if found.role == _SOFTMAX and found.verdict == "right":  # over what are no classes here
        return best.role == _SOFTMAX and best.verdict == "differs" and (
            best.differences[0]["mistake"] == "wrong axis")
    if layout:
        return best.verdict == "right" or (best.score >= _FITS and best.score > found.score)
    if best.verdict != "right" or alone:
        return False
    if best.role == _SOFTMAX:
        return "backward" in best.vocabulary
    methods = {row["method"] for row in found.differences}
    return found.verdict != "differs" or len(methods) > 1


def _in_its_words(finding: Finding, alone: bool) -> Finding:
    """What was found of a class with columns, as it stands in the class."""
    for row in finding.differences:
        for word in ("element", "got_shape", "expected_shape"):
            if len(row.get(word) or ()) == 2:
                row[word] = row[word][::-1]
        row["formula"], row["sentence"] = _products(row["formula"]), _axes(row["sentence"])
    finding.remarks = [_axes(one) for one in finding.remarks]
    finding.remarks.append(frame.ONE if alone else frame.REMARK)
    return finding


def _axes(words: str) -> str:
    """A sentence with the axes exchanged."""
    return re.sub(r"axis=([01])", lambda found: f"axis={1 - int(found[1])}", words)


def _products(formula: str) -> str:
    """A formula with the factors of its matrix products exchanged."""
    return _axes(re.sub(r"([\w.()]+) \. ([\w.()]+)", r"\2 . \1", formula)).replace(
        "(1, O)", "(O, 1)")
