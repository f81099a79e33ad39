"""Whole training runs in one compiled call.

    parts       what is trained, and whether it can be compiled
    sound       one look at all that a run will use          untouched   put back what failed
    types       the types that NumPy would give every array
    targets     the targets as instructions take them
    memory      state that programs share                    workspace one program's own arrays
    program     rows of instructions                         reach     how far each one reaches
    forward, objective, backward, passes, step               from parts to the program of a step
    work        multiply-adds of a program                   clock     times of its instructions
    runs        a program over some data, moved on call by call; interrupts: Ctrl-C meanwhile
    stepwise    the same run through the objects' methods, for what cannot be compiled
    history     what a run recorded; alarm: a loss lost      blas      NumPy's own products
    fitting     fit and why_not: the way in
"""

from fastnn.engine.fitting import fit, why_not

__all__ = ["fit", "why_not"]
