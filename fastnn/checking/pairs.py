"""What classes are beside each other: a loss and a softmax that share the work in another way.

In the book each goes backward by its own slope. Where the softmax has no backward, or hands on what
it is given, the loss has to give the slope of both: that is no mistake, if both are of one file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Row = dict[str, Any]

_OF_BOTH = "softmax's gradient"


def may_share(row: Row) -> bool:
    """Whether the only thing wrong with a loss is that its slope is that of softmax as well."""
    return row["role"] == "categorical cross-entropy" and _only(row, _OF_BOTH)


def share(rows: Iterable[Row]) -> None:
    """Take such a loss for right, and the softmax that hands on to it."""
    rows = list(rows)
    softmaxes = [one for one in rows if one["role"] == "softmax"]
    losses = [one for one in rows if may_share(one)]
    if not losses or not softmaxes or not all(map(_hands_on, softmaxes)) or any(
            one["role"] == "softmax and loss" for one in rows):  # which does it already
        return
    for one in losses:
        _right(one, "its gradient is dvalues - y_true, that of softmax and loss in one: no softmax "
                    "beside it has a slope of its own")
    for one in softmaxes:
        if one["differences"]:
            _right(one, "its backward hands on what it is given: the loss beside it has the slope "
                        "of both")


def _hands_on(row: Row) -> bool:
    return "backward" not in row["vocabulary"] or _only(row, "mask forgotten")


def _only(row: Row, mistake: str) -> bool:
    return bool(row["differences"]) and all(
        one["mistake"] == mistake for one in row["differences"])


def _right(row: Row, remark: str) -> None:
    row.update(verdict="right", differences=[], same_bits=False,
               remarks=[*row["remarks"], remark])
