"""Whether what a turn does to objects is one step of `fit`: the proof, event by event.

What one event reads of another fixes most of the order: a layer's forward is given the output that
the layer before has in this turn, its backward the gradient of the one behind it. `Read.is_fresh`
says so, and each is called once. Of the rest these orders give the same, bit for bit:

    calculate            anywhere behind the last forward: it reads that output and the targets,
                         which no other event of a turn changes, and changes its own sums alone;
                         where it has none, as often as anybody likes
    update_params        of different layers in any order: each changes its own layer alone, and
                         reads the optimizer's numbers, which change in pre and post only. Each
                         behind its layer's backward, which reads the weights; whether the layers
                         before it have gone backward by then does not matter, as they read
                         gradients alone of what is behind them
    pre_update_params    anywhere before the first update: it reads what the post before left
    post_update_params   anywhere behind the last update
    step                 all three of one layer, where an optimizer has that: in the order of the
                         calls, each of which counts, and has a rate of its own

Where nothing decays, pre_update_params may be missing, and post_update_params, too, if updates do
not ask how many there were: then nothing is counted. What goes forward beside the step, as a
validation does, is looked at in `aside.py`.
"""

from typing import Any, NamedTuple

from fastnn.activations import Activation_Softmax
from fastnn.losses import Loss_CategoricalCrossentropy
from fastnn.running.loops.aside import (
    adds_up,
    computed,
    is_for_nothing,
    is_result,
    without,
)
from fastnn.running.loops.events import Event
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Known, Rows, Unread
from fastnn.running.loops.updating import name_of, stepped, updates
from fastnn.running.loops.values import Predictions


class Step(NamedTuple):
    """One step: its objects, and what it is given. X and y: Known or Rows."""

    layers: list[Role]
    loss: Role
    optimizer: Role
    X: Any
    y: Any
    last: Event  # what made the outputs that the loss is of
    losses: list[Event]  # what computes the loss, whose sums then grow; none where nothing does
    ticks: bool  # whether the optimizer counts
    forgets: bool  # whether the sums begin anew
    combined: Role | None = None  # softmax and loss in one, beside the loss, as in a Model
    accuracy: Role | None = None  # whose sums grow, too
    stepwise: tuple[Role, ...] = ()  # the layers, where the optimizer makes a step for each


def step_of(events: list[Event]) -> Step:
    """The step that these events are; Unread where they are none, or not known to be one."""
    if not any(event.name == "forward" for event in events):
        raise Unread("no layer goes forward in each turn")
    events = without(events)
    forward = [event for event in events if event.name == "forward"]
    combined = [event for event in forward if event.thing.is_combined]
    forward = [event for event in forward if not event.thing.is_combined]
    calculated = [*combined, *(event for event in events if event.name == "calculate"
                               and event.thing.role != "accuracy")]
    layers = _chain(forward)
    last = forward[-1]
    calculated = computed(calculated, combined[-1] if combined else last, next(
        (event.thing for event in events if event.name == "backward"), None))
    loss = _loss(events, last, calculated)
    beside = _beside(events, layers[-1], loss)
    if loss.is_combined:
        last = combined[-1]
    y = _backward(events, layers, loss, beside, last)
    for event in calculated:
        if len(event.arguments) != 2 or not same(event.arguments[1], y):
            raise Unread("loss and gradient are not of the same targets")
    optimizer, ticks = updates(events, layers)
    forgets = _forgets(events, loss, calculated)
    X = forward[0].arguments[0]
    accuracy = _accuracy(events, forward[-1], y)
    return Step(layers, loss, optimizer, X, y, last, calculated, ticks, forgets, beside, accuracy,
                stepped(events))


def of_epochs(step: Step, before: list[Event], behind: list[Event]) -> Step:
    """A step that each turn does for one batch after another. before, behind: what happens to
    objects besides: sums of what was computed begin anew, and a validation, which is for nothing in
    a turn that nobody looks at.
    """
    before, behind = ([event for event in events if not is_for_nothing(event)]
                      for events in (before, behind))
    if behind:
        raise Unread("each turn does more to layers, losses and optimizers behind its batches")
    anew = [event.thing.thing for event in before]
    held = getattr(step.loss.thing, "loss", step.loss.thing) if step.loss.is_combined else (
        step.loss.thing)
    if any(event.name != "new_pass" or event.arguments for event in before):
        raise Unread("each turn does more to layers, losses and optimizers before its batches")
    if step.losses and not step.forgets and any(adds_up(one.thing) for one in step.losses) and (
            not any(held is one for one in anew)):
        raise Unread("the sums of the loss grow from batch to batch, and go on in the next turn")
    if step.accuracy is not None and not any(step.accuracy.thing is one for one in anew):
        raise Unread("the sums of the accuracy grow from batch to batch, and go on in the next "
                     "turn")
    return step._replace(forgets=True, accuracy=None)


def _chain(forward: list[Event]) -> list[Role]:
    """The layers, each of which is given the output of the one before."""
    layers: list[Role] = []
    before: Event | None = None
    for event in forward:
        role, given = event.thing, event.arguments[0] if event.arguments else None
        if role.role != "layer":
            raise Unread(f"{name_of(role)} goes forward in each turn, which is no layer")
        if any(role.thing is other.thing for other in layers):
            raise Unread(f"one and the same {name_of(role)} goes forward twice in each turn")
        if any(getattr(argument, "value", None) is not True for argument in event.arguments[1:]):
            raise Unread(f"{name_of(role)} does not go forward as in a training")
        if not layers and not isinstance(given, Known | Rows):
            raise Unread("the first layer is not given an array of samples, the same in each turn")
        if before is not None and not is_result(given, before, "output"):
            raise Unread(f"{name_of(role)} is not given the output of {name_of(layers[-1])}")
        layers.append(role)
        before = event
    if not layers:
        raise Unread("no layer goes forward in each turn")
    return layers


def _loss(events: list[Event], last: Event, calculated: list[Event]) -> Role:
    if len(calculated) > 1 and any(adds_up(event.thing) for event in calculated):
        raise Unread("the loss is computed more than once in each turn")
    if calculated:
        event = next((one for one in calculated if one.thing.is_combined), calculated[0])
        if not event.arguments or not is_result(event.arguments[0], last, "output"):
            raise Unread(f"the loss is not that of the output of {name_of(last.thing)}")
        if event.thing.role != "loss":
            raise Unread(f"{name_of(event.thing)} is no loss")
        return event.thing
    backward = [event.thing for event in events if event.name == "backward"]
    if not backward or backward[0].role != "loss" or backward[0].is_combined:
        raise Unread("no loss goes backward in each turn")
    return backward[0]


def _beside(events: list[Event], last: Role, loss: Role) -> Role | None:
    """The combined class that goes backward in the place of softmax and loss, and may hand what it
    gives to the softmax; None where there is none.
    """
    handed = [event for event in events if event.name == "hand over"]
    backward = [event for event in events if event.name == "backward"]
    first = backward[0].thing if backward else loss
    if not handed:
        return first if first.is_combined and first.thing is not loss.thing and issubclass(
            last.ours, Activation_Softmax) and issubclass(
            loss.ours, Loss_CategoricalCrossentropy) else None
    (value,) = handed[0].arguments
    if len(handed) > 1 or not first.is_combined or first.thing is loss.thing or (
            not issubclass(last.ours, Activation_Softmax)) or (
            not issubclass(loss.ours, Loss_CategoricalCrossentropy)) or (
            handed[0].thing.thing is not last.thing) or not is_result(
            value, backward[0], "dinputs"):
        raise Unread(f"{name_of(handed[0].thing)} is handed something else than the gradient of "
                     "softmax and loss in one")
    return first


def _backward(events: list[Event], layers: list[Role], loss: Role, beside: Role | None,
              last: Event) -> Any:
    """The targets, where loss and layers go backward one after the other; last: what made the
    outputs.
    """
    backward = [event for event in events if event.name == "backward"]
    wanted = [loss, *reversed(layers)] if beside is None else [beside, *reversed(layers[:-1])]
    if [id(event.thing.thing) for event in backward] != [id(role.thing) for role in wanted]:
        raise Unread("loss and layers do not go backward once each, in the order from the last "
                     "to the first")
    first, *others = backward
    if len(first.arguments) != 2 or not is_result(first.arguments[0], last, "output"):
        raise Unread(f"{name_of(first.thing)} goes backward from something else than the output of "
                     f"{name_of(last.thing)}")
    for event, behind in zip(others, backward):
        if len(event.arguments) != 1 or not is_result(event.arguments[0], behind, "dinputs"):
            raise Unread(f"{name_of(event.thing)} does not go backward from the dinputs of "
                         f"{name_of(behind.thing)}")
    if not isinstance(first.arguments[1], Known | Rows):
        raise Unread("the targets are not an array that is the same in each turn")
    return first.arguments[1]


def _accuracy(events: list[Event], last: Event, y: Any) -> Role | None:
    """The accuracy, where it adds up what it finds; None where it keeps nothing."""
    found = [event for event in events if event.thing.role == "accuracy"]
    kept = [event for event in found if event.thing.get("accumulated_sum", None) is not None]
    if not kept:
        return None
    (event, *others) = kept
    if others or len(found) > 1 or event.name != "calculate" or len(event.arguments) != 2 or (
            not same(event.arguments[1], y)):
        raise Unread(f"{name_of(event.thing)} is called in a way that is not known")
    given = event.arguments[0]
    if not isinstance(given, Predictions) or not is_result(given.of, last, "output"):
        raise Unread(f"{name_of(event.thing)} is not given the predictions of "
                     f"{name_of(last.thing)}")
    return event.thing


def _forgets(events: list[Event], loss: Role, calculated: list[Event]) -> bool:
    """Whether the loss forgets its sums in each turn, before it is computed."""
    forgetting = [event for event in events if event.name == "new_pass"]
    if not forgetting:
        return False
    held = getattr(loss.thing, "loss", loss.thing) if loss.is_combined else loss.thing
    if len(forgetting) > 1 or forgetting[0].thing.thing is not held or not calculated or (
            forgetting[0].arguments or _place(events, forgetting[0]) > _place(
                events, calculated[0])):
        raise Unread("new_pass is called in a way that is not known")
    return True


def _place(events: list[Event], event: Event) -> int:
    return next(n for n, one in enumerate(events) if one is event)


def same(one: Any, other: Any) -> bool:
    """Whether two symbols stand for the same samples."""
    if isinstance(one, Known) and isinstance(other, Known):
        return one.value is other.value
    return isinstance(one, Rows) and isinstance(other, Rows) and one.array is other.array and (
        (one.low, one.high, one.order) == (other.low, other.high, other.order))
