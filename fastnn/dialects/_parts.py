"""What dialects are made of: tables of words, and what several of them do otherwise than the book.

A table is a class to derive from: `vocabulary(output="forward_pass", backward="backprop")` has, for
each of our names, an `Alias` under the dialect's, or under several with blanks between. What is
stored keeps our names, so runs take these classes for ours.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from fastnn.optimizers.base import Plain
from fastnn.support.aliases import Alias


def vocabulary(**words: str) -> Any:
    """A class to derive from, with these other names for our attributes and methods."""
    return type("Vocabulary", (), {
        "__module__": __name__, "__doc__": "Other names for attributes and methods.",
        **{theirs: Alias(ours) for ours, names in words.items() for theirs in names.split()}})


def spoken(kind: type, words: Any, module: str) -> Any:
    """The class of ours with these words and nothing else, as one of this module's."""
    return type(kind.__name__, (words, kind), {"__module__": module, "__doc__": kind.__doc__})


def taking(**words: str) -> Callable[[Callable[..., Any]], Any]:
    """The decorated method takes arguments by these other names, too: n_neurons="units nodes"."""
    ours = {theirs: name for name, names in words.items() for theirs in names.split()}

    def wrap(method: Callable[..., Any]) -> Any:
        @wraps(method)
        def translated(self: Any, *arguments: Any, **named: Any) -> Any:
            for theirs in [name for name in named if name in ours]:
                if ours[theirs] in named:
                    raise TypeError(f"{type(self).__name__}: {theirs} and {ours[theirs]} are one "
                                    "argument, got both")
                named[ours[theirs]] = named.pop(theirs)
            return method(self, *arguments, **named)
        return translated
    return wrap


class Divided(Plain):
    """Decay in one division."""

    def pre_update_params(self):
        """Set the rate of this step: lr / (1 + decay * iterations)."""
        if self.decay:
            self.current_learning_rate = self.learning_rate / (1 + self.decay * self.iterations)
