"""Which methods are timed while a profile is open: ours, and those of classes made from ours.

They are wrapped on their classes, all classes at once and each function by the same wrapper, so
that whoever inherits a method still has the very method of our class: the engine compiles what it
compiles otherwise.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from fastnn import reference
from fastnn.compile.dispatcher import Kernel
from fastnn.profiling import foreign
from fastnn.profiling.recorder import Recorder
from fastnn.profiling.wrappers import timed, timed_compiling, timed_loading, timed_run
from fastnn.support import watching

Combined = reference.Activation_Softmax_Loss_CategoricalCrossentropy

_BACK = {"backward": "backward", "backprop": "backward"}
# `pre_update_params` and `post_update_params` set one number: to time them costs more than they.
_UPDATES = dict.fromkeys(("update_params", "update_param", "update_parameters"), "optimizer")
_STEP = {"step": "optimizer"}  # all of an update in one call, as some write it
_LAYER = {"forward": "forward", "predictions": "metrics"} | _BACK | _UPDATES  # or what is unknown
_LOSS = dict.fromkeys(("forward", "calculate", "calculate_accumulated", "regularization_loss"),
                      "loss") | _BACK
_ACCURACY = dict.fromkeys(("init", "calculate", "calculate_accumulated"), "metrics")
_RUNS = dict.fromkeys(("train", "evaluate", "predict"), "engine")
_MODEL = dict.fromkeys(("forward", "backward"), "engine") | _RUNS


class Instruments:
    """The wrapped methods, and what stood in their place."""

    def __init__(self, recorder: Recorder):
        self._recorder = recorder
        self._replaced: list[tuple] = []
        self._wrappers: dict[Any, Any] = {}

    def attach(self) -> None:
        """Wrap the methods of all our classes, and what loads and compiles kernels."""
        self._wrap_classes(_our_classes())
        for name, wrap in (("ready", timed_loading), ("_compile_anew", timed_compiling)):
            self._replace(Kernel, name, wrap(self._recorder, vars(Kernel)[name]))

    def meet(self, things: Iterable[object]) -> None:
        """Wrap the methods of the classes of these, whoever wrote them."""
        self.meet_classes(type(thing) for thing in things)

    def meet_classes(self, kinds: Iterable[type]) -> None:
        """Wrap the methods of these classes, whoever wrote them."""
        self._wrap_classes({cls: None for kind in kinds for cls in kind.__mro__[:-1]})

    def detach(self) -> None:
        """Give the classes their own methods back."""
        for cls, name, function, wrapper in reversed(self._replaced):
            if vars(cls).get(name) is wrapper:  # else somebody has put another in its place
                setattr(cls, name, function)
        self._replaced.clear()
        watching.restored(self._wrappers.values())
        self._wrappers.clear()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """All classes have their own methods meanwhile; what is replaced there stays so."""
        there = [one for one in self._replaced if vars(one[0]).get(one[1]) is one[3]]
        for cls, name, function, _ in there:
            setattr(cls, name, function)
        try:
            yield
        finally:
            for cls, name, function, wrapper in there:
                if vars(cls).get(name) is function:
                    setattr(cls, name, wrapper)

    def _wrap_classes(self, classes):
        ours = set(self._wrappers.values())
        for cls in classes:
            for name, phase in _phases(cls).items():
                function = vars(cls).get(name)
                if isinstance(function, FunctionType) and function not in ours:
                    if function not in self._wrappers:
                        wrapper = self._wrapper(function, name, phase)
                        self._wrappers[function] = wrapper
                        watching.replaced({wrapper: function})
                    self._replace(cls, name, self._wrappers[function])

    def _wrapper(self, function, name, phase):
        if name in _RUNS:
            return timed_run(self._recorder, function)
        return timed(self._recorder, function, phase, update=name in _UPDATES)

    def _replace(self, cls, name, wrapper):
        self._replaced.append((cls, name, vars(cls)[name], wrapper))
        setattr(cls, name, wrapper)


def _phases(cls):
    """The phase of each method that is timed."""
    known = foreign.meaning(cls)
    if known is not None:
        table = {"loss": _LOSS, "accuracy": _ACCURACY}.get(known.role, _LAYER | _STEP)
        return table | {theirs: table[name] for theirs, ours in known.methods.items()
                        for name in ours.split() if name in table}
    if issubclass(cls, reference.Model):
        return _MODEL
    if is_loss(cls) or foreign.sounds_like_a_loss(cls):
        return _LOSS
    if issubclass(cls, reference.Accuracy) or (
            foreign.is_foreign(cls) and "calculate" in vars(cls)):
        return _ACCURACY
    return _LAYER


def is_loss(cls: type) -> bool:
    """Whether objects of this class are losses, or bring one with them."""
    return issubclass(cls, reference.Loss | Combined) or cls.__name__ == "Softmax_loss"


def _our_classes() -> list[type]:
    """The reference's classes, all that were made from them, what those share, and dialects'."""
    found: dict[type, None] = {}

    def walk(cls):
        if cls not in found:
            found[cls] = None
            for derived in type.__subclasses__(cls):
                walk(derived)

    for cls in _defined_in("fastnn.reference", "fastnn.dialects"):
        walk(cls)
    package = __name__.partition(".")[0]
    return list(dict.fromkeys(base for cls in found for base in cls.__mro__[:-1]
                              if cls is base or base.__module__.partition(".")[0] == package))


def _defined_in(*packages: str) -> Iterator[type]:
    for name, module in list(sys.modules.items()):
        if name.startswith(packages):
            for value in list(vars(module).values()):
                if isinstance(value, type) and value.__module__ == name:
                    yield value
