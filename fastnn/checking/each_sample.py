"""Losses that give the loss of each sample, or each element, and leave the mean to who uses them.

The gradient of such a one is that of their sum. Where any of its methods takes the mean, the
gradient has to be that of the mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking.loss_methods import RIGHT, Found, is_called

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from fastnn.checking.findings import Finding

UNDIVIDED = "it is not divided by the number of samples"
_OF_EACH = "the loss of each {0} is given, and the gradient is that of each: "
_REMARK = ("who takes the mean of the losses has to divide the gradient too, or trains with a rate "
           "that is as many times larger")
_MEANS = ("mean forgotten", "missing mean over outputs")


def leave_the_mean(finding: Finding, kind: Any, found: tuple[Found | None, ...],
                   of_sum: Callable[[Found, Found], bool]) -> None:
    """Strike what is no mistake of a loss none of whose methods takes the mean over the samples;
    of_sum: whether a gradient is that of the sum of what is given.
    """
    sample, mean, slope = found
    if not sample or not slope or mean or is_called(sample.use):
        return
    mistake = sample.match.mistake.name if sample.match.mistake else ""
    if sample.match.status not in RIGHT and (mistake not in _MEANS or (
            mistake == _MEANS[1] and _is_called_a_mean(kind.__name__))):
        return
    if slope.match.status != "mistake" or not of_sum(sample, slope):
        return
    wrong = {mistake, slope.match.mistake.name if slope.match.mistake else ""}
    finding.differences[:] = [row for row in finding.differences if row["mistake"] not in wrong]
    each = "element" if mistake == _MEANS[0] else "sample"
    finding.remarks += [UNDIVIDED, _OF_EACH.format(each) + _REMARK]
    if mistake == _MEANS[1]:
        finding.remarks.append("it is the sum over the outputs, and so is its gradient: the book's "
                               "is their mean")
    finding.gradients = "agree"


def _is_called_a_mean(name: str) -> bool:
    """Whether a name says that it is one: MSE, MeanSquaredError."""
    low = name.lower().replace("_", "")
    return any(word in low for word in ("mean", "mse", "mae"))


def are_of_each(use: Any, values: Any) -> bool:
    """Whether a method's values are left as they are by all others of its class."""
    return bool(np.ndim(values) > 1 or (np.ndim(values) and not is_called(use)))
