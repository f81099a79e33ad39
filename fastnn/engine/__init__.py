"""Whole training runs in one compiled call.

    parts       what is trained, and whether it can be compiled
    types       the types that NumPy would give every array
    targets     the targets as instructions take them
    memory      scratch and state that programs share        program   rows of instructions
    forward, objective, backward, step                       from parts to the program of a step
    runs        a program over some data, moved on call by call; interrupts: Ctrl-C meanwhile
    stepwise    the same run through the objects' methods, for what cannot be compiled
    history     what a run recorded                          blas      NumPy's own products
    fitting     fit and why_not: the way in
"""

from fastnn.engine.fitting import fit, why_not

__all__ = ["fit", "why_not"]
