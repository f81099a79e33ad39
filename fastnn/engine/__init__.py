"""Whole training runs in one compiled call.

    parts       what is trained, and whether it can be compiled
    kinds       who behaves as which of our classes
    sound       one look at all that a run will use          untouched   put back what failed
    targets     the targets as instructions take them        memory      state that programs share
    program     rows of instructions; reach: how far each one reaches; work: its multiply-adds
    plan/       how a step is planned, from parts to a program
    runs        a program over some data, moved on call by call; interrupts: Ctrl-C meanwhile;
    premises    what that takes for granted, looked at again
    clock       times of a program's instructions
    stepwise    the same run through the objects' methods, for what cannot be compiled
    history     what a run recorded; alarm: a loss lost
    ranks/      the same over several processes
    halting     a training from halt to halt
    fitting     fit and why_not: the way in
"""

from fastnn.engine.fitting import fit, why_not

__all__ = ["fit", "why_not"]
