"""Calls beside the step: a validation in each turn, a loss that is computed once more.

    dense1.forward(X_val); activation1.forward(dense1.output); ...

Which forwards the step itself is made of follows from what goes backward: the loss from these very
outputs, which that layer made of those, and so on up to the samples. Any other is for nothing in a
turn that nobody looks at, where it does no more than to set what it computes: the layers' own
results, which the next turn that runs as it is sets again before anybody could see them.
"""

from typing import Any

from fastnn import registry
from fastnn.activations import Activation
from fastnn.layers import Layer_Dense
from fastnn.running.loops import adopted
from fastnn.running.loops.events import Event
from fastnn.running.loops.names import is_array
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Known, Read, Unread
from fastnn.support.articles import with_article


def without(events: list[Event]) -> list[Event]:
    """The events without such forwards; all of them, where no step is found in them."""
    chain = _chain(events)
    if not chain:
        return events
    others = [event for event in events if event.name == "forward" and not any(
        event is one for one in chain)]
    for event in others:
        _check(event, chain, events)
    return [event for event in events if not any(event is one for one in others)]


def _chain(events: list[Event]) -> list[Event]:
    """The forwards that lead from samples to what goes backward first; none where they do not."""
    forward = {(id(event.thing.thing), event.time): event for event in events
               if event.name == "forward"}
    first = next((event for event in events if event.name == "backward"), None)
    given = first.arguments[0] if first and first.arguments else None
    found: list[Event] = []
    while isinstance(given, Read) and given.name == "output":
        event = forward.get((id(given.thing), given.time))
        if event is None or not event.arguments or any(
                event.thing.thing is one.thing.thing for one in found):
            return []
        found.append(event)
        given = event.arguments[0]
    return found if not isinstance(given, Read) else []


def _check(event: Event, chain: list[Event], events: list[Event]) -> None:
    """Unread where such a forward does more, or the step could see what it has set."""
    role, name = event.thing, type(event.thing.thing).__name__
    used = [one for one in chain if one.thing.thing is role.thing]
    held = [id(one) for other in chain for _, _, one in other.thing.inner()]
    if used and _is_between(event, used[0], events) or id(role.thing) in held or any(
            id(one) in [id(other.thing.thing) for other in chain]
            for _, _, one in role.inner()):
        raise Unread(f"one and the same {name} goes forward twice in each turn")
    if not _only_computes(role, event.arguments[1:]) or not _is_given(event):
        raise Unread(f"{with_article(name)} goes forward beside the training, and may do more than "
                     "to compute")


def _is_between(event: Event, used: Event, events: list[Event]) -> bool:
    """Whether it is behind the layer's forward of the step, and not behind its backward."""
    places = {id(one): place for place, one in enumerate(events)}
    back = [places[id(one)] for one in events
            if one.name == "backward" and one.thing.thing is used.thing.thing]
    return places[id(used)] < places[id(event)] < max(back, default=len(events))


def _only_computes(role: Role, more: tuple[Any, ...]) -> bool:
    """Whether a forward does: it draws no random numbers, and adds nothing up."""
    if role.is_combined:
        return not adds_up(role)
    if more:
        return role.role == "layer" and len(more) == 1 and (
            getattr(more[0], "value", None) is False)
    return issubclass(role.ours, Layer_Dense) or _is_activation(role.ours)


def _is_activation(kind: type) -> bool:
    made = registry.entry_of(kind)
    return issubclass(kind, Activation) or made is not None and (
        made.kind.__module__.startswith("fastnn.activations."))


def _is_given(event: Event) -> bool:
    """Whether it is given arrays that have the same shapes in each turn."""
    given = event.arguments[:1] if event.thing.role == "layer" else event.arguments
    return bool(given) and all(
        isinstance(one, Read) and one.is_fresh or isinstance(one, Known) and is_array(one.value)
        for one in given)


def is_for_nothing(event: Event) -> bool:
    """Whether an event before or behind all batches of a turn, as of a validation, does no more
    than to set results that the next batch sets again, or to give a number.
    """
    role = event.thing
    if event.name == "forward":
        return _only_computes(role, event.arguments[1:]) and _is_given(event)
    if event.name != "calculate":
        return False
    if role.role == "accuracy":
        return role.get("accumulated_sum", None) is None
    return not adds_up(role) and _is_given(event)


def adds_up(role: Role) -> bool:
    """Whether a loss may keep sums of what it computes, which then grow with each call.

    Ours do. Those of a class that was adopted do where it has a name for them.
    """
    return role.proof is None or adopted.keeps_sums(role.proof)


def computed(calculated: list[Event], last: Event, first: Role | None) -> list[Event]:
    """The events that compute the loss of the step, which are one computation; none where it is
    not computed. Others are left out, where they keep nothing.

    last: what made the outputs; first: what goes backward first.
    """
    if len(calculated) < 2 or sum(adds_up(event.thing) for event in calculated) > 1:
        return calculated
    losses = [event for event in calculated if event is last or (
        event.name == "calculate" and bool(event.arguments)
        and is_result(event.arguments[0], last, "output"))]
    things = [event.thing.thing for event in losses]
    main = first.thing if first is not None and any(
        first.thing is one for one in things) else things[0] if things else None
    held = [one for event in losses if event.thing.thing is main
            for _, _, one in event.thing.inner()]
    found = [event for event in losses if event.thing.thing is main or any(
        event.thing.thing is one for one in held)]
    others = [event for event in calculated if not any(event is one for one in found)]
    if any(adds_up(event.thing) or not _is_given(event) for event in others):
        return calculated
    return found


def is_result(symbol: Any, event: Event, name: str) -> bool:
    """Whether a symbol is what this very call has left under a name."""
    return isinstance(symbol, Read) and symbol.thing is event.thing.thing and (
        symbol.name, symbol.time) == (name, event.time)
