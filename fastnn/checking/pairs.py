"""What classes are beside each other: some share the work in another way than the book's.

There each goes backward by its own slope. Where the softmax has no backward, or hands on what it is
given, the loss has to give the slope of both. Where the dense layer takes the mean over the samples
the loss has not to take it, and where a loss is halved its gradient is halved. None of that is a
mistake, if both are of one file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn.checking import frame, roles
from fastnn.checking.each_sample import UNDIVIDED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    Row = dict[str, Any]

_OF_BOTH = "softmax's gradient"
_TWICE, _NO_MEAN = "mean over samples taken twice", "missing mean over samples"
_LOSSES = {one.name for one in (roles.CLASSES, roles.BINARY, *roles.NUMBERS, roles.COMBINED,
                                roles.SIGMOID_LOSS)}


def may_share(row: Row) -> bool:
    """Whether the only thing wrong is what another may do in its place, or does as well."""
    return _gives_both(row) or _takes_the_mean(row) or _is_halved(row)


def share(rows: Iterable[Row]) -> None:
    """Take for right what does together what the book's do."""
    rows = list(rows)
    _slope_of_both(rows)
    _mean_of_the_layer(rows)
    _halves(rows)


def _gives_both(row: Row) -> bool:
    """Whether the only thing wrong with a loss is that its slope is that of softmax as well."""
    return row["role"] == "categorical cross-entropy" and _only(row, _OF_BOTH)


def _slope_of_both(rows: list[Row]) -> None:
    """Take such a loss for right, and the softmax that hands on to it."""
    softmaxes = [one for one in rows if one["role"] == "softmax"]
    losses = [one for one in rows if _gives_both(one)]
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


def _takes_the_mean(row: Row) -> bool:
    """Whether all that is wrong with a dense layer is that its gradients are both means."""
    return row["role"] == roles.DENSE.name and len(row["differences"]) > 1 and _only(row, _TWICE)


def _mean_of_the_layer(rows: list[Row]) -> None:
    """Take such layers for right beside losses that leave the mean to them, and those losses; of
    columns, where that is the custom, also where no loss of columns goes backward.
    """
    for columns in (True, False):
        dense = [one for one in rows if one["role"] == roles.DENSE.name
                 and (frame.REMARK in one["remarks"]) == columns]
        losses = [one for one in rows if one["role"].partition("'")[0] in _LOSSES and (
            "backward" in one["vocabulary"] or one["role"].endswith("gradient"))
            and (frame.REMARK in one["remarks"] or not columns)]
        if dense and (losses or columns) and all(map(_takes_the_mean, dense)) and all(
                map(_leaves_the_mean, losses)):
            _both_right(dense, losses)


def _both_right(dense: list[Row], losses: list[Row]) -> None:
    for one in dense:
        _right(one, "its gradients are means over the samples, and right where the loss's gradient "
                    "is not divided by their number" + (", as beside it" if losses else ""))
    for one in losses:
        if one["differences"]:
            _right(one, "its gradient leaves the mean over the samples to the layer beside it")


def _leaves_the_mean(row: Row) -> bool:
    return _only(row, _NO_MEAN) or (row["verdict"] == "right" and UNDIVIDED in row["remarks"])


def _is_halved(row: Row) -> bool:
    """Whether a function is half of a loss, and else it is right."""
    return row["role"] in _LOSSES and _only(row, "factor of 2")


def _halves(rows: list[Row]) -> None:
    """Take functions that are half of a loss for right beside one that is half of its gradient."""
    for one in filter(_is_halved, rows):
        slopes = [other for other in rows if other["role"] == f"{one['role']}'s gradient"]
        if slopes and all(_only(other, "factor of 2 missing") for other in slopes):
            for row in (one, *slopes):
                _right(row, "the loss is halved, and so is its gradient: it trains as with half "
                            "the rate")


def _hands_on(row: Row) -> bool:
    return "backward" not in row["vocabulary"] or _only(row, "mask forgotten")


def _only(row: Row, mistake: str) -> bool:
    return bool(row["differences"]) and all(
        one["mistake"] == mistake for one in row["differences"])


def _right(row: Row, remark: str) -> None:
    row.update(verdict="right", differences=[], same_bits=False,
               remarks=[*row["remarks"], remark])
