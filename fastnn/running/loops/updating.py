"""Whether the optimizer updates each layer once in a turn, in an order that is as good as fit's; or
the program does, as SGD would.
"""

import math
from itertools import combinations

import numpy as np

from fastnn.optimizers import Optimizer_Adagrad, Optimizer_RMSprop, Optimizer_SGD
from fastnn.running.loops import adopted
from fastnn.running.loops.events import Event
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Thing, Unread
from fastnn.support.articles import with_article

_UNCOUNTED = Optimizer_SGD, Optimizer_Adagrad, Optimizer_RMSprop  # whose updates ask for no count
_DESCEND = "descend"  # of a layer, by hand: (weights or biases, rate)
_PRE, _UPDATE, _POST = "pre_update_params", "update_params", "post_update_params"
_STEP = "step"  # all three of one layer


def updates(events: list[Event], layers: list[Role]) -> tuple[Role, bool]:
    """The optimizer, where it updates each layer once, in an order that is as good as fit's; and
    whether it counts.
    """
    _check_apart(layers)
    steps = [event for event in events if event.name in (_PRE, _UPDATE, _POST, _STEP)]
    if any(event.name == _DESCEND for event in events):
        if steps:
            raise Unread("more than one optimizer is at work in each turn")
        return _descent(events, layers), False
    if not steps:
        raise Unread("no optimizer updates the layers in each turn")
    optimizer = steps[0].thing
    if optimizer.role != "optimizer" or any(
            event.thing.thing is not optimizer.thing for event in steps):
        raise Unread("more than one optimizer is at work in each turn")
    names = [event.name for event in steps]
    one = _STEP if optimizer.steps_alone else _UPDATE
    updated = [event.arguments[0] for event in steps if event.name == one and event.arguments]
    begins, ticks = names[:1] == [_PRE], names[-1] in (_POST, _STEP)
    middle = names[begins:len(names) - (names[-1] == _POST)]
    if set(middle) != {one} or not (begins or _does_without(optimizer, _PRE)) or not (
            ticks or _does_without(optimizer, _POST)):
        raise Unread(f"{name_of(optimizer)} does not do pre_update_params, update_params and "
                     "post_update_params in this order")
    if any(event.arguments for event in steps if event.name != one):
        raise Unread(f"{name_of(optimizer)} is called in a way that is not known")
    roles = [one.role for one in updated if isinstance(one, Thing)]
    wanted = [role.thing for role in layers if _is_trained(role)]
    frozen = [role.thing for role in layers if not _is_trained(role)]
    for role in roles:
        if not any(role.thing is other for other in (*wanted, *frozen)):
            raise Unread(f"{name_of(optimizer)} updates something else than these layers")
    for role in roles:
        if leaves(optimizer, role) != _is_frozen(role):
            raise Unread(f"{name_of(optimizer)} and fit do not leave the same layers as they are")
    trained = [role.thing for role in roles if not _is_frozen(role)]
    if len(roles) != len(middle) or sorted(map(id, trained)) != sorted(map(id, wanted)):
        raise Unread(f"{name_of(optimizer)} does not update each layer with weights once")
    if optimizer.steps_alone and len(trained) != len(roles):
        raise Unread(f"{name_of(optimizer)} makes a step for a layer that does not learn")
    for n, event in enumerate(events):
        if event.name == one:
            _check_behind_backward(event.arguments[0].role, events[n:])
    return optimizer, ticks


def stepped(events: list[Event]) -> tuple[Role, ...]:
    """The layers for each of which the optimizer makes a step of its own, in that order."""
    return tuple(event.arguments[0].role for event in events if event.name == _STEP)


def _descent(events: list[Event], layers: list[Role]) -> Role:
    """SGD, where each layer's weights and biases are updated by hand, as SGD does it."""
    steps = [event for event in events if event.name == _DESCEND]
    done = [(id(event.thing.thing), event.arguments[0]) for event in steps]
    wanted = [(id(role.thing), name) for role in layers
              if role.get("weights", None) is not None for name in ("biases", "weights")]
    if sorted(done) != sorted(wanted) or any(_is_frozen(event.thing) for event in steps):
        raise Unread("weights and biases of each layer are not updated once in each turn")
    for n, event in enumerate(events):
        if event.name == _DESCEND:
            _check_behind_backward(event.thing, events[n:])
    first, *others = [event.arguments[1] for event in steps]
    if any(type(rate) is not type(first) or rate != first for rate in others) or not (
            0 < first < math.inf):
        raise Unread("the layers do not learn at one rate")
    return Role(Optimizer_SGD(learning_rate=first), "optimizer", Optimizer_SGD)


def _check_apart(layers: list[Role]) -> None:
    """That no two of the parameters lie in the same memory: what one update changes the others
    would read, and another order would be another result.
    """
    found = [(role, array) for role in layers for name in ("weights", "biases")
             if isinstance(array := role.get(name, None), np.ndarray)]
    for (role, one), (other, another) in combinations(found, 2):
        if np.may_share_memory(one, another):
            raise Unread(f"parameters of {with_article(name_of(role))} and of "
                         f"{with_article(name_of(other))} lie in the same memory")


def _does_without(optimizer: Role, name: str) -> bool:
    """Whether nothing is missed where pre or post is not called: it decays, or counts, for nothing.

    An adopted class that has no such method does not, or it were none that a run can do.
    """
    if not optimizer.has(name):
        return name == _PRE or optimizer.proof is None or not (
            adopted.asks_for_count(optimizer.proof))
    decay = optimizer.get("decay", 0)
    return type(decay) in (int, float) and not decay and (
        name == _PRE or issubclass(optimizer.ours, _UNCOUNTED))


def _is_trained(role: Role) -> bool:
    return role.get("weights", None) is not None and not _is_frozen(role)


def _is_frozen(role: Role) -> bool:
    return not role.get("trainable", True)


def leaves(optimizer: Role, role: Role) -> bool:
    """Whether the optimizer itself leaves a layer as it is when it is to update it."""
    name = "trainable" if optimizer.proof is None else adopted.asks_if_trainable(optimizer.proof)
    return name is not None and not getattr(role.thing, name, True)


def _check_behind_backward(updated: Role, events: list[Event]) -> None:
    """events: from the update on."""
    for event in events:
        if event.name in ("forward", "backward") and event.thing.thing is updated.thing:
            raise Unread(f"{with_article(name_of(event.thing))} is updated before it has gone "
                         "backward")


def name_of(role: Role) -> str:
    """What its class is called."""
    return type(role.thing).__name__
