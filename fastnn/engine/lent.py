"""Objects of somebody's classes that were adopted (`fastnn.adopt`): a run has objects of ours.

Each is the same arrays under our names. What a run, or a callback, makes on one of the two the
other has when the callback is called, when it returns, and when the run is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastnn import registry

if TYPE_CHECKING:
    from typing import Any

    from fastnn.engine.called import Called, Training
    from fastnn.engine.history import History, Row


class Lent:
    """What was lent for a run: nothing, where no object's class was adopted.

    predicts: whether layers will be told, too, that nothing is trained.
    """

    def __init__(self, things: list[Any], optimizer: Any, predicts: bool = True) -> None:
        self._mirrors: dict[int, Any] = {}
        self._predicts = predicts
        for thing in things:
            self.lend(thing)
        self.keep_on_layers(optimizer)

    def lend(self, thing: Any, otherwise: Any = None) -> Any:
        """The object of ours for one of theirs; itself where its class was not adopted.

        otherwise: what makes it, where that is not for every run.
        """
        make = registry.lender(type(thing), self._predicts) or otherwise
        if make is not None and id(thing) not in self._mirrors:
            self._mirrors[id(thing)] = make(thing)
        return self.ours(thing)

    def keep_on_layers(self, optimizer: Any) -> None:
        """What this optimizer keeps on layers has the names that theirs has for it."""
        theirs = next((one.thing for one in self._mirrors.values() if one.ours is optimizer),
                      optimizer)
        for one in self._mirrors.values():
            one.keep(theirs)

    def mirror(self, thing: Any) -> Any:
        """What stands between an object of theirs and ours; None where it is ours itself."""
        return self._mirrors.get(id(thing))

    def __bool__(self) -> bool:
        return bool(self._mirrors)

    def ours(self, thing: Any) -> Any:
        """The object that a run has in its place."""
        found = self._mirrors.get(id(thing))
        return thing if found is None else found.ours

    def theirs(self, thing: Any) -> Any:
        """The object that this one of ours stands for; itself where it stands for none."""
        return next((one.thing for one in self._mirrors.values() if one.ours is thing), thing)

    def agree(self) -> None:
        """What was changed on one of the two is so on both; theirs goes first."""
        for one in self._mirrors.values():
            one.agree()

    def finish(self, layers: list[Any], loss: Any, y: Any, batch_size: int | None) -> None:
        """What theirs keep of the arguments of the last step, which no object of ours does.

        layers, loss: ours. Of shuffled samples it is not known here which were the last.
        """
        chain = [*layers, loss]
        output = getattr(loss, "output", None)
        if output is None and layers:
            output = getattr(layers[-1], "output", None)
        last = y[(len(y) - 1) // batch_size * batch_size:] if batch_size else y
        for number, ours in enumerate(chain):
            mine = next((one for one in self._mirrors.values() if one.ours is ours), None)
            if mine is None:
                continue
            if ours is loss:
                mine.finish({"y_pred": output, "y_true": last, "dvalues": output})
            else:
                mine.finish({"inputs": getattr(ours, "inputs", None),
                             "dvalues": getattr(chain[number + 1], "dinputs", None)})

    def called(self, called: Called) -> Called:
        """Callbacks that find their objects as the run has left ours, and the other way round."""
        if not self:
            return called
        called.theirs = self.theirs
        return _Agreeing(called, self)  # type: ignore[return-value]


class _Agreeing:
    """As `Called`, with what was lent looked after before and after each call."""

    def __init__(self, called: Called, lent: Lent) -> None:
        self._called, self._lent = called, lent
        self.check = called.check

    def __len__(self) -> int:
        return len(self._called)

    def begin(self, training: Training) -> None:
        """See `Called.begin`."""
        self._lent.agree()
        try:
            self._called.begin(training)
        finally:
            self._lent.agree()

    def __call__(self, row: Row) -> bool:
        self._lent.agree()
        try:
            return self._called(row)
        finally:
            self._lent.agree()

    def end(self, history: History) -> None:
        """See `Called.end`."""
        self._lent.agree()
        try:
            self._called.end(history)
        finally:
            self._lent.agree()
