"""What a signal's handler raises, and how to let it through where other errors are dropped.

A handler may raise at any instruction: a time-out of somebody's own that came while the text for a
message was made was dropped with whatever else may fail there, and the training never ended.
(Where kernels are loaded and compiled no handler runs, see `compile/undivided.py`.)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def of_a_handler(error: BaseException) -> bool:
    """Whether a signal's handler raised it: a function that was given the frame it interrupted."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        interrupted, trace = trace.tb_frame, trace.tb_next
        for value in trace.tb_frame.f_locals.values():
            given = value if type(value) is tuple else (value,)  # it may have taken *arguments
            if any(argument is interrupted for argument in given):
                return True
    return False


@contextmanager
def dropped(*kinds: type[BaseException]) -> Iterator[None]:
    """Drop errors of these kinds, but for what a handler raises."""
    try:
        yield
    except kinds as error:
        if of_a_handler(error):
            raise
