"""One step of training as a program: forward, loss, backward, update."""

from fastnn.engine.parts import parameters_of
from fastnn.engine.plan.backward import backward
from fastnn.engine.plan.blocks import divide
from fastnn.engine.plan.dense import InParts
from fastnn.engine.plan.forward import forward
from fastnn.engine.plan.layers import rule_of
from fastnn.engine.plan.objective import losses
from fastnn.engine.plan.plan import Plan
from fastnn.engine.plan.shuffled import take
from fastnn.engine.plan.types import is_native
from fastnn.engine.program import shared
from fastnn.kernels import instructions_updates as updates
from fastnn.kernels.training import AFTER
from fastnn.reference import is_frozen


def plan_step(parts, X, y, rows, memory, keep, place=None, exact=False, rest=0,
              often=True, taken=None):
    """The Plan of a step over samples X (an Operand) and Targets y, see there.

    rest: the samples of a last, smaller batch; 0 for none. often: whether it will run many times.
    taken: the Shuffled that X and y are taken by first, or None.

    Without an optimizer among the parts it ends with the losses, without a loss with the outputs.
    Unfit where something cannot be compiled; nothing is changed by that.
    """
    try:
        return _planned(False, rest, often, taken, parts, X, y, rows, memory, keep, place, exact)
    except InParts:  # of arrays of mixed types, which were not there yet when samples were divided
        return _planned(True, rest, often, taken, parts, X, y, rows, memory, keep, place, exact)


def _planned(whole, rest, often, taken, parts, X, y, rows, memory, keep, place, exact):
    plan = Plan(parts, y, rows, memory, keep, place, exact)
    plan.counts, plan.often = (rows, rest) if rest else (rows,), often
    plan.last = [layer for layer in parts.layers if not rule_of(layer).passes][-1]
    divide(plan, X, whole)
    if taken is not None:
        plan.is_for(None, "data")
        take(plan, taken)
    output = forward(plan, X)
    plan.output = output if parts.loss is None else losses(plan, output)
    if plan.training:
        backward(plan, plan.output)
        update(plan)
    return plan


def update(plan):
    """The optimizer's step over the parameters of all layers that are not frozen: one for all of
    them, or one for each.
    """
    plan.is_for(plan.parts.optimizer, "optimizer")
    rates, made = shared(plan.memory.rates), plan.memory.states.update
    stepwise = plan.parts.stepwise
    if not stepwise:
        _begin_step(plan, rates)
    for layer in stepwise or plan.parts.layers:
        if is_frozen(layer) or not parameters_of(layer):
            continue
        if stepwise:
            _begin_step(plan, rates)
        for parameter, gradient in zip(parameters_of(layer), plan.gradients[id(layer)]):
            values = vars(layer)[parameter.name]
            states = plan.memory.states.of(layer, parameter, values, gradient)
            native = made.native is not None and is_native(values, gradient)
            plan.emit(AFTER, made.native if native else made.instruction, shared(values), gradient,
                      *map(shared, states), rates, size=values.size)


def _begin_step(plan, rates):
    """The rate of the next step, the count, and what the updates take from that."""
    plan.emit(AFTER, updates.set_rates, rates)
    prepare = plan.memory.states.update.prepare
    if prepare is not None:
        plan.emit(AFTER, prepare, rates)
