"""Objects as they were, to be put back where the first step of a run fails."""

import numpy as np

from fastnn import registry
from fastnn.support import checks


class Untouched:
    """What the attributes of some objects are, what is in their arrays, and the random stream.

    Results of a step are replaced by each step, not written over: of them only the names are kept.
    """

    def __init__(self, things):
        passing = registry.results()
        self._attributes = [(thing, dict(vars(thing))) for thing in things
                            if hasattr(thing, "__dict__")]
        self._arrays = [(value, value.copy()) for _, before in self._attributes
                        for name, value in before.items()
                        if isinstance(value, np.ndarray) and name not in passing
                        and value.flags.writeable]
        self._stream = np.random.get_state(legacy=False)

    def is_as_it_was(self, array):
        """Whether this is one of the arrays, and nothing has been written to it."""
        return any(array is one and np.array_equal(one, copy) for one, copy in self._arrays)

    def put_back(self):
        """Make all as it was."""
        for thing, before in self._attributes:
            checks.put_back(thing, before)
        for array, copy in self._arrays:
            array[...] = copy
        np.random.set_state(self._stream)


def refusal(error, things, who):
    """What to raise instead of an error of the first step: one sentence, where all is fastnn's.

    What somebody's own layer, loss or optimizer raises is theirs, or a handler of signals of theirs
    (a time-out), and so are warnings and floating-point errors that somebody asked for. `checks`
    has found its words.
    """
    asked = isinstance(error, Warning | FloatingPointError | MemoryError)
    ours = all(type(thing).__module__.partition(".")[0] == "fastnn" for thing in things)
    origin = _origin(error)
    if (asked or not ours or not isinstance(error, Exception) or origin == checks.__name__
            or origin.partition(".")[0] not in ("fastnn", "numpy", "nnfs")):
        return error
    kind = TypeError if isinstance(error, TypeError) else ValueError
    return kind(f"{who}: the first step cannot be done, nothing is changed: {error}")


def _origin(error):
    """The module that raised it."""
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_globals.get("__name__", "")
