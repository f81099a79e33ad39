"""Ctrl-C, held back while the program's names are older than its objects."""

from typing import Any

from fastnn.engine.interrupts import Interrupts


class Held(Interrupts):
    """Counts Ctrl-C from `begin` to the end of the block, and raises nothing.

    When turns have been trained the objects are turns ahead of the program's own names: its loop's
    variable, its loss. The next turn, which runs as it is and in which nothing is but the training,
    sets all of them; who holds Ctrl-C back until then finds what any loop could have left.
    """

    def __init__(self) -> None:
        super().__init__()
        self._has_begun = False

    def begin(self) -> None:
        """From now on."""
        if not self._has_begun:
            self._has_begun = True
            super().__enter__()

    @property
    def has_begun(self) -> bool:
        """Whether it is held back."""
        return self._has_begun

    @property
    def handler(self) -> Any:
        """What a signal calls from `begin` on."""
        return self._note

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._has_begun:
            super().__exit__(*exception)

    def _answered(self) -> bool:
        return True  # by who asks behind the block, however often it came
