"""Whole training runs in one compiled call.

    parts       what is trained, and whether it can be compiled
    sound       one look at all that a run will use          untouched   put back what failed
    types       the types that NumPy would give every array
    targets     the targets as instructions take them
    memory      state that programs share
    plan        one step's program, as far as it is written, and room for its arrays
    program     rows of instructions                         reach     how far each one reaches
    step        from parts to the plan of a step, through these, functions of a plan:
    blocks      how samples are divided
    forward, objective, backward                             the chain of layers, and the loss
    layers      the rule of each kind of layer; dense and thin, of dense ones, have rooms of their
                own, and so have the gradients of parameters
    work        multiply-adds of a program                   clock     times of its instructions
    runs        a program over some data, moved on call by call; interrupts: Ctrl-C meanwhile
    stepwise    the same run through the objects' methods, for what cannot be compiled
    history     what a run recorded; alarm: a loss lost      blas      NumPy's own products
    fitting     fit and why_not: the way in
"""

from fastnn.engine.fitting import fit, why_not

__all__ = ["fit", "why_not"]
